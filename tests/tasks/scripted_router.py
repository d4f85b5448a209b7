"""A router without models, for tasks: it decides by a room, and answers from a script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Done, Usage
from emberline.config.schema import Settings, Validation
from emberline.models.info import ModelInfo
from emberline.privacy.files import Boundaries
from emberline.privacy.labels import Label, Level, Place, strictest
from emberline.routing import estimate, structured
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.request import Request
from emberline.routing.router import Answer, Formed, Router

SMALL = Candidate("embedded", "embedded", "", Place.MACHINE, ModelInfo("small-model", parameters=0.5))
LARGE = Candidate("cloud", "openai", "", Place.CLOUD, ModelInfo("large-model", parameters=200.0))
OPEN = Label(Level.OPEN, "a text", "the tests")

Script = Callable[[Chat], str] | Sequence[str]


class Scripted:
    """`answers`: what is written, in order, or made of each question; an exhausted list fails. `room`: tokens
    of the one model; `cloud`: where what is longer goes if every label allows it."""

    def __init__(
        self,
        answers: Script = (),
        room: int = 4000,
        cloud: bool = False,
        folder: Path = Path("/nowhere"),
        model: Candidate = SMALL,
        refusal: str = "",
        is_stuck: bool = False,
        exclude: Sequence[str] = (),
        local_only: Sequence[str] = (),
    ) -> None:
        self.asked: list[Chat] = []
        self.labels: list[tuple[Label, ...]] = []
        self.folders = (folder,)
        self.boundaries = Boundaries((folder,), mode=Level.OPEN, exclude=exclude, local_only=local_only)
        self.settings = Settings()
        self._answers = answers if callable(answers) else list(answers)
        self._room = room
        self._cloud = cloud
        self._model = model
        self._refusal = refusal
        self._is_stuck = is_stuck

    async def surveyed(self) -> None:
        pass

    async def count_tokens(self, text: str) -> int:
        return estimate.tokens(text)

    def consider(self, request: Request) -> Decision:
        if self._refusal:
            return Decision(request, None, (), refusal=self._refusal)
        if request.tokens <= self._room:
            return Decision(request, self._model, ("it is routine work",))
        if self._cloud and request.label.level is Level.OPEN:
            return Decision(request, LARGE, ("it is long",))
        part = max(1, self._room - request.output_tokens - 300)
        return Decision(
            request,
            self._model,
            ("it stays here",),
            parts=-(-request.input_tokens // part),
            warnings=("it is cut",),
        )

    decide = consider

    def room(self, decision: Decision) -> int | None:
        return self._room if decision.chosen is self._model else 100_000

    def spent(self, answer: Answer) -> float:
        return 0.5 if answer.served is LARGE else 0.0

    async def answer(
        self,
        request: Request,
        chat: Chat,
        labels: tuple[Label, ...],
        deadline_seconds: float | None = None,
        audience: Any = None,
    ) -> Answer:
        self.asked.append(chat)
        self.labels.append(labels)
        tokens = sum(estimate.tokens(each.content) for each in chat.messages)
        decision = self.consider(
            Request(request.task, strictest(labels), input_tokens=tokens, output_tokens=chat.max_tokens)
        )
        assert decision.chosen is not None
        if audience is not None:
            audience.asking(decision.chosen)
        if self._is_stuck:
            await asyncio.Event().wait()
        if callable(self._answers):
            text = self._answers(chat)
        elif self._answers:
            text = self._answers.pop(0)
        else:
            raise Failure("the server is gone", Kind.UNREACHABLE)
        return Answer(text, (), Done("stop", Usage(tokens, 0, 10, 1.0)), decision, decision.chosen)

    async def structured(
        self,
        request: Request,
        chat: Chat,
        labels: tuple[Label, ...],
        schema: Any,
        deadline_seconds: float | None = None,
        accept: Any = structured.as_it_is,
        audience: Any = None,
    ) -> Formed[Any]:
        answers: list[Answer] = []

        async def call(asked: Chat) -> str:
            answers.append(await self.answer(request, asked, labels, None, audience))
            return answers[-1].text

        value = await structured.ask(call, chat, schema, Validation(), accept, self._room)
        return Formed(value, tuple(answers))


def as_router(scripted: Scripted) -> Router:
    return cast(Router, scripted)


class Heard:
    """An audience that keeps what it is told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.begun: list[int] = []

    def begin(self, steps: int) -> None:
        self.begun.append(steps)

    def step(self, words: str) -> None:
        self.steps.append(words)
