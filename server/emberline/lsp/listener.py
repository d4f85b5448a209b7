"""What the completion session tells, passed on to the editor in its words."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import ParamSpec

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from emberline.completion.types import Status
from emberline.lsp import asking
from emberline.lsp.client import Client
from emberline.lsp.progress import Progress, Token
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

    def say(self, message: str) -> None:
        """As a message that asks for nothing."""
        params = types.ShowMessageParams(type=types.MessageType.Info, message=message)
        self._at_home(self._protocol.tell, types.WINDOW_SHOW_MESSAGE, params)

    def warn(self, message: str) -> None:
        """As a message that something was not done."""
        params = types.ShowMessageParams(type=types.MessageType.Warning, message=message)
        self._at_home(self._protocol.tell, types.WINDOW_SHOW_MESSAGE, params)

    async def ask(self, message: str, actions: tuple[str, ...]) -> str | None:
        """As a message with buttons. Called in the event loop's thread alone."""
        try:
            return await asking.chosen(self._protocol, message, actions)
        except JsonRpcException:  # an editor that cannot ask
            return None

    def progress_adopt(self, token: Token, title: str, cancel: Callable[[], None]) -> None:
        """Shows it at a bar that the editor has made itself."""
        self._at_home(self._progress.adopt, token, title, cancel)

    def progress_begin(self, token: Token, title: str, cancel: Callable[[], None] | None = None) -> None:
        self._at_home(self._progress.begin, token, title, cancel)

    def progress_cancelled(self, token: object) -> None:
        """The editor's user wants the work behind `token` to end."""
        self._progress.cancelled(token)

    def progress_report(self, token: Token, percentage: int | None, message: str) -> None:
        self._at_home(self._progress.report, token, percentage, message)

    def progress_end(self, token: Token, message: str) -> None:
        self._at_home(self._progress.end, token, message)

    def _at_home(self, say: Callable[_P, None], *args: _P.args, **kwargs: _P.kwargs) -> None:
        if threading.get_ident() == self._home:
            say(*args, **kwargs)
        else:
            self._loop.call_soon_threadsafe(partial(say, *args, **kwargs))
