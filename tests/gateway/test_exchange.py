"""One exchange over ASGI, with a caller of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from emberline.gateway import exchange
from emberline.gateway.exchange import Endpoint, Exchange, with_pings
from emberline.gateway.visit import Visit

SCOPE = {"method": "POST", "path": "/v1/x", "headers": []}


async def test_who_takes_nothing_of_its_answer_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "STALLED_SECONDS", 0.01)
    messages: list[Mapping[str, Any]] = [{"type": "http.request", "body": b"{}"}]
    visits: list[Visit] = []
    ended = asyncio.Event()

    async def receive() -> Mapping[str, Any]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(message: Mapping[str, Any]) -> None:
        if message.get("body"):
            await asyncio.Event().wait()

    async def answer(found: Exchange) -> None:
        try:
            await found.stream({})
            await found.chunk(b"data: 1\n\n")
        finally:
            ended.set()

    with pytest.raises(asyncio.CancelledError):
        await Endpoint(answer, lambda headers: None, visits.append)(SCOPE, receive, send)
    assert ended.is_set()
    assert [visit.error for visit in visits] == ["left"]


async def test_work_that_is_no_longer_wanted_has_ended_when_its_caller_goes_on() -> None:
    begun, has_ended = asyncio.Event(), False

    async def work() -> None:
        nonlocal has_ended
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            has_ended = True

    async def unwanted() -> None:
        raise AssertionError

    waiting = asyncio.create_task(with_pings(work(), unwanted))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert has_ended
