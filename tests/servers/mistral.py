"""A fake of Mistral's API: `python -m tests.servers.mistral`. Formats and refusals as its API reference gives
them; what it knows no field for, it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http import Reply, Request, run
from tests.servers.openai import Json, OpenAI
from tests.servers.talking import tokens

_FIELDS = {"model", "messages", "prompt", "suffix", "max_tokens", "temperature", "stop", "stream"}
_FIELDS |= {"tools", "tool_choice", "response_format"}


@dataclass
class Mistral(OpenAI):
    models: list[str] = field(default_factory=lambda: ["mistral-large-latest", "codestral-latest"])

    counts_unasked: bool = True

    def card(self, name: str) -> Json:
        can = {"completion_chat": True, "function_calling": True, "completion_fim": "codestral" in name}
        window = 256_000 if "codestral" in name else 128_000
        return super().card(name) | {"capabilities": can, "max_context_length": window, "type": "base"}

    async def answer(self, request: Request, reply: Reply) -> None:
        if not self.allowed(request):
            await reply.json({"message": "Unauthorized", "request_id": "1"}, 401)
        elif request.path == "/v1/fim/completions":
            await self.complete(request, reply)
        elif request.path == "/v1/completions":
            await reply.json({"message": "no Route matched with those values"}, 404)
        else:
            await super().answer(request, reply)

    def speaks_chat(self, path: str) -> bool:
        return True

    def refusal(self, path: str, body: Json) -> tuple[int, Json] | None:
        for name in body.keys() - _FIELDS:
            detail = [
                {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}
            ]
            return 422, {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error"}
        if body["model"] not in self.models:
            return 400, self.flat(f"Invalid model: {body['model']}", "invalid_model", "1500")
        if path == "/v1/fim/completions" and not self.card(body["model"])["capabilities"]["completion_fim"]:
            return 400, self.flat("FIM is not enabled for this model", "invalid_model", "1500")
        if (length := tokens(body.get("messages", body.get("prompt")))) > self.window:
            said = f"Prompt contains {length} tokens, too large for {self.window} maximum context length"
            return 400, self.flat(said, "invalid_request_prompt", "3051")
        for message in body.get("messages", ()):
            for call in [{"id": message.get("tool_call_id")}, *message.get("tool_calls", ())]:
                if call["id"] and not re.fullmatch("[a-zA-Z0-9]{9}", call["id"]):
                    said = f"Tool call id was {call['id']} but must be a-z, A-Z, 0-9, with a length of 9."
                    return 400, self.flat(said, "invalid_request_function_call", "3280")
        return None

    def flat(self, message: str, kind: str, code: str) -> dict[str, Any]:
        return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


if __name__ == "__main__":
    run(Mistral())
