"""What a model is asked about documents and folders."""

from __future__ import annotations

from collections.abc import Sequence

from emberline.backends.messages import Chat, Message

SUMMARY_TOKENS, NOTES_TOKENS, LINE_TOKENS, OVERVIEW_TOKENS = 450, 300, 45, 300
MOST_LINES_TOKENS = 900
_EDITOR = (
    "You summarize texts for busy readers. You are exact and brief, say only what stands in the text, and "
    "write in the text's own language."
)
_GUIDE = (
    "You explain a program's source code to somebody who joins the project. You are exact and brief, and say "
    "only what the given lines show."
)
_WHOLE = """\
{text}

Summarize the text above in Markdown: one paragraph of two to four sentences that says what it is about and
what matters most in it, then three to six bullet points with its main statements. No heading, no other
words."""
_NOTES = """\
This is part {part} of {parts} of a text.

{text}

List the statements of this part as at most six bullet points, each one short sentence. No other words."""
_JOIN = """\
These are notes on the parts of one text, in order.

{notes}

Make one summary of them in Markdown: one paragraph of two to four sentences that says what it is all about
and what matters most in it, then three to six bullet points with its main statements. No heading, no other
words."""
_LINES = """\
These are files of a program, below the folder that they lie in.

{text}

Say of each folder what it is for, one line a folder, in this form and without other words:
{form}"""
_OVERVIEW = """\
These are the parts of a program.

{text}

Write one paragraph of three to five sentences for somebody who sees it for the first time: what the program
does, and how its parts work together. No heading, no list, no other words."""


def whole(text: str, part: int, parts: int) -> Chat:
    """About a document, or a part of it."""
    if parts == 1:
        return _chat(_EDITOR, _WHOLE.format(text=text), SUMMARY_TOKENS)
    return _chat(_EDITOR, _NOTES.format(text=text, part=part, parts=parts), NOTES_TOKENS)


def joined(notes: Sequence[str]) -> Chat:
    """One summary of the notes on its parts."""
    return _chat(_EDITOR, _JOIN.format(notes="\n\n".join(notes)), SUMMARY_TOKENS)


def lines(text: str, names: Sequence[str]) -> Chat:
    """A line for each of these folders."""
    form = "\n".join(f"{name}: what it is for" for name in names[:3])
    tokens = min(MOST_LINES_TOKENS, 40 + LINE_TOKENS * len(names))
    return _chat(_GUIDE, _LINES.format(text=text, form=form), tokens)


def overview(text: str, part: int, parts: int) -> Chat:
    """One paragraph about a folder's parts."""
    return _chat(_GUIDE, _OVERVIEW.format(text=text), OVERVIEW_TOKENS)


def overview_joined(texts: Sequence[str]) -> Chat:
    """One paragraph of several."""
    return _chat(_GUIDE, _OVERVIEW.format(text="\n\n".join(texts)), OVERVIEW_TOKENS)


def _chat(system: str, question: str, tokens: int) -> Chat:
    return Chat((Message("system", system), Message("user", question)), tokens, temperature=0.1)
