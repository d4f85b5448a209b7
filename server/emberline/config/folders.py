"""`privacy.folders`: the user's own mode for a folder and all below it. Looks at folders, for links count."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emberline.config.layers import Layer, Level, Loaded
from emberline.config.places import all_spellings, entry_above, identities
from emberline.config.rules import MODES
from emberline.config.source import Source, nested
from emberline.config.variables import is_variable

_MODE = ("privacy", "mode")


def mode_layer(user: Loaded, workspace_folders: Iterable[Path]) -> Layer | None:
    """What the user's word on these folders adds to `user`, the settings of the user's own layers alone.

    The deepest entry above a folder holds in place of `privacy.mode`. One process serves all its folders
    together, and all that lies in them: so the strictest of theirs holds, and one for a folder inside counts
    too. A mode by environment variable was said after the file: its entries only make that stricter. None
    where no entry has a say.
    """
    modes, mode = user.settings.privacy.folders, user.settings.privacy.mode
    paths = all_spellings(workspace_folders)
    entries = [entry_above(path, modes) for path in paths]
    entries += [entry for entry in modes if any(_is_inside(Path(entry).expanduser(), path) for path in paths)]
    if not any(entries):
        return None
    if is_variable(user.origin("privacy.mode").file) and not is_variable(user.origin("privacy.folders").file):
        entries.append(None)
    # Of equally strict ones an entry rather than the general mode: it is what the user would have to change.
    strictest = min(entries, key=lambda entry: (MODES.index(modes[entry] if entry else mode), entry is None))
    if strictest is None:
        return None
    origin = user.origins[f"privacy.folders.{strictest}"]
    source = Source(origin.file, nested(_MODE, modes[strictest]), {_MODE: origin.line})
    return Layer(Level.USER, source)


def _is_inside(inner: Path, outer: Path) -> bool:
    there = identities(outer)
    return any(not there.isdisjoint(identities(folder)) for folder in inner.parents)
