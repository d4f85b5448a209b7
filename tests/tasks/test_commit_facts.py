from __future__ import annotations

from typing import Any

import pytest

from emberline.tasks.commit import plain
from emberline.tasks.commit.checking import complaints, names_in
from emberline.tasks.commit.facts import Deed, FileFacts, Remark, Symbol, Version, remark, symbols, versions
from emberline.tasks.commit.prompt import shared
from emberline.tasks.commit.reading import Reading, by_content, by_name
from emberline.tasks.commit.verbs import Mood

BEFORE = """\
class Store:
    def close(self, force):
        return force

    def read(self):
        return 1


def shut(store):
    return store.close(True)
"""


def told(found: tuple[Symbol, ...]) -> list[str]:
    return [
        " ".join(
            (
                each.deed.value,
                each.name,
                *filter(None, (each.new_name,)),
                *(f"+{g}" for g in each.gained),
                *(f"-{x}" for x in each.lost),
            )
        )
        for each in found
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "force):\n        return force",
            "force, retry=3):\n        return force",
            ["change Store.close +retry"],
        ),
        ("(self, force)", "(self)", ["change Store.close -force"]),
        ("return 1", "return 2", ["change Store.read"]),
        ("def shut(store):\n    return store.close(True)\n", "", ["remove shut"]),
        ("def shut(", "def close_all(", ["rename shut close_all"]),
        ("    def read(self):\n        return 1\n", "", ["remove Store.read"]),
        ("\n\ndef shut", "\n\ndef more():\n    pass\n\n\ndef shut", ["add more"]),
        ("class Store:", "class Store:\n    size = 3\n", ["add Store.size"]),
        ("class Store:", "class Store(Base):", ["change Store.close", "change Store.read"]),
        (BEFORE, "", ["remove Store", "remove shut"]),
        ("return 1", "return 1", []),
    ],
)
def test_definitions(old: str, new: str, expected: list[str]) -> None:
    after = BEFORE.replace(old, new)
    if "Base" in new:  # its own header says it best
        expected = ["change Store"]
    assert told(symbols("store.py", "store.py", BEFORE, after)) == expected


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        (
            "a.ts",
            "export function f(a: string) { return a }\n",
            "export function f(a: string, b?: number) { return a }\n",
            ["change f +b"],
        ),
        (
            "a.go",
            "package a\n\nfunc F(n int) int { return n }\n",
            "package a\n\nfunc F(n int, m int) int { return n }\n",
            ["change F +m"],
        ),
        (
            "A.java",
            "class A { int f(int n) { return n; } }\n",
            "class A { int f(int n, String to) { return n; } }\n",
            ["change A.f +to"],
        ),
        ("a.rs", "fn f(n: i32) -> i32 { n }\n", "fn f(n: i32, m: i32) -> i32 { n }\n", ["change f +m"]),
        ("a.md", "# A\n\nx\n\n## B\n\ny\n", "# A\n\nx\n\n## B\n\nz\n\n## C\n\nnew\n", ["change B", "add C"]),
        ("a.md", "# A\n\n```\n# no heading\n```\n", "# A\n\n```\n# none\n```\n", ["change A"]),
        ("a.unknown", "x\n", "y\n", []),
    ],
)
def test_other_languages(path: str, before: str, after: str, expected: list[str]) -> None:
    assert told(symbols(path, path, before, after)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\nb\n", "a\r\nb\r\n", Remark.LINE_ENDS),
        ("a\nb", "a\nb\n", Remark.LINE_ENDS),
        ("f(a,b)\n", "f(a,b)\n\n\n", Remark.LINE_ENDS),
        ("f( a )\nx\n", "f(  a  )\nx\n", Remark.LAYOUT),
        ("if a:\n    b\n", "if a:\nb\n", Remark.NONE),
        ("a\n", "b\n", Remark.NONE),
        ("a\n", "a\n", Remark.NONE),
    ],
)
def test_layout_alone(before: str, after: str, expected: Remark) -> None:
    assert remark(before, after) is expected


