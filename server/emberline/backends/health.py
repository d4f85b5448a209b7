"""Keeps watch over the backends: which one would answer now, and what is wrong with the others.

A backend is judged by two breakers. One counts its probes, which cost it nothing: where it opens, the
backend is down. The other counts real requests: a server that answers every probe and fails every request
is left to rest all the same. Loading is neither.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from emberline.backends.breaker import Breaker, Phase
from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Condition
from emberline.backends.port import Backend
from emberline.config.schema import HealthCheck
from emberline.privacy.labels import Manifest

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.2
"""After a probe that failed, until it counts as down."""
LOADING_SECONDS = 1.0
"""Between two probes of a backend that loads its model."""
GAP_SECONDS = 1.0
"""Least time between two probes, whatever failed in between."""
_LATE_SECONDS = 0.01
"""Behind the end of a rest: timers may go off a little early."""
_JITTER = 0.1
"""Share by which an interval varies, so that several editors do not ask in step."""


class Standing(StrEnum):
    """Whether a backend would answer now."""

    UP = "up"
    LOADING = "loading"
    DOWN = "down"
    RESTING = "resting"
    """Left alone for a while: requests failed in a row, or it asked for a delay."""
    UNKNOWN = "not asked yet"


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a backend at this moment. `trouble` is for the user, empty where all is well."""

    standing: Standing = Standing.UNKNOWN
    trouble: str = ""
    version: str = ""


@dataclass(slots=True)
class _Patient:
    """One backend under watch."""

    backend: Backend
    probes: Breaker
    requests: Breaker
    nudge: asyncio.Event
    asked: asyncio.Event
    condition: Condition | None = None
    """What the last successful probe found."""
    probe_trouble: str = ""
    request_trouble: str = ""
    told: View = View()
    task: asyncio.Task[None] | None = None


