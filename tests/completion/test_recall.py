from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.completion.recall.confidence import SHOW, confidence
from emberline.completion.recall.index import LineIndex, Recall
from emberline.completion.recall.lines import collapse, tail_of
from emberline.completion.recall.table import WAYS, PlaceTable
from tests.completion.real_code import sources

OTHER = [
    "class A:",
    "    def close(self):",
    "        if self._connection is not None:",
    "            self._connection.close()",
    "            self._connection = None",
    "        self.closed = True",
]


def _index(**texts: list[str]) -> LineIndex:
    index = LineIndex()
    for source, lines in texts.items():
        index.add(source, lines)
    return index


def test_the_rest_of_a_line_is_recalled() -> None:
    recall = _index(other=OTHER).match("if self._connection is", [])
    assert recall is not None
    assert recall.text == " not None:"
    assert recall.matched == recall.typed == len("if self._connection is")
    assert (recall.votes, recall.dissent, recall.same_source) == (1, 0, False)


def test_depth_does_not_matter_but_steps_do() -> None:
    index = _index(other=OTHER)
    above = ["if self._connection is not None:"]
    deeper = index.match("    ", above)
    assert deeper is not None
    assert deeper.text == "self._connection.close()"
    level = index.match("", above)
    assert level is None


def test_lines_above_lengthen_the_match() -> None:
    lines = [
        "first = compute(alpha)",
        "result = compute(one)",
        "second = compute(beta)",
        "result = compute(two)",
    ]
    index = _index(other=lines)
    for above, text in (("first = compute(alpha)", "one)"), ("second = compute(beta)", "two)")):
        recall = index.match("result = compute(", [above])
        assert recall is not None
        assert recall.text == text
        assert recall.matched > recall.typed


def test_the_majority_decides_between_equal_matches() -> None:
    index = _index(
        a=["value = registry.lookup(name)"],
        b=["value = registry.lookup(key)"],
        c=["value = registry.lookup(name)"],
    )
    recall = index.match("value = registry.lookup(", [])
    assert recall is not None
    assert (recall.text, recall.votes, recall.dissent) == ("name)", 2, 1)


def test_the_same_source_decides_between_single_votes() -> None:
    index = _index(a=["value = registry.lookup(name)"], b=["value = registry.lookup(key)"])
    for source, text in (("a", "name)"), ("b", "key)")):
        recall = index.match("value = registry.lookup(", [], source=source)
        assert recall is not None
        assert (recall.text, recall.same_source) == (text, True)


def test_short_matches_are_none() -> None:
    index = _index(other=OTHER)
    assert index.match("self._con", [], min_chars=16) is None
    assert index.match("something else entirely(", [], min_chars=8) is None
    assert index.match("", []) is None


def test_a_line_that_is_over_predicts_nothing() -> None:
    assert _index(other=OTHER).match("            self._connection.close()", []) is None


def test_the_cursors_own_line_is_not_recalled() -> None:
    index = _index(other=OTHER)
    assert index.match("        self.closed = ", [], source="other", line=5, min_chars=8) is None
    index.add("copy", OTHER)
    recall = index.match("        self.closed = ", [], source="other", line=5, min_chars=8)
    assert recall is not None
    assert (recall.text, recall.votes, recall.same_source) == ("True", 1, False)


@pytest.mark.parametrize("place", [0, 31, 32, 33, 63, 64, 99])
def test_own_lines_are_told_from_others_across_blocks(place: int) -> None:
    lines = [f"{number * 7919:06} = some_function_call({number})" for number in range(100)]
    index = _index(a=lines)
    before = f"{place * 7919:06} = some_function_call("
    own = index.match(before, lines[max(0, place - 3) : place], source="a", line=place, min_chars=8)
    assert own is None or own.text != f"{place})"
    recall = index.match(before, [], source="b", line=place)
    assert recall is not None
    assert recall.text == f"{place})"


def test_matches_reach_back_over_block_borders() -> None:
    lines = [f"n{number * 7919:07}_name = {number}" for number in range(200)]
    index = _index(a=lines)
    for at in range(1, 200):
        recall = index.match("", [lines[at - 1]], min_chars=10)
        assert recall is not None
        assert recall.text == lines[at]


def test_an_edited_line_counts_once_the_cursor_has_left_it() -> None:
    index = _index(a=["x = 1", "", "y = 2"])
    index.replace("a", 1, 2, ["total = sum(len(part) for pa"])
    index.replace("a", 1, 2, ["total = sum(len(part) for part in parts)"])
    assert index.match("total = sum(len(part) ", []) is None
    index.replace("a", 2, 3, ["y = 3"])
    recall = index.match("total = sum(len(part) ", [])
    assert recall is not None
    assert recall.text == "for part in parts)"


