"""Every method that this server knows, and what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard

from lsprotocol import types

from emberline import __version__
from emberline.completion.types import Completer, CompletionRequest, Status, Suggestion
from emberline.documents.store import Document, Store, UnknownDocument
from emberline.documents.text import Point, Text
from emberline.lsp.actions import Menu
from emberline.lsp.capabilities import (
    ACCEPTED_COMMAND,
    EXPLAIN_COMMAND,
    REFACTOR_COMMAND,
    REPORT_COMMAND,
    TASK_COMMANDS,
)
from emberline.lsp.client import Client
from emberline.lsp.codes import Code, Refused
from emberline.lsp.convert import edit_of, item_of, point_of, request_of
from emberline.lsp.files import FileEvents
from emberline.lsp.listener import EditorListener
from emberline.lsp.menu import entry_of
from emberline.lsp.orders import order_of
from emberline.lsp.places import Places
from emberline.lsp.progress import Token
from emberline.lsp.protocol import EdgeProtocol
from emberline.lsp.refactorings import Refactorings
from emberline.lsp.report import REPORT, Reports
from emberline.lsp.tasks import METHODS, Tasks
from emberline.refactor.port import Refactorer

if TYPE_CHECKING:
    from emberline.account.figures import Report
    from emberline.lsp.metrics import Metrics
    from emberline.tasks.desk import Chores

DID_SHOW = "textDocument/didShowCompletion"
DID_PARTIALLY_ACCEPT = "textDocument/didPartiallyAcceptCompletion"
STATUS = "emberline/status"
PAUSE = "emberline/pause"
RESUME = "emberline/resume"
EXPLAIN = "emberline/explainRoute"
REFACTOR = "emberline/refactor"

_STARTING = Status("normal", True, "starting")
_PAUSED = Status("inactive", False, "paused")

_Inline = types.InlineCompletionList
_Menu = types.CompletionList


class Features:
    """The methods of one connection, over its documents and a completer that may come later."""

    def __init__(self, protocol: EdgeProtocol, client: Client, listener: EditorListener) -> None:
        self.exited = False
        self._protocol = protocol
        self._client = client
        self._listener = listener
        self._store = Store()
        self._completer: Completer | None = None
        self._decided = asyncio.Event()
        self._failure: Status | None = None
        self._paused = False
        self._configuration: Mapping[str, object] | None = None
        """What the editor said of its settings since it began."""
        self._collecting: dict[str, asyncio.Task[tuple[Suggestion, ...]]] = {}
        self._listed: tuple[Text, Point] | None = None
        """The place that the completion menu was last filled for."""
        self._refactorer: Refactorer | None = None
        self._places = Places(self._store, client.encoding)
        self._refactorings = Refactorings(
            protocol, client, listener, self._store, self._places, self._offering_soon
        )
        self._actions = Menu(client, self._store, self._places, self._offering, self._refactorings.edit_of)
        self._load_chores: Callable[[], Chores] | None = None
        self._loading_chores = asyncio.Lock()
        self._chores: Chores | None = None
        self._tasks = Tasks(protocol, client, listener, self._store, self._chores_soon)
        self._reports = Reports(protocol, client, listener)
        self._metrics: Metrics | None = None
        self._files = FileEvents(protocol, client, self._files_changed)
        handlers: dict[str, Callable[..., object]] = {
            types.INITIALIZE: self._initialize,
            types.INITIALIZED: self._initialized,
            types.SET_TRACE: self._ignore,
            types.WINDOW_WORK_DONE_PROGRESS_CANCEL: self._progress_cancel,
            types.SHUTDOWN: self._shutdown,
            types.EXIT: self._exit,
            types.WORKSPACE_DID_CHANGE_CONFIGURATION: self._did_change_configuration,
            types.TEXT_DOCUMENT_DID_OPEN: self._did_open,
            types.TEXT_DOCUMENT_DID_CHANGE: self._did_change,
            types.TEXT_DOCUMENT_DID_CLOSE: self._did_close,
            types.TEXT_DOCUMENT_INLINE_COMPLETION: self._inline_completion,
            types.WORKSPACE_EXECUTE_COMMAND: self._execute_command,
            DID_SHOW: self._did_show,
            DID_PARTIALLY_ACCEPT: self._did_partially_accept,
            STATUS: self._status,
            PAUSE: self._pause,
            RESUME: self._resume,
            EXPLAIN: self._explain,
            REFACTOR: self._refactor,
            REPORT: self._report,
            **{method: partial(self._task, command) for method, command in METHODS.items()},
            **self._actions.handlers(),
            **self._files.handlers(),
        }
        if client.menu:
            handlers[types.TEXT_DOCUMENT_COMPLETION] = self._completion
        for method, handler in handlers.items():
            self._protocol.fm.add_builtin_feature(method, handler)

    @property
    def completer(self) -> Completer | None:
        """What completes, once it is attached."""
        return self._completer

    def attach(self, completer: Completer) -> None:
        """From now on this one completes; it is told of every document that is open already."""
        self._completer = completer
        if self._configuration is not None:
            completer.configure(self._configuration)
        self._decided.set()
        for document in self._store.all():
            completer.document_opened(document)

    def attach_refactorer(self, refactorer: Refactorer) -> None:
        """From now on this one refactors; it is told of every document that is open already."""
        self._refactorer = refactorer
        for document in self._store.all():
            refactorer.document_opened(document)

    def attach_chores(self, load: Callable[[], Chores]) -> None:
        """From now on everyday tasks can be ordered; what does them is loaded with the first."""
        self._load_chores = load

    def attach_book(self, book: Callable[[str], Report], metrics: Metrics) -> None:
        """From now on there are reports, and figures for whoever collects them."""
        self._reports.book = book
        self._metrics = metrics
        metrics.start()

    def endings(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        """What ends the services that were attached, in order."""
        refactoring = () if self._refactorer is None else (self._refactorer.close,)
        completing = () if self._completer is None else (self._completer.stop,)
        measuring = () if self._metrics is None else (self._metrics.close,)
        doing = () if self._chores is None else (self._chores.close,)
        return (*measuring, *doing, *refactoring, *completing)

    def fail(self, message: str) -> None:
        """There will be no completer: requests are answered, with nothing."""
        self._failure = Status("error", False, message)
        self._decided.set()
        self._listener.status_changed(self._failure)

    def _initialize(self, params: types.InitializeParams) -> None:
        raise Refused(Code.INVALID_REQUEST, "initialize was sent before")

    def _ignore(self, params: object) -> None:
        """Known and heard, but nothing follows from it here."""

    def _initialized(self, params: object) -> None:
        self._files.watch()

    def _progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        self._listener.progress_cancelled(params.token)

    def _shutdown(self, params: object) -> None:
        self._protocol.begin_shutdown()

    def _exit(self, params: object) -> None:
        self.exited = True

    def _did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        opened = params.text_document
        document = Document(opened.uri, opened.language_id, opened.version, Text.of(opened.text))
        self._supersede(opened.uri)
        self._actions.supersede(opened.uri)
        self._places.forget(opened.uri)
        self._store.open(document)
        if self._completer is not None and not self._paused:
            self._completer.document_opened(document)
        if self._refactorer is not None:
            self._refactorer.document_opened(document)
        if self._chores is not None:
            self._chores.document_opened(document)

    def _did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        uri, version = params.text_document.uri, params.text_document.version
        document = self._store.get(uri)
        if document is None:
            raise _not_open(uri)
        self._supersede(uri)
        self._actions.supersede(uri)
        edits = []
        for change in params.content_changes:
            edit = edit_of(document.text, change, self._client.encoding)
            if isinstance(change, types.TextDocumentContentChangePartial):
                document = self._store.change(uri, version, (edit,))
            else:
                document = self._store.change(uri, version, change.text)
            edits.append(edit)
        if not edits:
            document = self._store.change(uri, version, ())
        if self._completer is not None and not self._paused:
            self._completer.document_changed(document, tuple(edits))
        self._refactorings.document_changed(document)
        if self._refactorer is not None:
            self._refactorer.document_changed(document)
        if self._chores is not None:
            self._chores.document_changed(document)

    def _did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._supersede(uri)
        self._actions.supersede(uri)
        self._places.forget(uri)
        try:
            self._store.close(uri)
        except UnknownDocument as error:
            raise _not_open(uri) from error
        if self._completer is not None:
            self._completer.document_closed(uri)
        if self._refactorer is not None:
            self._refactorer.document_closed(uri)
        if self._chores is not None:
            self._chores.document_closed(uri)

    def _files_changed(self, uris: tuple[str, ...]) -> None:
        if self._refactorer is not None:
            self._refactorer.files_changed(uris)
        if self._chores is not None:
            self._chores.files_changed(uris)

    def _offering(self) -> Refactorer | None:
        """What refactors, while anything is offered."""
        return None if self._paused else self._refactorer

    async def _offering_soon(self) -> Refactorer | None:
        """The same, once the services have started: an order may come right behind the handshake."""
        await self._decided.wait()
        return self._offering()

    async def _chores_soon(self) -> Chores | None:
        """What does everyday tasks, while anything is offered; it knows every document that is open."""
        await self._decided.wait()
        if self._paused or self._load_chores is None:
            return None
        async with self._loading_chores:
            if self._chores is None:
                chores = await asyncio.to_thread(self._load_chores)
                for document in self._store.all():
                    chores.document_opened(document)
                self._chores = chores
        return self._chores

    def _inline_completion(
        self, params: types.InlineCompletionParams
    ) -> _Inline | Coroutine[Any, Any, _Inline]:
        document = self._taken_up(params.text_document)
        if document is None:
            return types.InlineCompletionList(items=[])
        return self._inline(request_of(params, document, self._client.encoding, self._client.refreshable))

    async def _inline(self, request: CompletionRequest) -> _Inline:
        text, encoding = request.document.text, self._client.encoding
        suggestions = await self._collect(request)
        return types.InlineCompletionList(items=[item_of(one, text, encoding) for one in suggestions])

    def _completion(self, params: types.CompletionParams) -> _Menu | Coroutine[Any, Any, _Menu]:
        """The same for a client without inline completion, as entries of its menu."""
        document = self._taken_up(params.text_document)
        if document is None:
            return _menu([])
        cursor = point_of(document.text, params.position, self._client.encoding)
        # Clients call it "invoked" also when the user merely types. Who asks once more, though nothing has
        # changed since the last answer, does it by hand.
        again = self._listed == (document.text, cursor) and _is_invoked(params.context)
        return self._fill(CompletionRequest(document, cursor, invoked=again, menu=True))

    async def _fill(self, request: CompletionRequest) -> _Menu:
        document, cursor = request.document, request.cursor
        suggestions = await self._collect(request)
        self._listed = (document.text, cursor)
        return _menu(
            [entry_of(one, rank, document, cursor, self._client) for rank, one in enumerate(suggestions)]
        )

    def _taken_up(self, told: types.TextDocumentIdentifier) -> Document | None:
        """The document that is asked about; what was asked before ends. None where nothing is answered."""
        document = self._store.get(told.uri)
        asked = getattr(told, "version", None)
        if document is None or self._paused or (asked is not None and asked < document.version):
            return None
        self._supersede(told.uri)
        return document

    async def _collect(self, request: CompletionRequest) -> tuple[Suggestion, ...]:
        """The completer's answer, or an empty one as soon as the text or a newer request makes it stale."""
        uri, text = request.document.uri, request.document.text
        work = asyncio.ensure_future(self._ask(request))
        self._collecting[uri] = work
        try:
            await asyncio.wait((work,))
        finally:
            work.cancel()
            if self._collecting.get(uri) is work:
                del self._collecting[uri]
        if work.cancelled():
            return ()
        suggestions = work.result()
        now = self._store.get(uri)
        return () if now is None or now.text is not text else suggestions

    async def _ask(self, request: CompletionRequest) -> tuple[Suggestion, ...]:
        await self._decided.wait()
        return () if self._completer is None else await self._completer.complete(request)

    def _supersede(self, uri: str) -> None:
        """Ends what is being collected for this document; its request is answered empty."""
        if (work := self._collecting.pop(uri, None)) is not None:
            work.cancel()

    def _execute_command(self, params: types.ExecuteCommandParams) -> object:
        if params.command == EXPLAIN_COMMAND:
            arguments = params.arguments or [None]
            explained = self._explain(arguments[0])
            self._listener.say(str(explained["text"]))
            return explained
        if params.command == REPORT_COMMAND:
            return self._show_report(params.arguments)
        if params.command == REFACTOR_COMMAND:
            return self._order(_first(params.arguments), params.work_done_token)
        if params.command in TASK_COMMANDS:
            argument = params.arguments[0] if params.arguments else None
            return self._tasks.ordered(params.command, argument, params.work_done_token)
        if params.command != ACCEPTED_COMMAND:
            raise Refused(Code.INVALID_PARAMS, f"unknown command {params.command[:80]}")
        identity = _suggestion_id(params.arguments)
        if self._completer is not None:
            self._completer.accepted(identity)
        return None

    def _refactor(self, params: object) -> object:
        """The command as a request: with its argument, or with the command's own params."""
        told: Mapping[str, object] = params if isinstance(params, dict) else {}
        token = told.get("workDoneToken")
        argument = _first(told["arguments"]) if "arguments" in told else params
        return self._order(argument, token if _is_token(token) else None)

    def _order(self, argument: object, token: Token | None) -> object:
        return self._refactorings.carry_out(order_of(argument), token)

    def _task(self, command: str, params: object) -> object:
        told: Mapping[str, object] = params if isinstance(params, dict) else {}
        token = told.get("workDoneToken")
        return self._tasks.asked(command, params, token if _is_token(token) else None)

    async def _report(self, params: object) -> Mapping[str, str]:
        await self._decided.wait()
        return await self._reports.written(params)

    async def _show_report(self, arguments: object) -> Mapping[str, str]:
        await self._decided.wait()
        return await self._reports.shown(arguments[0] if isinstance(arguments, list) and arguments else None)

    def _explain(self, params: object) -> Mapping[str, object]:
        if self._completer is None:
            return {"text": self._current_status().message, "route": None}
        uri = params.get("uri") if isinstance(params, dict) else None
        return self._completer.explain(uri if isinstance(uri, str) else None)

    def _did_change_configuration(self, params: types.DidChangeConfigurationParams) -> None:
        settings: Any = params.settings
        own = settings.get("emberline") if isinstance(settings, dict) else None
        if not isinstance(own, dict):
            return  # other servers' settings, or none
        self._configuration = own
        if self._completer is not None:
            self._completer.configure(own)

    def _did_show(self, params: object) -> None:
        identity = _suggestion_id(_arguments(params))
        if self._completer is not None:
            self._completer.shown(identity)

    def _did_partially_accept(self, params: object) -> None:
        identity = _suggestion_id(_arguments(params))
        length = params.get("acceptedLength") if isinstance(params, dict) else None
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise Refused(Code.INVALID_PARAMS, "acceptedLength must be a count of UTF-16 units")
        if self._completer is not None:
            self._completer.partially_accepted(identity, length)

    def _status(self, params: object) -> dict[str, object]:
        status = self._current_status()
        return {
            "version": __version__,
            "kind": status.kind,
            "busy": status.busy,
            "message": status.message,
            "stats": {}
            if self._completer is None
            else {**self._completer.stats(), **self._protocol.under_way},
        }

    def _pause(self, params: object) -> None:
        self._paused = True
        for uri in tuple(self._collecting):
            self._supersede(uri)
        self._actions.rest()
        if self._completer is not None:
            self._completer.rest()
        self._listener.status_changed(_PAUSED)

    def _resume(self, params: object) -> None:
        self._paused = False
        if self._completer is not None:  # it heard of nothing meanwhile
            for document in self._store.all():
                self._completer.document_opened(document)
        self._listener.status_changed(self._current_status())

    def _current_status(self) -> Status:
        if self._paused:
            return _PAUSED
        if self._completer is not None:
            return self._completer.status()
        return self._failure or _STARTING


