"""What the completion session tells, passed on to the editor in its words."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import ParamSpec

from emberline.completion.types import Status
from emberline.lsp.client import Client
from emberline.lsp.progress import Progress
from emberline.lsp.protocol import EdgeProtocol

_P = ParamSpec("_P")

STATUS_CHANGED = "didChangeStatus"
REFRESH = "emberline/refreshInlineCompletion"


class EditorListener:
    """The `Listener` of one editor, made in the event loop's thread and told from any.

    The protocol belongs to that one thread, so what another tells is said at the loop's next turn.
    """

    def __init__(self, protocol: EdgeProtocol, client: Client) -> None:
        self._loop = asyncio.get_running_loop()
        self._home = threading.get_ident()
        self._protocol = protocol
        self._client = client
        self._progress = Progress(protocol, client.progress)

    def refresh(self, uri: str) -> None:
        """Told only to clients that said they understand it."""
        if self._client.refreshable:
            self._at_home(self._protocol.tell, REFRESH, {"uri": uri})

    def status_changed(self, status: Status) -> None:
        told = {"busy": status.busy, "kind": status.kind, "message": status.message}
        self._at_home(self._protocol.tell, STATUS_CHANGED, told)

    def progress_begin(self, token: str, title: str) -> None:
        self._at_home(self._progress.begin, token, title)

    def progress_report(self, token: str, percentage: int | None, message: str) -> None:
        self._at_home(self._progress.report, token, percentage, message)

    def progress_end(self, token: str, message: str) -> None:
        self._at_home(self._progress.end, token, message)

    def _at_home(self, say: Callable[_P, None], *args: _P.args, **kwargs: _P.kwargs) -> None:
        if threading.get_ident() == self._home:
            say(*args, **kwargs)
        else:
            self._loop.call_soon_threadsafe(partial(say, *args, **kwargs))
