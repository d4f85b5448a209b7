"""Refactorings that a client orders, from the first question to the applied edit; one a document."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from emberline.backends.failure import Failure
from emberline.documents.store import Document, Store
from emberline.errors import UserError
from emberline.lsp.aftermath import unapplied
from emberline.lsp.asking import Asked
from emberline.lsp.client import Client
from emberline.lsp.dialogs import Dialogs
from emberline.lsp.landing import Landing
from emberline.lsp.listener import EditorListener
from emberline.lsp.orders import Order
from emberline.lsp.places import Places, name_of
from emberline.lsp.progress import Token
from emberline.lsp.protocol import EdgeProtocol
from emberline.lsp.wording import sentence
from emberline.lsp.workspace_edit import Sheet, is_wide, new_uri, obstacle, sheet, to_confirm
from emberline.refactor.differences import unified
from emberline.refactor.port import Outcome, Refactorer
from emberline.refactor.types import Assignment, Change, FileChange, Form, Unfit
from emberline.routing.explain import as_json

Result = dict[str, object]

TOKEN = "emberline/refactor/"
CANCELLED = "Cancelled; nothing was changed."
_LOOKS = 3
"""How often a change is fitted to texts that change while it is being fitted."""
_LAST_WORD_SECONDS = 2.0
"""How long a client that already has the edit may take to say what it did with it, after a cancel."""
_LATE = "Your editor had the edit already when it was cancelled; if it still applies it, undo takes it back."
_NOT_NOW = "Emberline is paused, or could not start"
_NO_EDITS = (
    "your editor takes no edits from a server; `emberline refactor` does it from a shell, "
    "and `dryRun` shows the difference"
)


@dataclass(slots=True)
class Run:
    """One order under way."""

    order: Order
    token: Token
    begin: Callable[[Token, str, Callable[[], None]], None]
    """Shows its bar."""
    title: str = "Refactoring"
    outcome: Outcome | None = None
    is_sent: bool = False
    """The client has the edit: what happens now is up to it."""


class Refactorings:
    """Of one client. Whatever comes of an order, its user reads it once and its request is answered once."""

    def __init__(
        self,
        protocol: EdgeProtocol,
        client: Client,
        listener: EditorListener,
        store: Store,
        places: Places,
        refactorer: Callable[[], Awaitable[Refactorer | None]],
    ) -> None:
        """`refactorer` returns None where nothing may be done."""
        self._protocol = protocol
        self._client = client
        self._listener = listener
        self._store = store
        self._places = places
        self._refactorer = refactorer
        self._dialogs = Dialogs(protocol, client, listener)
        self._busy: set[str] = set()
        self._landings: list[Landing] = []
        self._numbers = itertools.count(1)

    def document_changed(self, document: Document) -> None:
        for landing in self._landings:
            landing.changed(document)

    # -- orders ---------------------------------------------------------------------------------------

    async def carry_out(self, order: Order, token: Token | None) -> Result:
        """The command's result. `token` is the progress that the client has made for it, if it has."""
        refactorer = await self._refactorer()
        if refactorer is None:
            return self._refused(_NOT_NOW)
        if order.uri in self._busy:
            return self._refused(f"a refactoring of {name_of(order.uri)} is under way already")
        self._busy.add(order.uri)
        if token is None:
            run = Run(order, f"{TOKEN}{next(self._numbers)}", self._listener.progress_begin)
        else:
            run = Run(order, token, self._listener.progress_adopt)
        work = asyncio.ensure_future(self._watched(run, refactorer))
        try:
            return await self._awaited(run, work)
        finally:
            work.cancel()
            self._busy.discard(order.uri)

    async def _awaited(self, run: Run, work: asyncio.Task[Result]) -> Result:
        """The work's result, also where it was ended at its bar; `CancelledError` where the request was."""
        try:
            await asyncio.wait((work,))
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait((work,))  # an edit that the client has already is told about truly
            if work.cancelled():
                raise
        if not work.cancelled():
            return work.result()
        return _result(False, _LATE if run.is_sent else CANCELLED, run.outcome)

    async def _watched(self, run: Run, refactorer: Refactorer) -> Result:
        """With its bar taken away at the end, and every trouble told."""
        ending = "cancelled"
        try:
            result = await self._steps(run, refactorer)
            ending = "done" if result["applied"] else "nothing changed"
            return result
        except (Unfit, Failure, UserError) as error:
            ending = "not done"
            return self._refused(str(error), run.outcome)
        except asyncio.CancelledError:
            if run.is_sent:
                self._listener.warn(f"{run.title}: {_LATE}")
            raise
        except Exception as error:
            ending = "broke off"
            state = "your editor already has the edit" if run.is_sent else "nothing was changed"
            self._listener.warn(f"{run.title} broke off ({type(error).__name__}); {state}.")
            raise
        finally:
            self._listener.progress_end(run.token, ending)

    async def _steps(self, run: Run, refactorer: Refactorer) -> Result:
        assignment = await self._understood(run, refactorer)
        if assignment is None:
            return _result(False, CANCELLED, None)
        run.outcome = outcome = await refactorer.run(assignment, _Stage(self._listener, run.token))
        change = outcome.change
        if run.order.dry_run:
            return await _shown(outcome)
        if change is None:
            self._dialogs.show(run.title, outcome.words)
            return _result(False, outcome.words, outcome)
        if not change.files:
            self._listener.say(outcome.words)
            return _result(False, outcome.words, outcome)
        if why := obstacle(change, self._client.edits):
            raise Unfit(why)
        if not await self._agreed(run, outcome, change):
            return _result(False, "Not wanted; nothing was changed.", outcome)
        return await self._apply(run, refactorer, outcome, change)

    async def _understood(self, run: Run, refactorer: Refactorer) -> Assignment | None:
        """What is to be done, with the user's answer; None where they have none."""
        order = run.order
        origin = self._places.origin(order)

        async def assigned(answer: str) -> Assignment:
            place = self._places.find(order, origin)
            return await refactorer.assignment(
                place.document, place.span, order.action, answer, place.diagnostics
            )

        assignment = await assigned(order.answer)
        run.title = title_of(assignment)
        is_to_edit = assignment.action.form is not Form.PROSE and not order.dry_run
        if is_to_edit and not self._client.edits.on_request:
            raise Unfit(_NO_EDITS)
        if (task := asyncio.current_task()) is not None:
            run.begin(run.token, f"Emberline: {run.title}", partial(_end, task))
        question = None if order.answer else refactorer.question(assignment)
        if question is None:
            return assignment
        self._listener.progress_report(run.token, None, "waiting for your answer")
        answer = await self._dialogs.answer(question, run.token)
        if answer is None:
            return None
        assignment = await assigned(answer)
        run.title = title_of(assignment)
        return assignment

    async def _agreed(self, run: Run, outcome: Outcome, change: Change) -> bool:
        """Asks where the change is wide or the order wants it so, and the client does not ask by itself."""
        is_wide_here = is_wide(change) and self._client.dialogs
        if self._client.edits.annotations or not (run.order.preview or is_wide_here):
            return True
        self._listener.progress_report(run.token, None, "waiting for your answer")
        proposed = {
            "title": run.title,
            "words": outcome.told,
            "diff": await asyncio.to_thread(unified, change),
            "files": _files(change),
        }
        return await self._dialogs.agrees(proposed, run.token)

    # -- edits ----------------------------------------------------------------------------------------

    async def edit_of(self, order: Order) -> types.WorkspaceEdit | None:
        """The edit of an order that needs no model; None where there is none, and its user was told why."""
        refactorer = await self._refactorer()
        if refactorer is None:
            self._refused(_NOT_NOW)
            return None
        try:
            place = self._places.find(order, self._places.origin(order))
            assignment = await refactorer.assignment(
                place.document, place.span, order.action, order.answer, place.diagnostics
            )
            if assignment.action.form is not Form.NONE:
                raise Unfit("a model is needed for this: the command emberline.refactor asks it")
            change = (await refactorer.run(assignment, _Silent())).change
            if change is None or not change.files:
                raise Unfit("there is nothing to change here")
            _, ready = await self._fitted(refactorer, change)
        except (Unfit, Failure, UserError) as error:
            self._refused(str(error))
            return None
        return (self._for_eyes(ready) if is_wide(change) else ready).edit

    def _for_eyes(self, ready: Sheet) -> Sheet:
        return to_confirm(ready) if self._client.edits.annotations else ready

    async def _fitted(self, refactorer: Refactorer, change: Change) -> tuple[Change, Sheet]:
        """The change for the texts as they are at this moment, and its edit. Raises `Unfit`."""
        for _ in range(_LOOKS):
            change = await refactorer.settled(change)
            seen = {file.uri: self._store.get(file.uri) for file in change.files}
            if any(_is_other(seen[file.uri], file) for file in change.files):
                continue
            versions = {uri: document.version for uri, document in seen.items() if document is not None}
            ready = await asyncio.to_thread(
                sheet, change, versions, self._client.edits, self._client.encoding
            )
            if all(self._store.get(uri) is document for uri, document in seen.items()):
                return change, ready
        raise Unfit("the files keep changing while the edit is being made; try again when they rest")

    async def _apply(self, run: Run, refactorer: Refactorer, outcome: Outcome, change: Change) -> Result:
        self._listener.progress_report(run.token, None, "applying the edit")
        change, ready = await self._fitted(refactorer, change)
        if run.order.preview or is_wide(change):
            ready = self._for_eyes(ready)
        landing = Landing(change.files)
        self._landings.append(landing)
        try:
            answer = await self._handed_over(run, ready)
        finally:
            self._landings.remove(landing)
        told = _result(True, outcome.words, outcome, change)
        strayed = [file.name for file in change.files if file.uri in landing.strayed()]
        if isinstance(answer, types.ApplyWorkspaceEditResult) and answer.applied:
            if strayed:
                words = (
                    f"{outcome.told} But {' and '.join(strayed)} changed at the same moment: look whether "
                    "the edit has arrived there, or undo it in all files."
                )
                self._listener.warn(words)
                return {**told, "words": words}
            self._listener.say(outcome.told)
            return told
        failed, reason = None, str(answer or "")
        if isinstance(answer, types.ApplyWorkspaceEditResult):
            failed, reason = answer.failed_change, answer.failure_reason or ""
        handling = self._client.edits.failure_handling
        words = unapplied(ready.steps, failed, handling, reason, strayed)
        self._listener.warn(f"{run.title}: {words}")
        return {**told, "applied": False, "words": words, "files": []}

    async def _handed_over(self, run: Run, ready: Sheet) -> types.ApplyWorkspaceEditResult | str | None:
        """What the client answers, or the words of its refusal. A cancel comes too late to take the edit
        back, so the client is told and may still say what it did."""
        params = types.ApplyWorkspaceEditParams(
            ready.edit,
            label=run.title,
            metadata=types.WorkspaceEditMetadata(is_refactoring=True)
            if self._client.edits.metadata
            else None,
        )
        run.is_sent = True
        asked = Asked(self._protocol, types.WORKSPACE_APPLY_EDIT, params)
        answering = asyncio.ensure_future(asked.answer())
        try:
            await asyncio.wait((answering,))
        except asyncio.CancelledError:
            if self._protocol.shutting_down:
                raise
            asked.withdraw()
            await asyncio.wait((answering,), timeout=_LAST_WORD_SECONDS)
            if not answering.done() or answering.exception() is not None:
                raise
        finally:
            answering.cancel()
        try:
            answer: types.ApplyWorkspaceEditResult | None = answering.result()
        except JsonRpcException as error:
            return error.message or "it answered with an error"
        return answer

    def _refused(self, why: str, outcome: Outcome | None = None) -> Result:
        words = sentence(why)
        self._listener.warn(f"Emberline: {words}")
        return _result(False, words, outcome)


