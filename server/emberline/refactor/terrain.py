"""Where a refactoring may write, and what its files are called.

A model's word for a file is a stranger's: it leads into the workspace, also after links are resolved, or
nowhere. It looks at folders on disk; it opens nothing but ignore files.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from emberline.config.places import all_spellings
from emberline.privacy.files import Boundaries
from emberline.privacy.ignores import Verdict, excludes_file, ground
from emberline.refactor.shelf import is_file
from emberline.refactor.types import Source, Unfit

_RESERVED = frozenset(
    ("node_modules", "bower_components", "__pycache__", "site-packages", "dist-packages", "venv")
)
"""Folders that tools fill; what is written there is lost or runs unseen. `.venv` and the like are hidden."""
_REPOSITORIES = frozenset((".git", ".hg", ".svn", ".jj"))
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(?:\..*)?")
"""Windows opens these instead of a file, in every folder and with any ending."""
_FORBIDDEN = frozenset('\\:*?"<>|')
_LONGEST_NAME = 255
"""Bytes of one name in UTF-8."""
_LONGEST = 1_000
"""Bytes of a whole name below its folder."""


def key(name: str) -> str:
    """The same for all spellings that some file system takes for one: case and Unicode's forms apart."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


class Terrain:
    """The workspace's folders, and what `boundaries` leaves of them."""

    def __init__(self, folders: Iterable[Path], boundaries: Boundaries) -> None:
        self._folders = _outermost(folders)
        self._names = _named(self._folders)
        self._reals = tuple(Path(os.path.realpath(folder)) for folder in self._folders)
        self._boundaries = boundaries

    def path_of(self, name: str) -> Path:
        """The path as its folder spells it. Raises `Unfit` where no file of this name may be written.

        The file need not be there. Its folders are spelt as they are on disk, links among them lead into the
        workspace, and nothing in it is hidden, reserved, ignored or kept from models.
        """
        complaint = next(_misspelt(name), "")
        if complaint:
            raise Unfit(f"{_shown(name)}: {complaint}")
        folder, inner = self._located(name)
        complaint = next(self._barred(folder, inner), "")
        if complaint:
            raise Unfit(f"{name}: {complaint}")
        return folder.joinpath(*inner)

    def name_of(self, path: Path) -> str:
        """What `path_of` takes back to it. Raises `Unfit` for a path in none of the folders."""
        path = Path(os.path.normpath(path.absolute()))
        for folders in (self._folders, self._reals):
            for folder, name in zip(folders, self._names, strict=True):
                if path.is_relative_to(folder):
                    inner = path.relative_to(folder).as_posix()
                    return f"{name}/{inner}" if len(self._names) > 1 else inner
        raise Unfit(f"{path.name} lies outside of the workspace")

    def admit(self, source: Source) -> None:
        """Raises `Unfit` where a file that was read may not be changed or moved.

        What was sent may be hidden or ignored by git; it may not lie outside, nor be kept from models. A
        document that is no file (not saved yet, a notebook's cell) is the editor's to write.
        """
        if not is_file(source.uri):
            if self._boundaries.label(source.uri) is None:
                raise Unfit(f"{source.name} is kept from models, and so from their edits")
            return
        real = Path(os.path.realpath(source.path))
        inner = self._inside(real)
        if inner is None:
            raise Unfit(f"{source.name} lies outside of the workspace, after links are resolved")
        for part in map(key, inner):
            if part in _REPOSITORIES or part in _RESERVED:
                raise Unfit(f"{source.name}: nothing is written in {part}")
        if self._boundaries.label(source.path) is None:
            raise Unfit(f"{source.name} is kept from models, and so from their edits")
        mode = _mode(real)
        if mode is not None and not stat.S_ISREG(mode):
            raise Unfit(f"{source.name} is no ordinary file")

    def taken(self, path: Path) -> bool:
        """Whether something of this name is there, in whatever spelling."""
        return os.path.lexists(path) or any(key(each) == key(path.name) for each in _listed(path.parent))

    def identity(self, path: Path) -> object:
        """The same for two names of one file."""
        try:
            found = path.stat()
        except (OSError, ValueError):
            return key(os.path.realpath(path))
        return (found.st_dev, found.st_ino)

    def _located(self, name: str) -> tuple[Path, tuple[str, ...]]:
        """The folder, and the names below it."""
        parts = tuple(name.split("/"))
        if not self._folders:
            raise Unfit(f"{name}: no folder is open in which files could be written")
        if len(self._folders) == 1:
            return self._folders[0], parts
        for folder, prefix in zip(self._folders, self._names, strict=True):
            if parts[0] == prefix and len(parts) > 1:
                return folder, parts[1:]
        raise Unfit(f"{name}: a name begins with its folder's: {', '.join(self._names)}")

    def _barred(self, folder: Path, inner: Sequence[str]) -> Iterator[str]:
        """Why nothing may be written there."""
        yield from _closed(inner)
        path = folder.joinpath(*inner)
        real = Path(os.path.realpath(path))
        within = self._inside(real)
        if within is None:
            yield "a link leads out of the workspace there"
            return
        yield from _misplaced(folder, inner)
        yield from _closed(within)
        if path.is_dir():
            yield "this is a folder"
        if self._boundaries.label(path) is None:
            yield "this name is kept from models (.emberlineignore, privacy.exclude or a usual secret file)"
        if any(self._ignored(each) for each in dict.fromkeys((path, real))):
            yield "git ignores it there, so it would be lost"

    def _ignored(self, path: Path) -> bool:
        opened = all_spellings(self._folders)
        return ground(path.parent, opened, excludes_file()).verdict(path.name, False) is not Verdict.READ

    def _inside(self, real: Path) -> tuple[str, ...] | None:
        """The names below the workspace folder that it really lies in."""
        found = [real.relative_to(folder).parts for folder in self._reals if real.is_relative_to(folder)]
        return min(found, key=len, default=None)


