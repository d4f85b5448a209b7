"""What the router adds to a completion: label, decision, egress check, audit and record, with and without.

Both ways ask the same server for the same token, turn and turn about. It answers at once, so that what is
timed is the way there; the whole difference is the router's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import httpx

from benchmarks.common import distribution, main
from emberline.backends.base import FimBackend, Generation
from emberline.backends.engine import RunningEngine, engine_client
from emberline.backends.llamacpp import LlamaCpp
from emberline.config.load import load
from emberline.privacy.egress import Gate
from emberline.routing.fleet import Candidate
from emberline.routing.lane import Connection, Spent, TypingLane
from emberline.routing.router import Router

ANSWER = (
    b'data: {"content":"x","stop":false}\n\n'
    b'data: {"content":"","stop":true,"timings":{"prompt_n":1,"predicted_n":1}}\n\n'
)
PROMPT = "<|fim_prefix|>" + "value = compute(first, second)\n" * 40 + "<|fim_suffix|>\n<|fim_middle|>val"


@contextlib.asynccontextmanager
async def _server() -> AsyncIterator[str]:
    """Answers every request with one token."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)
        )
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"


class _Routed(Router):
    """The router, whose typing lane leads to the server of this benchmark."""

    def __init__(self, folder: Path, backend: FimBackend) -> None:
        super().__init__(load((folder,)), (folder,))
        self._backend = backend

    async def fim(self, candidate: Candidate, tokens: int) -> FimBackend:
        return self._backend

    @property
    def gate(self) -> Gate:
        return self._gate


async def _token(backend: FimBackend, connection: Connection | None) -> None:
    began = time.monotonic()
    sent = connection.sent if connection is not None else None
    async with aclosing(backend.generate(Generation(PROMPT, 1, sent=sent))) as tokens:
        async for _ in tokens:
            pass
    if connection is not None:
        elapsed = (time.monotonic() - began) * 1000
        connection.spent(Spent(1, 0, 1, elapsed, elapsed, "ok"))


async def _measure(rounds: int, folder: Path) -> dict[str, object]:
    uri = (folder / "a.py").as_uri()
    async with _server() as url:
        bare = httpx.AsyncClient(
            base_url=url, limits=httpx.Limits(max_keepalive_connections=0), trust_env=False, verify=False
        )
        running = RunningEngine(os.getpid(), url, "key", 0.0)
        router = _Routed(folder, cast(FimBackend, None))
        without = LlamaCpp(bare)
        routed = LlamaCpp(engine_client(running, router.gate))
        router._backend = routed
        lane = TypingLane(router, 1000)
        direct: list[float] = []
        through: list[float] = []
        deciding: list[float] = []
        try:
            for _ in range(rounds + 20):
                start = time.perf_counter()
                await _token(without, None)
                direct.append((time.perf_counter() - start) * 1e3)
                start = time.perf_counter()
                connection = await lane.connect(uri)
                deciding.append((time.perf_counter() - start) * 1e3)
                await _token(connection.backend, connection)
                through.append((time.perf_counter() - start) * 1e3)
        finally:
            await bare.aclose()
            await routed.close()
            await router.close()
    direct, through, deciding = direct[20:], through[20:], deciding[20:]
    added = [one - other for one, other in zip(through, direct, strict=True)]
    return {
        "one token without the router, ms": distribution(direct),
        "one token through the router, ms": distribution(through),
        "of that, label and decision, ms": distribution(deciding),
        "added, ms": distribution(added),
    }


def run(short: bool) -> dict[str, object]:
    """Milliseconds for one token, with and without the router."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.py").write_text("value = 1\n")
        before = os.environ.get("EMBERLINE_STATE")
        os.environ["EMBERLINE_STATE"] = str(folder / "state")
        try:
            return asyncio.run(_measure(200 if short else 2000, folder))
        finally:
            if before is None:
                del os.environ["EMBERLINE_STATE"]
            else:
                os.environ["EMBERLINE_STATE"] = before


if __name__ == "__main__":
    main("What the router adds to a completion", run)
