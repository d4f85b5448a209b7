"""Summaries of documents and folders, with a scripted model."""

from __future__ import annotations

from pathlib import Path

import pytest

from emberline.errors import UserError
from emberline.tasks.documents import summary
from emberline.tasks.documents.cards import card, first_sentence, headings, paragraphs
from emberline.tasks.documents.faithful import kept, share
from emberline.tasks.documents.parts import divided
from emberline.tasks.documents.plain import counted
from emberline.tasks.types import Nobody
from tests.tasks.scripted_router import Heard, Scripted, as_router

README = """\
# Shop

[![build](https://a/b.svg)](https://a)

A small shop that sells [books](https://b). It has a till.

## Use

Run `shop --open` in a shell.

```
# not a heading
```
"""


@pytest.mark.parametrize(
    ("path", "text", "words", "names"),
    [
        (
            "a.py",
            '#!/usr/bin/python\n# Copyright\n"""Keeps books. M."""\n\nclass Shelf: pass\ndef _x(): pass\n',
            "Keeps books.",
            ("Shelf",),
        ),
        ("a.py", "# Keeps books.\nimport os\n\ndef _only(): pass\n", "Keeps books.", ("_only",)),
        ("a.py", "import os\n", "", ()),
        (
            "a.js",
            "// eslint-disable\n/* Copyright */\n/** Sells books.\n * M. */\nexport function sell() {}\n",
            "Sells books.",
            ("sell",),
        ),
        (
            "a.go",
            "// Package a sells books.\npackage a\n\nfunc Sell() {}\n",
            "Package a sells books.",
            ("Sell",),
        ),
        ("a.rs", "//! Sells books.\n\npub fn sell() {}\n", "Sells books.", ("sell",)),
        ("a.sh", "#!/bin/sh\n# Sells books\necho\n", "Sells books", ()),
        ("a.css", "/* Colours of the shop. */\nbody {}\n", "Colours of the shop.", ()),
        ("README.md", README, "A small shop that sells books.", ("Use",)),
        ("a.md", "# Only a title\n", "Only a title", ()),
        ("package.json", '{"name": "a", "description": "Sells books"}', "Sells books", ()),
        ("package.json", "{broken", "", ()),
        ("pyproject.toml", '[project]\ndescription = "Sells books"\n', "Sells books", ()),
        ("a.txt", "Minutes of a meeting.\nMore.\n\nSecond.\n", "Minutes of a meeting.", ()),
        ("data.json", '{"a": 1}', "", ()),
        ("a.py", f'"""{"long words " * 60}"""\n', ("long words " * 18).rstrip() + "…", ()),
    ],
)
def test_what_a_file_says_of_itself(path: str, text: str, words: str, names: tuple[str, ...]) -> None:
    found = card(path, text)
    assert (found.words, found.names) == (words, names)


def test_prose_of_markdown() -> None:
    assert paragraphs(README) == [
        "A small shop that sells books. It has a till.",
        "Run `shop --open` in a shell.",
    ]
    assert headings(README) == ["Shop", "Use"]
    assert first_sentence("One thing. Two.") == "One thing."
    assert first_sentence("e.g. it ends without one") == "e.g. it ends without one"


@pytest.mark.parametrize(
    ("paths", "folders"),
    [
        (["a.py", "b/x.py", "c/y.py"], ["", "b", "c"]),
        (["s/app/a/x.py", "s/app/b/y.py", "s/app/c/z.py"], ["s/app/a", "s/app/b", "s/app/c"]),
        (
            ["src/big/a/1.py", "src/big/b/2.py", "src/big/3.py", "docs/x.md"],
            ["docs", "src/big", "src/big/a", "src/big/b"],
        ),
        (["a.py"], [""]),
        (["only/a.py", "only/b.py"], ["only"]),
        ([f"{n}/a.py" for n in range(40)], []),
    ],
)
def test_parts_of_a_folder(paths: list[str], folders: list[str]) -> None:
    parts = divided([card(path, "x = 1\n") for path in paths])
    assert sum(len(each.cards) for each in parts) == len(paths)
    if len(paths) < 40:
        assert [each.folder for each in parts] == folders
    else:
        assert len(parts) == 24


EVIDENCE = "The shop opens at 9. `Store.close` shuts it in 2026; see README.md and 1,200 books."


