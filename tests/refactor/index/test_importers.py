"""Who uses a name, by whatever way it came."""

from __future__ import annotations

import pytest

from tests.refactor.index.made import ROOT, known_of, names, put

PYTHON = {
    "shop/__init__.py": "from .store import Shelf as Rack\nfrom .store import *\nfrom . import door\n",
    "shop/store.py": "class Shelf: ...\ndef count(): ...\ndef _own(): ...\nLIMIT = 3\n",
    "shop/door.py": "def lock(): ...\n",
    "by_name.py": "from shop.store import count\ncount()\n",
    "by_alias.py": "from shop.store import count as total\ntotal()\n",
    "by_module.py": "import shop.store\nshop.store.count()\n",
    "by_member.py": "from shop import store\nstore.count()\n",
    "by_star.py": "from shop.store import *\ncount()\n",
    "by_package.py": "from shop import count\n",
    "by_package_member.py": "import shop\nshop.count()\n",
    "by_new_name.py": "from shop import Rack\n",
    "by_inner_module.py": "from shop import door\ndoor.lock()\n",
    "by_passed_module.py": "import shop\nshop.door.lock()\n",
    "only_imports.py": "import shop.store\n",
    "only_mentions.py": "# count, lock, Shelf, shop.store\n",
    "another.py": "from shop.store import LIMIT\n",
    "other/store.py": "def count(): ...\n",
    "other/uses.py": "from .store import count\n",
    "round_a.py": "from round_b import ring\n",
    "round_b.py": "from round_a import ring\ndef ring(): ...\n",
}
ALL_COUNT = [
    "by_alias.py",
    "by_member.py",
    "by_module.py",
    "by_name.py",
    "by_package.py",
    "by_package_member.py",
    "by_star.py",
]
SCRIPT = {
    "src/store.ts": "export function open() {}\nfunction hidden() {}\nexport { hidden as shown };\n"
    "export default class Shelf {}\n",
    "src/index.ts": "export * from './store';\nexport { open as unlock, default as Rack } from './store';\n"
    "export * as all from './store';\n",
    "src/local.ts": "import { open } from './store';\nexport { open };\n",
    "src/kept.ts": "import { open } from './store';\nopen();\n",
    "a.ts": "import { open } from './src';\n",
    "b.ts": "import { unlock } from './src/index';\n",
    "c.ts": "import * as shop from './src/store';\nshop.open();\n",
    "d.ts": "import { all } from './src';\nall.open();\n",
    "e.ts": "import { open } from './src/local';\n",
    "f.ts": "import { open } from './src/kept';\n",
    "g.ts": "import { shown } from './src/store';\n",
    "h.ts": "import Anything from './src/store';\n",
    "i.ts": "import { Rack } from './src';\n",
    "j.js": "const { open } = require('./src/store');\n",
    "k.js": "const shop = require('./src/store');\nshop.open();\n",
    "m.ts": "import * as shop from './src/store';\n",
    "cjs.js": "function close() {}\nmodule.exports = { close };\n",
    "n.ts": "import door from './cjs';\ndoor.close();\n",
}
IN_SRC = ("index", "kept", "local")
GO = {
    "go.mod": "module example.org/shop\n",
    "store/a.go": "package store\nfunc Open() {}\n",
    "store/b.go": "package store\nfunc b() { Open() }\n",
    "store/c.go": "package store\n",
    "main.go": 'package main\nimport "example.org/shop/store"\nfunc main() { store.Open() }\n',
    "quiet.go": 'package main\nimport _ "example.org/shop/store"\n',
    "dots.go": 'package main\nimport . "example.org/shop/store"\nfunc d() { Open() }\n',
    "other/a.go": "package other\nfunc Open() {}\n",
}
RUST = {
    "Cargo.toml": '[package]\nname = "shop"\n',
    "src/lib.rs": "pub mod store;\nmod door;\npub use store::Shelf as Rack;\n",
    "src/store.rs": "pub struct Shelf;\npub fn open() {}\nmod tests { use super::*; fn t() { open(); } }\n",
    "src/door.rs": "use crate::store::{self, Shelf};\nfn f() { store::open(); }\n",
    "src/a.rs": "use crate::Rack;\n",
    "src/b.rs": "use super::store::open;\n",
    "tests/all.rs": "use shop::Rack;\nuse shop::store::*;\nfn f() { open(); }\n",
}
JAVA = {
    "src/org/shop/Store.java": "package org.shop; public class Store { public static void open() {} }\n",
    "src/org/shop/Near.java": "package org.shop; class Near { void f() { Store.open(); } }\n",
    "src/org/app/A.java": "import org.shop.Store; class A { void f() { Store.open(); } }\n",
    "src/org/app/B.java": "import org.shop.*; class B { Store s; }\n",
    "src/org/app/C.java": "import static org.shop.Store.open; class C { void f() { open(); } }\n",
    "src/org/app/D.java": "import org.shop.*; class D { }\n",
}