class Monitor:
    """The health of several backends. Belongs to one event loop.

    `sent` gives the manifest that a backend's probes carry, or None where it may not be contacted at all.
    `changed` is called with a backend's name and view whenever its view has changed.
    """

    def __init__(
        self,
        check: HealthCheck,
        sent: Callable[[Backend], Manifest | None],
        changed: Callable[[str, View], None] = lambda name, view: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._check = check
        self._sent = sent
        self._changed = changed
        self._clock = clock
        self._patients: dict[str, _Patient] = {}

    def follow(self, backends: Iterable[Backend], check: HealthCheck | None = None) -> None:
        """Watches over these from now on, and over no others. What is known of one that stays is kept."""
        if check is not None:
            self._check = check
        wanted = {backend.name: backend for backend in backends}
        for name, patient in tuple(self._patients.items()):
            if wanted.get(name) is not patient.backend:
                _dismiss(self._patients.pop(name))
        for name, backend in wanted.items():
            tolerance = self._check.retry_count + 1
            if (known := self._patients.get(name)) is not None:
                known.probes = replace(known.probes, tolerance=tolerance)
                known.requests = replace(known.requests, tolerance=tolerance)
                if known.condition is None:
                    known.nudge.set()  # it may be one that may be contacted now
                continue
            breaker = Breaker(tolerance)
            patient = _Patient(backend, breaker, breaker, asyncio.Event(), asyncio.Event())
            patient.task = asyncio.create_task(self._attend(patient), name=f"health of {name}")
            self._patients[name] = patient

    async def asked(self) -> None:
        """Returns once every backend that may be contacted has had its first verdict."""
        for patient in tuple(self._patients.values()):
            await patient.asked.wait()

    async def close(self) -> None:
        """Ends all watching."""
        tasks = [patient.task for patient in self._patients.values() if patient.task is not None]
        for patient in self._patients.values():
            _dismiss(patient)
        self._patients.clear()
        await asyncio.gather(*tasks, return_exceptions=True)

    def view(self, name: str) -> View:
        """What is known of this backend now."""
        patient = self._patients.get(name)
        return View() if patient is None else _view(patient, self._clock())

    def views(self) -> dict[str, View]:
        now = self._clock()
        return {name: _view(patient, now) for name, patient in self._patients.items()}

    @property
    def backends(self) -> tuple[Backend, ...]:
        """Those under watch."""
        return tuple(patient.backend for patient in self._patients.values())

    def admits(self, name: str) -> bool:
        """Whether it is worth a request now; also what nobody was able to ask yet is."""
        return self.view(name).standing not in (Standing.DOWN, Standing.RESTING)

    def begun(self, name: str) -> None:
        """A request goes out to it. `succeeded`, `failed` or `abandoned` is to follow."""
        if (patient := self._patients.get(name)) is not None:
            patient.requests = patient.requests.begun(self._clock())

    def succeeded(self, name: str) -> None:
        """It answered a request, which says more than any probe."""
        if (patient := self._patients.get(name)) is not None:
            patient.requests = patient.requests.succeeded()
            patient.probes = patient.probes.succeeded()
            patient.condition = Condition("up", patient.condition.version if patient.condition else "")
            self._tell(patient)

    def failed(self, name: str, failure: Failure) -> None:
        """It failed a request: it is asked at once how it is."""
        if (patient := self._patients.get(name)) is not None:
            patient.requests = patient.requests.failed(failure.kind, self._clock(), failure.retry_after)
            patient.request_trouble = str(failure)
            if failure.kind is not Kind.FORBIDDEN:
                patient.nudge.set()
            self._tell(patient)

    def abandoned(self, name: str) -> None:
        """The request was cancelled; nothing follows from it."""
        if (patient := self._patients.get(name)) is not None:
            patient.requests = patient.requests.abandoned()

    async def _attend(self, patient: _Patient) -> None:
        while True:
            asked = await self._ask(patient)
            self._tell(patient)
            if not asked or _view(patient, self._clock()).standing is not Standing.UNKNOWN:
                patient.asked.set()
            delay = self._delay(patient)
            gap = min(delay, GAP_SECONDS)
            await asyncio.sleep(gap)  # failures that come thick and fast are answered by one probe
            try:
                async with asyncio.timeout(delay - gap):
                    await patient.nudge.wait()
            except TimeoutError:
                pass
            patient.nudge.clear()

    async def _ask(self, patient: _Patient) -> bool:
        """Asks it how it is; False where it may not be asked."""
        name, limit = patient.backend.name, self._check.timeout_ms
        try:
            manifest = self._sent(patient.backend)
            if manifest is None:
                return False
            async with asyncio.timeout(limit / 1000):
                patient.condition = await patient.backend.probe(manifest)
        except TimeoutError:
            self._missed(patient, Failure(f"{name} gave no answer within {limit} ms", Kind.UNREACHABLE))
        except Failure as failure:
            self._missed(patient, failure)
        except Exception as error:  # nothing that a backend does may end the watch over it
            what = type(error).__name__
            logger.warning("asking %s how it is ended in %s", name, what)
            self._missed(patient, Failure(f"asking {name} how it is ended in {what}", Kind.BROKEN))
        else:
            patient.probes = patient.probes.succeeded()
        return True

    def _missed(self, patient: _Patient, failure: Failure) -> None:
        patient.probe_trouble = str(failure)
        if failure.kind is Kind.LOADING:
            patient.condition = Condition("loading")
            patient.probes = patient.probes.succeeded()
            return
        # What the breaker forgives in a request counts in a probe: there is nothing wrong with a probe.
        wrong = failure.kind in (Kind.BAD_REQUEST, Kind.NOT_FOUND)
        kind = Kind.UNREACHABLE if wrong else failure.kind
        patient.probes = patient.probes.failed(kind, self._clock(), failure.retry_after)

    def _delay(self, patient: _Patient) -> float:
        """Seconds until the next probe, if no request fails before."""
        now = self._clock()
        interval = self._check.interval_seconds * random.uniform(1 - _JITTER, 1 + _JITTER)
        view = _view(patient, now)
        if patient.probes.failures and patient.probes.phase(now) is Phase.CLOSED:
            return min(RETRY_SECONDS, interval)
        if view.standing is Standing.LOADING:
            return min(LOADING_SECONDS, interval)
        ends = [each.opens_at - now for each in (patient.probes, patient.requests) if each.opens_at > now]
        return min(interval, *ends) + _LATE_SECONDS if ends else interval

    def _tell(self, patient: _Patient) -> None:
        view = _view(patient, self._clock())
        if view != patient.told:
            patient.told = view
            try:
                self._changed(patient.backend.name, view)
            except Exception as error:  # nor anything that whoever is told does
                logger.warning("telling of %s ended in %s", patient.backend.name, type(error).__name__)


def _view(patient: _Patient, now: float) -> View:
    version = patient.condition.version if patient.condition is not None else ""
    if patient.probes.phase(now) is not Phase.CLOSED:
        return View(Standing.DOWN, patient.probe_trouble, version)
    if not patient.requests.admits(now):
        return View(Standing.RESTING, patient.request_trouble, version)
    if patient.probes.barred_until > now:
        return View(Standing.RESTING, patient.probe_trouble, version)
    if patient.condition is None:
        return View(Standing.UNKNOWN, patient.probe_trouble)
    if patient.condition.state == "loading":
        return View(Standing.LOADING, patient.probe_trouble, version)
    return View(Standing.UP, "", version)


def _dismiss(patient: _Patient) -> None:
    if patient.task is not None:
        patient.task.cancel()
    patient.asked.set()