def _menu(entries: list[types.CompletionItem]) -> _Menu:
    """Always incomplete: every key may bring a better suggestion, so the client is to ask again."""
    return types.CompletionList(is_incomplete=True, items=entries)


def _is_invoked(context: types.CompletionContext | None) -> bool:
    return context is None or context.trigger_kind is types.CompletionTriggerKind.Invoked


def _not_open(uri: str) -> Refused:
    return Refused(Code.INVALID_PARAMS, f"no open document {uri}")


def _first(arguments: object) -> object:
    if isinstance(arguments, (list, tuple)) and arguments:
        return arguments[0]
    raise Refused(Code.INVALID_PARAMS, "arguments[0] must say what is to be refactored")


def _is_token(value: object) -> TypeGuard[Token]:
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def _arguments(params: object) -> object:
    """The arguments of the command of the item in these params."""
    match params:
        case {"item": {"command": {"arguments": arguments}}}:
            return arguments
        case _:
            raise Refused(Code.INVALID_PARAMS, "item must be an inline completion item with its command")


def _suggestion_id(arguments: object) -> str:
    if isinstance(arguments, (list, tuple)) and arguments and isinstance(arguments[0], dict):
        identity = arguments[0].get("id")
        if isinstance(identity, str):
            return identity
    raise Refused(Code.INVALID_PARAMS, "arguments[0].id must be a suggestion's id")
