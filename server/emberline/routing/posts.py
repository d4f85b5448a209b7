"""Which model servers there are to ask, by the configuration and by what was found running. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pydantic import SecretStr

from emberline.backends.discovery import Found
from emberline.config.schema import Settings
from emberline.privacy.labels import Place

CLOUDS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "mistral": "https://api.mistral.ai/v1",
    "deepseek": "https://api.deepseek.com",
}
"""Where the providers' own protocols are spoken, as their documentation gives it."""
USERS = "backends.servers"
"""The origin of what the user has named."""


@dataclass(frozen=True, slots=True)
class Post:
    """One server. `protocol` is empty where the address has yet to be asked for it."""

    name: str
    protocol: str
    url: str
    place: Place
    key: SecretStr | None = None
    only: tuple[str, ...] = ()
    """The models that the user wants from it; empty: a local server's all, a cloud's those that
    `router.model_routing` names."""
    origin: str = "found running"
    """What made it known, e.g. "router.local_endpoint"."""


def posts(
    settings: Settings,
    found: Iterable[Found],
    key_of: Callable[[str], SecretStr | None],
    place_of: Callable[[str], Place],
) -> tuple[Post, ...]:
    """Every server once, the user's own words first; nothing is contacted, and nothing raised.

    `key_of` gives a provider's key by its name, `place_of` where an address lies. Two may still be called
    the same: `named_apart` is for when all their protocols are known.
    """
    gathered: dict[str, Post] = {}

    def add(post: Post) -> None:
        gathered.setdefault(spelled(post.url), post)

    for server in settings.backends.servers:
        url = server.url or CLOUDS.get(server.protocol)
        if url is not None:
            place = Place.CLOUD if server.protocol in CLOUDS and server.url is None else place_of(url)
            key = server.api_key or key_of(server.name)
            add(Post(server.name, server.protocol, url, place, key, server.models, USERS))
    for each in found:
        add(Post(each.protocol, each.protocol, each.url, Place.MACHINE))
    endpoint = settings.router.local_endpoint
    add(Post(urlsplit(endpoint).netloc, "", endpoint, place_of(endpoint), origin="router.local_endpoint"))
    cloud = settings.router.cloud_endpoint
    # Whatever address it has: who calls it the cloud must be taken at their word.
    protocol = "openai" if urlsplit(cloud).hostname == "api.openai.com" else "openai-compatible"
    name = "openai" if protocol == "openai" else "cloud"
    key = settings.router.cloud_api_key or key_of(name)
    if key is not None:
        gathered[spelled(cloud)] = Post(
            name, protocol, cloud, Place.CLOUD, key, origin="router.cloud_endpoint"
        )
    for provider, url in CLOUDS.items():
        if (key := key_of(provider)) is not None and provider != "openai":
            add(Post(provider, provider, url, Place.CLOUD, key, origin=f"a key for {provider}"))
    return tuple(gathered.values())


def named_apart(gathered: Iterable[Post], met: Iterable[Post] = ()) -> tuple[Post, ...]:
    """Different names for two servers of one kind: the second gets its port as well.

    What the user has named is called that. Of the others, those that were `met` under a name keep it, however
    many of their kind come or go.
    """
    posts = tuple(gathered)
    kept = {spelled(post.url): post.name for post in met}
    names: dict[str, str] = {}

    def rank(post: Post) -> tuple[bool, bool]:
        return post.origin != USERS, spelled(post.url) not in kept

    for post in sorted(posts, key=rank):
        address = spelled(post.url)
        wanted = [post.name]
        if post.origin != USERS:
            wanted += [f"{post.name}:{port_of(post.url)}", f"{post.name} at {post.url}"]
            wanted.sort(key=lambda name: name != kept.get(address))
        names[address] = next(name for name in wanted if name not in names.values())
    return tuple(replace(post, name=names[spelled(post.url)]) for post in posts)


def port_of(url: str) -> str:
    """As it is written there, be it a port or not; empty where none is."""
    return urlsplit(url).netloc.rpartition("]")[2].rpartition(":")[2]


def spelled(url: str) -> str:
    """One spelling for addresses that mean one server: by host, port and path."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname in ("localhost", "::1") else parts.hostname or ""
    port = port_of(url) or ("443" if parts.scheme == "https" else "80")
    return f"{host}:{port}{parts.path.rstrip('/').removesuffix('/v1')}"
