"""What is kept of requests, suggestions and memory: figures and names, never text, never a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

_FOLDER = re.compile(r"^(?:[A-Za-z]:|~[^\\/]*|\.{1,2})?[\\/].*?([^\\/]*)[\\/]*$", re.DOTALL)


def without_folder(model: str) -> str:
    """A model's name without the folders of one that is named by its file."""
    return _FOLDER.sub(r"\1", model)


@dataclass(frozen=True, slots=True)
class Record:
    """One request from its decision to its end. Times in milliseconds unless said otherwise."""

    at: float
    """When it was decided, in seconds of the epoch."""
    task: str
    place: str = ""
    """"this machine", "your host", "cloud"; empty where it went nowhere."""
    backend: str = ""
    model: str = ""
    quantization: str = ""
    input_tokens: int = 0
    """Read anew; what a KV cache already held is in `cached_tokens`."""
    cached_tokens: int = 0
    output_tokens: int = 0
    first_token_ms: float | None = None
    duration_ms: float = 0.0
    lane: str = ""
    """Of a completion: recalled, typed through, generated; empty for other tasks."""
    reason: str = ""
    """Why it went there: the decision's first reason."""
    fallback_from: str = ""
    """The backend that failed first, if one did."""
    fallback_why: str = ""
    outcome: str = "ok"
    """"ok", "cancelled", or the kind of failure."""
    level: str = "strict"
    cost_usd: float = 0.0


class Accepted(StrEnum):
    """What a user took of a suggestion."""

    NO = ""
    WHOLE = "whole"
    PARTLY = "partly"
    TYPED = "typed"
    """All of it, but key by key: it was right, and saved nothing."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one suggestion. What was typed through counts as the one that it went on from."""

    at: float
    """When it was first given, in seconds of the epoch."""
    lane: str
    backend: str = ""
    """Empty where no model was needed."""
    model: str = ""
    language: str = ""
    """The document's language id."""
    shown_chars: int = 0
    accepted: Accepted = Accepted.NO
    accepted_chars: int = 0
    survived: float | None = None
    """The share (0..1) of what was taken that still stood five minutes later; None where nobody knows."""
    saved_keys: int = 0


class Part(StrEnum):
    """Whose memory."""

    SERVER = "server"
    ENGINE = "engine"
    MODEL = "model"
    """Loaded by a model server that is not ours."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """The memory of one part at one moment."""

    at: float
    """Seconds of the epoch."""
    part: Part
    bytes: int
    backend: str = ""
    model: str = ""


Entry = Record | Fate | Footprint


class Recorder(Protocol):
    """Where records go: the one seam. `record` returns at once and never raises."""

    def record(self, record: Record) -> None: ...
