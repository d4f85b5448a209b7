"""A simulated editor: sends what VS Code or Neovim would send, when they would, and holds the ghost text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emberline.replay.client import Client, ServerGone

REFRESH = "emberline/refreshInlineCompletion"


@dataclass(frozen=True, slots=True)
class Manners:
    """An editor's own delays, in milliseconds."""

    name: str
    change_ms: float
    """From a key to its `didChange`."""
    request_ms: float
    """From a key to the request for ghost text, unless another key comes."""
    refresh: bool
    """It asks again when the server says so."""


VSCODE = Manners("vscode", 0.0, 50.0, True)
NEOVIM = Manners("neovim", 0.0, 200.0, False)
"""Neovim 0.12's own client with `debounce_text_changes = 0`."""
MANNERS = {manners.name: manners for manners in (VSCODE, NEOVIM)}


@dataclass(slots=True)
class Ghost:
    """Ghost text on the screen."""

    text: str
    lane: str
    id: str
    since: float
    """When it appeared, in seconds of `time.monotonic`; text typed through keeps its time."""
    fresh: bool = True
    """It is not what was left of an earlier ghost."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered request."""

    milliseconds: float
    lane: str
    """"" for an empty answer."""
    text: str
    refreshed: bool
    """Asked for because the server said that it has more."""


@dataclass(slots=True)
class Editor:
    """One open document with its cursor at the end of what was typed."""

    client: Client
    manners: Manners
    uri: str
    language_id: str
    before: str
    after: str
    on_ghost: Callable[[Ghost], None] = lambda ghost: None
    on_answer: Callable[[Answer], None] = lambda answer: None
    answers: list[Answer] = field(default_factory=list)
    cancelled: int = 0
    ghost: Ghost | None = None
    _version: int = 1
    _line: int = 0
    _column: int = 0
    _timer: asyncio.TimerHandle | None = None
    _outstanding: tuple[int, asyncio.Task[None]] | None = None

    def open(self) -> None:
        """Opens the document, with the cursor where typing begins."""
        self._line = self.before.count("\n")
        self._column = len(self.before) - self.before.rfind("\n") - 1
        document = {
            "uri": self.uri,
            "languageId": self.language_id,
            "version": 1,
            "text": self.before + self.after,
        }
        self.client.notify("textDocument/didOpen", {"textDocument": document})

    def close(self) -> None:
        self._drop_request()
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})

    def type(self, text: str) -> None:
        """One key press: `text` is inserted at the cursor; what the ghost predicted of it stays."""
        ghost = self.ghost
        self._insert(text)
        if ghost is not None and ghost.text.startswith(text) and len(ghost.text) > len(text):
            self.ghost = Ghost(ghost.text[len(text) :], ghost.lane, ghost.id, ghost.since, False)
        else:
            self.ghost = None
        self._ask_later()

    def accept(self, text: str, whole: bool) -> None:
        """Takes `text` of the ghost and tells the server, as the editors do."""
        ghost = self.ghost
        assert ghost is not None
        self._insert(text)
        if whole:
            self.client.begin(
                "workspace/executeCommand",
                {"command": "emberline.accepted", "arguments": [{"id": ghost.id}]},
            )
        else:
            item = {"insertText": ghost.text, "command": {"arguments": [{"id": ghost.id}]}}
            self.client.notify(
                "textDocument/didPartiallyAcceptCompletion",
                {"item": item, "acceptedLength": len(text.encode("utf-16-le")) // 2},
            )
        rest = ghost.text[len(text) :]
        self.ghost = (
            Ghost(rest, ghost.lane, ghost.id, time.monotonic(), False) if rest.strip() and not whole else None
        )
        self._ask_later()

    def notified(self, method: str, params: Any) -> None:
        """A notification of the server's."""
        if method == REFRESH and params.get("uri") == self.uri and self._timer is None:
            self._ask(True)

    def _insert(self, text: str) -> None:
        place = {"line": self._line, "character": self._column}
        self._version += 1
        self.before += text
        if "\n" in text:
            self._line += text.count("\n")
            self._column = len(text) - text.rfind("\n") - 1
        else:
            self._column += len(text)
        self.client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self.uri, "version": self._version},
                "contentChanges": [{"range": {"start": place, "end": place}, "text": text}],
            },
        )

    def _ask_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.manners.request_ms / 1000, self._ask, False)

    def _ask(self, refreshed: bool) -> None:
        self._drop_request()
        params = {
            "textDocument": {"uri": self.uri},
            "position": {"line": self._line, "character": self._column},
            "context": {"triggerKind": 2},
        }
        began = time.monotonic()
        number, future = self.client.begin("textDocument/inlineCompletion", params)
        task = asyncio.create_task(self._answered(future, self._version, began, refreshed))
        self._outstanding = (number, task)

    def _drop_request(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._outstanding is not None and not self._outstanding[1].done():
            self.client.cancel(self._outstanding[0])
            self._outstanding[1].cancel()
            self.cancelled += 1
        self._outstanding = None

    async def _answered(
        self, future: asyncio.Future[Any], version: int, began: float, refreshed: bool
    ) -> None:
        try:
            result = await future
        except (RuntimeError, ServerGone):
            return
        elapsed = (time.monotonic() - began) * 1000
        items = (result or {}).get("items", [])
        lane, text = "", ""
        if items:
            item = items[0]
            told = item["command"]["arguments"][0]
            covered = item["range"]["end"]["character"] - self._column
            lane, text = told["lane"], item["insertText"]
            if covered > 0 and text.endswith(self.after[:covered]):
                text = text[: len(text) - covered]
        answer = Answer(elapsed, lane, text, refreshed)
        self.answers.append(answer)
        if version == self._version:
            self._draw(text, lane, items[0]["command"]["arguments"][0]["id"] if items else "")
        self.on_answer(answer)

    def _draw(self, text: str, lane: str, identity: str) -> None:
        if not text:
            self.ghost = None
            return
        old = self.ghost
        if old is not None and old.text == text:
            self.ghost = Ghost(text, lane, identity, old.since, old.fresh)
            return
        self.ghost = Ghost(text, lane, identity, time.monotonic())
        self.client.notify(
            "textDocument/didShowCompletion",
            {"item": {"insertText": text, "command": {"arguments": [{"id": identity}]}}},
        )
        self.on_ghost(self.ghost)
