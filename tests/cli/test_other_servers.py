"""`doctor` and `complete` where another server than our own engine can complete."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emberline import cli
from tests.routing.served import Place
from tests.servers import Served

CODE = 'def circle_area(radius: float) -> float:\n    """The area of a circle."""\n    \n'
OFF = "engine: {embedded: false}\n"


def doctor(capsys: pytest.CaptureFixture[str], status: int) -> dict[str, dict[str, Any]]:
    """The findings by name, after a run with this exit status."""
    assert cli.main(["doctor", "--json"]) == status
    result = json.loads(capsys.readouterr().out)
    return {finding["name"]: finding for finding in result["findings"]}


def break_the_engines_folder(place: Place) -> str:
    """Under a file no folder can be made, not even by root."""
    (place.folder.parent / "file").touch()
    folder = str(place.folder.parent / "file" / "run")
    place.patch.setenv("EMBERLINE_RUNTIME", folder)
    return folder


@pytest.mark.parametrize("config", ["", OFF])
def test_doctor_goes_by_who_completes(
    config: str, place: Place, ollama: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    place.configure(config)
    break_the_engines_folder(place)
    findings = doctor(capsys, 0)
    assert findings["completion"]["detail"].startswith("by qwen2.5-coder:7b Q4_K_M (ollama): it fills in the")
    assert findings["completion"]["detail"].endswith("should it prove slow, the next one takes over")
    assert findings["completion"]["data"]["route"]["chosen"]["backend"] == "ollama"
    model = findings["model"]
    assert (model["state"], model["remedy"]) == ("ok", "")
    assert model["detail"] == (
        "qwen2.5-coder-0.5b is not here yet; qwen2.5-coder:7b Q4_K_M (ollama) completes without it"
    )
    assert ("switched off" in findings) == bool(config)
    assert findings.get("switched off", model)["state"] == "ok"
    assert findings["engine folder"]["state"] == "warning"


def test_doctor_says_why_nobody_completes(
    place: Place, ollama: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    place.configure(OFF)
    ollama.script(gone=["qwen2.5-coder:7b", "llama3.1:8b"])
    findings = doctor(capsys, 1)
    assert findings["completion"]["state"] == "error"
    assert "qwen2.5-coder:7b" not in findings["completion"]["detail"]
    assert findings["switched off"]["remedy"] == f"set engine.embedded: true in {place.config}:1"


def test_without_any_server_what_is_missing_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    folder = break_the_engines_folder(place)
    findings = doctor(capsys, 1)
    assert findings["completion"]["detail"].startswith("there is no model for it")
    found = findings["engine folder"]
    assert found["state"] == "error"
    assert found["detail"] == f"the engine cannot use the folder {folder}: Not a directory"
    assert "EMBERLINE_RUNTIME" in found["remedy"] and "XDG_CACHE_HOME" in found["remedy"]
    assert cli.main(["complete", "a.py:1:1"]) == 1
    error = capsys.readouterr().err
    assert f"the engine cannot use the folder {folder}: Not a directory (→ set EMBERLINE_RUNTIME" in error
    assert "emberline models pull" in error and "emberline doctor" not in error


@pytest.mark.parametrize("config", ["", OFF])
def test_complete_asks_whom_the_router_chooses(
    config: str, place: Place, ollama: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    place.configure(config)
    break_the_engines_folder(place)
    ollama.script(text="return 3.14 * radius ** 2\n")
    path = place.write("area.py", CODE)
    assert cli.main(["complete", f"{path}:3:5", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["engine"] == "qwen2.5-coder:7b on ollama, warm"
    assert any(each["text"].startswith("return 3.14") for each in result["suggestions"])


def test_complete_says_why_the_servers_there_are_do_not_serve(
    place: Place, ollama: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    place.configure(f"{OFF}completion: {{max_line: 2}}\n")
    ollama.script(gone=["qwen2.5-coder:7b", "llama3.1:8b"])
    assert cli.main(["complete", "a.py:1:1"]) == 1
    mistake, error = capsys.readouterr().err.splitlines()
    assert mistake.startswith(f"error: {place.config}:2: completion.max_line: ")
    assert "engine.embedded is false (→ set engine.embedded: true in" in error
    assert "privacy is strict" in error  # what Ollama runs in its cloud is out


def test_the_machines_advice_and_the_routers_choice_are_told_apart(
    place: Place, ollama: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor"]) == 0
    output = capsys.readouterr().out
    assert "\nok advice           for completion on this machine: qwen2.5-coder:7b" in output
    assert "\nok completion       by qwen2.5-coder:7b Q4_K_M (ollama): " in output
    assert output.count("it fills in the middle") == 2  # once for each of the two
    assert (
        f"\nok model server     ollama 0.13.5 at {ollama.url}:\n"
        "                    qwen2.5-coder:7b Q4_K_M, 32,768 tokens, not loaded, fills gaps\n"
        "                    llama3.1:8b Q4_K_M, 131,072 tokens, not loaded\n"
    ) in output
