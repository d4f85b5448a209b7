"""What of an accepted text still stands, by the document then and now."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emberline.completion.survival import Planted, surviving
from emberline.documents.text import Text

BEFORE = "import math\n\n\ndef area(radius):\n    return «math.pi * radius ** 2»\n\n\nprint(area(3))\n"


def planted(marked: str) -> Planted:
    """`«…»` marks what went in."""
    start, inside, after = marked.replace("»", "«").split("«")
    text = Text.of(start + inside + after)
    return Planted.at(text, Text.of(start).end, Text.of(start + inside).end)


CASES = {
    "untouched": (BEFORE, BEFORE, 1.0),
    "gone": (BEFORE, "import math\n\n\ndef area(radius):\n    \n\n\nprint(area(3))\n", 0.0),
    "its line gone": (BEFORE, "import math\n\n\ndef area(radius):\n\n\nprint(area(3))\n", 0.0),
    "the document emptied": (BEFORE, "", 0.0),
    "lines above it": (BEFORE, "# one\n# two\n" * 200 + BEFORE, 1.0),
    "lines above it gone": ("x = 1\n" * 300 + BEFORE, BEFORE, 1.0),
    "lines below it": (BEFORE, BEFORE + "# more\n" * 500, 1.0),
    "everything around it changed": (BEFORE, "a\nb\n\nc d\n    return math.pi * radius ** 2\ne\n", 1.0),
    "indented": (BEFORE, BEFORE.replace("    return", "        return"), 1.0),
    "something typed behind it": (BEFORE, BEFORE.replace("** 2", "** 2 + margin"), 1.0),
    "something typed before it": (BEFORE, BEFORE.replace("return", "answer ="), 1.0),
    "a name changed in it": (BEFORE, BEFORE.replace("radius **", "r **"), 11 / 17),
    "broken into lines": (BEFORE, BEFORE.replace("math.pi * ", "(\n        math.pi\n        * "), 1.0),
    "something else in its place": (BEFORE, BEFORE.replace("math.pi * radius ** 2", "compute(r)"), 0.0),
    "the rest of a word": ("fo«r name in names:»\n", "for name in names:\n", 1.0),
    "the rest of a word, changed": ("fo«r name in names:»\n", "for name in sorted(names):\n", 1.0),
    "a block of which half stands": (
        "def f():\n«    one = 1\n    two = 2\n»    return one\n",
        "def f():\n    one = 1\n    return one\n",
        0.5,
    ),
    "moved down in a long file": (
        "".join(f"line {number}\n" for number in range(3000)) + "«the end of it»\n",
        "".join(f"line {number}\n" for number in range(1000, 3000)) + "the end of it\n",
        1.0,
    ),
    "carriage returns": ("a = 1\r\n«b = 2\r\nc = 3»\r\n", "a = 1\nb = 2\nc = 3\n", 1.0),
    "nothing but spaces": ("a\n«  »\n", "", 1.0),
}


@pytest.mark.parametrize(("then", "now", "share"), CASES.values(), ids=CASES.keys())
def test_what_still_stands(then: str, now: str, share: float) -> None:
    assert surviving(planted(then), Text.of(now.replace("«", "").replace("»", ""))) == pytest.approx(share)


LINES = st.lists(st.text("ab (=)\t", max_size=12), max_size=30).map("\n".join)


@given(LINES, LINES, LINES, LINES, LINES)
@example("=\n=\n\n\n", "=", "\n=\n=", "", "")
def test_it_is_a_share_and_whatever_stands_where_it_was_stands(
    above: str, inside: str, below: str, more: str, other: str
) -> None:
    kept = planted(f"{above}\n«{inside}»\n{below}")
    assert 0.0 <= surviving(kept, Text.of(other)) <= 1.0
    assert surviving(kept, Text.of(f"{above}\n{inside}\n{below}")) == 1.0
    assert surviving(kept, Text.of(f"{above}\n{inside}\n{below}\n{more}")) == 1.0
