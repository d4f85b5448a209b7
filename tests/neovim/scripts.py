"""What a scripted server does in a refactoring, step by step, and what its user sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .editor import LINES, Editor, wait_until

Step = dict[str, Any]

TOKEN = "emberline/refactor/1"
WORDS = "Renamed Store to Shelf in 2 files; computed by a model on this machine."
CODE = "class Store:\n    pass\n"
USER = "from code import Store\n\nStore()\n"
DIFF = """\
--- a/code.py
+++ b/code.py
@@ -1,2 +1,2 @@
-class Store:
+class Shelf:
     pass
--- a/user.py
+++ b/user.py
@@ -1,1 +1,1 @@
-from code import Store
+from code import Shelf
@@ -3,1 +3,1 @@
-Store()
+Shelf()
"""


# -- what the server does -----------------------------------------------------------------------------


def progress(kind: str, message: str = "") -> Step:
    value = {"kind": kind, "message": message} | ({"title": "Rename Store"} if kind == "begin" else {})
    return {"tell": "$/progress", "params": {"token": TOKEN, "value": value}}


def begins() -> list[Step]:
    create = {"ask": "window/workDoneProgress/create", "params": {"token": TOKEN}}
    return [create, progress("begin")]


def says(words: str, kind: int = 3) -> Step:
    return {"tell": "window/showMessage", "params": {"type": kind, "message": words}}


def done(words: str, *, applied: bool = True) -> Step:
    return {"answer": {"applied": applied, "words": words, "files": [], "route": None, "leftOut": []}}


def replaces(uri: str, version: int | None, places: Sequence[tuple[int, int, int]], text: str) -> Step:
    """An edit of (line, from, to)."""
    edits = [
        {
            "range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": stop}},
            "newText": text,
        }
        for line, start, stop in places
    ]
    return {"textDocument": {"uri": uri, "version": version}, "edits": edits}


def renaming(folder: Path, version: int | None = None) -> Step:
    """Store becomes Shelf in the open file and in one that is not."""
    changes = [
        replaces((folder / "code.py").as_uri(), version, [(0, 6, 11)], "Shelf"),
        replaces((folder / "user.py").as_uri(), None, [(0, 17, 22), (2, 0, 5)], "Shelf"),
    ]
    return applies(changes)


def applies(changes: Sequence[Step]) -> Step:
    return {"ask": "workspace/applyEdit", "params": {"edit": {"documentChanges": changes}, "label": "Rename"}}


def confirms(folder: Path) -> Step:
    files = [{"uri": (folder / name).as_uri(), "kind": "edit"} for name in ("code.py", "user.py")]
    refused = [progress("end"), done("Not wanted; nothing was changed.", applied=False)]
    params = {"title": "Rename Store", "words": WORDS, "diff": DIFF, "files": files, "token": TOKEN}
    return {"ask": "emberline/confirm", "params": params, "refused": refused}


def runs(editor: Editor, *steps: Step) -> None:
    editor.refactors({"steps": list(steps)})


# -- what the user sees -------------------------------------------------------------------------------


def gone(editor: Editor, text: str) -> None:
    wait_until(lambda: not any(text in row for row in editor.screen(LINES)), f"{text!r} stays")


def asks_for_nothing(editor: Editor) -> None:
    assert not editor.nvim.api.get_mode()["blocking"], "it asks for a key"


def lines_of(editor: Editor, path: Path) -> list[str]:
    return list(editor.lua("return vim.api.nvim_buf_get_lines(vim.fn.bufnr(...), 0, -1, true)", str(path)))
