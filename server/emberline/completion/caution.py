"""Who was shown something wrong a moment ago is shown only what is surer, until the next line.

Wrong suggestions come in a row: a line that the model misread stays misread while it is typed.
"""

from __future__ import annotations

from dataclasses import dataclass

STEP = 0.08
"""Added to the threshold for each refuted suggestion on the line."""
CEILING = 0.9


@dataclass(frozen=True, slots=True)
class Caution:
    """How often what was shown on one line turned out wrong."""

    line: int = -1
    refuted: int = 0

    def after(self, line: int, shown: str, typed: str) -> Caution:
        """What follows from the user typing `typed` on `line` while `shown` stood there ("" for nothing)."""
        refuted = self.refuted if line == self.line else 0
        wrong = bool(shown and typed) and not shown.startswith(typed) and not typed.startswith(shown)
        return Caution(line, refuted + wrong)

    def threshold(self, base: float) -> float:
        """The confidence (0..1) that a suggestion needs now."""
        return max(base, min(CEILING, base + STEP * self.refuted))
