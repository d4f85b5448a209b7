"""What a file is for, as far as it says so itself: its own first words, and the names that it defines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from emberline.syntax.languages import language_of
from emberline.syntax.outline import outline
from emberline.syntax.types import Sort

LONGEST_WORDS = 200
"""Characters of a file's own words."""
MOST_NAMES = 10
_PYTHON = re.compile(r"(?:\s*(?:#[^\n]*)?\n)*\s*[rRuU]{0,2}(\"\"\"|''')(.*?)\1", re.DOTALL)
_LINE_SIGNS = ("//!", "///", "//", "#", "--", ";;", '"', "%")
_BLOCK = re.compile(r"\s*(?:/\*+!?|<!--|\{-|\(\*)(.*?)(?:\*+/|-->|-\}|\*\))", re.DOTALL)
_NOTHING = re.compile(
    r"copyright|licen[cs]e|spdx|all rights reserved|^!|-\*-|coding[:=]|eslint|prettier|@ts-|noqa|pylint|"
    r"mypy:|clang-format|vim?:|use strict|jshint|flake8|<\?|doctype|shellcheck|syntax=",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(.+?[.!?])(?=\s|$)", re.DOTALL)
_UNWORDED = re.compile(r"\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)|!\[[^\]]*\]\([^)]*\)|<[^>\n]*>")
_LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$")
_DESCRIBED = re.compile(r"""^\s*description\s*[=:]\s*["']?(.+?)["']?\s*$""", re.MULTILINE)
_MANIFESTS = frozenset(("pyproject.toml", "cargo.toml", "package.json", "composer.json", "pubspec.yaml"))


@dataclass(frozen=True, slots=True)
class Card:
    """One file in short."""

    path: str
    """From the folder that is summarized, with `/`."""
    language: str
    lines: int
    words: str = ""
    """Its own first sentence; empty where it has none."""
    names: tuple[str, ...] = ()
    """What it defines for others, in its order; of a document its headings."""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def is_document(self) -> bool:
        return self.language == "markdown"

    @property
    def told(self) -> str:
        """In a line."""
        parts = [self.words.removesuffix(".")] if self.words else []
        if self.names:
            more = f" and {len(self.names) - MOST_NAMES} more" if len(self.names) > MOST_NAMES else ""
            verb = "sections" if self.is_document else "defines"
            parts.append(f"{verb} {', '.join(self.names[:MOST_NAMES])}{more}")
        noun = "line" if self.lines == 1 else "lines"
        return "; ".join(parts) or f"{self.lines} {noun} of {self.language}"


def card(path: str, text: str) -> Card:
    """The card of a file with this text."""
    language = language_of(path)
    name = path.rpartition("/")[2].lower()
    own = _WORDS.get(language, _commented)
    words = _described(name, text) if name in _MANIFESTS else own(text)
    return Card(
        path, language, text.count("\n") + (not text.endswith("\n")), _short(words), _names(text, language)
    )


def first_sentence(text: str) -> str:
    """Of a paragraph of any text; the whole where it has no sentence's end."""
    flat = " ".join(text.split())
    found = _SENTENCE.match(flat)
    return found[1] if found and len(found[1]) > 8 else flat


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a Markdown text that are prose: no headings, pictures, tables, lists or code."""
    found: list[list[str]] = [[]]
    is_code = False
    for line in text.splitlines():
        bare = _UNWORDED.sub("", line).strip()
        if bare.startswith(("```", "~~~")):
            is_code = not is_code
            found.append([])
        elif is_code:
            continue
        elif (
            not bare or _HEADING.match(bare) or bare.startswith(("|", "- ", "* ", "+ ", "---", "===", "    "))
        ):
            found.append([])
        else:
            found[-1].append(_LINKED.sub(r"\1", bare).lstrip("> "))
    return [" ".join(lines) for lines in found if len(" ".join(lines)) > 20]


def headings(text: str) -> list[str]:
    """Of a Markdown text."""
    found, is_code = [], False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        elif not is_code and (heading := _HEADING.match(line)):
            found.append(_LINKED.sub(r"\1", heading[1]))
    return found


def _names(text: str, language: str) -> tuple[str, ...]:
    if language == "markdown":
        return tuple(headings(text)[1:])
    found = outline(text, language)
    if found is None:
        return ()
    outer = [each for each in found.definitions if not each.container and each.sort is not Sort.VARIABLE]
    public = [each.name for each in outer if not each.name.startswith("_")]
    return tuple(dict.fromkeys(public or (each.name for each in outer)))


def _short(words: str) -> str:
    sentence = first_sentence(words)
    return (
        sentence if len(sentence) <= LONGEST_WORDS else f"{sentence[: LONGEST_WORDS - 1].rsplit(' ', 1)[0]}…"
    )


def _python(text: str) -> str:
    found = _PYTHON.match(text)
    return found[2].strip().split("\n\n")[0] if found else _commented(text)


def _markdown(text: str) -> str:
    prose = paragraphs(text)
    return prose[0] if prose else next(iter(headings(text)), "")


def _plain(text: str) -> str:
    return next((each for each in text.strip().split("\n\n") if each.strip()), "")


def _commented(text: str) -> str:
    """The first comment above everything else that is not about the file's form or licence."""
    rest = text.removeprefix("\ufeff")
    if rest.startswith("#!"):
        rest = rest.partition("\n")[2]
    for _ in range(4):
        rest = rest.lstrip()
        block = _BLOCK.match(rest)
        if block is not None:
            words = " ".join(
                line.strip().lstrip("*! ") for line in block[1].strip().split("\n\n")[0].splitlines()
            )
            rest = rest[block.end() :]
        else:
            lines = _leading(rest)
            if not lines:
                return ""
            words = " ".join(lines)
            rest = rest.split("\n", len(lines))[-1] if rest.count("\n") >= len(lines) else ""
        words = words.strip()
        if words and not _NOTHING.search(words):
            return words
    return ""


def _leading(text: str) -> list[str]:
    """The line comments that a text begins with, without their signs."""
    sign = next((each for each in _LINE_SIGNS if text.startswith(each)), "")
    found = []
    for line in text.split("\n", 60)[:60] if sign else ():
        if not line.startswith(sign):
            break
        found.append(line[len(sign) :].strip())
    return found


def _described(name: str, text: str) -> str:
    if name.endswith(".json"):
        try:
            told = json.loads(text)
        except ValueError:
            return ""
        words = told.get("description") if isinstance(told, dict) else None
        return words if isinstance(words, str) else ""
    found = _DESCRIBED.search(text)
    return found[1] if found else ""


_WORDS: dict[str, Callable[[str], str]] = {
    "python": _python,
    "markdown": _markdown,
    "restructuredtext": _plain,
    "plaintext": _plain,
    "json": lambda text: "",
}
