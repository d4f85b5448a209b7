"""A router for one command: opened on a workspace, closed whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from emberline.errors import UserError

if TYPE_CHECKING:
    from emberline.routing.router import Router
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
