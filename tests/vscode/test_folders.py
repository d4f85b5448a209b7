"""Several folders in one window, and what folders say about privacy."""

from __future__ import annotations

import json

import pytest

from .conftest import Stage
from .window import Window, wait_until

pytestmark = pytest.mark.editor

COUNT = "return (vscode.workspace.workspaceFolders ?? []).length"


def test_two_folders_have_one_server_and_each_can_tighten(stage: Stage, trusted: Window) -> None:
    folders = [stage.folder / "many" / name for name in ("one", "two")]
    for folder in folders:
        (folder / ".vscode").mkdir(parents=True)
        (folder / f"{folder.name}.py").write_text(f"{folder.name} = 1\n", "utf-8")
    workspace = stage.folder / "many" / "both.code-workspace"
    said = json.dumps({"folders": [{"path": "one"}, {"path": "two"}]})
    workspace.write_text(said, "utf-8")
    window = stage.code.open(workspace)
    try:
        if not window.api(COUNT):
            # In a browser VS Code may look into the file before it can; it does again when the file changes.
            workspace.write_text(f"{said}\n", "utf-8")
        wait_until(lambda: window.api(COUNT) == 2, "VS Code has not opened both folders")
        window.trust()
        window.until_warm()
        assert len(window.servers()) == 1
        window.until_status("privacy open")
        settings = folders[1] / ".vscode" / "settings.json"
        settings.write_text(json.dumps({"emberline.privacy.mode": "strict"}), "utf-8")
        window.until_status("privacy strict")
        settings.write_text(json.dumps({"emberline.privacy.mode": "configured"}), "utf-8")
        window.until_status("privacy open")
        assert len(window.servers()) == 1
    finally:
        window.close()


def test_an_untrusted_folder_cannot_say_that_it_is_open(stage: Stage, trusted: Window) -> None:
    """The user has opened it to the cloud, and it ships settings: still nothing leaves the machine."""
    folder = stage.folder / "stranger"
    (folder / ".vscode").mkdir(parents=True)
    shipped = {"emberline.privacy.mode": "configured", "emberline.completion.maxLines": 2}
    (folder / ".vscode" / "settings.json").write_text(json.dumps(shipped), "utf-8")
    window = stage.code.open(folder)
    try:
        assert not window.api("return vscode.workspace.isTrusted")
        window.until_warm()
        window.until_status("privacy strict")
        offered = "return (await vscode.commands.getCommands(true)).includes('emberline.ask')"
        assert window.api(offered)
        window.trust()
        window.until_status("privacy open")
    finally:
        window.close()
