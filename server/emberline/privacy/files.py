"""Which files a model may read, and how far their text may travel.

What git ignores keeps its text on this machine; `.emberlineignore`, `privacy.exclude` and the usual names of
secret files keep it from models.
"""

from __future__ import annotations

import fnmatch
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from emberline.config.patterns import compiled
from emberline.config.places import all_spellings, entry_above
from emberline.privacy.ignores import Rules, Verdict, excludes_file, ground, read, stamp
from emberline.privacy.labels import Label, Level, stricter, strictest

_SECRET_NAMES = (
    ".env*",
    "*.env",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.asc",
    "*.gpg",
    "*.ppk",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    "*.tfvars",
    "*.tfstate*",
    ".netrc",
    ".pgpass",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    ".git-credentials",
    "*credential*.json",
    "*secret*.json",
    "*credential*.y*ml",
    "*secret*.y*ml",
    "*secret*.toml",
    "credentials",
    "secrets",
)
_SECRET_NAME = re.compile("|".join(map(fnmatch.translate, _SECRET_NAMES)))
_SECRET_FOLDERS = frozenset((".ssh", ".gnupg"))
_SECRET_PATHS = (".kube/config", ".docker/config.json")

RECHECK_SECONDS = 1.0
"""A verdict holds for so long before its ignore files are looked at again."""
_REMEMBERED = 20_000


def looks_secret(name: str) -> bool:
    """A file of this name is likely to hold credentials, and is not read."""
    return _SECRET_NAME.match(name.lower()) is not None


def lies_secret(path: Path) -> bool:
    """A file at this path is likely to hold credentials, by its name or by its folder's."""
    return (
        looks_secret(path.name)
        or not _SECRET_FOLDERS.isdisjoint(path.parts)
        or path.as_posix().endswith(_SECRET_PATHS)
    )


def path_of(document: str | Path) -> Path:
    """The path in a URI of whatever scheme (a diff's or a cell's names its file too), or a path itself."""
    if isinstance(document, Path):
        return document
    return Path(url2pathname(urlsplit(document).path)) if _URI.match(document) else Path(document)


_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""Two letters at least: `C:` begins a path."""


class Patterns:
    """Patterns of the configuration, in the notation of .gitignore.

    They hold within each workspace folder, by its name and by where it really lies, and by file name outside
    of all.
    """

    def __init__(self, lines: Sequence[str], folders: Sequence[Path]) -> None:
        self.lines = tuple(lines)
        self._spec = compiled(lines)
        self._folders = all_spellings(folders)

    def cover(self, path: Path, is_folder: bool = False) -> bool:
        """Whether they name `path`, or a folder above it."""
        if not self.lines:
            return False
        inside = [path.relative_to(folder) for folder in self._folders if path.is_relative_to(folder)]
        names = [each.as_posix() for each in inside] or [path.name]
        return any(self._spec.match_file(f"{name}/" if is_folder else name) for name in names)


Stamps = tuple[tuple[Path, int], ...]
"""Ignore files, there or not, with the time of their last change."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A label, what it follows from, and when that was last looked at (time.monotonic)."""

    label: Label | None
    stamps: Stamps
    checked_at: float


