"""A change by somebody else, with its imports in order afterwards."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from emberline.refactor.exact import tidied
from emberline.refactor.types import Change, FileChange, Proposal
from emberline.syntax.languages import language_of
from tests.refactor.exact.marked import source
from tests.refactor.index.made import ROOT, known_of

Texts = Mapping[str, str]


def tidy(before: Texts, after: Mapping[str, str | None]) -> dict[str, str | None]:
    """What becomes of a change from some texts to others, where the index knows what was before."""
    files = []
    for name, text in sorted(after.items()):
        path = ROOT / name
        files.append(FileChange(name, path, path.as_uri(), before.get(name), text))
    change = Change(tuple(files), Proposal(()))
    known = known_of(before)
    known.is_complete = True
    sources = {name: source(text, language_of(name), name) for name, text in before.items()}
    result = tidied(change, sources, known)
    if result.files == change.files:
        assert result is change
    assert result.proposal is change.proposal
    return {each.name: each.after for each in result.files}


STORE = "import json\nimport os\n\n\ndef load(path):\n    return json.loads(os.fspath(path))\n"

CASES: dict[str, tuple[Texts, Mapping[str, str | None], Mapping[str, str | None]]] = {
    "an import that the change left unused": (
        {"store.py": STORE},
        {"store.py": "import json\nimport os\n\n\ndef load(path):\n    return json.loads(path)\n"},
        {"store.py": "import json\n\n\ndef load(path):\n    return json.loads(path)\n"},
    ),
    "one that was unused before is not ours": (
        {"store.py": "import os\nimport sys\n\nx = 1\n"},
        {"store.py": "import os\nimport sys\n\nx = 2\n"},
        {"store.py": "import os\nimport sys\n\nx = 2\n"},
    ),
    "an import that the change took and the code needs": (
        {"store.py": STORE},
        {"store.py": "import json\n\n\ndef load(path):\n    return json.loads(os.fspath(path))\n"},
        {"store.py": "import json\nimport os\n\n\ndef load(path):\n    return json.loads(os.fspath(path))\n"},
    ),
    "what moved to another file is imported from there": (
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "def helper():\n    return 1\n\n\ndef run():\n    return helper()\n",
            "pkg/b.py": "x = 1\n",
        },
        {
            "pkg/a.py": "def run():\n    return helper()\n",
            "pkg/b.py": "x = 1\n\n\ndef helper():\n    return 1\n",
        },
        {
            "pkg/a.py": "from pkg.b import helper\n\n\ndef run():\n    return helper()\n",
            "pkg/b.py": "x = 1\n\n\ndef helper():\n    return 1\n",
        },
    ),
    "what moved takes its imports along": (
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "from pathlib import Path\n\n\ndef helper():\n    return Path()\n",
            "pkg/b.py": "x = 1\n",
        },
        {
            "pkg/a.py": "from pathlib import Path\n",
            "pkg/b.py": "x = 1\n\n\ndef helper():\n    return Path()\n",
        },
        {
            "pkg/a.py": "",
            "pkg/b.py": "from pathlib import Path\n\nx = 1\n\n\ndef helper():\n    return Path()\n",
        },
    ),
    "what moved to a new file is imported from there": (
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "from pkg.c import y\n\n\ndef helper():\n    return y\n\n\ndef run():\n"
            "    return helper()\n",
            "pkg/c.py": "y = 1\n",
        },
        {
            "pkg/a.py": "from pkg.c import y\n\n\ndef run():\n    return helper()\n",
            "pkg/new.py": "def helper():\n    return y\n",
        },
        {
            "pkg/a.py": "from pkg.new import helper\n\n\ndef run():\n    return helper()\n",
            "pkg/new.py": "from pkg.c import y\n\n\ndef helper():\n    return y\n",
        },
    ),
    "files that would need each other are left alone": (
        {"a.py": "def helper(): ...\n\n\ndef run():\n    helper()\n", "b.py": "from a import run\n\nrun()\n"},
        {
            "a.py": "def run():\n    helper()\n",
            "b.py": "from a import run\n\nrun()\n\n\ndef helper(): ...\n",
        },
        {
            "a.py": "def run():\n    helper()\n",
            "b.py": "from a import run\n\nrun()\n\n\ndef helper(): ...\n",
        },
    ),
    "what was missing before is somebody else's": (
        {"a.py": "def f():\n    return os\n", "b.py": "import os\n\nos.sep\n"},
        {"a.py": "def f():\n    return [os]\n", "b.py": "import os\n\n[os.sep]\n"},
        {"a.py": "def f():\n    return [os]\n", "b.py": "import os\n\n[os.sep]\n"},
    ),
    "broken code is left alone": (
        {"a.py": "import os\n\nos.sep\n"},
        {"a.py": "import os\n\ndef f(:\n"},
        {"a.py": "import os\n\ndef f(:\n"},
    ),
    "a file that goes": ({"a.py": "import os\n\nos.sep\n"}, {"a.py": None}, {"a.py": None}),
    "a language without imports": ({"a.md": "os\n"}, {"a.md": "os os\n"}, {"a.md": "os os\n"}),
    "TypeScript: moved to a new file": (
        {
            "src/a.ts": "import { y } from './c';\n\nexport function helper() {\n  return y;\n}\n\n"
            "export function run() {\n  return helper();\n}\n",
            "src/c.ts": "export const y = 1;\n",
        },
        {
            "src/a.ts": "import { y } from './c';\n\nexport function run() {\n  return helper();\n}\n",
            "src/deep/new.ts": "export function helper() {\n  return y;\n}\n",
        },
        {
            "src/a.ts": "import { helper } from './deep/new';\n\nexport function run() {\n"
            "  return helper();\n}\n",
            "src/deep/new.ts": 'import { y } from "../c";\n\nexport function helper() {\n  return y;\n}\n',
        },
    ),
    "TypeScript: what is not exported cannot be imported": (
        {"a.ts": "function helper() {}\n\nhelper();\n", "b.ts": "let x;\n"},
        {"a.ts": "helper();\n", "b.ts": "let x;\n\nfunction helper() {}\n"},
        {"a.ts": "helper();\n", "b.ts": "let x;\n\nfunction helper() {}\n"},
    ),
    "Go": (
        {"a.go": 'package p\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc f() {\n\tfmt.Println(os.Args)\n}\n'},
        {"a.go": 'package p\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc f() {\n\tfmt.Println(1)\n}\n'},
        {"a.go": 'package p\n\nimport (\n\t"fmt"\n)\n\nfunc f() {\n\tfmt.Println(1)\n}\n'},
    ),
    "Rust": (
        {
            "src/a.rs": "use std::collections::HashMap;\nuse std::fs;\n\n"
            "fn f(m: HashMap<u8, u8>) {\n    fs::read(m);\n}\n"
        },
        {"src/a.rs": "use std::collections::HashMap;\nuse std::fs;\n\nfn f(m: u8) {\n    fs::read(m);\n}\n"},
        {"src/a.rs": "use std::fs;\n\nfn f(m: u8) {\n    fs::read(m);\n}\n"},
    ),
    "Java": (
        {"A.java": "import java.util.List;\nimport java.util.Map;\n\nclass A {\n    List<Map> a;\n}\n"},
        {"A.java": "import java.util.List;\nimport java.util.Map;\n\nclass A {\n    List<A> a;\n}\n"},
        {"A.java": "import java.util.List;\n\nclass A {\n    List<A> a;\n}\n"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_tidied_where_it_is_certain(case: str) -> None:
    before, after, expected = CASES[case]
    assert tidy(before, after) == expected


def test_tidying_twice_is_tidying_once() -> None:
    for before, after, _ in CASES.values():
        once = tidy(before, after)
        assert tidy(before, once) == once
