"""What ignore files say, read as git reads them (gitignore(5)).

Those of deeper folders count more, later lines count more, `!` takes back, what lies in an ignored folder
stays ignored, and a line that is no pattern says nothing. They begin at the top of the repository, with what
git ignores in every one of the user's.

A repository's files are a stranger's: what they may cost is bounded, and where one is refused, all that it
would govern is kept on this machine.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import chain
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from emberline.config.patterns import compiled, tame

_IN_A_FOLDER = (".git/info/exclude", ".gitignore", ".emberlineignore")
"""In the order in which they are read: Emberline's lines come last and so count more."""

MAX_BYTES = 256 << 10
MAX_PATTERNS = 2_000
"""Of one ignore file. Beyond either, it is refused."""


class Verdict(IntEnum):
    """What ignore files say about a file or folder."""

    READ = 0
    LOCAL = 1
    """Ignored by git: not worth recalling, and not to leave the machine."""
    NEVER = 2
    """Ignored by Emberline."""


_Made = tuple[GitIgnoreSpecPattern, ...]
"""The pattern of a line; empty where it is none."""


class Lines:
    """What lines of ignore files say, as `compiled` has it, at the price of those that may concern a path.

    A pattern's regular expression takes some 50 µs to make. It is made when a path holds the longest plain
    piece of the line, without which no path can match, and kept for whatever file has the same line.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = [(_plain_piece(line), line) for line in lines if _may_be_pattern(line)]
        self._made: dict[str, _Made] = {}

    def include(self, relative: str) -> bool | None:
        """Whether the path, a folder's with a slash at its end, is ignored or taken back; None: neither."""
        found = [self._pattern(line) for piece, line in self._lines if piece in relative]
        return GitIgnoreSpec(chain.from_iterable(found)).check_file(relative).include if found else None

    def _pattern(self, line: str) -> _Made:
        """It is held here as well: what all files share may be less than one of them needs."""
        made = self._made.get(line)
        if made is None:
            made = self._made[line] = _pattern(line)
        return made


def _may_be_pattern(line: str) -> bool:
    return not line.startswith("#") and not line.isspace() and line != ""


@lru_cache(maxsize=4 * MAX_PATTERNS)
def _plain_piece(line: str) -> str:
    """The longest piece that stands as it is in every path the line names; empty where there is none."""
    plain = _UNCERTAIN.split(tame(line).removeprefix("!"), maxsplit=1)[0]
    return max(_WILD.split(plain), key=len).strip()


@lru_cache(maxsize=MAX_PATTERNS)
def _pattern(line: str) -> _Made:
    return tuple(compiled((line,)).patterns)


_UNCERTAIN = re.compile(r"[\[\\]")
"""From here on a character may stand for others, or for itself only."""
_WILD = re.compile(r"[*?/]")


@dataclass(frozen=True, slots=True)
class Rules:
    """What one folder's ignore files state."""

    base: Path
    all: Lines
    """Git's lines, then Emberline's."""
    own: Lines
    """Emberline's alone: what it keeps from models, no line of git's takes back."""
    refused: bool
    """One of the files could not be taken: all that lies here is as if git ignored it."""


Reader = Callable[[Path, Sequence[Path]], Rules | None]
"""Reads these ignore files for a folder, the last one being Emberline's; None where they state nothing."""


def read(folder: Path, files: Sequence[Path]) -> Rules | None:
    """The usual reader. A file that is not there or cannot be opened states nothing."""
    found = [_lines(file) for file in files]
    own = found[-1] or []
    lines = [line for each in found for line in each or ()]
    refused = None in found
    return Rules(folder, Lines(lines), Lines(own), refused) if lines or refused else None


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
        ignored = any(each.refused for each in self.rules) or _ignored(
            [each.all for each in self.rules], relatives
        )
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
        named = _excludes_in(_lines(file) or ())
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


def _ignored(rules: Sequence[Lines], relatives: Sequence[str]) -> bool:
    """The deepest folder that says anything decides."""
    for lines, relative in zip(reversed(rules), reversed(relatives), strict=True):
        include = lines.include(relative)
        if include is not None:
            return include
    return False


def _lines(path: Path) -> list[str] | None:
    """The file's lines; none where it is not there or is /dev/null, None where it is refused.

    A repository may ship a link to a device without end, or one that is waited for.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode) or os.path.samestat(status, Path(os.devnull).stat()):
            return []
        if not stat.S_ISREG(status.st_mode):
            return None
        with open(path, "rb", opener=_without_waiting) as file:
            content = file.read(MAX_BYTES + 1) or b""
    except OSError:
        return []
    if len(content) > MAX_BYTES:
        return None
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    return lines if sum(map(_may_be_pattern, lines)) <= MAX_PATTERNS else None


def _without_waiting(path: str, flags: int) -> int:
    """Should the file have become another meanwhile (`O_NONBLOCK` is not known to Windows)."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


ABSENT = -1


def stamp(path: Path) -> int:
    """When the file was last changed, in ns; ABSENT where none can be found."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return ABSENT
