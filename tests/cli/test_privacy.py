"""`emberline privacy`: the mode and who set it, changing it, and the trail."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from emberline import cli
from emberline.cli.privacy import moment, workspace
from emberline.privacy.audit import Trail
from emberline.privacy.labels import Level, Place
from tests.privacy.test_audit import LOCAL, SEND


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's file; a repository to stand in, some folders deep; no keys but those of a test."""
    path = tmp_path / "user.yaml"
    path.write_text("# mine\nprivacy:\n  mode: strict  # for now\n")
    monkeypatch.setenv("EMBERLINE_CONFIG", str(path))
    monkeypatch.setenv("EMBERLINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "MISTRAL_API_KEY", "DEEPSEEK_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "work" / ".git").mkdir(parents=True)
    (tmp_path / "work" / "src").mkdir()
    monkeypatch.chdir(tmp_path / "work" / "src")
    return path


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def shown(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert cli.main(["privacy", "show", "--json"]) == 0
    state: dict[str, object] = json.loads(capsys.readouterr().out)
    return state


def test_show_says_what_holds_here_and_why(
    user: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user.write_text(
        "privacy:\n  mode: trusted\n  trusted_hosts: [gpu.lan, 10.0.0.0/8]\n"
        "  exclude: [secrets/]\n  local_only: [models/]\n"
        "router: {cloud_api_key: sk-hidden}\n"
        "backends:\n  servers:\n"
        "  - {name: gpu, protocol: openai-compatible, url: 'http://gpu.lan:8000/v1', api_key: hidden}\n"
    )
    assert cli.main(["privacy", "show"]) == 0
    output = capsys.readouterr().out
    for line in (
        f"{work}\n",
        f"trusted: your code may go to the hosts that you trust, and no further ({user}:2)",
        "your hosts:           gpu.lan, 10.0.0.0/8",
        "read by no model:     secrets/, what .emberlineignore names, usual secret files",
        "kept on this machine: models/, what git ignores",
        "There is a key for openai (https://api.openai.com/v1); trusted keeps your code from it.",
        "`emberline privacy set open` would allow it",
    ):
        assert line in output
    assert "key for gpu" not in output
    assert "hidden" not in output


def test_show_as_json(user: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys) == {
        "workspace": str(work),
        "mode": "strict",
        "from": f"{user}:3",
        "means": "your code stays on this machine",
        "trusted_hosts": [],
        "exclude": [],
        "local_only": [],
        "enforced": True,
        "unreachable_keys": [],
    }


def test_show_says_why_a_mistake_made_it_strict(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user.write_text("privacy:\n  mode: opne\n")
    assert cli.main(["privacy", "show", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["mode"] == "strict"
    assert captured.err.startswith(f"error: {user}:2: privacy.mode: must be")


def test_a_file_that_cannot_be_read_made_it_strict_and_not_the_default(
    user: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user.write_text("privacy: {mode: open\n x: [")
    assert shown(capsys)["from"] == f"{user}:2"
    user.write_text("privcy: {mode: open}\n")
    assert shown(capsys)["from"] == f"{user}:1"
    user.write_text("completion: {budget_ms: soon}\n")  # no wish for privacy
    assert shown(capsys)["from"] == "default"


def test_a_key_of_the_environment_is_unreachable_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-hidden")
    assert shown(capsys)["unreachable_keys"] == [
        {"name": "anthropic", "address": "https://api.anthropic.com", "needs": "open"}
    ]


def test_set_writes_for_this_workspace_into_the_users_file(
    user: Path, work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["privacy", "set", "open"]) == 0
    assert capsys.readouterr().out == (
        f"open in {work}, by {user}\nHere your code may go to the hosts that you trust and to the cloud.\n"
    )
    assert "# mine" in user.read_text()
    assert "# for now" in user.read_text()
    assert shown(capsys)["mode"] == "open"
    (work.parent / "other").mkdir()
    monkeypatch.chdir(work.parent / "other")
    assert shown(capsys)["mode"] == "strict"


def test_set_everywhere(
    user: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["privacy", "set", "trusted", "--everywhere"]) == 0
    output = capsys.readouterr().out
    assert output.startswith(f"trusted wherever nothing else is said, by {user}\n")
    assert f"You trust no host yet: name them in {user} as privacy.trusted_hosts." in output
    assert "mode: trusted # for now" in user.read_text()
    assert shown(capsys)["mode"] == "trusted"


def test_set_makes_a_file_where_there_is_none(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user.unlink()
    assert cli.main(["privacy", "set", "open"]) == 0
    capsys.readouterr()
    assert shown(capsys)["mode"] == "open"


def test_set_says_when_the_workspace_stays_stricter(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / ".emberline.yaml").write_text("privacy:\n  mode: strict\n")
    assert cli.main(["privacy", "set", "open"]) == 0
    assert (
        f"Here it is still strict, because of {work / '.emberline.yaml'}:2: your code stays on this machine."
        in capsys.readouterr().out
    )
    assert shown(capsys)["mode"] == "strict"


def test_set_knows_three_modes(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = user.read_text()
    assert cli.main(["privacy", "set", "private"]) == 2
    assert "'strict', 'trusted', 'open'" in capsys.readouterr().err
    assert user.read_text() == before


def test_a_workspace_is_a_repository_or_holds_our_file_and_is_not_the_home_folder(
    tmp_path: Path, work: Path
) -> None:
    home = tmp_path / "home"
    (home / ".git").mkdir(parents=True)
    (home / "a" / "b").mkdir(parents=True)
    (home / "a" / ".emberline.yaml").touch()
    (home / "c").mkdir()
    assert workspace(work / "src") == work
    assert workspace(home / "a" / "b") == home / "a"
    assert workspace(home / "c") == home / "c"


# -- audit ----------------------------------------------------------------------------------------------

REFUSED = replace(SEND, refused="it may not", model="refused-model", at=SEND.at + 1)


@pytest.fixture
def trail() -> None:
    """One send away, one on this machine, one refused, and one away a day later."""
    trail = Trail()
    trail.left(SEND)
    trail.stayed(replace(LOCAL, model="local-model"))
    trail.stayed(REFUSED)
    trail.left(replace(SEND, at=SEND.at + 86_400, model="later-model", place=Place.HOST, level=Level.TRUSTED))
    trail.close()


def audited(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert cli.main(["privacy", "audit", "--json", *arguments]) == 0
    return [send["model"] for send in json.loads(capsys.readouterr().out)]


@pytest.mark.usefixtures("trail")
def test_audit_lists_what_left(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert cli.main(["privacy", "audit"]) == 0
    output = capsys.readouterr().out
    for text in ("https://api.example.com:443", "203.0.113.5", "some-model", "1,234 bytes", "refactor",
                 "/w/a.py", "clipboard", "open by privacy.mode"):  # fmt: skip
        assert text in output
    assert "local-model" not in output
    assert "Nothing has left" not in output
    assert "state/audit; it holds no text." in output


@pytest.mark.usefixtures("trail")
def test_audit_is_cut_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert audited(capsys) == ["some-model", "later-model"]
    assert audited(capsys, "--all") == ["some-model", "local-model", "refused-model", "later-model"]
    assert audited(capsys, "--limit", "1") == ["later-model"]
    later = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(SEND.at + 60))
    assert audited(capsys, "--since", later) == ["later-model"]


def test_audit_says_plainly_that_nothing_left(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["privacy", "audit"]) == 0
    assert capsys.readouterr().out.startswith("Nothing has left this machine.\n")
    trail = Trail()
    trail.stayed(LOCAL)
    trail.stayed(REFUSED)
    trail.close()
    assert cli.main(["privacy", "audit", "--all", "--since", "2020-01-01"]) == 0
    output = capsys.readouterr().out
    assert "refused: it may not" in " ".join(output.split())
    assert "\nNothing has left this machine since 2020-01-01 00:00:00.\n" in output


def test_a_name_that_would_steer_the_terminal_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    Trail().left(replace(SEND, sources=("/w/\x1b[31m[red]a.py",)))
    assert cli.main(["privacy", "audit"]) == 0
    output = capsys.readouterr().out
    assert "\x1b" not in output
    assert "[red]" in output


def test_of_a_trail_that_cannot_be_seen_nobody_says_that_it_is_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for state in (tmp_path / "file", tmp_path / "file" / "inside"):
        monkeypatch.setenv("EMBERLINE_STATE", str(state))
        assert cli.main(["privacy", "audit"]) == 1
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.count("\n") == 1
        assert f"the trail cannot be read ({state / 'audit'}: Not a directory)" in captured.err


def test_a_file_of_the_trail_that_cannot_be_read(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trail = work.parent / "state" / "audit"
    (trail / "left-2026-10.jsonl").mkdir(parents=True)
    assert cli.main(["privacy", "audit"]) == 1
    assert f"({trail / 'left-2026-10.jsonl'}: Is a directory)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "ago"), [("30m", 1800), ("12h", 43_200), ("7d", 604_800), ("2w", 1_209_600), ("0d", 0)]
)
def test_moments(text: str, ago: float) -> None:
    assert moment(text) == pytest.approx(time.time() - ago, abs=5)


@pytest.mark.parametrize("text", ["", "d", "yesterday", "-1d", "2026-13-01"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="neither a time ago"):
        moment(text)


@pytest.mark.parametrize("limit", ["0", "-3", "many"])
def test_what_is_no_count(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["privacy", "audit", f"--limit={limit}"]) == 2
    assert "no number from 1 on" in capsys.readouterr().err
