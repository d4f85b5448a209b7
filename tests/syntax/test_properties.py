"""Whatever the text: spans lie in it and nest, and every offset is one of code points."""

from hypothesis import given, settings
from hypothesis import strategies as st

from emberline.syntax.mistakes import mistakes
from emberline.syntax.occurrences import occurrences
from emberline.syntax.outline import outline
from emberline.syntax.prose import comments, strings
from emberline.syntax.tree import parse
from emberline.syntax.types import Span
from tests.syntax.samples import DEFINED

SIGNS = ["", "\n", "\r\n", "\r", " ", "\t", *"(){}\"'`#:;=@é🎈\ufeff\u2028\x00", "//", "/*", "*/"]
STARTS = ["def f", "class A", "fn x", "func y", "import a", "export "]
PIECES = st.sampled_from(SIGNS + STARTS)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES | st.text(max_size=4)), max_size=6)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """A program after some random edits, and its language."""
    language_id = draw(st.sampled_from(sorted(DEFINED)))
    text = DEFINED[language_id][0]
    for share, length, new in draw(EDITS):
        start = int(share * len(text))
        text = text[:start] + new + text[start + length :]
    return text, language_id


@settings(max_examples=200)
@given(edited())
def test_an_outlines_spans_lie_in_the_text_and_nest(case: tuple[str, str]) -> None:
    text, language_id = case
    found = outline(text, language_id)
    assert found is not None
    everything = Span(0, len(text))
    for each in found.definitions:
        assert everything.holds(each.span)
        assert each.span.holds(each.core)
        assert each.core.holds(each.name_span)
        assert each.core.holds(each.header)
        assert each.body is None or each.core.holds(each.body)
        assert each.body is None or each.header.end <= each.body.end
        assert each.name_span.of(text) == each.name
    cores = [each.core for each in found.definitions]
    for index, one in enumerate(cores):
        for other in cores[index + 1 :]:
            apart = one.end <= other.start or other.end <= one.start
            assert apart or one.holds(other) or other.holds(one)
    assert all(everything.holds(each.span) for each in found.imports)


@settings(max_examples=100)
@given(edited(), st.sampled_from(("Keeper", "names", "a", "é", "self", "draw")))
def test_all_other_spans_lie_in_the_text_in_order(case: tuple[str, str], name: str) -> None:
    text, language_id = case
    for found in (comments(text, language_id), strings(text, language_id), mistakes(text, language_id)):
        assert all(0 <= span.start <= span.end <= len(text) for span in found)
        assert [span.start for span in found] == sorted(span.start for span in found)
    assert all(span.of(text) == name for span in occurrences(text, language_id, name))


@settings(max_examples=200)
@given(st.text())
def test_bytes_and_code_points_translate_both_ways(text: str) -> None:
    tree = parse(text, "python")
    assert tree is not None
    for offset in range(len(text) + 1):
        byte = tree.byte(offset)
        assert tree.offset(byte) == offset
        assert byte == len(text[:offset].encode("utf-8", "replace"))
