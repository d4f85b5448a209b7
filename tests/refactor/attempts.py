"""Attempts for the checks' tests: a small workspace in memory, and what became of it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from emberline.privacy.labels import Label, Level
from emberline.refactor.actions import ACTIONS
from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.index.view import Found
from emberline.refactor.types import (
    Assignment,
    Change,
    Diagnostic,
    Directive,
    Dossier,
    Excerpt,
    FileChange,
    Operation,
    Proposal,
    Source,
    Target,
)
from emberline.syntax.languages import language_of
from emberline.syntax.outline import outline
from emberline.syntax.types import Import, Outline, Span
from emberline.syntax.words import words

ROOT = Path("/ws")


def source(name: str, text: str) -> Source:
    path = ROOT / name
    return Source(name, path, path.as_uri(), language_of(path), text, Label(Level.STRICT, name, "test"))


@dataclass
class Known:
    """A `View` of texts."""

    texts: Mapping[str, str]
    is_complete: bool = True

    @property
    def files(self) -> int:
        return len(self.texts)

    def _paths(self) -> dict[Path, str]:
        return {ROOT / name: text for name, text in self.texts.items()}

    def outline(self, path: Path) -> Outline | None:
        text = self._paths().get(path)
        return None if text is None else outline(text, language_of(path))

    def definitions(self, name: str) -> tuple[Found, ...]:
        shapes = {path: self.outline(path) for path in self._paths()}
        return tuple(
            Found(path, each)
            for path, shape in shapes.items()
            for each in (shape.definitions if shape is not None else ())
            if each.name == name
        )

    def mentions(self, name: str) -> tuple[Path, ...]:
        return tuple(path for path, text in self._paths().items() if name in words(text))

    def resolve(self, path: Path, imported: Import) -> Path | None:
        known = self._paths()
        module = imported.module
        if path.suffix == ".py":
            level = len(module) - len(module.lstrip("."))
            folder = path.parents[level - 1] if level else ROOT
            base = folder.joinpath(*filter(None, module.lstrip(".").split(".")))
            bases = [base / imported.name, base] if imported.name not in ("", "*") else [base]
            tried = [each for one in bases for each in (one.with_suffix(".py"), one / "__init__.py")]
        else:
            base = Path(posixpath.normpath(path.parent / module))
            tried = [base, base.with_suffix(".ts"), base.with_suffix(".js")]
        return next((each for each in tried if each in known), None)

    def importers(self, path: Path, name: str = "") -> tuple[Path, ...]:
        found = []
        for other in self._paths():
            shape = self.outline(other)
            for each in shape.imports if shape is not None else ():
                means = not name or each.name in (name, "*", "") or each.alias == path.stem
                if means and self.resolve(other, each) == path and other not in found:
                    found.append(other)
        return tuple(found)


@dataclass(frozen=True)
class Case:
    """What was asked, and what came of it."""

    action: str
    files: Mapping[str, str]
    """The workspace. The first one is the target's."""
    after: Mapping[str, str | None]
    """Only what changes; None: deleted."""
    symbol: str = ""
    """The target's definition, as `container.name`; else the selection, or else the whole file."""
    selected: str = ""
    answer: str = ""
    moves: Mapping[str, str] = field(default_factory=dict)
    diagnostic: str = ""
    """The text that the editor's tools complain about."""
    directive: str = ""
    """The comment."""
    unsent: tuple[str, ...] = ()
    """Files of the workspace that the model did not see."""
    only_read: tuple[str, ...] = ()
    """Files that it saw and may not change."""
    operations: tuple[Operation, ...] = ()
    destination: str = ""
    shown: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)

    def attempt(self) -> Attempt:
        first = next(iter(self.files))
        own = source(first, self.files[first])
        shape = outline(own.text, own.language_id)
        symbol = None
        if self.symbol:
            assert shape is not None
            symbol = next(each for each in shape.definitions if each.qualified == self.symbol)
        start = own.text.index(self.selected) if self.selected else 0
        span = Span(start, start + len(self.selected))
        if symbol is not None and not self.selected:
            span = Span(symbol.name_span.start, symbol.name_span.start)
        diagnostics = ()
        if self.diagnostic:
            at = own.text.index(self.diagnostic)
            diagnostics = (Diagnostic(Span(at, at + len(self.diagnostic)), "wrong"),)
        directive = None
        if self.directive:
            at = own.text.index(self.directive)
            directive = Directive(self.answer, Span(at, at + len(self.directive)))
        name = symbol.name if symbol is not None else ""
        target = Target(own, span, symbol, name, diagnostics, directive)
        excerpts = tuple(
            Excerpt(
                source(each, text),
                self.shown.get(each, (Span(0, len(text)),)),
                each not in self.only_read,
                "test",
            )
            for each, text in self.files.items()
            if each not in self.unsent
        )
        names = sorted({*self.after, *self.moves})
        changes = tuple(
            FileChange(
                each,
                ROOT / each,
                (ROOT / each).as_uri(),
                self.files.get(each),
                self.after.get(each, self.files.get(each)),
                ROOT / self.moves[each] if each in self.moves else None,
            )
            for each in names
        )
        return Attempt(
            Assignment(ACTIONS[self.action], target, self.answer),
            Dossier(excerpts, destination=self.destination),
            Change(changes, Proposal(self.operations)),
            Known(self.files),
        )
