"""Whether a configuration file came, went or was written: cheap enough to ask again and again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from emberline.config.load import WORKSPACE_FILE, user_file

Stamp: TypeAlias = tuple[tuple[str, int, int | None], ...]
"""Path, time of the last change in nanoseconds and size in bytes (None: cannot be read) of each file."""


def stamp(folders: tuple[Path, ...], environment: Mapping[str, str] = os.environ) -> Stamp:
    """The files that `load` reads for these folders. One differs from an earlier one when a file changed."""
    files = (user_file(environment), *(folder / WORKSPACE_FILE for folder in folders))
    return tuple(_stamp(path) for path in files)


def _stamp(path: Path) -> tuple[str, int, int | None]:
    try:
        seen = path.stat()
    except OSError:
        return str(path), 0, None
    return str(path), seen.st_mtime_ns, seen.st_size
