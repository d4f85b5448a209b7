"""Golden cases: one text file a filter, easy to read and to add to.

    === name of the case (language_id, crlf)
    document with ▮ at the cursor
    --- candidate
    what the model said
    --- expected
    what remains of it; nothing at all where it is dropped

`·` stands for a space and `→` for a tab where either would be hard to see. The cases of `placement.txt`
expect the document after the suggestion was accepted, all filters applied; `(selected a-b TEXT)` behind
the name gives the columns and the text of the entry that is selected in a completion menu.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from emberline.completion.context import Context
from emberline.completion.types import SelectedCompletion
from emberline.documents.store import Document
from emberline.documents.text import Point, Text

_FOLDER = Path(__file__).parent
_HEAD = re.compile(
    r"=== (?P<name>[^(\n]+?)(?: \((?P<options>[^)\n]*)\))?(?: \(selected (?P<selected>.*)\))?\n"
)
CURSOR = "▮"


@dataclass(frozen=True)
class Case:
    name: str
    document: Document
    cursor: Point
    candidate: str
    expected: str
    selected: SelectedCompletion | None

    @property
    def context(self) -> Context:
        return Context.of(self.document, self.cursor)


def cases(file: str) -> list[Case]:
    text = (_FOLDER / file).read_text(encoding="utf-8").replace("·", " ").replace("→", "\t")
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return [_case(head, text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def _case(head: re.Match[str], body: str) -> Case:
    options = [option.strip() for option in (head["options"] or "python").split(",")]
    document, rest = body.split("\n--- candidate\n", 1)
    candidate, expected = (rest if rest.startswith("---") else "\n" + rest).split("\n--- expected", 1)
    assert document.count(CURSOR) == 1, f"{head['name']}: one cursor, please"
    above = document[: document.index(CURSOR)]
    line = above.count("\n")
    cursor = Point(line, len(above) - above.rfind("\n") - 1)
    plain = document.replace(CURSOR, "")
    newline = "\r\n" if "crlf" in options else "\n"
    selected = None
    if head["selected"]:
        columns, text = head["selected"].split(" ", 1)
        start, end = map(int, columns.split("-"))
        selected = SelectedCompletion(Point(line, start), Point(line, end), text)
    return Case(
        head["name"],
        Document("file:///golden", options[0], 1, Text.of(plain.replace("\n", newline))),
        cursor,
        candidate.removeprefix("\n"),
        expected.removeprefix("\n").rstrip("\n"),
        selected,
    )
