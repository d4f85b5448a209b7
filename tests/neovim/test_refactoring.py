"""Refactorings end to end: a real Neovim, the real server, and a scripted model behind it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Served, serving
from tests.servers.talking import KEY

from .binaries import Version
from .editor import Editor, wait_until
from .test_command import messages

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]

ROWS, COLUMNS = 50, 120
"""A menu is longer than the usual screen of these tests, and would ask for a key."""
CHAT = "/v1/chat/completions"
STORE = """\
class Store:
    def close(self, force):
        return force


def shut(store):
    done = store.close(True)
    return done
"""
USER = """\
from store import Store


def run():
    return Store().close(False)
"""


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Served]:
    """A model that says what a test has it say, and all that may be sent to it."""
    with serving("tests.servers.openai") as served:
        (tmp_path / "config.yaml").write_text(
            "privacy: {mode: open}\n"
            f"router: {{cloud_endpoint: '{served.url}/v1', cloud_api_key: {KEY}}}\n"
            "engine: {embedded: false}\nbackends: {discover: false}\n",
            "utf-8",
        )
        yield served


@pytest.fixture(params=list(Version), ids=["0.11", "0.12"])
def real(
    request: pytest.FixtureRequest, open_editor: Open, cloud: Served, tmp_path: Path
) -> Callable[..., Editor]:
    """Open store.py, with use.py beside it, in a workspace of its own."""

    def start(text: str = STORE) -> Editor:
        (tmp_path / ".git").mkdir()
        (tmp_path / "use.py").write_text(USER, "utf-8")
        command = ", ".join(map(json.dumps, [sys.executable, "-m", "emberline", "serve"]))
        editor = open_editor(
            request.param,
            init=f"require('emberline').setup({{ cmd = {{ {command} }} }})",
            text=text,
            name="store.py",
            environment={
                "EMBERLINE_CONFIG": str(tmp_path / "config.yaml"),
                "EMBERLINE_RUNTIME": str(tmp_path / "runtime"),
            },
        )
        editor.nvim.ui_try_resize(COLUMNS, ROWS)
        return editor

    return start


def answer(*changes: tuple[str, str, str]) -> dict[str, Any]:
    """A model's answer in the form of edits."""
    rows = [{"file": file, "anchor": anchor, "replacement": text} for file, anchor, text in changes]
    return {"text": json.dumps({"summary": "Done.", "edits": rows})}


def full(told: dict[str, Any]) -> dict[str, Any]:
    """The same for an action that may also make, move and delete files."""
    return {"text": json.dumps(json.loads(told["text"]) | {"create": [], "move": [], "delete": []})}


RENAMED = answer(
    ("store.py", "def close(self, force):", "def shut_down(self, force):"),
    ("store.py", "done = store.close(True)", "done = store.shut_down(True)"),
    ("use.py", "return Store().close(False)", "return Store().shut_down(False)"),
)
STORE_AFTER = STORE.replace("def close", "def shut_down").replace("store.close", "store.shut_down")
USER_AFTER = USER.replace(".close(", ".shut_down(")


def shows(editor: Editor, *texts: str) -> None:
    def missing() -> list[str]:
        rows = editor.screen(ROWS)
        return [text for text in texts if not any(text in row for row in rows)]

    wait_until(lambda: not missing(), f"not all of {texts} came up")


TITLES = """
local params = vim.lsp.util.make_range_params(0, 'utf-16')
params.context = { diagnostics = {} }
local client = vim.lsp.get_clients({ name = 'emberline' })[1]
local answer = client:request_sync('textDocument/codeAction', params, 5000, 0)
return vim.tbl_map(function(action)
  return action.disabled and '' or action.title
end, answer and answer.result or {})
"""