@pytest.mark.parametrize(
    ("path", "patch", "expected"),
    [
        (
            "package.json",
            '-    "left-pad": "^1.2.3",\n+    "left-pad": "^1.3.0",',
            [("left-pad", "1.2.3", "1.3.0")],
        ),
        ("requirements.txt", "-httpx==0.27.0\n+httpx==0.28.1", [("httpx", "0.27.0", "0.28.1")]),
        ("pyproject.toml", '-    "rich>=13.1",\n+    "rich>=14.0",', [("rich", "13.1", "14.0")]),
        (
            "Cargo.toml",
            '-serde = { version = "1.0.1" }\n+serde = { version = "1.0.2" }',
            [("serde", "1.0.1", "1.0.2")],
        ),
        (
            "go.mod",
            "-\tgithub.com/a/b v1.2.0\n+\tgithub.com/a/b v1.3.0",
            [("github.com/a/b", "v1.2.0", "v1.3.0")],
        ),
        ("notes.txt", "-httpx==0.27.0\n+httpx==0.28.1", []),
        ("package.json", '+    "new": "^1.0.0",', []),
    ],
)
def test_versions(path: str, patch: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(each.name, each.old, each.new) for each in versions(path, patch)] == expected


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("uv.lock", b"", Reading.LOCK),
        ("a/package-lock.json", b"{}", Reading.LOCK),
        ("app.min.js", b"x", Reading.GENERATED),
        ("vendor/a/b.go", b"x", Reading.GENERATED),
        ("api_pb2.py", b"x", Reading.GENERATED),
        ("a.go", b"// Code generated by stringer. DO NOT EDIT.\npackage a\n", Reading.GENERATED),
        ("a.js", b"x" * 5000, Reading.MINIFIED),
        ("a.txt", b"x" * 5000, Reading.WHOLE),
        ("a.bin", b"a\0b", Reading.BINARY),
        ("big.psd", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", Reading.STORED_ELSEWHERE),
        ("src/a.py", b"x = 1\n", Reading.WHOLE),
    ],
)
def test_what_is_read(path: str, content: bytes, expected: Reading) -> None:
    found = by_name(path)
    assert (by_content(path, content) if found is Reading.WHOLE else found) is expected


def file(path: str = "src/store.py", deed: Deed = Deed.CHANGED, **more: Any) -> FileFacts:
    old = more.pop("old_path", path)
    numbers = {"added": 5, "deleted": 2} | {key: more.pop(key) for key in ("added", "deleted") if key in more}
    return FileFacts(path, old, deed, more.pop("reading", Reading.WHOLE), **numbers, **more)


def changed(name: str, **more: Any) -> Symbol:
    return Symbol(more.pop("deed", Deed.CHANGED), name, more.pop("sort", "function"), **more)


@pytest.mark.parametrize(
    ("facts", "subject"),
    [
        ([file(deed=Deed.ADDED)], "Add store.py"),
        ([file(deed=Deed.REMOVED)], "Remove store.py"),
        ([file()], "Update store.py"),
        ([file("b.py", old_path="a.py", added=0, deleted=0)], "Rename a.py to b.py"),
        ([file("lib/a.py", old_path="src/a.py", added=0, deleted=0)], "Move a.py to lib"),
        ([file("a.py", old_path="src/a.py", added=0, deleted=0)], "Move a.py to the root folder"),
        ([file(f"lib/{n}.py", old_path=f"{n}.py", added=0, deleted=0) for n in "abc"], "Move 3 files to lib"),
        ([file("run.sh", added=0, deleted=0, remark=Remark.EXECUTABLE)], "Make run.sh executable"),
        ([file(remark=Remark.LINE_ENDS)], "Reformat line ends of store.py"),
        ([file("a.py", remark=Remark.LAYOUT), file("b.py", remark=Remark.LAYOUT)], "Reformat a.py and b.py"),
        ([file(reading=Reading.SUBMODULE, added=1, deleted=1)], "Update submodule src/store.py"),
        ([file(symbols=(changed("Store.close"),))], "Update Store.close in store.py"),
        ([file(symbols=(changed("Store.close", gained=("retry",)),))], "Add retry to Store.close"),
        ([file(symbols=(changed("Store.close", lost=("a", "b")),))], "Remove a and b from Store.close"),
        ([file(symbols=(changed("a", deed=Deed.RENAMED, new_name="b"),))], "Rename a to b"),
        ([file(symbols=(changed("a", deed=Deed.ADDED), changed("b")))], "Add a to store.py"),
        (
            [file(symbols=(changed("a"), changed("b"), changed("c")))],
            "Update a and 2 more definitions in store.py",
        ),
        (
            [file("a.md", symbols=(changed("Use", deed=Deed.ADDED, sort="section"),))],
            "Add section “Use” to a.md",
        ),
        ([file("a/x.py"), file("a/y.py"), file("a/z.py")], "Update 3 files in a"),
        ([file("x.py"), file("a/y.py"), file("a/z.py")], "Update 3 files"),
        ([file("x.py", deed=Deed.ADDED), file("y.py", deed=Deed.ADDED)], "Add x.py and y.py"),
        ([file("x.py", symbols=(changed("cache", deed=Deed.ADDED),)), file("tests/test_x.py")], "Add cache"),
        ([file("x.py"), file("uv.lock", reading=Reading.LOCK)], "Update x.py"),
        ([file("uv.lock", reading=Reading.LOCK)], "Update uv.lock"),
        (
            [
                file("go.mod", added=1, deleted=1, versions=(Version("a", "1", "2"),)),
                file("go.sum", reading=Reading.LOCK),
            ],
            "Bump a from 1 to 2",
        ),
    ],
)
def test_the_facts_own_subject(facts: list[FileFacts], subject: str) -> None:
    line = plain.subject(facts).inflected(Mood.IMPERATIVE)
    assert f"{line[:1].upper()}{line[1:]}" == subject