@pytest.mark.parametrize(
    ("told", "stays", "dropped"),
    [
        ("The shop opens at 9.", "The shop opens at 9.", 0),
        ("It opens. Call Shop.open for that. It shuts.", "It opens. It shuts.", 1),
        ("It holds 1,200 books. It holds 3,400 books.", "It holds 1,200 books.", 1),
        ("Here is a summary of the text:\n\nIt opens.", "It opens.", 0),
        ("```markdown\nIt opens.\n```", "It opens.", 0),
        (
            "## Summary\n\nIt opens.\n\n- It opens.\n- Store.close shuts it.",
            "It opens.\n\n- Store.close shuts it.",
            0,
        ),
        ("* It opens.\n* It opens.\n* It shuts.", "- It opens.\n- It shuts.", 0),
        ("1. It opens.\n2. It shuts.", "1. It opens.\n2. It shuts.", 0),
        ("", "", 0),
    ],
)
def test_what_may_stand_of_a_models_words(told: str, stays: str, dropped: int) -> None:
    assert kept(told, EVIDENCE) == (stays, dropped)


def test_a_sentence_that_was_cut_off_goes() -> None:
    assert kept("It opens. And then it", EVIDENCE, is_cut=True)[0] == "It opens."
    assert kept("It opens. And it shuts.", EVIDENCE, is_cut=True)[0] == "It opens. And it shuts."


async def run(router: Scripted, *paths: Path) -> tuple[str, tuple[str, ...]]:
    product = await summary(as_router(router), paths, Nobody())
    return product.text, product.notes


GOOD = "The shop sells books and has a till, as this says.\n\n- It sells books.\n- Run shop --open."


async def test_a_document(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(README)
    router = Scripted([GOOD], folder=tmp_path)
    text, notes = await run(router, path)
    assert text == GOOD
    assert notes == ("Computed by small-model on this machine: it is routine work.",)
    assert README.strip() in router.asked[0].messages[1].content


async def test_what_the_model_makes_up_goes_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(README)
    text, notes = await run(Scripted([GOOD + "\n- Since 1987 it runs Shop.pay."], folder=tmp_path), path)
    assert text == GOOD
    assert notes[-1] == "1 sentence of the model's said what the text does not hold, and went."
    text, notes = await run(Scripted(["Call Shop.pay."], folder=tmp_path), path)
    assert text.startswith("A small shop that sells books.")
    assert "did not hold" in notes[-1]


async def test_without_a_model_a_text_speaks_for_itself(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "a.py").write_text('"""Keeps books."""\n\n\nclass Shelf:\n    pass\n')
    text, notes = await run(Scripted(refusal="no model is there", folder=tmp_path), tmp_path / "README.md")
    assert text == "A small shop that sells books.\n\n- Run `shop --open` in a shell."
    assert notes == ("No model was asked. These are the text's own words: no model is there.",)
    both = (tmp_path / "README.md", tmp_path / "a.py")
    text, _ = await run(Scripted(refusal="no", folder=tmp_path), *both)
    assert "**a.py**\n\nKeeps books.\n\n- Shelf" in text


async def test_several_documents_are_one_summary(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"Minutes of {name}. It was decided to sell books.\n")
    router = Scripted(["It was decided to sell books, as both minutes say."], folder=tmp_path)
    text, _ = await run(router, tmp_path / "a.txt", tmp_path / "b.txt")
    assert text.startswith("It was decided")
    assert "=== a.txt ===" in router.asked[0].messages[1].content


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (".env", b"TOKEN=1", "no model may read"),
        ("a.bin", b"a\0b", "is not UTF-8 text"),
        ("a.txt", b"caf\xe9", "is not UTF-8 text"),
        ("empty.txt", b"\n", "nothing in it to summarize"),
        ("hidden.txt", b"words", "no model may read"),
    ],
)
async def test_what_cannot_be_read_is_an_error(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / ".emberlineignore").write_text("hidden.txt\n")
    (tmp_path / name).write_bytes(content)
    router = Scripted(folder=tmp_path)
    with pytest.raises(UserError, match=said):
        await run(router, tmp_path / name)
    assert router.asked == []


