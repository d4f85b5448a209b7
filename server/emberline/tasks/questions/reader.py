"""The process that reads the workspace and holds its full-text index, so that the server's lock on Python is
never held for it.

It runs as `python -m emberline.tasks.questions.reader`, takes a `Setting` and requests from standard input,
answers each on standard output, and ends when its input does. It writes no file.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

from emberline.backends.engine_host import NICENESS
from emberline.refactor.index.messages import framed, read_from
from emberline.tasks.questions.library import Library, Setting
from emberline.tasks.questions.messages import Done, Look, Open, Progress, Refresh, Search, Sift

BACKGROUND = "background"
"""The argument of one that yields to whatever else runs."""
_TOLD_SECONDS = 0.1


def main() -> None:
    # Ctrl-C is for the command that asks; it ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if BACKGROUND in sys.argv and hasattr(os, "nice"):
        os.nice(NICENESS)
    source, sink = sys.stdin.buffer, sys.stdout.buffer

    def send(message: object) -> None:
        sink.write(framed(message))
        sink.flush()

    setting = read_from(source)
    if not isinstance(setting, Setting):
        return
    library = Library(setting)
    while (request := read_from(source)) is not None:
        try:
            send(_answered(library, request, _throttled(send)))
        except BrokenPipeError:  # nobody listens any more
            return


def _answered(library: Library, request: object, watch: Callable[[int, int], None]) -> object:
    match request:
        case Refresh():
            library.refresh(watch)
        case Sift(question):
            library.sift(question, watch)
        case Look(paths):
            library.look(paths)
        case Open(texts):
            library.open(texts)
        case Search(question, most):
            return library.search(question, most)
    return Done()


def _throttled(send: Callable[[object], None]) -> Callable[[int, int], None]:
    told = time.monotonic()

    def watch(done: int, of: int) -> None:
        nonlocal told
        if of and (now := time.monotonic()) - told >= _TOLD_SECONDS:
            told = now
            send(Progress(done, of))

    return watch


if __name__ == "__main__":
    main()
