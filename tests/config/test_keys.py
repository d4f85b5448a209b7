"""Where a key is found, whose it is, and that nothing shows it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import keyring
import pytest

from emberline.config import keys
from emberline.config.keys import find_key
from emberline.config.layers import Layer, Level, combine
from emberline.config.schema import Settings
from emberline.config.source import parse
from tests.config.kept import Kept

SECRET = "sk-very-secret"


@pytest.fixture(autouse=True)
def kept() -> Iterator[Kept]:
    before, now = keyring.get_keyring(), Kept()
    keyring.set_keyring(now)
    yield now
    keyring.set_keyring(before)


def settings(text: str = "") -> Settings:
    return combine([Layer(Level.USER, parse("user.yaml", text))], {}).require()


SERVERS = """\
backends:
  servers:
    - {name: gpu, protocol: openai-compatible, url: "http://gpu:8000"}
    - {name: mine, protocol: anthropic}
    - {name: theirs, protocol: anthropic, url: "https://gateway.example"}
    - {name: official, protocol: mistral, url: "https://api.mistral.ai/v1"}
    - {name: keyed, protocol: openai, api_key: own}
"""


@pytest.mark.parametrize(
    ("text", "name", "environment", "expected"),
    [
        ("router: {cloud_api_key: k}", "openai", {}, ("k", "router.cloud_api_key")),
        ("router: {cloud_api_key: k}", "openai", {"OPENAI_API_KEY": "e"}, ("k", "router.cloud_api_key")),
        ("router: {cloud_api_key: k}", "cloud", {}, None),
        ("router: {cloud_api_key: k}", "anthropic", {}, None),
        (
            "router: {cloud_api_key: k, cloud_endpoint: 'https://else/v1'}",
            "cloud",
            {},
            ("k", "router.cloud_api_key"),
        ),
        ("router: {cloud_api_key: k, cloud_endpoint: 'https://else/v1'}", "openai", {}, None),
        ("router: {cloud_api_key: ''}", "openai", {"OPENAI_API_KEY": "e"}, ("e", "$OPENAI_API_KEY")),
        ("", "openai", {"OPENAI_API_KEY": " e\n"}, ("e", "$OPENAI_API_KEY")),
        ("", "anthropic", {"ANTHROPIC_API_KEY": "e"}, ("e", "$ANTHROPIC_API_KEY")),
        ("", "mistral", {"MISTRAL_API_KEY": "e"}, ("e", "$MISTRAL_API_KEY")),
        ("", "deepseek", {"DEEPSEEK_API_KEY": "e"}, ("e", "$DEEPSEEK_API_KEY")),
        ("", "deepseek", {"DEEPSEEK_API_KEY": ""}, None),
        ("", "openai", {}, None),
        ("", "nobody", {"NOBODY_API_KEY": "e"}, None),
        (SERVERS, "gpu", {"OPENAI_API_KEY": "e"}, None),
        (SERVERS, "mine", {"ANTHROPIC_API_KEY": "e"}, ("e", "$ANTHROPIC_API_KEY")),
        (SERVERS, "theirs", {"ANTHROPIC_API_KEY": "e"}, None),
        (SERVERS, "official", {"MISTRAL_API_KEY": "e"}, ("e", "$MISTRAL_API_KEY")),
        (SERVERS, "keyed", {"OPENAI_API_KEY": "e"}, ("own", "backends.servers.keyed.api_key")),
    ],
)
def test_where_a_key_is_found(
    text: str, name: str, environment: dict[str, str], expected: tuple[str, str] | None
) -> None:
    found = find_key(settings(text), name, environment)
    assert (found and (found.value.get_secret_value(), found.origin)) == expected


def test_the_keyring_comes_last(kept: Kept) -> None:
    kept.secrets["emberline", "openai"] = "kept"
    kept.secrets["elsewhere", "mistral"] = "kept"
    found = find_key(Settings(), "openai", {})
    assert found is not None
    assert (found.value.get_secret_value(), found.origin) == ("kept", "the keyring")
    assert find_key(Settings(), "mistral", {}) is None
    found = find_key(Settings(), "openai", {"OPENAI_API_KEY": "e"})
    assert found is not None and found.origin == "$OPENAI_API_KEY"


def test_a_locked_keyring_has_no_key(kept: Kept) -> None:
    kept.secrets["emberline", "openai"] = "kept"
    kept.is_locked = True
    assert find_key(Settings(), "openai", {}) is None


def test_a_keyring_that_waits_for_its_user_keeps_nobody(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.secrets["emberline", "openai"] = "kept"
    kept.answering.clear()
    monkeypatch.setattr(keys, "PATIENCE_SECONDS", 0.01)
    assert [find_key(Settings(), name, {}) for name in ("openai", "mistral", "openai")] == [None] * 3
    assert kept.asked <= 1
    monkeypatch.undo()
    kept.answering.set()
    while (found := find_key(Settings(), "openai", {})) is None:  # until the old question is answered
        pass
    assert found.value.get_secret_value() == "kept"


def test_without_the_extra_there_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert find_key(Settings(), "openai", {}) is None


def test_a_key_is_never_shown() -> None:
    found = find_key(Settings(), "openai", {"OPENAI_API_KEY": SECRET})
    assert SECRET not in f"{found!r} {found}"
