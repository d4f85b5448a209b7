"""Between the protocol's types and ours."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from lsprotocol import types

from emberline.completion.types import CompletionRequest, SelectedCompletion, Suggestion
from emberline.documents.encoding import PositionEncoding, to_column, to_units
from emberline.documents.store import Document, Edit
from emberline.documents.text import Point, Text
from emberline.lsp.capabilities import ACCEPTED_COMMAND
from emberline.refactor.types import Diagnostic
from emberline.syntax.types import Span


def point_of(text: Text, position: types.Position, encoding: PositionEncoding) -> Point:
    """The place in this text that a position means, clamped as the protocol says."""
    if position.line >= text.line_count:
        return text.end
    if position.line < 0:
        return Point(0, 0)
    return Point(position.line, to_column(text.content(position.line), position.character, encoding))


def position_of(text: Text, point: Point, encoding: PositionEncoding) -> types.Position:
    """The position of a place in this text."""
    line, column = text.clamp(point)
    return types.Position(line, to_units(text.content(line), column, encoding))


def span_of(text: Text, told: types.Range, encoding: PositionEncoding) -> Span:
    """What a range means, in offsets of the whole text; in order also where the range runs backwards."""
    return offsets_of(text, *points_of(text, told, encoding))


def points_of(text: Text, told: types.Range, encoding: PositionEncoding) -> tuple[Point, Point]:
    """The two ends of a range, in order."""
    first, second = (point_of(text, position, encoding) for position in (told.start, told.end))
    return min(first, second), max(first, second)


def offsets_of(text: Text, start: Point, end: Point) -> Span:
    """From one place to a later one."""
    before = sum(map(len, text.lines(0, start.line)))
    between = sum(map(len, text.lines(start.line, end.line)))
    return Span(before + start.column, before + between + end.column)


def ranges_of(text: Text, spans: Iterable[Span], encoding: PositionEncoding) -> list[types.Range]:
    """Offsets as an editor counts them. No span may begin or end within a line end."""
    starts = list(accumulate(map(len, text.lines(0, text.line_count - 1)), initial=0))

    def position(offset: int) -> types.Position:
        line = bisect_right(starts, offset) - 1
        return position_of(text, Point(line, offset - starts[line]), encoding)

    return [types.Range(position(start), position(end)) for start, end in spans]


def diagnostic_of(text: Text, told: types.Diagnostic, encoding: PositionEncoding) -> Diagnostic:
    """A complaint, about this text."""
    code = "" if told.code is None else str(told.code)
    return Diagnostic(span_of(text, told.range, encoding), told.message, told.source or "", code)


def edit_of(text: Text, change: types.TextDocumentContentChangeEvent, encoding: PositionEncoding) -> Edit:
    """A change as an edit of this text. One without a range replaces the whole."""
    if isinstance(change, types.TextDocumentContentChangePartial):
        start = point_of(text, change.range.start, encoding)
        return Edit(start, point_of(text, change.range.end, encoding), change.text)
    return Edit(Point(0, 0), text.end, change.text)


def request_of(
    params: types.InlineCompletionParams, document: Document, encoding: PositionEncoding, refreshable: bool
) -> CompletionRequest:
    """What is asked, about this snapshot."""
    selected = params.context.selected_completion_info
    return CompletionRequest(
        document=document,
        cursor=point_of(document.text, params.position, encoding),
        invoked=params.context.trigger_kind is types.InlineCompletionTriggerKind.Invoked,
        selected=None
        if selected is None
        else SelectedCompletion(
            point_of(document.text, selected.range.start, encoding),
            point_of(document.text, selected.range.end, encoding),
            selected.text,
        ),
        refreshable=refreshable,
    )


def item_of(suggestion: Suggestion, text: Text, encoding: PositionEncoding) -> types.InlineCompletionItem:
    """A suggestion as the editor takes it."""
    return types.InlineCompletionItem(
        insert_text=suggestion.text,
        range=types.Range(
            position_of(text, suggestion.start, encoding), position_of(text, suggestion.end, encoding)
        ),
        command=accepted_of(suggestion),
    )


def accepted_of(suggestion: Suggestion) -> types.Command:
    """The command that tells us of its acceptance."""
    told = {"id": suggestion.id, "lane": suggestion.lane.value, "elapsedMs": round(suggestion.elapsed_ms, 3)}
    return types.Command(title="Accepted", command=ACCEPTED_COMMAND, arguments=[told])
