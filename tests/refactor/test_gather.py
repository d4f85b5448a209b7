"""What belongs to a refactoring, what of it is shown, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.refactor import forms, plan, prompt
from emberline.refactor.gather import gather
from emberline.refactor.types import Dossier, Excerpt, Source
from emberline.routing import estimate
from emberline.syntax.types import Span
from tests.refactor.known import ROOT, Known

SHOP = {
    "shop/store.py": "import shop.money as money\nfrom shop.log import note\n\n\nclass Store:\n"
    "    def close(self, hard):\n        note('closing')\n        return money.total(self, hard)\n",
    "shop/money.py": "def total(store, hard):\n    return 1\n\n\ndef other():\n    return 2\n",
    "shop/log.py": "def note(words):\n    print(words)\n",
    "shop/till.py": "from shop.store import Store\n\n\ndef end(store: Store):\n    store.close(True)\n",
    "shop/door.py": "class Door:\n    def close(self):\n        return 0\n",
    "shop/web.py": "def handle(store):\n    store.close(False)\n",
    "tests/test_store.py": (
        "from shop.store import Store\n\n\ndef test_close():\n    assert Store().close(1)\n"
    ),
    "README.md": "Call `close` at the end.\n",
    "shop/far.py": "x = 1\n",
}


def names(dossier: Dossier) -> dict[str, bool]:
    """The files and whether each may be edited."""
    return {each.source.name: each.editable for each in dossier.excerpts}


def tokens(excerpts: tuple[Excerpt, ...]) -> int:
    return sum(estimate.tokens(prompt.block(each)) for each in excerpts)


def shown(excerpt: Excerpt) -> str:
    return "".join(span.of(excerpt.source.text) for span in excerpt.spans)


def test_a_change_of_a_signature_takes_all_who_call_it() -> None:
    known = Known(SHOP)
    dossier = gather(
        known.assignment("change-signature", "shop/store.py", "Store.close", answer="without hard"),
        known,
        known.read,
        8_000,
    )
    assert names(dossier) == {
        "shop/store.py": True,
        "shop/till.py": True,
        "tests/test_store.py": True,
        "shop/money.py": False,
        "shop/log.py": False,
        "README.md": True,
        "shop/web.py": True,
    }
    whys = {each.source.name: each.why for each in dossier.excerpts}
    assert whys["shop/money.py"] == "defines total"
    assert whys["shop/till.py"] == "uses close"
    assert dossier.left_out == () and dossier.batches == ()


def test_one_region_alone_is_changed_with_what_it_uses_beside_it() -> None:
    known = Known(SHOP)
    dossier = gather(known.assignment("simplify", "shop/store.py", "Store.close"), known, known.read, 8_000)
    assert names(dossier) == {"shop/store.py": True, "shop/log.py": False, "shop/money.py": False}


def test_a_concept_is_renamed_wherever_it_is_mentioned() -> None:
    known = Known(SHOP)
    dossier = gather(
        known.assignment("rename-concept", "shop/store.py", "Store", answer="Shop"), known, known.read, 8_000
    )
    assert [name for name, editable in names(dossier).items() if editable] == [
        "shop/store.py",
        "shop/till.py",
        "tests/test_store.py",
    ]


def test_a_symbol_is_moved_with_its_new_home() -> None:
    known = Known(SHOP)
    for answer, is_there in (("shop/far.py", True), ("shop/new.py", False)):
        assignment = known.assignment("move-symbol", "shop/store.py", "Store", answer=answer)
        dossier = gather(assignment, known, known.read, 8_000)
        assert (answer in names(dossier)) is is_there
        assert dossier.left_out == ()


def test_what_declares_a_new_module_comes_too() -> None:
    known = Known({"src/lib.rs": "mod a;\n", "src/a.rs": "fn f() {}\n", "src/b.rs": "fn g() {}\n"})
    for action, answer in (("move-symbol", "src/c.rs"), ("split-file", "")):
        dossier = gather(known.assignment(action, "src/a.rs", "f", answer=answer), known, known.read, 4_000)
        assert names(dossier) == {"src/a.rs": True, "src/lib.rs": True}


def test_own_words_bring_the_files_and_symbols_that_they_name() -> None:
    known = Known(SHOP)
    words = "Let Store log to shop/far.py, as in handle() e.g. with /etc/passwd, and see secrets/.env"
    dossier = gather(known.assignment("own-words", "shop/log.py", answer=words), known, known.read, 8_000)
    found = names(dossier)
    assert found["shop/far.py"] and found["shop/web.py"] and found["shop/store.py"] and found["shop/till.py"]
    assert "shop/door.py" not in found
    assert dossier.left_out == (".env was left out: it may not be read by a model, or could not be read",)


def test_the_same_workspace_gives_the_same_dossier() -> None:
    one, other = Known(SHOP), Known(dict(reversed(SHOP.items())))
    found = [
        gather(
            each.assignment("change-signature", "shop/store.py", "Store.close", answer="x"),
            each,
            each.read,
            900,
        )
        for each in (one, other)
    ]
    assert found[0] == found[1]


# -- what may be sent ---------------------------------------------------------------------------------


def test_what_no_model_may_read_is_left_out_and_said() -> None:
    known = Known(SHOP, hidden=("shop/till.py", "shop/web.py", "shop/money.py"))
    assignment = known.assignment("change-signature", "shop/store.py", "Store.close", answer="x")
    dossier = gather(assignment, known, known.read, 8_000)
    assert not {"shop/till.py", "shop/web.py", "shop/money.py"} & set(names(dossier))
    assert dossier.left_out == (
        "2 files that mention close were left out (till.py, web.py): they may not be read by a model, or "
        "could not be read",
        "money.py, which defines total, was left out: it may not be read by a model, or could not be read",
    )


def test_stricter_files_stay_only_where_they_must_be_edited() -> None:
    known = Known(SHOP, strict=("shop/till.py", "shop/web.py", "shop/money.py"))
    assignment = known.assignment("change-signature", "shop/store.py", "Store.close", answer="x")
    dossier = gather(assignment, known, known.read, 8_000)
    assert "shop/till.py" in names(dossier)
    assert not {"shop/web.py", "shop/money.py"} & set(names(dossier))
    assert [line.partition(" (")[0] for line in dossier.left_out] == [
        "shop/money.py, which defines total, was left out: it may not travel as far as shop/store.py",
        "shop/web.py, which mentions close, was left out: it may not travel as far as shop/store.py",
    ]
    strict = Known(SHOP, strict=tuple(SHOP))
    assignment = strict.assignment("change-signature", "shop/store.py", "Store.close", answer="x")
    assert "shop/web.py" in names(gather(assignment, strict, strict.read, 8_000))


def test_an_index_that_is_still_reading_is_said() -> None:
    known = Known(SHOP)
    known.is_complete = False
    for action, is_said in (("change-signature", True), ("simplify", False)):
        assignment = known.assignment(action, "shop/store.py", "Store.close", answer="x")
        dossier = gather(assignment, known, known.read, 8_000)
        assert any("still being read" in line for line in dossier.left_out) is is_said


# -- what fits ----------------------------------------------------------------------------------------

LONG = "".join(f"def f{number}(a):\n    return a + {number}\n\n\n" for number in range(60))


def large(files: int) -> dict[str, str]:
    texts = {"store.py": f"import os\n\n\n{LONG}def close(a):\n    return f1(a)\n\n\n{LONG}"}
    for number in range(files):
        texts[f"user{number:02}.py"] = (
            f"from store import close\n\n\n{LONG}class User:\n    x = 1\n\n    def end(self):\n"
            f"        return close({number})\n\n\n{LONG}"
        )
    return texts


def test_of_long_files_the_parts_that_matter_are_shown() -> None:
    known = Known(large(2))
    assignment = known.assignment("change-signature", "store.py", "close", answer="close(a, b)")
    dossier = gather(assignment, known, known.read, 1_500)
    assert tokens(dossier.excerpts) <= 1_500 and not dossier.batches
    own, user = dossier.excerpts[0], dossier.excerpts[1]
    assert shown(
        own
    ) == "import os\n\n\ndef f1(a):\ndef close(a):\n    return f1(a)\n" or "def close" in shown(own)
    assert "class User:" in shown(user) and "        return close(0)\n" in shown(user)
    assert "f59" not in shown(user) and "from store import close\n" in shown(user)


def test_what_is_too_much_at_once_goes_in_batches_after_a_plan() -> None:
    known = Known(large(30))
    assignment = known.assignment("change-signature", "store.py", "close", answer="close(a, b)")
    dossier = gather(assignment, known, known.read, 1_500)
    assert len(dossier.batches) > 1
    assert sorted(index for batch in dossier.batches for index in batch) == list(range(31))
    for batch in dossier.batches:
        assert tokens(tuple(dossier.excerpts[index] for index in batch)) <= 1_500
    asked = plan.ask(assignment, dossier).messages[-1].content
    assert all(f"user{number:02}.py" in asked for number in range(30))
    steps = [{"file": f"user{number:02}.py", "what": "pass b"} for number in range(30)]
    made = plan.read({"summary": "close takes b.", "steps": steps}, dossier)
    batch = dossier.batches[1]
    said = forms.ask(assignment, dossier, batch, made).messages[-1].content
    inside = [dossier.excerpts[index].source.name for index in batch]
    assert all(f"File {name} " in said for name in inside)
    assert "close takes b." in said and "File store.py " not in said
    schema = forms.ask(assignment, dossier, batch, made).schema
    assert (
        schema is not None and schema["properties"]["edits"]["items"]["properties"]["file"]["enum"] == inside
    )


def test_a_file_that_has_to_change_and_fits_nowhere_is_said() -> None:
    texts = {
        "store.py": "def close(a):\n    return a\n",
        "user.py": "from store import close\n\n\ndef end():\n    return [\n"
        + "        close(1),\n" * 800
        + "    ]\n",
    }
    known = Known(texts)
    assignment = known.assignment("change-signature", "store.py", "close", answer="x")
    dossier = gather(assignment, known, known.read, 600)
    assert names(dossier) == {"store.py": True}
    assert dossier.left_out == ("user.py, which mentions close, was left out: it did not fit",)


def test_a_target_that_does_not_fit_goes_alone() -> None:
    known = Known({"a.py": "def f():\n" + "    x = 1\n" * 2_000})
    dossier = gather(known.assignment("simplify", "a.py", "f"), known, known.read, 100)
    assert names(dossier) == {"a.py": True}
    assert "    x = 1\n" * 2_000 in shown(dossier.excerpts[0])


def test_a_selection_is_always_shown_whole() -> None:
    known = Known({"a.py": f"{LONG}x = [\n    1,\n    2,\n]\n{LONG}"})
    assignment = known.assignment("own-words", "a.py", selected="x = [\n    1,\n    2,\n]", answer="sort it")
    (own,) = gather(assignment, known, known.read, 300).excerpts
    assert "x = [\n    1,\n    2,\n]\n" in shown(own) and len(shown(own)) < 500


@given(
    st.lists(
        st.sampled_from(("def f(a):", "    return a", "class A:", "x = f(1)", "", "\timport os", "}")),
        max_size=30,
    ),
    st.sampled_from(("\n", "\r\n", "\r")),
    st.integers(50, 600),
)
def test_what_is_shown_are_whole_lines_in_order(lines: list[str], end: str, room: int) -> None:
    text = end.join(("def g(b):", "    return f(b)", *lines))
    known = Known({"a.py": text, "b.py": f"from a import g{end}g(1)"})
    assignment = known.assignment("change-signature", "a.py", "g", answer="x")
    for excerpt in gather(assignment, known, known.read, room).excerpts:
        _whole_lines(excerpt.source, excerpt.spans)


def _whole_lines(source: Source, spans: tuple[Span, ...]) -> None:
    text = source.text
    assert spans
    last = 0
    for span in spans:
        assert last <= span.start <= span.end <= len(text)
        assert span.start == 0 or text[span.start - 1] in "\r\n"
        assert span.end == len(text) or text[span.end - 1] in "\r\n"
        assert text[span.start - 1 : span.start + 1] != "\r\n" or span.start == 0
        last = span.end


# -- tests --------------------------------------------------------------------------------------------

PLACES: tuple[tuple[Mapping[str, str], str, str, str], ...] = (
    # files, the code, its symbol, where tests go
    ({"shop/store.py": "def f(): pass\n"}, "shop/store.py", "f", "shop/tests/test_store.py"),
    (
        {"shop/store.py": "def f(): pass\n", "tests/test_other.py": "import pytest\n"},
        "shop/store.py",
        "f",
        "tests/test_store.py",
    ),
    (
        {"shop/store.py": "def f(): pass\n", "tests/log/test_other.py": "import pytest\n"},
        "shop/store.py",
        "f",
        "tests/shop/test_store.py",
    ),
    (
        {"shop/store.py": "def f(): pass\n", "tests/test_store.py": "import pytest\n"},
        "shop/store.py",
        "f",
        "tests/test_store.py",
    ),
    ({"a/b.go": "package b\n\nfunc F() {}\n"}, "a/b.go", "F", "a/b_test.go"),
    (
        {"src/main/java/a/B.java": "package a;\nclass B { void f() {} }\n"},
        "src/main/java/a/B.java",
        "B.f",
        "src/test/java/a/BTest.java",
    ),
    ({"src/a.ts": "export function f() {}\n"}, "src/a.ts", "f", "src/a.test.ts"),
    (
        {"src/a.ts": "export function f() {}\n", "src/b.spec.ts": "describe('b', () => {})\n"},
        "src/a.ts",
        "f",
        "src/a.spec.ts",
    ),
    (
        {"src/a.js": "export function f() {}\n", "src/__tests__/b.test.js": "test('b', () => {})\n"},
        "src/a.js",
        "f",
        "src/__tests__/a.test.js",
    ),
    ({"src/a.rs": "fn f() {}\n"}, "src/a.rs", "f", "src/a.rs"),
)


@pytest.mark.parametrize(
    ("texts", "file", "symbol", "where"), PLACES, ids=lambda each: each if isinstance(each, str) else ""
)
def test_where_tests_go(texts: Mapping[str, str], file: str, symbol: str, where: str) -> None:
    known = Known(texts)
    dossier = gather(known.assignment("tests", file, symbol), known, known.read, 4_000)
    assert dossier.destination == where
    assert (where in names(dossier)) is (where in texts)
    if where in texts:
        assert names(dossier)[where]


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    """A file of that name may be there and hold no test, or not be known to the index."""
    texts = {"shop/store.py": "def f(): pass\n"}
    known = Known(texts)
    there = {"shop/tests/test_store.py", "shop/tests/test_store_f.py"}

    def read(path: object) -> Source | None:
        name = str(path).removeprefix(f"{ROOT}/")
        return known.source("shop/store.py") if name in there | set(texts) else None

    dossier = gather(known.assignment("tests", "shop/store.py", "f"), known, read, 4_000)
    assert dossier.destination == "shop/tests/test_store_2.py"
