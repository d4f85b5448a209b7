"""What of a record's message is variable, masked, so that like records read alike."""

from __future__ import annotations

import re

MOST_BYTES = 1_000
"""Of a line, read for its template: what is further behind tells records apart no more."""

_HEX = rb"[0-9a-fA-F]"
_UNIT = rb"(?:ns|us|\xc2\xb5s|\xce\xbcs|ms|msecs?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)"
_SIZE = rb"(?:[kKMGT]i?[bB]|bytes|[bB])"
_KINDS = (
    ("url", rb"\b[a-z][a-z0-9+.-]{1,15}://[^\s\"'<>\])}|]+"),
    (
        "uuid",
        rb"\b" + _HEX + rb"{8}-" + _HEX + rb"{4}-" + _HEX + rb"{4}-" + _HEX + rb"{4}-" + _HEX + rb"{12}\b",
    ),
    (
        "time",
        rb"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b"
        rb"|\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b",
    ),
    ("email", rb"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"),
    ("ip", rb"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5}|/\d{1,2})?\b"),
    ("mac", rb"\b" + _HEX + rb"{2}(?::" + _HEX + rb"{2}){5,7}\b"),
    (
        "ip6",
        rb"(?<![\w:])(?:"
        + _HEX
        + rb"{1,4}:){2,7}(?::?"
        + _HEX
        + rb"{1,4})+(?![\w:])|(?<![\w:])::\d(?![\w:])|(?<![\w:])"
        + _HEX
        + rb"{1,4}::"
        + _HEX
        + rb"{1,4}(?::"
        + _HEX
        + rb"{1,4})*(?![\w:])",
    ),
    (
        "path",
        rb"(?<![\w./>])(?:[A-Za-z]:)?(?:\.{0,2}[/\\])(?:[\w.@+~=%-]+[/\\])+[\w.@+~=%-]*|(?<![\w./>])/[\w.@+~=%-]+(?=[\s:,;'\")\]]|$)",
    ),
    (
        "hex",
        rb"\b0[xX]" + _HEX + rb"+\b|"
        rb"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b|\b(?=[0-9A-F]*\d)(?=[0-9A-F]*[A-F])[0-9A-F]{8,}\b",
    ),
    ("id", rb"\b(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{16,}\b"),
    ("duration", rb"\b\d+(?:\.\d+)?(?:[hm]\d+(?:\.\d+)?)*" + _UNIT + rb"\b"),
    ("size", rb"\b\d+(?:\.\d+)?" + _SIZE + rb"\b"),
    ("n", rb"(?<![A-Za-z\d.])[+-]?\d+(?:[.,]\d+)*|\d+"),
)
_VARIABLE = re.compile(b"|".join(b"(?P<%s>%s)" % (name.encode(), pattern) for name, pattern in _KINDS))
_MARKS = {name: f"<{'ip' if name == 'ip6' else name}>".encode() for name, _ in _KINDS}
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_METHODS = frozenset(
    quote + method
    for method in (b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS")
    for quote in (b"", b'"', b"'")
)
_SEGMENT = re.compile(rb"(?<=/)(?=[^/]*\d)[^/]*")
_REMEMBERED = 50_000


class Mask:
    """Marks such as `<n>`, `<path>`, `<ip>` in the place of a message's variables.

    Words are masked one by one and remembered with their digits as zeros, of which there are few.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}

    def __call__(self, message: bytes) -> bytes:
        """The message with its variables masked, its white space as one space.

        The path of an HTTP request tells what was asked for: of it, only segments with digits and the query
        go.
        """
        words = message[:MOST_BYTES].translate(_ZEROS).split()
        known = list(map(self._known.get, words))
        if None in known:
            known = [
                self._new(word) if each is None else each for each, word in zip(known, words, strict=True)
            ]
        if not _METHODS.isdisjoint(words):
            at = next(at for at, word in enumerate(words) if word in _METHODS) + 1
            if at < len(words) and words[at][:1] == b"/":
                known[at] = _SEGMENT.sub(b"<n>", words[at].partition(b"?")[0])
        return b" ".join(known)  # type: ignore[arg-type]

    def _new(self, word: bytes) -> bytes:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        made = self._known[word] = word if word.isalpha() else _VARIABLE.sub(_mark, word)
        return made


def _mark(found: re.Match[bytes]) -> bytes:
    name = found.lastgroup or "n"
    if name == "url":
        scheme, _, rest = found[0].partition(b"://")
        host, slash, _ = rest.partition(b"/")
        return scheme + b"://" + _VARIABLE.sub(_mark, host) + (b"/<path>" if slash else b"")
    return _MARKS[name]
