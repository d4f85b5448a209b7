"""Imports removed where nothing uses them, and added where the workspace is sure."""

from __future__ import annotations

import pytest

from emberline.refactor.exact import add_import
from emberline.refactor.exact.code import code_of
from emberline.refactor.exact.imports.sought import is_free
from emberline.refactor.types import Diagnostic, Unfit
from emberline.syntax.types import Span
from tests.refactor.exact.marked import done, place, workspace

UNUSED = {
    "a whole statement": (
        "python",
        "import os\nimport sys\n\nprint(sys.path)\n",
        "import sys\n\nprint(sys.path)\n",
    ),
    "one of several": (
        "python",
        "from a import b, c, d\n\nprint(b, d)\n",
        "from a import b, d\n\nprint(b, d)\n",
    ),
    "the last ones": ("python", "from a import b, c, d\n\nprint(b)\n", "from a import b\n\nprint(b)\n"),
    "the first ones": ("python", "from a import b, c, d\n\nprint(d)\n", "from a import d\n\nprint(d)\n"),
    "in brackets, over lines": (
        "python",
        "from a import (\n    b,\n    c as e,\n    d,\n)\n\nprint(b, d)\n",
        "from a import (\n    b,\n    d,\n)\n\nprint(b, d)\n",
    ),
    "the last line of the brackets": (
        "python",
        "from a import (\n    b,\n    c,\n)\n\nprint(b)\n",
        "from a import (\n    b,\n)\n\nprint(b)\n",
    ),
    "an attribute of the same name is no use": (
        "python",
        "import path\nimport os\n\nprint(os.path, f(path=1))\n",
        "import os\n\nprint(os.path, f(path=1))\n",
    ),
    "below TYPE_CHECKING": (
        "python",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from a import b\n"
        "    from c import d\n\n\n"
        "def f(x: 'd'): ...\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from c import d\n\n\n"
        "def f(x: 'd'): ...\n",
    ),
    "with Windows' line ends": (
        "python",
        "import os\r\nimport sys\r\n\r\nprint(sys)\r\n",
        "import sys\r\n\r\nprint(sys)\r\n",
    ),
    "JavaScript": (
        "javascript",
        "import A, { b, c as d } from './x';\nimport * as n from 'y';\nimport './z';\n\nb(d);\n",
        "import { b, c as d } from './x';\nimport './z';\n\nb(d);\n",
    ),
    "all of JavaScript's braces": (
        "javascript",
        "import A, { b, c } from './x';\n\nA();\n",
        "import A from './x';\n\nA();\n",
    ),
    "TypeScript": (
        "typescript",
        "import type { A, B } from './a';\nimport { c, type D } from './c';\n\nconst x: A = c();\n",
        "import type { A } from './a';\nimport { c } from './c';\n\nconst x: A = c();\n",
    ),
    "Go": (
        "go",
        'package p\n\nimport (\n\t"fmt"\n\t_ "net/http/pprof"\n\t"os"\n)\n\nfunc f() { fmt.Println() }\n',
        'package p\n\nimport (\n\t"fmt"\n\t_ "net/http/pprof"\n)\n\nfunc f() { fmt.Println() }\n',
    ),
    "Go's only one": (
        "go",
        'package p\n\nimport "os"\n\nfunc f() {}\n',
        "package p\n\nfunc f() {}\n",
    ),
    "Rust's trees": (
        "rust",
        "use std::collections::{HashMap, HashSet};\nuse std::{fs, io::{self, Read}};\nuse a::b;\n\n"
        "fn f(m: HashMap<u32, u32>) -> io::Result<()> {\n    b()\n}\n",
        "use std::collections::{HashMap};\nuse std::{io::{self, Read}};\nuse a::b;\n\n"
        "fn f(m: HashMap<u32, u32>) -> io::Result<()> {\n    b()\n}\n",
    ),
    "Java": (
        "java",
        "package a;\n\nimport java.util.List;\nimport java.util.Map;\nimport static b.C.d;\n\n"
        "class A {\n    List<A> d() { return null; }\n}\n",
        "package a;\n\nimport java.util.List;\nimport static b.C.d;\n\n"
        "class A {\n    List<A> d() { return null; }\n}\n",
    ),
}


@pytest.mark.parametrize("case", UNUSED)
def test_what_nothing_uses_goes(case: str) -> None:
    language_id, text, expected = UNUSED[case]
    assert done("organise-imports", "‸" + text, language_id) == expected


