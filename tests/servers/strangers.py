"""Programs that are no model servers, where one might be: `python -m tests.servers.strangers KIND`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from tests.servers.http import Fake, Reply, Request, run

KINDS = ("page", "open-webui", "health", "json", "redirect", "endless", "silent", "no-http")


@dataclass
class Stranger(Fake):
    """What it answers, whatever it is asked."""

    kind: str = "page"

    async def answer(self, request: Request, reply: Reply) -> None:
        match self.kind:
            case "open-webui" if request.path == "/api/version":  # a web interface for models has one, too
                await reply.json({"version": "0.6.5", "deployment_id": ""})
            case "health" if request.path == "/health":  # many a web service has one
                await reply.json({"status": "ok"})
            case "page" | "open-webui" | "health":  # a single-page application
                await reply.text("<!doctype html><title>My app</title>", 200, {"Content-Type": "text/html"})
            case "json":
                await reply.json(
                    {"models": "none", "data": {}, "version": 2, "status": "fine", "error": None}
                )
            case "redirect":
                await reply.text("", 302, {"Location": "/login"})
            case "endless":
                await reply.start("application/json")
                while True:
                    await reply.chunk(b" " * 65536)
            case "silent":
                await asyncio.Event().wait()
            case _:
                await reply.raw(b"SSH-2.0-OpenSSH_9.6\r\n")


if __name__ == "__main__":
    run(Stranger(kind=sys.argv[1]))
