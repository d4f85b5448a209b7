"""What one editor is served by, put together: settings, router, completion, refactoring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from emberline.completion import service
from emberline.completion.types import Completer, Listener
from emberline.config.live import LiveSettings
from emberline.lsp.metrics import Metrics
from emberline.refactor.port import Refactorer
from emberline.refactor.service import Refactoring
from emberline.routing.router import Router

if TYPE_CHECKING:
    from emberline.account.figures import Report
    from emberline.tasks.desk import Chores


@dataclass(frozen=True, slots=True)
class Services:
    """All work on one router; the completer, which began it, ends it."""

    completer: Completer
    refactorer: Refactorer | None = None
    book: Callable[[str], Report] | None = None
    """Makes reports; what does so is imported with the first, for 20 ms are half a keystroke's budget."""
    metrics: Metrics | None = None
    chores: Callable[[], Chores] | None = None
    """Loads what does everyday tasks: half as much again as all the rest, and not needed for typing."""


Create = Callable[[Listener, Mapping[str, object], tuple[Path, ...]], Services]
"""Creates the services, from the listener, the client's options and its folders (whose settings count). It
reads files, so it runs in a thread."""

Load = Callable[[], Create]
"""Imports what serves, in the same thread, and returns how to create it."""


def create(listener: Listener, options: Mapping[str, object], folders: tuple[Path, ...]) -> Services:
    """The services of this package; `options` is the editor's `emberline` section."""
    source = LiveSettings(folders, service.settings_in(options))
    loaded = source.load()
    router = Router(loaded, folders, listener.say)
    return Services(
        service.create(listener, source, loaded, router),
        Refactoring(router, folders),
        partial(_report, router),
        Metrics(lambda: router.settings.observe.metrics_port, _figures),
        lambda: _desk(router, folders),
    )


def _report(router: Router, since: str) -> Report:
    from emberline.account import book

    return book.of(router)(since)


def _figures() -> str:
    from emberline.account import book

    return book.metrics()


def _desk(router: Router, folders: tuple[Path, ...]) -> Chores:
    from emberline.tasks.desk import Desk

    return Desk(router, folders)
