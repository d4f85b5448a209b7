"""The engine's own process: llama.cpp's server on a loopback port, until nobody needs it.

It runs as `python -m emberline.backends.engine_host`, reads its settings as one JSON object from standard
input, and writes one state file, which only its user can read, once the model is loaded. Native code that
crashes takes this process down and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from emberline.backends.process import lives

POLL_SECONDS = 2.0
NICENESS = 10
"""The engine fills every core it gets; the servers and editors that wait for it run first. Measured on 2
cores while it wrote: an answer's p95 0.85 ms instead of 1.8–2.3, p99 3.2 instead of 4.2, at the same speed,
also beside another busy process."""


def write_private(path: Path, content: str) -> None:
    """Writes a file that only its user can read, all of it or nothing."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    temporary.replace(path)


def yield_to_others() -> None:
    """Lowers this process's priority. Linux schedules by session (sched(7), "autogroup"), where it has a
    niceness of its own; elsewhere the process's counts, and on Windows neither exists."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def serve_model(settings: dict[str, Any], key: str) -> Any:
    """Loads the model and starts llama.cpp's HTTP server on a free loopback port; blocks while it loads.

    Small batches (64) keep the slot interruptible: a dropped prefill frees it after one batch, at about
    13 % of prefill speed. More threads than cores are 20 times slower. All slots share one KV cache: each
    window has two, so that a new anchor can be read in the second while the first still serves.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model_path"]
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["context_tokens"]
    params.kv_unified = True
    params.n_batch = params.n_ubatch = 64
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    params.n_gpu_layers = settings["gpu_layers"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.ui = False
    params.cache_ram_mib = 0
    # Without a folder for saving slots it refuses to erase them either; nothing is ever asked to be saved.
    params.slot_save_path = f"{Path(settings['state_file']).parent}{os.sep}"
    params.verbosity = 0
    return xllamacpp.Server(params)


def lease_is_live(lease: Path) -> bool:
    """Whether the process that left `lease` (named `<pid>-<start time>`) still runs."""
    pid, _, started = lease.name.partition("-")
    try:
        return lives(int(pid), float(started))
    except ValueError:
        return False


def wanted(leases: Path, idle_seconds: float, now: float) -> bool:
    """Whether some living client has used the engine within `idle_seconds`; forgets the dead ones."""
    latest = 0.0
    for lease in leases.iterdir() if leases.is_dir() else ():
        if lease_is_live(lease):
            latest = max(latest, lease.stat().st_mtime)
        else:
            lease.unlink(missing_ok=True)
    return now - latest < idle_seconds


def main() -> int:
    settings = json.loads(sys.stdin.read())
    yield_to_others()
    state_file = Path(settings["state_file"])
    key = secrets.token_urlsafe(24)
    started = time.monotonic()
    try:
        server = serve_model(settings, key)
    except ImportError as error:
        print(f"xllamacpp is missing, `pip install 'emberline[engine]'` brings it: {error}", file=sys.stderr)
        return 3
    except Exception as error:
        print(f"the engine could not load {settings['model_path']}: {error}", file=sys.stderr, flush=True)
        return 3
    address = str(server.listening_address)
    write_private(
        state_file,
        json.dumps(
            {
                "pid": os.getpid(),
                "address": address if "://" in address else f"http://{address}",
                "key": key,
                "started": psutil.Process().create_time(),
                "settings": settings,
                "load_seconds": round(time.monotonic() - started, 2),
            }
        ),
    )
    try:
        while wanted(Path(settings["leases"]), settings["idle_seconds"], time.time()):
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        pass
    finally:
        try:
            if json.loads(state_file.read_text())["pid"] == os.getpid():
                state_file.unlink()
        except (OSError, ValueError, KeyError):
            pass
    # llama.cpp's own teardown can wait for a running batch; there is nothing left to save.
    os._exit(0)


if __name__ == "__main__":
    raise SystemExit(main())
