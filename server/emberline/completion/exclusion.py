"""Which files no model may read: `privacy.exclude`, in the notation of .gitignore."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emberline.privacy.files import Patterns, path_of


class Exclusion:
    """Patterns that hold within each workspace folder, and by file name outside of them."""

    def __init__(self, patterns: Sequence[str], folders: Sequence[Path]) -> None:
        self.patterns = tuple(patterns)
        self._patterns = Patterns(patterns, folders)

    def covers(self, uri: str) -> bool:
        """Whether the document at `uri` is excluded."""
        return self._patterns.cover(path_of(uri))
