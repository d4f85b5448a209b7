"""A log in a ring of memory, in Go."""

from __future__ import annotations

from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.cases.python import renamed
from tests.refactor.suite.checkers import CommentsKept, Compiles, Documented, Gone, Has, Small
from tests.refactor.suite.grounds import GO, Files
from tests.refactor.suite.texts import before, block, cursor, once

RING, FILTER, FORMAT, ENTRY = "ring/ring.go", "ring/filter.go", "ring/format.go", "ring/entry.go"
_COMPILES = Compiles("go", "heard")


def _turned(files: Files) -> Changed:
    return {
        FILTER: once(
            files[FILTER], "func Select(entries []Entry, f Filter)", "func Select(f Filter, entries []Entry)"
        ),
        FORMAT: once(files[FORMAT], "Select(r.Snapshot(), f)", "Select(f, r.Snapshot())"),
    }


def _mistyped(files: Files) -> Files:
    return {**files, FILTER: once(files[FILTER], "strings.Contains(", "strings.Contain(")}


_LEN = "Len is how many entries there are now."


CASES = (
    Case(
        "go-change-signature",
        "go",
        GO,
        FILTER,
        "change-signature",
        cursor(r"^func (Select)"),
        _turned,
        (
            _COMPILES,
            Has(FILTER, r"^func Select\(f Filter, entries \[\]Entry\)", 1),
            Has(FORMAT, r"\bSelect\(f, r\.Snapshot\(\)\)", 1),
            CommentsKept(FILTER),
        ),
        answer="Select(f Filter, entries []Entry): the filter comes first",
    ),
    Case(
        "go-rename-concept",
        "go",
        GO,
        RING,
        "rename-concept",
        cursor(r"^func \(r \*Ring\) (Snapshot)"),
        lambda files: renamed(files, "Snapshot", "Entries"),
        (_COMPILES, Gone("Snapshot"), Has(RING, r"^func \(r \*Ring\) Entries\(", 1)),
        answer="Entries",
    ),
    Case(
        "go-document",
        "go",
        GO,
        RING,
        "document",
        cursor(r"^func \(r \*Ring\) (Len)"),
        lambda files: {RING: before(files[RING], r"^func \(r \*Ring\) Len", f"// {_LEN}\n")},
        (Documented(RING, "Len"), Small(RING, 3), _COMPILES),
        words=_LEN,
    ),
    Case(
        "go-simplify",
        "go",
        GO,
        FILTER,
        "simplify",
        cursor(r"^func (Select)"),
        lambda files: {FILTER: once(files[FILTER], "f.Wants(e) == true", "f.Wants(e)")},
        (_COMPILES, Has(FILTER, r"== true", 0), CommentsKept(FILTER), Small(FILTER, 12)),
        region=lambda text: block(text, r"^func Select"),
    ),
    Case(
        "go-fix",
        "go",
        GO,
        FILTER,
        "fix",
        cursor(r"strings\.(Contain)\("),
        lambda files: {FILTER: once(files[FILTER], "strings.Contain(", "strings.Contains(")},
        (_COMPILES, Has(FILTER, r"strings\.Contains\(e\.Text, f\.Holds\)", 1), Small(FILTER, 2)),
        diagnostic="undefined: strings.Contain",
        prepared=_mistyped,
    ),
)
