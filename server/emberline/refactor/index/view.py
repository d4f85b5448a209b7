"""What a refactoring asks of the index. Paths are as the workspace folders spell them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

from emberline.syntax.types import Definition, Import, Outline


class Found(NamedTuple):
    """A definition and the file it stands in."""

    path: Path
    definition: Definition


class View(Protocol):
    """The workspace as it is known now. Every question is answered from memory."""

    @property
    def files(self) -> int:
        """How many files it knows."""
        ...

    @property
    def is_complete(self) -> bool:
        """Whether the whole workspace has been read; until then answers may lack files."""
        ...

    def outline(self, path: Path) -> Outline | None:
        """None for a file that is not known, or whose language has no grammar."""
        ...

    def definitions(self, name: str) -> tuple[Found, ...]: ...

    def mentions(self, name: str) -> tuple[Path, ...]:
        """The files in which it stands as a word, in any language, comments and strings included."""
        ...

    def resolve(self, path: Path, imported: Import) -> Path | None:
        """The workspace's file that an import of the file at `path` means; None: another package's."""
        ...

    def importers(self, path: Path, name: str = "") -> tuple[Path, ...]:
        """The files that import from `path`: anything, or this name (by itself, by a star, or as a member of
        the module)."""
        ...