def choose(editor: Editor, title: str, menu: str = "lua vim.lsp.buf.code_action()") -> None:
    """Takes the entry that begins so, once the server knows enough to offer it."""
    offered: list[str] = []

    def is_offered() -> bool:
        offered[:] = editor.lua(TITLES)
        return any(each.startswith(title) for each in offered)

    wait_until(is_offered, f"no {title} among {offered}")
    number = next(index for index, each in enumerate(offered, 1) if each.startswith(title))
    editor.keys(f":{menu}<CR>")
    shows(editor, f"{number}: {title}")
    editor.keys(f"{number}<CR>")


def ready(editor: Editor) -> None:
    """Waits until the server carries out what it is told."""
    wait_until(lambda: any(editor.lua(TITLES)), "it offers nothing")


def unchanged(editor: Editor, folder: Path) -> None:
    assert editor.buffer() == STORE.splitlines()
    assert (folder / "store.py").read_text("utf-8") == STORE
    assert (folder / "use.py").read_text("utf-8") == USER


def rename_close(editor: Editor) -> None:
    editor.keys(":2<CR>fc")
    choose(editor, "Rename close with its comments, strings and docs")
    shows(editor, "Rename close to: close")
    editor.keys("<C-u>shut_down<CR>")


def test_from_the_menu_to_two_files_and_one_undo_each(real: Open, cloud: Served, tmp_path: Path) -> None:
    editor = real()
    cloud.script(answers=[RENAMED])
    rename_close(editor)
    shows(
        editor,
        "computed by gpt-4o in the cloud",
        "changes  store.py",
        "changes  use.py",
        "-    def close(self, force):",
        "+    return Store().shut_down(False)",
        "y accept",
    )
    unchanged_before = (tmp_path / "use.py").read_text("utf-8")
    editor.keys("y")
    editor.holds(*STORE_AFTER.splitlines())
    wait_until(lambda: "2 files are not written yet (:wall)." in messages(editor), messages(editor))
    assert messages(editor).count("computed by gpt-4o in the cloud") == 1
    assert (tmp_path / "use.py").read_text("utf-8") == unchanged_before == USER
    editor.keys("u")
    editor.holds(*STORE.splitlines())
    editor.keys("<C-r>:edit use.py<CR>")
    editor.holds(*USER_AFTER.splitlines())
    editor.keys("u")
    editor.holds(*USER.splitlines())
    editor.keys("<C-r>:wall<CR>")
    wait_until(lambda: (tmp_path / "use.py").read_text("utf-8") == USER_AFTER)
    assert (tmp_path / "store.py").read_text("utf-8") == STORE_AFTER


def test_refused_nothing_has_changed(real: Open, cloud: Served, tmp_path: Path) -> None:
    editor = real()
    cloud.script(answers=[RENAMED])
    rename_close(editor)
    shows(editor, "y accept")
    editor.keys("q")
    shows(editor, "Emberline: Not wanted; nothing was changed.")
    unchanged(editor, tmp_path)


def test_cancelled_while_the_model_works(real: Open, cloud: Served, tmp_path: Path) -> None:
    editor = real()
    cloud.script(answers=[{"text": "", "stall": True}])
    rename_close(editor)
    shows(editor, "Emberline: Rename close", ":Emberline cancel stops it")
    wait_until(lambda: len(cloud.requests(CHAT)) == 1, "the model was not asked")
    editor.keys(":Emberline cancel<CR>")
    shows(editor, "Emberline: Cancelled; nothing was changed.")
    cloud.until_gone(CHAT)
    wait_until(lambda: not any("stops it" in row for row in editor.screen(ROWS)), "the progress stays")
    unchanged(editor, tmp_path)


def test_a_preview_cancelled_at_the_bar_is_withdrawn(real: Open, cloud: Served, tmp_path: Path) -> None:
    editor = real()
    cloud.script(answers=[RENAMED])
    rename_close(editor)
    shows(editor, "y accept")
    editor.tell("window/workDoneProgress/cancel", {"token": "emberline/refactor/1"})
    wait_until(lambda: not any("y accept" in row for row in editor.screen(ROWS)), "the preview stays")
    shows(editor, "Emberline: Cancelled; nothing was changed.")
    unchanged(editor, tmp_path)


