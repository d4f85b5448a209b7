"""Goes and sees who is there. Asks nobody whom the privacy mode forbids to ask."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from pydantic import SecretStr

from emberline.backends.base import FimBackend
from emberline.backends.discovery import Discovery, Found, Survey, identify
from emberline.backends.failure import Failure, Kind
from emberline.backends.health import Monitor, Standing, View
from emberline.backends.port import Backend
from emberline.config.keys import find_key
from emberline.config.schema import Settings
from emberline.models import machine
from emberline.models.info import Warmth
from emberline.privacy.egress import Gate
from emberline.privacy.labels import Label, Level, Manifest, Place
from emberline.routing import paint
from emberline.routing.embedded import Embedded
from emberline.routing.fleet import EMBEDDED, Candidate, Fleet, Health, Speed
from emberline.routing.local import LocalEngine
from emberline.routing.posts import CLOUDS, Post, named_apart, port_of, posts, spelled
from emberline.routing.roster import Roster
from emberline.routing.warmth import Stove

logger = logging.getLogger(__name__)

FIRST_LOOK_SECONDS = 5.0
"""Longest that anybody waits for the first picture; what answers later is painted when it does."""
LISTING_SECONDS = 10.0
"""For all that a server says of its models."""


@dataclass(frozen=True, slots=True)
class Terms:
    """By whose rules is looked: they change together."""

    settings: Settings
    level: Level
    gate: Gate

    def is_same_search(self, other: Terms) -> bool:
        """Whether nothing differs that any server depends on."""
        mine, others = self.settings, other.settings
        return (self.level, self.gate, mine.backends, mine.router, mine.engine) == (
            other.level,
            other.gate,
            others.backends,
            others.router,
            others.engine,
        )


class Scout:
    """The servers of one router. Belongs to one event loop."""

    def __init__(self, settings: Settings, level: Level, gate: Gate, engine: LocalEngine) -> None:
        self.changed: Callable[[], None] = lambda: None
        """Called when other models can be used than before, or for other things: one came up, went, or turned
        out to fill gaps. Not while the first picture is made."""
        self._terms = Terms(settings, level, gate)
        self._engine = engine
        self._embedded = Embedded(engine, gate)
        self._discovery = Discovery(gate)
        self._monitor = Monitor(settings.router.health_check, self._probe_manifest, self._fared)
        self._roster = Roster()
        self._stove = Stove(self.backend, self._manifest, self._loaded)
        self._found: tuple[Found, ...] = ()
        self._keys: Callable[[str], SecretStr | None] = lambda name: None
        self._speeds: dict[tuple[str, str], Speed] = {}
        self._ground = paint.Ground(speeds=self._speeds)
        self._missing: tuple[str, ...] = ()
        self._absent: tuple[str, ...] = ()
        self._others: tuple[Candidate, ...] = ()
        self._embedders: tuple[Candidate, ...] = ()
        self._painted_at = 0.0
        self._usable: frozenset[object] = frozenset()
        """What `changed` was last called for."""
        self._looking: asyncio.Task[None] | None = None
        self._listing: set[asyncio.Task[None]] = set()
        self._seen = asyncio.Event()
        """There is a whole picture by these terms."""
        self._again = asyncio.Event()

    # -- what others ask ------------------------------------------------------------------------------

    @property
    def fleet(self) -> Fleet:
        """The picture as of now."""
        model, trouble = self._engine.told()
        ours = paint.embedded(model, trouble, self._ground)
        return Fleet((ours, *self._others), self._missing, self._absent, self._painted_at)

    @property
    def embedders(self) -> Fleet:
        """The models that make embeddings, as of now."""
        return Fleet(self._embedders, self._missing, self._absent, self._painted_at)

    @property
    def backends(self) -> tuple[Backend, ...]:
        """Every server but the embedded engine."""
        return self._roster.backends

    @property
    def monitor(self) -> Monitor:
        """The health of every server but the embedded engine, which has a supervisor of its own."""
        return self._monitor

    def backend(self, name: str) -> Backend:
        """The backend of this name. Raises `Failure` where it has gone from the configuration."""
        return self._embedded if name == EMBEDDED else self._roster.backend(name)

    async def ready(self, candidate: Candidate, tokens: int) -> None:
        """Returns when the model is loaded, with room for so many tokens; loading outlives whoever waits.
        Raises `Failure`, also where the mode has become stricter since this candidate was decided for."""
        self._permit(candidate)
        if candidate.backend == EMBEDDED:
            await self._engine.connect()
        else:
            await self._stove.ready(candidate, tokens)
        self._permit(candidate)

    async def fim(self, candidate: Candidate, tokens: int) -> FimBackend:
        """A warm connection for typing. Raises `Failure` as `ready` does."""
        if candidate.backend == EMBEDDED:
            return await self._engine.connect()
        await self.ready(candidate, tokens)
        if self._ground.typed_by != candidate.key:
            self._ground = replace(self._ground, typed_by=candidate.key)
            self._paint()
        return self._roster.typing(candidate)

    async def unload(self, candidate: Candidate) -> None:
        """Has a model give its memory back. Raises `Failure`."""
        backend = self.backend(candidate.backend)
        await backend.unload(candidate.model.name, self._manifest("unloading an idle model"))
        self._changed(candidate, Warmth.COLD)
        await self.list_models(candidate.backend)

    def measured(self, candidate: Candidate, prefill: float, generation: float) -> None:
        """A model's speeds in tokens a second; 0.0 where unknown."""
        self._speeds[candidate.address, candidate.model.name] = Speed(prefill, generation)
        self._paint()

    async def surveyed(self) -> None:
        """Returns once there is a picture, by the present settings; begins to look, and to look again, if
        nobody has."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_around(), name="scout")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                await self._seen.wait()

    def apply(self, settings: Settings, level: Level, gate: Gate) -> None:
        """Goes on by these terms: whoever may not be asked any more is not, from now on. Requests under way
        end by the old ones. Servers that none of this concerns stay as they are."""
        before, self._terms = self._terms, Terms(settings, level, gate)
        if gate != before.gate:
            self._discovery = Discovery(gate)
            leaving, self._embedded = self._embedded, Embedded(self._engine, gate)
            self._roster.part_from(leaving)
        if not self._terms.is_same_search(before):
            self._seen.clear()
            self._stay()
            self._again.set()
        self._paint()

    async def close(self) -> None:
        """Stops looking, and closes every connection."""
        tasks = [*self._listing, *([self._looking] if self._looking is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stove.close()
        await self._monitor.close()
        await self._roster.close()
        await self._embedded.close()

    # -- looking --------------------------------------------------------------------------------------

    async def _look_around(self) -> None:
        while True:
            self._again.clear()
            try:
                await self._look()
            except Exception as error:  # whatever goes wrong once, the next look may be better
                logger.warning("looking for model servers ended in %s", type(error).__name__)
            if not self._again.is_set():
                self._seen.set()
                self._announce()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._terms.settings.router.health_check.interval_seconds):
                    await self._again.wait()

    async def _look(self) -> None:
        terms = self._terms
        await asyncio.to_thread(self._engine.learn)
        survey = await self._discovery.look() if terms.settings.backends.discover else Survey()
        keys = await asyncio.to_thread(_Keys, terms.settings)
        wanted = posts(terms.settings, survey.found, keys, terms.gate.place_of)
        missing = list(survey.missing)
        introduced = [post for post in [await self._introduced(each, missing) for each in wanted] if post]
        hosted, windows = self._ground.hosted, self._ground.windows
        clouds = [post for post in introduced if post.place is Place.CLOUD]
        if clouds:
            cloud = terms.settings.router.model_routing.cloud
            names = {cloud.default, cloud.fallback, *(name for post in clouds for name in post.only)}
            hosted = await asyncio.to_thread(paint.hosted, cloud)
            windows = await asyncio.to_thread(paint.windows, names)
        if terms is not self._terms:
            return  # the next look, by the new ones, is due at once
        self._found, self._keys = survey.found, keys
        self._ground = replace(self._ground, hosted=hosted, windows=windows)
        self._missing = (*missing, *self._meet(introduced))
        await self._monitor.asked()
        if self._roster.servers:
            self._ground = replace(self._ground, machine=await asyncio.to_thread(machine.look))
        await asyncio.gather(*(self.list_models(name) for name in tuple(self._roster.servers)))
        self._paint()

    async def _introduced(self, post: Post, missing: list[str]) -> Post | None:
        """The post with its protocol, which is asked for where nobody knows it; None where nobody tells."""
        if (known := self._recognised(post)) is not None:
            return known
        if not self._terms.level.allows(post.place):
            missing.append(f"{post.url} ({post.origin}) may not be asked in {self._terms.level} mode")
            return None
        try:
            told = await identify(post.url, self._terms.gate, self._manifest("looking for model servers"))
        except Exception as error:  # an address that is none, most likely; the others are looked for
            logger.warning("asking %s what it is ended in %s", post.url, type(error).__name__)
            told = None
        if told is not None:
            return replace(post, name=told.protocol, protocol=told.protocol, url=told.url)
        if not any(f":{port_of(post.url)}" in words for words in missing):
            missing.append(f"no model server at {post.url} ({post.origin})")
        return None

    def _recognised(self, post: Post) -> Post | None:
        """The post with its protocol, where it is known without asking."""
        if post.protocol:
            return post
        known = next((each for each in self._roster.posts if spelled(each.url) == spelled(post.url)), None)
        if known is None:
            return None
        return replace(post, name=known.protocol, protocol=known.protocol, url=known.url)

    def _stay(self) -> None:
        """Of the servers that were met, those that the present terms know stay, by these terms."""
        settings, gate = self._terms.settings, self._terms.gate
        found = self._found if settings.backends.discover else ()
        met = {spelled(post.url) for post in self._roster.posts}
        wanted = posts(settings, found, self._keys, gate.place_of)
        known = (self._recognised(post) for post in wanted if spelled(post.url) in met)
        self._meet([post for post in known if post is not None])

    def _meet(self, found: list[Post]) -> tuple[str, ...]:
        """Asks these from now on, and no others. Returns in words who cannot be asked."""
        settings = self._terms.settings
        named = named_apart(found, self._roster.posts)
        troubles = self._roster.meet(named, self._terms.gate, settings.backends.keep_alive_minutes)
        self._monitor.follow(self._roster.backends, settings.router.health_check)
        return troubles

    def _fared(self, name: str, view: View) -> None:
        """A server came, went or recovered."""
        if view.standing is Standing.UP and self._seen.is_set():
            self._list_soon(name)
        self._paint()

    def _loaded(self, candidate: Candidate) -> None:
        """A model has become warm, and so may have made room: its server tells of the others."""
        self._changed(candidate, Warmth.WARM)
        self._list_soon(candidate.backend)

    def _changed(self, candidate: Candidate, warmth: Warmth) -> None:
        server = self._roster.servers.get(candidate.backend)
        if server is not None:
            server.changed(candidate.model.name, warmth)
            self._paint()

    def _list_soon(self, name: str) -> None:
        task = asyncio.create_task(self.list_models(name))
        self._listing.add(task)
        task.add_done_callback(self._listing.discard)

    async def list_models(self, name: str) -> None:
        """Has the server tell of its models; one that cannot is told of by its health."""
        server = self._roster.servers.get(name)
        if server is None or not self._terms.level.allows(server.post.place):
            return
        if self._monitor.view(name).standing is Standing.DOWN:
            return
        changes = server.changes
        try:
            async with asyncio.timeout(LISTING_SECONDS):
                listed = await server.backend.models(self._manifest("listing models"))
        except TimeoutError:
            pass
        except Failure as failure:
            if self._roster.servers.get(name) is server:
                self._monitor.failed(name, failure)
        except Exception as error:  # of what one of them lists the others know nothing
            logger.warning("listing the models of %s ended in %s", name, type(error).__name__)
        else:
            if server.changes == changes:  # otherwise one that began later tells
                server.listed = listed
                self._paint()

    def _manifest(self, reason: str) -> Manifest:
        """For what holds no text of the user's: it goes as far as the mode lets it."""
        return Manifest((Label(self._terms.level, "no text", "privacy.mode"),), reason)

    def _probe_manifest(self, backend: Backend) -> Manifest | None:
        server = self._roster.servers.get(backend.name)
        allowed = server is not None and self._terms.level.allows(server.post.place)
        return self._manifest("health check") if allowed else None

    def _permit(self, candidate: Candidate) -> None:
        """A decision may be older than the mode. Raises `Failure` where this one could not be made now."""
        if not self._terms.level.allows(candidate.place):
            raise Failure(f"{candidate.key} may not be used in {self._terms.level} mode", Kind.FORBIDDEN)

    # -- painting -------------------------------------------------------------------------------------

    def _paint(self) -> None:
        settings, views = self._terms.settings, self._monitor.views()
        self._ground = replace(
            self._ground,
            routing=settings.router.model_routing,
            limit_percent=settings.memory.limit_percent,
        )
        known = [
            paint.Known(server.post, views.get(name, View()), server.listed, server.backend.keeps_one_model)
            for name, server in self._roster.servers.items()
        ]
        self._others = paint.painted(known, self._ground)
        self._embedders = paint.embedders(known, self._ground)
        self._absent = paint.absent(known, self._ground)
        self._painted_at = time.monotonic()
        self._announce()

    def _announce(self) -> None:
        """Tells of what can be used now, where it is not what could be used before."""
        if not self._seen.is_set():
            return
        usable = frozenset(
            (each.key, each.model.capabilities, each.model.fim)
            for each in self.fleet.candidates
            if each.health is Health.UP and self._terms.level.allows(each.place)
        )
        if usable == self._usable:
            return
        self._usable = usable
        try:
            self.changed()
        except Exception as error:  # the picture is right whatever others make of it
            logger.warning("telling of other models ended in %s", type(error).__name__)


class _Keys:
    """Every provider's key, looked up once and in a thread: a keyring may be slow."""

    def __init__(self, settings: Settings) -> None:
        names = {*CLOUDS, "cloud", *(server.name for server in settings.backends.servers)}
        self._keys = {name: find_key(settings, name) for name in names}

    def __call__(self, name: str) -> SecretStr | None:
        found = self._keys.get(name)
        return found.value if found is not None else None
