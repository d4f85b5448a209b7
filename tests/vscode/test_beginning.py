"""A first start, in a folder that nobody has said anything about yet. The first of these files by name."""

from __future__ import annotations

import pytest

from .window import Window, wait_until

pytestmark = pytest.mark.editor


def test_the_walkthrough_opens_by_itself(first: Window) -> None:
    """Once, on the first start of all."""
    title = "Get Started with Emberline"
    wait_until(lambda: title in first.page("document.body.innerText"), "no walkthrough")


def test_a_folder_that_is_not_trusted_stays_on_this_machine(first: Window) -> None:
    """The user has opened the folder to the cloud, but VS Code does not trust it yet."""
    assert not first.api("return vscode.workspace.isTrusted")
    first.until_status("privacy strict")
    first.start("emberline.privacy")
    wait_until(lambda: "not trusted" in first.page("document.body.innerText"), "nobody says why")
    first.command("notifications.clearAll")
    first.trust()
    first.until_status("privacy open")
