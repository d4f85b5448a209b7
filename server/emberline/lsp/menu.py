"""A suggestion as an entry of an ordinary completion menu, for clients that know no inline completion.

Clients filter, sort and insert entries in ways of their own; what is chosen here suits all that were looked
at: Helix, Emacs's eglot, kakoune-lsp and vim-lsp.
"""

from __future__ import annotations

import re
from textwrap import dedent

from lsprotocol import types

from emberline.completion.types import Suggestion
from emberline.completion.words import is_word
from emberline.documents.store import Document
from emberline.documents.text import Point
from emberline.lsp.client import Client
from emberline.lsp.convert import accepted_of, position_of

_LABEL_CHARS = 60
_NEW_LINE = "⏎"


def entry_of(
    suggestion: Suggestion, rank: int, document: Document, cursor: Point, client: Client
) -> types.CompletionItem:
    """The entry for a suggestion that was asked for at `cursor`; the best one's `rank` is 0."""
    line = document.text.content(cursor.line)
    word_start = _word_start(line, cursor.column)
    word = line[word_start : cursor.column]
    # From the word's start, like other servers' entries: clients filter by what stands between there and the
    # cursor, and kakoune-lsp replaces from one column for all entries.
    start = Point(cursor.line, min(word_start, suggestion.start.column))
    text = line[start.column : suggestion.start.column] + suggestion.text
    return types.CompletionItem(
        label=_label(word, text),
        # Not Snippet, whatever it looks like: Helix would then expand every `$` in it.
        kind=types.CompletionItemKind.Text,
        detail="Emberline",
        documentation=_documentation(line, text, document.language_id, client.markdown),
        # Exactly what is inserted, so it begins with the word; kakoune-lsp expands as a snippet what differs.
        filter_text=text,
        # Where entries of several servers are sorted together: behind the names that begin with the word, so
        # that Enter still takes a name, and ahead of what merely contains its letters.
        sort_text=f"{word}~{rank:02}",
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(
            range=types.Range(
                position_of(document.text, start, client.encoding),
                position_of(document.text, max(suggestion.end, cursor), client.encoding),
            ),
            new_text=text,
        ),
        command=accepted_of(suggestion),
    )


def _word_start(line: str, column: int) -> int:
    while column > 0 and is_word(line[column - 1]):
        column -= 1
    return column


def _label(word: str, text: str) -> str:
    """The first line that says something new, on one row."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()] or [_NEW_LINE]
    if len(lines) > 1 and lines[0] == word:
        lines[:2] = [f"{word}{_NEW_LINE}{lines[1]}"]
    if len(lines) == 1 and len(lines[0]) <= _LABEL_CHARS:
        return lines[0]
    return f"{lines[0][: _LABEL_CHARS - 1]}…"


def _documentation(line: str, text: str, language_id: str, markdown: bool) -> types.MarkupContent:
    """The whole suggestion, its first line moved to where it stands, as code where the client can show it."""
    indent = line[: len(line) - len(line.lstrip())]
    code = dedent(indent + "\n".join(text.splitlines()))
    if not markdown:
        return types.MarkupContent(types.MarkupKind.PlainText, code)
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return types.MarkupContent(types.MarkupKind.Markdown, f"{fence}{language_id}\n{code}\n{fence}")