class Boundaries:
    """The labels of files, for one set of workspace folders and one policy.

    `mode` is the policy's level and `mode_from` says who set it, as "your file:3". A file can only be
    below it: by its deepest entry in `by_folder` (`privacy.folders`), or without one, by `elsewhere`, the
    level of what lies in no workspace folder.
    Where `enforced` is false (`router.thresholds.privacy_enforced`) git's ignore files and `local_only` do
    not keep a text below `mode`; what no model may read stays unread.
    """

    def __init__(
        self,
        folders: Iterable[Path] = (),
        exclude: Sequence[str] = (),
        local_only: Sequence[str] = (),
        mode: Level = Level.STRICT,
        mode_from: str = "default",
        enforced: bool = True,
        by_folder: Mapping[str, str] | None = None,
        elsewhere: Level = Level.OPEN,
    ) -> None:
        self._folders = all_spellings(folders)
        self._exclude = Patterns(exclude, self._folders)
        self._local_only = Patterns(local_only, self._folders)
        self._mode = mode
        self._why = "privacy.mode, by default" if mode_from == "default" else f"privacy.mode in {mode_from}"
        self._enforced = enforced
        self._by_folder = dict(by_folder or {})
        self._elsewhere = elsewhere
        self._everywhere = excludes_file()
        self._known: dict[str, _Known] = {}
        self._rules: dict[Path, tuple[Stamps, Rules | None]] = {}

    def label(self, document: str | Path) -> Label | None:
        """How far the text of this file may travel; None where no model may read it.

        `document` is a path or a URI. A document without a file (`untitled:…`) has the mode's level. No model
        may read one whose path the system does not understand: nothing tells what it is. A change in an
        ignore file is noticed after `RECHECK_SECONDS`, or at once by `invalidate`.
        """
        key = str(document)
        known = self._known.get(key)
        now = time.monotonic()
        if known is not None:
            if now - known.checked_at < RECHECK_SECONDS:
                return known.label
            if all(stamp(path) == was for path, was in known.stamps):
                self._known[key] = _Known(known.label, known.stamps, now)
                return known.label
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        try:
            label, stamps = self._judged(document)
        except (OSError, ValueError):
            label, stamps = None, ()
        self._known[key] = _Known(label, stamps, now)
        return label

    def invalidate(self) -> None:
        """Forgets every verdict: an ignore file has changed."""
        self._known.clear()
        self._rules.clear()

    def _judged(self, document: str | Path) -> tuple[Label | None, Stamps]:
        path = path_of(document)
        is_file = isinstance(document, Path) or not _URI.match(document) or document.startswith("file:")
        path = path.absolute() if is_file else path
        source = str(path) if is_file else str(document)
        if not path.is_absolute():
            return (None if self._unreadable(path) else Label(self._mode, source, self._why)), ()
        real = Path(os.path.realpath(path))  # a link's text is that of the file it leads to
        found = [self._at(each, source) for each in dict.fromkeys((path, real))]
        labels = [label for label, _ in found if label is not None]
        stamps = tuple(chain.from_iterable(stamps for _, stamps in found))
        return (strictest(labels) if len(labels) == len(found) else None), stamps

    def _at(self, path: Path, source: str) -> tuple[Label | None, Stamps]:
        if self._unreadable(path):
            return None, ()
        said, stamps = self._said(path)
        if said is Verdict.NEVER:
            return None, stamps
        if self._enforced and self._local_only.cover(path):
            return Label(Level.STRICT, source, "privacy.local_only"), stamps
        if self._enforced and said is Verdict.LOCAL:
            return Label(Level.STRICT, source, ".gitignore"), stamps
        return self._by_mode(path, source), stamps

    def _unreadable(self, path: Path) -> bool:
        return lies_secret(path) or self._exclude.cover(path)

    def _by_mode(self, path: Path, source: str) -> Label:
        entry = entry_above(path, self._by_folder)
        if entry is not None:
            level, why = Level(self._by_folder[entry]), "privacy.folders"
        elif any(path.is_relative_to(folder) for folder in self._folders):
            level, why = self._mode, self._why
        else:
            level, why = self._elsewhere, "privacy.mode, outside of the opened folders"
        is_lower = stricter(level, self._mode) is not self._mode
        return Label(level, source, why) if is_lower else Label(self._mode, source, self._why)

    def _said(self, path: Path) -> tuple[Verdict, Stamps]:
        """What the ignore files say about `path` and the folders above it; the worst holds."""
        seen: list[tuple[Path, int]] = []

        def reread(folder: Path, files: Sequence[Path]) -> Rules | None:
            stamps = tuple((file, stamp(file)) for file in files)
            seen.extend(stamps)
            known = self._rules.get(folder)
            if known is None or known[0] != stamps:
                known = self._rules[folder] = (stamps, read(folder, files))
            return known[1]

        said = ground(path.parent, self._folders, self._everywhere, reread).verdict(path.name, False)
        return said, tuple(seen)
