"""Comments `emberline: …`: what the user wants done, at the place where it is meant, in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from emberline.refactor.exact.code import Code, line_end, line_start, next_line, up
from emberline.refactor.types import Directive
from emberline.syntax.prose import comments
from emberline.syntax.types import Span

_HEAD = re.compile(r"(?i)emberline[ \t]*:[ \t]*(?=\S)")
_PRESENT = re.compile(r"(?i)emberline[ \t]*:")
_LINE_MARK = re.compile(r"#+!?|//+!?|--+|;+|%+|'|\"|REM\b", re.IGNORECASE)
_PAIRS = (("/*", "*/"), ("<!--", "-->"), ("(*", "*)"), ("{-", "-}"), ("{/*", "*/}"), ("#|", "|#"))
_MARKS = r"#+!?|//+!?|--+|;+|%+|'|\"|REM\b"
_UNKNOWN_LANGUAGE = re.compile(
    rf"(?im)(?:^|(?<=[ \t]))(?:{_MARKS})[ \t]*emberline[ \t]*:[^\r\n]*"
    r"|(?:/\*|<!--|\(\*|\{-|#\|)[\s*]*emberline[ \t]*:[\s\S]*?(?:\*/|-->|\*\)|-\}|\|#|\Z)"
)
_LABEL = re.compile(r"(?i)[\w .-]{1,30}:(?:\s|$)|@\w|noqa|type:|eslint|todo|fixme")
"""A comment that begins so has words of its own."""


def directives(text: str, language_id: str) -> tuple[Directive, ...]:
    """All of them, in the order of the text. Whole-line comments that follow directly belong to the one above
    them; without a grammar, anything that looks like a comment is one."""
    if not _PRESENT.search(text):
        return ()
    found: list[Directive] = []
    for comment in _comments(text, language_id):
        if not found or comment.span.start >= found[-1].span.end:
            directive = _directive(text, language_id, comment)
            if directive is not None:
                done = found[-1].span.end if found else 0
                start = max(
                    done, directive.span.start
                )  # the line end before it may be the last one's already
                found.append(replace(directive, span=Span(start, directive.span.end)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Comment:
    span: Span
    inside: Span
    """Without its marks."""
    mark: str
    """Of a comment to the end of the line; empty for one with an end of its own."""


def _comments(text: str, language_id: str) -> Iterator[_Comment]:
    """Those that have the word in them."""
    code = Code.of(text, language_id)
    if code is not None:
        spans = _of_tree(code)
    else:
        spans = [each for each in comments(text, language_id) if _PRESENT.search(text, *each)]
        spans = spans or [Span(*found.span()) for found in _UNKNOWN_LANGUAGE.finditer(text)]
    return (_comment(text, span) for span in spans)


def _of_tree(code: Code) -> list[Span]:
    found: dict[Span, None] = {}
    for place in _PRESENT.finditer(code.text):
        leaf = code.node(Span(*place.span()))
        around = [each for each in (leaf, *up(leaf)) if "comment" in each.type]
        if around:
            start, end = code.span(around[-1])
            found[Span(start, start + len(code.text[start:end].rstrip("\r\n")))] = None
    return list(found)


def _comment(text: str, span: Span) -> _Comment:
    for opening, closing in _PAIRS:
        if text.startswith(opening, span.start):
            end = span.end - len(closing) if text.endswith(closing, span.start, span.end) else span.end
            return _Comment(span, Span(span.start + len(opening), max(end, span.start + len(opening))), "")
    mark = _LINE_MARK.match(text, span.start, span.end)
    start = mark.end() if mark else span.start
    return _Comment(span, Span(start, span.end), mark[0] if mark else "")


def _directive(text: str, language_id: str, comment: _Comment) -> Directive | None:
    inside = comment.inside.of(text)
    lead = re.match(r"[\s*!]*", inside)
    head = _HEAD.match(inside, lead.end() if lead else 0)
    if head is None:
        return None
    lines = [inside[head.end() :]]
    end = comment.span.end
    if comment.mark and _stands_alone(text, comment.span):
        more, end = _following(text, comment)
        lines += more
    elif not comment.mark:
        lines = [re.sub(r"^[ \t]*\*+(?=[ \t]|$)", "", line) for line in lines[0].splitlines()]
    words = " ".join(" ".join(lines).split())
    span = Span(comment.span.start, end)
    return Directive(words, _removed(text, language_id, span)) if words else None


def _stands_alone(text: str, span: Span) -> bool:
    return not text[line_start(text, span.start) : span.start].strip(" \t\ufeff")


def _following(text: str, comment: _Comment) -> tuple[list[str], int]:
    """The lines below that go on with the comment: same mark, same column, no words of their own."""
    start = line_start(text, comment.span.start)
    lead = text[start : comment.span.start].lstrip("\ufeff") + comment.mark
    lines, end = [], comment.span.end
    at = next_line(text, end)
    while at < len(text) and text.startswith(lead, at):
        stop = line_end(text, at)
        line = text[at + len(lead) : stop]
        words = line.strip()
        if not words or line[:1] not in (" ", "\t") or _LABEL.match(words):
            break
        lines.append(words)
        end, at = stop, next_line(text, stop)
    return lines, end


def _removed(text: str, language_id: str, span: Span) -> Span:
    """The comment and, where nothing else stands there, its whole lines; else the white space before it."""
    start, end = span
    if language_id.endswith("react") and text[start - 1 : start] == "{" and text[end : end + 1] == "}":
        start, end = start - 1, end + 1  # a comment between elements is an expression in braces
    first, last = line_start(text, start), line_end(text, end)
    before, after = text[first:start], text[end:last]
    if before.strip(" \t\ufeff") or after.strip():
        if not after.strip():
            end = last
            start = first + len(before.rstrip())
        return Span(start, end)
    if before.startswith("\ufeff"):
        first += 1
    stop = next_line(text, last)
    if stop == last and first > 0 and text[first - 1] in "\r\n":
        # the file's last line, which has no line end: the one before it goes instead
        first -= 2 if text.startswith("\r\n", first - 2) and first >= 2 else 1
    return Span(first, stop)
