"""The completion session: work starts when a document changes, a request only collects.

This is the edge of the completion package: it holds what is mutable (open drafts, the index, the engine's
connection) and calls the pure parts for every decision.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from emberline.completion import filters, offer
from emberline.completion.cadence import Cadence
from emberline.completion.caution import Caution
from emberline.completion.conductor import CHARS_PER_TOKEN, Conductor, Extents, Task, affordable
from emberline.completion.context import Context
from emberline.completion.download import offer_download
from emberline.completion.draft import Draft, Origin
from emberline.completion.following import Following
from emberline.completion.healing import forced
from emberline.completion.offer import Offer
from emberline.completion.placement import place
from emberline.completion.recall.index import LineIndex
from emberline.completion.recall.library import Library
from emberline.completion.stop import Cut, cut, wants_block
from emberline.completion.types import CompletionRequest, Lane, Listener, Status, Suggestion
from emberline.config.live import LiveSettings
from emberline.config.load import Loaded, Severity
from emberline.config.schema import Completion as CompletionSettings
from emberline.documents.store import Document, Edit
from emberline.documents.text import Point
from emberline.models.catalogue import Model
from emberline.models.errors import ModelError
from emberline.routing.lane import TypingLane
from emberline.routing.router import Router

logger = logging.getLogger(__name__)

ANSWER_MARGIN_MS = 8.0
"""Kept from the budget for the way out and for a loop that is late."""
EARLY_MS = 10.0
"""Longest wait for a client that asks again when told: an early empty answer costs it nothing, a late one
keeps the next request waiting behind it."""
REFRESH_MS = 90.0
"""Shortest time between two refreshes for one place: a line that grows, not one that flickers."""
ENGINE_TOKEN = "emberline/engine"
WATCH_SECONDS = 2.0
"""How soon a changed configuration is noticed."""
LINE_TOKENS = 48
BLOCK_TOKENS = 160
KEPT_DRAFTS = 48
_PAIRS = frozenset(("()", "[]", "{}", '""', "''", "``", "<>"))


@dataclass(slots=True)
class Focus:
    """The place where the user is, and what is known about it."""

    document: Document
    cursor: Point
    context: Context
    draft: Draft | None
    typed: str
    recalled: Offer
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    answered: str | None = None
    """What the last request here was told; None before the first."""
    refreshable: bool = False
    refreshed_at: float = 0.0
    settled: bool = False
    """The client was told all that can be shown here; what is still written is for later places."""


class CompletionSession:
    """Implements `Completer` (types.py) on one local engine."""

    def __init__(
        self,
        listener: Listener,
        settings: CompletionSettings,
        lane: TypingLane,
        library: Library,
        source: LiveSettings | None = None,
    ) -> None:
        self._listener = listener
        self._source = source
        self._settings = settings
        self._lane = lane
        self._library = library
        self._drafts: deque[Draft] = deque(maxlen=KEPT_DRAFTS)
        self._focus: Focus | None = None
        self._following = Following(lane.note)
        self._cadence = Cadence()
        self._caution = Caution()
        self._delayed: asyncio.TimerHandle | None = None
        self._ids = itertools.count(1)
        self._shown: dict[str, Suggestion] = {}
        self._counts: Counter[str] = Counter()
        self._engine_trouble = ""
        """What was wrong with the last request."""
        self._lacking = ""
        """The model that is missing."""
        self._complaint = ""
        """What is wrong with the configuration."""
        self._warming: asyncio.Task[None] | None = None
        self._told_anew = asyncio.Event()
        """The editor has said something of its settings that has not been taken up yet."""
        self._warm_again = False
        """Something has changed since the warming under way began."""
        self._offered: set[str] = set()
        """Models whose download the user was asked about."""
        self._background: set[asyncio.Task[None]] = set()
        self._conductor = Conductor(
            connect=lane.connect,
            broken=lane.failed,
            sized=_sized(settings),
            told=self._on_draft,
            trouble=self._on_trouble,
        )

    # -- documents ------------------------------------------------------------------------------------

    def document_opened(self, document: Document) -> None:
        self._library.opened(document)
        self._following.opened(document)

    def document_closed(self, uri: str) -> None:
        self._library.closed(uri)
        self._following.closed(uri)
        if self._focus is not None and self._focus.document.uri == uri:
            self.rest()

    def document_changed(self, document: Document, edits: tuple[Edit, ...]) -> None:
        if not edits:
            self._library.opened(document)
            self._following.opened(document)
            self.rest()
            return
        self._following.changed(document, edits)
        self._library.changed(document, edits)
        self._lane.keyed()
        last = edits[-1]
        cursor = _end_of(last)
        self._cadence = self._cadence.key(time.monotonic() * 1000)
        if self._serves(document):
            self._look(document, cursor)

    def _serves(self, document: Document) -> bool:
        return (
            self._settings.enabled
            and document.language_id not in self._settings.disabled_languages
            and self._lane.may_read(document.uri)
        )

    # -- a place --------------------------------------------------------------------------------------

    def _look(self, document: Document, cursor: Point) -> Focus:
        """Makes `cursor` the place that matters: keeps the draft that still holds there or starts one."""
        cursor = document.text.clamp(cursor)
        focus = self._focus
        if focus is not None and focus.document is document and focus.cursor == cursor:
            if focus.draft is None or not focus.draft.failed:
                return focus
            focus.draft = None
        context = Context.of(document, cursor)
        found = self._holding(document, cursor, context)
        focus = Focus(document, cursor, context, None, "", self._recall(document, context, cursor.line))
        if found is not None:
            focus.draft, focus.typed = found
        if self._focus is not None:
            self._focus.changed.set()  # whoever waits there is superseded
            _carry_over(self._focus, focus)
            self._caution = self._caution_after(self._focus, focus)
        self._focus = focus
        if found is not None and self._suffices(focus):
            if self._conductor.current is focus.draft:
                self._conductor.moved(document, cursor)
            else:
                self._conductor.rest()
                self._conductor.moved(document, cursor)
            return focus
        self._schedule(focus)
        return focus

    def _caution_after(self, old: Focus, new: Focus) -> Caution:
        typed = ""
        if old.document.uri == new.document.uri and old.cursor < new.cursor:
            typed = new.document.text.slice(old.cursor, new.cursor)
        return self._caution.after(new.cursor.line, old.answered or "", typed)

    def rest(self) -> None:
        if self._focus is not None:
            self._focus.changed.set()
        self._focus = None
        self._conductor.rest()

    def _holding(self, document: Document, cursor: Point, context: Context) -> tuple[Draft, str] | None:
        """The newest draft that still holds at this place, with what was typed of it."""
        best: tuple[Draft, str] | None = None
        for draft in reversed(self._drafts):
            if draft.failed:
                continue
            typed = draft.typed(document, cursor, context)
            if typed is None:
                continue
            if best is None or len(draft.text) - len(typed) > len(best[0].text) - len(best[1]):
                best = (draft, typed)
            if not draft.finished:
                return draft, typed
        return best

    def _suffices(self, focus: Focus) -> bool:
        """Whether the focus's draft says, or will say, all that is to be shown here."""
        draft = focus.draft
        if draft is None:
            return False
        if not draft.finished:
            return self._conductor.current is draft
        if draft.ended:
            return True
        return self._region(focus.context, draft.rest(focus.typed)).complete

    def _schedule(self, focus: Focus) -> None:
        """Starts a draft for the focus, a little later for a user who types in a burst."""
        if self._delayed is not None:
            self._delayed.cancel()
            self._delayed = None
        delay = self._cadence.delay_ms
        if delay <= 0:
            self._begin(focus)
            return
        self._conductor.rest()
        self._delayed = asyncio.get_running_loop().call_later(delay / 1000, self._begin, focus)

    def _begin(self, focus: Focus) -> None:
        self._delayed = None
        if focus is not self._focus or (focus.draft is not None and self._suffices(focus)):
            return
        if focus.cursor.column > self._settings.prefix_chars:
            return  # data, or code that a machine wrote; its one line is longer than any window
        draft = Draft(
            origin=Origin.of(focus.document, focus.cursor, focus.context),
            forced=self._forced(focus.context),
        )
        focus.draft, focus.typed = draft, ""
        self._drafts.append(draft)
        self._counts["drafts"] += 1
        self._conductor.want(self._task(focus, draft))

    def _forced(self, context: Context) -> str:
        """What the answer has to repeat; nothing where the model cannot be made to."""
        return forced(context.line_before) if self._lane.heals else ""

    def _task(self, focus: Focus, draft: Draft) -> Task:
        block = self._settings.max_lines > 1 and wants_block(focus.context)
        context = focus.context

        def enough(draft: Draft) -> bool:
            if block:
                return self._region(context, draft.text).complete
            # One line is shown; the next is written ahead for the moment after this one is accepted.
            lines = draft.text.split("\n")
            return len([line for line in lines[:-1] if line.strip()]) >= (2 if lines[0].strip() else 1)

        return Task(focus.document, focus.cursor, draft, BLOCK_TOKENS if block else LINE_TOKENS, enough)

    # -- what could be shown --------------------------------------------------------------------------

    def _region(self, context: Context, text: str) -> Cut:
        return cut(text, context, max_lines=self._settings.max_lines)

    def _recall(self, document: Document, context: Context, line: int) -> Offer:
        return offer.recalled(self._library.recall(document.uri, context, line), context)

    def _best(self, focus: Focus) -> Offer:
        """What there is to show at the focus now."""
        threshold = self._caution.threshold(self._settings.min_confidence)
        draft, typed = focus.draft, focus.typed
        model = offer.drafted(draft, typed, focus.context, self._settings.max_lines, threshold)
        written = draft.rest(typed) if draft is not None and draft.agrees(typed) else ""
        return offer.best(model, focus.recalled, written, threshold)

    # -- requests -------------------------------------------------------------------------------------

    async def complete(self, request: CompletionRequest) -> tuple[Suggestion, ...]:
        began = time.monotonic()
        self._counts["requests"] += 1
        if not self._serves(request.document) or (request.menu and not self._settings.menu):
            return ()
        focus = self._look(request.document, request.cursor)
        focus.refreshable = request.refreshable
        if self._delayed is not None:
            self._delayed.cancel()
            self._begin(focus)
        best = self._best(focus)
        if not best.settled:
            best = await self._collect(focus, self._deadline(request, began, focus))
            # It was not there when the user asked, so the typing did not merely confirm it.
            best = replace(best, lane=Lane.GENERATED) if best.lane is Lane.TYPED_THROUGH else best
        if self._focus is not focus:
            self._counts["superseded"] += 1
            return ()
        focus.answered = best.text
        focus.settled = best.last_word
        if best.text and best.lane is not Lane.GENERATED:
            self._lane.answered(best.lane, (time.monotonic() - began) * 1000)
        offers = [best] if best.text else []
        if request.invoked and self._focus is focus:
            offers += await self._more(focus, offers, began)
        made = (self._suggestion(focus, request, each, began) for each in offers)
        suggestions = tuple(each for each in made if each is not None)
        served = ("", "") if best.lane is Lane.RECALLED else self._lane.served_by
        self._following.offered(suggestions, request.document, *served)
        return suggestions

    def _deadline(self, request: CompletionRequest, began: float, focus: Focus) -> float:
        settings = self._settings
        patient = request.invoked or not request.refreshable
        if patient:
            return began + max(settings.patience_ms, settings.budget_ms) / 1000
        if self._conductor.cold(focus.document, focus.cursor):
            return began
        return began + min(EARLY_MS, max(0.0, settings.budget_ms - ANSWER_MARGIN_MS)) / 1000

    async def _collect(self, focus: Focus, deadline: float) -> Offer:
        """The best offer for the focus: at once if one stands, else when one does, or at the deadline."""
        while True:
            best = self._best(focus)
            if best.settled or focus is not self._focus or self._hopeless(focus):
                return best
            left = deadline - time.monotonic()
            if left <= 0:
                return best
            focus.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await focus.changed.wait()

    def _hopeless(self, focus: Focus) -> bool:
        """Whether nothing is on its way for the focus."""
        if self._delayed is not None:
            return False
        return self._conductor.current is not focus.draft or focus.draft is None or focus.draft.failed

    async def _more(self, focus: Focus, offers: list[Offer], began: float) -> list[Offer]:
        """Other continuations for a user who asked by hand: what was recalled, then warmer drafts."""
        found: list[Offer] = []
        known = {each.text for each in offers}
        if focus.recalled.text and focus.recalled.text not in known:
            known.add(focus.recalled.text)
            found.append(focus.recalled)
        deadline = began + 2 * self._settings.patience_ms / 1000
        for attempt in range(1, self._settings.alternatives + 2):
            if len(offers) + len(found) >= self._settings.alternatives or time.monotonic() > deadline:
                break
            if focus is not self._focus or (focus.draft is not None and focus.draft.failed):
                break
            draft = Draft(
                origin=Origin.of(focus.document, focus.cursor, focus.context),
                forced=self._forced(focus.context),
                temperature=0.4 + 0.2 * attempt,
            )
            self._conductor.want(self._task(focus, draft))
            while not draft.finished and focus is self._focus and time.monotonic() < deadline:
                focus.changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(deadline - time.monotonic()):
                        await focus.changed.wait()
                if self._region(focus.context, draft.text).complete:
                    break
            text = filters.apply(self._region(focus.context, draft.text).text, focus.context)
            text = offer.worthwhile(text)
            # One that only goes on where another ends is not another.
            if text and not any(each.startswith(text) or text.startswith(each) for each in known):
                known.add(text)
                found.append(Offer(text, Lane.GENERATED, 0.0, True))
                if len(self._drafts) == KEPT_DRAFTS:  # or the newest would make room for it
                    self._drafts.popleft()
                self._drafts.appendleft(draft)
        return found

    def _suggestion(
        self, focus: Focus, request: CompletionRequest, chosen: Offer, began: float
    ) -> Suggestion | None:
        placement = place(chosen.text, focus.context, request.selected)
        if not placement.text:
            return None
        cursor = focus.cursor
        suggestion = Suggestion(
            id=str(next(self._ids)),
            text=placement.text,
            start=Point(cursor.line, cursor.column - placement.replace_before),
            end=Point(cursor.line, cursor.column + placement.replace_after),
            lane=chosen.lane,
            elapsed_ms=round((time.monotonic() - began) * 1000, 2),
        )
        self._shown[suggestion.id] = suggestion
        while len(self._shown) > 64:
            del self._shown[next(iter(self._shown))]
        self._counts[f"answered {chosen.lane.value}"] += 1
        return suggestion

    # -- what the engine tells ------------------------------------------------------------------------

    def _on_draft(self, draft: Draft) -> None:
        focus = self._focus
        if focus is None:
            return
        if not draft.failed and self._engine_trouble:
            self._engine_trouble = ""
            self._listener.status_changed(self.status())
        focus.changed.set()
        if focus.draft is not draft:
            return
        if draft.misplaced:
            self._conductor.rest()  # asked once more, it would say the same
            return
        if not draft.failed and not draft.agrees(focus.typed):
            # It was kept while it had not said otherwise; now it has.
            found = self._holding(focus.document, focus.cursor, focus.context)
            focus.draft, focus.typed = found if found is not None else (None, "")
            self._schedule(focus)
            return
        if not focus.refreshable or focus.answered is None or focus.settled:
            return
        best = self._best(focus)
        focus.settled = best.last_word
        if not best.text or best.text == focus.answered:
            return
        if best.complete or time.monotonic() - focus.refreshed_at >= REFRESH_MS / 1000:
            focus.answered = best.text
            focus.refreshed_at = time.monotonic()
            self._counts["refreshes"] += 1
            self._listener.refresh(focus.document.uri)

    def complain(self, message: str) -> None:
        """Shows the user what is wrong with the configuration, as long as nothing worse is."""
        self._complaint = message
        self._listener.status_changed(self.status())

    def _on_trouble(self, message: str) -> None:
        changed = message != self._engine_trouble
        self._engine_trouble = message
        if self._focus is not None:
            self._focus.changed.set()
        if changed:  # not at every key
            self._listener.status_changed(self.status())

    def _on_memory(self) -> None:
        """Memory is short, or no longer; or the engine is a new one, which then reads what is before the
        user."""
        self._listener.status_changed(self.status())
        self._conductor.look_again()

    # -- what the editor tells ------------------------------------------------------------------------

    def shown(self, suggestion_id: str) -> None:
        self._counts["shown"] += suggestion_id in self._shown
        self._following.shown(suggestion_id)

    def accepted(self, suggestion_id: str) -> None:
        self._counts["accepted"] += suggestion_id in self._shown
        self._following.accepted(suggestion_id)

    def partially_accepted(self, suggestion_id: str, accepted_length: int) -> None:
        self._counts["partially accepted"] += suggestion_id in self._shown and accepted_length > 0
        self._following.partially_accepted(suggestion_id, accepted_length)

    # -- life -----------------------------------------------------------------------------------------

    async def start(self, workspace_folders: tuple[Path, ...]) -> None:
        self._lane.on_change(self._rewarm)
        self._lane.on_memory(self._on_memory)
        self._conductor.start()
        self._spawn(self._library.scan(workspace_folders))
        self._spawn(self._following.follow())
        self._rewarm()
        if self._source is not None:
            self._spawn(self._watch(self._source))

    async def stop(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._conductor.stop()
        self._following.close()
        await self._lane.close()

    # -- the configuration ----------------------------------------------------------------------------

    def configure(self, options: Mapping[str, object]) -> None:
        if self._source is not None:
            self._source.editor = settings_in(options)
            self._told_anew.set()

    def apply(self, loaded: Loaded) -> None:
        """Goes on with these settings; what is under way ends by the old ones."""
        complained = self._complaint
        self._settings = loaded.settings.completion
        self._conductor.resize(_sized(self._settings))
        self._library.min_chars = self._settings.recall_min_chars
        self._library.exclude = loaded.settings.privacy.exclude
        self._library.index.limit(self._settings.recall_max_mb * 1_000_000)
        self._lane.apply(loaded, window_tokens(self._settings))
        self._spawn(self._library.forget_unreadable())
        self.rest()
        self._complaint = "; ".join(str(problem) for problem in loaded.problems)
        if self._complaint != complained and loaded.errors:
            self._listener.say(in_words(loaded))
        self._listener.status_changed(self.status())

    async def _watch(self, source: LiveSettings) -> None:
        """Takes up what changes in the configuration's files, and what the editor says anew."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._told_anew.wait()
            try:
                if self._told_anew.is_set() or await asyncio.to_thread(source.has_changed):
                    self._told_anew.clear()
                    self.apply(await asyncio.to_thread(source.load))
                    self._rewarm()
            except Exception as error:  # the next change must find us watching
                logger.exception("the configuration could not be taken up")
                self.complain(f"the configuration could not be taken up: {type(error).__name__}")

    def _rewarm(self) -> None:
        """Has the model for typing ready where another one may have become the best."""
        if self._is_warming:
            self._warm_again = True
        elif not self._lane.is_ready:
            self._warming = self._spawn(self._warm())

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def _warm(self) -> None:
        """Has the engine ready before the first key, and once more if something changed meanwhile."""
        self._warm_again = True
        while self._warm_again:
            self._warm_again = False
            await self._warm_once()

    async def _warm_once(self) -> None:
        try:
            missing = await self._lane.wants_model()
        except ModelError as error:
            self._on_trouble(str(error))
            return
        self._lacking = ""
        if missing is not None:
            self._lacking = f"without a model: `emberline models pull {missing.name}` fetches it"
            self._listener.status_changed(self.status())
            if missing.name not in self._offered:  # nobody is asked twice
                self._offered.add(missing.name)
                self._spawn(self._fetch(missing))
            return
        self._listener.status_changed(Status("normal", True, "starting the engine"))
        self._listener.progress_begin(ENGINE_TOKEN, "Emberline: starting the engine")
        try:
            await self._lane.warm()
            self._engine_trouble = ""
        except self._lane.unavailable as error:
            self._engine_trouble = str(error)
        finally:
            self._listener.progress_end(ENGINE_TOKEN, self._lane.describe())
        trouble = self._worst
        state = (
            Status("warning", False, trouble) if trouble else Status("normal", False, self._lane.describe())
        )
        self._listener.status_changed(state)

    async def _fetch(self, model: Model) -> None:
        """Offers the model's download; what is typed meanwhile is served as it can be."""
        if await offer_download(self._listener, self._lane, model):
            self._rewarm()

    @property
    def _worst(self) -> str:
        """What keeps the model from serving, or else what is wrong with the configuration."""
        return self._engine_trouble or self._lacking or self._complaint

    @property
    def _is_warming(self) -> bool:
        return self._warming is not None and not self._warming.done()

    def status(self) -> Status:
        if not self._settings.enabled:
            return Status("inactive", False, "switched off in the configuration")
        if self._worst:
            return Status("warning", False, self._worst)
        return Status("normal", self._conductor.busy or self._is_warming, self._lane.describe())

    def explain(self, uri: str | None) -> Mapping[str, object]:
        if not self._settings.enabled:
            return {
                "text": "Nothing is asked: completion is switched off (completion.enabled).",
                "route": None,
            }
        if uri is not None and not self._lane.may_read(uri):
            why = "privacy.exclude or .emberlineignore names it, or secret files usually have its name"
            return {"text": f"Nothing is asked for this file: no model may read it ({why}).", "route": None}
        return self._lane.explain()

    def stats(self) -> Mapping[str, object]:
        effort = self._conductor.effort
        return {
            **self._counts,
            "engine busy ms": round(effort.busy_ms),
            "tokens read": effort.read_tokens,
            "tokens written": effort.written_tokens,
            "generations": effort.generations,
            "generations superseded": effort.superseded,
            "slices staged": effort.staged,
            "engine starts": self._lane.starts,
            "engine": self._lane.describe(),
            "privacy": self._lane.privacy(),
            "memory": self._lane.memory(),
            "ledger waiting": self._lane.ledger_waiting,
            "index": self._library.stats(),
        }


def create(listener: Listener, source: LiveSettings, loaded: Loaded, router: Router) -> CompletionSession:
    """The session for one editor, on what `source` said when it was last read.

    A configuration that cannot be used never stops the server: its problems are the status's message, and the
    values that are sound hold.
    """
    settings = loaded.settings.completion
    lane = TypingLane(router, window_tokens(settings))
    library = Library(
        LineIndex(settings.recall_max_mb * 1_000_000),
        settings.recall_min_chars,
        lane.may_read,
        loaded.settings.privacy.exclude,
    )
    session = CompletionSession(listener, settings, lane, library, source)
    if loaded.problems:
        session.complain("; ".join(str(problem) for problem in loaded.problems))
    if any(problem.severity is not Severity.NOTE for problem in loaded.problems):
        listener.say(in_words(loaded))
    return session


def in_words(loaded: Loaded) -> str:
    """What is wrong with the configuration, as short as a message box wants it."""
    problems = [problem for problem in loaded.problems if problem.severity is not Severity.NOTE]
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    first = problems[0] if problems else "the configuration has changed"
    return f"Emberline: {first}{more}. `emberline config check` tells all."


def window_tokens(settings: CompletionSettings) -> int:
    """What a full window comes to, in tokens."""
    return round((settings.prefix_chars + settings.suffix_chars) / CHARS_PER_TOKEN)


def settings_in(options: Mapping[str, object]) -> Mapping[str, object]:
    """The settings among an editor's options; `refresh` and `dialogs` tell of the client, for the edge."""
    return {key: value for key, value in options.items() if key not in {"refresh", "dialogs"}}


def _sized(settings: CompletionSettings) -> Callable[[float], Extents]:
    return partial(affordable, prefix_chars=settings.prefix_chars, suffix_chars=settings.suffix_chars)


def _carry_over(old: Focus, new: Focus) -> None:
    """A client that keeps drawing what is typed through need not ask again to hear that there is more."""
    if old.draft is None or old.draft is not new.draft or old.answered is None:
        return
    more = new.typed.removeprefix(old.typed)
    if len(old.typed) + len(more) == len(new.typed) and old.answered.startswith(more):
        new.answered = old.answered[len(more) :]
        new.refreshable = old.refreshable


def _end_of(edit: Edit) -> Point:
    """Where the cursor stands after `edit` was typed: behind it, or inside a pair that the editor closed."""
    if edit.text in _PAIRS:
        return Point(edit.start.line, edit.start.column + 1)
    return edit.start.behind(edit.text)
