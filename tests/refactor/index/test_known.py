"""Layers, packed outlines, and that no history leaves a trace."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from emberline.refactor.index.known import Known
from emberline.refactor.index.packed import (
    pack_definitions,
    pack_imports,
    unpack_definitions,
    unpack_imports,
)
from emberline.refactor.index.view import View
from emberline.syntax.outline import outline
from tests.refactor.index.made import ROOT, known_of, names, put
from tests.syntax.samples import DEFINED

WORDS = ("store", "count", "Shelf", "LIMIT", "door", "missing", "größe")
NAMES = ("a.py", "b.py", "pkg/__init__.py", "pkg/c.py", "d.ts", "pkg/e.ts", "notes.md", "m/f.go", "go.mod")


def test_what_is_packed_comes_out_as_it_was() -> None:
    for language_id, (text, _) in DEFINED.items():
        found = outline(text, language_id)
        assert found is not None
        assert tuple(unpack_definitions(pack_definitions(found.definitions))) == found.definitions
        assert unpack_imports(pack_imports(found.imports)) == found.imports
        for name in {each.name for each in found.definitions}:
            expected = [each for each in found.definitions if each.name == name]
            assert list(unpack_definitions(pack_definitions(found.definitions), name)) == expected


def test_outlines_and_definitions_are_as_syntax_tells_them() -> None:
    text = "class Store:\n    def open(self): ...\n\n\ndef open(): ...\n"
    known = known_of({"a.py": text, "b.py": "open = 1\n", "c.md": "open"})
    assert known.outline(ROOT / "a.py") == outline(text, "python")
    assert known.outline(ROOT / "c.md") is None and known.outline(ROOT / "no.py") is None
    found = known.definitions("open")
    assert [(*names((each.path,)), each.definition.qualified) for each in found] == [
        ("a.py", "Store.open"),
        ("a.py", "open"),
        ("b.py", "open"),
    ]
    assert known.definitions("nothing") == ()
    assert known.files == 3


def test_a_name_is_mentioned_where_all_its_words_stand() -> None:
    known = known_of({"a.ts": "$store.open", "b.md": "a store", "c.txt": "opened", "d.css": ".store { }"})
    assert names(known.mentions("store")) == ["a.ts", "b.md", "d.css"]
    assert names(known.mentions("$store")) == ["a.ts", "b.md", "d.css"]
    assert names(known.mentions("store-open")) == ["a.ts"]
    assert known.mentions("") == () and known.mentions("+") == ()


def answers(view: View) -> object:
    """Everything that can be asked of a small workspace."""
    paths = [ROOT / name for name in NAMES]
    return (
        view.files,
        [(word, view.definitions(word), view.mentions(word)) for word in WORDS],
        [(path, view.outline(path), view.importers(path)) for path in paths],
        [(path, word, view.importers(path, word)) for path in paths for word in WORDS],
    )


LINES = st.sampled_from(
    [
        f"from {module} import {name}"
        for module in (".", ".c", "pkg", "pkg.c", "a", "b")
        for name in ("count", "*")
    ]
    + [
        "import a",
        "import pkg.c",
        "import {count} from './pkg/e'",
        "export * from './d'",
        "module x",
        "package m",
    ]
    + [
        "def count(): ...",
        "class Shelf: ...",
        "LIMIT = 3",
        "store.count(door)",
        "größe = 1",
        "func count() {}",
    ]
)
TEXTS = st.lists(LINES, max_size=5).map("\n".join)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.dictionaries(st.sampled_from(NAMES), TEXTS, min_size=1, max_size=3)),
        st.tuples(st.just("remove"), st.sampled_from((*NAMES, "pkg", "m"))),
        st.tuples(st.just("tidy"), st.integers(0, 3)),
    ),
    max_size=12,
)


@settings(max_examples=150)
@given(EVENTS)
def test_after_any_history_the_index_is_as_one_built_anew(events: list[tuple[str, object]]) -> None:
    known, files = Known((ROOT,)), dict[str, str]()
    for event, what in events:
        match event, what:
            case "put", dict():
                put(known, what)
                files |= what
            case "remove", str():
                known.remove(str(ROOT / what))
                gone = [name for name in files if name == what or name.startswith(f"{what}/")]
                for name in gone:
                    del files[name]
            case "tidy", int():
                for _ in known.tidying(what):
                    pass
    assert answers(known) == answers(known_of(files))


def test_layers_are_merged_while_files_change() -> None:
    rng = random.Random(3)
    known, files = Known((ROOT,)), dict[str, str]()
    tidying = known.tidying(2)
    for number in range(400):
        name = rng.choice(NAMES)
        files[name] = f"def {rng.choice(WORDS)}(): {rng.choice(WORDS)}({number})\n"
        put(known, {name: files[name]})
        if next(tidying, tidying) is tidying:  # at its end
            tidying = known.tidying(2)
    for _ in known.tidying(2):
        pass
    assert known.layers <= 3
    assert answers(known) == answers(known_of(files))


def test_a_batch_of_very_many_words_is_merged_in_order() -> None:
    known = Known((ROOT,))
    for number in range(4):
        put(known, {f"f{number}.txt": " ".join(f"w{word}" for word in range(number, 9_000, number + 1))})
    for _ in known.tidying(0):
        pass
    assert known.layers == 1
    for word in range(0, 9_000, 611):
        expected = [f"f{n}.txt" for n in range(4) if word >= n and (word - n) % (n + 1) == 0]
        assert names(known.mentions(f"w{word}")) == expected


def test_a_path_below_a_folder_goes_with_it() -> None:
    known = known_of({"a/b/c.py": "x = 1", "a/d.py": "x = 1", "ab/e.py": "x = 1"})
    known.remove(str(ROOT / "a"))
    assert [each.path for each in known.definitions("x")] == [Path(ROOT / "ab/e.py")]
