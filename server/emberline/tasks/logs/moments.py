"""Times as logs write them: found in a line, and turned into seconds."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum

HEAD_BYTES = 240
"""A time further behind in a line belongs to its message."""
_MONTHS = {
    name: number
    for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_MON = rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_CLOCK = rb"(\d\d):(\d\d):(\d\d)"
_ZONE = rb"(?:[.,]\d{1,9})?(?: ?(Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?"
_DAY_SECONDS = 86_400


class Scale(Enum):
    """What its seconds count from."""

    EPOCH = "the epoch"
    DAY = "midnight of the first day"
    START = "the machine's start"


@dataclass(frozen=True, slots=True)
class Found:
    """A time in a line."""

    start: int
    end: int
    """Behind its seconds: what changes with every second ends here."""
    whole: int
    """Behind all of it, fraction and zone too."""
    seconds: int
    offset: int | None
    """Seconds east of Greenwich; None where no zone is written."""
    form: Form


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing a time. `seconds` gets the match and the day before which syslog's dates lie."""

    name: str
    pattern: re.Pattern[bytes]
    seconds: Callable[[re.Match[bytes], date], int]
    zone: int = 0
    """The pattern's group with the zone; 0 where it has none."""
    scale: Scale = Scale.EPOCH

    def at(self, line: bytes, start: int, today: date) -> Found | None:
        """The time that begins exactly there."""
        found = self.pattern.match(line, start)
        return None if found is None else self._read(found, today)

    def search(self, line: bytes, today: date) -> Found | None:
        """The first time of this form near the line's beginning that is one."""
        for found in self.pattern.finditer(line, 0, HEAD_BYTES):
            if (read := self._read(found, today)) is not None:
                return read
        return None

    def _read(self, found: re.Match[bytes], today: date) -> Found | None:
        try:
            seconds = self.seconds(found, today)
        except (ValueError, OverflowError):
            return None
        written = found[self.zone] if self.zone else None
        offset = None if written is None else _offset(written)
        end = found.start("rest") if "rest" in self.pattern.groupindex else found.end()
        return Found(found.start(), end, found.end(), seconds - (offset or 0), offset, self)


def _offset(zone: bytes) -> int:
    if zone[:1] not in b"+-":
        return 0
    digits = zone[1:].replace(b":", b"")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[:1] == b"-" else seconds


def _seconds(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Raises `ValueError` where there is no such time; a leap second counts as the next one."""
    datetime(year, month, day, hour, minute, min(second, 59))
    if second > 60:
        raise ValueError(second)
    return timegm((year, month, day, hour, minute, second, 0, 0, 0))


def _month(name: bytes) -> int:
    return _MONTHS[name[:3].lower()]


def _nearest_year(month: int, day: int, today: date) -> int:
    """The year of a date that names none: the latest that does not lie ahead, but for a clock's being off."""
    latest = today + timedelta(days=2)
    return latest.year if (month, day) <= (latest.month, latest.day) else latest.year - 1


def _numbers(found: re.Match[bytes], _: date) -> int:
    return _seconds(*(int(each) for each in found.groups()[:6]))


def _short_year(found: re.Match[bytes], _: date) -> int:
    year, *rest = (int(each) for each in found.groups()[:6])
    return _seconds(2000 + year, *rest)


def _apache(found: re.Match[bytes], _: date) -> int:
    day, month, year, hour, minute, second = found.groups()[:6]
    return _seconds(int(year), _month(month), int(day), int(hour), int(minute), int(second))


def _syslog(found: re.Match[bytes], today: date) -> int:
    month, day, hour, minute, second = found.groups()[:5]
    year = _nearest_year(_month(month), int(day), today)
    return _seconds(year, _month(month), int(day), int(hour), int(minute), int(second))


def _ctime(found: re.Match[bytes], _: date) -> int:
    month, day, hour, minute, second, year = found.groups()[:6]
    return _seconds(int(year), _month(month), int(day), int(hour), int(minute), int(second))


def _american(found: re.Match[bytes], _: date) -> int:
    month, day, year, hour, minute, second, half = found.groups()
    number = int(month) if month.isdigit() else _month(month)
    if number > 12:
        number, day = int(day), number
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half[:1] in b"Pp" else 0)
    return _seconds(int(year), number, int(day), hours, int(minute), int(second))


def _klog(found: re.Match[bytes], today: date) -> int:
    month, day, hour, minute, second = (int(each) for each in found.groups()[:5])
    return _seconds(_nearest_year(month, day, today), month, day, hour, minute, second)


