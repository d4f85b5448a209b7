"""Goes and sees who is there, and paints the fleet. Asks nobody whom the privacy mode forbids to ask."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pydantic import SecretStr

from emberline.backends.base import FimBackend
from emberline.backends.build import build
from emberline.backends.discovery import Discovery, Survey, identify
from emberline.backends.failure import Failure
from emberline.backends.health import Monitor, Standing, View
from emberline.backends.lane import typing_backend
from emberline.backends.port import Backend
from emberline.config.keys import find_key
from emberline.config.schema import CloudModels, ModelRouting, Settings
from emberline.models import machine, planner, prices
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.models.planner import Machine
from emberline.privacy.egress import Gate
from emberline.privacy.labels import Label, Level, Manifest, Place
from emberline.routing.embedded import Embedded
from emberline.routing.fleet import EMBEDDED, Candidate, Fleet, Health, Role, Speed
from emberline.routing.local import LocalEngine
from emberline.routing.posts import CLOUDS, Post, posts
from emberline.routing.warmth import Stove

FIRST_LOOK_SECONDS = 5.0
"""Longest that anybody waits for the first picture; what answers later is painted when it does."""
LISTING_SECONDS = 10.0
"""For all that a server says of its models."""
_HEALTH = {
    Standing.UP: Health.UP,
    Standing.LOADING: Health.LOADING,
    Standing.DOWN: Health.DOWN,
    Standing.RESTING: Health.TRIPPED,
    Standing.UNKNOWN: Health.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """By whose rules is looked: they change together."""

    settings: Settings
    level: Level
    gate: Gate


class Scout:
    """The servers of one router. Belongs to one event loop."""

    def __init__(self, settings: Settings, level: Level, gate: Gate, engine: LocalEngine) -> None:
        self._terms = Terms(settings, level, gate)
        self._engine = engine
        self._embedded = Embedded(engine, gate)
        self._discovery = Discovery(gate)
        self._monitor = Monitor(settings.router.health_check, self._probe_manifest, self._changed)
        self._stove = Stove(self.backend, self._manifest, self._loaded)
        self._posts: dict[str, Post] = {}
        self._backends: dict[str, Backend] = {}
        self._offers: dict[str, tuple[ModelInfo, ...]] = {}
        self._typing: dict[str, FimBackend] = {}
        self._speeds: dict[str, Speed] = {}
        self._hosted: dict[str, tuple[str, ...]] = {}
        """The routing's cloud models by the protocol of the provider that is known to host them."""
        self._machine: Machine | None = None
        self._typed_by = ""
        """The key of the model that serves typing on one of the servers, once one does."""
        self._missing: tuple[str, ...] = ()
        self._others: tuple[Candidate, ...] = ()
        self._painted_at = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._listing: set[asyncio.Task[None]] = set()
        self._seen = asyncio.Event()
        self._again = asyncio.Event()

    # -- what others ask ------------------------------------------------------------------------------

    @property
    def fleet(self) -> Fleet:
        """The picture as of now."""
        return Fleet((self._embedded_candidate(), *self._others), self._missing, self._painted_at)

    @property
    def backends(self) -> tuple[Backend, ...]:
        """Every server but the embedded engine."""
        return tuple(self._backends.values())

    @property
    def monitor(self) -> Monitor:
        """The health of every server but the embedded engine, which has a supervisor of its own."""
        return self._monitor

    def backend(self, name: str) -> Backend:
        """The backend of this name. Raises `Failure` where it has gone from the configuration."""
        if name == EMBEDDED:
            return self._embedded
        try:
            return self._backends[name]
        except KeyError:
            raise Failure(f"{name} is not among the model servers any more") from None

    async def ready(self, candidate: Candidate, tokens: int) -> None:
        """Returns when the model is loaded, with room for so many tokens; loading outlives whoever waits.
        Raises `Failure`."""
        if candidate.backend == EMBEDDED:
            await self._engine.connect()
        else:
            await self._stove.ready(candidate, tokens)

    async def fim(self, candidate: Candidate, tokens: int) -> FimBackend:
        """A warm connection for typing. Raises `Failure`."""
        if candidate.backend == EMBEDDED:
            return await self._engine.connect()
        await self._stove.ready(candidate, tokens)
        self._typed_by = candidate.key
        if candidate.key not in self._typing:
            self._typing[candidate.key] = typing_backend(self.backend(candidate.backend), candidate.model)
        return self._typing[candidate.key]

    async def unload(self, candidate: Candidate) -> None:
        """Has a model give its memory back. Raises `Failure`."""
        backend = self.backend(candidate.backend)
        await backend.unload(candidate.model.name, self._manifest("unloading an idle model"))
        await self.list_models(candidate.backend)

    def measured(self, candidate: Candidate, prefill: float, generation: float) -> None:
        """A model's speeds in tokens a second; 0.0 where unknown."""
        self._speeds[candidate.key] = Speed(prefill, generation)
        self._paint()

    async def surveyed(self) -> None:
        """Returns once there is a picture; begins to look, and to look again, if nobody has."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_around(), name="scout")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                await self._seen.wait()

    def apply(self, settings: Settings, level: Level, gate: Gate) -> None:
        """Goes on by these terms: whoever may not be asked any more is not, from now on."""
        if Terms(settings, level, gate) == self._terms:
            return
        self._terms = Terms(settings, level, gate)
        self._discovery = Discovery(gate)
        self._embedded = Embedded(self._engine, gate)
        for task in self._listing:
            task.cancel()
        self._posts, self._offers = {}, {}  # everybody is met anew
        self._paint()
        self._again.set()

    async def close(self) -> None:
        """Stops looking, and closes every connection."""
        tasks = [*self._listing, *([self._looking] if self._looking is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stove.close()
        await self._monitor.close()
        for backend in (*self._backends.values(), self._embedded):
            await backend.close()

    # -- looking --------------------------------------------------------------------------------------

    async def _look_around(self) -> None:
        while True:
            self._again.clear()
            interval = self._terms.settings.router.health_check.interval_seconds
            await self._look()
            self._seen.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await self._again.wait()

    async def _look(self) -> None:
        terms = self._terms
        await asyncio.to_thread(self._engine.learn)
        survey = await self._discovery.look() if terms.settings.backends.discover else Survey()
        keys = await asyncio.to_thread(_Keys, terms.settings)
        found = posts(terms.settings, survey.found, keys, terms.gate.place_of)
        missing = list(survey.missing)
        routing = terms.settings.router.model_routing.cloud
        if any(post.place is Place.CLOUD for post in found):
            self._hosted = await asyncio.to_thread(_hosted, routing)
        await self._meet([post async for post in self._introduced(found, missing)])
        self._missing = tuple(missing)
        await self._monitor.asked()
        if self._backends:
            self._machine = await asyncio.to_thread(machine.look)
        await asyncio.gather(*(self.list_models(name) for name in tuple(self._backends)))
        self._paint()

    async def _introduced(self, found: tuple[Post, ...], missing: list[str]) -> AsyncIterator[Post]:
        """The posts whose protocol is known, or was asked for and told."""
        for post in found:
            if post.protocol:
                yield post
                continue
            known = next((each for each in self._posts.values() if each.url == post.url), None)
            if known is not None:
                yield known
                continue
            if not self._terms.level.allows(post.place):
                missing.append(f"{post.url} ({post.origin}) may not be asked in {self._terms.level} mode")
                continue
            told = await identify(post.url, self._terms.gate, self._manifest("looking for model servers"))
            if told is None:
                if not any(f":{urlsplit(post.url).port}" in words for words in missing):
                    missing.append(f"no model server at {post.url} ({post.origin})")
            else:
                yield replace(post, name=told.protocol, protocol=told.protocol, url=told.url)

    async def _meet(self, found: list[Post]) -> None:
        """Builds a backend for every new post; those that are gone are closed."""
        wanted = {post.name: post for post in found}
        for name, post in tuple(self._posts.items()):
            if wanted.get(name) != post:
                del self._posts[name]
        gone = [self._backends.pop(name) for name in tuple(self._backends) if name not in self._posts]
        self._typing = {
            key: lane for key, lane in self._typing.items() if key.partition("/")[0] in self._posts
        }
        minutes = self._terms.settings.backends.keep_alive_minutes
        for name, post in wanted.items():
            if name not in self._posts:
                self._posts[name] = post
                self._backends[name] = build(
                    post.protocol, name, post.url, post.key, self._terms.gate, minutes
                )
        self._monitor.follow(self._backends.values(), self._terms.settings.router.health_check)
        for backend in gone:
            await backend.close()

    def _changed(self, name: str, view: View) -> None:
        """A server came, went or recovered."""
        if view.standing is Standing.UP and self._seen.is_set():
            task = asyncio.create_task(self.list_models(name))
            self._listing.add(task)
            task.add_done_callback(self._listing.discard)
        self._paint()

    def _loaded(self, candidate: Candidate) -> None:
        """A model has become warm: what its server says of it has changed."""
        self._changed(candidate.backend, View(Standing.UP))

    async def list_models(self, name: str) -> None:
        """Has the server tell of its models; one that cannot is told of by its health."""
        backend, post = self._backends.get(name), self._posts.get(name)
        if backend is None or post is None or not self._terms.level.allows(post.place):
            return
        if self._monitor.view(name).standing is Standing.DOWN:
            return
        try:
            async with asyncio.timeout(LISTING_SECONDS):
                self._offers[name] = await backend.models(self._manifest("listing models"))
        except (Failure, TimeoutError) as error:
            if isinstance(error, Failure):
                self._monitor.failed(name, error)
            return
        self._paint()

    def _manifest(self, reason: str) -> Manifest:
        """For what holds no text of the user's: it goes as far as the mode lets it."""
        return Manifest((Label(self._terms.level, "no text", "privacy.mode"),), reason)

    def _probe_manifest(self, backend: Backend) -> Manifest | None:
        post = self._posts.get(backend.name)
        allowed = post is not None and self._terms.level.allows(post.place)
        return self._manifest("health check") if allowed else None

    # -- painting -------------------------------------------------------------------------------------

    def _paint(self) -> None:
        views = self._monitor.views()
        self._others = tuple(
            candidate
            for post in self._posts.values()
            for candidate in self._candidates(post, views.get(post.name, View()))
        )
        self._painted_at = time.monotonic()

    def _candidates(self, post: Post, view: View) -> Iterator[Candidate]:
        routing = self._terms.settings.router.model_routing
        limit = self._terms.settings.memory.limit_percent
        offers = self._offers.get(post.name)
        names = self._hosted.get(post.protocol, (routing.cloud.default,))
        wanted = unasked(post, names) if offers is None else offered(post, offers, routing.cloud)
        for model in wanted:
            place = Place.CLOUD if model.remote else post.place
            key = f"{post.name}/{model.name}"
            here = self._machine if place is Place.MACHINE else None
            yield Candidate(
                backend=post.name,
                protocol=post.protocol,
                address=post.url,
                place=place,
                model=model,
                health=_HEALTH[view.standing],
                trouble=view.trouble,
                role=role_of(model.name, post.place, routing),
                metered=place is Place.CLOUD,
                speed=self._speeds.get(key),
                evicts=self._evicted(post, model, offers or (), here) if here is not None else "",
                fits=here is None or planner.place(model, here, limit_percent=limit).fits,
            )

    def _evicted(self, post: Post, model: ModelInfo, offers: tuple[ModelInfo, ...], here: Machine) -> str:
        """A warm model that using `model` throws out of memory: of several, the one that serves typing, or
        could."""
        backend = self._backends.get(post.name)
        if backend is None:
            return ""
        loaded = [each for each in offers if each.warmth is Warmth.WARM]
        thrown = planner.would_evict(model, loaded, here, keeps_one=backend.keeps_one_model)
        for each in thrown:
            if f"{post.name}/{each.name}" == self._typed_by:
                return each.name
        able = (each.name for each in thrown if Capability.INFILL in each.capabilities or each.fim)
        return next(able, thrown[0].name if thrown else "")

    def _embedded_candidate(self) -> Candidate:
        info, trouble = self._engine.told()
        candidate = Candidate(
            backend=EMBEDDED,
            protocol="llamacpp",
            address="on loopback, in a process of its own",
            place=Place.MACHINE,
            model=info,
            health=Health.DOWN if trouble else Health.UP,
            trouble=trouble,
        )
        speed = self._speeds.get(candidate.key)
        return replace(candidate, speed=speed) if speed is not None else candidate


