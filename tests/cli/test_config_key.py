"""`emberline config key`: a key goes into the keyring unseen, and out of it."""

from __future__ import annotations

import getpass
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest

from emberline import cli
from emberline.config.keys import find_key
from emberline.config.load import load
from tests.config.kept import Kept

SECRET = "sk-very-secret"


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Kept]:
    """A keyring in memory, and a configuration with one server."""
    path = tmp_path / "user.yaml"
    path.write_text(
        "router: {cloud_endpoint: 'https://gateway.example/v1'}\n"
        "backends: {servers: [{name: gateway, protocol: openai-compatible, url: 'http://gpu'}]}\n"
    )
    monkeypatch.setenv("EMBERLINE_CONFIG", str(path))
    monkeypatch.chdir(tmp_path)
    before, now = keyring.get_keyring(), Kept()
    keyring.set_keyring(now)
    yield now
    keyring.set_keyring(before)


def piped(text: str, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return cli.main(["config", "key", *words])


@pytest.mark.parametrize("name", ["mistral", "cloud", "gateway"])
def test_a_piped_key_is_kept_used_and_removed(
    name: str, kept: Kept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert piped(f"{SECRET}\n", monkeypatch, "set", name) == 0
    assert kept.secrets == {("emberline", name): SECRET}
    found = find_key(load().settings, name, {})
    assert found is not None and found.value.get_secret_value() == SECRET
    assert cli.main(["config", "key", "remove", name]) == 0
    assert kept.secrets == {}
    assert cli.main(["config", "key", "remove", name]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        f"the keyring has a key for {name}",
        f"the keyring has no key for {name} any more",
        f"the keyring has no key for {name}",
    ]
    assert SECRET not in captured.out + captured.err


def test_at_a_terminal_it_is_asked_for_unseen(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return SECRET

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", answer)
    assert cli.main(["config", "key", "set", "openai"]) == 0
    assert asked == ["Key for openai (stays unseen): "]
    assert kept.secrets["emberline", "openai"] == SECRET


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("opnai", SECRET, "no provider or server of yours is called opnai: did you mean openai?"),
        ("xyz", SECRET, "there are openai, anthropic, mistral, deepseek, cloud, gateway."),
        ("openai", " \n", "no key was given"),
        ("openai", f"{SECRET}\nsecond line", "a key is one word"),
        ("openai", f"{SECRET}\N{NO-BREAK SPACE}x", "a key is one word"),
    ],
)
def test_what_is_no_key_is_not_kept(
    name: str,
    text: str,
    words: str,
    kept: Kept,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert piped(text, monkeypatch, "set", name) == 1
    error = capsys.readouterr().err
    assert words in error and SECRET not in error
    assert kept.secrets == {}


def test_a_key_is_no_argument(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["config", "key", "set", "openai", SECRET]) == 2
    assert kept.secrets == {}


def test_a_keyring_that_refuses(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.is_locked = True
    assert piped(SECRET, monkeypatch, "set", "openai") == 1
    assert "the system's keyring refused (KeyringLocked): unlock it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("openai", "set OPENAI_API_KEY in the environment"),
        ("gateway", "write `api_key: ${GATEWAY_API_KEY}` at gateway in "),
        ("cloud", "write `cloud_api_key: ${CLOUD_API_KEY}` in the section router in "),
    ],
)
def test_a_system_without_a_keyring(
    name: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    assert piped(SECRET, monkeypatch, "set", name) == 1
    error = capsys.readouterr().err
    assert f"this system has no keyring: {words}" in error and SECRET not in error
    assert cli.main(["config", "key", "remove", name]) == 1
    assert "this system has no keyring: it keeps no key" in capsys.readouterr().err


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert piped(SECRET, monkeypatch, "set", "openai") == 1
    assert "pip install 'emberline[keyring]'" in capsys.readouterr().err
