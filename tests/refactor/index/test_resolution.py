"""What an import means, in each language, over small workspaces."""

from __future__ import annotations

import pytest

from emberline.refactor.index.projects import Project, project
from tests.refactor.index.made import known_of, resolved

PYTHON = {
    "src/shop/__init__.py": "from .store import Shelf\n",
    "src/shop/store.py": "class Shelf: ...\n",
    "src/shop/inner/__init__.py": "",
    "src/shop/inner/deep.py": """
from ..store import Shelf
from .. import store, Shelf
from . import deep
from . import *
from ...out import x
import shop.store, shop, json, types, missing.store
from shop.inner import deep as again
""",
    "src/shop/types.py": "",
    "tests/test_store.py": "import shop\nfrom shop.store import Shelf\nimport helpers\nimport tools.paint\n",
    "tests/helpers.py": "",
    "scripts/tools/paint.py": "",
    "scripts/helpers.py": "",
    "scripts/run.py": "import helpers\nfrom tools import paint\nimport stubs\n",
    "lib/stubs.pyi": "",
}
SCRIPT = {
    "web/tsconfig.json": """{ // where modules lie
        "compilerOptions": {"baseUrl": ".", "paths": {
            "@app/*": ["src/*"], "@core": ["src/core/index.ts"], "*.svg": ["images/*"],
        },},
    }""",
    "web/src/core/index.ts": "export const core = 1\n",
    "web/src/util.ts": "",
    "web/src/util.test.ts": "",
    "web/src/styles.css": "",
    "web/src/data.json": "{}",
    "web/src/page.tsx": """
import a from './util';
import b from './util.js';
import c from '@app/util';
import d from '@core';
import e from '@app/core';
import f from 'src/util';
import './styles.css';
import g from './data.json';
import h from 'react';
import i from './missing';
import j from './util.test';
import k from '.';
import l from '@shop/door';
import m from '@shop/door/lock';
import n from './core/';
""",
    "web/src/index.js": "",
    "packages/door/package.json": '{"name": "@shop/door"}',
    "packages/door/src/index.ts": "",
    "packages/door/src/lock.ts": "",
}
GO = {
    "go.mod": "module example.org/shop\n\ngo 1.22\n",
    "main.go": """package main
import (
    "fmt"
    "example.org/shop/store"
    "example.org/other"
    "example.org/shop"
)
""",
    "store/a_test.go": "package store\n",
    "store/b.go": "package store\n",
    "store/c.go": "package store\n",
    "tool/go.mod": "module example.org/shop/tool\n",
    "tool/x/x.go": 'package x\nimport "example.org/shop/store"\nimport "example.org/shop/tool/x"\n',
}
RUST = {
    "Cargo.toml": '[package]\nname = "my-shop"\n',
    "src/lib.rs": "mod store;\npub mod door;\nmod gone;\nuse store::Shelf;\nuse self::door::lock;\n",
    "src/store.rs": """
use crate::door::lock::Lock;
use super::door;
use crate::Kind;
use std::fmt;
use serde::Value;
mod tests { use super::Shelf; use super::super::Root; }
""",
    "src/door/mod.rs": """
pub mod lock;
use self::lock::Lock;
use super::store::Shelf;
use crate::store::*;
""",
    "src/door/lock.rs": "use super::Door;\nuse super::super::store::Shelf;\n",
    "tests/all.rs": "use my_shop::store::Shelf;\nuse my_shop::Kind;\nmod common;\n",
    "tests/common.rs": "",
}
JAVA = {
    "app/src/main/java/org/shop/Store.java": """package org.shop;
import org.shop.door.Lock;
import org.shop.door.*;
import java.util.List;
import org.shop.door.Lock.Kind;
import static org.shop.door.Lock.open;
import static org.shop.door.Lock.*;
""",
    "app/src/main/java/org/shop/door/Lock.java": "package org.shop.door;\npublic class Lock {}\n",
    "app/src/main/java/org/shop/door/Bolt.java": "package org.shop.door;\npublic class Bolt {}\n",
}
LOCK = "app/src/main/java/org/shop/door/Lock.java"
EXPECTED = [
    (
        PYTHON,
        "src/shop/inner/deep.py",
        {
            "..store Shelf": "src/shop/store.py",
            ".. store": "src/shop/store.py",
            ".. Shelf": "src/shop/__init__.py",
            ". deep": "src/shop/inner/deep.py",
            ". *": "src/shop/inner/__init__.py",
            "...out x": "",
            "shop.store": "src/shop/store.py",
            "shop": "src/shop/__init__.py",
            "json": "",
            "types": "",
            "missing.store": "",
            "shop.inner deep": "src/shop/inner/deep.py",
        },
    ),
    (
        PYTHON,
        "tests/test_store.py",
        {
            "shop": "src/shop/__init__.py",
            "shop.store Shelf": "src/shop/store.py",
            "helpers": "tests/helpers.py",
            "tools.paint": "scripts/tools/paint.py",
        },
    ),
    (
        PYTHON,
        "scripts/run.py",
        {"helpers": "scripts/helpers.py", "tools paint": "scripts/tools/paint.py", "stubs": "lib/stubs.pyi"},
    ),
    (
        SCRIPT,
        "web/src/page.tsx",
        {
            "./util default": "web/src/util.ts",
            "./util.js default": "web/src/util.ts",
            "@app/util default": "web/src/util.ts",
            "@core default": "web/src/core/index.ts",
            "@app/core default": "web/src/core/index.ts",
            "src/util default": "web/src/util.ts",
            "./styles.css": "web/src/styles.css",
            "./data.json default": "web/src/data.json",
            "react default": "",
            "./missing default": "",
            "./util.test default": "web/src/util.test.ts",
            ". default": "web/src/index.js",
            "@shop/door default": "packages/door/src/index.ts",
            "@shop/door/lock default": "packages/door/src/lock.ts",
            "./core/ default": "web/src/core/index.ts",
        },
    ),
    (
        GO,
        "main.go",
        {
            "fmt": "",
            "example.org/shop/store": "store/b.go",
            "example.org/other": "",
            "example.org/shop": "main.go",
        },
    ),
    (GO, "tool/x/x.go", {"example.org/shop/store": "store/b.go", "example.org/shop/tool/x": "tool/x/x.go"}),
    (
        RUST,
        "src/lib.rs",
        {
            "self::store": "src/store.rs",
            "self::door": "src/door/mod.rs",
            "self::gone": "src/lib.rs",
            "store Shelf": "src/store.rs",
            "self::door lock": "src/door/lock.rs",
        },
    ),
    (
        RUST,
        "src/store.rs",
        {
            "crate::door::lock Lock": "src/door/lock.rs",
            "super door": "src/door/mod.rs",
            "crate Kind": "src/lib.rs",
            "std fmt": "",
            "serde Value": "",
            "super Shelf": "src/store.rs",
            "super::super Root": "src/lib.rs",
        },
    ),
    (
        RUST,
        "src/door/mod.rs",
        {
            "self::lock": "src/door/lock.rs",
            "self::lock Lock": "src/door/lock.rs",
            "super::store Shelf": "src/store.rs",
            "crate::store *": "src/store.rs",
        },
    ),
    (
        RUST,
        "src/door/lock.rs",
        {"super Door": "src/door/mod.rs", "super::super::store Shelf": "src/store.rs"},
    ),
    (
        RUST,
        "tests/all.rs",
        {
            "my_shop::store Shelf": "src/store.rs",
            "my_shop Kind": "src/lib.rs",
            "self::common": "tests/common.rs",
        },
    ),
    (
        JAVA,
        "app/src/main/java/org/shop/Store.java",
        {
            "org.shop.door Lock": LOCK,
            "org.shop.door *": "app/src/main/java/org/shop/door/Bolt.java",
            "java.util List": "",
            "org.shop.door.Lock Kind": LOCK,
            "org.shop.door.Lock open": LOCK,
            "org.shop.door.Lock *": LOCK,
        },
    ),
]


