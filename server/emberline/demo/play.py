"""Plays a session through the real server and tells a face what happens, as it happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from emberline.demo.events import Accepted, Answered, Event, Typed
from emberline.replay.editor import VSCODE, Answer, Editor
from emberline.replay.judge import Take
from emberline.replay.run import Watcher, replay
from emberline.replay.segments import Segment
from emberline.replay.typist import Rhythm

RHYTHM = Rhythm().faster(1.6)
"""A quick typist, so that the demo is over before it is boring."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Scene:
    """What is on the screen."""

    name: str
    """The file's."""
    language_id: str
    before: str
    ghost: str
    after: str
    lane: str
    """The ghost's; empty without one."""
    milliseconds: float
    """Of the answer that brought the ghost; of one after a refresh, from the last key to the answer."""
    refreshed: bool
    """The ghost grew after the first answer to the last key."""
    right: bool
    """The ghost is what is about to be typed."""


class Face(Protocol):
    """How a session is shown. Called within the event loop, so what it does must be quick."""

    def ready(self, message: str) -> None:
        """The server is warm, or says why it is not."""

    def happened(self, event: Event, scene: Scene) -> None:
        """`scene` is how things stand after `event`."""


@dataclass(slots=True)
class Performance:
    """One session. What has happened so far stays readable when it is stopped half-way."""

    segments: Sequence[Segment]
    face: Face
    events: list[Event] = field(default_factory=list)
    status: Mapping[str, Any] = field(default_factory=dict)
    _editor: Editor | None = None
    _segment: Segment | None = None
    _lane: str = ""
    _milliseconds: float = 0.0
    _refreshed: bool = False
    _last_key: float = 0.0

    async def play(self, folder: Path, seconds: float, rhythm: Rhythm = RHYTHM) -> None:
        """Types the segments with `folder` as the workspace, for `seconds` at most once the server is warm.

        Raises `ServerGone` when the server ends in between.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:

                def ready(status: Mapping[str, Any]) -> None:
                    limit.reschedule(loop.time() + seconds)
                    self.status = status
                    self.face.ready(str(status["message"]))

                watcher = Watcher(
                    ready=ready,
                    editing=self._editing,
                    opened=self._opened,
                    typed=self._typed,
                    answer=self._answered,
                    accepted=self._accepted,
                )
                _, self.status = await replay(folder, self.segments, VSCODE, rhythm, SEED, watcher)
        except TimeoutError:
            if not limit.expired():
                raise

    def _editing(self, editor: Editor) -> None:
        self._editor = editor

    def _opened(self, segment: Segment) -> None:
        self._segment = segment
        self._lane = ""

    def _typed(self, text: str) -> None:
        self._last_key = time.monotonic()
        self._tell(Typed(text))

    def _answered(self, answer: Answer) -> None:
        assert self._editor is not None
        ghost = self._editor.ghost
        stale = answer.text != (ghost.text if ghost else "")
        if not stale:
            since_key = (time.monotonic() - self._last_key) * 1000
            self._lane, self._refreshed = answer.lane, answer.refreshed
            self._milliseconds = since_key if answer.refreshed else answer.milliseconds
        self._tell(Answered(answer.text, answer.lane, answer.milliseconds, stale, answer.refreshed))

    def _accepted(self, take: Take) -> None:
        self._last_key = time.monotonic()
        self._tell(Accepted(take.text, self._lane, take.presses))

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        self.face.happened(event, self._scene())

    def _scene(self) -> Scene:
        editor, segment = self._editor, self._segment
        assert editor is not None and segment is not None
        ghost = editor.ghost.text if editor.ghost else ""
        rest = segment.target[len(editor.before) - len(segment.before) :]
        return Scene(
            name=segment.path.name,
            language_id=segment.language_id,
            before=editor.before,
            ghost=ghost,
            after=editor.after,
            lane=self._lane if ghost else "",
            milliseconds=self._milliseconds if ghost else 0.0,
            refreshed=bool(ghost) and self._refreshed,
            right=bool(ghost) and rest.startswith(ghost.rstrip()),
        )
