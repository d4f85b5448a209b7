"""Takes the place of the engine's library: llama.cpp's server as far as our engine uses it, without a model.

It continues a prompt as the text does that it was given (`STAND_IN_TEXT`, a file): it looks the prompt's end
up there, and makes up the rest of the line where it is not found, or, one time in five, anyway. Other wishes:
`STAND_IN_DELAY`, seconds before each token; `STAND_IN_LOAD`, seconds that the model takes to load. A POST to
`/__grow__` with a number makes it hold so many bytes more.

Formats as those of the real one, which other tests ask.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

Json = dict[str, Any]

_TOKEN = re.compile(r"\s*\w{1,6}|\s*[^\w\s]|\s+")
_FORCED = re.compile(r'root ::= "(.*)" \[\^')
_ESCAPED = re.compile(r"\\U([0-9A-F]{8})")
TAIL_CHARS = 24
"""Of a prompt's end, what is looked up."""
LONGEST = 400
"""Characters that it writes at most."""


class CommonParams(SimpleNamespace):
    def __init__(self) -> None:
        super().__init__(model=SimpleNamespace(), cpuparams=SimpleNamespace(), api_keys=[], n_parallel=1)
        self.cpuparams_batch = SimpleNamespace()


class Server:
    def __init__(self, params: CommonParams) -> None:
        time.sleep(float(os.environ.get("STAND_IN_LOAD", "0")))
        named = os.environ.get("STAND_IN_TEXT")
        self._text = Path(named).read_text() if named else ""
        self._delay = float(os.environ.get("STAND_IN_DELAY", "0"))
        self._key = f"Bearer {params.api_keys[0]}"
        self._busy = [0] * params.n_parallel
        self._read = [""] * params.n_parallel
        self._window = params.n_ctx
        self._grown: list[bytearray] = []
        self._ready = threading.Event()
        self.listening_address = ""
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=1 << 26)
        self.listening_address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection. It is dropped as soon as its client goes away."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in head)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        answering = asyncio.create_task(self._answer(method, path, headers, body, writer))
        leaving = asyncio.create_task(reader.read(1))
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        for task in (answering, leaving):
            task.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)
        writer.close()

    async def _answer(
        self, method: str, path: str, headers: dict[str, str], raw: bytes, writer: asyncio.StreamWriter
    ) -> None:
        path, _, query = path.partition("?")
        if path != "/health" and headers.get("authorization") != self._key:
            self._whole(writer, {"error": {"code": 401, "message": "Invalid API Key"}}, 401)
        elif path == "/completion":
            await self._complete(json.loads(raw), writer)
        elif path == "/v1/chat/completions":
            await self._chat(json.loads(raw), writer)
        else:
            self._whole(writer, self._told(path, query, raw))
        await writer.drain()

    def _told(self, path: str, query: str, raw: bytes) -> Any:
        """What needs no slot."""
        if path == "/slots":
            return [{"id": at, "is_processing": bool(count)} for at, count in enumerate(self._busy)]
        if path.startswith("/slots/") and query == "action=erase":
            self._read[int(path.rpartition("/")[2])] = ""
            return {"n_erased": 1}
        if path == "/tokenize":
            return {"tokens": list(range(len(_TOKEN.findall(json.loads(raw)["content"]))))}
        if path == "/__grow__":
            more = bytearray(int(raw))
            more[::4096] = b"x" * len(more[::4096])  # touched, so that it is really held
            self._grown.append(more)
        return {"status": "ok"}

    @contextmanager
    def _at_work(self, slot: int) -> Iterator[None]:
        self._busy[slot] += 1
        try:
            yield
        finally:
            self._busy[slot] -= 1

    def _timings(self, slot: int, prompt: str, written: int) -> Json:
        """One token for every three characters; what the slot holds already is not read again."""
        known = _alike(prompt, self._read[slot])
        self._read[slot] = prompt
        unread = max(1, (len(prompt) - known) // 3)
        return {
            "prompt_n": unread,
            "cache_n": known // 3,
            "predicted_n": written,
            "prompt_ms": unread * 0.5,
            "predicted_ms": written * 1.0,
        }

    async def _complete(self, body: Json, writer: asyncio.StreamWriter) -> None:
        slot, prompt, most = body.get("id_slot", 0), body["prompt"], body["n_predict"]
        with self._at_work(slot):
            timings = self._timings(slot, prompt, most)
            if not body.get("stream"):
                self._whole(writer, {"content": "", "stop": True, "timings": timings})
                return
            self._head(writer, "text/event-stream")
            async for token in self._written(prompt, _forced(body), most):
                top = [{"token": token, "logprob": -0.02}]
                details = [{"token": token, "logprob": -0.02, "top_logprobs": top}]
                event = {"content": token, "stop": False, "completion_probabilities": details}
                await self._event(writer, event)
            end = {"content": "", "stop": True, "stop_type": "limit", "timings": timings}
            await self._event(writer, end)
            writer.write(b"0\r\n\r\n")

    async def _chat(self, body: Json, writer: asyncio.StreamWriter) -> None:
        """Repeats the question's words."""
        words = body["messages"][-1]["content"].split()[: body.get("max_tokens", 100)]
        with self._at_work(body.get("id_slot", 0)):
            self._head(writer, "text/event-stream")
            for word in words:
                await asyncio.sleep(self._delay)
                await self._event(writer, {"choices": [{"index": 0, "delta": {"content": f"{word} "}}]})
            await self._event(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    async def _written(self, prompt: str, forced: str, most: int) -> AsyncIterator[str]:
        before = prompt.rpartition("<|fim_middle|>")[2] + forced
        at = self._text.find(before[-TAIL_CHARS:]) if len(before) >= TAIL_CHARS else -1
        wrong = zlib.crc32(before.encode()) % 5 == 0
        if at >= 0 and not wrong:
            start = at + TAIL_CHARS
            text = forced + self._text[start : start + LONGEST]
        else:
            text = f"{forced}value_{len(before) % 97}(first, second)\nreturn None\n"
        for token in _TOKEN.findall(text)[:most]:
            await asyncio.sleep(self._delay)
            yield token

    async def _event(self, writer: asyncio.StreamWriter, event: Json) -> None:
        data = b"data: %b\n\n" % json.dumps(event).encode()
        writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await writer.drain()

    def _head(self, writer: asyncio.StreamWriter, content_type: str) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode())

    def _whole(self, writer: asyncio.StreamWriter, value: Any, status: int = 200) -> None:
        body = json.dumps(value).encode()
        head = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _forced(body: Json) -> str:
    """What the answer has to begin with, by its grammar."""
    found = _FORCED.match(body.get("grammar") or "")
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1]) if found else ""
