"""The servers that are asked: for each its backend, and the typing lane's connections to it.

Other settings replace only what they concern. Whoever still listens to a backend that was replaced, or is
gone, hears it to the end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pydantic import SecretStr

from emberline.backends.base import FimBackend
from emberline.backends.build import build
from emberline.backends.failure import Failure
from emberline.backends.lane import typing_backend
from emberline.backends.port import Backend
from emberline.models.info import ModelInfo, Warmth
from emberline.privacy.egress import EgressRefused, Gate
from emberline.routing.demand import PATIENCE_SECONDS
from emberline.routing.fleet import Candidate
from emberline.routing.posts import Post

logger = logging.getLogger(__name__)

GRACE_SECONDS = max(PATIENCE_SECONDS.values())
"""Until a backend that nobody asks any more is closed: as long as any request may take."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a backend is built by. By others it is another backend."""

    protocol: str
    url: str
    key: SecretStr | None
    gate: Gate
    keep_alive_minutes: int

    def is_same_server(self, other: Terms) -> bool:
        return (self.protocol, self.url) == (other.protocol, other.url)


@dataclass(slots=True)
class Server:
    """One that is asked."""

    post: Post
    terms: Terms
    backend: Backend
    listed: tuple[ModelInfo, ...] | None = None
    """The models that it said it has; None before it did."""
    changes: int = 0
    """How often we had something loaded or unloaded: what it began to list before may be no longer so."""

    def changed(self, model: str, warmth: Warmth) -> None:
        """We had a model loaded or unloaded; it counts before the server lists it so."""
        self.changes += 1
        if self.listed is not None:
            self.listed = tuple(
                replace(each, warmth=warmth) if each.name == model else each for each in self.listed
            )


@dataclass(frozen=True, slots=True)
class _Typing:
    """A connection that typing uses, made for a model as its server described it then."""

    model: ModelInfo
    backend: FimBackend

    def holds_for(self, other: _Typing) -> bool:
        """A server that was started anew under the same address may have another number of KV slots."""
        mine, others = self.model, other.model
        return (mine.fim, mine.capabilities, self.backend.slots) == (
            others.fim,
            others.capabilities,
            other.backend.slots,
        )


class Roster:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._servers: dict[str, Server] = {}
        self._typing: dict[tuple[str, str], _Typing] = {}
        """By the names of server and model, either of which may hold any character."""
        self._leaving: dict[asyncio.Task[None], Backend] = {}

    @property
    def servers(self) -> Mapping[str, Server]:
        """By name."""
        return self._servers

    @property
    def posts(self) -> tuple[Post, ...]:
        return tuple(server.post for server in self._servers.values())

    @property
    def backends(self) -> tuple[Backend, ...]:
        return tuple(server.backend for server in self._servers.values())

    def meet(self, posts: Iterable[Post], gate: Gate, keep_alive_minutes: int) -> tuple[str, ...]:
        """Has a backend for each of these, and for no others; contacts nobody. What is known of a server that
        stays is kept. Returns in words which ones cannot be asked."""
        before, self._servers = self._servers, {}
        troubles = []
        for post in posts:
            terms = Terms(post.protocol, post.url, post.key, gate, keep_alive_minutes)
            known = before.get(post.name)
            if known is not None and known.terms == terms:
                known.post = post
                self._servers[post.name] = before.pop(post.name)
                continue
            try:
                backend = build(post.protocol, post.name, post.url, post.key, gate, keep_alive_minutes)
            except (EgressRefused, Failure) as refusal:
                troubles.append(f"{post.name} ({post.origin}) is not asked: {refusal}")
            except Exception as error:  # whatever is wrong with one keeps no other away
                what = type(error).__name__
                logger.warning("%s could not be set up: %s", post.name, what)
                troubles.append(f"{post.name} ({post.origin}) is not asked: setting it up ended in {what}")
            else:
                listed = known.listed if known and known.terms.is_same_server(terms) else None
                self._servers[post.name] = Server(post, terms, backend, listed)
        self._typing = {names: lane for names, lane in self._typing.items() if self._stays(names[0], before)}
        for server in before.values():
            self.part_from(server.backend)
        return tuple(troubles)

    def _stays(self, name: str, gone: Mapping[str, Server]) -> bool:
        return name in self._servers and name not in gone

    def backend(self, name: str) -> Backend:
        """The backend of this name. Raises `Failure` where it has gone from the configuration."""
        try:
            return self._servers[name].backend
        except KeyError:
            raise Failure(f"{name} is not among the model servers any more") from None

    def typing(self, candidate: Candidate) -> FimBackend:
        """A connection for typing: the same one as long as the server says the same of the model. Raises
        `Failure`."""
        names, model = (candidate.backend, candidate.model.name), candidate.model
        known, now = self._typing.get(names), _Typing(model, typing_backend(self.backend(names[0]), model))
        if known is None or not known.holds_for(now):
            known = self._typing[names] = now
        return known.backend

    def part_from(self, backend: Backend) -> None:
        """Closes it once whoever still listens has had time to. Needs a running event loop."""
        task = asyncio.create_task(_closed_later(backend), name=f"parting from {backend.name}")
        self._leaving[task] = backend
        task.add_done_callback(self._leaving.pop)

    async def close(self) -> None:
        """Closes every connection, those that are still listened to as well."""
        backends = [*self.backends, *self._leaving.values()]
        tasks = tuple(self._leaving)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._servers, self._typing = {}, {}
        for backend in backends:
            await backend.close()


async def _closed_later(backend: Backend) -> None:
    await asyncio.sleep(GRACE_SECONDS)
    try:
        await backend.close()
    except Exception as error:  # there is nobody to tell
        logger.warning("closing %s ended in %s", backend.name, type(error).__name__)
