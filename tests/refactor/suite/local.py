"""A case through the embedded engine and its model, with nothing scripted."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from emberline.backends.failure import Failure
from emberline.config.load import load
from emberline.refactor.disk import write
from emberline.refactor.service import Refactoring
from emberline.refactor.types import Unfit
from emberline.routing.router import Router
from tests.refactor.suite.case import Case
from tests.refactor.suite.checkers import Result, broken
from tests.refactor.suite.grounds import found_in, lay
from tests.refactor.suite.stand import Steps, asked, judged

CONFIGURATION = "privacy: {mode: strict}\nbackends: {discover: false}\nobserve: {ledger: false}\n"


class Verdict(StrEnum):
    """What came of it."""

    RIGHT = "right"
    """What was asked for: every check of the case passes."""
    REFUSED = "refused by the checks"
    """Nothing is offered, and nothing changed."""
    HARMLESS = "wrong but harmless"
    """It is not what was asked for; what changed still parses, and runs or compiles."""
    DAMAGED = "DAMAGED"
    """A file that was right is not any more."""


@dataclass(frozen=True, slots=True)
class Local:
    """One case."""

    case: Case
    verdict: Verdict
    said: str
    """Why it is not right."""
    seconds: float
    attempts: int


async def through_the_model(case: Case, folder: Path) -> Local:
    """Runs a case in a new workspace below `folder`, by the user's configuration there (written anew)."""
    (folder / "config.yaml").write_text(CONFIGURATION)
    work = folder / case.id
    lay(case.files, work)
    before = found_in(work)
    steps, began = Steps(), time.perf_counter()
    async with _refactoring(work) as refactoring:
        try:
            outcome = await asked(refactoring, work, case, steps)
        except (Failure, Unfit) as refusal:
            is_untouched = found_in(work) == before
            verdict = Verdict.REFUSED if is_untouched else Verdict.DAMAGED
            return Local(case, verdict, str(refusal), time.perf_counter() - began, _attempts(steps))
    seconds = time.perf_counter() - began
    if outcome.change is not None:
        write(outcome.change)
    verdict, said = judgement(case, before, found_in(work))
    if outcome.change is None and not outcome.words.strip():
        verdict, said = Verdict.HARMLESS, "it says nothing"
    return Local(case, verdict, said, seconds, max(1, _attempts(steps)))


def _attempts(steps: Steps) -> int:
    return sum(words.startswith("waiting for") for words in steps.words)


def judgement(case: Case, before: dict[str, bytes], after: dict[str, bytes]) -> tuple[Verdict, str]:
    """Whether it is what was asked for; if not, whether it broke something."""
    wrong = judged(case, before, after)
    if not wrong:
        return Verdict.RIGHT, ""
    old, new = ({name: data.decode() for name, data in files.items()} for files in (before, after))
    damage = next(broken(case.checks, Result(old, new)), "")
    return (Verdict.DAMAGED, damage) if damage else (Verdict.HARMLESS, wrong[0])


@asynccontextmanager
async def _refactoring(work: Path) -> AsyncIterator[Refactoring]:
    loaded = load((work,))
    assert loaded.errors == (), loaded.problems
    router = Router(loaded, (work,))
    refactoring = Refactoring(router, (work,))
    try:
        await router.surveyed()
        yield refactoring
    finally:
        await refactoring.close()
        await router.close()
