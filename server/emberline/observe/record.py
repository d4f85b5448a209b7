"""What is kept of every routed request: figures and names, never text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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


class Recorder(Protocol):
    """Where records go: the one seam. `record` returns at once and never raises."""

    def record(self, record: Record) -> None: ...
