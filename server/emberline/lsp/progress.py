"""Work that takes a while, shown in the editor's own way where the editor has one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum
from typing import Any

from lsprotocol import types

from emberline.lsp.protocol import EdgeProtocol

_Value = types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd

Token = int | str


class _State(Enum):
    ASKED = "asked"
    SHOWN = "shown"
    REFUSED = "refused"


class Progress:
    """Bars that the server begins. What happens before the editor has agreed is kept and sent then."""

    def __init__(self, protocol: EdgeProtocol, supported: bool) -> None:
        self._protocol = protocol
        self._supported = supported
        self._states: dict[Token, _State] = {}
        self._kept: dict[Token, list[_Value]] = {}
        self._cancels: dict[Token, Callable[[], None]] = {}

    def begin(self, token: Token, title: str, cancel: Callable[[], None] | None = None) -> None:
        """Asks for a bar, with a way to end it if `cancel` is given; nothing in an editor without bars."""
        if not self._supported or token in self._states:
            return
        self._states[token] = _State.ASKED
        self._kept[token] = [types.WorkDoneProgressBegin(title=title, cancellable=cancel is not None)]
        if cancel is not None:
            self._cancels[token] = cancel
        asked = self._protocol.send_request(
            types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token=token)
        )
        asked.add_done_callback(lambda answer: self._answered(token, answer))

    def adopt(self, token: Token, title: str, cancel: Callable[[], None] | None = None) -> None:
        """Begins a bar that the editor has made itself for one of its requests."""
        if token in self._states:
            return
        self._states[token] = _State.SHOWN
        if cancel is not None:
            self._cancels[token] = cancel
        self._send(token, types.WorkDoneProgressBegin(title=title, cancellable=cancel is not None))

    def report(self, token: Token, percentage: int | None, message: str) -> None:
        """Moves a bar; `percentage` is 0..100, or None where nobody knows."""
        self._send(token, types.WorkDoneProgressReport(percentage=percentage, message=message))

    def end(self, token: Token, message: str) -> None:
        """Takes a bar away; its token may be used anew."""
        self._cancels.pop(token, None)
        self._send(token, types.WorkDoneProgressEnd(message=message))
        if self._states.get(token) is not _State.ASKED:
            self._states.pop(token, None)

    def cancelled(self, token: object) -> None:
        """The user pressed the bar's cancel."""
        cancel = self._cancels.pop(token, None) if isinstance(token, (int, str)) else None
        if cancel is not None:
            cancel()

    def _answered(self, token: Token, answer: Future[Any]) -> None:
        kept = self._kept.pop(token, [])
        if answer.cancelled() or answer.exception() is not None:
            self._states[token] = _State.REFUSED
            kept = [value for value in kept if isinstance(value, types.WorkDoneProgressEnd)]
        else:
            self._states[token] = _State.SHOWN
            for value in kept:
                self._protocol.tell(types.PROGRESS, types.ProgressParams(token=token, value=value))
        if kept and isinstance(kept[-1], types.WorkDoneProgressEnd):
            del self._states[token]

    def _send(self, token: Token, value: _Value) -> None:
        match self._states.get(token):
            case _State.SHOWN:
                self._protocol.tell(types.PROGRESS, types.ProgressParams(token=token, value=value))
            case _State.ASKED:
                self._kept[token].append(value)
            case _:
                pass
