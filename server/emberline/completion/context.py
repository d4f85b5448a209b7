"""The text around the cursor, as the pure parts of completion see it: a window with `\\n` line ends only."""

from __future__ import annotations

from dataclasses import dataclass

from emberline.documents.store import Document
from emberline.documents.text import Point, Text


@dataclass(frozen=True, slots=True)
class Context:
    """A window around the cursor. Its size is bounded, so whatever works on it costs the same in any file."""

    before: str
    """Text up to the cursor, line ends normalised to `\\n`; starts at a line start where it can."""
    after: str
    """Text from the cursor on, line ends normalised to `\\n`; ends at a line end where it can."""
    language_id: str
    newline: str
    """The line end that the document uses near the cursor: `\\n`, `\\r\\n` or `\\r`."""

    @classmethod
    def of(
        cls, document: Document, cursor: Point, before_chars: int = 4000, after_chars: int = 1500
    ) -> Context:
        """The window around `cursor`, which is clamped to the text; reads the window's lines alone."""
        text = document.text
        cursor = text.clamp(cursor)
        content = text.content(cursor.line)
        before = _lines_above(text, cursor.line, before_chars - cursor.column) + content[: cursor.column]
        after = content[cursor.column :] + _lines_below(
            text, cursor.line, after_chars - len(content) + cursor.column
        )
        return cls(
            before=before[-before_chars:] if len(before) > before_chars else before,
            after=after[:after_chars],
            language_id=document.language_id,
            newline=_newline_near(text, cursor.line),
        )

    @property
    def line_before(self) -> str:
        """The cursor's line up to the cursor."""
        return self.before[self.before.rfind("\n") + 1 :]

    @property
    def line_after(self) -> str:
        """The rest of the cursor's line, without its line end."""
        end = self.after.find("\n")
        return self.after if end < 0 else self.after[:end]

    @property
    def indent(self) -> str:
        """The white space that the cursor's line starts with."""
        return leading_space(self.line_before + self.line_after)

    @property
    def previous_line(self) -> str:
        """The nearest line above the cursor's that is not blank, with its indentation; empty if none is."""
        above = self.before[: self.before.rfind("\n") + 1].rstrip()
        return above[above.rfind("\n") + 1 :]

    @property
    def next_line(self) -> str:
        """The nearest line below the cursor's that is not blank, with its indentation; empty if none is."""
        for line in self.after.split("\n")[1:]:
            if line.strip():
                return line
        return ""


def leading_space(line: str) -> str:
    """The spaces and tabs that `line` starts with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def _lines_above(text: Text, line: int, chars: int) -> str:
    """Whole lines just above `line`, at most `chars` characters of them."""
    taken: list[str] = []
    while line > 0:
        line -= 1
        content = text.content(line)
        chars -= len(content) + 1
        if chars < 0:
            break
        taken.append(content + "\n")
    return "".join(reversed(taken))


def _lines_below(text: Text, line: int, chars: int) -> str:
    """The line end of `line` and whole lines below it, at most `chars` characters."""
    taken: list[str] = []
    while line + 1 < text.line_count:
        line += 1
        content = text.content(line)
        chars -= len(content) + 1
        if chars < 0:
            if not taken:
                taken.append("\n")
            break
        taken.append("\n" + content)
    return "".join(taken)


def _newline_near(text: Text, line: int) -> str:
    """The terminator of the line above, else of the line itself; a document of one line gets `\\n`."""
    for index in (line - 1, line):
        if index >= 0:
            terminator = text.line(index)[len(text.content(index)) :]
            if terminator:
                return terminator
    return "\n"
