"""The shape of a source file, in offsets that count code points (Python's own index) from 0."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Span(NamedTuple):
    """`text[start:end]`."""

    start: int
    end: int

    def holds(self, other: Span) -> bool:
        """Whether all of `other` lies in here."""
        return self.start <= other.start and other.end <= self.end

    def touches(self, other: Span) -> bool:
        """Whether they share a character, or one is empty and lies in or at the edge of the other."""
        overlap = self.start < other.end and other.start < self.end
        return overlap or self.holds(other) or other.holds(self)

    def of(self, text: str) -> str:
        return text[self.start : self.end]


class Sort(StrEnum):
    """What a definition defines."""

    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    """Also a struct, an enum, a trait, an interface, a type's alias."""
    VARIABLE = "variable"
    """A module's or a class's variable or constant; not a function's own."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition that others could refer to."""

    name: str
    sort: Sort
    container: str
    """What it lies in, outermost first, joined by dots: "Store"; empty at the top of the file."""
    span: Span
    """All of it, with its decorators, attributes, `export` and the documentation directly above it."""
    core: Span
    """The same without the documentation above it."""
    name_span: Span
    header: Span
    """From its keyword to where its body begins, without the body: parameters and result."""
    body: Span | None = None
    """None where there is none, as in an interface."""

    @property
    def qualified(self) -> str:
        return f"{self.container}.{self.name}" if self.container else self.name


@dataclass(frozen=True, slots=True)
class Import:
    """One name that a file brings in. A statement that brings in several makes several of these."""

    module: str
    """As it is written, without quotes: "..store", "./util", "crate::text", "java.util"."""
    name: str
    """As its module has it; empty where the module itself is brought in; "*" for all of its names."""
    alias: str
    """What it is called here; empty where it has no name (`import "x"`, a star)."""
    span: Span
    """The whole statement, to the end of its last line's text."""
    is_exported: bool = False
    """It passes the name on (`export … from`, `pub use`; in Python what `__all__` or a package's
    `__init__` names)."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file defines and brings in, in the order of the text."""

    language_id: str
    definitions: tuple[Definition, ...]
    imports: tuple[Import, ...]

    def at(self, span: Span) -> tuple[Definition, ...]:
        """The definitions around a place, outermost first."""
        return tuple(each for each in self.definitions if each.span.holds(span))
