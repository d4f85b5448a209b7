"""From edits whose place is known to a proposal; none that would break the syntax leaves here."""

from __future__ import annotations

from collections.abc import Iterable

from emberline.refactor.differences import TextEdit, applied
from emberline.refactor.types import Proposal, Replace, Source, Unfit
from emberline.syntax.mistakes import mistakes
from emberline.syntax.types import Span

BOM = "\ufeff"


def proposal(source: Source, edits: Iterable[TextEdit], summary: str = "") -> Proposal:
    """The edits as a proposal. Raises `Unfit` if nothing would change, or the file would not parse as well
    as before."""
    joined = joined_up(edits)
    after = applied(source.text, joined)
    if after == source.text:
        raise Unfit("Nothing would change.")
    if len(mistakes(after, source.language_id)) > len(mistakes(source.text, source.language_id)):
        raise Unfit("The result would not follow the language's syntax.")
    return Proposal(tuple([_operation(source, each) for each in joined]), summary)


def joined_up(edits: Iterable[TextEdit]) -> tuple[TextEdit, ...]:
    """In the order of the text, those that touch made one. Raises `Unfit` where two overlap."""
    found: list[TextEdit] = []
    for edit in sorted(set(edits)):
        if found and edit.span.start < found[-1].span.end:
            raise Unfit("Two edits would meet at one place.")
        if found and edit.span.start == found[-1].span.end:
            last = found.pop()
            edit = TextEdit(Span(last.span.start, edit.span.end), last.text + edit.text)
        found.append(edit)
    return tuple(found)


def _operation(source: Source, edit: TextEdit) -> Replace:
    """An insertion takes a neighbouring character with it: an anchor is never empty."""
    span, text = edit
    if span.start == span.end and source.text:
        start, end = span
        if end < len(source.text):
            end += 2 if source.text.startswith("\r\n", end) else 1
            text += source.text[span.end : end]
        else:
            start -= 2 if source.text.endswith("\r\n") else 1
            text = source.text[start : span.start] + text
        if start == 0 and source.text.startswith(BOM) and end == 1:
            raise Unfit("The file holds nothing but a mark of its encoding.")
        span = Span(start, end)
    return Replace(source.name, span.of(source.text), text, at=span)
