"""The figures of a session: a pure function of its events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from emberline.demo.events import Accepted, Answered, Event, Typed
from emberline.replay.report import LANES, percentile
from emberline.replay.typist import keys


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one lane, or of all. Times in milliseconds from request to answer."""

    answers: int
    p50: float
    p95: float
    accepted: int
    keys_saved: int


@dataclass(frozen=True, slots=True)
class Summary:
    """All of a session; `keys` is what the text takes without help, `saved` a share (0..1) of it."""

    total: Figures
    lanes: dict[str, Figures]
    """By lane; the lane "" holds the answers that had nothing to show."""
    keys: int
    pressed: int

    @property
    def saved(self) -> float:
        return (self.keys - self.pressed) / self.keys if self.keys else 0.0

    def as_json(self) -> dict[str, object]:
        return {
            **asdict(self.total),
            "lanes": {lane or "empty": asdict(figures) for lane, figures in self.lanes.items()},
            "keys": self.keys,
            "keys_pressed": self.pressed,
            "keystrokes_saved": round(self.saved, 4),
        }


def summarize(events: Sequence[Event]) -> Summary:
    """The figures so far."""
    answers = [event for event in events if isinstance(event, Answered)]
    accepts = [event for event in events if isinstance(event, Accepted)]
    typed = sum(1 for event in events if isinstance(event, Typed))
    return Summary(
        total=_figures(answers, accepts),
        lanes={
            lane: _figures(
                [answer for answer in answers if answer.lane == lane],
                [accept for accept in accepts if accept.lane == lane],
            )
            for lane in (*LANES, "")
        },
        keys=typed + sum(by_hand(accept.text) for accept in accepts),
        pressed=typed + sum(accept.presses for accept in accepts),
    )


def by_hand(text: str) -> int:
    """Key presses that enter `text` without help."""
    return sum(1 for _ in keys(text))


def _figures(answers: Sequence[Answered], accepts: Sequence[Accepted]) -> Figures:
    times = [answer.milliseconds for answer in answers]
    return Figures(
        answers=len(answers),
        p50=round(percentile(times, 0.50), 2),
        p95=round(percentile(times, 0.95), 2),
        accepted=len(accepts),
        keys_saved=sum(by_hand(accept.text) - accept.presses for accept in accepts),
    )
