"""What each path does: read what is asked, decide by the caller's policy, hand the answer on as it comes."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Called, Chat, Done, Event, ToolCall, Usage, Written
from emberline.gateway import answers, callers, chats, gaps, measure, pick, vectors
from emberline.gateway.answers import ChatAnswer, GapAnswer
from emberline.gateway.chats import FEW_TOKENS, Asked
from emberline.gateway.exchange import Exchange, as_header, with_pings
from emberline.gateway.gaps import AskedGap
from emberline.gateway.refusal import Refused, of_decision
from emberline.gateway.workspaces import Workspaces
from emberline.privacy.labels import Label, Level
from emberline.routing import structured
from emberline.routing.decision import Decision
from emberline.routing.demand import fills_in
from emberline.routing.execute import unsent
from emberline.routing.fleet import Candidate
from emberline.routing.obstacles import By
from emberline.routing.request import Request, Task
from emberline.routing.router import Formed, Router

DEADLINE_SECONDS = 600.0
"""For a whole answer. Who waits less leaves, and that ends the work."""


class Served:
    """Whom the text went to: the decision's choice, or who stood in for it. Fills in the log's line."""

    def __init__(self, exchange: Exchange, decision: Decision) -> None:
        self._exchange = exchange
        self._decision = decision
        self.candidate: Candidate | None = decision.chosen
        visit, request = exchange.visit, decision.request
        visit.task, visit.level, visit.input_tokens = request.task, request.label.level, request.input_tokens

    def asking(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self._exchange.visit.model, self._exchange.visit.place = candidate.key, candidate.place

    def wrote(self, characters: int) -> None:
        """Nothing is told of it."""

    def used(self, usage: Usage) -> None:
        visit = self._exchange.visit
        visit.input_tokens = usage.read + usage.cached or visit.input_tokens
        visit.output_tokens = usage.written

    @property
    def model(self) -> str:
        return self.candidate.key if self.candidate is not None else ""

    def headers(self) -> dict[str, str]:
        """Where it went, and why."""
        candidate, decision = self.candidate, self._decision
        if candidate is None:
            return {}
        told = {
            "x-emberline-route": candidate.place.value,
            "x-emberline-model": as_header(candidate.key),
            "x-emberline-reason": as_header(decision.nameless_reason),
            "x-emberline-privacy": decision.request.label.level.value,
        }
        if decision.chosen is not None and candidate is not decision.chosen:
            told["x-emberline-instead-of"] = as_header(decision.chosen.key)
        return told


@dataclass(frozen=True, slots=True)
class Service:
    """The gateway's answers, for a Starlette application to route requests to."""

    workspaces: Workspaces
    started: int
    """Seconds of the epoch."""

    # -- /v1/chat/completions ---------------------------------------------------------------------------

    async def chat(self, exchange: Exchange) -> None:
        caller = callers.caller(exchange.headers)
        asked = chats.asked(exchange.body)
        async with self.workspaces.router(caller.workspace) as router:
            label = _label(caller, router)
            decision, chat = await _decided(router, asked, caller.task, label)
            if asked.schema is None:
                await self._conversed(exchange, router, asked, chat, decision)
            else:
                await self._formed(exchange, router, asked, chat, decision)

    async def _conversed(
        self, exchange: Exchange, router: Router, asked: Asked, chat: Chat, decision: Decision
    ) -> None:
        served = Served(exchange, decision)
        labels = (decision.request.label,)
        parallel = chat.choice.parallel
        async with aclosing(router.execute(decision, chat, labels, DEADLINE_SECONDS, served)) as events:
            checked = _checked(events, asked, parallel)
            async with aclosing(checked):
                if asked.is_streamed:
                    await self._chat_streamed(exchange, checked, asked, served)
                else:
                    await self._chat_whole(exchange, checked, served)

    async def _chat_whole(
        self, exchange: Exchange, events: AsyncGenerator[Event, None], served: Served
    ) -> None:
        text, calls, done = await _whole(exchange, events)
        served.used(done.usage)
        answer = self._chat_answer(served, counts=False)
        await exchange.json(answer.whole(text, calls, done), headers=served.headers())

    async def _chat_streamed(
        self, exchange: Exchange, events: AsyncGenerator[Event, None], asked: Asked, served: Served
    ) -> None:
        answer: ChatAnswer | None = None
        calls = 0
        async for event in events:
            if answer is None:  # only now is it certain who answers
                _first(exchange)
                answer = self._chat_answer(served, asked.counts)
                await exchange.stream(served.headers())
                await exchange.chunk(answer.first())
            match event:
                case Written(text):
                    await exchange.chunk(answer.text(text))
                case Called(call):
                    await exchange.chunk(answer.call(calls, call))
                    calls += 1
                case Done():
                    served.used(event.usage)
                    await exchange.chunk(answer.end(event, bool(calls)))
        await exchange.end()

    async def _formed(
        self, exchange: Exchange, router: Router, asked: Asked, chat: Chat, decision: Decision
    ) -> None:
        """An answer of a form is checked when it is whole, and may be asked for again: a stream of it is the
        checked answer in one piece. It begins when it is certain who answers, or when that takes long."""
        assert asked.schema is not None
        served = Served(exchange, decision)
        labels = (decision.request.label,)

        async def begin() -> None:
            if not exchange.has_begun:
                await exchange.stream(served.headers())

        async def ping() -> None:
            if asked.is_streamed:
                await begin()
                await exchange.chunk(b": still at it\n\n")

        formed: Formed[Any] = await with_pings(
            router.formed(decision, chat, labels, asked.schema, DEADLINE_SECONDS, audience=served), ping
        )
        _first(exchange)
        text = json.dumps(formed.value, ensure_ascii=False).encode(errors="replace").decode()
        done = replace(formed.answers[-1].done, usage=_sum(each.done.usage for each in formed.answers))
        served.used(done.usage)
        answer = self._chat_answer(served, asked.counts)
        if not asked.is_streamed:
            await exchange.json(answer.whole(text, (), done), headers=served.headers())
            return
        await begin()
        await exchange.chunk(answer.first() + answer.text(text) + answer.end(done, False))
        await exchange.end()

    def _chat_answer(self, served: Served, counts: bool) -> ChatAnswer:
        return ChatAnswer(f"chatcmpl-{secrets.token_hex(12)}", int(time.time()), served.model, counts)

    # -- /v1/completions --------------------------------------------------------------------------------

    async def gap(self, exchange: Exchange) -> None:
        caller = callers.caller(exchange.headers)
        asked = gaps.asked(exchange.body)
        async with self.workspaces.router(caller.workspace) as router:
            request = await measure.of_gap(asked.gap, _label(caller, router))
            decision = await _for_gap(router, request, asked)
            served = Served(exchange, decision)
            labels = (request.label,)
            async with aclosing(
                router.execute(decision, asked.gap, labels, DEADLINE_SECONDS, served)
            ) as events:
                if asked.is_streamed:
                    await self._gap_streamed(exchange, events, asked, served)
                else:
                    await self._gap_whole(exchange, events, served)

    async def _gap_whole(
        self, exchange: Exchange, events: AsyncGenerator[Event, None], served: Served
    ) -> None:
        text, _, done = await _whole(exchange, events)
        served.used(done.usage)
        answer = self._gap_answer(served, counts=False)
        await exchange.json(answer.whole(text, done), headers=served.headers())

    async def _gap_streamed(
        self, exchange: Exchange, events: AsyncGenerator[Event, None], asked: AskedGap, served: Served
    ) -> None:
        answer: GapAnswer | None = None
        async for event in events:
            if answer is None:
                _first(exchange)
                answer = self._gap_answer(served, asked.counts)
                await exchange.stream(served.headers())
            match event:
                case Written(text):
                    await exchange.chunk(answer.text(text))
                case Done():
                    served.used(event.usage)
                    await exchange.chunk(answer.end(event))
        await exchange.end()

    def _gap_answer(self, served: Served, counts: bool) -> GapAnswer:
        return GapAnswer(f"cmpl-{secrets.token_hex(12)}", int(time.time()), served.model, counts)

    # -- /v1/embeddings ---------------------------------------------------------------------------------

    async def vectors(self, exchange: Exchange) -> None:
        caller = callers.caller(exchange.headers)
        asked = vectors.asked(exchange.body)
        async with self.workspaces.router(caller.workspace) as router:
            request = await measure.of_texts(asked.texts, _label(caller, router))
            fleet = router.fleet(Task.EMBEDDING)
            decision = await router.directed(request, pick.meant(asked.model, fleet))
            chosen = _require(router, decision)
            served = Served(exchange, decision)
            served.asking(chosen)
            found = await router.embed(decision, asked.texts, (request.label,))
            served.used(Usage(found.read or request.input_tokens, 0, 0, 0.0))
            answer = vectors.answer(found, asked, served.model, request.input_tokens)
            await exchange.json(answer, headers=served.headers())

    # -- /v1/models -------------------------------------------------------------------------------------

    async def models(self, exchange: Exchange) -> None:
        await exchange.json({"object": "list", "data": await self._entries(exchange.headers)})

    async def model(self, exchange: Exchange) -> None:
        name = exchange.scope["path_params"]["name"]
        for entry in await self._entries(exchange.headers):
            if entry["id"] == name:
                await exchange.json(entry)
                return
        raise Refused(404, f"there is no model {name}", "model_not_found", "model")

    async def _entries(self, headers: Mapping[str, str]) -> list[dict[str, Any]]:
        caller = callers.caller(headers)
        async with self.workspaces.router(caller.workspace) as router:
            level = _label(caller, router).level
            fleets = router.fleet(Task.QUESTION), router.fleet(Task.EMBEDDING)
            return list(pick.entries(*fleets, level, self.started))