def offered(post: Post, listed: tuple[ModelInfo, ...], cloud: CloudModels) -> tuple[ModelInfo, ...]:
    """The models of a server that are candidates: the ones that the user named, of a cloud the routing's
    own, else all that chat or fill gaps."""
    able = tuple(each for each in listed if each.capabilities & {Capability.CHAT, Capability.INFILL})
    if not post.only and post.place is not Place.CLOUD:
        return able
    names = post.only or (cloud.default, cloud.fallback)
    found = (newest(name, able) for name in dict.fromkeys(names))
    return tuple(each for each in found if each is not None)


def unasked(post: Post, names: tuple[str, ...]) -> tuple[ModelInfo, ...]:
    """What a server that may not be asked, or has not answered yet, would be asked for; `names` are those of
    the routing that a cloud like it hosts."""
    if post.place is not Place.CLOUD:
        return tuple(ModelInfo(name) for name in post.only)
    return tuple(ModelInfo(name, warmth=Warmth.HOSTED) for name in post.only or names)


def _hosted(cloud: CloudModels) -> dict[str, tuple[str, ...]]:
    """By the price data, which knows every provider's models."""
    wanted = (cloud.default, cloud.fallback)
    return {
        provider: tuple(name for name in wanted if prices.price(provider, name) is not None)
        for provider in CLOUDS
    }


