"""What could be shown at a place: a draft's text as far as it is sure, or what the workspace recalls."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emberline.completion import filters, gate
from emberline.completion.context import Context
from emberline.completion.draft import Draft
from emberline.completion.recall.library import Recalled
from emberline.completion.stop import cut
from emberline.completion.types import Lane


@dataclass(frozen=True, slots=True)
class Offer:
    """A text that could be shown at the cursor, filtered, with `\\n` line ends; empty for nothing."""

    text: str
    lane: Lane
    confidence: float
    complete: bool
    """More tokens will not change it."""

    @property
    def settled(self) -> bool:
        """Whether to answer with this rather than wait: it is final, or what the user sees already."""
        return self.complete or bool(self.text and self.lane is not Lane.GENERATED)

    @property
    def last_word(self) -> bool:
        """Whether nothing better can follow here: it is final, and no memory that the model may replace."""
        return self.complete and self.lane is not Lane.RECALLED


NOTHING = Offer("", Lane.GENERATED, 0.0, False)


def drafted(draft: Draft | None, typed: str, context: Context, max_lines: int, threshold: float) -> Offer:
    """What `draft` offers after `typed` so far, up to where its confidence (0..1) is below `threshold`."""
    if draft is None or not draft.agrees(typed):
        return NOTHING
    rest = draft.rest(typed)
    region = cut(rest, context, max_lines=max_lines)
    confidences = draft.confidences(typed)
    if not draft.ended and len(region.text) == len(rest) and (rest[-1:].isalnum() or rest.endswith("_")):
        confidences = confidences[:-1]  # the last word may not be over yet, or was broken off
    revealed = gate.reveal(region.text, confidences, threshold)
    text = worthwhile(filters.apply(revealed.text, context))
    lane = Lane.TYPED_THROUGH if typed else Lane.GENERATED
    complete = region.complete or draft.finished or revealed.final
    return Offer(text, lane, revealed.confidence, complete)


def recalled(found: Recalled | None, context: Context) -> Offer:
    """What the workspace offers; nothing in the middle of a line, whose rest it does not know."""
    if found is None or context.line_after.strip(" \t)]}\"';:,"):
        return NOTHING
    text = worthwhile(filters.apply(found.text, context))
    return Offer(text, Lane.RECALLED, found.confidence, True) if text else NOTHING


def best(model: Offer, memory: Offer, written: str, threshold: float) -> Offer:
    """The model's offer where it has `written` something; the memory's until then, or where both agree."""
    if not memory.text or memory.confidence < threshold:
        return model
    if not written:
        return memory
    if written.startswith(memory.text) or memory.text.startswith(written.rstrip("\n")):
        return replace(memory, complete=model.complete)
    return model


def worthwhile(text: str) -> str:
    """`text` if taking it saves a key press: one character is typed as fast as accepted."""
    return text if len(text.strip()) > 1 else ""
