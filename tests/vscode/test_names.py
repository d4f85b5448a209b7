"""What the extension calls its commands. Needs no editor."""

from __future__ import annotations

import json

from emberline.lsp.capabilities import initialize_result
from emberline.lsp.client import read_client

from . import binaries


def announced() -> set[str]:
    """The server's commands, which the language client registers in VS Code under their own names."""
    capabilities = initialize_result(read_client({}))["capabilities"]
    assert isinstance(capabilities, dict)
    return set(capabilities["executeCommandProvider"]["commands"])


def test_no_command_has_the_name_of_one_of_the_servers() -> None:
    """VS Code takes a name once: the server would not start."""
    manifest = json.loads((binaries.EXTENSION / "package.json").read_text("utf-8"))
    ours = {each["command"] for each in manifest["contributes"]["commands"]}
    assert len(ours) > 20
    assert ours & announced() == set()


def test_what_is_in_a_menu_is_a_command() -> None:
    manifest = json.loads((binaries.EXTENSION / "package.json").read_text("utf-8"))["contributes"]
    ours = {each["command"] for each in manifest["commands"]}
    listed = {entry["command"] for entries in manifest["menus"].values() for entry in entries}
    assert listed <= ours
    offered = {name.removeprefix("emberline.") for name in announced()}
    asked = json.dumps(manifest).split("emberline.offers.")[1:]
    names = {part.split(" ")[0].split('"')[0].split(")")[0] for part in asked}
    assert names and names <= offered
