"""The menu of refactorings: code actions, and the edits of those that need no model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import attrs
from lsprotocol import types

from emberline.documents.store import Document, Store
from emberline.lsp.capabilities import REFACTOR_COMMAND
from emberline.lsp.client import Client
from emberline.lsp.convert import diagnostic_of, span_of
from emberline.lsp.orders import Order, order_of
from emberline.lsp.places import Places
from emberline.refactor.port import Item, Refactorer
from emberline.refactor.types import Diagnostic, Form

Entry = types.CodeAction | types.Command
Compute = Callable[[Order], Coroutine[Any, Any, types.WorkspaceEdit | None]]
"""The edit of an order that needs no model; None where there is none, and the user was told why."""


class Menu:
    """Answers `textDocument/codeAction` and `codeAction/resolve` for one client."""

    def __init__(
        self,
        client: Client,
        store: Store,
        places: Places,
        refactorer: Callable[[], Refactorer | None],
        compute: Compute,
    ) -> None:
        """`refactorer` returns None while nothing may be offered."""
        self._client = client
        self._store = store
        self._places = places
        self._refactorer = refactorer
        self._compute = compute
        self._listing: dict[tuple[str, ...], asyncio.Task[tuple[Item, ...]]] = {}

    def handlers(self) -> dict[str, Callable[..., object]]:
        return {
            types.TEXT_DOCUMENT_CODE_ACTION: self._code_actions,
            types.CODE_ACTION_RESOLVE: self._resolve,
        }

    def supersede(self, uri: str) -> None:
        """Ends what is listed for a document: its text has changed. The requests are answered empty."""
        for key in [key for key in self._listing if key[0] == uri]:
            self._listing.pop(key).cancel()

    def rest(self) -> None:
        """Ends all that is listed."""
        for uri in {key[0] for key in self._listing}:
            self.supersede(uri)

    def _code_actions(self, params: types.CodeActionParams) -> list[Entry] | Coroutine[Any, Any, list[Entry]]:
        document, refactorer = self._store.get(params.text_document.uri), self._refactorer()
        if document is None or refactorer is None:
            return []
        return self._list(document, refactorer, params)

    async def _list(
        self, document: Document, refactorer: Refactorer, params: types.CodeActionParams
    ) -> list[Entry]:
        text, encoding = document.text, self._client.encoding
        told = {diagnostic_of(text, each, encoding): each for each in params.context.diagnostics}
        only = tuple(str(getattr(kind, "value", kind)) for kind in params.context.only or ())
        # An editor may ask for several kinds at a time, for parts of itself: only the same question again
        # ends an earlier one.
        key = (document.uri, *only)
        if (earlier := self._listing.pop(key, None)) is not None:
            earlier.cancel()
        span = span_of(text, params.range, encoding)
        work = asyncio.ensure_future(refactorer.menu(document, span, tuple(told), only))
        self._listing[key] = work
        try:
            await asyncio.wait((work,))
        finally:
            work.cancel()
            if self._listing.get(key) is work:
                del self._listing[key]
        if work.cancelled():
            return []
        self._places.offered(document)
        entries = (self._entry(item, document, params.range, told) for item in work.result())
        return [entry for entry in entries if entry is not None]

    def _entry(
        self,
        item: Item,
        document: Document,
        place: types.Range,
        told: Mapping[Diagnostic, types.Diagnostic],
    ) -> Entry | None:
        client, action = self._client.actions, item.offer.action
        about = [told[each] for each in item.offer.target.diagnostics if each in told]
        is_fix = _is_below(action.kind, "quickfix")
        order = Order(
            document.uri,
            document.version,
            place,
            action.id,
            item.offer.answer,
            diagnostics=tuple(about) if is_fix else (),
        )
        is_late = client.edit_later and item.is_exact and item.offer.question is None
        why_not = item.disabled or self._obstacle(item, is_late)
        command = types.Command(title=item.title, command=REFACTOR_COMMAND, arguments=[order.as_json()])
        if not client.literals:
            return None if why_not else command
        if why_not and not client.disabled:
            return None
        return types.CodeAction(
            title=item.title,
            kind=action.kind,
            diagnostics=about if is_fix and about else None,
            is_preferred=True if client.preferred and item.offer.is_preferred and not why_not else None,
            disabled=types.CodeActionDisabled(why_not) if why_not else None,
            command=None if why_not or is_late else command,
            data=order.as_json() if is_late and not why_not else None,
            tags=_tags(item) if client.by_model else None,
        )

    def _obstacle(self, item: Item, is_late: bool) -> str:
        """What the client lacks for it, known before it is begun."""
        form, can = item.offer.action.form, self._client.edits
        if form is Form.PROSE:
            return ""
        if not (is_late or can.on_request):
            return "this editor takes no edits from a server; `emberline refactor` does it from a shell"
        if form is Form.FILE and "create" not in can.operations:
            return "this editor lets a server make no files; `emberline refactor` does it from a shell"
        return ""

    def _resolve(self, action: types.CodeAction) -> types.CodeAction | Coroutine[Any, Any, types.CodeAction]:
        if action.data is None or action.edit is not None:
            return action
        return self._completed(action, order_of(action.data))

    async def _completed(self, action: types.CodeAction, order: Order) -> types.CodeAction:
        return attrs.evolve(action, edit=await self._compute(order))


def _tags(item: Item) -> list[types.CodeActionTag] | None:
    return None if item.offer.action.form is Form.NONE else [types.CodeActionTag.LlmGenerated]


def _is_below(kind: str, parent: str) -> bool:
    return kind == parent or kind.startswith(f"{parent}.")
