"""What the demo types: some functions of one file, in their order, the later ones not yet written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emberline.errors import UserError
from emberline.replay.segments import LANGUAGES, Segment, choose

SAMPLE = Path(__file__).parent / "sample" / "expenses.py"
FUNCTIONS = ("def by_month(", "def between(", "def largest(")
"""The functions of the sample that are typed; its other code stands there already."""
STRETCHES, LINES, SEED = 3, 6, 1
"""Of a file of the user's own: how many stretches are typed, how many lines each, and what chooses them."""


class NothingToPlay(UserError):
    """The file cannot be typed."""


def sample() -> list[Segment]:
    """The session on the file that comes with Emberline."""
    text = SAMPLE.read_text(encoding="utf-8")
    return cut(SAMPLE, text, [block(text, opening) for opening in FUNCTIONS])


def own(path: Path) -> list[Segment]:
    """A session on a file of the user's. Raises `NothingToPlay` or `NothingToType`."""
    if not path.is_file():
        raise NothingToPlay(f"{path} is no file")
    if path.suffix not in LANGUAGES:
        raise NothingToPlay(f"{path.name} is in no language that the demo types: {', '.join(LANGUAGES)}")
    return sorted(choose([path.resolve()], STRETCHES, LINES, SEED), key=lambda segment: segment.line)


def block(text: str, opening: str) -> range:
    """The lines of the block whose first line begins with `opening`, its body included.

    Raises ValueError where no line begins so.
    """
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.lstrip().startswith(opening)), None)
    if start is None:
        raise ValueError(f"no line begins with {opening!r}")
    indent = _indent(lines[start])
    end = start + 1
    for number in range(start + 1, len(lines)):
        if lines[number].strip():
            if _indent(lines[number]) <= indent:
                break
            end = number + 1
    return range(start, end)


def cut(path: Path, text: str, blocks: Sequence[range]) -> list[Segment]:
    """A segment for each of the blocks (in order, apart): those before it are there, those after are not."""
    lines = text.split("\n")
    segments = []
    for index, lines_typed in enumerate(blocks):
        later = {number for block in blocks[index + 1 :] for number in block}
        before = "".join(f"{line}\n" for line in lines[: lines_typed.start])
        target = "\n".join(lines[lines_typed.start : lines_typed.stop])
        below = [lines[number] for number in range(lines_typed.stop, len(lines)) if number not in later]
        indent = _indent(target)
        segments.append(
            Segment(
                path,
                LANGUAGES.get(path.suffix, "plaintext"),
                lines_typed.start,
                before + target[:indent],
                target[indent:],
                _without_gaps("\n" + "\n".join(below)),
            )
        )
    return segments


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _without_gaps(text: str) -> str:
    """Where a block was taken out, the blank lines around it would add up."""
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return text