async def test_files_or_one_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    with pytest.raises(UserError, match="either files or one folder"):
        await run(Scripted(folder=tmp_path), tmp_path, tmp_path / "a.txt")
    (tmp_path / "none").mkdir()
    with pytest.raises(UserError, match="holds no text"):
        await run(Scripted(folder=tmp_path), tmp_path / "none")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    files = {
        "README.md": README,
        "shop/__init__.py": '"""Sells books over a counter."""\n',
        "shop/till.py": '"""Counts money."""\n\n\nclass Till:\n    pass\n',
        "store/shelf.py": "class Shelf:\n    pass\n\n\ndef fill(shelf): pass\n",
        "store/cellar.py": "def descend(): pass\n",
        "tests/test_till.py": "def test_till(): pass\n",
        "private/plan.md": "# Take over\n",
        ".emberlineignore": "private/\n",
        "node_modules/x.js": "export function x() {}\n",
    }
    for name, text in files.items():
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "work"


OVERVIEW = "The shop sells books: shop/ counts money at a till, and store/ keeps what is sold."


async def test_a_folder(shop: Path) -> None:
    lines = "store/: keeps books on shelves and in a cellar\n- **tests/**: checks Shop.pay\nother: nothing"
    router, heard = Scripted([lines, OVERVIEW], folder=shop), Heard()
    product = await summary(as_router(router), [shop], heard)
    text = product.text
    assert text.startswith(f"# work\n\n{OVERVIEW}\n\n6 files, ")
    assert "- **shop/** (2 files): Sells books over a counter." in text
    assert "- **store/** (2 files): Keeps books on shelves and in a cellar" in text
    assert "- **tests/** (1 file): defines test_till" in text  # what the model said of it does not hold
    assert "  - `till.py`: Counts money; defines Till" in text
    assert "plan" not in text and "node_modules" not in text
    assert all("Take over" not in message.content for chat in router.asked for message in chat.messages)
    assert "shop/: Sells" not in router.asked[0].messages[1].content  # it says so itself
    assert "shop/: Sells books over a counter." in router.asked[1].messages[1].content
    assert product.notes[0] == "Computed by small-model on this machine: it is routine work."
    assert heard.steps[0] == "reading the files"


async def test_an_overview_knows_the_project_around_it_and_says_no_more(shop: Path) -> None:
    made_up = "It is a framework for building scalable applications in browsers. "
    router = Scripted(["", made_up + "It sells books and keeps a shelf."], folder=shop)
    product = await summary(as_router(router), [shop / "store"], Nobody())
    assert "A small shop that sells books." in router.asked[-1].messages[1].content
    assert product.text.startswith("# store\n\nIt sells books and keeps a shelf.\n")


@pytest.mark.parametrize(
    ("sentence", "low", "high"),
    [
        ("The shop sells books over a counter.", 1.0, 1.0),
        ("Shops selling booklets have counters.", 0.7, 1.0),
        ("A framework for scalable applications in browsers.", 0.0, 0.1),
        ("It does.", 1.0, 1.0),
    ],
)
def test_the_share_of_a_sentence_that_a_text_has(sentence: str, low: float, high: float) -> None:
    assert low <= share(sentence, "the shop sells books over a counter.") <= high


async def test_a_folder_without_a_model(shop: Path) -> None:
    text, notes = await run(Scripted(refusal="no model is there", folder=shop), shop)
    assert text.startswith("# work\n\n6 files, ")
    assert "- **store/** (2 files): defines descend, Shelf, fill" in text
    assert notes[0].endswith("no model is there.")


async def test_a_large_folder_is_read_in_parts(tmp_path: Path) -> None:
    for folder in range(20):
        for number in range(12):
            path = tmp_path / f"part{folder}" / f"file{number}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(f"def function_{folder}_{number}_{n}(): pass\n" for n in range(9)))
    router = Scripted(lambda chat: "part3: does a third thing here", room=2500, folder=tmp_path)
    product = await summary(as_router(router), [tmp_path], Nobody())
    assert product.parts > 3
    assert "- **part3/** (12 files): Does a third thing here" in product.text
    assert "  - and 4 more" in product.text
    assert f"in {product.parts} parts" in product.notes[0]


def test_figures_of_a_folder() -> None:
    cards = [card("a.py", "x\n" * 1200), card("b.md", "# x\n")]
    assert counted(cards) == "2 files, 1 201 lines: python 1, markdown 1."
