"""`emberline config`: what is in effect, from where, and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emberline import cli


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's file, and a workspace to stand in."""
    path = tmp_path / "user.yaml"
    path.write_text("completion: {max_lines: 5}\nrouter: {cloud_api_key: sk-secret}\n")
    monkeypatch.setenv("EMBERLINE_CONFIG", str(path))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return path


def test_show_names_value_and_origin(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(".emberline.yaml").write_text("completion: {enabled: false}\n")
    assert cli.main(["config", "show"]) == 0
    shown, _, where = capsys.readouterr().out.partition("\n\n")
    assert where == f"your file: {user}\n"
    lines = {line.split()[0]: line.split()[1:] for line in shown.splitlines()}
    assert lines["completion.max_lines"] == ["5", f"{user}:1"]
    assert lines["completion.enabled"] == ["false", f"{Path.cwd() / '.emberline.yaml'}:1"]
    assert lines["completion.budget_ms"] == ["50", "default"]


def test_show_as_json_keeps_secrets(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["config", "show", "--json"]) == 0
    output = capsys.readouterr().out
    assert json.loads(output)["completion.max_lines"] == {"value": 5, "from": f"{user}:1"}
    assert json.loads(output)["router.cloud_api_key"] == {"value": "**********", "from": f"{user}:2"}
    assert "sk-secret" not in output


def test_show_tells_what_is_wrong_aside(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user.write_text("completion: {max_line: 5}\n")
    assert cli.main(["config", "show", "--json"]) == 0
    captured = capsys.readouterr()
    json.loads(captured.out)
    assert captured.err.startswith(f"error: {user}:1: completion.max_line: ")


def test_show_tells_servers_and_folders_by_their_lines(
    user: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    user.write_text(
        "privacy:\n"
        "  folders:\n"
        "    /elsewhere: open\n"
        "backends:\n"
        "  servers:\n"
        "    - {protocol: openai}\n"
        "    - name: gateway\n"
        "      protocol: openai-compatible\n"
        "      url: https://gateway.example/v1\n"
        "      api_key: sk-secret\n"
    )
    monkeypatch.setenv("EMBERLINE_BUDGET__USD_PER_MONTH", "3")
    assert cli.main(["config", "show", "--json"]) == 0
    output = capsys.readouterr().out
    shown = {key: (each["value"], each["from"]) for key, each in json.loads(output).items()}
    assert shown["privacy.folders./elsewhere"] == ("open", f"{user}:3")
    assert shown["backends.servers.0.name"] == ("gateway", f"{user}:7")
    assert shown["backends.servers.0.api_key"] == ("**********", f"{user}:10")
    assert shown["backends.servers.0.models"] == ([], "default")
    assert shown["budget.usd_per_month"] == (3, "$EMBERLINE_BUDGET__USD_PER_MONTH")
    assert "sk-secret" not in output


def test_check(user: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["config", "check"]) == 0
    assert capsys.readouterr().out == f"{user}: no errors\n"
    bad = tmp_path / "bad.yaml"
    bad.write_text("completion:\n  budget_ms: x\n")
    assert cli.main(["config", "check", str(bad)]) == 1
    assert capsys.readouterr().out.startswith(f"error: {bad}:2: completion.budget_ms: must be a whole number")


def test_check_as_json(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["config", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "problems": []}
    user.write_text("completion: {budget_ms: x}\nengine: {model: none}\n")
    assert cli.main(["config", "check", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert [(each["severity"], each["file"], each["line"], each["key"]) for each in told["problems"]] == [
        ("error", str(user), 1, "completion.budget_ms"),
        ("error", str(user), 2, "engine.model"),
    ]
    assert told["problems"][0]["message"].startswith("must be a whole number")


def test_check_looks_closely(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user.write_text(
        "privacy: {trusted_hosts: ['gpu:1']}\n"
        "backends:\n"
        "  servers:\n"
        "    - {name: a, protocol: openai}\n"
        "    - {name: a, protocol: mistral}\n"
        "    - {name: b, protocol: openai-compatible}\n"
    )
    assert cli.main(["config", "check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[:3] for line in lines] == [
        ["error", f"{user}:5", "backends.servers.1.name"],
        ["error", f"{user}:6", "backends.servers.2"],
        ["error", f"{user}:1", "privacy.trusted_hosts"],
    ]


def test_check_knows_the_models(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user.write_text("engine: {model: qwen2.5-coder-0.5}\n")
    assert cli.main(["config", "check"]) == 1
    assert "did you mean qwen2.5-coder-0.5b?" in capsys.readouterr().out


def test_check_takes_a_workspaces_file_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".emberline.yaml").write_text("router: {cloud_endpoint: 'https://elsewhere'}\n")
    assert cli.main(["config", "check", ".emberline.yaml"]) == 0
    assert "warning: .emberline.yaml:1: router.cloud_endpoint: only the user's own" in capsys.readouterr().out


def test_check_without_any_file(
    user: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EMBERLINE_CONFIG")
    monkeypatch.setenv("HOME", str(user.parent))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(user.parent / "none"))
    assert cli.main(["config", "check"]) == 0
    assert "the defaults hold" in capsys.readouterr().out
