"""The embedded engine as one backend among others: started when it is asked, tasks in a slot of their own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from emberline.backends.engine import TASK_SLOT, RunningEngine, engine_client
from emberline.backends.failure import Failure, Kind
from emberline.backends.llamacpp import LlamaCppServer
from emberline.backends.messages import Chat, Condition, Event, Infill, Vectors
from emberline.models.info import ModelInfo
from emberline.privacy.egress import Gate
from emberline.privacy.labels import Manifest
from emberline.routing.fleet import EMBEDDED
from emberline.routing.local import LocalEngine


class Embedded:
    """A `Backend` over the engine that this process shares with its other windows."""

    name = EMBEDDED
    protocol = "llamacpp"
    keeps_one_model = False

    def __init__(self, engine: LocalEngine, gate: Gate) -> None:
        self._engine = engine
        self._gate = gate
        self.url = ""
        self._met: RunningEngine | None = None
        self._server: LlamaCppServer | None = None

    async def probe(self, sent: Manifest) -> Condition:
        return await (await self._connected()).probe(sent)

    async def models(self, sent: Manifest) -> tuple[ModelInfo, ...]:
        info, trouble = self._engine.told()
        return () if trouble else (info,)

    async def chat(self, model: str, chat: Chat, sent: Manifest) -> AsyncGenerator[Event, None]:
        async with aclosing(self._steadily(lambda server: server.chat(model, chat, sent))) as events:
            async for event in events:
                yield event

    async def infill(self, model: ModelInfo, gap: Infill, sent: Manifest) -> AsyncGenerator[Event, None]:
        async with aclosing(self._steadily(lambda server: server.infill(model, gap, sent))) as events:
            async for event in events:
                yield event

    async def embed(self, model: str, texts: tuple[str, ...], sent: Manifest) -> Vectors:
        raise Failure("the embedded engine writes text and makes no embeddings", Kind.BAD_REQUEST)

    async def load(self, model: str, context_tokens: int | None, sent: Manifest) -> None:
        await self._connected()

    async def unload(self, model: str, sent: Manifest) -> None:
        await self._engine.close()

    async def count_tokens(self, model: str, text: str, sent: Manifest) -> int | None:
        server = await self._connected()
        with self._engine.visited():
            return await server.count_tokens(model, text, sent)

    async def close(self) -> None:
        server, self._server, self._met = self._server, None, None
        if server is not None:
            await server.close()

    async def _steadily(
        self, ask: Callable[[LlamaCppServer], AsyncGenerator[Event, None]]
    ) -> AsyncGenerator[Event, None]:
        """The answer's events. An engine that went before its first word (another window started it anew, or
        it died) is asked once more when it is back."""
        for is_last in (False, True):
            server, met, begun = await self._connected(), self._met, False
            try:
                with self._engine.visited():
                    async with aclosing(ask(server)) as events:
                        async for event in events:
                            begun = True
                            yield event
                return
            except Failure:
                await self._engine.failed()
                if begun or is_last or self._engine.running == met:
                    raise

    async def _connected(self) -> LlamaCppServer:
        """A client of the engine that runs now, which is started first where none does."""
        await self._engine.connect()
        running = self._engine.running
        if self._server is None or running != self._met:
            await self.close()
            assert running is not None
            client = engine_client(running, self._gate)
            self._server = LlamaCppServer(self.name, running.address, client, TASK_SLOT)
            self._met, self.url = running, running.address
        return self._server
