"""Reads many files: by itself, or where there are many, by several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType

from emberline.tasks.questions.reading import Reading, read_file

WORTH_FILES = 400
"""From so many files on a second process has read enough by the time that it has started."""
_TOGETHER = 24


class Pool:
    """Processes that are started when they are worth it, and end with the block."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def read(self, named: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Reading | None]]:
        """Every path with its reading; `named` has the paths and what they are called."""
        if self._jobs < 2 or len(named) < WORTH_FILES:
            yield from map(_read, named)
            return
        self._executor = ProcessPoolExecutor(
            self._jobs, multiprocessing.get_context("spawn"), initializer=_begin
        )
        yield from self._executor.map(_read, named, chunksize=_TOGETHER)


def _read(named: tuple[str, str]) -> tuple[str, Reading | None]:
    path, name = named
    return path, read_file(path, name)


def _begin() -> None:
    """Ends this process with the one that started it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