@pytest.mark.parametrize(
    ("files", "path", "name", "expected"),
    [
        (PYTHON, "shop/store.py", "count", ALL_COUNT),
        (PYTHON, "shop/store.py", "Shelf", ["by_new_name.py", "shop/__init__.py"]),
        (PYTHON, "shop/store.py", "LIMIT", ["another.py"]),
        (PYTHON, "shop/store.py", "_own", []),
        (PYTHON, "shop/store.py", "missing", []),
        (PYTHON, "shop/door.py", "lock", ["by_inner_module.py", "by_passed_module.py"]),
        (PYTHON, "other/store.py", "count", ["other/uses.py"]),
        (PYTHON, "round_b.py", "ring", ["round_a.py"]),
        (
            PYTHON,
            "shop/store.py",
            "",
            [
                "another.py",
                "by_alias.py",
                "by_member.py",
                "by_module.py",
                "by_name.py",
                "by_star.py",
                "only_imports.py",
                "shop/__init__.py",
            ],
        ),
        (
            SCRIPT,
            "src/store.ts",
            "open",
            [*(f"{each}.ts" for each in "abcde"), "j.js", "k.js", *(f"src/{n}.ts" for n in IN_SRC)],
        ),
        (SCRIPT, "src/store.ts", "hidden", ["g.ts"]),
        (SCRIPT, "src/store.ts", "Shelf", ["h.ts", "i.ts", "src/index.ts"]),
        (SCRIPT, "cjs.js", "close", ["n.ts"]),
        (GO, "store/a.go", "Open", ["dots.go", "main.go", "store/b.go"]),
        (GO, "store/a.go", "", ["dots.go", "main.go", "quiet.go"]),
        (GO, "other/a.go", "Open", []),
        (RUST, "src/store.rs", "open", ["src/b.rs", "src/door.rs", "tests/all.rs"]),
        (RUST, "src/store.rs", "Shelf", ["src/a.rs", "src/door.rs", "src/lib.rs", "tests/all.rs"]),
        (JAVA, "src/org/shop/Store.java", "Store", [f"src/org/app/{each}.java" for each in "ABC"]
         + ["src/org/shop/Near.java"]),
        (JAVA, "src/org/shop/Store.java", "open", [f"src/org/app/{each}.java" for each in "AC"]
         + ["src/org/shop/Near.java"]),
        (JAVA, "src/org/shop/Store.java", "", [f"src/org/app/{each}.java" for each in "ABCD"]),
    ],
)  # fmt: skip
def test_importers(files: dict[str, str], path: str, name: str, expected: list[str]) -> None:
    assert names(known_of(files).importers(ROOT / path, name)) == expected


def test_a_private_name_comes_with_a_star_where_it_is_listed() -> None:
    files = {
        "a.py": "__all__ = ['_own']\ndef _own(): ...\ndef other(): ...\n",
        "b.py": "from a import *\n_own, other\n",
    }
    known = known_of(files)
    assert names(known.importers(ROOT / "a.py", "_own")) == ["b.py"]
    assert names(known.importers(ROOT / "a.py", "other")) == []


def test_an_import_means_another_file_when_one_comes_or_goes() -> None:
    known = known_of({"x/a.py": "import tool\n", "tool.py": ""})
    assert names(known.importers(ROOT / "tool.py")) == ["x/a.py"]
    put(known, {"x/tool.py": ""})
    assert names(known.importers(ROOT / "tool.py")) == []
    assert names(known.importers(ROOT / "x/tool.py")) == ["x/a.py"]
    known.remove(str(ROOT / "x/tool.py"))
    assert names(known.importers(ROOT / "tool.py")) == ["x/a.py"]


def test_a_project_that_changes_its_name_is_found_by_it() -> None:
    known = known_of(GO)
    put(known, {"go.mod": "module example.org/renamed\n"})
    assert names(known.importers(ROOT / "store/a.go")) == []
    put(known, {"main.go": 'package main\nimport "example.org/renamed/store"\n'})
    assert names(known.importers(ROOT / "store/a.go")) == ["main.go"]


def test_a_path_that_is_not_known_has_none() -> None:
    assert known_of({}).importers(ROOT / "a.py", "x") == ()
