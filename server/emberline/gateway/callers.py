"""Who asks, by the request's headers: for which task, how far its text may go, and from which workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emberline.gateway.refusal import malformed
from emberline.privacy.labels import Label, Level, stricter
from emberline.routing.request import Task

TASK = "x-emberline-task"
PRIVACY = "x-emberline-privacy"
WORKSPACE = "x-emberline-workspace"

_NOT_NAMED = frozenset((Task.COMPLETION, Task.EMBEDDING))
"""Tasks that a path of their own stands for."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request says of itself beside its body."""

    task: Task | None
    """None where it names none."""
    level: Level | None
    """The most that its own header allows; None where it says nothing."""
    workspace: Path | None
    """A whole path; None where it names none."""

    def label(self, mode: Level, mode_from: str) -> Label:
        """How far its text may travel, where its workspace's mode is `mode`: a header only tightens that, and
        who names no workspace has not said that anything may leave."""
        if self.workspace is None:
            return Label(Level.STRICT, "a request to the gateway", f"no {_shown(WORKSPACE)} header")
        source = f"a request to the gateway from {self.workspace}"
        if self.level is not None and stricter(self.level, mode) is not mode:
            return Label(self.level, source, f"its {_shown(PRIVACY)} header")
        return Label(
            mode, source, "privacy.mode" if mode_from == "default" else f"privacy.mode in {mode_from}"
        )


def caller(headers: Mapping[str, str]) -> Caller:
    """The caller by headers, whose names are in lower case. Raises `Refused` for what is not understood: a
    wish for more privacy must not be passed over."""
    return Caller(_task(headers.get(TASK)), _level(headers.get(PRIVACY)), _workspace(headers.get(WORKSPACE)))


def _task(name: str | None) -> Task | None:
    if not name:
        return None
    known = [task for task in Task if task not in _NOT_NAMED]
    if name not in known:
        raise malformed(f"{_shown(TASK)} must be one of {', '.join(known)}", TASK)
    return Task(name)


def _level(name: str | None) -> Level | None:
    if name is None:
        return None
    try:
        return Level(name.strip().lower())
    except ValueError:
        raise malformed(f"{_shown(PRIVACY)} must be one of {', '.join(Level)}", PRIVACY) from None


def _workspace(name: str | None) -> Path | None:
    if name is None:
        return None
    path = Path(name)
    if not path.is_absolute() or "\0" in name:
        raise malformed(f"{_shown(WORKSPACE)} must be the whole path of a folder", WORKSPACE)
    return path


def _shown(header: str) -> str:
    """As it is usually spelled."""
    return "-".join(part.capitalize() for part in header.split("-"))
