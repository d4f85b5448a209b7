"""The parts of a folder: a handful of groups of files that a reader would tell apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from emberline.tasks.documents.cards import Card

MOST_PARTS = 24
OVERWEIGHT = 0.5
"""A part that holds more of the files than this is told by its own folders."""
_SPEAKERS = (
    "readme.md",
    "readme.rst",
    "readme.txt",
    "readme",
    "__init__.py",
    "mod.rs",
    "lib.rs",
    "doc.go",
    "index.md",
)
"""Files that speak for the folder that they lie in."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some files that lie together."""

    folder: str
    """Empty for the files that lie in the summarized folder itself."""
    cards: tuple[Card, ...]

    @property
    def name(self) -> str:
        return f"{self.folder}/" if self.folder else "(in the folder itself)"

    @property
    def words(self) -> str:
        """What it says of itself; empty where it says nothing."""
        here = {each.name.lower(): each for each in self.cards if each.folder == self.folder}
        found = (here[name].words for name in _SPEAKERS if name in here and here[name].words)
        if self.folder:
            return next(found, "")
        return ""

    @property
    def told(self) -> str:
        """Its files, a line each."""
        return "\n".join(f"{each.path}: {each.told}" for each in self.cards)


def divided(cards: Sequence[Card]) -> tuple[Part, ...]:
    """The parts, the folder's own files first. A folder that holds most of all is told by its subfolders."""
    groups = _grouped(cards, "")
    while len(groups) < MOST_PARTS:
        heavy = max(groups, key=lambda folder: len(groups[folder]))
        inner = _grouped(groups[heavy], heavy)
        is_one = len(groups) - ("" in groups) <= 1
        if list(inner) == [heavy] or not (is_one or len(groups[heavy]) > len(cards) * OVERWEIGHT):
            break
        if len(groups) - 1 + len(inner) > MOST_PARTS:
            break
        del groups[heavy]
        for folder, held in inner.items():
            groups[folder] = held
    if len(groups) > MOST_PARTS:
        groups = _merged(groups)
    return tuple(Part(folder, tuple(groups[folder])) for folder in sorted(groups))


def _grouped(cards: Sequence[Card], folder: str) -> dict[str, list[Card]]:
    """By the next folder below; what lies in `folder` itself goes under its own name."""
    found: dict[str, list[Card]] = defaultdict(list)
    start = len(folder) + 1 if folder else 0
    for each in cards:
        head, slash, _ = each.path[start:].partition("/")
        found[f"{folder}/{head}".lstrip("/") if slash else folder].append(each)
    return dict(found)


def _merged(groups: dict[str, list[Card]]) -> dict[str, list[Card]]:
    """The largest by themselves, the rest together with what lies in the folder itself."""
    ordered = sorted(groups, key=lambda folder: (folder != "", -len(groups[folder])))
    kept = {folder: groups[folder] for folder in ordered[: MOST_PARTS - 1]}
    rest = [card for folder in ordered[MOST_PARTS - 1 :] for card in groups[folder]]
    kept[""] = sorted([*kept.get("", []), *rest], key=lambda card: card.path)
    return kept
