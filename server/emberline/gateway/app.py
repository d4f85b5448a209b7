"""The gateway's paths."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from emberline.gateway import guard
from emberline.gateway.exchange import Answer, Endpoint, Exchange
from emberline.gateway.refusal import Refused
from emberline.gateway.service import Service
from emberline.gateway.visit import Visit
from emberline.gateway.workspaces import Workspaces


def application(workspaces: Workspaces, key: str, tell: Callable[[Visit], None]) -> Starlette:
    """The endpoint for whoever has `key`; `tell` hears of each request when it is over."""
    service = Service(workspaces, int(time.time()))
    admit = partial(guard.admit, key=key)

    def route(path: str, method: str, answer: Answer) -> Route:
        return Route(path, Endpoint(answer, admit, tell), methods=[method])

    return Starlette(
        routes=[
            route("/v1/chat/completions", "POST", service.chat),
            route("/v1/completions", "POST", service.gap),
            route("/v1/embeddings", "POST", service.vectors),
            route("/v1/models", "GET", service.models),
            route("/v1/models/{name:path}", "GET", service.model),
            Route("/health", Endpoint(_healthy, guard.check_host, _untold), methods=["GET"]),
        ],
        exception_handlers={HTTPException: _no_such_path},
    )


async def _healthy(exchange: Exchange) -> None:
    """That it runs, and nothing else: whoever looks has shown no key."""
    await exchange.json({"status": "ok"})


def _untold(visit: Visit) -> None:
    pass


async def _no_such_path(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == 405:
        refused = Refused(405, f"{request.method} is nothing that {path} knows", "method_not_allowed")
    else:
        hint = "" if path.startswith("/v1/") else "; the paths begin with /v1"
        refused = Refused(error.status_code, f"there is no path {path}{hint}", "unknown_path")
    headers: Mapping[str, Any] = error.headers or {}
    return JSONResponse(refused.body(), error.status_code, dict(headers))