def test_removed_text_is_forgotten() -> None:
    index = _index(other=OTHER)
    before = index.size
    index.add("a", ["value = registry.lookup(name)"])
    index.remove("a")
    assert index.match("value = registry.lookup(", []) is None
    assert index.size == before
    assert index.sources == {"other"}


def test_unknown_sources_are_ignored() -> None:
    index = LineIndex()
    index.replace("nowhere", 0, 1, ["x"])
    index.remove("nowhere")
    assert index.sources == frozenset()


def test_adding_stops_when_the_source_is_taken_away_meanwhile() -> None:
    index = LineIndex()
    steps = index.adding("a", [f"line number {number}" for number in range(500)])
    next(steps)
    index.remove("a")
    assert list(steps) == []
    assert index.sources == frozenset()


def test_memory_is_bounded_and_the_newest_text_stays() -> None:
    rng = random.Random(1)
    index = LineIndex(max_bytes=400_000)
    for number in range(60):
        index.add(str(number), [f"name_{rng.random()} = call_{rng.random()}()" for _ in range(400)])
        assert index.size <= 400_000
    assert "59" in index.sources
    assert "0" not in index.sources


def test_reserving_keeps_what_is_known() -> None:
    index = _index(other=OTHER)
    index.reserve(2_000_000)
    assert index.match("if self._connection is", []) is not None
    assert index.size <= 20_000_000


def test_odd_text_is_harmless() -> None:
    index = LineIndex()
    index.add("a", ["x" * 5000, "é" * 700, "\ud800 broken", "\x0e\x0f\r", "", "名前 = 関数を呼ぶ(引数)"])
    recall = index.match("名前 = 関数を呼ぶ(", [], min_chars=8)
    assert recall is not None
    assert recall.text == "引数)"
    assert index.match("x" * 300, []) is not None


lines_of_code = st.lists(
    st.sampled_from(["", "a = 1", "  call(b)", "\tdeep(er)", "    x = some_long_name", "é = 'ü'", "z" * 900]),
    max_size=60,
)


@given(st.data(), lines_of_code)
def test_edits_leave_what_a_fresh_index_would_hold(data: st.DataObject, lines: list[str]) -> None:
    index = LineIndex(max_bytes=2_000_000)
    index.add("a", lines)
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(lines)))
        stop = data.draw(st.integers(start, min(len(lines), start + 40)))
        new = data.draw(lines_of_code)
        lines = [*lines[:start], *new, *lines[stop:]]
        index.replace("a", start, stop, new)
    index.flush()
    fresh = LineIndex(max_bytes=2_000_000)
    fresh.add("a", lines)
    assert index.lines("a") == fresh.lines("a")


def test_real_code_is_recalled_where_it_stands_twice() -> None:
    text = sources()[0].split("\n")
    index = _index(a=text)
    rng = random.Random(3)
    asked = found = 0
    for at in rng.sample(range(5, len(text)), 300):
        line = text[at]
        if len(line.strip()) < 30:
            continue
        column = len(line) - 8
        asked += 1
        recall = index.match(line[:column], text[at - 5 : at], source="b")
        found += recall is not None and recall.text == line[column:].rstrip()
    assert found / asked > 0.97


def test_the_spelling_of_lines() -> None:
    assert collapse(["a", "  b", "", "  c", "d"]) == "\na\x0eb\nc\x0fd"
    assert tail_of("  c = ", ["a", "  b", ""]) == "\na\x0eb\nc = "


def test_the_table_forgets_the_oldest_first() -> None:
    table = PlaceTable(8)
    for place in range(1, WAYS + 4):
        table.add(5, place)
    assert table.places(5) == list(range(WAYS + 3, 3, -1))
    table.discard(5, WAYS + 3)
    assert table.places(5)[0] == WAYS + 2


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Recall("name)", 60, 1, 0, False, 20, "a.py"), Recall("name)", 20, 1, 0, False, 20, "a.py")),
        (Recall("name)", 30, 3, 0, False, 20, "a.py"), Recall("name)", 30, 1, 0, False, 20, "a.py")),
        (Recall("name)", 30, 1, 0, False, 20, "a.py"), Recall("name)", 30, 1, 3, False, 20, "a.py")),
        (Recall("name)", 30, 1, 0, True, 20, "a.py"), Recall("name)", 30, 1, 0, False, 20, "a.py")),
        (Recall("x)", 30, 1, 0, False, 20, "a.py"), Recall("x" * 60, 30, 1, 0, False, 20, "a.py")),
    ],
)
def test_confidence_orders_recalls(better: Recall, worse: Recall) -> None:
    assert 0 < confidence(worse) < confidence(better) < 1


def test_the_gate_lets_the_sure_through_and_stops_the_unsure() -> None:
    assert confidence(Recall("name)", 40, 2, 0, True, 20, "a.py")) > SHOW
    assert confidence(Recall("a long and winding rest of it", 17, 1, 4, False, 5, "a.py")) < SHOW
