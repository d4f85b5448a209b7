"""Offers the model to a user who has none, and fetches it where they want it."""

from __future__ import annotations

import asyncio
import threading

from emberline.completion.types import Listener, Status
from emberline.models.catalogue import Model
from emberline.models.errors import Cancelled, ModelError
from emberline.models.transfer import Progress
from emberline.routing.lane import TypingLane

TOKEN = "emberline/download"
NOT_NOW = "Not now"


async def offer_download(listener: Listener, lane: TypingLane, model: Model) -> bool:
    """Asks, and fetches with progress and cancel; whether the model is there now. Raises nothing."""
    megabytes = round(model.size / 1e6)
    yes = f"Download ({megabytes} MB)"
    listener.status_changed(Status("warning", False, f"no model: {model.name} is not installed"))
    question = (
        f"Emberline has no model yet. Until then it suggests only what your workspace holds already. "
        f"Fetch {model.name} ({model.licence}, {megabytes} MB)? It runs on this machine alone."
    )
    if await listener.ask(question, (yes, NOT_NOW)) != yes:
        return False
    stop = threading.Event()
    reported = -1

    def report(progress: Progress) -> None:
        nonlocal reported
        percentage = progress.done * 100 // progress.total
        if percentage != reported:
            reported = percentage
            message = f"{progress.done // 1_000_000} of {megabytes} MB from {progress.source}"
            listener.progress_report(TOKEN, percentage, message)

    listener.progress_begin(TOKEN, f"Emberline: fetching {model.name}", stop.set)
    try:
        await asyncio.to_thread(lane.download, model, report, stop.is_set)
    except Cancelled:
        listener.progress_end(TOKEN, "stopped; the next download goes on from here")
        return False
    except ModelError as error:
        listener.progress_end(TOKEN, "failed")
        listener.status_changed(Status("warning", False, str(error)))
        return False
    except asyncio.CancelledError:  # the editor closes: the download ends with it and can be taken up again
        stop.set()
        raise
    listener.progress_end(TOKEN, "ready")
    return True
