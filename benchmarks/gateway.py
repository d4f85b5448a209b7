"""What the gateway adds to a request: asked through it and asked directly, in turn, in one run.

The backend is a fake with an API like OpenAI's in a process of its own, as fast as it can be; the gateway is
a real one, in a process of its own too. Milliseconds.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.servers import serving

from benchmarks.common import distribution
from benchmarks.common import main as command_line

MODEL = "Qwen/Qwen2.5-Coder-7B"
WORDS = 24
"""Pieces of the answer, each one chunk of the stream."""
WARM_UP = 20
_FIRST = b"sea "
"""In the first chunk that holds a piece of the answer, and in none before."""


@dataclass(frozen=True, slots=True)
class Door:
    """A kept connection to something that speaks chat completions."""

    connection: http.client.HTTPConnection
    model: str
    key: str

    @staticmethod
    def at(url: str, model: str, key: str = "") -> Door:
        parts = urlsplit(url)
        assert parts.hostname is not None
        return Door(http.client.HTTPConnection(parts.hostname, parts.port, timeout=30), model, key)

    def whole(self) -> float:
        """Until the whole answer is here."""
        began = time.perf_counter()
        answer = json.loads(self._asked(False).read())
        assert answer["choices"][0]["message"]["content"].count(" ") == WORDS - 1
        return (time.perf_counter() - began) * 1000

    def first(self) -> tuple[float, float]:
        """Until the first text is here, and until the stream ends."""
        began = time.perf_counter()
        response = self._asked(True)
        found = 0.0
        while line := response.readline():
            if not found and _FIRST in line:
                found = time.perf_counter()
        ended = time.perf_counter()
        return (found - began) * 1000, (ended - began) * 1000

    def _asked(self, is_streamed: bool) -> http.client.HTTPResponse:
        messages = [{"role": "user", "content": "Say something about the sea, please. " * 20}]
        body = {"model": self.model, "messages": messages, "stream": is_streamed, "max_tokens": 200}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        self.connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        response = self.connection.getresponse()
        assert response.status == 200, response.read()
        return response


def run(short: bool) -> dict[str, object]:
    """Milliseconds; the gateway's own part is 2 at most in the median.

    The gateway has every answer streamed, to notice a backend that stalls and a caller that leaves. Writing a
    stream takes the backend longer than one piece, so a whole answer is compared with both.
    """
    runs = 200 if short else 2000
    with serving("tests.servers.openai", "vllm") as backend:
        backend.script(text=" ".join(["sea"] * WORDS))
        with _gateway(backend.url) as (url, key):
            direct, through = Door.at(backend.url, MODEL), Door.at(url, f"fast/{MODEL}", key)
            for _ in range(WARM_UP):
                direct.whole(), through.whole(), direct.first(), through.first()
            wholes = [(direct.whole(), through.whole(), direct.first()[1]) for _ in range(runs)]
            firsts = [(direct.first(), through.first()) for _ in range(runs)]
    return {
        "whole answer, directly": distribution([one for one, _, _ in wholes]),
        "whole answer, through the gateway": distribution([other for _, other, _ in wholes]),
        "whole answer, added": _added([(one, other) for one, other, _ in wholes]),
        "whole answer, added to its stream": _added([(streamed, other) for _, other, streamed in wholes]),
        "first text, directly": distribution([one[0] for one, _ in firsts]),
        "first text, through the gateway": distribution([other[0] for _, other in firsts]),
        "first text, added": _added([(one[0], other[0]) for one, other in firsts]),
        "whole stream, added": _added([(one[1], other[1]) for one, other in firsts]),
    }


def _added(pairs: list[tuple[float, float]]) -> dict[str, object]:
    """By which the gateway's median is later, and what each pair says of it."""
    later = median(other for _, other in pairs) - median(one for one, _ in pairs)
    each = distribution([other - one for one, other in pairs])
    return {"of the medians": later, "p50": each["p50"], "p95": each["p95"]}


@contextlib.contextmanager
def _gateway(backend: str) -> Iterator[tuple[str, str]]:
    """The address and key of a gateway that knows this one backend."""
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "config.yaml"
        server = f'{{name: fast, protocol: openai-compatible, url: "{backend}"}}'
        configuration.write_text(f"backends:\n  discover: false\n  servers:\n    - {server}\n")
        environment = os.environ | {
            "EMBERLINE_CONFIG": str(configuration),
            "EMBERLINE_STATE": folder,
            "EMBERLINE_GATEWAY__API_KEY": "benchmark",
        }
        command = [sys.executable, "-m", "emberline", "gateway", "--port", "0", "--json"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            start = json.loads(process.stdout.readline())
            with _drained(process):
                yield str(start["url"]), "benchmark"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


@contextlib.contextmanager
def _drained(process: subprocess.Popen[str]) -> Iterator[None]:
    """Reads the log away, so that nobody waits for it."""
    assert process.stdout is not None
    thread = threading.Thread(target=process.stdout.read, daemon=True)
    thread.start()
    yield


if __name__ == "__main__":
    command_line("The gateway's own part", run)