def test_what_is_told_of_a_file() -> None:
    known = file(
        symbols=(changed("Store.close", gained=("retry",)), changed("a", deed=Deed.RENAMED, new_name="b"))
    )
    assert plain.told(known) == (
        "src/store.py: +5 -2 lines; changed function Store.close (parameter retry added); "
        "renamed function a to b"
    )
    many = file(symbols=tuple(changed(f"f{number}") for number in range(9)))
    assert plain.told(many).endswith("changed function f5; and 3 more")
    assert len(list(plain.points([file(f"{number}.py") for number in range(20)]))) == plain.MOST_POINTS + 1


EVIDENCE = (
    "- src/store.py: changed Store.close (parameter retry added)\n"
    "@@\n+def close(self, retry=3):\n+    cache = {}\n"
)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("Let close retry three times", ""),
        ("Cache what close returns", ""),
        ("Caching in Store.close", ""),
        ("Retry", "in a few words"),
        ("Add retry to Shop.close", "names Shop.close"),
        ("Add retry_count to close", "names retry_count"),
        ("Use `backoff` in close", "names backoff"),
        ("Fix AB-12: let close retry", "no issue or ticket"),
        ("Let close retry, fixes #12", "no issue or ticket"),
        ("@@ -1,3 +1,4 @@ close", "not lines of the diff"),
        ("Update code", "too vague"),
        ("Update several files", "too vague"),
        ("Update src/store.py", "too vague"),
        ("Add retry and various improvements", "does not name"),
        ("Add close to the store", "was there already"),
        ("Remove the function close", "is still there"),
        ("Let the store wait", "that of an earlier commit"),
        ("Retry with ghp_" + "q7B2c3D4e5F6g8H9i1J0kLmNoPqRsTuVwXyZ", "no secret"),
    ],
)
def test_a_models_subject_is_checked(words: str, complaint: str) -> None:
    facts = [file(symbols=(changed("Store.close", gained=("retry",)),))]
    found = list(complaints(words, EVIDENCE, facts, ["Let the store wait"]))
    assert (found == []) is (complaint == "")
    assert complaint in "; ".join(found)


@pytest.mark.parametrize(
    ("words", "facts", "complaint"),
    [
        ("Add the cache", [file(deed=Deed.REMOVED, added=0)], "only removes"),
        ("Remove the cache", [file(deed=Deed.ADDED, deleted=0)], "only adds"),
        ("Rename the cache", [file(added=3, deleted=0)], "nothing is renamed"),
        ("Rename the cache", [file(added=3, deleted=3)], ""),
        ("Move the cache", [file(added=3, deleted=0)], "nothing is moved"),
        ("Fix the cache", [file(deed=Deed.ADDED, deleted=0)], "all files are new"),
        ("Fix the cache", [file()], ""),
    ],
)
def test_it_may_not_say_the_opposite(words: str, facts: list[FileFacts], complaint: str) -> None:
    found = list(complaints(words, "the cache", facts, ()))
    assert (found == []) is (complaint == "")
    assert complaint in "; ".join(found)


def test_names_in_words() -> None:
    assert names_in("Let Store.close call retry_count() and readHead, not `it`") == [
        "Store.close", "retry_count", "readHead", "it",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("costs", "most", "shares"),
    [
        ([10, 20], 100, [10, 20]),
        ([10, 100, 100], 110, [10, 50, 50]),
        ([50], 10, [10]),
        ([], 5, []),
        ([5, 5], -3, [0, 0]),
    ],
)
def test_each_file_gets_its_share(costs: list[int], most: int, shares: list[int]) -> None:
    assert shared(costs, most) == shares
