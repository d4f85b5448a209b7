"""Random edits against the simplest model there is: a plain string and its offsets in encoded units."""

from __future__ import annotations

import random
import re

import pytest

from emberline.documents.encoding import PositionEncoding, to_column, to_units
from emberline.documents.text import Point, Text

ALPHABET = (
    *"ab (){}:='\"\t",
    *("\n", "\r", "\r\n") * 2,
    *("\f", "\v", "\x1c", "\x85", "\u2028", "\u2029"),
    *("é", "e\u0301", "ß", "漢", "\u200d", "😀", "👩\u200d💻", "𝒳", "\ufeff"),
)
CODECS = {
    PositionEncoding.UTF8: ("utf-8", 1),
    PositionEncoding.UTF16: ("utf-16-le", 2),
    PositionEncoding.UTF32: ("utf-32-le", 4),
}


def model_lines(string: str) -> list[str]:
    """Lines with their terminators, written as unlike the code under test as possible."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)", string)
    return [*lines, string[sum(map(len, lines)) :]]


def model_column(content: str, units: int, encoding: PositionEncoding) -> int:
    codec, size = CODECS[encoding]
    cut = content.encode(codec)[: units * size]
    return len(cut.decode(codec, errors="ignore"))


def model_units(content: str, column: int, encoding: PositionEncoding) -> int:
    codec, size = CODECS[encoding]
    return len(content[:column].encode(codec)) // size


def model_offset(lines: list[str], line: int, units: int, encoding: PositionEncoding) -> int:
    if line >= len(lines):
        return sum(map(len, lines))
    content = lines[line].rstrip("\r\n")
    return sum(map(len, lines[:line])) + model_column(content, units, encoding)


def point(text: Text, line: int, units: int, encoding: PositionEncoding) -> Point:
    if line >= text.line_count:
        return text.end
    return Point(line, to_column(text.content(line), units, encoding))


def some_text(rng: random.Random, most: int) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, most)))


def some_position(rng: random.Random, text: Text) -> tuple[int, int]:
    """A line and units into it: often past the line's end, sometimes past the text's."""
    line = rng.randint(0, text.line_count + (rng.random() < 0.1))
    longest = len(text.line(min(line, text.line_count - 1))) * 2
    return line, rng.randint(0, longest + 2)


@pytest.mark.parametrize("encoding", PositionEncoding)
def test_random_edits_agree_with_a_plain_string(encoding: PositionEncoding) -> None:
    """33,334 edits an encoding: 100,002 in all."""
    rng = random.Random(f"edits {encoding.value}")
    string = some_text(rng, 40)
    text = Text.of(string)
    kept: list[tuple[Text, str]] = []
    for number in range(33_334):
        (line, units), (line2, units2) = sorted((some_position(rng, text), some_position(rng, text)))
        if rng.random() < 0.7:
            line2, units2 = line, max(units, min(units2, units + 2))
        lines = model_lines(string)
        start = model_offset(lines, line, units, encoding)
        end = model_offset(lines, line2, units2, encoding)
        long = len(string) > 400
        new = some_text(rng, 1 if long else 6)
        text = text.replace(point(text, line, units, encoding), point(text, line2, units2, encoding), new)
        string = string[:start] + new + string[end:]
        expected = model_lines(string)
        assert text.lines(0, text.line_count) == tuple(expected), f"edit {number}"
        assert text.line_count == len(expected)
        if number % 500 == 0:
            kept.append((text, string))
    for snapshot, was in kept:
        assert str(snapshot) == was


@pytest.mark.parametrize("encoding", PositionEncoding)
def test_units_and_columns_agree_with_the_codecs(encoding: PositionEncoding) -> None:
    rng = random.Random(f"units {encoding.value}")
    for _ in range(2_000):
        content = "".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, 20))).translate(
            {10: None, 13: None}
        )
        for column in range(len(content) + 1):
            units = model_units(content, column, encoding)
            assert to_units(content, column, encoding) == units
            assert to_column(content, units, encoding) == column
        for units in range(model_units(content, len(content), encoding) + 3):
            assert to_column(content, units, encoding) == model_column(content, units, encoding)


def test_large_edits_keep_the_chunks_in_order() -> None:
    """Texts of several chunks, with pasted and deleted blocks that split and join chunks."""
    rng = random.Random("chunks")
    model = [f"line {n}\n" for n in range(3_000)] + ["end"]
    text = Text.of("".join(model))
    for _ in range(300):
        first = rng.randint(0, len(model) - 2)
        last = min(first + rng.choice((0, 1, 5, 700)), len(model) - 1)
        size = rng.choice((0, 1, 2, 30, 900)) if len(model) < 6_000 else 0
        block = [f"new {rng.random()}\r\n" for _ in range(size)]
        text = text.replace(Point(first, 0), Point(last, 0), "".join(block))
        model[first:last] = block
        assert text.line_count == len(model)
        assert text.lines(0, text.line_count) == tuple(model)
        probe = rng.randint(0, len(model) - 1)
        assert text.line(probe) == model[probe]
        assert text.lines(probe - 600, probe + 600) == tuple(model[max(0, probe - 600) : probe + 600])
        if len(model) < 100:
            model = [f"line {n}\n" for n in range(3_000)] + ["end"]
            text = Text.of("".join(model))
