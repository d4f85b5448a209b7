"""Git, asked as a program: what is staged, what stands in it, what was committed before. It only reads.

Nothing that a repository configures is run: no textconv, no external diff, no monitor. And nothing is
fetched: a partial clone would ask for what it has not by a program and an address of its own choice.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emberline.documents.printable import printable
from emberline.errors import UserError

SECONDS = 60.0
"""Longest wait for one answer of git's; a large repository on a slow disk takes some."""
LINK, SUBMODULE, NO_MODE = "120000", "160000", "000000"
_SAFELY = (
    "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "diff.orderFile=/dev/null",
    "-c", "core.pager=cat", "-c", "log.showSignature=false",
)  # fmt: skip
_ALONE = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",  # before any configuration, in every version that fetches by itself
    "LC_ALL": "C",
}
"""It changes nothing, asks nobody, reaches nobody."""
_NOT_ALLOWED = re.compile(r"transport '\w+' not allowed")
_DIFF = ("diff", "--cached", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=dirty")
_RENAMES = ("-M", "-l500")
_PATCH = ("--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--inter-hunk-context=0", "-U3")
_HERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
"""What git tells the programs that it starts: a hook, an editor. They name the repository it works on, and
the index of this very commit."""


class GitTrouble(UserError):
    """Git did not answer as it should."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One staged change, as git lists it. Paths are from the root, with `/`."""

    path: str
    """Where it is now, or was, where it is deleted."""
    old_path: str
    """Where it was: another place only where it was renamed or copied."""
    status: str
    """Git's letter: A added, C copied, D deleted, M modified, R renamed, T of another type."""
    old_mode: str
    new_mode: str
    old_hash: str
    new_hash: str
    added: int | None
    """Lines; None where git counts none, as in binary files."""
    deleted: int | None

    @property
    def is_submodule(self) -> bool:
        return SUBMODULE in (self.old_mode, self.new_mode)


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier commit's message, and whose it is."""

    author: str
    """An e-mail address."""
    message: str


@dataclass(frozen=True, slots=True)
class Repository:
    """One working tree."""

    root: Path
    environment: Mapping[str, str]

    def ask(self, *arguments: str, told: bytes = b"") -> bytes:
        """What git writes. Raises `GitTrouble` with its own words."""
        done = _run(self.root, self.environment, *arguments, told=told)
        if done.returncode != 0:
            raise GitTrouble(f"git {arguments[0]} failed: {_words(done.stderr)}")
        return done.stdout

    def maybe(self, *arguments: str) -> str:
        """The same as a line of text; empty where git has no answer."""
        done = _run(self.root, self.environment, *arguments)
        return os.fsdecode(done.stdout).strip() if done.returncode == 0 else ""


def at(folder: Path) -> Repository:
    """The repository that a folder lies in. Raises `GitTrouble` where there is none, or no git."""
    if not folder.is_dir():
        raise GitTrouble(f"{folder} is no folder")
    inherited = dict(os.environ)
    plain = {name: value for name, value in inherited.items() if name not in _HERE}
    root = _root(folder, plain)
    told = _root(folder, inherited) if len(plain) < len(inherited) else root
    if root is None and told is None:
        raise GitTrouble(_no_repository(folder, plain))
    if told is not None and (root is None or told == root):
        return Repository(told, _quiet(inherited))
    assert root is not None
    return Repository(root, _quiet(plain))


def staged(repository: Repository) -> tuple[Entry, ...]:
    """In git's order. Raises `GitTrouble` where files are in conflict."""
    raw = repository.ask(*_DIFF, *_RENAMES, "--raw", "-z", "--no-abbrev")
    counts = numbered(repository.ask(*_DIFF, *_RENAMES, "--numstat", "-z"))
    return entries(raw, counts)


def entries(raw: bytes, counts: Mapping[str, tuple[int | None, int | None]]) -> tuple[Entry, ...]:
    """What `git diff --raw -z` lists. Raises `GitTrouble` where files are in conflict."""
    fields = iter(raw.split(b"\0"))
    found = []
    for head in fields:
        if not head.startswith(b":"):
            continue
        old_mode, new_mode, old_hash, new_hash, status = os.fsdecode(head[1:]).split(" ")
        old_path = path = os.fsdecode(next(fields))
        if status[0] in "RC":
            path = os.fsdecode(next(fields))
        if status[0] == "U":
            raise GitTrouble(f"{shown(path)} is in conflict: resolve it and stage it first")
        added, deleted = counts.get(path, (None, None))
        found.append(Entry(path, old_path, status[0], old_mode, new_mode, old_hash, new_hash, added, deleted))
    return tuple(found)


def numbered(raw: bytes) -> dict[str, tuple[int | None, int | None]]:
    """Added and deleted lines by path, of `git diff --numstat -z`."""
    fields = iter(raw.split(b"\0"))
    found: dict[str, tuple[int | None, int | None]] = {}
    for field in fields:
        if not field:
            continue
        added, deleted, path = field.split(b"\t", 2)
        if not path:  # renamed: both paths follow
            next(fields)
            path = next(fields)
        found[os.fsdecode(path)] = (_count(added), _count(deleted))
    return found


def texts(repository: Repository, hashes: Iterable[str], most_bytes: int) -> dict[str, bytes]:
    """The contents by hash, of those that are no longer than that."""
    wanted = [each for each in dict.fromkeys(hashes) if each.strip("0")]
    if not wanted:
        return {}
    sizes = repository.ask("cat-file", "--batch-check", told=_lines(wanted)).splitlines()
    small = [
        name
        for name, row in zip(wanted, sizes, strict=True)
        if len(of := row.split()) == 3 and of[1] == b"blob" and int(of[2]) <= most_bytes
    ]
    return _contents(repository.ask("cat-file", "--batch", told=_lines(small)), small) if small else {}


def patches(repository: Repository, changes: Sequence[Entry]) -> dict[str, str]:
    """The difference of each of these by its path, without git's own lines above the hunks."""
    paths = [
        f":(top,literal){path}" for each in changes for path in dict.fromkeys((each.old_path, each.path))
    ]
    if not paths:
        return {}
    told = repository.ask(*_DIFF, *_RENAMES, *_PATCH, "--", *paths).decode("utf-8", "replace")
    found = hunks(told)
    return (
        dict(zip((each.path for each in changes), found, strict=True)) if len(found) == len(changes) else {}
    )


def hunks(patch: str) -> list[str]:
    """The hunks of each file of a patch, in its order; what stands above them is left out."""
    found: list[list[str]] = []
    is_inside = False
    for line in patch.split("\n"):
        if line.startswith("diff --git "):
            found.append([])
            is_inside = False
        elif line.startswith("@@ "):
            is_inside = True
        if is_inside and found:
            found[-1].append(line.removesuffix("\r"))
    return ["\n".join(each).rstrip("\n") for each in found]


def generated(repository: Repository, paths: Sequence[str]) -> frozenset[str]:
    """Those of the paths that .gitattributes calls generated or somebody else's."""
    if not paths:
        return frozenset()
    told = b"".join(os.fsencode(each) + b"\0" for each in paths)
    names = ("linguist-generated", "linguist-vendored")
    fields = repository.ask("check-attr", "--cached", "-z", "--stdin", *names, told=told).split(b"\0")
    rows = zip(fields[0::3], fields[1::3], fields[2::3], strict=False)
    return frozenset(os.fsdecode(path) for path, _, value in rows if value in (b"set", b"true"))


def history(repository: Repository, most: int) -> tuple[Past, ...]:
    """The latest commits' messages, merges left out, and those of whoever commits now once more."""
    if not repository.maybe("rev-parse", "--verify", "--quiet", "HEAD"):
        return ()
    asked = ("log", f"-{most}", "--no-merges", "-z", "--encoding=UTF-8", "--format=%ae%n%B")
    everybody = _messages(repository.ask(*asked))
    mail = repository.maybe("config", "user.email")
    own = _messages(repository.ask(*asked, "--fixed-strings", f"--author=<{mail}>")) if mail else ()
    return (*everybody, *own)


def branch(repository: Repository) -> str:
    """Its short name, also before the first commit; empty where none is checked out."""
    return repository.maybe("symbolic-ref", "--quiet", "--short", "HEAD")


def proposed(repository: Repository) -> str:
    """Git's own message, where a merge, a revert or a cherry-pick is being committed; else empty."""
    under_way = any(
        _file(repository, name).is_file() for name in ("MERGE_HEAD", "REVERT_HEAD", "CHERRY_PICK_HEAD")
    )
    if not under_way:
        return ""
    try:
        told = _file(repository, "MERGE_MSG").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(line for line in told.splitlines() if not line.startswith("#")).strip()


def shown(path: str) -> str:
    """A path as a person reads it, also where its name is not UTF-8, or holds ends of lines: it begins none
    in a message."""
    return printable(os.fsencode(path).decode("utf-8", "replace"))


def _file(repository: Repository, name: str) -> Path:
    return repository.root / repository.maybe("rev-parse", "--git-path", name)


def _messages(log: bytes) -> tuple[Past, ...]:
    found = []
    for record in log.decode("utf-8", "replace").split("\0"):
        author, _, message = record.partition("\n")
        if message.strip():
            found.append(Past(author, message.strip()))
    return tuple(found)


def _contents(told: bytes, names: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    at = 0
    for name in names:
        end = told.index(b"\n", at)
        size = int(told[at:end].split()[2])
        found[name] = told[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return found


def _count(field: bytes) -> int | None:
    return None if field == b"-" else int(field)


def _lines(names: Sequence[str]) -> bytes:
    return "".join(f"{each}\n" for each in names).encode()


def _root(folder: Path, environment: Mapping[str, str]) -> Path | None:
    done = _run(folder, environment, "rev-parse", "--show-toplevel")
    told = os.fsdecode(done.stdout).removesuffix("\n")
    return Path(told) if done.returncode == 0 and told else None


def _no_repository(folder: Path, environment: Mapping[str, str]) -> str:
    said = _words(_run(folder, environment, "rev-parse", "--show-toplevel").stderr)
    if "dubious ownership" in said:
        return f"git does not trust {folder}: {said}"
    return f"{folder} lies in no git working tree"


def _quiet(environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, **_ALONE}


def _words(errors: bytes) -> str:
    lines = os.fsdecode(errors).strip().splitlines()
    if any(_NOT_ALLOWED.search(line) for line in lines):
        return "this clone is partial, and what it lacks is not fetched: `git diff --cached` does that"
    return lines[0].removeprefix("fatal: ") if lines else "it said nothing"


def _run(
    folder: Path, environment: Mapping[str, str], *arguments: str, told: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    command = ("git", "-C", str(folder), *_SAFELY, *arguments)
    try:
        return subprocess.run(
            command, input=told, capture_output=True, timeout=SECONDS, check=False, env=_quiet(environment)
        )
    except FileNotFoundError as error:
        raise GitTrouble("git is not installed, or not in the PATH") from error
    except subprocess.TimeoutExpired as error:
        raise GitTrouble(f"git {arguments[0]} took longer than {SECONDS:.0f} s") from error
