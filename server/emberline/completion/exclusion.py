"""Which files no model may read: `privacy.exclude`, in the notation of .gitignore."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pathspec import GitIgnoreSpec


class Exclusion:
    """Patterns that hold within each workspace folder, and by file name outside of them."""

    def __init__(self, patterns: Sequence[str], folders: Sequence[Path]) -> None:
        self.patterns = tuple(patterns)
        self._spec = GitIgnoreSpec.from_lines(patterns)
        self._folders = tuple(folders)

    def covers(self, uri: str) -> bool:
        """Whether the document at `uri` is excluded."""
        if not self.patterns:
            return False
        path = Path(url2pathname(urlsplit(uri).path))
        inside = [path.relative_to(folder) for folder in self._folders if path.is_relative_to(folder)]
        return any(self._spec.match_file(each.as_posix()) for each in inside or [Path(path.name)])