def _misspelt(name: str) -> Iterator[str]:
    """Why this is no name for a file, on any system."""
    if not name or name.isspace():
        yield "a file needs a name"
    if any(unicodedata.category(each)[0] == "C" or each in "\u2028\u2029" for each in name):
        yield "it holds characters that cannot be seen"
        return
    if "\\" in name:
        yield "folders are separated by slashes"
    if name.startswith(("/", "~")) or re.match(r"[A-Za-z]+:", name):
        yield "names are relative to the workspace, not absolute"
    if not _FORBIDDEN.isdisjoint(name):
        yield f"not every system allows {', '.join(sorted(_FORBIDDEN.intersection(name)))} in a name"
    if len(name.encode()) > _LONGEST:
        yield "it is too long"
    for part in name.split("/"):
        plain = key(part)
        if plain in ("", ".", "..") or "/" in plain:
            yield "it may hold no '.', no '..' and no empty part"
        elif _DEVICE.fullmatch(plain):
            yield "Windows takes it for a device"
        elif part != part.strip() or part.endswith("."):
            yield "a name neither begins nor ends with a space, nor ends with a dot"
        elif len(part.encode()) > _LONGEST_NAME:
            yield "it is too long"


def _closed(inner: Sequence[str]) -> Iterator[str]:
    for part in map(key, inner):
        if part.startswith("."):
            yield "hidden files and folders are not written"
        if part in _RESERVED:
            yield f"{part} belongs to tools"


def _misplaced(folder: Path, inner: Sequence[str]) -> Iterator[str]:
    """Whether a part stands on disk in another spelling, or a file where a folder is needed."""
    above = folder
    for index, part in enumerate(inner):
        there = _listed(above)
        if part not in there:
            alike = next((each for each in there if key(each) == key(part)), None)
            if alike is not None and index < len(inner) - 1:
                yield f"its folder is spelt {'/'.join((*inner[:index], alike))} here"
            elif alike is None and os.path.lexists(above / part):
                yield "it is a second name for another file"
            return
        above /= part
        if index < len(inner) - 1 and not above.is_dir():
            yield f"{'/'.join(inner[: index + 1])} is a file, no folder"
            return


def _listed(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(each.name for each in folder.iterdir())
    except (OSError, ValueError):
        return ()


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return None


def _outermost(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Without those that lie in another: a file has one name."""
    known = list(dict.fromkeys(Path(os.path.normpath(each.absolute())) for each in folders))
    real = {each: Path(os.path.realpath(each)) for each in known}
    kept: list[Path] = []
    for each in sorted(known, key=lambda folder: len(real[folder].parts)):
        if not any(real[each].is_relative_to(real[other]) for other in kept):
            kept.append(each)
    return tuple(each for each in known if each in kept)


def _named(folders: Sequence[Path]) -> tuple[str, ...]:
    """Each folder's own name; a number behind it where another has it too."""
    names: list[str] = []
    for folder in folders:
        base = name = folder.name or "root"
        number = 2
        while key(name) in map(key, names):
            name, number = f"{base}-{number}", number + 1
        names.append(name)
    return tuple(names)


def _shown(name: str) -> str:
    """A name that can be printed."""
    plain = "".join(each if each.isprintable() else "?" for each in name[:80])
    return plain or "(no name)"
