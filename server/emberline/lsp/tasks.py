"""Everyday tasks that a client orders, as requests and as commands; docs/protocol.md has their form."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from emberline.backends.failure import Failure
from emberline.documents.store import Store
from emberline.errors import UserError
from emberline.lsp.capabilities import TASK_COMMANDS
from emberline.lsp.client import Client, path_of
from emberline.lsp.codes import Code, Refused
from emberline.lsp.convert import span_of
from emberline.lsp.dialogs import SHOW
from emberline.lsp.listener import EditorListener
from emberline.lsp.orders import range_of
from emberline.lsp.progress import Token
from emberline.lsp.protocol import EdgeProtocol
from emberline.lsp.wording import sentence
from emberline.routing.explain import as_json

if TYPE_CHECKING:
    from emberline.tasks.desk import Chores, Excerpt, Told
    from emberline.tasks.types import Audience

Result = dict[str, object]

TOKEN = "emberline/task/"
METHODS = {f"emberline/{each.partition('.')[2]}": each for each in TASK_COMMANDS}
"""The requests, and the command that each is."""
_NOT_NOW = "Emberline is paused, or could not start"


@dataclass(frozen=True, slots=True)
class Job:
    """One order, understood: what to do, what it is called, and what its result holds."""

    title: str
    work: Callable[[Chores, Audience], Awaitable[Told]]
    result: Callable[[Told], Result]
    page: Callable[[Told], str]
    """What a user reads who ran the command: Markdown."""


class Tasks:
    """Of one client. Every order is answered once: with its result, or with an error in words."""

    def __init__(
        self,
        protocol: EdgeProtocol,
        client: Client,
        listener: EditorListener,
        store: Store,
        chores: Callable[[], Awaitable[Chores | None]],
    ) -> None:
        """`chores` returns None where nothing may be done."""
        self._protocol = protocol
        self._client = client
        self._listener = listener
        self._store = store
        self._chores = chores
        self._numbers = itertools.count(1)

    async def asked(self, command: str, argument: object, token: Token | None) -> Result:
        """The request's result. `token` is the progress that the client has made for it, if it has. Raises
        `Refused`."""
        job = self._understood(command, argument)
        return job.result(await self._done(job, token))

    async def ordered(self, command: str, argument: object, token: Token | None) -> Result:
        """The command's result; its user reads it too. Raises `Refused`."""
        job = self._understood(command, argument)
        told = await self._done(job, token)
        if self._client.dialogs:
            self._protocol.tell(SHOW, {"title": job.title, "markdown": job.page(told)})
        else:
            self._listener.say(job.page(told))
        return job.result(told)

    async def _done(self, job: Job, token: Token | None) -> Told:
        chores = await self._chores()
        if chores is None:
            raise Refused(Code.REQUEST_FAILED, _NOT_NOW)
        bar = f"{TOKEN}{next(self._numbers)}" if token is None else token
        begin = self._listener.progress_begin if token is None else self._listener.progress_adopt
        work = asyncio.ensure_future(job.work(chores, _Bar(self._listener, bar)))
        begin(bar, f"Emberline: {job.title}", partial(_end, work))
        ending = "not done"
        try:
            await asyncio.wait((work,))
            if work.cancelled():
                ending = "cancelled"
                raise Refused(Code.CANCELLED, "cancelled")
            told = work.result()
            ending = "done"
            return told
        except (UserError, Failure) as error:
            raise Refused(Code.REQUEST_FAILED, sentence(str(error))) from error
        except asyncio.CancelledError:
            ending = "cancelled"
            raise
        finally:
            work.cancel()
            self._listener.progress_end(bar, ending)

    # -- orders ---------------------------------------------------------------------------------------

    def _understood(self, command: str, argument: object) -> Job:
        told: Mapping[str, object] = argument if isinstance(argument, dict) else {}
        match command.partition(".")[2]:
            case "commitMessage":
                return self._commit_message(told)
            case "summarize":
                excerpt = self._excerpt(told)
                return Job(
                    f"Summary of {_name(excerpt.uri)}",
                    lambda chores, audience: chores.summarize(excerpt, audience),
                    _markdown,
                    _page,
                )
            case "summarizeLog":
                excerpt = self._excerpt(told)
                return Job(
                    f"Summary of the log {_name(excerpt.uri)}",
                    lambda chores, audience: chores.summarize_log(excerpt, audience),
                    _markdown,
                    _page,
                )
            case "ask":
                question = _text(told, "question")
                return Job(
                    question if len(question) <= 80 else f"{question[:79]}…",
                    lambda chores, audience: chores.ask(question, audience),
                    self._answered,
                    _page,
                )
        items, names = _texts(told, "items"), _texts(told, "labels")
        if len(set(names)) < 2:
            raise Refused(Code.INVALID_PARAMS, "labels must hold two names at least")
        return Job(
            "Classification",
            lambda chores, audience: chores.classify(items, tuple(dict.fromkeys(names)), audience),
            lambda told: {"labels": list(told.labels), **_common(told)},
            lambda told: _classes(items, told),
        )

    def _commit_message(self, told: Mapping[str, object]) -> Job:
        folder: Path | None = None
        if told.get("folder") is not None:
            folder = path_of(_text(told, "folder"))
            if folder is None:
                raise Refused(Code.INVALID_PARAMS, "folder must be the URI of a folder")
        return Job(
            "Commit message",
            lambda chores, audience: chores.commit_message(folder, audience),
            lambda told: {"message": told.text, **_common(told)},
            lambda told: f"```\n{told.text}\n```\n\n*{told.words}*",
        )

    def _excerpt(self, told: Mapping[str, object]) -> Excerpt:
        """The document as the editor has it, where it is open; else the file."""
        from emberline.tasks.desk import Excerpt

        uri = _text(told, "uri")
        document = self._store.get(uri)
        if told.get("range") is None:
            return Excerpt(uri, None if document is None else str(document.text))
        if document is None:
            raise Refused(Code.INVALID_PARAMS, f"no open document {uri}: a range needs one")
        span = span_of(document.text, range_of(told["range"], "range"), self._client.encoding)
        return Excerpt(uri, span.of(str(document.text)))

    def _answered(self, told: Told) -> Result:
        citations = [
            {
                "uri": each.path.as_uri(),
                "range": types.Range(types.Position(each.first - 1, 0), types.Position(each.last, 0)),
                "excerpt": each.excerpt,
                "number": each.number,
                "cited": each.is_cited,
            }
            for each in told.citations
        ]
        return {"markdown": told.text, "citations": citations, "found": told.found, **_common(told)}


