"""What no change may do, whatever was asked; and what it may."""

from __future__ import annotations

import pytest

from emberline.refactor.checks import CHECKS, check
from emberline.refactor.types import Replace, Unfit
from emberline.syntax.types import Span
from tests.refactor.attempts import Case

STORE = 'class Store:\n    def close(self):\n        return "closed"\n\n\ndef opened():\n    return Store()\n'
SHOP = "from store import Store, opened\n\n\ndef run():\n    return opened().close()\n"
UTIL = (
    "import os\n\n\ndef here():\n    return os.getcwd()\n\n\ndef there(path):\n    return path + '/there'\n"
)
GLOBALS = """x = 1


def f():
    global y
    y = 2
    try:
        return [z for z in (x, y, __name__)]
    except OSError as error:
        raise error


class A:
    b = 1
    c = b

    def m(self):
        return __class__
"""
KEY = "sk-ant-" + "a8Kd92kLmPq7Zx3Vb5Nn1Rt6"
SECRET = f'API_KEY = "{KEY}"\nURL = "https://x.org"\n'
TS = "export function one(a: number) {\n  return a + 1;\n}\n\nexport const two = 2;\n"
GO = "package p\n\nfunc One() int {\n\treturn 1\n}\n"


def free(files: dict[str, str], after: dict[str, str | None], answer: str = "do it", **more: object) -> Case:
    return Case("own-words", files, after, answer=answer, **more)  # type: ignore[arg-type]


def one(before: str, after: str, name: str = "a.py", answer: str = "do it") -> Case:
    return free({name: before}, {name: after}, answer)


