"""Menus of code actions, and the places that are sent with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .editor import Editor, wait_until
from .scripts import (
    CODE,
    Step,
    begins,
    done,
    progress,
    replaces,
    runs,
    says,
)
from .test_command import messages, shows

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]


# -- menus ---------------------------------------------------------------------------------------------


ARGUMENT = {"action": "rename-concept"}
COMMAND = {
    "title": "Rename Store · local, a model",
    "kind": "refactor.rewrite",
    "command": {"title": "Rename", "command": "emberline.refactor", "arguments": [ARGUMENT]},
}
EXACT = {"title": "Extract variable · no model", "kind": "refactor.extract", "data": {"action": "extract"}}
DISABLED = {
    "title": "Split this file",
    "kind": "refactor.move",
    "disabled": {"reason": "the model is too small"},
}
MENUS = {
    "Neovim's": ("lua vim.lsp.buf.code_action()", "Code actions:"),
    "ours": ("Emberline refactor", "Emberline:"),
}


def offers(editor: Editor, folder: Path, *actions: Step) -> None:
    edit = {"documentChanges": [replaces((folder / "code.py").as_uri(), None, [(0, 6, 11)], "Shelf")]}
    editor.refactors(
        {
            "actions": list(actions),
            "resolved": {EXACT["title"]: {"edit": edit}},
            "steps": [*begins(), progress("end"), says("Renamed."), done("Renamed.")],
        }
    )


@pytest.mark.parametrize("menu", list(MENUS))
def test_an_exact_action_is_resolved_into_its_edit(own: Open, folder: Path, menu: str) -> None:
    command, prompt = MENUS[menu]
    editor = own(CODE)
    offers(editor, folder, COMMAND, EXACT)
    editor.keys(f":{command}<CR>")
    shows(editor, prompt, "1: Rename Store · local, a model", "2: Extract variable · no model")
    editor.keys("2<CR>")
    editor.holds("class Shelf:", "    pass")
    editor.keys("u")
    editor.holds(*CODE.splitlines())
    assert editor.received("workspace/executeCommand") == []


@pytest.mark.parametrize("menu", list(MENUS))
def test_an_action_with_a_command_runs_it_and_tells_once(own: Open, folder: Path, menu: str) -> None:
    command, _ = MENUS[menu]
    editor = own(CODE)
    offers(editor, folder, COMMAND, EXACT)
    editor.keys(f":{command}<CR>")
    shows(editor, "1: Rename Store")
    editor.keys("1<CR>")
    (ran,) = editor.wait_for("workspace/executeCommand")
    assert ran["arguments"] == [ARGUMENT]
    shows(editor, "Emberline: Renamed.")
    assert messages(editor).count("Renamed.") == 1


def test_our_menu_says_why_something_cannot_be_done(own: Open, folder: Path) -> None:
    editor = own(CODE)
    offers(editor, folder, DISABLED)
    editor.keys(":Emberline refactor<CR>")
    shows(editor, "1: Split this file (not here: the model is too small)")
    editor.keys("1<CR>")
    shows(editor, "Emberline: the model is too small")
    assert editor.received("workspace/executeCommand") == []


def test_an_empty_menu_is_told(own: Open, folder: Path) -> None:
    editor = own(CODE)
    offers(editor, folder)
    editor.keys(":Emberline refactor<CR>")
    shows(editor, "Emberline: nothing to offer here")


def test_our_menu_hands_over_what_any_tool_complains_of(own: Open, folder: Path) -> None:
    editor = own("é𝕏 = 1\nb = 2\n")
    offers(editor, folder, EXACT)
    editor.lua(
        "vim.diagnostic.set(vim.api.nvim_create_namespace('tool'), 0, {"
        " { lnum = 0, col = 2, end_col = 6, message = 'odd', source = 'tool', code = 'E1', severity = 2 },"
        " { lnum = 1, col = 0, message = 'elsewhere' } })"
    )
    editor.keys(":Emberline refactor<CR>")
    (asked,) = editor.wait_for("textDocument/codeAction")
    place = {"start": {"line": 0, "character": 1}, "end": {"line": 0, "character": 3}}
    assert asked["context"]["diagnostics"] == [
        {"range": place, "message": "odd", "source": "tool", "code": "E1", "severity": 2}
    ]


def test_what_neovim_announces(own: Open, request: pytest.FixtureRequest) -> None:
    (told,) = own(CODE).wait_for("initialize")
    workspace, actions = (
        told["capabilities"]["workspace"],
        told["capabilities"]["textDocument"]["codeAction"],
    )
    assert told["initializationOptions"]["emberline"] == {"refresh": True, "dialogs": True}
    assert workspace["applyEdit"] is True
    edits = workspace["workspaceEdit"]
    assert sorted(edits["resourceOperations"]) == ["create", "delete", "rename"]
    assert (edits["documentChanges"], edits["failureHandling"]) == (True, "textOnlyTransactional")
    assert edits["changeAnnotationSupport"] is None
    assert (actions["dataSupport"], actions["resolveSupport"]) == (True, {"properties": ["edit", "command"]})
    is_new = "0.12" in request.node.name
    assert actions.get("disabledSupport", False) is is_new


# -- places --------------------------------------------------------------------------------------------


TEXT = "aé𝕏b\n\nzé𝕏\n"


def test_the_cursor_is_an_empty_range(own: Open) -> None:
    assert placed(own(TEXT), "fb:Emberline refactor do<CR>") == (0, 4, 0, 4)


@pytest.mark.parametrize(
    ("select", "place"),
    [
        ("lvl", (0, 1, 0, 4)),
        ("v$", (0, 0, 0, 5)),
        ("lVG", (0, 0, 2, 4)),
        ("jv", (1, 0, 1, 0)),
        ("Gvgg", (0, 0, 2, 1)),
        ("G$vgg", (0, 0, 2, 4)),
        ("l<C-v>Gl", (0, 0, 2, 4)),
    ],
)
@pytest.mark.parametrize("way", [":Emberline refactor do<CR>", "gr"])
def test_a_selection_is_sent_to_its_last_character(
    own: Open, select: str, place: tuple[int, int, int, int], way: str
) -> None:
    editor = own(TEXT, before="vim.keymap.set({ 'n', 'x' }, 'gr', '<Plug>(emberline-refactor)')")
    assert placed(editor, f"{select}{way}" + ("do<CR>" if way == "gr" else "")) == place
    assert editor.nvim.api.get_mode()["mode"] == "n"


def test_a_selection_with_selection_exclusive(own: Open) -> None:
    editor = own(TEXT, before="vim.o.selection = 'exclusive'")
    assert placed(editor, "lvll:Emberline refactor do<CR>") == (0, 1, 0, 4)


def test_a_range_of_lines(own: Open) -> None:
    assert placed(own(TEXT), ":2,3Emberline refactor do<CR>") == (1, 0, 2, 4)


def placed(editor: Editor, keys: str) -> tuple[int, int, int, int]:
    runs(editor, done("Fine."))
    editor.keys(keys)
    (ordered,) = editor.wait_for("workspace/executeCommand")
    start, end = ordered["arguments"][0]["range"]["start"], ordered["arguments"][0]["range"]["end"]
    assert ordered["arguments"][0]["instruction"] == "do"
    return start["line"], start["character"], end["line"], end["character"]


def test_words_go_as_they_are_written(own: Open) -> None:
    editor = own(CODE)
    runs(editor, done("Fine."))
    editor.keys(r""":Emberline refactor  say "a\\b" | 'c'  # and <lt>Tab><CR>""")
    (ordered,) = editor.wait_for("workspace/executeCommand")
    assert ordered["arguments"][0]["instruction"] == r"""say "a\\b" | 'c'  # and <Tab>"""


@pytest.mark.parametrize("keys", ["<Esc>", "<CR>"], ids=["left", "empty"])
def test_no_words_no_refactoring(own: Open, keys: str) -> None:
    editor = own(CODE, before="vim.keymap.set({ 'n', 'x' }, 'gr', '<Plug>(emberline-refactor)')")
    editor.keys("Vgr")
    shows(editor, "What should be done here?")
    editor.keys(keys)
    wait_until(lambda: editor.nvim.api.get_mode()["mode"] == "n", "it still asks")
    assert editor.received("workspace/executeCommand") == []


def test_without_a_server_it_is_told(own: Open) -> None:
    editor = own(CODE)
    editor.keys(":enew<CR>:Emberline refactor do it<CR>")
    shows(editor, "Emberline: no server runs for this file")
