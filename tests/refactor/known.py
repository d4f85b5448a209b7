"""A workspace in memory: its files, and what an index would know of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from emberline.privacy.labels import Label, Level
from emberline.refactor.actions import ACTIONS
from emberline.refactor.index.view import Found
from emberline.refactor.types import Assignment, Directive, Source, Target
from emberline.syntax.languages import language_of
from emberline.syntax.outline import outline
from emberline.syntax.types import Definition, Import, Outline, Span
from emberline.syntax.words import words

ROOT = Path("/workspace")
OPEN = Label(Level.OPEN, "a file", "privacy.mode")
STRICT = Label(Level.STRICT, "a file", ".gitignore")


class Known:
    """`View` over texts by name. `hidden` files are known to be there, and no model may read them; `strict`
    ones stay on this machine."""

    def __init__(
        self, texts: Mapping[str, str], hidden: tuple[str, ...] = (), strict: tuple[str, ...] = ()
    ) -> None:
        self.texts = {ROOT / name: text for name, text in texts.items()}
        self.asked: list[Path] = []
        self.is_complete = True
        self._hidden = {ROOT / name for name in hidden}
        self._strict = {ROOT / name for name in strict}
        self._outlines = {path: outline(text, language_of(path)) for path, text in self.texts.items()}

    @property
    def files(self) -> int:
        return len(self.texts)

    def outline(self, path: Path) -> Outline | None:
        return self._outlines.get(path)

    def definitions(self, name: str) -> tuple[Found, ...]:
        return tuple(
            Found(path, each)
            for path, shape in self._outlines.items()
            for each in (shape.definitions if shape is not None else ())
            if each.name == name
        )

    def mentions(self, name: str) -> tuple[Path, ...]:
        return tuple(sorted(path for path, text in self.texts.items() if name in words(text)))

    def resolve(self, path: Path, imported: Import) -> Path | None:
        """By the last part of the module's name: enough where every file has a name of its own."""
        stem = PurePosixPath(imported.module.replace(".", "/")).name
        found = [each for each in self.texts if each.stem == stem and each.suffix == path.suffix]
        return found[0] if found and stem else None

    def importers(self, path: Path, name: str = "") -> tuple[Path, ...]:
        return tuple(
            each
            for each, shape in sorted(self._outlines.items())
            if any(
                (self.resolve(each, one) == path and name in ("", one.name))
                or (self.resolve(each, one) == path and one.name in ("", "*"))
                for one in (shape.imports if shape is not None else ())
            )
        )

    def read(self, path: Path) -> Source | None:
        self.asked.append(path)
        if path in self._hidden or path not in self.texts:
            return None
        return self.source(path.relative_to(ROOT).as_posix())

    def source(self, name: str) -> Source:
        path = ROOT / name
        label = STRICT if path in self._strict else OPEN
        return Source(name, path, path.as_uri(), language_of(path), self.texts[path], label)

    # -- what is asked ------------------------------------------------------------------------------------

    def assignment(
        self,
        action: str,
        file: str,
        symbol: str = "",
        *,
        selected: str = "",
        answer: str = "",
        directive: str = "",
    ) -> Assignment:
        """An action on a symbol by its qualified name, on a selection, or at a directive's comment."""
        source = self.source(file)
        text = source.text
        start = text.index(selected) if selected else 0
        span = Span(start, start + len(selected)) if selected else Span(0, 0)
        told = None
        if directive:
            at = text.index(directive)
            told = Directive(answer, Span(at, at + len(directive)))
            span = Span(at, at)
        found = self.symbol(file, symbol) if symbol else None
        name = found.name if found is not None else symbol
        return Assignment(ACTIONS[action], Target(source, span, found, name, directive=told), answer)

    def symbol(self, file: str, qualified: str) -> Definition | None:
        shape = self.outline(ROOT / file)
        return next(
            (
                each
                for each in (shape.definitions if shape is not None else ())
                if each.qualified == qualified
            ),
            None,
        )