class _Bar:
    """An `Audience` at the editor's bar."""

    def __init__(self, listener: EditorListener, token: Token) -> None:
        self._listener = listener
        self._token = token
        self._steps = 0
        self._begun = 0

    def begin(self, steps: int) -> None:
        self._steps = steps

    def step(self, words: str) -> None:
        percentage = min(99, self._begun * 100 // self._steps) if self._steps > 1 else None
        self._begun += 1
        self._listener.progress_report(self._token, percentage, words)


def _end(work: asyncio.Future[Any]) -> None:
    work.cancel()


def _common(told: Told) -> Result:
    return {"words": told.words, "route": None if told.decision is None else as_json(told.decision)}


def _markdown(told: Told) -> Result:
    return {"markdown": told.text, **_common(told)}


def _page(told: Told) -> str:
    places = "".join(f"\n- [{each.number}] {each.name}:{each.first}" for each in told.citations)
    return f"{told.text}\n{places}\n\n*{told.words}*" if places else f"{told.text}\n\n*{told.words}*"


def _classes(items: tuple[str, ...], told: Told) -> str:
    rows = (f"- {name or 'no label'}: {item[:80]}" for item, name in zip(items, told.labels, strict=True))
    return "\n".join((*rows, "", f"*{told.words}*"))


def _name(uri: str) -> str:
    path = path_of(uri)
    return uri if path is None else path.name


def _text(told: Mapping[str, object], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(Code.INVALID_PARAMS, f"{name} must be a text")
    return value


def _texts(told: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = told.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value) or not value:
        raise Refused(Code.INVALID_PARAMS, f"{name} must be an array of texts")
    return tuple(value)
