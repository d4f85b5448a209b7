"""The report, for an editor to show: as a page and as text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from emberline.account.period import DEFAULT
from emberline.errors import UserError
from emberline.lsp.client import Client
from emberline.lsp.codes import Code, Refused
from emberline.lsp.dialogs import SHOW
from emberline.lsp.listener import EditorListener
from emberline.lsp.protocol import EdgeProtocol

if TYPE_CHECKING:
    from emberline.account.figures import Report

REPORT = "emberline/report"
TITLE = "Emberline report"
_NOT_NOW = "Emberline could not start, so there is no report; `emberline report` makes one in a shell."


class Reports:
    """Of one client. `book` makes a report for a time (`--since`), once the services have started."""

    def __init__(self, protocol: EdgeProtocol, client: Client, listener: EditorListener) -> None:
        self.book: Callable[[str], Report] | None = None
        self._protocol = protocol
        self._client = client
        self._listener = listener

    async def written(self, params: object) -> dict[str, str]:
        """Page and text. Raises `Refused`."""
        return (await self._made(params))[0]

    async def shown(self, argument: object) -> dict[str, str]:
        """The same, and the user reads it. Raises `Refused`."""
        result, in_short = await self._made(argument)
        if self._client.dialogs:
            markdown = f"```\n{result['text']}```\n"
            self._protocol.tell(SHOW, {"title": TITLE, "markdown": markdown})
        else:
            self._listener.say(in_short)
        return result

    async def _made(self, told: object) -> tuple[dict[str, str], str]:
        since = told.get("since", DEFAULT) if isinstance(told, dict) else DEFAULT
        if not isinstance(since, str):
            raise Refused(Code.INVALID_PARAMS, "since must be a text, e.g. 7d, 2026-11-01 or all")
        if self.book is None:
            return {"html": "", "text": _NOT_NOW}, _NOT_NOW
        try:
            return await asyncio.to_thread(_make, self.book, since)
        except UserError as error:
            raise Refused(Code.INVALID_PARAMS, str(error)) from error


def _make(book: Callable[[str], Report], since: str) -> tuple[dict[str, str], str]:
    from emberline.account.page.page import html
    from emberline.account.table import plain
    from emberline.account.texts import in_short

    report = book(since)
    return {"html": html(report), "text": plain(report)}, in_short(report)
