"""A blocking client over pipes: no event loop of its own stands between a request and the clock."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

ROOT = Path(__file__).parents[1]
URI = "file:///benchmark/a.py"

EMBERLINE = ("-m", "emberline", "serve")
IDLE = ("-m", "benchmarks.idle")
EMPTY_PYGLS = ("-m", "benchmarks.empty_pygls")


class Client:
    """A language server process and the pipes to it. Leaving the context ends it."""

    def __init__(self, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        """Starts `python` with these arguments."""
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=env,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to, self._from = self.process.stdin, self.process.stdout
        self._last = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._to.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._from.close()

    def send(self, message: Mapping[str, object]) -> None:
        """Sends one message, without its `jsonrpc`."""
        body = orjson.dumps({"jsonrpc": "2.0", **message})
        self._to.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._to.flush()

    def notify(self, method: str, params: object) -> None:
        self.send({"method": method, "params": params})

    def call(self, method: str, params: object = None) -> Any:
        """Sends a request, waits for the response and returns its result; an error is a `RuntimeError`."""
        self._last += 1
        self.send({"id": self._last, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._last and "method" not in message:
                if "error" in message:
                    raise RuntimeError(message["error"]["message"])
                return message["result"]

    def initialize(self) -> Any:
        result = self.call("initialize", {"processId": None, "capabilities": {}, "workspaceFolders": None})
        self.notify("initialized", {})
        return result

    def wait_until_loaded(self) -> None:
        """Returns when Emberline has loaded its completion, or has said that it cannot."""
        while (status := self.call("emberline/status"))["busy"] or not (
            status["stats"] or status["kind"] != "normal"
        ):
            time.sleep(0.05)

    def open(self, text: str) -> None:
        document = {"uri": URI, "languageId": "python", "version": 0, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def _receive(self) -> dict[str, Any]:
        length = 0
        while (line := self._from.readline()) != b"\r\n":
            if not line:
                raise RuntimeError("the server has ended")
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        message: dict[str, Any] = orjson.loads(self._from.read(length))
        return message


def change(version: int, line: int, start: int, end: int, text: str) -> dict[str, object]:
    """The params of a `didChange` within one line."""
    span = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
    return {
        "textDocument": {"uri": URI, "version": version},
        "contentChanges": [{"range": span, "text": text}],
    }


def ask(line: int, character: int) -> dict[str, object]:
    """The params of an `inlineCompletion` request."""
    return {
        "textDocument": {"uri": URI},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": 2},
    }
