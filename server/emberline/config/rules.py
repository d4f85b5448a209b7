"""How far each setting may be trusted to whom: the marks that the schema puts on its fields.

A workspace can only tighten: each setting says here what tightening it means, and one without such a mark is
out of a workspace's reach. An editor's settings may come from the opened folder as well (VS Code merges the
two). So what decides where text goes, what native code loads and what guards the machine is the user's own
file's alone; and what that file or a variable has set, an editor can only tighten as well, where that means
anything. The rest is a matter of taste.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tighten:
    """`join(now, wanted)` is the tighter of the two; `words` tells what a workspace may do."""

    join: Callable[[Any, Any], Any]
    words: str


@dataclass(frozen=True, slots=True)
class UsersFileOnly:
    """An editor's settings count as a workspace's for this key, also where the user's file says nothing."""


# Strictest first.
MODES = ("strict", "trusted", "open")


def _union(now: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return (*now, *(item for item in wanted if item not in now))


def _kept_out(now: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Without what begins with `!`: it would take back what others keep out."""
    return _union(now, tuple(pattern for pattern in wanted if not pattern.startswith("!")))


def _stricter(now: str, wanted: str) -> str:
    return min(now, wanted, key=MODES.index)


def _lower(now: float | None, wanted: float | None) -> float | None:
    """None is "as the machine allows", so any number is lower."""
    return wanted if now is None else now if wanted is None else min(now, wanted)


LOWER = Tighten(_lower, "only lower it")
HIGHER = Tighten(max, "only raise it")
FORBID = Tighten(lambda now, wanted: now and wanted, "only set it to false")
REQUIRE = Tighten(lambda now, wanted: now or wanted, "only set it to true")
ADD = Tighten(_union, "only add to it")
KEEP_OUT = Tighten(_kept_out, "only add to it")
"""For patterns in .gitignore's notation."""
STRICTER = Tighten(_stricter, "only make it stricter")
USERS_FILE_ONLY = UsersFileOnly()


def tighten_of(marks: list[Any]) -> Tighten | None:
    """The tightening among a field's marks."""
    return next((mark for mark in marks if isinstance(mark, Tighten)), None)


def is_users_file_only(marks: list[Any]) -> bool:
    """Whether only the user's own file may set the field freely."""
    return USERS_FILE_ONLY in marks
