"""One streamed answer asked for: mended where the server objects to a field, read to its very end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from emberline.backends.failure import Failure
from emberline.backends.remedies import Body, Remedies, Remedy
from emberline.backends.streams import Event, Refusal, Wire
from emberline.privacy.labels import Manifest

LINGER_SECONDS = 0.2
"""How long the end of a stream is waited for behind its last event."""


async def asked(
    wire: Wire, path: str, body: Body, remedies: Remedies, max_tokens: int, sent: Manifest
) -> AsyncGenerator[Event, None]:
    """The server's events. A request that it objects to is mended by a known remedy and sent once more; a
    refusal comes before any event, so nothing is told twice."""
    model = str(body["model"])
    tried: list[Remedy] = []
    while True:
        mended = remedies.mended(model, body)
        try:
            async with aclosing(wire.sse(path, mended, sent, max_tokens)) as events:
                async for event in events:
                    yield event
            return
        except Refusal as refusal:
            refused = refusal.refused
            objects = refused.status in (400, 422)
            remedy = remedies.learn(model, mended, refused.complaint) if objects else None
            if remedy is None:
                remedies.forget(model, tried if objects else ())
                raise
            tried.append(remedy)


async def ended(events: AsyncGenerator[Event, None]) -> None:
    """Reads on to the stream's end, which stands right behind its last event: only then is the connection
    free for another request. A server that holds it open is not waited for."""
    with suppress(TimeoutError, Failure):
        async with asyncio.timeout(LINGER_SECONDS):
            async for _ in events:
                pass
