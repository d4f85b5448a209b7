"""What a line of a log is by itself: a record, the continuation of one, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from emberline.tasks.logs import levels
from emberline.tasks.logs.masking import Mask
from emberline.tasks.logs.moments import Layout, find
from emberline.tasks.logs.objects import Fields, record_of
from emberline.tasks.logs.types import Severity

SHOWN_BYTES = 500
"""Of a message that are kept as an example."""


class Kind(IntEnum):
    """What a line is beside the one above it."""

    RECORD = 0
    BLANK = 1
    INDENTED = 2
    """It goes on with the record above."""
    LOOSE = 3
    """It has no time although records here have one, so it goes on as well."""
    OPENING = 4
    """It begins a traceback, whose last line says what happened."""
    CHAIN = 5
    """It leads from one part of a traceback to the next."""
    START = 6
    """A program's last words, which follow on whatever it logged."""
    HEADER = 7
    """Time and origin of a record: its message stands in the next line, as java.util.logging writes it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, read by itself."""

    kind: Kind
    severity: Severity = Severity.UNSAID
    is_said: bool = False
    """It names its level itself."""
    template: bytes = b""
    message: bytes = b""
    """What the template was made of: the line without time and level."""
    is_telling: bool = False
    """It names an exception: the line by which a traceback is known."""
    is_timed: bool = False


