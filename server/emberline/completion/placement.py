"""Where a filtered candidate goes: which text it replaces, and in which spelling it is sent."""

from __future__ import annotations

from typing import NamedTuple

from emberline.completion.closers import closers_to_spare
from emberline.completion.context import Context
from emberline.completion.lexical import ends_open, in_comment, open_at, scan
from emberline.completion.types import SelectedCompletion
from emberline.completion.words import is_word


class Placement(NamedTuple):
    """Replace `replace_before` characters before and `replace_after` behind the cursor by `text`.

    Both stay on the cursor's line. An empty text means: show nothing.
    """

    text: str
    """With the document's own line ends."""
    replace_before: int
    replace_after: int


NOTHING = Placement("", 0, 0)


def place(candidate: str, context: Context, selected: SelectedCompletion | None = None) -> Placement:
    """The placement of `candidate`, which starts at the cursor and has passed the filters.

    An editor with an open completion menu takes only what extends the selected entry, in its range.
    """
    if not candidate:
        return NOTHING
    covered = _covered(candidate, context)
    if selected is None:
        return Placement(_spelled(candidate, context), 0, covered)
    return _extending(candidate, covered, context, selected)


def _covered(candidate: str, context: Context) -> int:
    """How many characters behind the cursor the candidate says itself, such as an editor's brackets."""
    tail = context.line_after
    words = tail.rstrip()
    if not words:
        return 0
    goes_on = candidate.startswith(words) and len(candidate) > len(words) and not ends_open(candidate)
    if goes_on and any(map(is_word, words)):
        return len(words)
    stack = open_at(context)
    if in_comment(stack, context.language_id):
        return 0
    covered, end = 0, 0
    for closing in scan(candidate, context.language_id, stack).closings[closers_to_spare(context) :]:
        character = candidate[closing.start : closing.end]
        if not tail.startswith(character, covered):
            break
        covered, end = covered + len(character), closing.end
    rest = words[covered:]
    if covered and rest and candidate.endswith(rest, end):
        return len(words)
    return covered


def _extending(candidate: str, covered: int, context: Context, selected: SelectedCompletion) -> Placement:
    """The candidate as an extension of the selected entry, or nothing if it says something else."""
    column = len(context.line_before)
    width = selected.end.column - selected.start.column
    # The window may have cut the cursor's line, so columns count from the cursor, which the range ends at.
    typed = context.line_before[column - width :] if 0 < width <= column else ""
    if not selected.text.lower().startswith(typed.lower()):
        return NOTHING
    pending = selected.text[len(typed) :]
    if not candidate.startswith(pending):
        return NOTHING
    if covered:  # the range is given, so what lies behind it cannot be covered: leave it out instead
        doubled = context.line_after[:covered]
        if not candidate.endswith(doubled):
            return NOTHING
        candidate = candidate[: -len(doubled)]
    extension = candidate[len(pending) :]
    return Placement(selected.text + _spelled(extension, context), len(typed), 0) if extension else NOTHING


def _spelled(text: str, context: Context) -> str:
    return text if context.newline == "\n" else text.replace("\n", context.newline)
