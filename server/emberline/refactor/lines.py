"""Lines and their ends: `\\n`, `\\r\\n` and `\\r`, as the Language Server Protocol has them."""

from __future__ import annotations

import io
import re
from bisect import bisect_left
from collections import Counter

from emberline.documents.text import normalised

_END = re.compile(r"\r\n|\r|\n")
BOM = "\ufeff"


def split(text: str) -> list[str]:
    """The lines with their ends; no empty one behind the last end."""
    return io.StringIO(text, newline="").readlines()


def ends(text: str) -> Counter[str]:
    """How often each line end stands there."""
    return Counter(_END.findall(text))


def end_of(text: str, otherwise: str = "\n") -> str:
    """The line end that most lines have; `otherwise` where there is none."""
    return max(found, key=found.__getitem__) if (found := ends(text)) else otherwise


def with_ends(text: str, end: str) -> str:
    """The text with this line end throughout."""
    text = normalised(text)
    return text if end == "\n" else text.replace("\n", end)


def line_at(text: str, offset: int) -> int:
    """The number of the line that `offset` lies in, from 1."""
    return len(_END.findall(text, 0, offset)) + 1 - (text[offset - 1 : offset + 1] == "\r\n")


class Plain:
    """A text with `\\n` for every line end, and the way back to where things stand in the text itself."""

    def __init__(self, text: str) -> None:
        self.text = normalised(text)
        self._pairs = [found.start() - index for index, found in enumerate(re.finditer("\r\n", text))]
        """Where, in the plain text, a line ends with two characters."""

    def back(self, offset: int) -> int:
        """The offset in the text itself."""
        return offset + bisect_left(self._pairs, offset)

    def places(self, sought: str) -> list[int]:
        """Where it stands in the plain text, overlapping ones too."""
        found, at = [], self.text.find(sought)
        while at >= 0:
            found.append(at)
            at = self.text.find(sought, at + 1)
        return found
