"""Mistakes in the configuration, told aside by commands that go on without the values concerned."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emberline.config.load import Loaded

MOST = 3


def tell(loaded: Loaded) -> None:
    """One line each on standard error; beyond `MOST`, the command that shows them all."""
    from emberline.config.load import Severity

    told = [problem for problem in loaded.problems if problem.severity is not Severity.NOTE]
    for problem in told[:MOST]:
        print(f"{problem.severity}: {' '.join(str(problem).splitlines())}", file=sys.stderr)
    if len(told) > MOST:
        print(f"and {len(told) - MOST} more: `emberline config check` shows them", file=sys.stderr)
