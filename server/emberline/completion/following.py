"""What becomes of suggestions: shown, taken whole, in part or typed by hand, and still there minutes later.

One *showing* is what the user sees at one place while typing through it, however many answers that takes. A
keystroke costs a look into a dictionary here; the document is looked at again only when the time has come.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from emberline.completion.keystrokes import keystrokes
from emberline.completion.survival import Planted, surviving
from emberline.completion.types import Lane, Suggestion
from emberline.documents.encoding import PositionEncoding, to_column
from emberline.documents.store import Document, Edit
from emberline.documents.text import Point
from emberline.observe.record import Accepted, Fate

FOLLOWED_SECONDS = 300.0
"""After this long it is looked whether what was taken still stands."""
LATE_SECONDS = 5.0
"""How long after its end word may still come that a suggestion was taken."""
LOOK_SECONDS = 15.0
KNOWN = 64
"""Answers that an editor may still tell something of."""
MOST_FOLLOWED = 200
"""Further ones are written down without waiting."""
_AT_ONCE = 4
"""Characters that come in one change are not typed: an editor has put them there."""
_LONGEST_LANGUAGE = 40


@dataclass(slots=True, eq=False)
class _Showing:
    """`text` is all that has been seen at `start`, with what was typed through of it."""

    at: float
    language: str
    uri: str
    start: Point
    lane: Lane
    backend: str = ""
    model: str = ""
    text: str = ""
    is_seen: bool = False
    accepted: Accepted = Accepted.NO
    accepted_chars: int = 0
    saved_keys: int = 0
    taken: tuple[Point, Point] | None = None
    """From where to where of the document the accepted text goes."""
    taken_text: str = ""
    """What has to stand there."""
    planted: Planted | None = None
    since: float = 0.0
    """When it ended, or was taken."""
    is_told: bool = False
    """What comes later of it changes nothing any more."""


@dataclass(slots=True)
class _Answer:
    """One answer of a showing, as an editor may name it."""

    showing: _Showing
    suggestion: Suggestion
    taken: int = 0
    """Characters of it that were accepted so far."""


@dataclass(slots=True)
class Following:
    """Of one session. `tell` gets each suggestion's fate, once; `clock` gives seconds of the epoch."""

    tell: Callable[[Fate], None]
    clock: Callable[[], float] = time.time
    _documents: dict[str, Document] = field(default_factory=dict)
    _answers: OrderedDict[str, _Answer] = field(default_factory=OrderedDict)
    _current: _Showing | None = None
    _ended: deque[_Showing] = field(default_factory=deque)
    """Of which word may still come."""
    _followed: deque[_Showing] = field(default_factory=deque)
    """Taken, and waiting for their time."""
    _unplanted: list[_Showing] = field(default_factory=list)
    """Taken, by an editor that says so before it says what has changed."""
    _tells: bool = False
    """The editor says what it has shown; of one that never does, every answer counts."""

    # -- what the editor does -------------------------------------------------------------------------

    def opened(self, document: Document) -> None:
        """Also what a document was replaced by."""
        self._documents[document.uri] = document

    def changed(self, document: Document, edits: Sequence[Edit]) -> None:
        self._documents[document.uri] = document
        if self._unplanted:
            self._plant()
        showing = self._current
        if showing is not None and len(edits) == 1 and showing.uri == document.uri:
            self._inserted(showing, document, edits[0])

    def closed(self, uri: str) -> None:
        if self._current is not None and self._current.uri == uri:
            self._end(self._current)
        self._documents.pop(uri, None)

    def offered(
        self, suggestions: Sequence[Suggestion], document: Document, backend: str = "", model: str = ""
    ) -> None:
        """The answer at a place; the first is what is seen. `backend` and `model`: who wrote it, if any."""
        if not suggestions:
            return
        first, showing = suggestions[0], self._current
        text = _continued(showing, first, document) if showing is not None else None
        if showing is None or text is None:
            if showing is not None:
                self._end(showing)
            language = document.language_id[:_LONGEST_LANGUAGE]
            showing = _Showing(self.clock(), language, document.uri, first.start, first.lane)
            self._current, text = showing, first.text
        if first.lane is not Lane.TYPED_THROUGH or not showing.text:
            showing.lane, showing.backend, showing.model = first.lane, backend, model
        showing.text = text
        for suggestion in suggestions:
            self._answers[suggestion.id] = _Answer(showing, suggestion)
        while len(self._answers) > KNOWN:
            self._answers.popitem(last=False)

    def shown(self, identity: str) -> None:
        self._tells = True
        if (answer := self._answers.get(identity)) is not None:
            answer.showing.is_seen = True

    def accepted(self, identity: str) -> None:
        if (answer := self._answers.get(identity)) is not None:
            self._take(answer, len(answer.suggestion.text), Accepted.WHOLE)

    def partially_accepted(self, identity: str, units: int) -> None:
        """`units`: UTF-16 units of the suggestion's text, from its beginning."""
        if (answer := self._answers.get(identity)) is not None:
            taken = to_column(answer.suggestion.text, units, PositionEncoding.UTF16)
            if taken > answer.taken:
                self._take(answer, taken, Accepted.PARTLY)

    # -- what becomes of it ---------------------------------------------------------------------------

    async def follow(self) -> None:
        """Looks from time to time, until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Tells the fate of all whose time has come."""
        now = self.clock()
        while self._ended and now - self._ended[0].since >= LATE_SECONDS:
            self._write(self._ended.popleft(), None)
        while self._followed and now - self._followed[0].since >= FOLLOWED_SECONDS:
            showing = self._followed.popleft()
            document = self._documents.get(showing.uri)
            survived = None
            try:
                if document is not None and showing.planted is not None:
                    survived = await asyncio.to_thread(surviving, showing.planted, document.text)
            finally:  # also where the session ends meanwhile
                self._write(showing, survived)

    def close(self) -> None:
        """Tells of all that are left; of what was taken, nobody will know whether it stands."""
        if self._current is not None:
            self._end(self._current)
        for waiting in (self._ended, self._followed):
            while waiting:
                self._write(waiting.popleft(), None)

    def _inserted(self, showing: _Showing, document: Document, edit: Edit) -> None:
        """An editor that puts all that is left there at once has accepted it, though it may not say so."""
        if len(edit.text) < _AT_ONCE or showing.accepted:
            return
        answer = next(reversed(self._answers.values()), None)
        if answer is None or answer.showing is not showing:
            return
        left = answer.suggestion
        end = left.start.behind(left.text)
        if len(edit.text) >= len(left.text) and document.text.slice(left.start, end) == left.text:
            self._take(answer, len(left.text), Accepted.WHOLE)

    def _take(self, answer: _Answer, taken: int, how: Accepted) -> None:
        showing, suggestion = answer.showing, answer.suggestion
        if showing.is_told or showing.accepted is Accepted.WHOLE:
            return  # written down, or heard before by another way
        if showing.accepted is Accepted.TYPED:
            showing.accepted_chars = 0  # it stood there because it was taken
        begin = suggestion.start.behind(suggestion.text[: answer.taken])
        fresh = suggestion.text[answer.taken : taken]
        answer.taken = taken
        showing.is_seen = True
        showing.accepted = how
        showing.accepted_chars += len(fresh)
        showing.saved_keys += max(0, keystrokes(fresh) - 1)  # the key that accepts it
        start, before = begin, ""
        if showing.taken is not None:
            start, until = showing.taken
            before = showing.taken_text + self._between(showing.uri, until, begin)
        showing.taken, showing.taken_text = (start, begin.behind(fresh)), before + fresh
        showing.planted = None
        self._unplanted.append(showing)
        self._plant()
        self._await(showing)
        if how is Accepted.WHOLE and self._current is showing:
            self._current = None

    def _between(self, uri: str, begin: Point, end: Point) -> str:
        """What was typed by hand between two accepted parts."""
        document = self._documents.get(uri)
        return "" if document is None else document.text.slice(begin, end)

    def _plant(self) -> None:
        """Keeps the neighbourhood of what was taken, once it is in the document."""
        waiting, self._unplanted = self._unplanted[-KNOWN:], []
        for showing in waiting:
            document, taken = self._documents.get(showing.uri), showing.taken
            if document is None or taken is None:
                continue
            if document.text.slice(*taken) == showing.taken_text:
                showing.planted = Planted.at(document.text, *taken)
            elif self.clock() - showing.since < LATE_SECONDS or not showing.since:
                self._unplanted.append(showing)

    def _await(self, showing: _Showing) -> None:
        """Has it followed, from now on."""
        for waiting in (self._followed, self._ended):
            if showing in waiting:
                waiting.remove(showing)
        showing.since = self.clock()
        self._followed.append(showing)
        while len(self._followed) > MOST_FOLLOWED:
            self._write(self._followed.popleft(), None)

    def _end(self, showing: _Showing) -> None:
        """The user has gone on from it."""
        self._current = None
        if showing.accepted:
            return  # is being followed
        document = self._documents.get(showing.uri)
        end = showing.start.behind(showing.text)
        if document is not None and document.text.slice(showing.start, end) == showing.text:
            showing.accepted, showing.accepted_chars = Accepted.TYPED, len(showing.text)
        showing.since = self.clock()
        self._ended.append(showing)
        if len(self._ended) > KNOWN:
            self._write(self._ended.popleft(), None)

    def _write(self, showing: _Showing, survived: float | None) -> None:
        showing.is_told = True
        if self._tells and not showing.is_seen:
            return  # nobody saw it
        self.tell(
            Fate(
                at=showing.at,
                lane=showing.lane,
                backend=showing.backend,
                model=showing.model,
                language=showing.language,
                shown_chars=len(showing.text),
                accepted=showing.accepted,
                accepted_chars=showing.accepted_chars,
                survived=survived,
                saved_keys=showing.saved_keys,
            )
        )


def _continued(showing: _Showing, first: Suggestion, document: Document) -> str | None:
    """All that is then seen at the showing's place, where this answer goes on with it or replaces it there;
    None where it is another."""
    if showing.uri != document.uri or first.start < showing.start:
        return None
    typed = document.text.slice(showing.start, first.start)
    if not typed:
        return first.text
    rest = showing.text[len(typed) :]
    if not rest or not showing.text.startswith(typed):
        return None
    if first.text.startswith(rest):
        return typed + first.text
    return showing.text if rest.startswith(first.text) else None
