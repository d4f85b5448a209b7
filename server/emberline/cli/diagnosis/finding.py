"""One thing that was looked at, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """ERROR: no completion before it is mended. WARNING: it works, but not as it should."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is the command that mends it, or what to do where no command can; empty when all is well."""

    name: str
    state: State
    detail: str
    remedy: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    """The figures behind `detail`, for programs."""

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "state": str(self.state),
            "detail": self.detail,
            "remedy": self.remedy,
            "data": dict(self.data),
        }


def works(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing that was found prevents completion."""
    return all(finding.state is not State.ERROR for finding in findings)
