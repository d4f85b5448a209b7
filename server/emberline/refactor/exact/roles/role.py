"""What a word in a function can be: it binds a variable, it uses one, or it is something else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from tree_sitter import Node

from emberline.refactor.types import Unfit


class Kind(Enum):
    BINDS = auto()
    USES = auto()


@dataclass(frozen=True, slots=True)
class Role:
    """A word that stands for a variable. What does not (an attribute, a label, a type) has no role."""

    kind: Kind
    scope: Node | None = None
    """Where it holds what it binds."""
    since: int = 0
    """The byte from which it holds there."""
    is_parameter: bool = False
    may_rebind: bool = False
    """It only assigns where the same scope has the name already (Go's `:=`)."""
    label: str = ""
    """It is short for two words, and this stands before the variable where they differ: "{}: "."""


USES = Role(Kind.USES)


def binds(scope: Node | None, since: int = 0) -> Role:
    if scope is None:
        raise Unfit("A name is bound outside of any function.")
    return Role(Kind.BINDS, scope, since)


def parameter(scope: Node | None) -> Role:
    if scope is None:
        raise Unfit("A parameter stands outside of any function.")
    return Role(Kind.BINDS, scope, is_parameter=True)


def unsure(leaf: Node, what: str) -> Unfit:
    """The words for a place that cannot be told for certain."""
    return Unfit(f"Line {leaf.start_point.row + 1}: {what}.")