KEPT = {
    "for all": ("python", "import a\n\n__all__ = ['a']\n"),
    "passed on": ("python", "from a import b as b\n"),
    "marked": ("python", "import a  # noqa: F401\n"),
    "marked within brackets": ("python", "from a import (\n    b,  # noqa\n)\n"),
    "future": ("python", "from __future__ import annotations\n"),
    "a star": ("python", "from a import *\n"),
    "a type in a string": ("python", "from a import B\n\nx: 'list[B]' = []\n"),
    "a type in a comment": ("python", "from a import B\n\nx = []  # type: list[B]\n"),
    "an example that is run": ("python", 'import a\n\n\ndef f():\n    """\n    >>> a.b()\n    """\n'),
    "tried": ("python", "try:\n    import a\nexcept ImportError:\n    pass\n"),
    "in a function": ("python", "def f():\n    import a\n"),
    "one of two modules of a package": ("python", "import a.b\nimport a.c\n"),
    "the only one below TYPE_CHECKING": ("python", "if TYPE_CHECKING:\n    from a import b\n"),
    "broken code": ("python", "import a\n\ndef f(:\n"),
    "JavaScript: for its effects": ("javascript", "import './a';\n"),
    "JavaScript: exported": ("javascript", "import { a } from './a';\n\nexport { a };\n"),
    "JavaScript: in JSDoc": ("javascript", "import { A } from './a';\n\n/** @type {A} */\nlet x;\n"),
    "JSX: React": ("javascriptreact", "import React from 'react';\n\nconst a = <b />;\n"),
    "JSX: an element": ("javascriptreact", "import { A } from './a';\n\nconst a = <A />;\n"),
    "TypeScript: a type": ("typescript", "import { A } from './a';\n\nlet a: A[];\n"),
    "Go: dot and blank": ("go", 'package p\n\nimport (\n\t. "a"\n\t_ "b"\n)\n'),
    "Go: a package with another name": (
        "go",
        'package p\n\nimport "example.com/x/go-thing.v2"\n\nfunc f() { other.Do() }\n',
    ),
    "Rust: a trait's methods": ("rust", "use std::io::Read;\n\nfn f(mut a: A) {\n    a.read(&mut []);\n}\n"),
    "Rust: passed on": ("rust", "pub use a::b;\n"),
    "Rust: an attribute": ("rust", "#[cfg(test)]\nuse a::b;\n"),
    "Rust: a macro": ("rust", "use a::b;\n\nfn f() {\n    b!(1);\n}\n"),
    "Java: in Javadoc": ("java", "import a.B;\n\n/** {@link B} */\nclass A {}\n"),
    "Java: a star": ("java", "import a.*;\n\nclass A {}\n"),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_may_be_used_stays(case: str) -> None:
    language_id, text = KEPT[case]
    with pytest.raises(Unfit):
        done("organise-imports", "‸" + text, language_id)


def test_what_another_file_gets_from_here_stays() -> None:
    text = "‸from a import b, c\n"
    others = {"user.py": "from sample import b\n\nb()\n"}
    assert done("organise-imports", text, "python", others=others) == "from a import b\n"
    with pytest.raises(Unfit):
        done("organise-imports", text, "python", others={"user.py": "from sample import *\n\nc(b)\n"})


def test_a_packages_own_file_passes_everything_on() -> None:
    with pytest.raises(Unfit):
        done("organise-imports", "‸from .a import b\n", "python", name="pkg/__init__.py")


# -- adding --------------------------------------------------------------------------------------------

PACKAGE = {"pkg/__init__.py": "", "pkg/store.py": "class Store: ...\n\n\ndef close(): ...\n"}
ADDED = {
    "the only import": (
        "python",
        "pkg/main.py",
        '"""What it is."""\n\nx = ‸Store()\n',
        PACKAGE,
        '"""What it is."""\n\nfrom pkg.store import Store\n\nx = Store()\n',
    ),
    "no head at all": (
        "python",
        "pkg/main.py",
        "x = ‸Store()\n",
        PACKAGE,
        "from pkg.store import Store\n\nx = Store()\n",
    ),
    "among its like": (
        "python",
        "pkg/main.py",
        "import os\n\nfrom pkg.alpha import a\nfrom pkg.zeta import z\n\nx = ‸Store(os, a, z)\n",
        PACKAGE,
        "import os\n\nfrom pkg.alpha import a\nfrom pkg.store import Store\nfrom pkg.zeta import z\n\n"
        "x = Store(os, a, z)\n",
    ),
    "into its module's statement": (
        "python",
        "pkg/main.py",
        "from pkg.store import close\n\nx = ‸Store(close)\n",
        PACKAGE,
        "from pkg.store import Store, close\n\nx = Store(close)\n",
    ),
    "into brackets over lines": (
        "python",
        "pkg/main.py",
        "from pkg.store import (\n    Alpha,\n    close,\n)\n\nx = ‸Store(close, Alpha)\n",
        PACKAGE,
        "from pkg.store import (\n    Alpha,\n    Store,\n    close,\n)\n\nx = Store(close, Alpha)\n",
    ),
    "relative, as the file has it": (
        "python",
        "pkg/main.py",
        "from .alpha import a\n\nx = ‸Store(a)\n",
        {**PACKAGE, "pkg/alpha.py": "a = 1\n"},
        "from .alpha import a\nfrom .store import Store\n\nx = Store(a)\n",
    ),
    "another package's, as other files have it": (
        "python",
        "main.py",
        "x = ‸np.array([])\n",
        {"other.py": "import numpy as np\n\nnp.zeros(3)\n"},
        "import numpy as np\n\nx = np.array([])\n",
    ),
    "what the language brings, as other files have it": (
        "python",
        "main.py",
        "from __future__ import annotations\n\nimport sys\n\nx = ‸Path(sys.argv[0])\n",
        {"other.py": "from pathlib import Path\n\nPath()\n"},
        "from __future__ import annotations\n\nimport sys\nfrom pathlib import Path\n\n"
        "x = Path(sys.argv[0])\n",
    ),
    "a BOM and Windows' line ends": (
        "python",
        "main.py",
        "\ufeffx = ‸Path()\r\n",
        {"other.py": "from pathlib import Path\n\nPath()\n"},
        "\ufefffrom pathlib import Path\r\n\r\nx = Path()\r\n",
    ),
    "TypeScript: exported": (
        "typescript",
        "src/main.ts",
        "import { a } from './alpha';\n\nconst x = new ‸Store(a);\n",
        {"src/store.ts": "export class Store {}\n", "src/alpha.ts": "export const a = 1;\n"},
        "import { a } from './alpha';\nimport { Store } from './store';\n\nconst x = new Store(a);\n",
    ),
    "TypeScript: the default, with endings and without semicolons": (
        "typescript",
        "src/main.ts",
        'import { a } from "./alpha.js"\n\nconst x = new ‸Store(a)\n',
        {"src/store.ts": "export default class Store {}\n", "src/alpha.ts": "export const a = 1\n"},
        'import { a } from "./alpha.js"\nimport Store from "./store.js"\n\nconst x = new Store(a)\n',
    ),
    "JavaScript: from a folder above": (
        "javascript",
        "src/deep/main.js",
        "‸close();\n",
        {"src/store.js": "export function close() {}\n"},
        'import { close } from "../store";\n\nclose();\n',
    ),
    "Go: the standard library": (
        "go",
        "main.go",
        'package main\n\nimport (\n\t"fmt"\n\t"time"\n)\n\n'
        'func f() { fmt.Println(time.Now(), ‸strings.ToUpper("a")) }\n',
        {},
        'package main\n\nimport (\n\t"fmt"\n\t"strings"\n\t"time"\n)\n\n'
        'func f() { fmt.Println(time.Now(), strings.ToUpper("a")) }\n',
    ),
    "Rust: of the crate": (
        "rust",
        "src/app.rs",
        "use std::fs;\n\nfn f() {\n    fs::read(‸Store::path());\n}\n",
        {
            "src/store.rs": "pub struct Store;\n",
            "Cargo.toml": '[package]\nname = "a"\n',
            "src/lib.rs": "mod store;\n",
        },
        "use std::fs;\nuse crate::store::Store;\n\nfn f() {\n    fs::read(Store::path());\n}\n",
    ),
    "Java: of another package": (
        "java",
        "src/main/java/a/b/Main.java",
        "package a.b;\n\nimport java.util.List;\n\nclass Main {\n    List<‸Store> all;\n}\n",
        {"src/main/java/a/c/Store.java": "package a.c;\n\npublic class Store {}\n"},
        "package a.b;\n\nimport java.util.List;\nimport a.c.Store;\n\nclass Main {\n"
        "    List<Store> all;\n}\n",
    ),
}


@pytest.mark.parametrize("case", ADDED)
def test_the_import_is_written_where_it_belongs(case: str) -> None:
    language_id, name, text, others, expected = ADDED[case]
    assert done("add-import", text, language_id, others=others, name=name) == expected


NOT_ADDED = {
    "defined here": (
        "python",
        "main.py",
        "class Store: ...\n\n\nx = ‸Store()\n",
        {"a.py": "class Store: ...\n"},
    ),
    "imported already": (
        "python",
        "main.py",
        "from a import Store\n\nx = ‸Store()\n",
        {"a.py": "class Store: ...\n"},
    ),
    "a star may bring it": (
        "python",
        "main.py",
        "from b import *\n\nx = ‸Store()\n",
        {"a.py": "class Store: ...\n"},
    ),
    "a parameter": (
        "python",
        "main.py",
        "def f(store):\n    return ‸store\n",
        {"a.py": "def store(): ...\n"},
    ),
    "built in": ("python", "main.py", "x = ‸open()\n", {"a.py": "def open(): ...\n"}),
    "a method": ("python", "main.py", "x = ‸close()\n", {"a.py": "class A:\n    def close(self): ...\n"}),
    "an attribute": ("python", "main.py", "x.‸close()\n", {"a.py": "def close(): ...\n"}),
    "known from nowhere": ("python", "main.py", "x = ‸Store()\n", {"a.py": "Shop = 1\n"}),
    "known from everywhere": (
        "python",
        "main.py",
        "x = ‸run()\n",
        {f"{each}.py": "def run(): ...\n" for each in "abcde"},
    ),
    "another language's": ("python", "main.py", "x = ‸Store()\n", {"a.ts": "export class Store {}\n"}),
    "not exported": ("typescript", "main.ts", "x = new ‸Store();\n", {"store.ts": "class Store {}\n"}),
    "not public": (
        "rust",
        "src/main.rs",
        "fn f() {\n    ‸Store::new();\n}\n",
        {"src/store.rs": "struct Store;\n"},
    ),
    "its own package": ("go", "main.go", "package ‸main\n", {"b.go": 'package b\n\nimport "main"\n'}),
}


@pytest.mark.parametrize("case", NOT_ADDED)
def test_no_import_where_it_is_not_sure(case: str) -> None:
    language_id, name, text, others = NOT_ADDED[case]
    with pytest.raises(Unfit):
        done("add-import", text, language_id, others=others, name=name)


@pytest.mark.parametrize(
    "message",
    [
        '"Store" is not defined',
        "Undefined name `Store`",
        "undefined name 'Store'",
        "Cannot find name 'Store'.",
        "cannot find type `Store` in this scope",
        "Store cannot be resolved to a type",
        "undefined: Store",
    ],
)
def test_a_diagnostic_names_what_is_missing(message: str) -> None:
    text = "‸x = 1\ny = Store()\n"
    told = (Diagnostic(Span(0, 5), message),)
    others = {"store.py": "class Store: ...\n"}
    changed = done("add-import", text, "python", others=others, name="main.py", diagnostics=told)
    assert changed == "from store import Store\n\nx = 1\ny = Store()\n"


def test_of_several_places_the_answer_says_which() -> None:
    others = {"a.py": "class Store: ...\n", "b.py": "class Store: ...\n"}
    text = "x = ‸Store()\n"
    with pytest.raises(Unfit, match="Store from a or Store from b"):
        done("add-import", text, "python", others=others, name="main.py")
    changed = done("add-import", text, "python", "Store from b", others=others, name="main.py")
    assert changed == "from b import Store\n\nx = Store()\n"
    _, there = place(text, "python", "main.py")
    code = code_of(there.source.text, "python")
    assert [add_import.label(each) for each in add_import.check(code, there, workspace(there, others))] == [
        "Store from a",
        "Store from b",
    ]


def test_free_names_are_told_from_bound_ones() -> None:
    text = (
        "from a import b\n\n\nclass C:\n    def d(self, e):\n        f = [g for g in e]\n"
        "        return f, b, C, h, print, self.i, j(k=1)\n"
    )
    code = code_of(text, "python")
    free = [name for name in "abCdefghijk" if is_free(code, name)]
    assert free == ["h", "j"]
    assert not is_free(code, "print") and not is_free(code, "self")