@pytest.mark.parametrize(("files", "name", "expected"), EXPECTED, ids=[name for _, name, _ in EXPECTED])
def test_an_import_means_a_file(files: dict[str, str], name: str, expected: dict[str, str]) -> None:
    assert resolved(known_of(files), name) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("go.mod", '// c\nmodule "a.b/c"\n', Project("go", "a.b/c")),
        ("go.mod", "go 1.22\n", None),
        ("Cargo.toml", '[package]\nname = "a-b"\n[lib]\nname = "c"\n', Project("rust", "c")),
        ("Cargo.toml", "[workspace]\n", None),
        ("Cargo.toml", "[[[", None),
        ("package.json", '{"name": "@a/b"}', Project("npm", "@a/b")),
        ("package.json", '{"name": 3}', None),
        ("package.json", "[]", None),
        ("tsconfig.json", '{"compilerOptions": {"baseUrl": "./src"}}', Project("typescript", base="./src")),
        (
            "jsconfig.json",
            '{"compilerOptions": {"paths": {"@/*": ["src/*", 3], "x": 1}, /* "a": */ "b": "//no",}}',
            Project("typescript", paths=(("@/*", ("src/*",)),)),
        ),
        ("tsconfig.json", '{"compilerOptions": {}}', None),
        ("tsconfig.json", "{", None),
        ("other.json", "{}", None),
    ],
)
def test_projects_are_read_as_far_as_they_can_be(name: str, text: str, expected: Project | None) -> None:
    assert project(name, text) == expected
