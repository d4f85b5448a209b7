"""A fake of DeepSeek's API: `python -m tests.servers.deepseek`. Formats and refusals as its reference gives
them: no `json_schema`, and `json_object` only where the prompt speaks of JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.servers.http import Reply, Request, run
from tests.servers.openai import Json, OpenAI


@dataclass
class DeepSeek(OpenAI):
    models: list[str] = field(default_factory=lambda: ["deepseek-chat", "deepseek-reasoner"])

    async def answer(self, request: Request, reply: Reply) -> None:
        if self.allowed(request) and request.path == "/models":
            await reply.json({"object": "list", "data": [self.card(name) for name in self.models]})
        elif self.allowed(request) and request.path in ("/chat/completions", "/beta/completions"):
            await self.complete(request, reply)
        else:
            await super().answer(request, reply)

    def refusal(self, path: str, body: Json) -> tuple[int, Json] | None:
        if path == "/beta/completions" and body["model"] == "deepseek-reasoner":
            return 400, self.error("deepseek-reasoner does not support FIM completion")
        form = (body.get("response_format") or {}).get("type")
        if form == "json_schema":
            return 400, self.error("This response_format type is unavailable now")
        if form == "json_object" and "json" not in json.dumps(body["messages"]).lower():
            return 400, self.error("Prompt must contain the word 'json' to use json_object.")
        return super().refusal(path, body)


if __name__ == "__main__":
    run(DeepSeek())
