"""A calculator's language, in Rust."""

from __future__ import annotations

import re

from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.cases.python import renamed
from tests.refactor.suite.checkers import CommentsKept, Compiles, Documented, Gone, Has, Small
from tests.refactor.suite.grounds import RUST, Files
from tests.refactor.suite.texts import before, block, cursor, once, selection, without

LEXER, CURSOR, EVALUATE, LIB = "src/lexer.rs", "src/cursor.rs", "src/evaluate.rs", "src/lib.rs"
_COMPILES = Compiles("rust")
_NUMBER = selection(r"^            let written", r"^            let value.*$")


def _extracted(files: Files) -> Changed:
    text = files[LEXER]
    span = _NUMBER(text)
    lines = re.sub(r"^        ", "", span.of(text), flags=re.MULTILINE)
    lines = once(lines, "let value: f64 = written", "written").replace("?;", "")
    helper = f"\nfn number(cursor: &mut Cursor, at: usize) -> Result<f64, Trouble> {{\n{lines}\n}}\n"
    call = "            let value = number(&mut cursor, at)?;"
    return {LEXER: text[: span.start] + call + text[span.end :] + helper}


def _apply_moved(files: Files) -> Changed:
    text = files[EVALUATE]
    span = block(text, r"^fn apply")
    own = f"use crate::error::Trouble;\nuse crate::token::{{Kind, Token}};\n\npub {span.of(text)}"
    left = without(text, span).rstrip("\n") + "\n"
    return {
        EVALUATE: before(left, r"^use crate::error", "use crate::apply::apply;\n"),
        "src/apply.rs": own,
        LIB: before(files[LIB], r"^pub mod cursor", "pub mod apply;\n"),
    }


_OFFSET = "How many bytes lie before the cursor."


CASES = (
    Case(
        "rs-rename-concept",
        "rust",
        RUST,
        "src/error.rs",
        "rename-concept",
        cursor(r"^    (BadNumber) "),
        lambda files: renamed(files, "BadNumber", "NoNumber"),
        (_COMPILES, Gone("BadNumber"), Has("", r"Trouble::NoNumber\b", 2)),
        answer="NoNumber",
    ),
    Case(
        "rs-extract-function",
        "rust",
        RUST,
        LEXER,
        "extract-function",
        _NUMBER,
        _extracted,
        (
            _COMPILES,
            CommentsKept(LEXER),
            Has(LEXER, r"^(?:pub )?fn (?!lex\b)\w+", 1),
            Has(LEXER, r"\.parse\(\)", 1),
        ),
    ),
    Case(
        "rs-move-symbol",
        "rust",
        RUST,
        EVALUATE,
        "move-symbol",
        cursor(r"^fn (apply)"),
        _apply_moved,
        (
            _COMPILES,
            Has("src/apply.rs", r"^pub(?:\(crate\))? fn apply\(", 1),
            Has(EVALUATE, r"^fn apply", 0),
            Has(LIB, r"^(?:pub )?mod apply;", 1),
        ),
        answer="src/apply.rs",
    ),
    Case(
        "rs-document",
        "rust",
        RUST,
        CURSOR,
        "document",
        cursor(r"^    pub fn (offset)"),
        lambda files: {CURSOR: before(files[CURSOR], r"^    pub fn offset", f"    /// {_OFFSET}\n")},
        (Documented(CURSOR, "offset"), Small(CURSOR, 3), _COMPILES),
        words=_OFFSET,
    ),
)
