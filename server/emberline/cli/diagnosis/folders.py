"""The folders that Emberline writes to: whether it can."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from emberline.backends.engine import runtime_directory
from emberline.cli.diagnosis.finding import Finding, State
from emberline.observe.ledger import default_file
from emberline.privacy.audit import audit_folder

ENGINES = "engine folder"


def runtime() -> Finding:
    """The folder in which editors find the engine that runs. It is made where it is not there."""
    try:
        folder = runtime_directory()
        trouble = folder_trouble(folder)
    except OSError as error:
        folder, trouble = Path(error.filename or "the cache folder"), error.strerror or str(error)
    data = {"folder": str(folder), "trouble": trouble}
    if trouble:
        detail = f"the engine cannot use the folder {folder}: {trouble}"
        remedy = "set EMBERLINE_RUNTIME, or XDG_CACHE_HOME for all caches, to a folder that you may write to"
        return Finding(ENGINES, State.ERROR, detail, remedy, data)
    return Finding(ENGINES, State.OK, str(folder), data=data)


def state() -> Finding:
    """The folder of the ledger and the audit trail. Nothing is changed there."""
    ledger, trail = file_trouble(default_file()), folder_trouble(audit_folder())
    folder = default_file().parent
    data = {"folder": str(folder), "ledger": ledger, "trail": trail}
    words = []
    if ledger:
        words.append(f"no request is remembered: {ledger}")
    if trail:
        words.append(f"nothing can leave this machine, as it could not be written down: {trail}")
    if words:
        remedy = "set EMBERLINE_STATE to a folder that you may write to"
        return Finding("state folder", State.WARNING, "; ".join(words), remedy, data)
    return Finding("state folder", State.OK, str(folder), data=data)


def folder_trouble(folder: Path) -> str:
    """Why this folder cannot be written to, or made where it is not there; empty where it can."""
    for each in (folder, *folder.absolute().parents):
        try:
            mode = each.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            return f"{each}: {error.strerror}"
        if not stat.S_ISDIR(mode):
            return f"{each} is no folder"
        break
    return "" if os.access(each, os.W_OK | os.X_OK) else f"{each} may not be written to"


def file_trouble(file: Path) -> str:
    """The same of a file, be it there or not."""
    trouble = folder_trouble(file.parent)
    if not trouble and os.access(file, os.F_OK) and not os.access(file, os.W_OK):
        return f"{file} may not be written to"
    return trouble
