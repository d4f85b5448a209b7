"""What a question asks for, and in which order the passages answer it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.tasks.questions.findings import Findings
from emberline.tasks.questions.fulltext import FullText
from emberline.tasks.questions.library import Library, Setting
from emberline.tasks.questions.question import Choice, query
from emberline.tasks.questions.ranking import fused
from emberline.tasks.questions.reading import Reading, read
from emberline.tasks.questions.sieve import Sieve
from emberline.tasks.questions.synonyms import others


def named(findings: Findings) -> list[str]:
    return [f"{hit.name} {hit.passage.symbol}".strip() for hit in findings.hits]


def library(folder: Path, files: dict[str, str]) -> Library:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    made = Library(Setting((folder,)))
    made.refresh()
    return made


def reading(name: str, text: str) -> Reading:
    made = read(f"/w/{name}", name, text, None)
    assert made is not None
    return made


def words_of(question: str) -> list[str]:
    return [each.choices[0].words for each in query(question).wanted]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Where is the cache invalidated?", ["cache", "invalidated"]),
        ("What's the `Store.close` for", ["Store.close"]),
        ("How does readText work?", ["readText"]),
        ('Who says "out of memory" here?', ["out of memory"]),
        ("what is it and how does it do that", []),
        ("", []),
        ("Wie wird das Passwort geprüft?", ["wie", "wird", "das", "passwort", "geprüft"]),
    ],
)
def test_stop_words_are_left_out_and_names_and_quotations_kept_whole(question: str, words: list[str]) -> None:
    assert words_of(question) == words


def test_a_name_is_also_sought_by_its_words_with_less_weight() -> None:
    (wanted,) = query("what calls save_json_atomic?").wanted
    weights = {choice.words: choice.weight for choice in wanted.choices}
    assert weights["save_json_atomic"] == 1.0 and 0 < weights["atomic"] < 0.5


def test_synonyms_are_found_by_stems() -> None:
    assert "remove" in others("deleted") and "configuration" in others("settings")
    assert others("zebra") == () and others('"') == ()


@pytest.mark.parametrize(("form", "base"), [("added", "add"), ("found", "find"), ("send", "sent")])
def test_a_word_is_sought_in_forms_that_have_other_stems(form: str, base: str) -> None:
    (wanted,) = query(f"how are zebras {form}?").wanted[1:]
    assert base in [choice.words for choice in wanted.choices]


@given(st.text(st.characters(), max_size=60))
def test_no_question_breaks_the_index(question: str) -> None:
    texts = FullText()
    texts.put(reading("a.py", "def a():\n    pass\n"), "a.py")
    for wanted in query(question).wanted:
        for choice in wanted.choices:
            texts.matches(choice)
    texts.close()


STORE = {
    "src/store.py": """\
class Store:
    def readText(self, path):
        return path

    def shut(self):
        'Closes every session and forgets it.'
        self.sessions.clear()
""",
    "src/money.py": """\
def price_of(basket):
    'What a basket costs, discounts deducted.'
    return 3
""",
    "tests/test_money.py": """\
def test_the_price_of_a_basket_with_discounts():
    assert price_of(basket) == 3
""",
    "README.md": "# Shop\n\n## Install\n\npip install shop\n\n## Sessions\n\nOne a user.\n",
    "src/other.go": "package other\n\nfunc Weigh(basket Basket) int {\n\treturn 4\n}\n",
}


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("where is read_text?", "src/store.py Store"),
        ("where is readText defined", "src/store.py Store"),
        ("how are sessions closed?", "src/store.py Store"),
        ("how much does a basket cost?", "src/money.py price_of"),
        ("how do I install it?", "README.md Shop > Install"),
        ("who weighs a basket?", "src/other.go Weigh"),
        ("which test covers discounts?", "tests/test_money.py test_the_price_of_a_basket_with_discounts"),
    ],
)
def test_the_best_place_comes_first(tmp_path: Path, question: str, best: str) -> None:
    made = library(tmp_path, STORE)
    assert named(made.search(question, 5))[0] == best
    made.close()


def test_coverage_tells_what_is_there_from_what_is_not(tmp_path: Path) -> None:
    made = library(tmp_path, STORE)
    assert made.search("how are sessions closed?", 5).hits[0].coverage > 0.9
    nothing = made.search("how does the Kubernetes ingress route a basket?", 5)
    assert all(hit.coverage < 0.33 for hit in nothing.hits)
    assert made.search("zebra crossing", 5).hits == ()
    made.close()


def test_a_passage_keeps_its_place_and_text(tmp_path: Path) -> None:
    made = library(tmp_path, STORE)
    hit = made.search("basket costs discounts deducted", 1).hits[0]
    assert (hit.passage.first, hit.passage.last) == (1, 3)
    assert hit.text == STORE["src/money.py"].rstrip("\n")
    assert hit.path == str(tmp_path / "src/money.py")
    made.close()


def test_what_is_taken_out_is_found_no_more_and_leaves_nothing_behind() -> None:
    texts = FullText()
    one = reading("a.py", "def alpha():\n    return camelCase\n")
    texts.put(one, "a.py")
    texts.put(reading("b.py", "def beta():\n    pass\n"), "b.py")
    texts.put(reading("a.py", "def gamma():\n    pass\n"), "a.py")
    assert not texts.matches(Choice("alpha", 1.0)).scores and not texts.matches(Choice("camel", 1.0)).scores
    assert len(texts.matches(Choice("gamma", 1.0)).scores) == 1
    texts.remove("/w/a.py")
    texts.remove("/w/a.py")
    assert (texts.files, texts.passages) == (1, 1)
    assert not texts.matches(Choice("gamma", 1.0)).scores
    texts.close()


def test_reciprocal_ranks_bring_forward_what_both_rank_high() -> None:
    assert fused([[1, 2, 3, 4], [2, 1, 4, 3]])[:2] == [1, 2]
    assert fused([[1, 2, 3], [3, 2, 1]])[0] in (1, 3)
    assert fused([[5, 6]]) == [5, 6] and fused([]) == []


def kept(files: Iterable[tuple[str, str]], question: str, most: int) -> list[str]:
    sieve = Sieve(query(question))
    for path, text in files:
        sieve.drop(path, text)
    return sieve.kept(most)


def test_a_sieve_keeps_the_files_with_most_of_the_rare_words() -> None:
    files = [(f"f{n}.py", "session " * n) for n in range(1, 20)] + [("z.py", "sessions were closing")]
    assert kept(files, "how is a session closed?", 22) == ["z.py"]
    assert len(kept(files, "how is a session closed?", 10_000)) == 20
    assert kept(files, "zebra", 10_000) == []


def test_odd_texts_and_names_spoil_nothing(tmp_path: Path) -> None:
    if os.name == "posix":
        (tmp_path / os.fsdecode(b"bad\xff.py")).write_text("def session():\n    pass\n")
    (tmp_path / "half.py").write_bytes(b"def session():\n    '\xff'\n")
    (tmp_path / "minified.js").write_text("session();" * 2000)
    made = library(tmp_path, {"good.py": "def session():\n    pass\n"})
    good = str(tmp_path / "good.py")
    assert named(made.search("session \ud800", 5)) == ["good.py session"]
    made.open({good: "def session():\n    '\ud800 zebra'\n", str(tmp_path / "new.py"): "session " * 200_000})
    assert named(made.search("zebra session", 5)) == ["good.py session"]
    made.refresh()
    (tmp_path / ".emberlineignore").write_text("good.py\n")
    made.refresh()
    assert made.search("session", 5).hits == ()
    made.close()
