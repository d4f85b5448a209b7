"""What is wrong in a configuration file, told so that the user finds the line and knows what to write."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from emberline.errors import UserError


class Severity(StrEnum):
    """ERROR: the value is not used. WARNING: it is refused on purpose. NOTE: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `file` is a path, or the name of a source without one; `line` counts from 1, 0 is unknown.

    `key` is dotted ("completion.budget_ms"), and empty when the whole file is meant.
    """

    severity: Severity
    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = f"{self.key}: " if self.key else ""
        return f"{place}: {subject}{self.message}"


class ConfigError(UserError):
    """The configuration has errors; `problems` holds them all."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
