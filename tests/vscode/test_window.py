"""The extension in a real VS Code, with the real server and a scripted model: what keys do, what is seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Stage
from .watching import SEEN, START
from .window import PICK, Window, alive, wait_until

pytestmark = pytest.mark.editor

REST = "math.pi * radius ** 2"


def code(name: str, behind: str = "|") -> str:
    """A file's text; each has a line of its own, so that none is recalled from another."""
    return f"import math\n\n\ndef {name}(radius):\n    {name} = radius\n    return{behind}\n"


def suggested(stage: Stage, window: Window, name: str) -> None:
    """A file in which the model has just suggested `REST`, and all of it is shown."""
    stage.ollama.script(text=REST)
    window.edit(f"{name}.py", code(name))
    window.type(" ")
    window.shows(REST)
    stage.ollama.script(text="")  # nothing more after that


def test_ghost_text_appears_and_tab_accepts_it(stage: Stage, window: Window) -> None:
    accepted, shown = window.counted("accepted"), window.counted("shown")
    suggested(stage, window, "accept")
    assert window.text() == code("accept", " ")
    window.press("Tab")
    window.holds(code("accept", f" {REST}"))
    window.shows("")
    wait_until(lambda: window.counted("accepted") == accepted + 1, "the server was not told")
    assert window.counted("shown") > shown
    window.press("Control+z")
    window.holds(code("accept", " "))


def test_a_word_and_then_a_line_are_accepted(stage: Stage, window: Window) -> None:
    partly = window.counted("partially accepted")
    suggested(stage, window, "word")
    window.press("Control+ArrowRight")
    window.holds(code("word", " math"))
    window.shows(".pi * radius ** 2")
    window.command("editor.action.inlineSuggest.acceptNextLine")
    window.holds(code("word", f" {REST}"))
    wait_until(lambda: window.counted("partially accepted") > partly, "the server was not told")


def test_others_are_cycled_through(stage: Stage, window: Window) -> None:
    """By VS Code's own keys: it asks by hand, and the server asks the model for more."""
    suggested(stage, window, "cycle")
    other = "radius * radius * 3"
    stage.ollama.script(text=other)
    window.press("Alt+]")
    window.shows(other)
    window.press("Alt+[")
    window.shows(REST)
    window.press("Alt+]")
    window.shows(other)
    window.press("Tab")
    window.holds(code("cycle", f" {other}"))


def test_what_is_typed_through_stays(stage: Stage, window: Window) -> None:
    """It is never cleared and drawn anew."""
    suggested(stage, window, "through")
    window.page(START)
    for typed in range(1, 8):
        window.type(REST[typed - 1])
        window.shows(REST[typed:])
    window.holds(code("through", f" {REST[:7]}"))
    seen = window.page(SEEN)
    assert len(seen["keys"]) == 7
    assert [change["text"] for change in seen["changes"] if not change["text"]] == []


def test_a_line_grows_while_the_model_writes(stage: Stage, window: Window) -> None:
    """Without a key: the server says that there is more, and VS Code asks again."""
    stage.ollama.script(text=REST, delay=1.0)
    window.edit("grow.py", code("grow"))
    window.type(" ")
    seen = {wait_until(window.ghost, "no ghost text")}
    while (now := window.ghost()) != REST:
        assert REST.startswith(now)
        seen.add(now)
    assert len(seen) > 1


def test_escape_hides_it_and_it_stays_hidden(stage: Stage, window: Window) -> None:
    stage.ollama.script(text=REST, delay=0.3)
    window.edit("escape.py", code("escape"))
    window.type(" ")
    wait_until(window.ghost, "no ghost text")
    window.press("Escape")
    window.shows("")
    wait_until(lambda: not window.report()["busy"], "the model still writes")
    assert window.ghost() == ""
    assert window.text() == code("escape", " ")


def test_pause_and_resume(stage: Stage, window: Window) -> None:
    window.command("emberline.pause")
    window.until_status("Emberline: off")
    stage.ollama.script(text=REST)
    window.edit("pause.py", code("pause"))
    asked = len(stage.ollama.requests("/api/generate"))
    window.type(" ")
    window.holds(code("pause", " "))
    window.command("editor.action.inlineSuggest.trigger")  # returns when VS Code has its answer
    assert window.ghost() == ""
    assert len(stage.ollama.requests("/api/generate")) == asked
    window.command("emberline.resume")
    window.until_warm()
    window.type("m")
    wait_until(window.ghost, "it does not go on")


def test_switched_off_in_all_windows(stage: Stage, window: Window) -> None:
    window.command("emberline.pauseEverywhere")
    window.until_status("Emberline: off, switched off in the configuration")
    window.command("emberline.resumeEverywhere")
    window.until_warm()


def test_the_menu_explains_the_last_route(stage: Stage, window: Window) -> None:
    suggested(stage, window, "route")
    window.click('[id="emberline.emberline.emberline.status"]')
    rows = f"[...document.querySelectorAll('{PICK} .monaco-list-row')].map(e => e.textContent).join()"
    entries = wait_until(lambda: window.page(rows), "no menu")
    for words in ("Set privacy mode", "Pause in this window", "Choose model", "Show the log", "doctor"):
        assert words in entries
    window.choose("Explain the last route")
    shown = "return vscode.window.visibleTextEditors.map(e => e.document.getText()).join('')"
    wait_until(lambda: "goes to qwen2.5-coder:7b" in window.api(shown), "the route is not shown")


def test_privacy_is_switched_for_this_workspace(stage: Stage, window: Window) -> None:
    window.start("emberline.privacy")
    window.choose("trusted")
    window.until_status("privacy trusted")
    assert str(stage.folder) in stage.config.read_text("utf-8")
    window.start("emberline.privacy")
    window.choose("open")
    window.until_status("privacy open")


def test_a_workspace_can_only_tighten(stage: Stage, window: Window) -> None:
    """What a repository ships in its settings."""
    file = stage.folder / ".vscode" / "settings.json"
    file.parent.mkdir()
    shipped = {"emberline.command": ["/bin/false"], "emberline.privacy.mode": "strict"}
    (servers,) = window.servers()
    try:
        file.write_text(json.dumps(shipped), "utf-8")
        window.until_status("privacy strict")
        file.write_text(json.dumps({**shipped, "emberline.privacy.mode": "configured"}), "utf-8")
        window.until_status("privacy open")
        assert alive(servers), "a workspace has set the command"
    finally:
        file.unlink()


def test_a_server_that_is_killed_comes_back(stage: Stage, window: Window) -> None:
    (old,) = window.servers()
    old.kill()
    wait_until(lambda: window.servers() and window.servers() != [old], "no new server")
    window.until_warm()
    suggested(stage, window, "killed")


def test_the_server_is_restarted_by_hand(stage: Stage, window: Window) -> None:
    (old,) = window.servers()
    window.command("emberline.restart")
    wait_until(lambda: not alive(old), "the old one is still there")
    window.until_warm()
    assert len(window.servers()) == 1


def test_closing_a_window_leaves_nothing_behind(stage: Stage, tmp_path: Path, window: Window) -> None:
    second = stage.code.open(tmp_path)
    second.until_warm()
    below = [second.host, *second.host.children(recursive=True)]
    assert second.servers()
    second.close()
    wait_until(lambda: not any(map(alive, below)), "processes of the closed window are still there")
    assert window.servers(), "the other window's server has gone with it"
