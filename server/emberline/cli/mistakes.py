"""Mistakes in the configuration, told aside by commands that go on without the values concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emberline.cli.say import say

if TYPE_CHECKING:
    from emberline.config.load import Loaded

MOST = 3


def tell(loaded: Loaded) -> None:
    """One line each on standard error; beyond `MOST`, the command that shows them all."""
    from emberline.config.load import Severity

    told = [problem for problem in loaded.problems if problem.severity is not Severity.NOTE]
    for problem in told[:MOST]:
        say(f"{problem.severity}: {' '.join(str(problem).splitlines())}", aside=True)
    if len(told) > MOST:
        say(f"and {len(told) - MOST} more: `emberline config check` shows them", aside=True)
