"""Fake model servers that run as processes of their own and speak the real wire protocols."""

from __future__ import annotations

import contextlib
import json
import ssl
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.forks import PIPE, forked

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
"""Seconds until a test gives up waiting. Nothing passes or fails by being fast."""


@dataclass(frozen=True, slots=True)
class Served:
    """A fake that runs. Its own conversation with a test goes over `/__requests__` and `/__script__`."""

    url: str

    def requests(self, path: str = "") -> list[dict[str, Any]]:
        """What it was asked so far, oldest first, perhaps only under `path`: method, path, headers (names in
        lower case), json, and whether the client was gone before the answer's end."""
        seen: list[dict[str, Any]] = self._call("/__requests__", None)
        return [request for request in seen if not path or request["path"] == path]

    def get(self, path: str) -> Any:
        """The JSON that a GET answers; for what a fake tells of itself."""
        return self._call(path, None)

    def script(self, **change: Any) -> None:
        """Changes how it behaves from now on; see `http.Fake.script` and the fake's own module."""
        self._call("/__script__", change)

    def until_gone(self, path: str) -> dict[str, Any]:
        """Waits until the client of the last request to `path` went away before its answer's end."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            requests = self.requests(path)
            if requests and requests[-1]["gone"]:
                return requests[-1]
            time.sleep(0.01)
        raise AssertionError(f"the client of {path} did not go away")

    def _call(self, path: str, body: object) -> Any:
        data = None if body is None else json.dumps(body).encode()
        context = ssl._create_unverified_context() if self.url.startswith("https") else None
        with urllib.request.urlopen(self.url + path, data, timeout=PATIENCE, context=context) as answer:
            return json.loads(answer.read())


@contextlib.contextmanager
def serving(module: str, *arguments: str) -> Iterator[Served]:
    """Runs a fake, e.g. `serving("tests.servers.ollama")`, and ends it at the end. It ends by itself too when
    this process dies: it reads its standard input to the end."""
    process = forked(module, *arguments, stdin=PIPE, stdout=PIPE, folder=ROOT)
    assert process.stdin is not None and process.stdout is not None
    with process.stdin, process.stdout:
        try:
            url = process.stdout.readline().decode().strip()
            assert url, f"{module} did not start"
            yield Served(url)
        finally:
            process.kill()
            process.wait()
