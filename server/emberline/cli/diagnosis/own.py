"""Our own engine: whether all is here that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from emberline.cli.diagnosis import configuration, folders, installation, models
from emberline.cli.diagnosis.finding import Finding, State
from emberline.config.load import Loaded


def needs(loaded: Loaded, models_folder: Path) -> Iterator[Finding]:
    """A finding for what it needs: to be wanted, its library, a model, a folder to be found in."""
    yield from configuration.engine_switch(loaded)
    yield installation.library()
    yield models.in_use(loaded.settings.engine, models_folder)
    yield folders.runtime()


def spared(finding: Finding, stand_in: str) -> Finding:
    """What keeps our engine from running keeps nobody from completing where another model does it: then
    what was never brought here is no fault, and what is broken is one to know of."""
    if finding.state is not State.ERROR:
        return finding
    detail = f"{finding.detail}; {stand_in} completes without it"
    if finding.data.get("absent"):
        return replace(finding, state=State.OK, detail=detail, remedy="")
    return replace(finding, state=State.WARNING, detail=detail)
