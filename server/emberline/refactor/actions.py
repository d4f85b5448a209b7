"""The catalogue: every action there is, one row each. Where each applies is menu.py's matter."""

from __future__ import annotations

from emberline.refactor.types import Action, Form, Reach
from emberline.routing.request import Task

EXTRACT, INLINE, MOVE = "refactor.extract", "refactor.inline", "refactor.move"
REWRITE, REFACTOR, QUICK_FIX = "refactor.rewrite", "refactor", "quickfix"
ORGANISE = "source.organizeImports"

_ROWS = (
    # -- no model is asked
    Action("extract-variable", EXTRACT, "Extract variable", Task.REFACTOR, Form.NONE, Reach.REGION),
    Action("inline-variable", INLINE, "Inline {symbol}", Task.REFACTOR, Form.NONE, Reach.REGION),
    Action(
        "rename-local",
        REWRITE,
        "Rename {symbol} in this function",
        Task.REFACTOR,
        Form.NONE,
        Reach.REGION,
        question="Rename {symbol} to",
    ),
    Action("add-import", QUICK_FIX, "Import {symbol}", Task.FIX, Form.NONE, Reach.FILE),
    Action("organise-imports", ORGANISE, "Remove unused imports", Task.FIX, Form.NONE, Reach.FILE),
    # -- one place
    Action("extract-function", EXTRACT, "Extract function", Task.REFACTOR, Form.EDITS, Reach.FILE),
    Action("simplify", REWRITE, "Simplify {symbol}", Task.REFACTOR, Form.REGION, Reach.REGION),
    Action("add-types", REWRITE, "Add types to {symbol}", Task.REFACTOR, Form.REGION, Reach.REGION),
    Action("convert-async", REWRITE, "Make {symbol} async", Task.REFACTOR, Form.EDITS, Reach.WORKSPACE),
    Action(
        "convert-dataclass",
        REWRITE,
        "Turn {symbol} into a dataclass",
        Task.REFACTOR,
        Form.REGION,
        Reach.REGION,
    ),
    Action(
        "convert-promise",
        REWRITE,
        "Turn {symbol}'s callbacks into promises",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
    ),
    Action("document", REWRITE, "Document {symbol}", Task.DOCSTRING, Form.DOCUMENTATION, Reach.REGION),
    Action("fix", QUICK_FIX, "Fix: {diagnostic}", Task.FIX, Form.EDITS, Reach.FILE),
    # -- several files
    Action(
        "inline-function", INLINE, "Inline {symbol} everywhere", Task.REFACTOR, Form.EDITS, Reach.WORKSPACE
    ),
    Action(
        "rename-concept",
        REWRITE,
        "Rename {symbol} with its comments, strings and docs",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        question="Rename {symbol} to",
    ),
    Action(
        "move-symbol",
        MOVE,
        "Move {symbol} to another file",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        question="Move {symbol} to which file?",
    ),
    Action(
        "change-signature",
        REWRITE,
        "Change the signature of {symbol}",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        question="The new signature of {symbol}, or what should change in it",
    ),
    Action("split-file", MOVE, "Split this file", Task.REFACTOR, Form.EDITS, Reach.WORKSPACE),
    Action("tests", REFACTOR, "Write tests for {symbol}", Task.TESTS, Form.FILE, Reach.WORKSPACE),
    Action(
        "own-words",
        REFACTOR,
        "In your own words…",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        question="What should be done here?",
    ),
    Action("directive", REWRITE, "Do: {answer}", Task.REFACTOR, Form.EDITS, Reach.WORKSPACE),
    # -- words
    Action("explain", REFACTOR, "Explain {symbol}", Task.EXPLAIN, Form.PROSE, Reach.REGION),
)

ACTIONS = {action.id: action for action in _ROWS}