def _label(caller: callers.Caller, router: Router) -> Label:
    privacy = router.privacy()
    return caller.label(Level(privacy["mode"]), privacy["from"])


async def _decided(router: Router, asked: Asked, task: Task | None, label: Label) -> tuple[Decision, Chat]:
    """The decision, and the conversation with the longest answer that it was made for. Raises `Refused`."""
    chat = replace(asked.chat, schema=asked.schema)
    request = await measure.of_chat(chat, task, label)
    admits = pick.meant(asked.model, router.fleet(request.task))
    decision = await router.directed(request, admits)
    if _is_too_long(decision) and not asked.has_length:  # the answer's length is ours to choose
        chat = replace(chat, max_tokens=FEW_TOKENS)
        decision = await router.directed(replace(request, output_tokens=FEW_TOKENS), admits)
    if decision.parts > 1:
        words = (
            f"{request.input_tokens} tokens are more than the models at hand hold, and a conversation is not "
            "taken in parts, as `emberline summarize` and `emberline commit-message` take what they read"
        )
        raise Refused(400, words, "context_length_exceeded", "messages")
    _require(router, decision)
    return decision, chat


def _require(router: Router, decision: Decision) -> Candidate:
    """Who was chosen. Raises `Refused` where nobody was, and that is recorded."""
    if decision.chosen is None:
        router.record(unsent(decision, decision.refusal))
        raise of_decision(decision)
    return decision.chosen


