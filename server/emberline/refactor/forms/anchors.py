"""Where a model's anchor stands in a file that it was shown without the directive.

Whether an anchor stands exactly once is the landing's question. Here only that is set right of which there is
no doubt: the directive that the model did not see, and an indentation that it did not keep.
"""

from __future__ import annotations

from dataclasses import dataclass

from emberline.refactor.forms.reading import indented_like, leading, rebased
from emberline.refactor.lines import Plain
from emberline.refactor.types import Replace, Source
from emberline.syntax.types import Span


@dataclass(frozen=True, slots=True)
class Found:
    """An edit as it stands in the file's own text."""

    edit: Replace
    takes_the_directive: bool = False
    """The directive lies within the anchor, and goes with it."""


class Shown:
    """A file's text as the model saw it."""

    def __init__(self, source: Source, without: Span | None) -> None:
        self._source = source
        self._whole = Plain(source.text)
        self._cut = None if without is None else self._plain(without)
        text = self._whole.text
        self.text = text if self._cut is None else text[: self._cut.start] + text[self._cut.end :]

    def _plain(self, span: Span) -> Span:
        """The span in the text with plain line ends."""
        before = Plain(self._source.text[: span.start]).text
        return Span(len(before), len(before) + len(Plain(span.of(self._source.text)).text))

    def find(self, anchor: str, text: str) -> Found:
        """The edit that puts `text` in the place of `anchor`."""
        text = indented_like(text, self.text)
        if self.text.count(anchor) != 1:
            anchor, text = self._by_lines(anchor, text)
        if self._cut is None or self.text.count(anchor) != 1:
            return Found(Replace(self._source.name, anchor, text))
        return self._around_the_cut(self.text.index(anchor), anchor, text)

    def _around_the_cut(self, start: int, anchor: str, text: str) -> Found:
        assert self._cut is not None
        end, gone = start + len(anchor), self._cut.end - self._cut.start
        spans_it = start < self._cut.start < end
        if start >= self._cut.start:
            start += gone
        if end > self._cut.start:
            end += gone
        own = self._whole.text[start:end]
        if not spans_it and len(self._whole.places(own)) == 1:
            return Found(Replace(self._source.name, own, text))
        at = Span(self._whole.back(start), self._whole.back(end))
        return Found(Replace(self._source.name, own, text, at), spans_it)

    def _by_lines(self, anchor: str, text: str) -> tuple[str, str]:
        """The one place whose lines say the same but for white space at their ends, with the new text moved
        to its column; the anchor itself where there is none, or more than one."""
        sought = [line.strip() for line in anchor.strip("\n").split("\n")]
        lines = self.text.split("\n")
        stripped = [line.strip() for line in lines]
        if not any(sought) or self.text.count(anchor) > 1:
            return anchor, text
        size = len(sought)
        places = [at for at in range(len(lines) - size + 1) if stripped[at : at + size] == sought]
        if len(places) != 1:
            return anchor, text
        there = lines[places[0] : places[0] + size]
        own = leading(anchor.strip("\n"))
        moved = _moved(text.strip("\n"), own, leading(there[0]), there)
        return "\n".join(there), moved


def _moved(text: str, own: str, base: str, there: list[str]) -> str:
    """The text from the column `own` to the column `base`."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    if not first or own == base:
        return text
    if not leading(first).startswith(own):
        return rebased(text, base, there)
    return rebased(text, base + leading(first)[len(own) :], there)
