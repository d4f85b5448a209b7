"""How bad a record is: by the level that it names, by a status, or by how its words sound."""

from __future__ import annotations

import re

from emberline.tasks.logs.types import Severity

_LEVELS = {
    Severity.FATAL: b"FATAL CRITICAL CRIT ALERT EMERG EMERGENCY PANIC",
    Severity.ERROR: b"ERROR ERR ERRO SEVERE FAILED ERR!",
    Severity.WARNING: b"WARNING WARN",
    Severity.INFO: b"INFO INFORMATION NOTICE LOG STATEMENT CONFIG HINT DETAIL HTTP",
    Severity.DEBUG: b"DEBUG DEBU DBG FINE VERBOSE SILLY",
    Severity.TRACE: b"TRACE FINER FINEST TRC",
}
_BY_NAME = {name: severity for severity, names in _LEVELS.items() for name in names.split()}
_NAMES = b"|".join(re.escape(name) for name in sorted(_BY_NAME, key=lambda name: -len(name)))
_SAID = re.compile(
    rb"(?<![\w/.-])(?:(?P<loud>" + _NAMES + rb")(?![\w/-]|\.\w)"
    rb"|\[(?i:(?P<boxed>" + _NAMES + rb"))\]"
    rb"|(?i:\b(?:level|lvl|severity|loglevel|levelname|log\.level)[\"']?[=:] ?[\"']?(?P<named>"
    + _NAMES
    + rb")\b))"
)
"""A level by its name: in capitals, in brackets, or as a field's value."""
_SOFT = re.compile(
    rb"(?:^|(?<=: )|(?<=\d ))"
    rb"(?i:(?P<soft>fatal|critical|error|warning|warn|notice|info|debug|trace|verbose|silly|http))"
    rb"(?: error)?(?=:|  )"
)
"""One in small letters, as compilers and npm write it, before a colon."""
_NPM = re.compile(rb"\d+ (?P<soft>error|warn|notice|info|http|verbose|silly|timing)\b")
_TELEGRAM = re.compile(rb"\[?([IWEFDVTC])(?:\d{4} |, \[|/|: )|[\d: .-]{18,30} +\d+ +\d+ ([IWEFDVT]) |(E)  ")
"""A letter for a level, as klog, Ruby, apt and Android write it, and pytest before what failed."""
_LETTERS = {
    b"F": Severity.FATAL, b"C": Severity.FATAL, b"E": Severity.ERROR, b"W": Severity.WARNING,
    b"I": Severity.INFO, b"D": Severity.DEBUG, b"V": Severity.TRACE, b"T": Severity.TRACE,
}  # fmt: skip
_NONE = re.compile(
    rb"(?i:(?<!\w)(?:0|<n>|no|without|zero|any|on) (?:\w+ )?(?:errors?|failures?|warnings?|failed)\b"
    rb"|\b(?:errors?|failures?|failed|warnings?)[=:] ?(?:0|<n>)(?![\w.])|={3,} [a-z ]+ ={3,})"
    rb"|^checking [^\n]*"
)
"""Words that only count trouble, or tell that there is none."""
_ALONE = rb"(?<![\w-])(?:%s)(?![\w-]|\.\w)"
"""A word by itself, and no part of a name such as that of a package or file."""
_TROUBLE = re.compile(
    rb"(?P<fatal>"
    + _ALONE
    % rb"(?i:panic(?:ked)?|kernel bug|out of memory|oom-kill|segfault|segmentation fault|core dumped)"
    + rb")|(?P<error>"
    + _ALONE
    % rb"(?i:errors?|exception|traceback|fatal|fail(?:ed|ure)|aborted|cannot|could not|unable to|assertion)"
    + rb"|(?<![\w-])[A-Z][A-Za-z0-9.]*(?:Error|Exception)(?![\w-])"
    rb"|(?<![\w-])[a-z][\w.]*\.[A-Z]\w*(?:Error|Exception)\b"
    + rb")|(?P<warning>"
    + _ALONE
    % (
        rb"(?i:warn(?:ing)?|time(?:d )?-?out|refused|denied|rejected|unreachable|retry(?:ing)?|deprecat\w+"
        rb"|killed|invalid|not found|unauthorized)"
    )
    + rb")"
)
_STATUS = re.compile(rb"\" (?P<code>[1-5]\d\d) (?:\d+|-)")
HEAD_BYTES = 160
"""A level further behind in a line is one of its words."""


def said(head: bytes) -> tuple[Severity, int, int] | None:
    """The level that a line's head names, and where; None where it names none."""
    found = _SAID.search(head, 0, HEAD_BYTES)
    if found is not None:
        name = found[found.lastgroup or 0].upper()
        return _BY_NAME[name], found.start(), found.end()
    found = _NPM.match(head)
    found = found or _SOFT.search(head, 0, HEAD_BYTES)
    if found is None:
        return None
    name = found["soft"].upper()
    if name == b"TIMING":
        return Severity.DEBUG, 0, found.end()
    is_numbered = found.re is _NPM
    return _BY_NAME[name], 0 if is_numbered else found.start("soft"), found.end()


def by_letter(line: bytes) -> Severity | None:
    """The level that a letter in the line's head stands for."""
    found = _TELEGRAM.match(line)
    return None if found is None else _LETTERS[found[found.lastindex or 1]]


def by_number(number: int) -> Severity:
    """A level as pino and bunyan count it (10 to 60), or syslog (7 to 0)."""
    if number >= 10:
        return Severity(max(Severity.TRACE, _PINO[min(number // 10, 6)]))
    return _SYSLOG[number & 7]


_PINO = (0, Severity.TRACE, Severity.DEBUG, Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.FATAL)
_SYSLOG = (
    *(Severity.FATAL,) * 3, Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.INFO, Severity.DEBUG,
)  # fmt: skip


def by_name(name: bytes) -> Severity | None:
    """The level of this name, in whatever letters."""
    return _BY_NAME.get(name.upper())


def by_status(line: bytes) -> Severity | None:
    """The level of an access log's line, by the status of the answer."""
    found = _STATUS.search(line)
    if found is None:
        return None
    return {b"5": Severity.ERROR, b"4": Severity.WARNING}.get(found["code"][:1], Severity.INFO)


def by_words(template: bytes) -> Severity:
    """What the words of a message without a level sound like. Its paths are masked."""
    found = _TROUBLE.search(_NONE.sub(b"", template))
    if found is None:
        return Severity.UNSAID
    return {"fatal": Severity.FATAL, "error": Severity.ERROR}.get(found.lastgroup or "", Severity.WARNING)
