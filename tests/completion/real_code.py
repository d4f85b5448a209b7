"""Places in real code whose true continuation is known: what right suggestions look like."""

from __future__ import annotations

import argparse
import asyncio.base_events
import configparser
import dataclasses
import email.message
import http.client
import json.decoder
import logging
import random
import re
import shutil
import tarfile
import textwrap
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from emberline.completion.context import Context

MODULES: tuple[ModuleType, ...] = (
    argparse,
    asyncio.base_events,
    configparser,
    dataclasses,
    email.message,
    http.client,
    json.decoder,
    logging,
    shutil,
    tarfile,
    textwrap,
    typing,
)
_TOKEN = re.compile(r"\w+|[^\w\s]")
_CLOSER = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Place:
    """A document as it looks while its author types, and the text that the author types next."""

    before: str
    truth: str
    after: str
    """What stands behind the cursor while typing."""
    result: str
    """What follows `before` once `truth` is accepted."""
    kind: str

    def context(self, language_id: str = "python") -> Context:
        above = self.before[-4000:]
        if len(self.before) > 4000:
            above = above[above.find("\n") + 1 :]
        return Context(above, self.after[:1500], language_id, "\n")


def sources() -> list[str]:
    return [Path(str(module.__file__)).read_text(encoding="utf-8") for module in MODULES]


def places(source: str, count: int, rng: random.Random) -> Iterator[Place]:
    """Random places of every kind: line starts, token boundaries with and without the closing brackets and
    quotes that an editor adds, holes in a line, and blocks whose body is missing."""
    lines = source.split("\n")
    kinds = (_line_start, _rest_of_line, _auto_closed, _hole, _block)
    found = 0
    while found < count:
        place = rng.choice(kinds)(lines, rng.randrange(len(lines)), rng)
        if place is not None:
            found += 1
            yield place


def _around(lines: list[str], start: int, stop: int) -> tuple[str, str]:
    above = "".join(line + "\n" for line in lines[:start])
    below = "".join("\n" + line for line in lines[stop:])
    return above, below


def _boundary(line: str, rng: random.Random) -> int | None:
    starts = [found.start() for found in _TOKEN.finditer(line)]
    return rng.choice(starts[1:]) if len(starts) > 1 else None


def _line_start(lines: list[str], at: int, rng: random.Random) -> Place | None:
    line = lines[at]
    text = line.lstrip()
    if not text:
        return None
    above, below = _around(lines, at, at + 1)
    return Place(above + line[: len(line) - len(text)], text, below, text + below, "line start")


def _rest_of_line(lines: list[str], at: int, rng: random.Random) -> Place | None:
    column = _boundary(lines[at], rng)
    if column is None:
        return None
    above, below = _around(lines, at, at + 1)
    rest = lines[at][column:]
    return Place(above + lines[at][:column], rest, below, rest + below, "rest of line")


def _auto_closed(lines: list[str], at: int, rng: random.Random) -> Place | None:
    """The cursor right behind an opening bracket or in a fresh string, which the editor closed."""
    line = lines[at]
    column = _boundary(line, rng)
    if column is None or line[column - 1] not in "([{" or "#" in line or '"' in line or "'" in line:
        return None
    depth = 0
    for character in line[column:]:
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            break
    else:
        return None  # closed on a later line: an editor's bracket would be there too, but not on this line
    above, below = _around(lines, at, at + 1)
    closer = _CLOSER[line[column - 1]]
    return Place(above + line[:column], line[column:], closer + below, line[column:] + below, "auto-closed")


def _hole(lines: list[str], at: int, rng: random.Random) -> Place | None:
    """A few tokens in the middle of a line are missing."""
    line = lines[at]
    starts = [found.start() for found in _TOKEN.finditer(line)]
    if len(starts) < 4:
        return None
    first = rng.randrange(1, len(starts) - 1)
    last = rng.randrange(first + 1, min(len(starts), first + 6))
    above, below = _around(lines, at, at + 1)
    column, end = starts[first], starts[last]
    return Place(above + line[:column], line[column:end], line[end:] + below, line[column:] + below, "hole")


def _block(lines: list[str], at: int, rng: random.Random) -> Place | None:
    """The cursor on the empty first line of a block, all of whose body is still to come."""
    header = lines[at]
    if not re.match(r"\s*(def|class|if|for|while|with|else|try|elif|except)\b.*:$", header):
        return None
    depth = len(header) - len(header.lstrip())
    stop = at + 1
    while stop < len(lines) and (not lines[stop].strip() or _depth(lines[stop]) > depth):
        stop += 1
    while stop > at + 1 and not lines[stop - 1].strip():
        stop -= 1
    body = "\n".join(lines[at + 1 : stop])
    if not body.strip() or stop - at > 9:
        return None
    above, below = _around(lines, at + 1, stop)
    indent = body[: len(body) - len(body.lstrip())]
    if "\n" in indent:
        return None
    text = body[len(indent) :]
    return Place(above + indent, text, below, text + below, "block")


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
