"""What ignore files say, read as git reads them (gitignore(5)).

Those of deeper folders count more, later lines count more, `!` takes back, what lies in an ignored folder
stays ignored, and a line that is no pattern says nothing. They begin at the top of the repository, with what
git ignores in every one of the user's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from pathlib import Path

from pathspec import GitIgnoreSpec

from emberline.config.patterns import compiled

_IN_A_FOLDER = (".git/info/exclude", ".gitignore", ".emberlineignore")
"""In the order in which they are read: Emberline's lines come last and so count more."""


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


Reader = Callable[[Path, Sequence[Path]], Rules | None]
"""Reads these ignore files for a folder, the last one being Emberline's; None where they state nothing."""


def read(folder: Path, files: Sequence[Path]) -> Rules | None:
    """The usual reader. A file that is not there or cannot be read states nothing."""
    *gits, own = map(_lines, files)
    lines = [*chain.from_iterable(gits), *own]
    return Rules(folder, compiled(lines), compiled(own)) if lines else None


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder, and the rules that hold for what lies in it, outermost first."""

    folder: Path
    rules: tuple[Rules, ...]
    said: Verdict
    """The worst that is said about this folder and those above it."""

    def verdict(self, name: str, is_folder: bool) -> Verdict:
        """What is said about what lies here by this name."""
        path = self.folder / name
        relatives = [
            path.relative_to(each.base).as_posix() + ("/" if is_folder else "") for each in self.rules
        ]
        if _ignored([each.own for each in self.rules], relatives):
            return Verdict.NEVER
        ignored = _ignored([each.all for each in self.rules], relatives)
        return max(self.said, Verdict.LOCAL if ignored else Verdict.READ)

    def below(self, name: str, reader: Reader = read) -> Ground:
        """The folder of this name in this one."""
        folder = self.folder / name
        rules = reader(folder, [folder / each for each in _IN_A_FOLDER])
        return Ground(folder, (*self.rules, rules) if rules else self.rules, self.verdict(name, True))


def ground(folder: Path, opened: Iterable[Path], everywhere: Path, reader: Reader = read) -> Ground:
    """`folder`, with all rules that concern it.

    They begin at the top of the repository, or where there is none, at the outermost of the `opened` folders
    around it. `everywhere` is the file with what git ignores in every repository (`excludes_file`).
    """
    within = [each for each in opened if folder.is_relative_to(each)]
    outermost = min(within, key=lambda each: len(each.parts), default=folder)
    above = (outermost, *outermost.parents)
    top = next((each for each in above if stamp(each / ".git") != ABSENT), outermost)
    rules = reader(top, [everywhere, *(top / each for each in _IN_A_FOLDER)])
    found = Ground(top, (rules,) if rules else (), Verdict.READ)
    for name in folder.relative_to(top).parts:
        found = found.below(name, reader)
    return found


def excludes_file(environment: Mapping[str, str] = os.environ) -> Path:
    """The file with what git ignores in every repository of the user's; it need not exist.

    That is `core.excludesFile`, by default git/ignore in the user's configuration folder (gitignore(5)). The
    user's two files of git's configuration are read as they stand; what they include is not.
    """
    folder = _expanded(environment.get("XDG_CONFIG_HOME") or "~/.config") / "git"
    for file in (_expanded("~/.gitconfig"), folder / "config"):
        named = _excludes_in(_lines(file))
        if named:
            return _expanded(named)
    return folder / "ignore"


_HEADING = re.compile(r"\s*\[\s*([^\]]*?)\s*\]")
_COMMENT = re.compile(r"\s[#;].*")


def _excludes_in(lines: Iterable[str]) -> str:
    """`core.excludesFile` in these lines of a git configuration (git-config(1)); the last one holds."""
    section = value = ""
    for line in lines:
        if heading := _HEADING.match(line):
            section, line = heading[1].lower(), line[heading.end() :]
        key, _, text = line.partition("=")
        if section == "core" and key.strip().lower() == "excludesfile":
            value = _COMMENT.sub("", text).strip().strip('"').replace("\\\\", "\\")
    return value


def _expanded(text: str) -> Path:
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:  # there is no such home
        return path


def _ignored(specs: Sequence[GitIgnoreSpec], relatives: Sequence[str]) -> bool:
    """The deepest folder that says anything decides."""
    for spec, relative in zip(reversed(specs), reversed(relatives), strict=True):
        include = spec.check_file(relative).include
        if include is not None:
            return include
    return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return []


ABSENT = -1


def stamp(path: Path) -> int:
    """When the file was last changed, in ns; ABSENT where none can be found."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return ABSENT
