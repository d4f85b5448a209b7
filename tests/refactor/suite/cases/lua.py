"""The Neovim plugin: a language without a grammar here, so that words are all there is to go by."""

from __future__ import annotations

import re

from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.checkers import CommentsKept, Gone, Has, Small
from tests.refactor.suite.grounds import LUA, Files
from tests.refactor.suite.texts import cursor, whole, word

_FOLDER = "lua/emberline"
PICTURE, SUGGESTION = f"{_FOLDER}/picture.lua", f"{_FOLDER}/suggestion.lua"


def _counted(files: Files) -> Changed:
    users = {name: text for name, text in files.items() if "suggestion.units(" in text}
    return {
        SUGGESTION: re.sub(r"\bM\.units\b", "M.utf16_units", files[SUGGESTION]),
        **{
            name: text.replace("suggestion.units(", "suggestion.utf16_units(") for name, text in users.items()
        },
    }


CASES = (
    Case(
        "lua-own-words",
        "lua",
        LUA,
        SUGGESTION,
        "own-words",
        whole,
        _counted,
        (
            Has("", r"\bsuggestion\.units\(", 0),
            Has(SUGGESTION, r"^function M\.utf16_units\(", 1),
            Has("", r"\bsuggestion\.utf16_units\("),
            CommentsKept(SUGGESTION),
        ),
        answer=f"call `units` of {SUGGESTION} utf16_units, here and in {_FOLDER}/apply.lua",
    ),
    Case(
        "lua-rename",
        "lua",
        LUA,
        SUGGESTION,
        "own-words",
        cursor(r"^local function (is_subsequence)"),
        lambda files: {SUGGESTION: word(files[SUGGESTION], "is_subsequence", "occurs_in_order")},
        (
            Gone("is_subsequence", SUGGESTION),
            Has(SUGGESTION, r"\boccurs_in_order\(", 2),
            Small(SUGGESTION, 4),
        ),
        answer="call the function is_subsequence occurs_in_order",
    ),
)
