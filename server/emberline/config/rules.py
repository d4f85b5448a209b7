"""How far each setting may be trusted to whom: the marks that the schema puts on its fields.

A workspace can only tighten: each setting says here what tightening it means, and one without such a mark is
out of a workspace's reach. An editor's settings may come from the opened folder as well (VS Code merges the
two), so what decides where text goes, and what native code loads, is the user's file's alone.
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
    """An editor's settings count as a workspace's for this key."""


# Strictest first.
MODES = ("strict", "trusted", "open")


def _union(now: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return (*now, *(item for item in wanted if item not in now))


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
STRICTER = Tighten(_stricter, "only make it stricter")
USERS_FILE_ONLY = UsersFileOnly()


def tighten_of(marks: list[Any]) -> Tighten | None:
    """The tightening among a field's marks."""
    return next((mark for mark in marks if isinstance(mark, Tighten)), None)


def is_users_file_only(marks: list[Any]) -> bool:
    """Whether only the user's own file may set the field freely."""
    return USERS_FILE_ONLY in marks