def _count(found: re.Match[bytes], _: date) -> int:
    return int(found[1])


def _clock(found: re.Match[bytes], _: date) -> int:
    hour, minute, second = (int(each) for each in found.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(hour)
    return hour * 3600 + minute * 60 + second


_DATE = rb"(\d{4})[-/.](\d\d)[-/.](\d\d)"
_FORMS: tuple[tuple[str, bytes, Callable[[re.Match[bytes], date], int], int, Scale], ...] = (
    # name, pattern, its seconds, the group of the zone, what the seconds count from
    ("ISO", rb"(?<!\d)" + _DATE + rb"[T _]{1,2}" + _CLOCK + rb"(?P<rest>)" + _ZONE, _numbers, 8, Scale.EPOCH),
    (
        "compact ISO",
        rb"(?<!\d)(\d{4})(\d\d)(\d\d)[T -](\d\d):?(\d\d):?(\d\d)(?!\d)(?P<rest>)" + _ZONE,
        _numbers,
        8,
        Scale.EPOCH,
    ),
    (
        "access log",
        rb"(?<!\d)(\d\d)/" + _MON + rb"/(\d{4}):" + _CLOCK + rb"(?P<rest>) ?([+-]\d{4})?",
        _apache,
        8,
        Scale.EPOCH,
    ),
    (
        "ctime",
        _MON + rb" {1,2}(\d{1,2}) " + _CLOCK + rb"(?P<rest>)(?:\.\d+)? (\d{4})\b",
        _ctime,
        0,
        Scale.EPOCH,
    ),
    ("month and day", rb"\b" + _MON + rb" {1,2}(\d{1,2}) " + _CLOCK, _syslog, 0, Scale.EPOCH),
    (
        "day and month",
        rb"(?<!\d)(\d{1,2})[ -]" + _MON + rb"[ -](\d{4})[ T]" + _CLOCK + rb"(?P<rest>)" + _ZONE,
        _apache,
        8,
        Scale.EPOCH,
    ),
    ("words", _MON + rb" (\d{1,2}), (\d{4}) (\d{1,2}):(\d\d):(\d\d) ?([AP]M)?", _american, 0, Scale.EPOCH),
    (
        "American",
        rb"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4}),? (\d{1,2}):(\d\d):(\d\d)(?: ?([AP]M))?",
        _american,
        0,
        Scale.EPOCH,
    ),
    ("klog", rb"(?<!\w)[IWEF](\d\d)(\d\d) " + _CLOCK, _klog, 0, Scale.EPOCH),
    ("month, day", rb"(?<![\d-])(\d\d)-(\d\d) " + _CLOCK, _klog, 0, Scale.EPOCH),
    (
        "short year",
        rb"(?<!\d)(\d\d)[/-]?(\d\d)[/-]?(\d\d) (\d\d):?(\d\d):?(\d\d)(?!\d)",
        _short_year,
        0,
        Scale.EPOCH,
    ),
    (
        "epoch",
        rb"(?:^|(?<=[\[(:=\"]))(1\d{9})(?P<rest>)(?:\d{3}){0,3}(?:\.\d+)?(?![\w.])",
        _count,
        0,
        Scale.EPOCH,
    ),
    ("clock", rb"(?<![\d:.])" + _CLOCK + rb"(?![\d:])", _clock, 0, Scale.DAY),
    ("since start", rb"(?<=\[)[ ]{0,6}(\d{1,9})(?P<rest>)\.\d{6}(?=\])", _count, 0, Scale.START),
)
FORMS = tuple(
    Form(name, re.compile(pattern), seconds, zone, scale) for name, pattern, seconds, zone, scale in _FORMS
)
"""Where two begin at one place, the earlier is meant."""


def find(line: bytes, today: date) -> Found | None:
    """The time that stands first in a line's beginning; None where none does. `today`: see `Form`."""
    best: Found | None = None
    for form in FORMS:
        found = form.search(line, today)
        if found is not None and (best is None or found.start < best.start):
            best = found
            if best.start == 0:
                return best
    return best


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a log's times are told again."""

    scale: Scale = Scale.EPOCH
    offset: int | None = None

    def written(self, seconds: int) -> str:
        """ "2024-01-02 10:11:12+01:00"; of a log without days "10:11:12", of one without a clock "123 s"."""
        if self.scale is Scale.START:
            return f"{seconds} s"
        if self.scale is Scale.DAY:
            day, rest = divmod(seconds, _DAY_SECONDS)
            clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
            return f"{clock} (day {day + 1})" if day else clock
        zone = UTC if self.offset is None else timezone(timedelta(seconds=self.offset))
        moment = datetime.fromtimestamp(seconds, zone)
        words = f"{moment:%Y-%m-%d %H:%M:%S}"
        return (
            words
            if self.offset is None
            else words + ("Z" if self.offset == 0 else f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:])
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the lines of a log have their time."""

    form: Form
    anchor: bytes
    """What stands before it, the first in a line; empty where it stands at a fixed distance."""
    skip: int
    """Bytes from the line's start, or from behind the anchor."""
    width: int
    """Of the part that tells the second."""
    is_regular: bool
    """The time is found there in nearly all lines; else each line has to be searched."""

    def keys(self, lines: Sequence[bytes]) -> list[bytes]:
        """For each line the bytes that tell its second: equal bytes, equal times."""
        if not self.is_regular:
            search = self.form.pattern.search
            return [found[0] if (found := search(line, 0, HEAD_BYTES)) else b"" for line in lines]
        start, end = self.skip, self.skip + self.width
        if not self.anchor:
            return [line[start:end] for line in lines]
        anchor, length = self.anchor, len(self.anchor)
        return [line[(at := line.find(anchor) + length) + start : at + end] for line in lines]

    def find(self, line: bytes, today: date) -> Found | None:
        """The time in the place that this layout gives it."""
        if not self.is_regular:
            return self.form.search(line, today)
        at = self._at(line)
        return None if at < 0 else self.form.at(line, at, today)

    def span(self, line: bytes) -> tuple[int, int] | None:
        """Where a line has its time, from its beginning to its end, without a look at what it says."""
        if not self.is_regular:
            found = self.form.pattern.search(line, 0, HEAD_BYTES)
        else:
            at = self._at(line)
            found = None if at < 0 else self.form.pattern.match(line, at)
        return None if found is None else found.span()

    def _at(self, line: bytes) -> int:
        """Where the time begins; -1 where the anchor is missing."""
        if not self.anchor:
            return self.skip
        before = line.find(self.anchor)
        return -1 if before < 0 else before + len(self.anchor) + self.skip


_FIELDS = tuple(
    b'"%s":%s' % (name, rest)
    for name in (b"ts", b"time", b"timestamp", b"@timestamp", b"date", b"__REALTIME_TIMESTAMP", b"t")
    for rest in (b'"', b' "', b" ", b"")
)
"""Before the time of a line that is a JSON object, wherever in it that stands."""
ANCHORS = (
    *_FIELDS,
    b">",
    b'time="',
    b"time=",
    b"ts=",
    b" [",
    b"[",
    b"| ",
    b"|",
    b" ",
)
_REGULAR = 0.9


def layout_of(lines: Iterable[bytes], today: date) -> tuple[Layout | None, float]:
    """The layout that most of these lines share, and the share of lines that have a time by it."""
    kept = [line for line in lines if line.strip() and line[:1] not in b" \t"]
    found = [(line, time) for line in kept if (time := _anywhere(line, today)) is not None]
    if not found:
        return None, 0.0
    names = [time.form for _, time in found]
    form = max(FORMS, key=names.count)
    same = [(line, time) for line, time in found if time.form is form]
    width = _commonest([time.end - time.start for _, time in same])
    best, hits = Layout(form, b"", 0, width, False), 0
    for anchor in (b"", *ANCHORS):
        skip = _commonest([_distance(line, time, anchor) for line, time in same])
        layout = Layout(form, anchor, skip, width, True)
        fits = sum(
            _distance(line, time, anchor) == skip and time.end - time.start == width for line, time in same
        )
        if skip >= 0 and fits > hits and fits >= _REGULAR * len(same):
            best, hits = layout, fits
            if fits == len(same):
                break
    return best, len(same) / len(kept)


def _anywhere(line: bytes, today: date) -> Found | None:
    """The time of a line: of a JSON object its field's."""
    if line[:1] == b"{":
        for field in _FIELDS:
            at = line.find(field)
            for form in FORMS if at >= 0 else ():
                if (time := form.at(line, at + len(field), today)) is not None:
                    return time
    return find(line, today)


def _distance(line: bytes, time: Found, anchor: bytes) -> int:
    """From behind the anchor to the time; -1 where the anchor is not before it."""
    if not anchor:
        return time.start
    at = line.find(anchor)
    return -1 if at < 0 else max(-1, time.start - at - len(anchor))


def _commonest(values: Sequence[int]) -> int:
    return max(set(values), key=values.count)
