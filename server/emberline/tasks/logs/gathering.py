"""The one pass over a log: lines become records, and records are counted in groups.

Made for gigabytes: what is done for every line is done by the interpreter's own loops over a block of lines
(cut, drop digits, look up, count); only a line whose like was not seen before is read by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from emberline.tasks.logs.groups import Groups, paced
from emberline.tasks.logs.lines import Kind, Reader, Style, digits_of, is_of_a_trace
from emberline.tasks.logs.moments import Calendar, Layout, Scale, find, layout_of
from emberline.tasks.logs.records import Seen, Span, spans
from emberline.tasks.logs.types import Gap, Group, Place, Severity

LINE_BYTES = 64 << 10
"""What of a longer line is behind this is not read."""
_SAMPLE_LINES = 400
_ENOUGH_LINES = 20
_TIMED = 0.4
"""Records have a time where so many of the lines do that are neither indented nor of a traceback."""
_REMEMBERED_BYTES = 16 << 20
_REMEMBERED_TIMES = 100_000
_NO_TIME = -(1 << 62)
_GAPS = 5
_SHORTEST_GAP = 2
_DAY = 86_400
_JOINED_LINES = 2_000
"""A record goes on over at most so many lines."""
_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_DIGITS = b"0123456789"
_EMPTY = b"(nothing)"
_RANDOM = re.compile(rb"[0-9a-f]{8,}(?:-[0-9a-f]{4,12})*|(?=[A-Za-z_-]{0,60}\d)[A-Za-z0-9_-]{16,}")
"""What differs from line to line and is more than digits: hashes, UUIDs, keys in base 64."""
_RANDOM_SHARE = 0.3
_UNLIKE_BLOCKS = 2
"""After so many blocks with lines whose like was not seen, such words are dropped as digits are. It costs a
third of the speed; where they stand in every line it is three times as fast."""
_KIND = attrgetter("kind")
_GROUP = attrgetter("group")


@dataclass(slots=True)
class Tally:
    """What was counted of one log so far."""

    lines: int = 0
    records: int = 0
    bytes: int = 0
    cut_lines: int = 0
    begin: int | None = None
    end: int | None = None
    calendar: Calendar | None = None
    gaps: list[Gap] = field(default_factory=list)
    """The longest silences, in no order."""
    moments: int = 0
    """In how many different seconds something was written, about."""


class Gatherer:
    """Reads one log, block after block. `today`: the day by which dates without a year are told."""

    def __init__(self, source: int, today: date) -> None:
        self.groups = Groups()
        self.tally = Tally()
        self._source = source
        self._today = today
        self._reader: Reader | None = None
        self._layout: Layout | None = None
        self._tell: Callable[[bytes], re.Match[bytes] | None] | None = None
        self._seen: dict[bytes, Seen] = {}
        self._seen_bytes = 0
        self._joint: dict[tuple[bytes, bytes], Group] = {}
        self._times: dict[bytes, int] = {}
        self._generation = 0
        self._is_random = False
        self._unlike = 0
        self._carry = b""
        self._kept: list[bytes] = []
        """The lines of a record that may go on in the next block."""
        self._latest = _NO_TIME
        self._latest_line = 0
        self._day = 0

    # -- blocks -----------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Reads on; what is behind the last line's end waits for more."""
        self.tally.bytes += len(data)
        data = self._carry + data
        end = data.rfind(b"\n") + 1
        self._carry = data[end:]
        if len(self._carry) > 2 * LINE_BYTES:  # no line's end in sight
            self._carry = self._carry[: LINE_BYTES + 1]
        if end:
            self._block(data[:end])

    def finish(self) -> None:
        """Reads what has waited: the last line without an end, a record that might have gone on."""
        if self._carry:
            rest, self._carry = self._carry, b""
            self._block(rest + b"\n")
        self.settle()

    def settle(self) -> None:
        """Counts the record that might have gone on: nothing more comes for now."""
        if self._kept:
            kept, self._kept = self._kept, []
            self._lines(kept, self.tally.lines - len(kept), is_last=True)

    def _block(self, block: bytes) -> None:
        if b"\x1b" in block:
            block = _ESCAPES.sub(b"", block)
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        lines = block.split(b"\n")
        lines.pop()
        if b"\r" in block:  # a progress bar: what stood there last
            lines = [line.rstrip(b"\r").rpartition(b"\r")[2] for line in lines]
        if max(map(len, lines)) > LINE_BYTES:
            self.tally.cut_lines += sum(len(line) > LINE_BYTES for line in lines)
            lines = [line[:LINE_BYTES] for line in lines]
        kept, self._kept = self._kept, []
        first = self.tally.lines - len(kept)
        self.tally.lines += len(lines)
        self._lines(kept + lines if kept else lines, first, is_last=False)

    def _lines(self, lines: Sequence[bytes], first: int, *, is_last: bool) -> None:
        """Counts the lines from number `first` (from 0) on; keeps the last record unless nothing follows."""
        if self._reader is None:
            self._styled(lines)
        times = self._all_times(lines)
        if times is not None and self._has_changed(lines, times):
            self._styled(lines)
            times = self._all_times(lines)
        if times is not None:
            times = self._filled(times)
        seen = self._all_seen(lines)
        if set(map(_KIND, seen)) == {Kind.RECORD}:
            self._plain(lines, seen, times, first, is_last=is_last)
        else:
            self._joined(lines, seen, times, first, is_last=is_last)
        self.groups.relieved()
        if self.groups.generation != self._generation:
            self._generation = self.groups.generation
            self._forget()

    def _plain(
        self, lines: Sequence[bytes], seen: list[Seen], times: list[int] | None, first: int, *, is_last: bool
    ) -> None:
        """Counts lines that are a record each."""
        if not is_last:
            self._kept = [lines[-1]]
            seen = seen[:-1]
        groups = list(map(_GROUP, seen))
        if None in groups:
            groups = [
                self._alone(each) if group is None else group
                for group, each in zip(groups, seen, strict=True)
            ]
        self._count(groups, range(first + 1, first + 1 + len(groups)), times)

    def _joined(
        self, lines: Sequence[bytes], seen: list[Seen], times: list[int] | None, first: int, *, is_last: bool
    ) -> None:
        """Counts records of several lines."""
        found = spans(seen)
        if not is_last and found and len(lines) - found[-1].start <= _JOINED_LINES:
            self._kept = list(lines[found.pop().start :])
        groups = [self._group(each, seen) for each in found]
        heads = [each.start for each in found]
        self._count(groups, [first + 1 + at for at in heads], times and [times[at] for at in heads])

    # -- how it is written ------------------------------------------------------------------------------

    def _styled(self, lines: Sequence[bytes]) -> None:
        """Learns from these lines how this log is written."""
        sample = lines[:_SAMPLE_LINES]
        layout, share = layout_of([line for line in sample if not is_of_a_trace(line)], self._today)
        self._layout = layout if share >= _TIMED else None
        digits = digits_of(sample)
        self._tell = None if digits is None else digits.search
        self._reader = Reader(Style(self._layout, digits), self._today)
        self._times.clear()
        self._forget()

    def _has_changed(self, lines: Sequence[bytes], times: Sequence[int]) -> bool:
        """Whether no line has its time where it was: another program writes now."""
        return (
            len(lines) >= _ENOUGH_LINES
            and times.count(_NO_TIME) == len(times)
            and layout_of(lines[:_SAMPLE_LINES], self._today)[1] >= _TIMED
        )

    def _forget(self) -> None:
        self._seen.clear()
        self._joint.clear()
        self._seen_bytes = 0

    # -- lines ------------------------------------------------------------------------------------------

    def _all_seen(self, lines: Sequence[bytes]) -> list[Seen]:
        """What each line is. Lines that differ by digits alone are the same."""
        whole = b"\n".join(lines)
        if self._is_random:
            whole = _RANDOM.sub(b"", whole)
        bares = whole.translate(None, _DIGITS).split(b"\n")
        if (tell := self._tell) is not None:
            bares = [
                bare if (found := tell(line)) is None else bare + b"\n" + found[1]
                for bare, line in zip(bares, lines, strict=True)
            ]
        seen = list(map(self._seen.get, bares))
        if (
            not self._is_random
            and len(lines) >= _ENOUGH_LINES
            and seen.count(None) > _RANDOM_SHARE * len(seen)
        ):
            self._unlike += 1
            self._is_random = self._unlike > _UNLIKE_BLOCKS
        return [
            self._new(line, bare) if each is None else each
            for each, line, bare in zip(seen, lines, bares, strict=True)
        ]

    def _new(self, line: bytes, bare: bytes) -> Seen:
        """A line whose like was not seen before, but perhaps in the lines just above."""
        seen = self._seen.get(bare)
        if seen is None:
            assert self._reader is not None
            if self._seen_bytes > _REMEMBERED_BYTES:
                self._forget()
            read = self._reader.read(line)
            seen = self._seen[bare] = Seen(read, bare, read.kind)
            self._seen_bytes += len(bare) + len(read.template) + 400
        return seen

    # -- times ------------------------------------------------------------------------------------------

    def _all_times(self, lines: Sequence[bytes]) -> list[int] | None:
        """When each line was written, `_NO_TIME` where it does not say; None where no line has a time."""
        if (layout := self._layout) is None:
            return None
        keys = layout.keys(lines)
        found = list(map(self._times.get, keys))
        times = [
            self._new_time(key, line) if each is None else each
            for each, key, line in zip(found, keys, lines, strict=True)
        ]
        return self._in_days(times) if layout.form.scale is Scale.DAY else times

    def _new_time(self, key: bytes, line: bytes) -> int:
        known = self._times.get(key)
        if known is not None:
            return known
        assert self._layout is not None
        if len(self._times) >= _REMEMBERED_TIMES:
            self._times.clear()
        found = self._layout.find(line, self._today) or find(line[:64], self._today)
        if found is not None and self.tally.calendar is None:
            self.tally.calendar = Calendar(found.form.scale, found.offset)
        seconds = (
            _NO_TIME if found is None or found.form.scale is not self._layout.form.scale else found.seconds
        )
        if found is None or found.form is self._layout.form:
            self._times[key] = seconds
        return seconds

    def _in_days(self, times: list[int]) -> list[int]:
        """Of a clock without a date: a time that lies half a day back is the next day's."""
        made = []
        latest = self._latest
        for each in times:
            if each != _NO_TIME:
                if latest != _NO_TIME and each + self._day < latest - _DAY // 2:
                    self._day += _DAY
                latest = each = each + self._day
            made.append(each)
        return made

    def _filled(self, times: list[int]) -> list[int]:
        """With the time before it for each line that has none."""
        if _NO_TIME not in times:
            return times
        latest = self._latest
        made = []
        for each in times:
            if each != _NO_TIME:
                latest = each
            made.append(latest)
        return made

    # -- records ----------------------------------------------------------------------------------------

    def _alone(self, seen: Seen) -> Group:
        """The group of records that are such a line alone."""
        if seen.group is None:
            line = seen.line
            seen.group = self.groups.of(line.severity, line.template or _EMPTY, line.message or _EMPTY)
        return seen.group

    def _group(self, span: Span, seen: Sequence[Seen]) -> Group:
        """The group of a record of several lines: by its first, and by the one that tells what happened."""
        head = seen[span.start]
        if span.telling is None:
            group = self._alone(head)
        else:
            telling = seen[span.telling]
            key = (head.bare, telling.bare)
            known = self._joint.get(key)
            if known is None:
                known = self._joint[key] = self.groups.of(*told(head, telling))
            group = known
        group.lines = max(group.lines, span.end - span.start)
        return group

    def _count(self, groups: Sequence[Group], numbers: Sequence[int], times: Sequence[int] | None) -> None:
        """Counts records: the group, the line and the time of each."""
        if not groups:
            return
        self.tally.records += len(groups)
        counts = Counter(groups)
        last = dict(zip(groups, range(len(groups)), strict=True))
        for group, count in counts.items():
            at = last[group]
            if group.count == 0:
                begin = groups.index(group)
                group.first = Place(self._source, numbers[begin])
                group.first_time = _time(times, begin)
            group.count += count
            group.last = Place(self._source, numbers[at])
            group.last_time = _time(times, at)
        if times is not None:
            for (group, time), count in Counter(zip(groups, times, strict=False)).items():
                if time != _NO_TIME:
                    paced(group, time, count)
            self._silences(times[: len(groups)], numbers)

    def _silences(self, times: Sequence[int], numbers: Sequence[int]) -> None:
        """Notes the longest silences, and how far the log reaches."""
        tally = self.tally
        moments = sorted(set(times) - {_NO_TIME})
        if not moments:
            return
        tally.moments += len(moments)
        tally.begin = moments[0] if tally.begin is None else min(tally.begin, moments[0])
        before = moments[0] if tally.end is None else tally.end
        shortest = min((_length(gap) for gap in tally.gaps), default=0) if len(tally.gaps) >= _GAPS else 0
        for moment in moments:
            if moment - before > max(shortest, _SHORTEST_GAP):
                at = times.index(moment)
                line = numbers[at - 1] if at else self._latest_line
                place = Place(self._source, line)
                tally.gaps.append(Gap(place, Place(self._source, numbers[at]), before, moment))
                tally.gaps = sorted(tally.gaps, key=_length)[-_GAPS:]
                shortest = _length(tally.gaps[0]) if len(tally.gaps) >= _GAPS else 0
            before = max(before, moment)
        tally.end = before
        self._latest, self._latest_line = times[-1], numbers[-1]


def told(head: Seen, telling: Seen) -> tuple[Severity, bytes, bytes]:
    """How bad a record is that two of its lines tell of, its template and its message."""
    above, below = head.line, telling.line
    if head.kind is Kind.OPENING:
        return max(Severity.ERROR, below.severity), below.template, below.message
    if above.kind is Kind.HEADER:
        return (
            below.severity,
            _two(above.template, below.template, b" "),
            _two(above.message, below.message, b" "),
        )
    severity = above.severity if above.is_said else max(above.severity, below.severity, Severity.ERROR)
    return severity, _two(above.template, below.template), _two(above.message, below.message)


def _two(above: bytes, below: bytes, between: bytes = b"\n") -> bytes:
    return above + between + below


def _time(times: Sequence[int] | None, at: int) -> int | None:
    return None if times is None or times[at] == _NO_TIME else times[at]


def _length(gap: Gap) -> int:
    return gap.end - gap.begin
