"""No "the rest is unchanged" in place of the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.lines import line_at
from emberline.syntax.prose import comments

_DOTS = r"(?:\.{3,}|…)"
_THINGS = (
    r"(?:code|methods?|functions?|implementation|content|imports?|tests?|definitions?|logic|lines?|class"
    r"|body|file|module|fields?|members?|parts?)"
)
_ELISION = re.compile(
    rf"""
      ^\W*{_DOTS}\W*$
    | {_DOTS}\s*\(?(?:the\ )?
        (?:existing|rest|remaining|remainder|unchanged|same|other|previous|omitted|snip|your)
    | \b(?:rest|remainder)\ of\ (?:the\ |this\ |your\ )?(?:\w+\ ){{0,3}}?{_THINGS}\b
        \W*(?:$|\(|{_DOTS}|(?:here|remains?|stays?|is|are|goes|unchanged|omitted|as|continues)\b)
    | ^\W*(?:the\ )?(?:existing|remaining|previous|original|other|same|unchanged|all\ other)
        \ (?:\w+\ )?{_THINGS}
        \W*(?:$|\b(?:here|remains?|stays?|unchanged|omitted|as\ before|goes|go|continues)\b)
    | \b(?:omitted|truncated|shortened|elided|left\ out)\ for\ (?:brevity|clarity)\b
    | ^\W*(?:unchanged|snip(?:ped)?|no\ changes?(?:\ here)?|same\ as\ (?:before|above))\W*$
    | ^\W*(?:\w+\ ){{0,3}}?(?:{_THINGS}|rest|else|everything|all)\ (?:\w+\ )?
        (?:remains?|stays?|kept)\ (?:unchanged|the\ same|as\ (?:before|it\ (?:is|was)))\W*$
    | ^\W*(?:insert|put|add|paste|keep)\ (?:the\ |your\ )?(?:rest|existing|remaining|original)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


def elisions(attempt: Attempt) -> Iterator[str]:
    """Comments that this change adds; also such lines where comments cannot be told."""
    for file, after in attempt.made:
        language = attempt.language(file)
        found = [span for span in comments(after, language) if _stands_for_code(span.of(after))]
        known = (
            {span.of(file.before) for span in comments(file.before, language)}
            if found and file.before
            else ()
        )
        for span in found:
            if span.of(after) not in known:
                yield (
                    f"line {line_at(after, span.start)} of {attempt.new_name(file)} stands in place of code: "
                    "write all of it, or replace only the lines that change"
                )


def _stands_for_code(comment: str) -> bool:
    return any(_ELISION.search(line.strip(" \t#/*-<>!;%")) for line in comment.splitlines())
