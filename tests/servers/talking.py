"""What the fakes of all chat providers share: scripted answers and the check of the key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http import Fake, Reply

KEY = "test-key-0123456789abcdef"
"""The key that every fake accepts, and no other."""


@dataclass
class Talking(Fake):
    """Scriptable, e.g. by `Served.script(answers=[{"text": "Hi"}, {"status": 500, "body": {}}])`.

    An answer may have `text` (a text, or the list of its pieces), `calls` (`[{"name", "arguments"}]`),
    `ending` (the provider's own word for why it ends), `delay` (seconds before each piece), `stall` (true: it
    never ends), `inside` (an error event behind the pieces), or `status`, `body` and `headers` for an answer
    that is an error. Once all are given, `text` is the answer.
    """

    text: str = "Hello from a fake model."
    answers: list[dict[str, Any]] = field(default_factory=list)
    key: str = KEY

    def next_answer(self) -> dict[str, Any]:
        return self.answers.pop(0) if self.answers else {"text": self.text}

    async def refuse(self, answer: dict[str, Any], reply: Reply) -> bool:
        """Gives the answer if it is an error."""
        if "status" not in answer:
            return False
        await reply.json(answer.get("body", {}), answer["status"], answer.get("headers"))
        return True


def pieces(answer: dict[str, Any]) -> list[str]:
    """The texts that are streamed one by one: words with the blanks behind them, where the script gives
    none of its own."""
    text = answer.get("text", "")
    if isinstance(text, list):
        return text
    words = text.split(" ")
    return [word + " " for word in words[:-1]] + words[-1:] if text else []


async def paused(answer: dict[str, Any]) -> None:
    """Before each piece."""
    if answer.get("delay"):
        await asyncio.sleep(answer["delay"])


async def stalled(answer: dict[str, Any]) -> None:
    """Behind the last piece: until the client goes away."""
    if answer.get("stall"):
        await asyncio.Event().wait()


def tokens(value: object) -> int:
    """A count as good as any: four characters of JSON a token."""
    return len(json.dumps(value)) // 4


def vector(text: str) -> list[float]:
    """An embedding that tells texts apart, and nothing else."""
    return [len(text) / 8, sum(map(ord, text)) % 97 / 4, -0.5]


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object schema within a schema, for the checks that providers make."""
    if "properties" in schema:
        yield schema
    for value in schema.values():
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            if isinstance(part, dict):
                yield from objects(part)
        if isinstance(value, dict):
            yield from objects(value)