BLANK = Line(Kind.BLANK)
_OPENING = re.compile(
    rb"(?:[\w\[\]. -]{0,60}: )?Traceback \(most recent call last\):|thread '[^']*' (?:\(\d+\) )?panicked at "
)
_CHAIN = re.compile(
    rb"During handling of the above exception|The above exception was the direct cause"
    rb"|Caused by: |Suppressed: "
    rb"|\.\.\. \d+ (?:more|common frames)"
    rb"|[\w./*()-]+\.[\w.*()-]+\((?:\{?0x|\.\.\.|\)$)|created by \S|exit status \d"
    rb"|goroutine \d+ \[|stack backtrace:|note: (?:run with|some details)|\[signal SIG"
)
_START = re.compile(rb"panic: |fatal error: |Exception in thread |Uncaught |Unhandled |\w*Error: ")
_TELLING = re.compile(
    rb"(?:Caused by: )?[A-Za-z_][\w.$]*"
    rb"(?:Error|Exception|Warning|Exit|Interrupt|Failure|Fault|Throwable)\b(?::|\s*$| \()"
)
_HEADER = re.compile(rb"[\w.$<>]+ [\w$<>]+")
_ACCESS = re.compile(rb"\S+ \S+ .{0,60}?\[\d\d/\w{3}/\d{4}:")
_PRIORITY = re.compile(rb"<(\d{1,3})>(?:1 )?")
_LOGFMT = re.compile(rb"\b(?:msg|message)=(?:\"((?:[^\"\\]|\\.)*)\"|(\S+))(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Style:
    """How the records of one log are written."""

    layout: Layout | None
    """None where most records have no time."""
    digits: re.Pattern[bytes] | None
    """What of a line's digits tells how bad it is; None where none do."""


_DIGITS = (
    re.compile(rb"\" ([1-5])\d\d (?=\d|-)"),
    re.compile(rb"\"(?:level|PRIORITY)\": ?\"?(\d+)"),
    re.compile(rb"^<(\d{1,3})>"),
)


def is_of_a_trace(line: bytes) -> bool:
    """Whether a line belongs to a traceback, and so says nothing of how records are written."""
    return any(each.match(line) for each in (_OPENING, _CHAIN, _TELLING, _START))


def digits_of(lines: Iterable[bytes]) -> re.Pattern[bytes] | None:
    """The digits that tell severity in most of these lines."""
    kept = [line for line in lines if line.strip()]
    for pattern in _DIGITS:
        if sum(pattern.search(line) is not None for line in kept) * 2 > len(kept):
            return pattern
    return None


class Reader:
    """Reads the lines of one log."""

    def __init__(self, style: Style, today: date) -> None:
        self._style = style
        self._today = today
        self._mask = Mask()

    def read(self, line: bytes) -> Line:
        """What the line is."""
        text = line.rstrip()
        if not text:
            return BLANK
        if text[:1] == b"{" and text[-1:] == b"}" and (fields := record_of(text)) is not None:
            return self._object(fields)
        layout = self._style.layout
        time = None if layout is None else layout.span(text) or self._elsewhere(text[:64])
        if time is None and (found := self._without_time(text)) is not None:
            return found
        if (severity := levels.by_status(text)) is not None and _ACCESS.match(text):
            return self._request(text, severity)
        return self._record(text, time)

    def _without_time(self, text: bytes) -> Line | None:
        """What a line without a time is, unless it is a record like any other."""
        if text[:1] in b" \t":
            return self._line(Kind.INDENTED, text)
        if _OPENING.match(text):
            return self._line(Kind.OPENING, text, Severity.ERROR)
        if _CHAIN.match(text):
            return self._line(Kind.CHAIN, text, Severity.ERROR, text.startswith(b"Caused by: "))
        if self._style.layout is None:
            return None
        if _START.match(text):
            return self._line(Kind.START, text, Severity.ERROR, True)
        said = levels.said(text[:24])
        if said is not None and said[1] <= 1:
            return None
        return self._line(Kind.LOOSE, text, is_telling=_TELLING.match(text) is not None)

    def _line(
        self, kind: Kind, text: bytes, severity: Severity = Severity.UNSAID, is_telling: bool = False
    ) -> Line:
        """A line without time and level."""
        return Line(kind, severity, False, self._mask(text), _short(text.strip()), is_telling)

    def _elsewhere(self, text: bytes) -> tuple[int, int] | None:
        """Where a time stands that is written in another form than most."""
        found = find(text, self._today)
        return None if found is None else (found.start, found.whole)

    def _record(self, text: bytes, time: tuple[int, int] | None) -> Line:
        """The record that is written there; `time`: where its time begins and ends."""
        start, whole = time or (0, 0)
        letter, priority = levels.by_letter(text), _PRIORITY.match(text)
        before = text[priority.end() if priority else 0 : start].strip(b" [(,|")
        if len(before) == 1 and letter is not None:
            before = b""
        head = _spaced(before, text[whole:].lstrip(b" ]),|\t:-"))
        said = levels.said(head)
        if said is not None:
            severity, begin, end = said
            head = _spaced(head[:begin].rstrip(b" -|:[("), head[end:].lstrip(b" -|:])\t"))
        if (field := _LOGFMT.search(head)) is not None:
            head = (field[1] or field[2] or b"") + field[3]
        template = self._mask(head)
        if said is None:
            if letter is not None:
                severity = letter
            elif priority is not None:
                severity = levels.by_number(int(priority[1]) & 7)
            else:
                severity = levels.by_words(template)
        is_header = whole > 0 and start == 0 and said is None and _HEADER.fullmatch(head) is not None
        return Line(
            Kind.HEADER if is_header else Kind.RECORD,
            severity,
            is_said=bool(said or letter or priority),
            template=template,
            message=_short(head),
            is_telling=_TELLING.match(head) is not None,
            is_timed=time is not None,
        )

    def _request(self, text: bytes, severity: Severity) -> Line:
        """An access log's line, without who asked: the request and the status, of which a template has the
        first digit."""
        _, _, rest = text.partition(b'"')
        request, _, rest = rest.partition(b'"')
        asked, status = request.rpartition(b" HTTP/")[0] or request, rest[1:4]
        template = self._mask(asked) + b" \xe2\x86\x92 %sxx" % status[:1]
        message = _short(asked) + b" \xe2\x86\x92 " + status
        return Line(Kind.RECORD, severity, True, template, message, is_timed=True)

    def _object(self, fields: Fields) -> Line:
        """A record that is a JSON object; the text in it may be a record with a level of its own."""
        inner = None
        if fields.severity is None and fields.message:
            inner = self._record(fields.message, self._elsewhere(fields.message[:64]))
        severity = fields.severity if inner is None else inner.severity
        template = self._mask(fields.message) if inner is None else inner.template
        message = fields.message if inner is None else inner.message
        if fields.error:
            template += b"\n" + self._mask(fields.error)
            message += b"\n" + fields.error
        if severity is None:
            severity = levels.by_words(template)
        is_said = fields.severity is not None or (inner is not None and inner.is_said)
        return Line(Kind.RECORD, severity, is_said, template, _short(message), is_timed=True)


def _short(text: bytes) -> bytes:
    return text[:SHOWN_BYTES]


def _spaced(left: bytes, right: bytes) -> bytes:
    return left + b" " + right if left and right else left or right
