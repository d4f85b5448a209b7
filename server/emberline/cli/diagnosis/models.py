"""The models: whether the one in use is here and sound, and which others are."""

from __future__ import annotations

from pathlib import Path

from emberline.cli.diagnosis.finding import Finding, State
from emberline.config.schema import Engine
from emberline.models import catalogue, gguf, store
from emberline.models.errors import HashMismatch, ModelError, ModelMissing, UnknownModel


def in_use(engine: Engine, folder: Path) -> Finding:
    """The model that the configuration names. Hashes a file that was not checked before (a second a GB)."""
    if engine.model_path is not None:
        return _own(engine.model_path)
    data: dict[str, object] = {"model": engine.model, "folder": str(folder)}
    try:
        path = store.locate(catalogue.find(engine.model), folder)
    except UnknownModel as error:
        remedy = "name one that `emberline models list` shows in engine.model"
        return Finding("model", State.ERROR, str(error), remedy, data)
    except ModelMissing:
        detail, remedy = f"{engine.model} is not here yet", f"emberline models pull {engine.model}"
        return Finding("model", State.ERROR, detail, remedy, {**data, "absent": True})
    except HashMismatch as error:
        remedy = f"emberline models remove {engine.model} && emberline models pull {engine.model}"
        return Finding("model", State.ERROR, str(error), remedy, data)
    size = path.stat().st_size
    data |= {"path": str(path), "bytes": size}
    return Finding("model", State.OK, f"{engine.model}, {size / 1e6:,.0f} MB, its hash is right", data=data)


def installed(folder: Path) -> Finding:
    """All models of the catalogue that are here, wholly or in part."""
    here = [entry for entry in store.listing(folder) if entry.state is not store.State.MISSING]
    words = [f"{entry.model.name} ({entry.bytes / 1e6:,.0f} MB{_note(entry.state)})" for entry in here] or [
        "none"
    ]
    data = {"folder": str(folder), "models": {entry.model.name: str(entry.state) for entry in here}}
    return Finding("installed models", State.OK, f"{', '.join(words)} in {folder}", data=data)


def _note(state: store.State) -> str:
    return "" if state is store.State.READY else f", {state}"


def _own(path: Path) -> Finding:
    data = {"path": str(path)}
    try:
        gguf.check(path)
    except ModelError as error:
        return Finding(
            "model", State.ERROR, str(error), "set engine.model_path to a GGUF file, or to null", data
        )
    return Finding("model", State.OK, f"your own file {path}", data=data | {"bytes": path.stat().st_size})
