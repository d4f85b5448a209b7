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
    Action(
        "extract-function",
        EXTRACT,
        "Extract function",
        Task.REFACTOR,
        Form.EDITS,
        Reach.FILE,
        "Move the selected code into a new function with a fitting name, and call the new "
        "function where the selected code stood. It takes what it uses as parameters and returns "
        "what is used afterwards.",
    ),
    Action(
        "simplify",
        REWRITE,
        "Simplify {symbol}",
        Task.REFACTOR,
        Form.REGION,
        Reach.REGION,
        "Simplify this code: the same behaviour in less and clearer code. Keep its names, "
        "parameters and results as they are.",
    ),
    Action(
        "add-types",
        REWRITE,
        "Add types to {symbol}",
        Task.REFACTOR,
        Form.REGION,
        Reach.REGION,
        "Write type annotations for every parameter and for the result of {symbol}, and mend "
        "wrong ones. Change nothing else.",
    ),
    Action(
        "convert-async",
        REWRITE,
        "Make {symbol} async",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        "Make {symbol} async: await what it calls where that has an async form, and await "
        "{symbol} wherever it is called, making those callers async too.",
    ),
    Action(
        "convert-dataclass",
        REWRITE,
        "Turn {symbol} into a dataclass",
        Task.REFACTOR,
        Form.REGION,
        Reach.REGION,
        "Turn the class {symbol} into a dataclass: its fields with their types and defaults in "
        "place of __init__ and of other methods that a dataclass has by itself. Keep its other "
        "methods.",
    ),
    Action(
        "convert-promise",
        REWRITE,
        "Turn {symbol}'s callbacks into promises",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        "Let {symbol} return a promise instead of taking a callback, and await it wherever it is called.",
    ),
    Action(
        "convert-fstring",
        REWRITE,
        "Turn this into an f-string",
        Task.REFACTOR,
        Form.REGION,
        Reach.REGION,
        "Write the formatted string in this code as an f-string that gives the same text.",
    ),
    Action(
        "convert-comprehension",
        REWRITE,
        "Turn this loop into a comprehension",
        Task.REFACTOR,
        Form.REGION,
        Reach.REGION,
        "Write this loop as a comprehension with the same result.",
    ),
    Action(
        "convert-arrow",
        REWRITE,
        "Turn this into an arrow function",
        Task.REFACTOR,
        Form.REGION,
        Reach.REGION,
        "Write the function expression in this code as an arrow function.",
    ),
    Action(
        "document",
        REWRITE,
        "Document {symbol}",
        Task.DOCSTRING,
        Form.DOCUMENTATION,
        Reach.REGION,
        "Write the documentation of {symbol}; what there is of it is replaced.",
    ),
    Action(
        "fix",
        QUICK_FIX,
        "Fix: {diagnostic}",
        Task.FIX,
        Form.EDITS,
        Reach.FILE,
        "Fix this problem: {diagnostic}",
    ),
    # -- several files
    Action(
        "inline-function",
        INLINE,
        "Inline {symbol} everywhere",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        "Put the body of {symbol} where it is called, everywhere, with the arguments in place of "
        "its parameters, and delete {symbol}.",
    ),
    Action(
        "rename-concept",
        REWRITE,
        "Rename {symbol} with its comments, strings and docs",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        "Rename {symbol} to {answer} everywhere: the name itself, and the comments, strings and "
        "documentation that mean it. Names made of it change alike. Leave what only happens to be"
        " spelt so.",
        question="Rename {symbol} to",
    ),
    Action(
        "move-symbol",
        MOVE,
        "Move {symbol} to another file",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        "Move {symbol} to the file {answer}, with the imports that it needs, and mend the imports"
        " of every file that uses it. Make the file if it is not there.",
        question="Move {symbol} to which file?",
    ),
    Action(
        "change-signature",
        REWRITE,
        "Change the signature of {symbol}",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        "Change the signature of {symbol}: {answer}. Change every caller accordingly.",
        question="The new signature of {symbol}, or what should change in it",
    ),
    Action(
        "split-file",
        MOVE,
        "Split this file",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        "Split this file into smaller ones, each about one thing, and mend the imports of every "
        "file that uses it. What stays keeps its name.",
    ),
    Action(
        "tests",
        REFACTOR,
        "Write tests for {symbol}",
        Task.TESTS,
        Form.FILE,
        Reach.WORKSPACE,
        "Write tests for {symbol}: usual cases, edge cases and errors, in the style of the tests "
        "that there are.",
    ),
    Action(
        "own-words",
        REFACTOR,
        "In your own words…",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        "{answer}",
        question="What should be done here?",
    ),
    Action(
        "directive",
        REWRITE,
        "Do: {answer}",
        Task.REFACTOR,
        Form.EDITS,
        Reach.WORKSPACE,
        "{answer}",
    ),
    # -- words
    Action(
        "explain",
        REFACTOR,
        "Explain {symbol}",
        Task.EXPLAIN,
        Form.PROSE,
        Reach.REGION,
        "Explain {symbol}: what it is for, how it works, and what is easily overlooked.",
    ),
)

ACTIONS = {action.id: action for action in _ROWS}
