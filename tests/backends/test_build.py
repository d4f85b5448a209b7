"""Every protocol of the configuration has its backend, which asks its own server with the right key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import get_args

import pytest
from pydantic import SecretStr

from emberline.backends.build import build
from emberline.backends.failure import Failure, Kind
from emberline.config.schema import Wire
from emberline.privacy.audit import Memory
from emberline.privacy.egress import EgressRefused, Gate
from emberline.privacy.labels import Label, Level, Manifest
from tests.servers import Served, serving

NO_TEXT = Manifest((Label(Level.STRICT, "no text", "a test"),), "health check")
KEY = SecretStr("a-key")


@pytest.fixture(scope="module")
def blank() -> Iterator[Served]:
    """A server that knows no path, and says what it was asked."""
    with serving("tests.servers.http") as served:
        yield served


@pytest.mark.parametrize("key", [KEY, None])
@pytest.mark.parametrize("protocol", get_args(Wire))
async def test_each_protocol(protocol: str, key: SecretStr | None, blank: Served) -> None:
    before = len(blank.requests())
    trail = Memory()
    backend = build(protocol, "mine", blank.url, key, Gate(trail=trail), 30)
    assert (backend.name, backend.protocol, backend.url) == ("mine", protocol, blank.url)
    assert len(blank.requests()) == before  # nobody was contacted yet
    with suppress(Failure):
        await backend.probe(NO_TEXT)
    await backend.close()
    asked = blank.requests()[before:]
    assert len(asked) == len(trail.kept_here) >= 1
    for request in asked:
        headers = request["headers"]
        sent = {headers.get("x-api-key"), headers.get("authorization", "").removeprefix("Bearer ")}
        assert (KEY.get_secret_value() in sent) == (key is not None)


@pytest.mark.parametrize("url", ["localhost:11434", "http://xn--", "http://[::1"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(EgressRefused, match="is no address"):
        build("ollama", "mine", url, None, Gate(), 30)


@pytest.mark.parametrize("protocol", get_args(Wire))
@pytest.mark.parametrize("key", ["sk-“smart”", "clé", "sk-1\nHost: elsewhere", "sk-1\x00"])
def test_what_can_be_no_key_is_refused_and_not_shown(protocol: str, key: str) -> None:
    with pytest.raises(Failure, match="the key for mine holds a character that no key has") as caught:
        build(protocol, "mine", "http://127.0.0.1:1", SecretStr(key), Gate(), 30)
    assert caught.value.kind is Kind.DENIED
    assert key[:3] not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_what_nobody_speaks() -> None:
    with pytest.raises(ValueError, match="no backend speaks telepathy"):
        build("telepathy", "mine", "http://127.0.0.1", None, Gate(), 30)