def _is_too_long(decision: Decision) -> bool:
    return decision.parts > 1 or (
        decision.chosen is None and any(each.by is By.LENGTH for each in decision.rejected)
    )


async def _for_gap(router: Router, request: Request, asked: AskedGap) -> Decision:
    """Where a gap goes. Raises `Refused`, also where nobody would see what stands behind it."""
    meant = pick.meant(asked.model, router.fleet(request.task))
    needs = fills_in if asked.gap.suffix else _anybody
    decision = await router.directed(request, lambda each: meant(each) and needs(each))
    if decision.chosen is None and asked.gap.suffix and not decision.rejected:
        raise Refused(400, "no model at hand fills in the middle", "unsupported_by_models", "suffix")
    _require(router, decision)
    return decision


def _anybody(candidate: Candidate) -> bool:
    return True


async def _checked(
    events: AsyncGenerator[Event, None], asked: Asked, parallel: bool
) -> AsyncGenerator[Event, None]:
    """The events with calls as the caller wants them: each with an id of its own, one alone where they must
    not be parallel, arguments by their schema where that was promised. Raises `Failure`."""
    schemas = {tool.name: tool.parameters for tool in asked.chat.tools if tool.name in asked.strict}
    calls = 0
    async for event in events:
        if isinstance(event, Called):
            calls += 1
            if calls > 1 and not parallel:
                continue
            if event.call.name in schemas:
                _hold(event.call, schemas[event.call.name])
            event = Called(answers.named(event.call))
        yield event


def _hold(call: ToolCall, schema: Mapping[str, Any]) -> None:
    try:
        structured.Form(schema, is_strict=True).read(call.arguments)
    except structured.Unusable as error:
        words = f"the model called {call.name} with arguments that break its schema: {error}"
        raise Failure(words, Kind.BROKEN) from None


def _sum(usages: Iterable[Usage]) -> Usage:
    """What all attempts took together."""
    total = Usage(0, 0, 0, 0.0)
    for each in usages:
        total = Usage(
            total.read + each.read,
            total.cached + each.cached,
            total.written + each.written,
            total.busy_ms + each.busy_ms,
        )
    return total


async def _whole(exchange: Exchange, events: AsyncGenerator[Event, None]) -> tuple[str, list[ToolCall], Done]:
    """All that was written and called, and the end."""
    texts: list[str] = []
    calls: list[ToolCall] = []
    done = Done("stop", Usage(0, 0, 0, 0.0))
    async for event in events:
        _first(exchange)
        match event:
            case Written(text):
                texts.append(text)
            case Called(call):
                calls.append(call)
            case Done():
                done = event
    return "".join(texts), calls, done


def _first(exchange: Exchange) -> None:
    """The first piece of the answer is here."""
    if exchange.visit.first_ms is None:
        exchange.visit.first_ms = (time.perf_counter() - exchange.began) * 1000
