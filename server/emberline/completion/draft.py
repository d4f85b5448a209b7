"""What the model wrote for one place, and what of it still holds after the user typed on."""

from __future__ import annotations

from dataclasses import dataclass, field

from emberline.backends.base import Token
from emberline.completion.context import Context
from emberline.completion.healing import conditional
from emberline.documents.store import Document
from emberline.documents.text import Point, normalised

_COMPARED = 400
"""Characters on either side of the cursor that must be unchanged for a draft to hold."""
_CLOSERS = ")]}>\"'`"


@dataclass(frozen=True, slots=True)
class Origin:
    """The place that a draft continues."""

    uri: str
    point: Point
    before: str
    after: str

    @classmethod
    def of(cls, document: Document, cursor: Point, context: Context) -> Origin:
        return cls(document.uri, cursor, context.before, context.after)


@dataclass(frozen=True, slots=True)
class Piece:
    """A token's share of the draft's text: it ends at `end`."""

    token: Token
    end: int
    skipped: int
    """Leading characters of the token that were typed before the draft began (token healing)."""


@dataclass(slots=True)
class Draft:
    """The model's continuation of `origin`, growing while it is written."""

    origin: Origin
    forced: str = ""
    temperature: float = 0.0
    text: str = ""
    pieces: list[Piece] = field(default_factory=list)
    finished: bool = False
    """No more tokens come."""
    ended: bool = False
    """The model itself had no more to say."""
    failed: bool = False
    misplaced: bool = False
    """It does not begin with the forced text."""
    _unmatched: str | None = None

    def append(self, token: Token) -> None:
        """Takes the next token; what it repeats of the forced text is skipped.

        A model that was not forced, or says something else, wrote for another place: its draft fits nowhere.
        """
        pending = self.forced if self._unmatched is None else self._unmatched
        skipped = min(len(pending), len(token.text))
        self.misplaced |= token.text[:skipped] != pending[:skipped]
        self._unmatched = pending[skipped:]
        self.text += token.text[skipped:]
        self.pieces.append(Piece(token, len(self.text), skipped))

    def typed(self, document: Document, cursor: Point, context: Context) -> str | None:
        """What was typed since the origin, if this draft predicts it or may yet; else None."""
        origin = self.origin
        if origin.uri != document.uri or cursor < origin.point or cursor.line > origin.point.line + 40:
            return None
        typed = normalised(document.text.slice(origin.point, cursor))
        if not self.agrees(typed):
            return None
        if not _same_end(context.before[: len(context.before) - len(typed)], origin.before):
            return None
        return typed if _same_start(context.after, origin.after) else None

    def agrees(self, typed: str) -> bool:
        """Whether `typed` is how the draft begins, or the draft, still unfinished, may yet come to say it."""
        if self.misplaced:
            return False
        if len(typed) <= len(self.text):
            return self.text.startswith(typed)
        return not self.finished and typed.startswith(self.text)

    def rest(self, typed: str) -> str:
        """What the draft says beyond `typed`, sentinels still neutralised."""
        return self.text[len(typed) :]

    def confidences(self, typed: str) -> list[tuple[int, float]]:
        """For each token end beyond `typed`: its distance from there, and the probability (0..1) that all
        up to it is right, given what was typed."""
        known = len(typed)
        certain = 1.0
        result: list[tuple[int, float]] = []
        start = 0
        for piece in self.pieces:
            if piece.end > known:
                given = piece.skipped + max(0, min(known, piece.end) - start)
                certain *= conditional(piece.token, piece.token.text[:given])
                result.append((piece.end - known, certain))
            start = piece.end
        return result


def _same_end(one: str, other: str) -> bool:
    length = min(len(one), len(other), _COMPARED)
    return one[len(one) - length :] == other[len(other) - length :]


def _same_start(after: str, origin_after: str) -> bool:
    """Whether the text behind the cursor is unchanged but for brackets and quotes that editors add or eat."""
    for longer, shorter in ((after, origin_after), (origin_after, after)):
        for extra in range(min(4, len(longer) + 1)):
            if extra and longer[extra - 1] not in _CLOSERS:
                break
            one, other = longer[extra : extra + _COMPARED], shorter[:_COMPARED]
            length = min(len(one), len(other))
            if one[:length] == other[:length] and (length > 20 or len(longer) - extra == len(shorter)):
                return True
    return False