def test_own_words_for_a_selection(real: Open, cloud: Served, tmp_path: Path) -> None:
    editor = real()
    cloud.script(answers=[full(answer(("store.py", "        return force", "        return bool(force)")))])
    ready(editor)
    editor.keys(":2<CR>Vj:Emberline refactor return a bool<CR>")
    shows(editor, "-        return force", "+        return bool(force)", "y accept")
    (asked,) = cloud.requests(CHAT)
    assert "return a bool" in json.dumps(asked["json"])
    editor.keys("y")
    editor.holds(*STORE.replace("return force", "return bool(force)").splitlines())
    editor.keys("u")
    editor.holds(*STORE.splitlines())


def test_a_comment_that_asks_is_gone_afterwards(real: Open, cloud: Served) -> None:
    marked = STORE.replace("        return force", "        # emberline: return a bool\n        return force")
    editor = real(marked)
    cloud.script(answers=[full(answer(("store.py", "        return force", "        return bool(force)")))])
    editor.keys(":3<CR>")
    choose(editor, "Do: return a bool")
    editor.holds(*STORE.replace("return force", "return bool(force)").splitlines())
    editor.keys("u")
    editor.holds(*marked.splitlines())


@pytest.mark.parametrize("menu", ["lua vim.lsp.buf.code_action()", "Emberline refactor"])
def test_a_local_name_is_renamed_without_a_model(real: Open, cloud: Served, menu: str) -> None:
    editor = real()
    editor.keys(":7<CR>fd")
    choose(editor, "Rename done in this function · no model", menu)
    shows(editor, "Rename done to: done")
    editor.keys("<C-u>result<CR>")
    editor.holds(*STORE.replace("done", "result").splitlines())
    wait_until(lambda: "no model was asked" in messages(editor), messages(editor))
    assert cloud.requests(CHAT) == []
    editor.keys("u")
    editor.holds(*STORE.splitlines())


def test_an_exact_edit_of_the_menu(real: Open, cloud: Served) -> None:
    editor = real()
    editor.keys(":8<CR>fd")
    choose(editor, "Inline done · no model")
    editor.holds(
        *STORE.replace(
            "    done = store.close(True)\n    return done", "    return store.close(True)"
        ).splitlines()
    )
    editor.keys("u")
    editor.holds(*STORE.splitlines())
    assert cloud.requests(CHAT) == []


def test_an_explanation_is_shown(real: Open, cloud: Served, tmp_path: Path) -> None:
    editor = real()
    cloud.script(answers=[{"text": "It **returns** what it is given."}])
    editor.keys(":2<CR>fc")
    choose(editor, "Explain close")
    shows(editor, " Explain close ", "It returns what it is given.", " q close ")
    editor.keys("q")
    unchanged(editor, tmp_path)
    assert "returns" not in messages(editor)


def test_what_another_tool_complains_of_is_fixed(real: Open, cloud: Served) -> None:
    editor = real()
    ready(editor)
    cloud.script(answers=[answer(("store.py", "return force", "return bool(force)"))])
    editor.lua(
        "vim.diagnostic.set(vim.api.nvim_create_namespace('tool'), 0, {"
        " { lnum = 2, col = 8, end_col = 20, message = 'no bool is returned', source = 'tool' } })"
    )
    editor.keys(":3<CR>:Emberline refactor<CR>")
    shows(editor, ": Fix: no bool is returned")
    (entry,) = [row for row in editor.screen(ROWS) if ": Fix: no bool is returned" in row]
    editor.keys(f"{entry.split(':')[0]}<CR>")
    editor.holds(*STORE.replace("return force", "return bool(force)").splitlines())
    (asked,) = cloud.requests(CHAT)
    assert "no bool is returned" in json.dumps(asked["json"])
