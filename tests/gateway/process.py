"""`emberline gateway` as a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator

COMMAND = (sys.executable, "-m", "emberline", "gateway")


@contextlib.contextmanager
def gateway() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, by the environment's configuration, and its address."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        start = json.loads(line)
        assert start["event"] == "start"
        yield process, start["url"]
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate()
