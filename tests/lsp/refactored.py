"""A server process with a small refactorer, for the tests: `python -m tests.lsp.refactored [PORT]`.

What it does is said by the words in the line where the order's place begins:

- in the menu: "slow" waits for ever, "crash" fails;
- in a run: "wait" waits for ever, "crash" fails, "unfit", "failure" and "mistake" are refused in words;
  "edit" makes "new" of every "old" in the document, "edit-other" in `other.py` beside it; "create", "move"
  and "delete" do so to `made.py`, `moved.py` and `gone.py`; none of these changes nothing.

What it was told is in the `events` of `emberline/status`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from emberline.backends.failure import Failure
from emberline.completion.types import Listener, Status
from emberline.documents.store import Document
from emberline.errors import UserError
from emberline.lsp.server import serve_stdio, serve_tcp
from emberline.lsp.services import Services
from emberline.privacy.labels import Label, Level
from emberline.refactor.actions import ACTIONS
from emberline.refactor.port import Item, Outcome, Stage
from emberline.refactor.types import (
    Assignment,
    Change,
    Diagnostic,
    FileChange,
    Form,
    Offer,
    Proposal,
    Question,
    Source,
    Target,
    Unfit,
)
from emberline.syntax.types import Span
from tests.lsp.served import Scripted

OFFERED = ("extract-variable", "rename-local", "fix", "simplify", "tests", "explain", "split-file")
CHOICES = tuple(f"file{number}.py" for number in range(1, 8))


class Refactoring:
    def __init__(self, events: list[object]) -> None:
        self._events = events
        self._documents: dict[str, Document] = {}

    # -- the menu -------------------------------------------------------------------------------------

    async def menu(
        self, document: Document, span: Span, diagnostics: tuple[Diagnostic, ...], only: tuple[str, ...]
    ) -> tuple[Item, ...]:
        self._events.append(["menu", span.start, span.end, [_told(each) for each in diagnostics], list(only)])
        line = _line(str(document.text), span)
        if "slow" in line:
            await asyncio.Event().wait()
        if "crash" in line:
            raise RuntimeError(line)
        target = Target(_source(document), span, name="close", diagnostics=diagnostics)
        return tuple(
            _item(name, target)
            for name in OFFERED
            if (name != "fix" or diagnostics)
            and (not only or any(ACTIONS[name].kind.startswith(kind) for kind in only))
        )

    async def assignment(
        self,
        document: Document,
        span: Span,
        action: str,
        answer: str = "",
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> Assignment:
        await asyncio.sleep(0)
        if action not in ACTIONS:
            raise Unfit(f"there is no action {action[:40]}")
        if answer == "reserved":
            raise Unfit("reserved is no name")
        target = Target(_source(document), span, name="close", diagnostics=diagnostics)
        return Assignment(ACTIONS[action], target, answer)

    def question(self, assignment: Assignment) -> Question | None:
        choices = CHOICES if assignment.action.id == "move-symbol" else ()
        words = assignment.action.question.replace("{symbol}", assignment.target.name)
        return Question(words, assignment.target.name, choices) if words else None

    # -- the work -------------------------------------------------------------------------------------

    async def run(self, assignment: Assignment, stage: Stage) -> Outcome:
        target = assignment.target
        self._events.append(
            [
                "run",
                assignment.action.id,
                assignment.answer,
                target.span.of(target.source.text),
                [_told(each) for each in target.diagnostics],
            ]
        )
        words = _line(target.source.text, target.span).split()
        try:
            stage.step("reading 7 files")
            await asyncio.to_thread(stage.step, "checking the edits", 3, 7)
            if "wait" in words:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self._events.append(["run cancelled"])
            raise
        if "crash" in words:
            raise RuntimeError("secret words of the user's code")
        if "unfit" in words:
            raise Unfit("it does not fit", "twice")
        if "failure" in words:
            raise Failure("it failed")
        if "mistake" in words:
            raise UserError("it is a mistake")
        if assignment.action.form is Form.PROSE:
            return Outcome(None, "It **closes** the store.", left_out=("big.py was too long",))
        change = self._change(words, target.source.uri, target.source.path)
        return Outcome(change, "Changed it; computed nowhere.", details={"attempts": 1})

    def _change(self, words: list[str], uri: str, path: Path) -> Change:
        files = []
        if "edit" in words:
            files.append(self._edited(uri, path))
        if "edit-other" in words:
            files.append(self._edited(path.with_name("other.py").as_uri(), path.with_name("other.py")))
        made, moved, gone = (path.with_name(name) for name in ("made.py", "moved.py", "gone.py"))
        if "create" in words:
            files.append(FileChange("made.py", made, made.as_uri(), None, "made = 1\n"))
        if "move" in words:
            to = path.with_name("further.py")
            files.append(FileChange("moved.py", moved, moved.as_uri(), "old\n", "new\n", to))
        if "delete" in words:
            files.append(FileChange("gone.py", gone, gone.as_uri(), "old\n", None))
        return Change(tuple(files), Proposal(()))

    def _edited(self, uri: str, path: Path) -> FileChange:
        document = self._documents.get(uri)
        text = "old\n" if document is None else str(document.text)
        version = None if document is None else document.version
        return FileChange(path.name, path, uri, text, text.replace("old", "new"), version=version)

    async def settled(self, change: Change) -> Change:
        self._events.append(["settled"])
        await asyncio.sleep(0)
        return replace(change, files=tuple(self._as_it_is(each) for each in change.files))

    def _as_it_is(self, file: FileChange) -> FileChange:
        document = self._documents.get(file.uri)
        if document is None or str(document.text) == file.before:
            return file
        text = str(document.text)
        if "old" not in text:
            raise Unfit(f"{file.name} has changed meanwhile")
        after = None if file.after is None else text.replace("old", "new")
        return replace(file, before=text, after=after, version=document.version)

    # -- documents ------------------------------------------------------------------------------------

    def document_opened(self, document: Document) -> None:
        self._documents[document.uri] = document
        self._events.append(["refactorer opened", document.uri, document.version])

    def document_changed(self, document: Document) -> None:
        self._documents[document.uri] = document
        self._events.append(["refactorer changed", document.uri, document.version])

    def document_closed(self, uri: str) -> None:
        self._documents.pop(uri, None)
        self._events.append(["refactorer closed", uri])

    def files_changed(self, uris: tuple[str, ...]) -> None:
        self._events.append(["files", list(uris)])

    async def close(self) -> None:
        print("refactorer closed", file=sys.stderr, flush=True)


def _line(text: str, span: Span) -> str:
    start = text.rfind("\n", 0, span.start) + 1
    return text[start:].split("\n", 1)[0]


def _source(document: Document) -> Source:
    path = Path(document.uri.removeprefix("file://"))
    label = Label(Level.STRICT, path.name, "the tests")
    return Source(
        path.name, path, document.uri, document.language_id, str(document.text), label, document.version
    )


def _item(name: str, target: Target) -> Item:
    action = ACTIONS[name]
    question = Question("Rename to") if name == "rename-local" else None
    offer = Offer(action, target, question=question, is_preferred=name == "fix")
    is_exact = action.form is Form.NONE and question is None
    return Item(offer, f"{name} here", "there is but one" if name == "split-file" else "", is_exact)


def _told(diagnostic: Diagnostic) -> list[Any]:
    return [*diagnostic.span, diagnostic.message, diagnostic.source, diagnostic.code]


def create(listener: Listener, options: Mapping[str, object], folders: tuple[Path, ...]) -> Services:
    listener.status_changed(Status("warning", True, "created"))
    completer = Scripted(listener, options)
    return Services(completer, Refactoring(completer.events))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        raise SystemExit(serve_tcp("127.0.0.1", int(sys.argv[1]), lambda: create))
    raise SystemExit(serve_stdio(lambda: create))