GOOD: dict[str, Case] = {
    "an edit": one(UTIL, UTIL.replace("getcwd()", "getcwd() or '.'")),
    "a new file": free({"a.py": UTIL}, {"b.py": "X = 1\n"}),
    "what was broken may stay so": one("def f(:\n    x\n\ny = 1\n", "def f(:\n    x\n\ny = 2\n"),
    "Python of another version may stay so": one("print 'x'\ny = 1\n", "print 'x'\ny = 2\n"),
    "json": one('{"a": 1}\n', '{"a": 2}\n', "a.json"),
    "json that never was": one("{a: 1}\n", "{a: 2}\n", "a.json"),
    "yaml with tags of its own": one("a: !ours 1\n", "a: !ours 2\n---\nb: 1\n", "a.yaml"),
    "toml": one("a = 1\n", "a = 2\n", "a.toml"),
    "an unknown language": one("whatever (\n", "whatever ((\n", "a.zzz"),
    "tabs as before": one(GO, GO.replace("return 1", "x := 1\n\treturn x"), "a.go"),
    "tabs, then aligned": one(GO, GO.replace("1\n}", "1 +\n\t    2\n}"), "a.go"),
    "a block comment beside tabs": one(GO, GO.replace("func", "/*\n * One.\n */\nfunc"), "a.go"),
    "crlf as before": one("a = 1\r\nb = 2\r\n", "a = 1\r\nb = 3\r\n"),
    "an ending on purpose": one("a = 1\n", "a = 1\nb = 2\n"),
    "a secret stays": one(SECRET, SECRET.replace("x.org", "y.org")),
    "a secret goes to the environment": one(
        SECRET, 'import os\n\nAPI_KEY = os.environ["API_KEY"]\nURL = "https://x.org"\n'
    ),
    "a fence in a docstring": one(
        UTIL, UTIL.replace("():\n", '():\n    """Do.\n\n    ```\n    x\n    ```\n    """\n', 1)
    ),
    "a fence in markdown": one("# Title\n", "# Title\n\n```\ncode\n```\n", "a.md"),
    "a fence that was there": one("x = '''\n```\n'''\ny = 1\n", "x = '''\n```\n'''\ny = 2\n"),
    "a comment with dots": one(
        UTIL, UTIL.replace("    return os", "    # Wait... then go on with the rest of it\n    return os")
    ),
    "a comment about others": one(
        UTIL, UTIL.replace("    return os", "    # the other functions call this one\n    return os")
    ),
    "what the words mean goes": one(
        UTIL, UTIL.partition("\n\n\ndef there")[0] + "\n", answer="Delete `there`"
    ),
    "users are edited too": free(
        {"store.py": STORE, "shop.py": SHOP},
        {"store.py": STORE.replace("opened", "fresh"), "shop.py": SHOP.replace("opened", "fresh")},
        "rename opened to fresh",
    ),
    "it is passed on from where it was": free(
        {"store.py": STORE, "shop.py": SHOP},
        {
            "store.py": "from new import opened\n\n\n" + STORE.partition("\n\n\ndef")[0] + "\n",
            "new.py": "def opened():\n    from store import Store\n\n    return Store()\n",
        },
        "move opened to new.py",
    ),
    "a file moves with its importers": free(
        {"store.py": STORE, "shop.py": SHOP},
        {"shop.py": SHOP.replace("store", "depot")},
        "move store.py to depot.py",
        moves={"store.py": "depot.py"},
    ),
    "its relative imports are mended": free(
        {"pkg/a.py": "from .b import x\n\ny = x\n", "pkg/b.py": "x = 1\n"},
        {"pkg/a.py": "from ..b import x\n\ny = x\n"},
        "move it",
        moves={"pkg/a.py": "pkg/sub/a.py"},
    ),
    "another package's import": one("x = 1\n", "from somewhere import x\n"),
    "a submodule": free(
        {"a.py": "x = 1\n", "pkg/__init__.py": "", "pkg/mod.py": ""},
        {"a.py": "from pkg import mod\n\nx = mod\n"},
    ),
    "a name that comes from a star": free(
        {"a.py": "x = 1\n", "b.py": "from c import *\n"}, {"a.py": "from b import what\n\nx = what\n"}
    ),
    "a new file's name": free({"a.py": "x = 1\n"}, {"a.py": "from b import y\n\nx = y\n", "b.py": "y = 1\n"}),
    "a new script's name": free(
        {"a.ts": TS},
        {"a.ts": 'import { k } from "./k";\n' + TS.replace("2", "k"), "k.ts": "export const k = 2;\n"},
    ),
    "a style sheet": free({"a.ts": TS}, {"a.ts": 'import "./a.css";\n' + TS}),
    "globals of all kinds": one(
        "x = 1\n",
        GLOBALS,
    ),
    "go in one package": free(
        {"a.go": GO, "b.go": "package p\n\nvar B = One()\n"},
        {"a.go": "package p\n", "c.go": GO},
        "move One to c.go",
    ),
    "part of a file was shown": free(
        {"a.py": UTIL},
        {"a.py": UTIL.replace("'/there'", "'/x'")},
        operations=(Replace("a.py", "    return path + '/there'", "    return path + '/x'"),),
        shown={"a.py": (Span(UTIL.index("def there"), len(UTIL)),)},
    ),
}

