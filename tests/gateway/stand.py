"""A gateway that runs in this process, in front of fakes that run in theirs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from emberline.gateway.app import application
from emberline.gateway.serving import serve
from emberline.gateway.visit import Visit
from emberline.gateway.workspaces import Workspaces

KEY = "emb-key-of-the-tests"
CODER = "gpu/Qwen/Qwen2.5-Coder-7B"
"""What the fake vLLM serves, as the gateway names it."""
HELLO = [{"role": "user", "content": "Say hello."}]


@dataclass
class Stand:
    """What a test needs of it."""

    client: httpx.AsyncClient
    """Sends the key."""
    visits: list[Visit] = field(default_factory=list)

    async def asked(
        self, messages: object = HELLO, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        body = {"model": "emberline", "messages": messages, **more}
        return await self.client.post("/chat/completions", json=body, headers=headers)

    async def chunks(self, path: str = "/chat/completions", **body: Any) -> list[dict[str, Any]]:
        """The chunks of a streamed answer, without the last `[DONE]`, which must be there."""
        body = {"model": "emberline", "stream": True, **body}
        response = await self.client.post(path, json=body)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.text.split("\n\n") if line and not line.startswith(":")]
        assert lines.pop() == "data: [DONE]"
        return [json.loads(line.removeprefix("data: ")) for line in lines]


@contextlib.asynccontextmanager
async def standing(key: str = KEY) -> AsyncIterator[Stand]:
    """By the configuration of the environment. Ends as a user would end it."""
    workspaces = Workspaces(lambda words: None)
    bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    visits: list[Visit] = []
    serving = asyncio.create_task(serve(application(workspaces, key, visits.append), 0, bound.set_result))
    try:
        url = f"http://127.0.0.1:{await bound}/v1"
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
            yield Stand(client, visits)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        assert await serving == 128 + signal.SIGTERM
        await workspaces.close()


def text_of(chunks: list[dict[str, Any]]) -> str:
    """What the chunks of a chat completion say together."""
    return "".join(each["choices"][0]["delta"].get("content") or "" for each in chunks if each["choices"])


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The error in OpenAI's form, which it must have."""
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    return error