def newest(name: str, listed: tuple[ModelInfo, ...]) -> ModelInfo | None:
    """The model of this name, or its newest dated version: clouds list "name-20241022" for "name"."""
    for each in listed:
        if each.name == name or each.name == f"{name}:latest":
            return each
    dated = [each for each in listed if _is_version(each.name, name)]
    return max(dated, key=lambda each: each.name, default=None)


def _is_version(listed: str, name: str) -> bool:
    rest = listed.removeprefix(f"{name}-")
    return rest != listed and (rest == "latest" or rest.replace("-", "").isdigit())


def role_of(name: str, place: Place, routing: ModelRouting) -> Role:
    """Which of `router.model_routing` this model is."""
    bare = name.removesuffix(":latest")

    def names(wanted: str) -> bool:
        return bare == wanted.removesuffix(":latest") or _is_version(name, wanted)

    if place is Place.CLOUD:
        if names(routing.cloud.default):
            return Role.CLOUD_DEFAULT
        return Role.CLOUD_FALLBACK if names(routing.cloud.fallback) else Role.NONE
    if names(routing.local.default):
        return Role.LOCAL_DEFAULT
    return Role.LOCAL_PRECISE if names(routing.local.high_precision) else Role.NONE


class _Keys:
    """Every provider's key, looked up once and in a thread: a keyring may be slow."""

    def __init__(self, settings: Settings) -> None:
        names = {*CLOUDS, "cloud", *(server.name for server in settings.backends.servers)}
        self._keys = {name: find_key(settings, name) for name in names}

    def __call__(self, name: str) -> SecretStr | None:
        found = self._keys.get(name)
        return found.value if found is not None else None
