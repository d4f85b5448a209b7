"""Runs one case through all of it: a router in front of a model server process, the index, the checks."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from emberline.backends.failure import Failure
from emberline.config.load import load
from emberline.documents.store import Document
from emberline.documents.text import Text
from emberline.refactor.disk import write
from emberline.refactor.port import Outcome
from emberline.refactor.service import Refactoring
from emberline.refactor.types import Diagnostic, Unfit
from emberline.routing import posts
from emberline.routing.router import Router
from emberline.syntax.languages import language_of
from tests.refactor.suite.case import Case
from tests.refactor.suite.checkers import Result, complaints
from tests.refactor.suite.grounds import Files, found_in, lay
from tests.routing.served import NOWHERE
from tests.servers import Served
from tests.servers.talking import KEY

PROTOCOLS = ("openai", "anthropic")
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-5"}
_PIECE = 97
ENDPOINTS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}


@dataclass
class Steps:
    """A stage that keeps what it was told."""

    words: list[str] = field(default_factory=list)

    def step(self, words: str, done: int = 0, of: int = 0) -> None:
        self.words.append(words)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a case. Nothing of it is written yet."""

    outcome: Outcome | None
    failure: str
    """In the words for the user; empty where there is an outcome."""
    steps: tuple[str, ...]
    requests: tuple[dict[str, Any], ...] = ()
    """What the model was sent, in the protocol's own form."""

    @property
    def sent(self) -> str:
        """All text of it."""
        return "\n".join(map(said_in, self.requests))


def in_pieces(text: str) -> list[str]:
    """As it is streamed: cut anywhere, within words and escapes too; few enough for so many tests."""
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]


def said_in(request: dict[str, Any]) -> str:
    """The text of one request, whichever protocol it is."""
    system = request.get("system", "")
    parts = [system if isinstance(system, str) else _joined(system)]
    for message in request["messages"]:
        content = message["content"]
        parts.append(content if isinstance(content, str) else _joined(content))
    return "\n".join(parts)


def _joined(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(block.get("text", "") for block in blocks)


class Stand:
    """A workspace and a user who has opened it to one cloud, which is a process beside us."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, protocol: str, served: Served) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.outside = folder / "outside"
        self.outside.mkdir()
        self.protocol, self.served = protocol, served
        self.config = folder / "config.yaml"
        patch.setenv("EMBERLINE_CONFIG", str(self.config))
        patch.setenv("EMBERLINE_STATE", str(folder / "state"))
        patch.setenv("EMBERLINE_MODELS", str(folder / "no-models"))
        patch.setenv("OLLAMA_HOST", NOWHERE)
        for name in ("OPENAI", "ANTHROPIC", "MISTRAL", "DEEPSEEK"):
            patch.delenv(f"{name}_API_KEY", raising=False)
        if protocol == "anthropic":  # its own protocol is spoken at its own address, which is this one here
            patch.setitem(posts.CLOUDS, "anthropic", served.url)
            patch.setenv("ANTHROPIC_API_KEY", KEY)
        self.configure()

    def configure(self, privacy: str = "{mode: open}") -> None:
        cloud = f"cloud_endpoint: '{self.served.url}/v1', cloud_api_key: {KEY}, "
        if self.protocol == "anthropic":
            cloud = ""
        model = f"model_routing: {{cloud: {{default: {MODELS[self.protocol]}}}}}"
        self.config.write_text(
            f"privacy: {privacy}\n"
            f"router: {{{cloud}local_endpoint: '{NOWHERE}', health_check: {{retry_count: 0}}, {model}}}\n"
            "backends: {discover: false}\nengine: {embedded: false}\nobserve: {ledger: false}\n"
        )

    def answers(self, *answers: Mapping[str, Any]) -> None:
        """What the model says from now on, one after the other, and the last of them ever after."""
        said = [{**answer, "text": in_pieces(answer.get("text", ""))} for answer in answers]
        self.served.script(seen=[], answers=[*said, *(said[-1:] * 10)])

    def lay(self, files: Files) -> None:
        lay(files, self.folder)

    @contextlib.asynccontextmanager
    async def refactoring(self) -> AsyncIterator[Refactoring]:
        loaded = load((self.folder,))
        assert loaded.errors == (), loaded.problems
        router = Router(loaded, (self.folder,))
        refactoring = Refactoring(router, (self.folder,))
        try:
            await router.surveyed()
            yield refactoring
        finally:
            await refactoring.close()
            await router.close()

    async def run(self, case: Case) -> Ran:
        """The case as an editor would have it done."""
        steps = Steps()
        outcome, failure = None, ""
        async with self.refactoring() as refactoring:
            try:
                outcome = await asked(refactoring, self.folder, case, steps)
            except (Failure, Unfit) as error:
                failure = str(error)
                assert failure, "it fails without a word"
        seen = self.served.requests(ENDPOINTS[self.protocol])
        return Ran(outcome, failure, tuple(steps.words), tuple(each["json"] for each in seen))

    def judged(self, case: Case, ran: Ran) -> list[str]:
        """All that is wrong with the outcome, once it is written."""
        if ran.outcome is None:
            return [f"refused: {ran.failure}"]
        before = found_in(self.folder)
        if ran.outcome.change is not None:
            write(ran.outcome.change)
        return judged(case, before, found_in(self.folder))


async def asked(refactoring: Refactoring, folder: Path, case: Case, steps: Steps) -> Outcome:
    path = folder / case.file
    text = path.read_bytes().decode()
    document = Document(path.as_uri(), language_of(path), 1, Text.of(text))
    refactoring.document_opened(document)
    span = case.at(text)
    diagnostics = (Diagnostic(span, case.diagnostic, "a checker"),) if case.diagnostic else ()
    assignment = await refactoring.assignment(document, span, case.action, case.answer, diagnostics)
    question = refactoring.question(assignment)
    assert question is None, f"{case.id} is asked: {question}"
    return await refactoring.run(assignment, steps)


def judged(case: Case, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """All that is wrong with what became of a workspace."""
    texts = [{name: data.decode() for name, data in files.items()} for files in (before, after)]
    touched = case.touched
    if not touched:
        return [
            f"{name} changed" for name in sorted({*before, *after}) if before.get(name) != after.get(name)
        ]
    return list(complaints(case.checks, touched, Result(*texts)))
