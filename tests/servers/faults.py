"""Servers that misbehave on purpose.

`steps(mode, form)` are the raw answers of each fault in the form of each protocol, for a fake that is told to
give them: `served.script(path=form.path, steps=steps("cut", form))`. Without steps it behaves again.

`python -m tests.servers.faults PROTOCOL PORT [CERTIFICATE]` is a fake on this very port, so that a server can
be down first and then up, with TLS where a PEM file (certificate and key) is given.
"""

from __future__ import annotations

import base64
import gzip
import json
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.servers import anthropic, ollama, openai
from tests.servers.http import Fake, run

Steps = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer looks like in one protocol."""

    fake: Callable[[], Fake]
    arguments: tuple[str, ...]
    """What `serving` starts it with."""
    path: str
    """Where it chats."""
    type: str
    beginning: str
    """The head of a good stream: a piece of text, and no end."""
    inside: str
    """An error in mid-stream."""
    error: Callable[[str], object]
    """The JSON of a refusal with this message."""


def _event(data: object) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


FORMS = {
    "ollama": Form(
        ollama.Ollama,
        ("tests.servers.ollama",),
        "/api/chat",
        "application/x-ndjson",
        '{"model":"m","message":{"role":"assistant","content":"begun "},"done":false}\n',
        '{"error":"an error was encountered while running the model"}\n',
        lambda message: {"error": message},
    ),
    "openai": Form(
        openai.OpenAI,
        ("tests.servers.openai",),
        "/v1/chat/completions",
        "text/event-stream",
        _event({"choices": [{"index": 0, "delta": {"content": "begun "}, "finish_reason": None}]}),
        _event({"error": {"message": "The server had an error.", "type": "server_error", "code": None}}),
        lambda message: {"error": {"message": message, "type": "error", "param": None, "code": None}},
    ),
    "anthropic": Form(
        anthropic.Anthropic,
        ("tests.servers.anthropic",),
        "/v1/messages",
        "text/event-stream",
        _event(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "begun "}}
        ),
        "event: error\n"
        + _event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        lambda message: {"type": "error", "error": {"type": "api_error", "message": message}},
    ),
}


def steps(mode: str, form: Form) -> Steps:
    """The raw answer of one fault; the connection is cut behind it."""

    def refusal(status: int, message: str, *headers: str) -> Steps:
        head = _head(status, "application/json", *headers)
        return [{"send": head + json.dumps(form.error(message))}]

    def stream(*texts: str, headers: tuple[str, ...] = ()) -> Steps:
        return [{"send": _head(200, form.type, *headers) + "".join(texts)}]

    match mode:
        case "slow headers":
            return [{"stall": True}]
        case "stall":
            return [*stream(form.beginning), {"stall": True}]
        case "closed":
            return [{"pause": 0}]
        case "cut":
            return stream("ffff\r\n", form.beginning, headers=("Transfer-Encoding: chunked",))
        case "ended early":
            return stream(form.beginning)
        case "error inside":
            return stream(form.beginning, form.inside)
        case "429 with a delay":
            return refusal(429, "Too many requests.", "Retry-After: 7")
        case "429":
            return refusal(429, "Too many requests.")
        case "500":
            return refusal(500, "Internal error.")
        case "503 loading":
            return refusal(503, "Loading model")
        case "529":
            return refusal(529, "Overloaded")
        case "a proxy's page":
            return [{"send": _head(502, "text/html") + "<html><h1>Bad Gateway</h1></html>"}]
        case "malformed JSON":
            return stream(form.beginning, form.beginning.replace("}", ""))
        case "no object":
            return stream(form.beginning, 'data: {}[1, "two"]\n\n' if "data" in form.beginning else "[1]\n")
        case "another shape":
            return stream(form.beginning.replace('"begun "', "[1]"))
        case "wrong content type":
            return [{"send": _head(200, "text/html") + "<html>Sign in to the guest network</html>"}]
        case "endless":
            return [*stream(), {"repeat": form.beginning * 50, "times": 20_000}]
        case "endless line":
            return [*stream(), {"repeat": "data: " + "x" * 10_000, "times": 20_000}]
        case "wrong encoding":
            packed = base64.b64encode(gzip.compress(form.beginning.encode())[5:]).decode()
            return [*stream(headers=("Content-Encoding: gzip",)), {"base64": packed}]
        case "wrong characters":
            broken = form.beginning.encode().replace(b"begun", b"\xff\xfe\xc3")
            return [*stream(), {"base64": base64.b64encode(broken).decode()}]
        case "no HTTP":
            return [{"send": "220 mail.example ESMTP\r\n\r\n"}]
        case "redirect":
            head = "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/login?session=1234\r\n"
            return [{"send": f"{head}Content-Length: 0\r\n\r\n"}]
    raise ValueError(f"no such fault: {mode}")


def _head(status: int, content_type: str, *headers: str) -> str:
    lines = [f"HTTP/1.1 {status} Some", f"Content-Type: {content_type}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""])


if __name__ == "__main__":
    protocol, port, *certificate = sys.argv[1:]
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate[0])
    run(FORMS[protocol].fake(), context, int(port))
