"""Requests of ours to the client, which may answer late, wrongly or never."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from lsprotocol import types

from emberline.lsp.protocol import EdgeProtocol


class Asked:
    """One request that was just sent."""

    def __init__(self, protocol: EdgeProtocol, method: str, params: object) -> None:
        self._protocol = protocol
        self._identity = str(uuid.uuid4())
        self._future = protocol.send_request(method, params, msg_id=self._identity)

    async def answer(self) -> Any:
        """The client's result. Raises `JsonRpcException` where it answers with an error, or not as it should.

        Who stops waiting withdraws the request; what is answered then is dropped.
        """
        try:
            return await asyncio.wrap_future(self._future)
        except asyncio.CancelledError:
            self._protocol.forget_request(self._identity)
            self.withdraw()
            raise

    def withdraw(self) -> None:
        """Tells the client that the answer is not wanted any more. It may answer all the same."""
        self._protocol.tell(types.CANCEL_REQUEST, {"id": self._identity})


async def ask(protocol: EdgeProtocol, method: str, params: object) -> Any:
    """See `Asked.answer`."""
    return await Asked(protocol, method, params).answer()


async def chosen(protocol: EdgeProtocol, message: str, buttons: tuple[str, ...]) -> str | None:
    """The button that the user pressed, None where the message was dismissed. Raises `JsonRpcException`."""
    params = types.ShowMessageRequestParams(
        type=types.MessageType.Info,
        message=message,
        actions=[types.MessageActionItem(title=button) for button in buttons],
    )
    answer = await ask(protocol, types.WINDOW_SHOW_MESSAGE_REQUEST, params)
    return getattr(answer, "title", None)
