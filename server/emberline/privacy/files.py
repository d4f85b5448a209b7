"""Which files a model may read, and how far their text may travel.

Ignore files are read as git reads them (gitignore(5)): those of deeper folders count more, later lines count
more, `!` takes back, and what lies in an ignored folder stays ignored. `.gitignore` keeps a file's text on
this machine; `.emberlineignore`, `privacy.exclude` and the usual names of secret files keep it from models.
"""

from __future__ import annotations

import fnmatch
import os
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pathspec import GitIgnoreSpec

from emberline.privacy.labels import Label, Level, strictest

IGNORE_FILES = (".git/info/exclude", ".gitignore", ".emberlineignore")
"""In a folder, in the order in which they are read: Emberline's lines come last and so count more."""

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

    They hold within each workspace folder, and by file name outside of all.
    """

    def __init__(self, lines: Sequence[str], folders: Sequence[Path]) -> None:
        self.lines = tuple(lines)
        self._spec = GitIgnoreSpec.from_lines(lines)
        self._folders = tuple(folders)

    def cover(self, path: Path, is_folder: bool = False) -> bool:
        """Whether they name `path`, or a folder above it."""
        if not self.lines:
            return False
        inside = [path.relative_to(folder) for folder in self._folders if path.is_relative_to(folder)]
        names = [each.as_posix() for each in inside] or [path.name]
        return any(self._spec.match_file(f"{name}/" if is_folder else name) for name in names)


class Verdict(IntEnum):
    """What ignore files say about a file or folder."""

    READ = 0
    LOCAL = 1
    """Ignored by git: not worth recalling, and not to leave the machine."""
    NEVER = 2
    """Ignored by Emberline."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one folder's ignore files state."""

    base: Path
    all: GitIgnoreSpec
    """Git's lines, then Emberline's."""
    own: GitIgnoreSpec
    """Emberline's alone: what it keeps from models, no line of git's takes back."""


def rules_in(folder: Path) -> Rules | None:
    """The rules of the folder's own ignore files; None where they state none."""
    *gits, own = (_lines(folder / name) for name in IGNORE_FILES)
    lines = [*chain.from_iterable(gits), *own]
    if not lines:
        return None
    return Rules(folder, GitIgnoreSpec.from_lines(lines), GitIgnoreSpec.from_lines(own))


def verdict(path: Path, is_folder: bool, rules: Sequence[Rules]) -> Verdict:
    """What these rules, outermost first, say about `path` itself; the folders above it are another matter."""
    relatives = [path.relative_to(each.base).as_posix() + ("/" if is_folder else "") for each in rules]
    if _ignored([each.own for each in rules], relatives):
        return Verdict.NEVER
    return Verdict.LOCAL if _ignored([each.all for each in rules], relatives) else Verdict.READ


def _ignored(specs: Sequence[GitIgnoreSpec], relatives: Sequence[str]) -> bool:
    """The deepest folder that says anything decides."""
    for spec, relative in zip(reversed(specs), reversed(relatives), strict=True):
        include = spec.check_file(relative).include
        if include is not None:
            return include
    return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


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

    `mode` is the policy's level and `mode_from` says who set it, as "your file:3".
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
    ) -> None:
        self._folders = tuple(folders)
        self._exclude = Patterns(exclude, self._folders)
        self._local_only = Patterns(local_only, self._folders)
        self._mode = mode
        self._why = "privacy.mode, by default" if mode_from == "default" else f"privacy.mode in {mode_from}"
        self._enforced = enforced
        self._known: dict[str, _Known] = {}
        self._rules: dict[Path, tuple[Stamps, Rules | None]] = {}

    def label(self, document: str | Path) -> Label | None:
        """How far the text of this file may travel; None where no model may read it.

        `document` is a path or a URI. A document without a file (`untitled:…`) has the mode's level. A change
        in an ignore file is noticed after `RECHECK_SECONDS`, or at once by `invalidate`.
        """
        key = str(document)
        known = self._known.get(key)
        now = time.monotonic()
        if known is not None:
            if now - known.checked_at < RECHECK_SECONDS:
                return known.label
            if all(_stamp(path) == stamp for path, stamp in known.stamps):
                self._known[key] = _Known(known.label, known.stamps, now)
                return known.label
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        label, stamps = self._judged(document)
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
            return (None if self._unreadable(path) else self._by_mode(source)), ()
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
        return self._by_mode(source), stamps

    def _unreadable(self, path: Path) -> bool:
        return lies_secret(path) or self._exclude.cover(path)

    def _by_mode(self, source: str) -> Label:
        return Label(self._mode, source, self._why)

    def _said(self, path: Path) -> tuple[Verdict, Stamps]:
        """What the ignore files say about `path` and the folders above it; the worst holds."""
        folders = self._folders_to(path)
        rules: list[Rules] = []
        stamps: list[tuple[Path, int]] = []
        worst = Verdict.READ
        for folder, below in zip(folders, (*folders[1:], path), strict=True):
            here = tuple((folder / name, _stamp(folder / name)) for name in IGNORE_FILES)
            known = self._rules.get(folder)
            if known is None or known[0] != here:
                known = self._rules[folder] = (here, rules_in(folder))
            if known[1] is not None:
                rules.append(known[1])
            stamps += here
            worst = max(worst, verdict(below, below is not path, rules))
        return worst, tuple(stamps)

    def _folders_to(self, path: Path) -> list[Path]:
        """The folders whose ignore files concern `path`, outermost first.

        They begin at the top of the repository, or at the workspace folder where that lies further out.
        """
        within = [folder for folder in self._folders if path.is_relative_to(folder)]
        outermost = min(within, key=lambda folder: len(folder.parts), default=path.parent)
        above = (outermost, *outermost.parents)
        top = next((folder for folder in above if (folder / ".git").exists()), outermost)
        below = path.relative_to(top).parts[:-1]
        return [top.joinpath(*below[:depth]) for depth in range(len(below) + 1)]


def _stamp(path: Path) -> int:
    """When the file was last changed, in ns; -1 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1
