"""What a check looks at: what was asked, what was sent, what came of it, and what else is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from emberline.refactor.index.view import View
from emberline.refactor.types import Assignment, Change, Dossier, FileChange, Move, Source
from emberline.syntax.languages import language_of
from emberline.syntax.outline import outline
from emberline.syntax.types import Definition, Outline


@dataclass(frozen=True)
class Attempt:
    """A change that has landed in the texts, and is not offered yet."""

    assignment: Assignment
    dossier: Dossier
    change: Change
    view: View
    _shapes: dict[tuple[str, str], Outline | None] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def sources(self) -> dict[str, Source]:
        """What was sent, and the target itself."""
        target = self.assignment.target.source
        return {target.name: target, **{each.source.name: each.source for each in self.dossier.excerpts}}

    @cached_property
    def by_path(self) -> dict[Path, FileChange]:
        """The changes by where their files stood, and by where they go."""
        found = {each.path: each for each in self.change.files}
        return found | {each.moved_to: each for each in self.change.files if each.moved_to is not None}

    @property
    def target(self) -> FileChange | None:
        """What becomes of the target's file."""
        name = self.assignment.target.source.name
        return next((each for each in self.change.files if each.name == name), None)

    @property
    def made(self) -> Iterator[tuple[FileChange, str]]:
        """Every file that is there afterwards, with its text."""
        for each in self.change.files:
            if each.after is not None:
                yield each, each.after

    @property
    def edited(self) -> Iterator[tuple[FileChange, str, str]]:
        """Every file that was there and still is, with its text before and after."""
        for each in self.change.files:
            if each.before is not None and each.after is not None:
                yield each, each.before, each.after

    @property
    def gone(self) -> frozenset[Path]:
        """Where no file stands any more."""
        return frozenset(
            each.path for each in self.change.files if each.after is None or each.moved_to is not None
        )

    def language(self, file: FileChange) -> str:
        known = self.sources.get(file.name)
        same_kind = file.moved_to is None or file.moved_to.suffix == file.path.suffix
        return known.language_id if known is not None and same_kind else language_of(place(file))

    def new_name(self, file: FileChange) -> str:
        """What it is called afterwards."""
        moves = (each for each in self.change.proposal.operations if isinstance(each, Move))
        return next((each.to for each in moves if each.file.removeprefix("./") == file.name), file.name)

    def shape(self, text: str, language_id: str) -> Outline | None:
        """The outline of a text, worked out once."""
        key = (text, language_id)
        if key not in self._shapes:
            self._shapes[key] = outline(text, language_id)
        return self._shapes[key]

    def before(self, file: FileChange) -> Outline | None:
        language = (
            self.sources[file.name].language_id if file.name in self.sources else language_of(file.path)
        )
        return None if file.before is None else self.shape(file.before, language)

    def after(self, file: FileChange) -> Outline | None:
        return None if file.after is None else self.shape(file.after, self.language(file))

    def symbol_after(self) -> Definition | None:
        """The target's definition, by its name, in the target's file after the change."""
        symbol, file = self.assignment.target.symbol, self.target
        shape = self.after(file) if file is not None else None
        if symbol is None or shape is None:
            return None
        return next((each for each in shape.definitions if each.qualified == symbol.qualified), None)


def place(file: FileChange) -> Path:
    """Where it lies afterwards."""
    return file.moved_to or file.path


def top_level(shape: Outline | None) -> tuple[Definition, ...]:
    return () if shape is None else tuple(each for each in shape.definitions if not each.container)


def squeezed(text: str) -> str:
    """Without white space."""
    return "".join(text.split())


def listed(names: tuple[str, ...] | list[str], most: int = 4) -> str:
    """ "a, b and c", or the first few and how many more."""
    names = list(dict.fromkeys(names))
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