class _Stage:
    """Shows the steps of a run at its bar."""

    def __init__(self, listener: EditorListener, token: Token) -> None:
        self._listener = listener
        self._token = token

    def step(self, words: str, done: int = 0, of: int = 0) -> None:
        percentage = min(max(done * 100 // of, 0), 100) if of > 0 else None
        message = f"{words}, {done} of {of}" if of > 1 else words
        self._listener.progress_report(self._token, percentage, message)


class _Silent:
    """What takes no time needs no bar."""

    def step(self, words: str, done: int = 0, of: int = 0) -> None:
        pass


def _end(task: asyncio.Task[Result]) -> None:
    task.cancel()


def title_of(assignment: Assignment) -> str:
    """The action's title for this place."""
    target, action = assignment.target, assignment.action
    symbol = target.symbol.name if target.symbol is not None else target.name
    diagnostic = target.diagnostics[0].message if target.diagnostics else "this"
    title = action.title
    for mark, words in (
        ("{symbol}", symbol or "the selection"),
        ("{answer}", assignment.answer),
        ("{diagnostic}", diagnostic),
    ):
        title = title.replace(mark, words)
    return " ".join(title.split())[:80]


async def _shown(outcome: Outcome) -> Result:
    """What a dry run answers."""
    diff = "" if outcome.change is None else await asyncio.to_thread(unified, outcome.change)
    return {**_result(False, outcome.words, outcome, outcome.change), "diff": diff}


def _result(applied: bool, words: str, outcome: Outcome | None, change: Change | None = None) -> Result:
    """For programs; docs/protocol.md describes it."""
    decision = None if outcome is None else outcome.decision
    details: Mapping[str, object] = {} if outcome is None else outcome.details
    return {
        "applied": applied,
        "words": words,
        "files": [] if change is None else _files(change),
        "route": None if decision is None else as_json(decision),
        "leftOut": [] if outcome is None else list(outcome.left_out),
        "details": dict(details),
    }


def _is_other(document: Document | None, file: FileChange) -> bool:
    """Whether the open document is not the text that the change is for."""
    return document is not None and file.before is not None and str(document.text) != file.before


def _files(change: Change) -> list[dict[str, object]]:
    told: list[dict[str, object]] = []
    for file in change.files:
        told.append({"uri": file.uri, "kind": file.deed.value})
        if file.moved_to is not None:
            told[-1]["to"] = new_uri(file)
    return told
