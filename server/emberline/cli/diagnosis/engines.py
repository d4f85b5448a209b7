"""Engine processes of this user: those in use, and those that nobody can find any more."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from emberline.backends.engine import START_SECONDS
from emberline.backends.engine_host import lease_is_live
from emberline.cli.diagnosis.finding import Finding, State

MODULE = "emberline.backends.engine_host"


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """`findable`: its state file names it, so that editors use it. `clients`: living processes that do."""

    pid: int
    folder: str
    memory: int
    seconds: float
    findable: bool
    clients: int


def running() -> list[EngineProcess]:
    """This user's engine processes."""
    me = psutil.Process().username()
    found = []
    for process in psutil.process_iter():
        try:
            if MODULE not in process.cmdline() or process.username() != me:
                continue
            folder = Path(process.cwd())  # an engine runs where its state file lies
            found.append(
                EngineProcess(
                    process.pid,
                    str(folder),
                    process.memory_info().rss,
                    time.time() - process.create_time(),
                    _named_in(folder / "state.json") == process.pid,
                    _clients(folder / "leases"),
                )
            )
        except psutil.Error:
            continue
    return found


def stale(runtime: Path) -> list[Path]:
    """State files of engines that are dead."""
    paths = runtime.glob("engine-*/state.json")
    return [path for path in paths if not psutil.pid_exists(_named_in(path) or 0)]


def judge(processes: Sequence[EngineProcess], dead: Sequence[Path]) -> list[Finding]:
    """A finding for each process, and for what dead ones left."""
    findings = [_told(process) for process in processes]
    if dead:
        words = f"{len(dead)} state file(s) of dead engines; the next start replaces them"
        data = {"files": [str(path) for path in dead]}
        findings.append(Finding("engine left-overs", State.OK, words, data=data))
    if not findings:
        findings.append(Finding("running engines", State.OK, "none yet; the first editor starts one"))
    return findings


def _told(process: EngineProcess) -> Finding:
    detail = f"process {process.pid}, {process.memory / 1e6:,.0f} MB, {process.clients} client(s)"
    data = {
        "pid": process.pid,
        "folder": process.folder,
        "memory": process.memory,
        "clients": process.clients,
    }
    if process.findable or process.seconds < START_SECONDS:
        return Finding("running engines", State.OK, detail, data=data)
    detail += ": no editor can find it any more"
    return Finding("running engines", State.WARNING, detail, f"kill {process.pid}", data)


def _named_in(state: Path) -> int | None:
    try:
        return int(json.loads(state.read_text())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _clients(leases: Path) -> int:
    try:
        return sum(1 for lease in leases.iterdir() if lease_is_live(lease))
    except OSError:
        return 0
