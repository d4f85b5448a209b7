"""What changed between two texts: as few edits as an editor needs, and the diff that people read."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from emberline.refactor.lines import split
from emberline.refactor.types import Change, FileChange
from emberline.syntax.types import Span


class TextEdit(NamedTuple):
    """`before[span]` becomes `text`."""

    span: Span
    text: str


def edits(before: str, after: str) -> tuple[TextEdit, ...]:
    """In the order of the text, apart from each other; all applied at once they give `after`.

    None begins or ends within a line end: editors have no name for such a place.
    """
    if before == after:
        return ()
    old, new = split(before), split(after)
    head, tail = _common(old, new)
    offset = sum(map(len, old[:head]))
    found: list[TextEdit] = []
    for tag, start, stop, first, last in _opcodes(old[head : len(old) - tail], new[head : len(new) - tail]):
        ours, theirs = old[head + start : head + stop], new[head + first : head + last]
        length = sum(map(len, ours))
        if tag != "equal":
            found += _within(ours, theirs, offset)
        offset += length
    return tuple(_joined(found))


def applied(before: str, changes: tuple[TextEdit, ...]) -> str:
    """The text after these edits, which lie in order."""
    parts: list[str] = []
    done = 0
    for edit in changes:
        parts += (before[done : edit.span.start], edit.text)
        done = edit.span.end
    return "".join((*parts, before[done:]))


def _common(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many lines are the same at the beginning, and behind those at the end."""
    shorter = min(len(old), len(new))
    head = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    rest = shorter - head
    tail = next((index for index in range(rest) if old[-1 - index] != new[-1 - index]), rest)
    return head, tail


_Opcode = tuple[str, int, int, int, int]


def _opcodes(old: list[str], new: list[str]) -> Iterator[_Opcode]:
    """As difflib gives them. Lines that stand once in both divide the texts first: its own time grows with
    the square of how often lines repeat."""
    done_old = done_new = 0
    for at_old, at_new in (*_landmarks(old, new), (len(old), len(new))):
        for tag, start, stop, first, last in difflib.SequenceMatcher(
            None, old[done_old:at_old], new[done_new:at_new]
        ).get_opcodes():
            yield tag, start + done_old, stop + done_old, first + done_new, last + done_new
        if at_old < len(old):
            yield "equal", at_old, at_old + 1, at_new, at_new + 1
        done_old, done_new = at_old + 1, at_new + 1


def _landmarks(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Lines that stand once in each, the longest row of them that has the same order in both."""
    places = _single(new)
    pairs = [(index, places[line]) for line, index in _single(old).items() if line in places]
    pairs.sort()
    heads: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for number, (_, at) in enumerate(pairs):
        length = bisect_left(heads, at)
        previous.append(ends[length - 1] if length else -1)
        heads[length : length + 1] = [at]
        ends[length : length + 1] = [number]
    row: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        row.append(pairs[number])
        number = previous[number]
    return row[::-1]


def _single(lines: list[str]) -> dict[str, int]:
    """Where each line stands that stands there once."""
    counts: dict[str, int] = {}
    for index, line in enumerate(lines):
        counts[line] = -1 if line in counts else index
    return {line: index for line, index in counts.items() if index >= 0}


def _within(old: list[str], new: list[str], offset: int) -> Iterator[TextEdit]:
    """The edits that make `new` of `old`, which begins at `offset`: line by line where lines correspond."""
    blocks = zip(old, new, strict=True) if len(old) == len(new) else [("".join(old), "".join(new))]
    for before, after in blocks:
        if before != after:
            start, stop, text = _trimmed(before, after)
            yield TextEdit(Span(offset + start, offset + stop), text)
        offset += len(before)


def _trimmed(before: str, after: str) -> tuple[int, int, str]:
    """Where the first and the last difference lie in `before`, and what comes between."""
    shorter = min(len(before), len(after))
    head = next((index for index in range(shorter) if before[index] != after[index]), shorter)
    head -= any(_splits(text, head) for text in (before, after))
    rest = shorter - head
    tail = next((index for index in range(rest) if before[-1 - index] != after[-1 - index]), rest)
    tail -= any(_splits(text, len(text) - tail) for text in (before, after))
    return head, len(before) - tail, after[head : len(after) - tail]


def _splits(text: str, at: int) -> bool:
    return at > 0 and text[at - 1 : at + 1] == "\r\n"


def _joined(found: list[TextEdit]) -> list[TextEdit]:
    """Edits that touch, as one."""
    joined: list[TextEdit] = []
    for edit in found:
        if joined and joined[-1].span.end == edit.span.start:
            last = joined.pop()
            edit = TextEdit(Span(last.span.start, edit.span.end), last.text + edit.text)
        joined.append(edit)
    return joined


# -- for people ----------------------------------------------------------------------------------------


def unified(change: Change) -> str:
    """The whole change as git writes it, so that `git apply` takes it; names are the change's own."""
    return "".join(_of_file(each, _new_name(each)) for each in change.files)


def _new_name(file: FileChange) -> str:
    """The name after a move: told from the paths, the folder's part of the name is the same."""
    if file.moved_to is None:
        return file.name
    old, new = file.path.parts, file.moved_to.parts
    same = next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    below = len(old) - same
    kept = file.name.split("/")[:-below] if below else file.name.split("/")
    return "/".join((*kept, *new[same:]))


def _of_file(file: FileChange, new_name: str) -> str:
    old, new = _quoted(f"a/{file.name}"), _quoted(f"b/{new_name}")
    lines = [f"diff --git {old} {new}\n"]
    if file.before is None:
        lines.append("new file mode 100644\n")
    if file.after is None:
        lines.append("deleted file mode 100644\n")
    if new_name != file.name:
        lines += (f"rename from {_quoted(file.name)}\n", f"rename to {_quoted(new_name)}\n")
    before, after = (_lines(text or "") for text in (file.before, file.after))
    body = difflib.unified_diff(
        before,
        after,
        "/dev/null" if file.before is None else _ending(old),
        "/dev/null" if file.after is None else _ending(new),
    )
    for line in body:
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """As git divides them: a lone `\\r` ends none."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])


def _ending(name: str) -> str:
    """Behind a name with spaces git writes a tab, so that its end can be told."""
    return f"{name}\t" if " " in name and not name.startswith('"') else name


def _quoted(name: str) -> str:
    if name.isprintable() and not {'"', "\\"}.intersection(name):
        return name
    return (
        '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n") + '"'
    )
