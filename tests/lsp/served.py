"""A server process with a small completer of its own, for the tests: `python -m tests.lsp.served [PORT]`.

What it does with a request is said by the cursor's line: "slow" waits for ever, "crash" fails, "noise" prints
to standard output, "halves" answers text that UTF-8 cannot hold, "block" two lines, "covered" replaces the
next character, "choice" has an alternative for who asks by hand; anything else is completed with `done()`.
What it was told is in the `events` of `emberline/status`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from emberline.completion.types import CompletionRequest, Lane, Listener, Status, Suggestion
from emberline.documents.store import Document, Edit
from emberline.documents.text import Point
from emberline.lsp.server import serve_stdio, serve_tcp
from emberline.lsp.services import Services


class Scripted:
    def __init__(self, listener: Listener, options: Mapping[str, object]) -> None:
        self._listener = listener
        self._options = options
        self._texts: dict[str, str] = {}
        self.events: list[object] = []

    def document_opened(self, document: Document) -> None:
        self._texts[document.uri] = str(document.text)
        self.events.append(["opened", document.uri, document.version, str(document.text)])

    def document_changed(self, document: Document, edits: tuple[Edit, ...]) -> None:
        self._texts[document.uri] = str(document.text)
        if document.text.line(0).startswith("crash on change"):
            raise RuntimeError(document.text.line(0))

    def document_closed(self, uri: str) -> None:
        self.events.append(["closed", uri])

    async def complete(self, request: CompletionRequest) -> tuple[Suggestion, ...]:
        line = request.document.text.content(request.cursor.line)
        self.events.append(["asked", request.cursor.line, request.cursor.column, request.invoked])
        if request.selected is not None:
            self.events.append(["selected", request.selected.start.column, request.selected.text])
        if "slow" in line:
            await asyncio.Event().wait()
        if "crash" in line:
            raise RuntimeError(line)
        if "noise" in line:
            print("a stray print of some library")
        if "progress" in line:
            self._listener.progress_begin("pull", "Downloading")
            self._listener.progress_report("pull", 40, "40 %")
            self._listener.progress_end("pull", "done")
        if "refresh" in line:
            self._listener.refresh(request.document.uri)
        newline = "\r\n" if request.document.text.line(0).endswith("\r\n") else "\n"
        text = "\ud83d" if "halves" in line else "done()" if "block" not in line else f"(){newline}    done()"
        end = Point(request.cursor.line, request.cursor.column + ("covered" in line))
        texts = (text, "other()") if "choice" in line and request.invoked else (text,)
        return tuple(
            Suggestion(f"s-{number}", text, request.cursor, end, Lane.RECALLED, 1.25)
            for number, text in enumerate(texts, start=1)
        )

    def shown(self, suggestion_id: str) -> None:
        self.events.append(["shown", suggestion_id])

    def rest(self) -> None:
        self.events.append(["rested"])

    def accepted(self, suggestion_id: str) -> None:
        self.events.append(["accepted", suggestion_id])

    def partially_accepted(self, suggestion_id: str, accepted_length: int) -> None:
        self.events.append(["partially accepted", suggestion_id, accepted_length])

    async def start(self, workspace_folders: tuple[Path, ...]) -> None:
        self.events.append(["started", [str(folder) for folder in workspace_folders], dict(self._options)])
        self._listener.status_changed(self.status())

    async def stop(self) -> None:
        print("stopped in order", file=sys.stderr, flush=True)

    def status(self) -> Status:
        return Status("normal", False, "ready")

    def explain(self, uri: str | None) -> Mapping[str, object]:
        self.events.append(["explained", uri])
        return {"text": "it stays here", "route": {"task": "completion"}}

    def configure(self, options: Mapping[str, object]) -> None:
        self.events.append(["configured", dict(options)])

    def stats(self) -> Mapping[str, object]:
        return {"events": self.events, "texts": self._texts}


def create(listener: Listener, options: Mapping[str, object], folders: tuple[Path, ...]) -> Services:
    # As a session may that finds fault with its configuration; this runs in a thread.
    listener.status_changed(Status("warning", True, "created"))
    return Services(Scripted(listener, options))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        raise SystemExit(serve_tcp("127.0.0.1", int(sys.argv[1]), lambda: create))
    raise SystemExit(serve_stdio(lambda: create))
