"""JSON-RPC under pygls's types and registry, with the promises that pygls does not keep.

Every request gets exactly one response, whatever is wrong with it. Notifications leave nothing behind.
Nothing that a message holds reaches the log.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from functools import partial
from typing import Any

from cattrs import transform_error
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter

from emberline import __version__
from emberline.lsp.codes import Code, Refused
from emberline.lsp.frames import frame
from emberline.lsp.wire import Invalid, Notification, Request, Response, decode, encode, failure

logger = logging.getLogger(__name__)
# At more talkative levels pygls writes whole messages into the log, and with them the user's code.
logging.getLogger("pygls").setLevel(logging.WARNING)

MessageId = int | str


class EdgeProtocol(LanguageServerProtocol):
    """Takes message bodies, calls the features in its registry (`fm.builtin_features`), sends the answers.

    A feature is a function of the method's params: structured for the protocol's own methods, plain JSON for
    ours. It runs at once, in the order of arrival; one that needs time returns a coroutine, which
    `$/cancelRequest` cancels. It raises `Refused` to answer with an error.
    """

    def __init__(self, server: LanguageServer, converter: Any) -> None:
        super().__init__(server, converter)
        self._running: dict[MessageId, asyncio.Task[object]] = {}
        converter.register_structure_hook(types.TextDocumentIdentifier, _structure_identifier)

    def receive(self, body: bytes) -> None:
        """Handles one message body; raises nothing."""
        match decode(body):
            case Request(identity, method, params):
                self._receive_request(identity, method, params)
            case Notification(method, params):
                self._receive_notification(method, params)
            case Response(message):
                self._receive_response(message)
            case Invalid(identity, refusal):
                self.refuse(identity, refusal)

    def tell(self, method: str, params: object) -> None:
        """Sends a notification; `params` may hold the protocol's types."""
        self._send_data({"jsonrpc": self.VERSION, "method": method, "params": params})

    @property
    def under_way(self) -> dict[str, int]:
        """How much is being worked on: the event loop's tasks, the client's requests that are not answered,
        and requests of ours that the client has not answered.
        """
        return {
            "tasks": len(asyncio.all_tasks()),
            "open requests": len(self._running),
            "open questions": len(self._request_futures),
        }

    def forget_request(self, identity: str) -> None:
        """Whatever the client still answers to this request of ours is dropped."""
        self._request_futures.pop(identity, None)
        self._result_types.pop(identity, None)

    def refuse(self, identity: MessageId | None, refusal: Refused) -> None:
        """Answers with an error."""
        self._send_data(failure(identity, refusal))

    def begin_shutdown(self) -> None:
        """From now on requests are refused; those under way are cancelled, and answered as such."""
        self._shutdown = True
        for task in tuple(self._running.values()):
            task.cancel()

    @property
    def shutting_down(self) -> bool:
        return self._shutdown

    async def settle(self) -> None:
        """Cancels what is under way and returns when all of it has been answered."""
        tasks = tuple(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _register_builtin_features(self) -> None:
        """None: pygls's own would keep the documents in its workspace. `features.py` names every method."""

    def _receive_request(self, identity: MessageId, method: str, raw: object) -> None:
        try:
            if self._shutdown:
                raise Refused(Code.INVALID_REQUEST, "the server is shutting down")
            result = self._call(method, raw, {"id": identity})
        except Exception as error:
            self._send_failure(identity, method, error)
            return
        if not asyncio.iscoroutine(result):
            self._send_result(identity, method, result)
            return
        task: asyncio.Task[object] = asyncio.ensure_future(result)
        self._running[identity] = task
        task.add_done_callback(partial(self._answer, identity, method))

    def _answer(self, identity: MessageId, method: str, task: asyncio.Task[object]) -> None:
        if self._running.get(identity) is task:
            del self._running[identity]
        if task.cancelled():
            self.refuse(identity, Refused(Code.CANCELLED, "cancelled"))
        elif (error := task.exception()) is not None:
            self._send_failure(identity, method, error)
        else:
            self._send_result(identity, method, task.result())

    def _receive_notification(self, method: str, raw: object) -> None:
        if method == types.CANCEL_REQUEST:
            self._cancel(raw)
            return
        if self._shutdown and method != types.EXIT:
            return
        try:
            self._call(method, raw, {})
        except Refused as refusal:
            if refusal.code is not Code.METHOD_NOT_FOUND:  # unknown ones may be ignored, says the protocol
                logger.warning("%s was ignored: %s", method, refusal.message)
        except Exception as error:
            _log_crash(method, error)

    def _receive_response(self, message: dict[str, Any]) -> None:
        future = self._request_futures.pop(message["id"], None)
        if future is None or future.done():
            return
        try:
            structured: Any = self.structure_message(message)
        except JsonRpcException as error:
            future.set_exception(error)
            return
        if isinstance(structured, types.ResponseErrorMessage):
            error_message = structured.error.message if structured.error else "no reason given"
            future.set_exception(JsonRpcException(error_message))
        else:
            future.set_result(structured.result)

    def _call(self, method: str, raw: object, identity: dict[str, object]) -> object:
        handler = self.fm.builtin_features.get(method)
        if handler is None:
            raise Refused(Code.METHOD_NOT_FOUND, f"unknown method {method[:80]}")
        message_type = self.get_message_type(method)
        if message_type is None:
            return handler(raw)
        message = {"jsonrpc": self.VERSION, "method": method, **identity}
        if raw is not None:
            message["params"] = raw
        try:
            params = self._converter.structure(message, message_type).params
        except Exception as error:
            raise Refused(Code.INVALID_PARAMS, _what_is_wrong(error)) from error
        return handler(params)

    def _cancel(self, raw: object) -> None:
        identity = raw.get("id") if isinstance(raw, dict) else None
        if isinstance(identity, (int, str)) and (task := self._running.get(identity)) is not None:
            task.cancel()

    def _send_result(self, identity: MessageId, method: str, result: object) -> None:
        try:
            body = encode(
                {"jsonrpc": self.VERSION, "id": identity, "result": result}, self._serialize_message
            )
        except Exception as error:
            self._send_failure(identity, method, error)
            return
        self._send_body(body)

    def _send_failure(self, identity: MessageId, method: str, error: BaseException) -> None:
        if isinstance(error, Refused):
            self.refuse(identity, error)
            return
        _log_crash(method, error)
        self.refuse(identity, Refused(Code.INTERNAL_ERROR, f"{type(error).__name__} in {method}"))

    def _send_data(self, data: Any) -> None:
        """pygls's own counts the length in characters and logs the text."""
        self._send_body(encode(data, self._serialize_message))

    def _send_body(self, body: bytes) -> None:
        if self.writer is not None:
            self.writer.write(frame(body))


class EdgeServer(LanguageServer):
    """pygls's server around `EdgeProtocol`: the registry of features and the typed messages to the client."""

    protocol: EdgeProtocol

    def __init__(self) -> None:
        super().__init__(
            "emberline", __version__, protocol_cls=EdgeProtocol, converter_factory=default_converter
        )

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Into the log only: pygls's own opens a message box in the editor for each."""
        logger.error("%s: %s", getattr(source, "__name__", source), type(error).__name__)


def _structure_identifier(
    value: Any, _: type
) -> types.TextDocumentIdentifier | types.VersionedTextDocumentIdentifier:
    """Keeps the version where a client sends one although the protocol's type has none."""
    if isinstance(value["uri"], str):
        if isinstance(version := value.get("version"), int):
            return types.VersionedTextDocumentIdentifier(uri=value["uri"], version=version)
        return types.TextDocumentIdentifier(uri=value["uri"])
    raise TypeError("uri")


def _what_is_wrong(error: Exception) -> str:
    """The places that are wrong, by their paths; never the values."""
    try:
        return "; ".join(transform_error(error, path="message")[:3])
    except Exception:
        return "the params do not have the method's shape"


def _log_crash(method: str, error: BaseException) -> None:
    """Where it happened, without the exception's own words: they may quote the user's code."""
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s in %s\n%s", type(error).__name__, method, where)
