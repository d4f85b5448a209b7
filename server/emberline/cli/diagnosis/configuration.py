"""The configuration: mistakes in its files, and switches that are off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from emberline.cli.diagnosis.finding import Finding, State
from emberline.config.load import Loaded, Problem, Severity

_REMEDY = "change these lines; `emberline config check` tells whether they are right"


def problems(loaded: Loaded, user_file: Path) -> Iterator[Finding]:
    """A finding for each mistake, the last with what mends them; one that says so where there is none."""
    told = [_told(problem) for problem in loaded.problems]
    mistakes = [index for index, finding in enumerate(told) if finding.state is not State.OK]
    if mistakes:
        told[mistakes[-1]] = replace(told[mistakes[-1]], remedy=_REMEDY)
    yield from told
    if not loaded.problems:
        exists = user_file.exists()
        detail = f"{user_file}, no mistakes" if exists else f"the defaults; {user_file} does not exist"
        yield Finding("configuration", State.OK, detail, data={"file": str(user_file), "exists": exists})


def switches(loaded: Loaded) -> Iterator[Finding]:
    """A finding for each switch that turns completion off, wholly or for some languages."""
    completion = loaded.settings.completion
    if not completion.enabled:
        yield _off("completion.enabled", loaded)
    if completion.disabled_languages:
        languages = ", ".join(completion.disabled_languages)
        yield Finding("languages", State.OK, f"completion.disabled_languages leaves out {languages}")


def engine_switch(loaded: Loaded) -> Iterator[Finding]:
    """A finding where our own engine is not wanted."""
    if not loaded.settings.engine.embedded:
        yield _off("engine.embedded", loaded)


def _off(key: str, loaded: Loaded) -> Finding:
    remedy = f"set {key}: true in {loaded.origin(key)}"
    return Finding("switched off", State.ERROR, f"{key} is false", remedy, {"key": key, "absent": True})


def _told(problem: Problem) -> Finding:
    data = {"file": problem.file, "line": problem.line, "key": problem.key}
    if problem.severity is Severity.NOTE:
        return Finding("configuration", State.OK, str(problem), data=data)
    # A value that cannot be used is left out, so completion goes on with what holds instead.
    return Finding("configuration", State.WARNING, str(problem), data=data)
