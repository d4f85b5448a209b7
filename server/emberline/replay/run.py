"""Types segments through a real server and collects what happened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emberline.replay.client import Client
from emberline.replay.editor import Answer, Editor, Ghost, Manners
from emberline.replay.judge import Take, is_right, take
from emberline.replay.segments import Segment
from emberline.replay.typist import Rhythm, Typist, keys, next_key

REACTION_SECONDS = 0.2
"""How long a ghost text is on the screen before the user has read it."""
WARM_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A ghost text that appeared (not the rest of one that was typed through)."""

    text: str
    lane: str
    right: bool
    since_key_ms: float
    """From the last key press to its appearance."""


@dataclass(slots=True)
class Record:
    """Everything that happened while some segments were typed."""

    answers: list[Answer] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    first_right_ms: list[float] = field(default_factory=list)
    """For each key after which right ghost text newly appeared: the milliseconds until the first."""
    cancelled: int = 0
    by_hand: int = 0
    """Key presses that the text takes without help."""
    pressed: int = 0
    """Key presses made, accepting included."""
    typed_keys: int = 0
    accepted: int = 0
    accepted_chars: int = 0
    accepted_by_lane: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    stats: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Watcher:
    """What a spectator may want to draw; all do nothing by default."""

    ready: Callable[[Mapping[str, Any]], None] = lambda status: None
    """With the server's status, before anything is typed."""
    editing: Callable[[Editor], None] = lambda editor: None
    """With each editor before its document is opened; a spectator may look at it, not act on it."""
    opened: Callable[[Segment], None] = lambda segment: None
    typed: Callable[[str], None] = lambda text: None
    ghost: Callable[[Ghost], None] = lambda ghost: None
    answer: Callable[[Answer], None] = lambda answer: None
    accepted: Callable[[Take], None] = lambda take: None


async def warm(client: Client) -> dict[str, Any]:
    """Waits until the server is ready for typing; its status."""
    deadline = time.monotonic() + WARM_SECONDS
    while True:
        status: dict[str, Any] = await client.request("emberline/status", None)
        if (not status["busy"] and "warm" in status["message"]) or status["kind"] != "normal":
            return status
        if time.monotonic() > deadline:
            return status
        await asyncio.sleep(0.1)


async def replay(
    folder: Path,
    segments: Sequence[Segment],
    manners: Manners,
    rhythm: Rhythm,
    seed: int,
    watcher: Watcher | None = None,
    settings: Mapping[str, object] | None = None,
) -> tuple[Record, dict[str, Any]]:
    """Starts a server on `folder`, types `segments`, and returns the record and the server's last status."""
    watcher = watcher or Watcher()
    editors: list[Editor] = []

    def on_notification(method: str, params: Any) -> None:
        if editors:
            editors[-1].notified(method, params)

    client = await Client.start(folder, on_notification, refresh=manners.refresh, settings=settings)
    record = Record()
    try:
        watcher.ready(await warm(client))
        typist = Typist(rhythm, seed)
        before = (await client.request("emberline/status", None))["stats"]
        began = time.monotonic()
        for segment in segments:
            editor = Editor(
                client, manners, segment.path.as_uri(), segment.language_id, segment.before, segment.after
            )
            editors.append(editor)
            watcher.editing(editor)
            await _type(editor, segment, typist, record, watcher)
        record.seconds = time.monotonic() - began
        status = await client.request("emberline/status", None)
        record.stats = {
            key: value - before.get(key, 0)
            for key, value in status["stats"].items()
            if isinstance(value, int | float)
        }
    finally:
        await client.stop()
    return record, status


async def _type(editor: Editor, segment: Segment, typist: Typist, record: Record, watcher: Watcher) -> None:
    """Types one segment; takes right ghost text once it has been read."""
    remaining = segment.target
    record.by_hand += sum(1 for _ in keys(remaining))
    last_key = time.monotonic()
    was_right = False  # whether right ghost text stood before the last key

    def on_ghost(ghost: Ghost) -> None:
        nonlocal was_right
        right = is_right(ghost.text, remaining)
        since = (time.monotonic() - last_key) * 1000
        record.shown.append(Shown(ghost.text, ghost.lane, right, since))
        if right and not was_right:
            record.first_right_ms.append(since)
        was_right = was_right or right
        watcher.ghost(ghost)

    editor.on_ghost = on_ghost
    editor.on_answer = watcher.answer
    editor.open()
    watcher.opened(segment)
    previous = "\n"
    while remaining:
        key = next_key(remaining)
        deadline = last_key + typist.pause(previous, key)
        taken = await _decide(editor, remaining, deadline)
        last_key = time.monotonic()
        if taken is None:
            remaining = remaining[len(key) :]
            editor.type(key)
            record.pressed += 1
            record.typed_keys += 1
            previous = key
            was_right = editor.ghost is not None and is_right(editor.ghost.text, remaining)
            watcher.typed(key)
            continue
        ghost = editor.ghost
        assert ghost is not None
        remaining = remaining[len(taken.text) :]
        record.pressed += taken.presses
        record.accepted += 1
        record.accepted_chars += len(taken.text)
        record.accepted_by_lane[ghost.lane] = record.accepted_by_lane.get(ghost.lane, 0) + 1
        editor.accept(taken.text, taken.whole)
        was_right = False
        previous = taken.text
        watcher.accepted(taken)
    await asyncio.sleep(editor.manners.request_ms / 1000)
    editor.close()
    record.answers += editor.answers
    record.cancelled += editor.cancelled


async def _decide(editor: Editor, remaining: str, deadline: float) -> Take | None:
    """Waits for the time of the next key; before it, takes ghost text that helps and has been read."""
    while True:
        now = time.monotonic()
        ghost = editor.ghost
        if ghost is not None and now - ghost.since >= REACTION_SECONDS:
            taken = take(ghost.text, remaining)
            if taken is not None:
                return taken
        if now >= deadline:
            return None
        await asyncio.sleep(min(0.005, deadline - now))
