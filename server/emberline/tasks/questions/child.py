"""A reader process and the pipe to it. All of this waits, and belongs into threads."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable

from emberline.refactor.index.messages import framed, read_from
from emberline.tasks.questions.findings import Findings
from emberline.tasks.questions.library import Setting
from emberline.tasks.questions.messages import Progress, Request
from emberline.tasks.questions.reader import BACKGROUND

_GRACE_SECONDS = 2.0


class Gone(Exception):
    """The process has ended."""


class Reader:
    """One process."""

    def __init__(self, setting: Setting, *arguments: str) -> None:
        """Raises `OSError` where no process can be started."""
        self._process = subprocess.Popen(
            # -P: nothing of the folder that the server was started in is imported.
            [sys.executable, "-P", "-m", "emberline.tasks.questions.reader", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with contextlib.suppress(Gone):  # who asks is told
            self._send(setting)

    @classmethod
    def in_background(cls, setting: Setting) -> Reader:
        """One that yields to whatever else runs."""
        return cls(setting, BACKGROUND)

    def ask(self, request: Request, watch: Callable[[int, int], None]) -> Findings | None:
        """What was found by a search, nothing for any other request. Raises `Gone`."""
        self._send(request)
        assert self._process.stdout is not None
        while True:
            try:
                answer = read_from(self._process.stdout)
            except (OSError, ValueError, EOFError) as error:
                raise Gone from error
            match answer:
                case None:
                    raise Gone
                case Progress(done, of):
                    watch(done, of)
                case Findings():
                    return answer
                case _:
                    return None

    def stop(self) -> None:
        """Ends the process, by force where it does not end when it is told to. An `ask` under way raises."""
        self._process.terminate()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Frees the pipes of one that has stopped, and that nobody asks any more."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(framed(message))
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise Gone from error
