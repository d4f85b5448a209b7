"""What a model is shown of a log: figures, what stands out, and a line for each group that matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emberline.tasks.logs.overview import chosen
from emberline.tasks.logs.types import Group, Overview, Place, Severity

GROUPS = 16
"""More of them and a small model sees none: each is some 50 tokens."""
_MESSAGE_CHARS = 200
_EVENTS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sheet, and the lines of the log that it tells of."""

    words: str
    places: frozenset[Place]
    is_first_error: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a model knows of a log."""

    head: str
    rows: tuple[Row, ...]
    sources: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join((self.head, *(each.words for each in self.rows)))


def sheet(overview: Overview, most: int = GROUPS) -> Sheet:
    """The sheet of a log with its most important groups."""
    rows = [*event_rows(overview), *(_row(overview, each) for each in chosen(overview.groups, most))]
    return Sheet(head(overview), tuple(rows), overview.sources)


def head(overview: Overview) -> str:
    """ "app.log: 1,200 lines from 10:00:00 to 10:09:40: 3 errors, 20 warnings, 1,177 others"."""
    name = overview.sources[0] if len(overview.sources) == 1 else f"{len(overview.sources)} logs"
    span = (
        f" from {overview.time(overview.begin)} to {overview.time(overview.end)}"
        if overview.begin is not None
        else ""
    )
    return f"{name}: {many(overview.lines, 'line')}{span}: {counted(overview)}"


def counted(overview: Overview) -> str:
    """ "1 fatal error, 3 errors, 20 warnings, 1,177 other records"."""
    counts = overview.counts
    told = [
        (counts.get(Severity.FATAL, 0), "fatal error"),
        (counts.get(Severity.ERROR, 0), "error"),
        (counts.get(Severity.WARNING, 0), "warning"),
    ]
    others = sum(count for severity, count in counts.items() if severity < Severity.WARNING)
    words = [many(count, name) for count, name in told if count]
    if others or not words:
        words.append(many(others, "other record" if words else "record"))
    return ", ".join(words)


def many(count: int, name: str) -> str:
    """ "1 line", "1,200 lines"."""
    return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"


def _row(overview: Overview, group: Group) -> Row:
    is_first = group is overview.first_error
    name = "message" if group.severity is Severity.UNSAID else group.severity.name.lower()
    if group.count == 1:
        words = f"{overview.at(group.first)}: {name}, once"
        times = f" at {overview.time(group.first_time)}" if group.first_time is not None else ""
    else:
        words = f"{overview.at(group.first)}: {name}, {group.count} times, last in {overview.at(group.last)}"
        times = ""
        if group.first_time is not None:
            times = f", {overview.time(group.first_time)} to {overview.time(group.last_time)}"
    first = ", the first error of the log" if is_first else ""
    return Row(f"{words}{times}{first}: {said(group)}", frozenset((group.first, group.last)), is_first)


def said(group: Group, most: int = _MESSAGE_CHARS) -> str:
    """What its records say, in one line: the only one as it is, several with their variables masked."""
    text = " | ".join(
        part.strip() for part in (group.example if group.count == 1 else group.template).split("\n")
    )
    return text if len(text) <= most else f"{text[: most - 1]}…"


def event_rows(overview: Overview) -> Iterator[Row]:
    """Bursts and silences."""
    for burst in overview.bursts[:_EVENTS]:
        words = (
            f"burst: {burst.count} times between {overview.time(burst.begin)} and "
            f"{overview.time(burst.end)}, first in {overview.at(burst.group.first)}: {said(burst.group)}"
        )
        yield Row(words, frozenset((burst.group.first,)), burst.group is overview.first_error)
    for gap in overview.gaps[:_EVENTS]:
        words = (
            f"silence: nothing was written for {duration(gap.end - gap.begin)} between "
            f"{overview.at(gap.before)} and {overview.at(gap.after)}"
        )
        yield Row(words, frozenset((gap.before, gap.after)))


def duration(seconds: int) -> str:
    """ "40 s", "12 min", "3 h 5 min", "2 days"."""
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours // 24} days"


def plain(overview: Overview) -> str:
    """The same as sentences, without a model: what a reader wants to know first."""
    sentences = [f"{head(overview)}."]
    if (first := overview.first_error) is not None:
        when = f" at {overview.time(first.first_time)}" if first.first_time is not None else ""
        sentences.append(f"The first error is in {overview.at(first.first)}{when}: {said(first)}.")
    grave = [each for each in overview.groups if each.severity >= Severity.WARNING and each.count > 1]
    if grave:
        most = max(grave, key=lambda each: each.count)
        sentences.append(
            f"Most often {most.count:,} times, from {overview.at(most.first)} to "
            f"{overview.at(most.last)}: {said(most)}."
        )
    elif overview.groups:
        most = max(overview.groups, key=lambda each: each.count)
        if most.count > 1:
            sentences.append(
                f"Most of it, {most.count:,} times from {overview.at(most.first)} on: {said(most)}."
            )
    sentences += [f"{each.words[:1].upper()}{each.words[1:]}." for each in event_rows(overview)]
    return " ".join(sentences)
