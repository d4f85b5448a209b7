"""A large log read in a process of its own, so that the lock on Python of a server is never held for it.

It runs as `python -m emberline.tasks.logs.apart PATH…` and writes an `Overview` to standard output, and
no file.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from emberline.backends.engine_host import NICENESS
from emberline.tasks.logs.overview import chosen
from emberline.tasks.logs.reading import in_order, read
from emberline.tasks.logs.sources import BadLog, Log
from emberline.tasks.logs.types import Overview

GROUPS = 500
"""Of so many groups the server is told: more are shown nowhere there, and unpacking them would hold it up."""
_REFUSED = 3


async def read_apart(paths: Sequence[Path]) -> Overview:
    """The overview of these logs, with the most important groups. Raises `BadLog`. Cancelled, it ends the
    process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", __name__, *map(os.fspath, paths), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        data, said = await process.communicate()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    if process.returncode == _REFUSED:
        raise BadLog(said.decode("utf-8", "replace").strip())
    if process.returncode:
        raise BadLog(f"the process that reads the log ended with status {process.returncode}")
    overview = pickle.loads(data)
    assert isinstance(overview, Overview)
    return overview


def main(words: Sequence[str]) -> int:
    """Reads the logs and tells what stands in them."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        overview = read(in_order([Log.of(Path(word)) for word in words]))
    except BadLog as error:
        print(error, file=sys.stderr)
        return _REFUSED
    for group in overview.groups:
        group.pace.clear()
    hidden = len(overview.groups) - GROUPS
    if hidden > 0:
        note = f"{hidden:,} more kinds of records are told in a shell only."
        overview = replace(overview, groups=chosen(overview.groups, GROUPS), notes=(*overview.notes, note))
    sys.stdout.buffer.write(pickle.dumps(overview))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
