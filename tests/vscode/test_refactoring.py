"""A refactoring over two files, in the user's own words: previewed, applied as one, undone as one."""

from __future__ import annotations

import json

import pytest

from .conftest import Stage
from .test_tasks import NOTICE, notices
from .window import Window, wait_until

pytestmark = pytest.mark.editor

SHAPES = "def disc(radius):\n    return 3 * radius * radius\n"
REPORT = "from shapes import disc\n\nprint(disc(2))\n"
CHANGED = [text.replace("disc", "circle_area") for text in (SHAPES, REPORT)]
ANSWER = {
    "summary": "Renames disc to circle_area.",
    "edits": [
        {"file": "shapes.py", "anchor": "def disc(", "replacement": "def circle_area("},
        {"file": "report.py", "anchor": "import disc", "replacement": "import circle_area"},
        {"file": "report.py", "anchor": "print(disc(", "replacement": "print(circle_area("},
    ],
    "create": [],
    "move": [],
    "delete": [],
}


def answered(stage: Stage, answer: object) -> None:
    """The model gives this answer to whatever it is asked in a chat."""
    said = {"role": "assistant", "content": json.dumps(answer)}
    lines = [{"model": "m", "message": said, "done": False}]
    lines.append({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True})
    lines[-1] |= {"done_reason": "stop", "prompt_eval_count": 10, "eval_count": 10}
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
    body = "".join(json.dumps(line) + "\n" for line in lines)
    stage.ollama.script(path="/api/chat", steps=[{"send": head + body}])


def texts(window: Window) -> list[str]:
    """What stands in the two files, as VS Code has them."""
    return [
        str(
            window.api(
                "const d = await vscode.workspace.openTextDocument(vscode.Uri.file(args[0]));"
                "return d.getText()",
                str(window.folder / name),
            )
        )
        for name in ("shapes.py", "report.py")
    ]


def shown(window: Window) -> str:
    """The code on the screen."""
    lines = "[...document.querySelectorAll('.view-line')].map(e => e.textContent).join('\\n')"
    return str(window.page(lines)).replace("\N{NO-BREAK SPACE}", " ")


def ordered(window: Window) -> None:
    """The user says what is to be done, and sees what would change."""
    window.start("emberline.refactorSelection")
    wait_until(lambda: window.page("document.activeElement?.tagName") == "INPUT", "nobody asks what to do")
    window.type("rename disc to circle_area")
    window.press("Enter")
    wait_until(lambda: "print(circle_area(2))" in shown(window), "no preview")
    assert texts(window) == [SHAPES, REPORT]


def test_two_files_are_previewed_changed_and_undone(stage: Stage, window: Window) -> None:
    (window.folder / "report.py").write_text(REPORT, "utf-8")
    window.edit("shapes.py", SHAPES.replace("disc", "di|sc"))
    answered(stage, ANSWER)

    ordered(window)
    window.command("emberline.discardPreview")
    wait_until(lambda: "print(circle_area(2))" not in shown(window), "the preview is still there")
    assert texts(window) == [SHAPES, REPORT]
    wait_until(lambda: not window.report()["busy"], "the refactoring has not ended")

    ordered(window)
    window.command("emberline.applyPreview")
    window.holds(CHANGED[0])
    assert texts(window) == CHANGED
    window.command("undo")
    wait_until(lambda: texts(window) == [SHAPES, REPORT], "undo left something")


def test_one_from_the_menu_is_stopped(stage: Stage, window: Window) -> None:
    """By the notification's button; the document stays as it is."""
    window.edit("shapes.py", SHAPES.replace("disc", "di|sc"))
    stage.ollama.script(path="/api/chat", steps=[{"stall": True}])
    there = {"line": 0, "character": 6}
    uri = (window.folder / "shapes.py").as_uri()
    window.start(
        "emberline.refactor", {"uri": uri, "range": {"start": there, "end": there}, "action": "simplify"}
    )
    wait_until(lambda: "Cancel" in notices(window), "no notification")
    wait_until(lambda: stage.ollama.requests("/api/chat"), "the model is not asked")
    window.click(f"{NOTICE} .monaco-button:has-text('Cancel')")
    stage.ollama.until_gone("/api/chat")
    wait_until(lambda: not window.report()["busy"], "it has not ended")
    assert window.text() == SHAPES
    stage.ollama.script(path="/api/chat", steps=[])
    window.command("notifications.clearAll")
    window.command("notifications.hideList")
