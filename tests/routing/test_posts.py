"""Which servers there are to ask, by the configuration and by what runs. Nobody is contacted."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from emberline.backends.discovery import Found
from emberline.config.schema import Settings
from emberline.privacy.egress import Gate
from emberline.privacy.labels import Place
from emberline.routing.posts import Post, named_apart, posts

OLLAMA = Found("ollama", "http://127.0.0.1:11434", "0.13")
LMSTUDIO = Found("lmstudio", "http://127.0.0.1:1234")


def posted(settings: dict[str, object], *found: Found, **keys: str) -> dict[str, Post]:
    gate = Gate(("gpu.example.net",))
    made = named_apart(
        posts(
            Settings.model_validate(settings),
            found,
            lambda name: SecretStr(keys[name]) if name in keys else None,
            gate.place_of,
        )
    )
    assert len({post.name for post in made}) == len(made)
    return {post.name: post for post in made}


def server(**fields: object) -> dict[str, object]:
    return {"backends": {"servers": ({"name": "gpu", "protocol": "openai-compatible", **fields},)}}


def test_without_a_word_the_local_endpoint_is_asked_what_it_is() -> None:
    (only,) = posted({}).values()
    assert (only.protocol, only.url, only.place) == ("", "http://localhost:11434", Place.MACHINE)
    assert only.origin == "router.local_endpoint"


def test_a_server_that_was_found_is_not_asked_twice_under_another_spelling() -> None:
    assert list(posted({}, OLLAMA)) == ["ollama"]
    assert list(posted({"router": {"local_endpoint": "http://127.0.0.1:11434/v1"}}, OLLAMA)) == ["ollama"]
    assert set(posted({}, OLLAMA, LMSTUDIO)) == {"ollama", "lmstudio"}


def test_two_servers_of_a_kind_have_names_of_their_own() -> None:
    other = Found("llamacpp", "http://127.0.0.1:9931")
    assert set(posted({}, Found("llamacpp", "http://127.0.0.1:8080"), other)) >= {"llamacpp", "llamacpp:9931"}


def found(name: str, url: str, origin: str = "found running") -> Post:
    return Post(name, name, url, Place.MACHINE, origin=origin)


FIRST, SECOND = found("ollama", "http://127.0.0.1:1"), found("ollama", "http://localhost:2")
SAME_PORT = found("ollama", "http://gpu.example.net:2")


@pytest.mark.parametrize(
    ("posts", "met", "names"),
    [
        ((FIRST, SECOND), (), ["ollama", "ollama:2"]),
        ((FIRST, SECOND, SAME_PORT), (), ["ollama", "ollama:2", "ollama at http://gpu.example.net:2"]),
        ((FIRST, found("ollama", SECOND.url, "backends.servers")), (), ["ollama:1", "ollama"]),
        ((FIRST, SECOND), (SECOND,), ["ollama:1", "ollama"]),  # the first came later
        ((SECOND,), (found("ollama:2", SECOND.url),), ["ollama:2"]),  # the first is gone
        ((found("lmstudio", SECOND.url),), (found("ollama:2", SECOND.url),), ["lmstudio"]),
    ],
)
def test_a_name_stays_with_its_server(
    posts: tuple[Post, ...], met: tuple[Post, ...], names: list[str]
) -> None:
    assert [post.name for post in named_apart(posts, met)] == names


def test_a_cloud_is_there_once_it_has_a_key() -> None:
    assert "openai" not in posted({})
    cloud = posted({}, openai="sk-1")["openai"]
    assert (cloud.protocol, cloud.url, cloud.place) == ("openai", "https://api.openai.com/v1", Place.CLOUD)
    assert cloud.key is not None and cloud.key.get_secret_value() == "sk-1"
    claude = posted({}, anthropic="k")["anthropic"]
    assert (claude.url, claude.place) == ("https://api.anthropic.com", Place.CLOUD)


def test_what_the_user_calls_the_cloud_is_the_cloud_wherever_it_is() -> None:
    """A gateway on this machine passes text on: its address says nothing."""
    settings: dict[str, object] = {
        "router": {"cloud_endpoint": "http://127.0.0.1:4000", "cloud_api_key": "k"}
    }
    cloud = posted(settings)["cloud"]
    assert (cloud.protocol, cloud.place) == ("openai-compatible", Place.CLOUD)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://gpu.example.net/v1", Place.HOST),
        ("http://127.0.0.1:8000/v1", Place.MACHINE),
        ("https://elsewhere.example/v1", Place.CLOUD),
    ],
)
def test_a_server_of_the_users_is_where_its_address_is(url: str, place: Place) -> None:
    gpu = posted(server(url=url, api_key="k", models=("big",)))["gpu"]
    assert (gpu.place, gpu.only, gpu.protocol) == (place, ("big",), "openai-compatible")
    assert gpu.key is not None and gpu.key.get_secret_value() == "k"


def test_the_users_word_comes_before_what_was_found() -> None:
    named = {"backends": {"servers": ({"name": "mine", "protocol": "ollama", "url": OLLAMA.url},)}}
    assert list(posted(named, OLLAMA)) == ["mine"]


def test_no_key_is_shown() -> None:
    assert "sk-secret" not in repr(posted({}, openai="sk-secret"))
