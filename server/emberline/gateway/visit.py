"""What is told of a request in the gateway's log: figures and names, never text."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from emberline.documents.printable import printable


@dataclass(slots=True)
class Visit:
    """One request, filled in as it is answered."""

    method: str
    path: str
    at: float = field(default_factory=time.time)
    """Seconds of the epoch."""
    status: int = 0
    """0: the caller left before there was one."""
    task: str = ""
    model: str = ""
    place: str = ""
    level: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    first_ms: float | None = None
    """Until the first piece of the answer."""
    ms: float = 0.0
    error: str = ""
    """The code of what went wrong, or "left"."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        """For a person, on a terminal: whoever asked, with or without a key, chose the path."""
        moment = time.strftime("%H:%M:%S", time.localtime(self.at))
        words = [moment, str(self.status or "---"), self.method, self.path]
        if self.task:
            words.append(self.task)
        if self.model:
            words.append(f"→ {self.model} ({self.place}, {self.level})")
        if self.output_tokens or self.input_tokens:
            words.append(f"{self.input_tokens}+{self.output_tokens} tokens")
        words.append(f"{self.ms:.0f} ms")
        if self.error:
            words.append(self.error)
        return printable(" ".join(words))
