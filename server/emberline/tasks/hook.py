"""The hook by which git asks for a commit's message: put in, taken out, and what it writes.

It stands before the hook that was there, which goes on working, and it never fails a commit.
"""

from __future__ import annotations

import os
import shlex
import stat
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from emberline.errors import UserError
from emberline.tasks.commit.git import Repository

NAME = "prepare-commit-msg"
KEPT = f"{NAME}.before-emberline"
"""The hook that was there, beside ours."""
SECONDS = 15
"""How long a commit waits for its message."""
MOST_SECONDS = 600
_MARK = "# emberline: "
_SCISSORS = "------------------------ >8 ------------------------"
_WRITTEN_BY_HAND = ("message", "merge", "squash", "commit")
"""Git's words for where a message comes from, where somebody has given one: -m or -F, a merge, a squash, -C
or --amend."""


class Owner(StrEnum):
    """Whose the folder of hooks is."""

    REPOSITORY = "this repository's"
    SHARED = "shared by several repositories"
    """`core.hooksPath` of the user's or the machine's own configuration."""
    COMMITTED = "part of the repository's files"
    """Husky's, or another's that is committed for everybody."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository's hooks lie."""

    folder: Path
    owner: Owner

    @property
    def hook(self) -> Path:
        return self.folder / NAME

    @property
    def kept(self) -> Path:
        return self.folder / KEPT


@dataclass(frozen=True, slots=True)
class State:
    """How things stand."""

    place: Place
    is_installed: bool
    other: str = ""
    """What another hook there does beside ours: "runs first", "is there alone"; empty where there is none."""


def place_of(repository: Repository) -> Place:
    """Where git looks for hooks here; one place for all working trees of a repository."""
    told = repository.root / repository.maybe("rev-parse", "--git-path", "hooks")
    folder = Path(os.path.normpath(told))
    configured = repository.maybe("config", "core.hooksPath")
    if not configured:
        return Place(folder, Owner.REPOSITORY)
    if folder.is_relative_to(repository.root) and not folder.is_relative_to(_git_folder(repository)):
        return Place(folder, Owner.COMMITTED)
    own = repository.maybe("config", "--local", "core.hooksPath") or repository.maybe(
        "config", "--worktree", "core.hooksPath"
    )
    return Place(folder, Owner.REPOSITORY if own else Owner.SHARED)


def state(repository: Repository) -> State:
    """Reads only."""
    place = place_of(repository)
    installed = _is_ours(place.hook)
    if installed:
        return State(place, True, "runs first" if _exists(place.kept) else "")
    return State(place, False, "is there alone" if _exists(place.hook) else "")


def install(repository: Repository, seconds: int = SECONDS, shared: bool = False) -> State:
    """Puts the hook in, or anew; what was there runs before it. Raises `UserError` where it does not belong:
    among committed files, or, unless `shared`, in a folder that serves other repositories too."""
    place = place_of(repository)
    if place.owner is Owner.COMMITTED:
        raise UserError(_by_hand(place))
    if place.owner is Owner.SHARED and not shared:
        raise UserError(
            f"core.hooksPath of your own git configuration names {place.folder}, which serves all of your "
            "repositories: `emberline hook install --shared` puts the hook there, for all of them"
        )
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        if _exists(place.hook) and not _is_ours(place.hook):
            if _exists(place.kept):
                raise UserError(
                    f"{place.kept} is there already, and {place.hook} is another hook: put one of them away"
                )
            place.hook.rename(place.kept)
        _write(place.hook, script(sys.executable, seconds).encode(), executable=True)
    except OSError as error:
        raise UserError(f"{place.folder} cannot be written to: {error.strerror}") from error
    return state(repository)


def remove(repository: Repository) -> State:
    """Takes the hook out and puts back what was there before it. Raises `UserError`."""
    place = place_of(repository)
    try:
        if _is_ours(place.hook):
            place.hook.unlink()
            if _exists(place.kept):
                place.kept.rename(place.hook)
        elif _exists(place.kept):
            raise UserError(
                f"{place.hook} is no longer Emberline's, so it stays; what that replaced is in {place.kept}"
            )
    except OSError as error:
        raise UserError(f"{place.folder} cannot be written to: {error.strerror}") from error
    return state(repository)


def script(python: str, seconds: int) -> str:
    """The hook, for the shell that comes with git."""
    interpreter = shlex.quote(Path(python).as_posix())
    return f"""#!/bin/sh
{_MARK}suggests the message of a commit that is given none. `emberline hook remove` takes it away.
before="$(dirname "$0")/{KEPT}"
if [ -x "$before" ]; then
    "$before" "$@" || exit $?
fi
case "$2" in
    {"|".join(_WRITTEN_BY_HAND)}) exit 0 ;;
esac
if [ -x {interpreter} ]; then
    {interpreter} -P -m emberline hook write --seconds {seconds} "$1" "$2" </dev/null >/dev/null 2>&1
fi
exit 0
"""


def is_wanted(source: str, editor: str) -> bool:
    """Whether a message is to be suggested: nobody has given one, and somebody will look at it.

    `editor` is GIT_EDITOR, which git sets to ":" where it starts none.
    """
    return source not in _WRITTEN_BY_HAND and editor != ":"


def filled(present: str, message: str, note: str, comment: str) -> str | None:
    """The message file with the message on top, and the note as a comment; None where it says something.

    `comment` is what a comment begins with; empty where comments stay in the message: nothing is noted then.
    """
    sign = comment or "#"
    for line in present.splitlines():
        if line == f"{sign} {_SCISSORS}":
            break
        if line.strip() and not line.startswith(sign):
            return None
    rest = present if present.startswith("\n") else f"\n{present}"
    noted = f"\n{comment} {note}" if comment and note else ""
    return f"{message}\n{noted}{rest}"


def write(file: Path, text: str) -> None:
    """At once or not at all. Raises `OSError`."""
    _write(file, text.encode("utf-8", "surrogateescape"), executable=False)


def comment_sign(repository: Repository, present: str) -> str:
    """What comments begin with in a commit's message; empty where they are kept."""
    if repository.maybe("config", "commit.cleanup") not in ("", "default", "strip"):
        return ""
    sign = repository.maybe("config", "core.commentString") or repository.maybe("config", "core.commentChar")
    if sign == "auto":
        found = (line[0] for line in reversed(present.splitlines()) if line.strip())
        return next(found, "#")
    return sign or "#"


def _by_hand(place: Place) -> str:
    husky = ".husky" in place.folder.parts
    folder = place.folder.parent if husky and place.folder.name == "_" else place.folder
    whose = "husky's" if husky else "part of its files"
    return (
        f"this repository's hooks are {whose} (core.hooksPath is {place.folder}) and belong to everybody "
        f"who works on it. To have it there, add this line to {folder / NAME}: "
        'emberline hook write "$1" "$2" || true'
    )


def _git_folder(repository: Repository) -> Path:
    return repository.root / ".git"


def _is_ours(path: Path) -> bool:
    try:
        return _MARK in path.read_text(encoding="utf-8", errors="replace")[:400]
    except OSError:
        return False


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _write(path: Path, content: bytes, *, executable: bool) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(content)
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        fresh.chmod(mode | 0o111 if executable else mode)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
