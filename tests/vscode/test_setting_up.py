"""A machine without a server and without a model: both are fetched by buttons, and never half of one.

Python's place is taken by a script, which makes an environment whose `emberline` is another: that one knows
of two models, fetches them from nowhere, and leaves all else to the real server.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import environment
from .test_tasks import NOTICE, notices, notified
from .window import Code, Window, wait_until

pytestmark = pytest.mark.editor

PYTHON = """#!/bin/sh
case "$2" in
  import*) echo 3 12 ;;
  venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  pip)
    shift $(($# - 1))
    echo "Collecting $1"
    echo "$1" >> {folder}/asked
    [ -e {folder}/broken ] && {{ echo "ERROR: no such package" >&2; exit 1; }}
    cp {folder}/emberline "$(dirname "$0")/emberline" ;;
esac
"""
EMBERLINE = """#!/bin/sh
case "$*" in
  "models list --json") cat {folder}/catalogue ;;
  "models pull "*)
    echo "$3" >> {folder}/pulling
    echo "$3 from a-mirror: 40 % (400 of 1000 MB)" >&2
    while [ ! -e {folder}/go ]; do sleep 0.1; done
    echo "$3" >> {folder}/pulled ;;
  *) exec {python} -m emberline "$@" ;;
esac
"""
NAMES = ("python3.14", "python3.13", "python3.12", "python3.11", "python3", "python")
MODELS = [
    {"name": "small", "in_use": True, "state": "ready", "bytes": 491_400_064},
    {"name": "large", "in_use": False, "state": "missing", "bytes": 1_000_000_000},
]


@dataclass(frozen=True, slots=True)
class Machine:
    window: Window
    folder: Path
    storage: Path
    """Where the extension keeps what it installs."""

    def told(self, name: str) -> list[str]:
        """The lines that the scripts have written there."""
        file = self.folder / name
        return file.read_text("utf-8").split() if file.exists() else []

    def environments(self) -> list[str]:
        return sorted(each.name for each in self.storage.glob("server-*"))


def program(path: Path, text: str, folder: Path) -> None:
    path.write_text(text.format(folder=folder, python=sys.executable), "utf-8")
    path.chmod(0o755)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("bare")
    for name in ("bin", "work"):
        (folder / name).mkdir()
    for name in NAMES:
        program(folder / "bin" / name, PYTHON, folder)
    program(folder / "emberline", EMBERLINE, folder)
    (folder / "catalogue").write_text(json.dumps({"models": MODELS}), "utf-8")
    (folder / "config.yaml").write_text(
        json.dumps({"engine": {"embedded": False}, "backends": {"discover": False}}), "utf-8"
    )
    path = os.pathsep.join((str(folder / "bin"), "/usr/bin", "/bin"))
    # Of its own: the extension host takes its PATH from the user's shell.
    settings = {"emberline.installation.package": "its-wheel", "emberline.environment": {"PATH": path}}
    code = Code(folder / "code", settings, environment(folder))
    storage = folder / "code" / "data" / "data" / "User" / "globalStorage" / "emberline.emberline"
    try:
        yield Machine(code.open(folder / "work"), folder, storage)
    finally:
        code.close()


def an_installation_that_fails_leaves_nothing(machine: Machine) -> None:
    """Offered at the first start of all, and made by the button."""
    window = machine.window
    window.until_status("Emberline: not installed")
    notified(window, "Emberline's server is not installed yet")
    (machine.folder / "broken").touch()
    window.click(f"{NOTICE} .monaco-button:text-is('Install')")
    notified(window, "ERROR: no such package")
    assert machine.told("asked") == ["its-wheel"]
    assert machine.environments() == []
    assert window.servers() == []
    window.until_status("Emberline: not installed")


def the_server_is_installed_and_started(machine: Machine) -> None:
    window = machine.window
    (machine.folder / "broken").unlink()
    window.command("notifications.clearAll")
    window.click('[id="emberline.emberline.emberline.status"]')
    window.choose("Install the server")
    wait_until(window.servers, "no server was started")
    assert machine.told("asked") == ["its-wheel", "its-wheel"]
    (made,) = machine.environments()
    assert (machine.storage / "server").read_text("utf-8").strip() == made
    wait_until(lambda: "not installed" not in window.status(), "it is still said to be missing")
    wait_until(lambda: window.report().get("version"), "it says nothing of itself")


def model(window: Window) -> str | None:
    """The user's choice."""
    inspected = "vscode.workspace.getConfiguration('emberline').inspect('engine.model')"
    return window.api(f"return {inspected}.globalRemoteValue ?? {inspected}.globalValue ?? null")  # type: ignore[no-any-return]


def a_model_is_chosen_and_fetched(machine: Machine) -> None:
    window = machine.window
    window.start("emberline.chooseModel")
    window.choose("large")
    notified(window, "400 of 1000 MB from a-mirror")
    window.click(f"{NOTICE} .monaco-button:has-text('Cancel')")
    wait_until(lambda: "a-mirror" not in notices(window), "it goes on")
    assert (machine.told("pulling"), machine.told("pulled")) == (["large"], [])
    assert model(window) is None

    (machine.folder / "go").touch()
    window.start("emberline.chooseModel")
    window.choose("large")
    wait_until(lambda: model(window) == "large", "the choice is not kept")
    assert machine.told("pulled") == ["large"]

    window.start("emberline.chooseModel")
    window.choose("small")
    wait_until(lambda: model(window) == "small", "the choice is not kept")
    assert machine.told("pulled") == ["large"]


def test_setting_up_from_nothing(machine: Machine) -> None:
    """One story: each step begins where the last one ended."""
    an_installation_that_fails_leaves_nothing(machine)
    the_server_is_installed_and_started(machine)
    a_model_is_chosen_and_fetched(machine)
