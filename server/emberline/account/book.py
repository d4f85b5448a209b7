"""The account book: reads the ledger's file and hands over reports. The I/O around the pure parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from emberline.account.figures import Report
from emberline.account.period import DEFAULT, EVER, Period, period
from emberline.account.report import report
from emberline.account.yardstick import yardstick
from emberline.config.schema import Settings
from emberline.errors import UserError
from emberline.observe import store
from emberline.observe.ledger import default_file
from emberline.observe.summary import Summary, summarize
from emberline.routing.router import Router


def of(router: Router) -> Callable[[str], Report]:
    """What makes this router's reports, of what has happened to this moment."""

    def opened(since: str) -> Report:
        router.flush()
        return reported(default_file(), router.settings, since)

    return opened


def reported(path: Path, settings: Settings, since: str = DEFAULT, now: datetime | None = None) -> Report:
    """The report of this ledger. Blocks, with a million requests for about a second: for a thread.

    Raises `UserError` for a `since` that is none, and for a file that cannot be read.
    """
    now = now or datetime.now()
    span = period(since, now)
    configured = settings.router.model_routing.cloud.default
    return report(summary(path, span), span.words, now.date(), yardstick(settings.router), configured)


def summary(path: Path, span: Period) -> Summary:
    """What the ledger's rows come to; nothing where there is no file yet. Raises `UserError`."""
    if not path.exists():
        return Summary()
    try:
        return summarize(path, span.since, span.until)
    except store.TROUBLES as error:
        raise UserError(store.explain(error, path)) from error


def metrics() -> str:
    """All that is kept, for Prometheus. Blocks as `reported` does. Raises `UserError`."""
    from emberline.account.exposition import exposition

    return exposition(summary(default_file(), EVER))
