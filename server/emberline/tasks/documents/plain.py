"""A summary without a model: a text's own headings and first sentences, a file's own words and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from emberline.routing.demand import number
from emberline.syntax.languages import language_of
from emberline.tasks.documents.cards import Card, card, first_sentence, headings, paragraphs
from emberline.tasks.documents.parts import Part
from emberline.tasks.types import Material

MOST_POINTS = 8
MOST_FILES = 8
"""Of a part that are told by a line."""
FEW_FILES = 40
"""A folder of no more has every file told."""


def extract(material: Sequence[Material]) -> str:
    """The texts by their own words."""
    told = [_extracted(each) for each in material]
    if len(told) == 1:
        return told[0]
    return "\n\n".join(f"**{each.name}**\n\n{text}" for each, text in zip(material, told, strict=True))


def page(root: str, overview: str, parts: Sequence[Part], said: Mapping[str, str], files: int) -> str:
    """The summary of a folder as Markdown: `overview`, then each part with what `said` tells of it."""
    cards = [each for part in parts for each in part.cards]
    pieces = [f"# {root}", *([overview] if overview else []), counted(cards), "## Parts"]
    every = MOST_FILES if files > FEW_FILES else files
    pieces.append("\n".join(_part(part, said.get(part.folder, ""), every) for part in parts))
    return "\n\n".join(pieces)


def counted(cards: Sequence[Card]) -> str:
    """ "213 files, 31 482 lines: python 200, markdown 13." """
    lines = sum(each.lines for each in cards)
    kinds = Counter(each.language for each in cards).most_common(5)
    kinds_told = ", ".join(f"{name} {count}" for name, count in kinds)
    noun = "file" if len(cards) == 1 else "files"
    return f"{len(cards)} {noun}, {number(lines)} lines: {kinds_told}."


def defined(part: Part) -> str:
    """What a part holds, where nobody says what it is for."""
    names = list(dict.fromkeys(name for each in part.cards if not each.is_document for name in each.names))
    if names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        return f"defines {', '.join(names[:5])}{more}"
    return f"{', '.join(each.name for each in part.cards[:5])}{' …' if len(part.cards) > 5 else ''}"


def _part(part: Part, said: str, most: int) -> str:
    noun = "file" if len(part.cards) == 1 else "files"
    head = f"- **{part.name}** ({len(part.cards)} {noun}): {said or defined(part)}"
    rows = [f"  - `{_below(part, each)}`: {each.told}" for each in part.cards[:most]]
    if len(part.cards) > most:
        rows.append(f"  - and {len(part.cards) - most} more")
    return "\n".join((head, *rows))


def _below(part: Part, each: Card) -> str:
    return each.path[len(part.folder) + 1 :] if part.folder else each.path


def _extracted(material: Material) -> str:
    text = material.text
    language = language_of(material.name)
    if language not in ("markdown", "plaintext", "restructuredtext"):
        short = card(material.name, text)
        return (
            f"{short.words}\n\n{_listed(short.names)}".strip() if short.words or short.names else short.told
        )
    prose = paragraphs(text)
    lead = first_sentence(prose[0]) if prose else ""
    titles = headings(text)
    points = titles[1:] if len(titles) > 2 else [first_sentence(each) for each in prose[1:]]
    return f"{lead}\n\n{_listed(points)}".strip() or first_sentence(text)[:400]


def _listed(points: Sequence[str]) -> str:
    rows = [f"- {each}" for each in points[:MOST_POINTS]]
    if len(points) > MOST_POINTS:
        rows.append(f"- and {len(points) - MOST_POINTS} more")
    return "\n".join(rows)