BAD: dict[str, tuple[Case, str]] = {
    "a syntax error": (
        one(UTIL, UTIL.replace("def here():", "def here(:")),
        "a.py: line 4 is no valid Python",
    ),
    "one that only Python sees": (
        one(UTIL, UTIL.replace("return os", "return = os")),
        "line 5 is no valid Python",
    ),
    "return outside is told by name": (
        one("x = 1\n", "def f():\nreturn 1\n"),
        "a.py: line 2 is no valid Python",
    ),
    "one more than there was": (
        one("def f(:\n    x\n\ny = 1\n", "def f(:\n    x\n\ny = (1\n"),
        "is no valid Python",
    ),
    "a broken new file": (free({"a.py": UTIL}, {"b.py": "def f(:\n"}), "b.py: line 1 is no valid Python"),
    "typescript": (
        one(TS, TS.replace("a + 1;\n}", "a + ;\n}"), "a.ts"),
        "a.ts: line 2 is no valid TypeScript",
    ),
    "go": (one(GO, GO + "}\n", "a.go"), "is no valid Go"),
    "rust": (one("fn f() {}\n", "fn f() {\n", "a.rs"), "is no valid Rust"),
    "java": (one("class A {}\n", "class A { int }\n", "A.java"), "is no valid Java"),
    "json": (one('{"a": 1}\n', '{"a": 1,}\n', "a.json"), "a.json: line 1 is no valid JSON"),
    "toml": (one("a = 1\n", "a = 1\na = 2\n", "a.toml"), "no valid TOML"),
    "yaml": (one("a: 1\n", "a: 1\n b: [\n", "a.yaml"), "is no valid YAML"),
    "a notebook": (one('{"cells": []}\n', '{"cells": [}\n', "a.ipynb"), "is no valid JSON"),
    "spaces in a file of tabs": (
        one(GO, GO.replace("\treturn 1", "    return 1"), "a.go"),
        "indented with tabs, line 4 is not",
    ),
    "tabs in a file of spaces": (
        one(TS, TS.replace("  return", "\treturn"), "a.ts"),
        "indented with spaces, line 2 is not",
    ),
    "mixed line ends": (one("a = 1\r\nb = 2\r\n", "a = 1\r\nb = 3\n"), "line ends are mixed"),
    "a lost mark": (one("\ufeffa = 1\n", "a = 2\n"), "byte order mark"),
    "a lost last line end": (one("a = 1\n", "a = 2"), "the end of its last line"),
    "a secret in another file": (
        free({"a.py": SECRET, "b.py": "x = 1\n"}, {"b.py": f'x = "{KEY}"\n'}),
        "line 1 of b.py holds a secret",
    ),
    "a secret without its form": (
        free({"a.py": 'password = "h7Gk2!pqLz9w"\n', "b.py": "x = 1\n"}, {"b.py": 'x = "h7Gk2!pqLz9w"\n'}),
        "line 1 of b.py holds a secret",
    ),
    "a secret twice": (one(SECRET, SECRET + f'more = "{KEY}"\n'), "line 3 of a.py holds a secret"),
    "a secret from nowhere": (one("x = 1\n", SECRET), "line 1 of a.py holds a secret"),
    "a secret in a new file": (free({"a.py": SECRET}, {"b.py": SECRET}), "line 1 of b.py holds a secret"),
    "a placeholder": (one(SECRET, SECRET.replace(KEY, "EMBERLINE_SECRET_1X")), "holds a placeholder"),
    "half a placeholder": (one("x = 1\n", 'x = "EMBERLINE_SECRET_"\n'), "holds a placeholder"),
    "a mask": (
        one(SECRET, SECRET.replace(KEY, "sk-ant-********")),
        "the secret in line 1 of a.py is lost behind a mask",
    ),
    "a word for it": (one(SECRET, SECRET.replace(KEY, "YOUR_KEY_REDACTED")), "lost behind a mask"),
    "an angle": (one(SECRET, SECRET.replace(f'"{KEY}"', '"<api key>"')), "lost behind a mask"),
    "a fence": (one("x: 1\n", "```yaml\nx: 2\n```\n", "a.yaml"), "line 1 of a.yaml is a markdown fence"),
    "a fence in code": (one(UTIL, "```python\n" + UTIL + "```\n"), "line 1 of a.py is a markdown fence"),
    "a fence in a file of its own kind": (one("x\n", "~~~\nx\ny\n~~~\n", "a.zzz"), "markdown fence"),
    "chat": (
        one("Title\n", "Here is the updated code:\nTitle!\n", "a.md"),
        "line 1 of a.md speaks to the reader",
    ),
    "chat in a comment": (one(UTIL, "# Sure, here you go\n" + UTIL), "line 1 of a.py speaks to the reader"),
    "a refusal": (
        one("Title\n", "I'm sorry, but I can't help with that.\n", "a.txt"),
        "speaks to the reader",
    ),
    "as a model": (
        free({"a.py": UTIL}, {"notes.md": "As an AI language model, I cannot\n"}),
        "speaks to the reader",
    ),
    "an elision": (
        one(UTIL, "import os\n\n# ... rest of the code remains unchanged\n"),
        "line 3 of a.py stands in place of code",
    ),
    "dots alone": (
        one(UTIL, UTIL.replace("    return os", "    # ...\n    return os")),
        "stands in place of code",
    ),
    "an elision in a block": (
        one(TS, TS.replace("  return a + 1;", "  /* existing code */"), "a.ts"),
        "line 2 of a.ts stands in place of code",
    ),
    "existing code": (
        one(TS, TS.replace("  return", "  // ... existing code ...\n  return"), "a.ts"),
        "stands in place of code",
    ),
    "unchanged": (
        one(GO, GO.replace("\treturn 1", "\t// implementation remains unchanged\n\treturn 1"), "a.go"),
        "stands in place of code",
    ),
    "for brevity": (one(UTIL, UTIL + "# other functions omitted for brevity\n"), "stands in place of code"),
    "a lost function": (
        one(UTIL, UTIL.partition("\n\n\ndef there")[0] + "\n"),
        "a.py no longer defines there",
    ),
    "a lost method": (
        one(STORE, STORE.replace('    def close(self):\n        return "closed"\n', "    x = 1\n")),
        "no longer defines Store.close",
    ),
    "an emptied body": (one(UTIL, UTIL.replace("return path + '/there'", "pass")), "there lost what it does"),
    "an emptied body with words": (
        one(UTIL, UTIL.replace("return path + '/there'", '"""As before."""\n    ...')),
        "there lost what it does",
    ),
    "an emptied function": (one(TS, TS.replace("  return a + 1;\n", ""), "a.ts"), "one lost what it does"),
    "another file's content": (
        free({"a.py": "def alone():\n    return 1\n", "b.py": UTIL}, {"a.py": UTIL}, "simplify"),
        "a.py would hold the content of b.py",
    ),
    "another file's words": (
        free(
            {
                "a.md": "Our own\nlines of\nprose are\nhere now\n",
                "b.md": "The other\nfile has\nfive lines\nof its\nown text\n",
            },
            {"a.md": "The other\nfile has\nfive lines\nof its\nown text\n"},
        ),
        "a.md would hold the content of b.md",
    ),
    "a copy": (free({"a.py": UTIL}, {"b.py": UTIL + "x = 1\n"}), "b.py would hold the content of a.py"),
    "an importer is left": (
        free(
            {"store.py": STORE, "shop.py": SHOP},
            {"store.py": STORE.replace("opened", "fresh")},
            "rename opened",
        ),
        "store.py no longer has opened, but it is still used in shop.py",
    ),
    "an importer that was not sent": (
        free(
            {"store.py": STORE, "x/shop.py": SHOP},
            {"store.py": STORE.replace("opened", "fresh")},
            "rename opened",
            unsent=("x/shop.py",),
        ),
        "still used in x/shop.py",
    ),
    "a deleted file": (
        free({"store.py": STORE, "shop.py": SHOP}, {"store.py": None}, "delete it"),
        "store.py is deleted, but still used in shop.py",
    ),
    "a moved file": (
        free({"store.py": STORE, "shop.py": SHOP}, {}, "move it", moves={"store.py": "depot.py"}),
        "store.py is moved, but still used in shop.py",
    ),
    "an importer that was edited elsewhere": (
        free(
            {"store.py": STORE, "shop.py": SHOP},
            {"shop.py": SHOP + "\n"},
            "move it",
            moves={"store.py": "depot.py"},
        ),
        "line 1 of shop.py imports store, which is no longer there",
    ),
    "an importer that was edited and forgot": (
        free(
            {"store.py": STORE, "shop.py": SHOP},
            {"store.py": STORE.replace("opened", "fresh"), "shop.py": SHOP + "\n"},
            "rename opened",
        ),
        "line 1 of shop.py imports opened from store, which does not have it",
    ),
    "a member": (
        free(
            {"store.py": STORE, "shop.py": "import store\n\nx = store.opened()\ny = 1\n"},
            {
                "store.py": STORE.replace("opened", "fresh"),
                "shop.py": "import store\n\nx = store.opened()\ny = 2\n",
            },
            "rename opened",
        ),
        "line 3 of shop.py uses opened, which store.py no longer has",
    ),
    "a relative import of a moved file": (
        free(
            {"pkg/a.py": "from .b import x\n\ny = x\n", "pkg/b.py": "x = 1\n"},
            {},
            "move it",
            moves={"pkg/a.py": "pkg/sub/a.py"},
        ),
        "its import of .b leads elsewhere from there",
    ),
    "go in one package": (
        free(
            {"a.go": GO, "b.go": "package p\n\nvar B = One()\n"},
            {"a.go": GO.replace("One", "Two")},
            "rename One",
        ),
        "a.go no longer has One, but it is still used in b.go",
    ),
    "a missing name": (
        free({"a.py": "x = 1\n", "store.py": STORE}, {"a.py": "from store import Missing\n\nx = Missing\n"}),
        "line 1 of a.py imports Missing from store, which does not have it",
    ),
    "a method's name": (
        free({"a.py": "x = 1\n", "store.py": STORE}, {"a.py": "from store import close\n\nx = close\n"}),
        "imports close from store",
    ),
    "a missing name of a new file": (
        free({"a.py": "x = 1\n"}, {"a.py": "from .b import z\n\nx = z\n", "b.py": "y = 1\n"}),
        "imports z from .b",
    ),
    "a missing module": (
        free({"pkg/a.py": "x = 1\n"}, {"pkg/a.py": "from .nowhere import z\n\nx = z\n"}),
        "imports .nowhere, which is not there",
    ),
    "a missing script": (
        free({"a.ts": TS}, {"a.ts": 'import { k } from "./nowhere";\n' + TS.replace("2", "k")}),
        "imports ./nowhere, which is not there",
    ),
    "a missing name of a script": (
        free(
            {"a.ts": TS, "b.ts": "export const k = 1;\n"},
            {"a.ts": 'import { m } from "./b";\n' + TS.replace("2", "m")},
        ),
        "imports m from ./b",
    ),
    "an unbound name": (
        one(UTIL, UTIL.replace("os.getcwd()", "Path.cwd()")),
        "line 5 of a.py uses Path, which is neither defined nor imported",
    ),
    "a lost import": (
        one(UTIL, UTIL.replace("import os\n\n\n", "")),
        "uses os, which is neither defined nor imported",
    ),
    "a new file without its imports": (
        free({"a.py": UTIL}, {"b.py": "def f():\n    return os.sep\n"}),
        "line 2 of b.py uses os",
    ),
    "a script's lost import": (
        free(
            {
                "a.ts": 'import { k } from "./b";\n\nconst x = k(1);\nconst y = 1;\n',
                "b.ts": "export const k = Number;\n",
            },
            {"a.ts": "const x = k(1);\nconst y = 2;\n"},
        ),
        "uses k, whose import is gone",
    ),
    "a file that was only shown": (
        free({"a.py": UTIL, "b.py": "x = 1\n"}, {"b.py": "x = 2\n"}, only_read=("b.py",)),
        "b.py is only there to be understood",
    ),
    "a file that was not sent": (
        free({"a.py": UTIL, "b.py": "x = 1\n"}, {"b.py": "x = 2\n"}, unsent=("b.py",)),
        "b.py is only there to be understood",
    ),
    "a part that was not shown": (
        free(
            {"a.py": UTIL},
            {"a.py": UTIL.replace("'/there'", "'/x'")},
            operations=(Replace("a.py", "    return path + '/there'", "    return path + '/x'"),),
            shown={"a.py": (Span(0, UTIL.index("def there")),)},
        ),
        "line 9 of a.py was not shown",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_lets_through(name: str) -> None:
    attempt = GOOD[name].attempt()
    assert [words for each in CHECKS for words in each(attempt)] == []
    check(attempt.assignment, attempt.dossier, attempt.change, attempt.view)


@pytest.mark.parametrize("name", BAD)
def test_turns_down(name: str) -> None:
    case, expected = BAD[name]
    attempt = case.attempt()
    with pytest.raises(Unfit) as told:
        check(attempt.assignment, attempt.dossier, attempt.change, attempt.view)
    assert expected in str(told.value)
    assert all(len(each) < 200 and "\n" not in each and KEY not in each for each in told.value.complaints)
