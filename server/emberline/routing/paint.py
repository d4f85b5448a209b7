"""Paints what is known of the servers as candidates. Pure; `scout.py` goes and asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from emberline.backends.health import Standing, View
from emberline.config.schema import CloudModels, ModelRouting
from emberline.models import planner, prices
from emberline.models.info import Capability, ModelInfo, Warmth
from emberline.models.planner import Machine
from emberline.privacy.labels import Place
from emberline.routing.fleet import EMBEDDED, Candidate, Health, Role, Speed
from emberline.routing.posts import CLOUDS, Post

AT_HOME = "on loopback, in a process of its own"
"""The address of the embedded engine, whose port is nobody's business."""
_HEALTH = {
    Standing.UP: Health.UP,
    Standing.LOADING: Health.LOADING,
    Standing.DOWN: Health.DOWN,
    Standing.RESTING: Health.TRIPPED,
    Standing.UNKNOWN: Health.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one server."""

    post: Post
    view: View
    listed: tuple[ModelInfo, ...] | None = None
    """The models that it says it has; None as long as it has said nothing."""
    keeps_one: bool = False
    """Using another model there throws out the one that is loaded."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What all servers are painted on."""

    routing: ModelRouting = field(default_factory=ModelRouting)
    limit_percent: float = 85
    """How full memory may become."""
    machine: Machine | None = None
    """None as long as nobody has looked."""
    hosted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The routing's cloud models by the protocol of the provider that is known to host them."""
    windows: Mapping[str, int] = field(default_factory=dict)
    """What the cloud models that are named hold at most, in tokens, where the price data knows it."""
    speeds: Mapping[tuple[str, str], Speed] = field(default_factory=dict)
    """As measured, by the server's address and the model's name."""
    typed_by: str = ""
    """The key of the model that serves typing on one of the servers, once one does."""


def painted(servers: Iterable[Known], ground: Ground) -> tuple[Candidate, ...]:
    """Every model of theirs that there is a use for."""
    return tuple(
        _candidate(server, model, ground) for server in servers for model in _writing(server, ground)
    )


def embedders(servers: Iterable[Known], ground: Ground) -> tuple[Candidate, ...]:
    """Every model of theirs that makes embeddings."""
    return tuple(
        _candidate(server, model, ground)
        for server in servers
        for model in embedding(server.post, server.listed or ())
    )


def embedded(model: ModelInfo, trouble: str, ground: Ground) -> Candidate:
    """Our own engine's candidate. `trouble` is what keeps it from running; empty where nothing does."""
    return Candidate(
        backend=EMBEDDED,
        protocol="llamacpp",
        address=AT_HOME,
        place=Place.MACHINE,
        model=model,
        health=Health.DOWN if trouble else Health.UP,
        trouble=trouble,
        speed=ground.speeds.get((AT_HOME, model.name)),
    )


def _writing(server: Known, ground: Ground) -> tuple[ModelInfo, ...]:
    post, cloud = server.post, ground.routing.cloud
    if server.listed is None:
        return unasked(post, ground.hosted.get(post.protocol, (cloud.default,)))
    return offered(post, server.listed, cloud)


def _candidate(server: Known, model: ModelInfo, ground: Ground) -> Candidate:
    post = server.post
    place = Place.CLOUD if model.remote else post.place
    here = ground.machine if place is Place.MACHINE else None
    if place is Place.CLOUD and model.context_tokens is None:
        model = replace(model, context_tokens=ground.windows.get(model.name))
    return Candidate(
        backend=post.name,
        protocol=post.protocol,
        address=post.url,
        place=place,
        model=model,
        health=_HEALTH[server.view.standing],
        trouble=server.view.trouble,
        role=role_of(model.name, post.place, ground.routing),
        metered=place is Place.CLOUD,
        speed=ground.speeds.get((post.url, model.name)),
        evicts=_evicted(server, model, here, ground.typed_by) if here is not None else "",
        fits=here is None or planner.place(model, here, limit_percent=ground.limit_percent).fits,
    )


def _evicted(server: Known, model: ModelInfo, here: Machine, typed_by: str) -> str:
    """A warm model that using `model` throws out of memory: of several, the one that serves typing, or
    could."""
    loaded = [each for each in server.listed or () if each.warmth is Warmth.WARM]
    thrown = planner.would_evict(model, loaded, here, keeps_one=server.keeps_one)
    for each in thrown:
        if f"{server.post.name}/{each.name}" == typed_by:
            return each.name
    able = (each.name for each in thrown if Capability.INFILL in each.capabilities or each.fim)
    return next(able, thrown[0].name if thrown else "")


def offered(post: Post, listed: tuple[ModelInfo, ...], cloud: CloudModels) -> tuple[ModelInfo, ...]:
    """The models of a server that are candidates: the ones that the user named, of a cloud the routing's
    own, else all that chat or fill gaps."""
    able = tuple(each for each in listed if each.capabilities & {Capability.CHAT, Capability.INFILL})
    if not post.only and post.place is not Place.CLOUD:
        return able
    names = post.only or (cloud.default, cloud.fallback)
    found = (newest(name, able) for name in dict.fromkeys(names))
    return tuple(each for each in found if each is not None)


def embedding(post: Post, listed: tuple[ModelInfo, ...]) -> tuple[ModelInfo, ...]:
    """The models of a server that make embeddings: of a cloud only those that the user named."""
    able = tuple(each for each in listed if Capability.EMBED in each.capabilities)
    if not post.only:
        return () if post.place is Place.CLOUD else able
    found = (newest(name, able) for name in dict.fromkeys(post.only))
    return tuple(each for each in found if each is not None)


def unasked(post: Post, names: tuple[str, ...]) -> tuple[ModelInfo, ...]:
    """What a server that may not be asked, or has not answered yet, would be asked for; `names` are those of
    the routing that a cloud like it hosts."""
    if post.place is not Place.CLOUD:
        return tuple(ModelInfo(name) for name in post.only)
    return tuple(ModelInfo(name, warmth=Warmth.HOSTED) for name in post.only or names)


def hosted(cloud: CloudModels) -> dict[str, tuple[str, ...]]:
    """Which of the routing's cloud models each provider hosts, by the price data, which knows them all. The
    first time it is read, some 0.1 s."""
    wanted = (cloud.default, cloud.fallback)
    return {
        provider: tuple(name for name in wanted if prices.price(provider, name) is not None)
        for provider in CLOUDS
    }


def windows(names: Iterable[str]) -> dict[str, int]:
    """What each of these cloud models holds, in tokens, whoever offers it; only of those that are known."""
    found = {name: prices.context_window("", name) for name in names}
    return {name: tokens for name, tokens in found.items() if tokens is not None}


def absent(servers: Iterable[Known], ground: Ground) -> tuple[str, ...]:
    """What the user named and nobody has, in words."""
    told = []
    for server in servers:
        post, cloud = server.post, ground.routing.cloud
        if server.listed is None:
            if server.view.trouble and not unasked(post, ground.hosted.get(post.protocol, ())):
                told.append(server.view.trouble)
            continue
        names = dict.fromkeys(post.only)
        if post.origin == "router.cloud_endpoint":
            names |= {cloud.default: None}
        told += [f"{post.name} has no {name}" for name in names if newest(name, server.listed) is None]
    return tuple(told)


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
