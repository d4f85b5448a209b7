"""The configuration of a running server: read again when a file, or the editor's mind, has changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emberline.config.load import Loaded, load
from emberline.config.watch import Stamp, stamp


class LiveSettings:
    """Where the settings come from, and whether the files among that are still as they were read."""

    def __init__(self, folders: tuple[Path, ...], editor: Mapping[str, object]) -> None:
        self.editor = editor
        """The editor's own section; replaced when it says something new."""
        self._folders = folders
        self._read: Stamp | None = None

    def load(self) -> Loaded:
        """The effective settings, as the files are now. Reads files."""
        self._read = stamp(self._folders)  # first, so that a change while reading is seen
        return load(self._folders, self.editor)

    def has_changed(self) -> bool:
        """Whether a file came, went or was written since `load`."""
        return stamp(self._folders) != self._read
