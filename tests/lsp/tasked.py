"""A server process with small chores, for the tests: `python -m tests.lsp.tasked`.

What they do is said by the words of what they are given (a folder, a text, a question): "wait" waits for
ever, "crash" fails, "mistake" and "failure" are refused in words, "nothing" finds nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from emberline.backends.failure import Failure
from emberline.completion.types import Listener
from emberline.documents.store import Document
from emberline.errors import UserError
from emberline.lsp.server import serve_stdio
from emberline.lsp.services import Services
from emberline.tasks.desk import Excerpt, Told
from emberline.tasks.questions.types import Citation
from emberline.tasks.types import Audience
from tests.lsp.served import Scripted

WORDS = "Computed by a test on this machine: it is one."
PLACE = Citation(1, Path("/project/store.py"), "store.py", 3, 5, "close", "def close():", 3, True)


class Chores:
    def __init__(self, events: list[object]) -> None:
        self._events = events

    async def commit_message(self, folder: Path | None, audience: Audience) -> Told:
        return await self._done("commit", str(folder), "Add close", audience)

    async def summarize(self, excerpt: Excerpt, audience: Audience) -> Told:
        return await self._done("summary", f"{excerpt.uri} {excerpt.text}", "It **closes**.", audience)

    async def summarize_log(self, excerpt: Excerpt, audience: Audience) -> Told:
        return await self._done("log", f"{excerpt.uri} {excerpt.text}", "It failed.", audience)

    async def ask(self, question: str, audience: Audience) -> Told:
        told = await self._done("ask", question, "In close [1].", audience)
        return Told(told.text, told.words, None, "nothing" not in question, (PLACE,))

    async def classify(self, items: Sequence[str], names: Sequence[str], audience: Audience) -> Told:
        await self._done("classify", " ".join((*items, *names)), "", audience)
        return Told("", WORDS, labels=tuple(names[0] if item else None for item in items))

    async def _done(self, what: str, given: str, text: str, audience: Audience) -> Told:
        self._events.append([what, given])
        audience.begin(2)
        audience.step("part 1 of 2")
        audience.step("part 2 of 2")
        if "wait" in given:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self._events.append([what, "cancelled"])
                raise
        if "crash" in given:
            raise RuntimeError("words of the user's code")
        if "mistake" in given:
            raise UserError("nothing is staged")
        if "failure" in given:
            raise Failure("no model answers")
        return Told(text, WORDS)

    def document_opened(self, document: Document) -> None:
        self._events.append(["chores opened", document.uri])

    def document_changed(self, document: Document) -> None:
        self._events.append(["chores changed", document.uri])

    def document_closed(self, uri: str) -> None:
        self._events.append(["chores closed", uri])

    def files_changed(self, uris: Iterable[str]) -> None:
        self._events.append(["chores files", list(uris)])

    async def close(self) -> None:
        self._events.append(["chores ended"])


def create(listener: Listener, options: Mapping[str, object], folders: tuple[Path, ...]) -> Services:
    completer = Scripted(listener, options)
    return Services(completer, chores=lambda: Chores(completer.events))


if __name__ == "__main__":
    raise SystemExit(serve_stdio(lambda: create))
