"""The configuration: mistakes in its files, and switches that are off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emberline.cli.diagnosis.finding import Finding, State
from emberline.config.load import Loaded, Problem, Severity


def problems(loaded: Loaded, user_file: Path) -> Iterator[Finding]:
    """A finding for each mistake; one that says so where there is none."""
    for problem in loaded.problems:
        yield _told(problem)
    if not loaded.problems:
        exists = user_file.exists()
        detail = f"{user_file}, no mistakes" if exists else f"the defaults; {user_file} does not exist"
        yield Finding("configuration", State.OK, detail, data={"file": str(user_file), "exists": exists})


def switches(loaded: Loaded) -> Iterator[Finding]:
    """A finding for each switch that turns completion off."""
    settings = loaded.settings
    for key, on in (
        ("completion.enabled", settings.completion.enabled),
        ("engine.embedded", settings.engine.embedded),
    ):
        if not on:
            origin = loaded.origins[key]
            yield Finding("switched off", State.ERROR, f"{key} is false", f"set {key}: true in {origin}")
    if settings.completion.disabled_languages:
        languages = ", ".join(settings.completion.disabled_languages)
        yield Finding("languages", State.OK, f"completion.disabled_languages leaves out {languages}")


def _told(problem: Problem) -> Finding:
    data = {"file": problem.file, "line": problem.line, "key": problem.key}
    if problem.severity is Severity.NOTE:
        return Finding("configuration", State.OK, str(problem), data=data)
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    remedy = f"change {place}; `emberline config check` tells whether it is right"
    # A value that cannot be used is left out, so completion goes on with what holds instead.
    return Finding("configuration", State.WARNING, str(problem), remedy, data)
