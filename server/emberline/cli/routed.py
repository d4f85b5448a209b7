"""A router for one command: opened on a workspace, closed whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from emberline.errors import UserError

if TYPE_CHECKING:
    from emberline.privacy.labels import Label
    from emberline.routing.router import Answer, Router
    from emberline.tasks.types import Audience

T = TypeVar("T")


def run(folder: Path, title: str, work: Callable[[Router, Audience], Awaitable[T]]) -> T:
    """What `work` returns, with its steps on standard error. A model that fails is told in words."""
    from emberline.backends.failure import Failure
    from emberline.cli import mistakes
    from emberline.config.load import load

    loaded = load((folder,))
    mistakes.tell(loaded)

    async def working() -> T:
        from rich.console import Console

        from emberline.cli.steps import shown
        from emberline.routing.router import Router

        console = Console(stderr=True, highlight=False)
        router = Router(loaded, (folder,), lambda words: console.print(words, style="dim", markup=False))
        try:
            with shown(title, console) as audience:
                return await work(router, audience)
        finally:
            await router.close()

    try:
        return asyncio.run(working())
    except Failure as failure:
        raise UserError(str(failure)) from failure


def label_of(router: Router, path: Path | None) -> Label | None:
    """How far a file's text may travel, or what came on standard input; None where no model may read it."""
    return router.label("untitled:stdin") if path is None else router.boundaries.label(path)


def route_of(answers: Sequence[Answer]) -> dict[str, object] | None:
    """Where the last answer came from and why, for programs; None where no model was asked."""
    from emberline.routing.explain import as_json

    return as_json(answers[-1].decision) if answers else None
