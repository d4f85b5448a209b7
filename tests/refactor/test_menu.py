"""What the menu offers at a place, what it says, and what it asks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from emberline.refactor import menu
from emberline.refactor.actions import ACTIONS
from emberline.refactor.types import Diagnostic, Form, Offer, Question, Reach, Unfit
from emberline.syntax.types import Span
from tests.refactor.exact.marked import place, workspace

CLASS = (
    "import os\n\n\nclass Store:\n    def __init__(self, path, size):\n        self.path = path\n"
    "        self.size = size\n\n    def close(self, force):\n        return self.path + force\n"
)
SCRIPT = (
    "function load(path, callback) {\n  callback(null, path);\n}\n\n"
    "load('x', function (e) {\n  log(e);\n});\n"
)


def offered(
    text: str,
    language_id: str,
    others: Mapping[str, str] | None = None,
    name: str = "",
    told: tuple[str, ...] = (),
) -> dict[str, Offer]:
    """The offers at marked code by their actions; those that are there twice numbered."""
    diagnostics = tuple(Diagnostic(Span(0, 1), each) for each in told)
    _, there = place(text, language_id, name, diagnostics)
    found: dict[str, Offer] = {}
    for each in menu.offers(there, workspace(there, others)):
        key = each.action.id
        while key in found:
            key += "+"
        found[key] = each
    return found


# language, marked code, what is offered there beside others, what is not
APPLIES = {
    "a method": (
        "python",
        CLASS.replace("close", "clo‸se"),
        "document simplify add-types convert-async change-signature rename-concept tests inline-function "
        "explain own-words organise-imports",
        "move-symbol convert-dataclass extract-function extract-variable split-file fix directive "
        "rename-local",
    ),
    "a class": (
        "python",
        CLASS.replace("Store", "Sto‸re"),
        "convert-dataclass move-symbol document tests rename-concept simplify",
        "add-types convert-async change-signature inline-function",
    ),
    "its init": (
        "python",
        CLASS.replace("__init__", "__in‸it__"),
        "convert-dataclass change-signature",
        "convert-async move-symbol tests inline-function",
    ),
    "a local variable": (
        "python",
        "def f(a: int) -> int:\n    to‸tal = a\n    return total\n",
        "rename-local inline-variable rename-concept simplify",
        "add-types",
    ),
    "statements": (
        "python",
        "def f(a):\n«    b = a + 1\n    print(b)\n»    return b\n",
        "extract-function simplify explain own-words",
        "document tests move-symbol rename-concept change-signature extract-variable",
    ),
    "half a statement": (
        "python",
        "def f(a):\n    b = «a + 1\n    print(b)»\n",
        "explain own-words",
        "extract-function extract-variable simplify",
    ),
    "statements of a module": ("python", "«a = 1\nb = 2\n»", "explain own-words", "extract-function"),
    "an expression": (
        "python",
        "def f(a):\n    return g(«a + 1»)\n",
        "extract-variable explain own-words",
        "extract-function simplify document",
    ),
    "a test": (
        "python",
        "def test_‸f():\n    assert True\n",
        "simplify document",
        "tests convert-async inline-function",
    ),
    "two classes": ("python", "class A:\n    pass\n\n\nclass B:\n    pass\n‸", "split-file", "move-symbol"),
    "an annotated function": ("python", "def ‸f(a: int) -> int:\n    return a\n", "document", "add-types"),
    "an async function": ("python", "async def ‸f(a):\n    return a\n", "add-types", "convert-async"),
    "a filled string": ("python", "def f(a):\n    return 'a %s‸' % a\n", "convert-fstring", ""),
    "a format": ("python", "def f(a):\n    return '{}'.for‸mat(a)\n", "convert-fstring", ""),
    "an f-string": ("python", "def f(a):\n    return f'{a}‸'\n", "", "convert-fstring"),
    "a collecting loop": (
        "python",
        "def f(a):\n    b = []\n    for ‸c in a:\n        if c:\n            b.append(c + 1)\n    return b\n",
        "convert-comprehension",
        "",
    ),
    "a loop that does more": (
        "python",
        "def f(a):\n    b = []\n    for ‸c in a:\n        b.append(c)\n        print(c)\n    return b\n",
        "",
        "convert-comprehension",
    ),
    "a callback": ("javascript", SCRIPT.replace("load(path", "lo‸ad(path"), "convert-promise add-types", ""),
    "a function expression": ("javascript", SCRIPT.replace("log(e)", "lo‸g(e)"), "convert-arrow", ""),
    "one with this": ("javascript", "f(function () {\n  this.a‸();\n});\n", "", "convert-arrow"),
    "an arrow": ("javascript", "f(() => {\n  a‸();\n});\n", "", "convert-arrow"),
    "TypeScript without types": (
        "typescript",
        "function ‸f(a) {\n  return a;\n}\n",
        "add-types convert-async",
        "",
    ),
    "TypeScript with types": (
        "typescript",
        "function ‸f(a: A) {\n  return a;\n}\n",
        "convert-async",
        "add-types",
    ),
    "Go": (
        "go",
        "package p\n\nfunc ‸f(a int) {\n\tg(a)\n}\n",
        "document change-signature tests",
        "convert-async add-types",
    ),
    "Rust": (
        "rust",
        "fn ‸f(a: u32) {\n    g(a);\n}\n",
        "convert-async change-signature move-symbol",
        "add-types",
    ),
    "Java": (
        "java",
        "class A {\n    void ‸f() {\n        g();\n    }\n}\n",
        "document change-signature",
        "convert-async",
    ),
    "a language without grammar": (
        "lua",
        "local thi‸ng = 1\n",
        "explain own-words rename-concept",
        "document simplify tests extract-variable",
    ),
    "an empty file": ("python", "‸", "own-words", "explain document rename-concept"),
}


@pytest.mark.parametrize("case", APPLIES)
def test_what_applies(case: str) -> None:
    language_id, text, there, missing = APPLIES[case]
    names = {"lua": "sample.lua", "a test": "test_sample.py"}
    found = offered(text, language_id, name=names.get(case, names.get(language_id, "")))
    assert set(there.split()) <= set(found)
    assert not set(missing.split()) & set(found)


def test_the_order_is_what_people_look_for() -> None:
    text = "import os\n\n\ndef f(a):\n    # emberline: shorter\n    return ‸Store(a)\n"
    others = {"store.py": "class Store: ...\n"}
    found = list(offered(text.replace("‸Store", "Sto‸re"), "python", others, told=("x is wrong",)))
    assert found.index("add-import") < found.index("organise-imports") < found.index("simplify")
    assert found.index("simplify") < found.index("rename-concept") < found.index("explain")
    assert found[-1] == "own-words"
    directive = offered(text.replace("    # emb", "    # ‸emb").replace("‸Store", "Store"), "python", others)
    assert next(iter(directive)) == "directive" and directive["directive"].answer == "shorter"


def test_every_action_has_a_rule() -> None:
    assert set(menu._RULES) == set(ACTIONS)


WORDS = [
    ("rename-local", "def f(a):\n    to‸tal = a\n    return total\n", "Rename total in this function"),
    ("change-signature", CLASS.replace("close", "clo‸se"), "Change the signature of close in 2 files"),
    ("document", CLASS.replace("close", "clo‸se"), "Document close"),
    ("document", 'def ‸f():\n    """It is."""\n', "Update the documentation of f"),
    ("simplify", "def f(a):\n«    b = a + 1\n    print(b)\n»    return b\n", "Simplify the selection"),
    ("explain", "x = 1\n\n‸\n", "Explain this file"),
    ("directive", "x = 1  # emberline: make‸ it 2\n", "Do: make it 2"),
    ("fix", "x‸ = 1\n", "Fix: it is wrong"),
    ("own-words", "x‸ = 1\n", "In your own words…"),
    ("organise-imports", "import o‸s\n", "Remove unused imports"),
]


@pytest.mark.parametrize(("action", "text", "words"), WORDS)
def test_wording(action: str, text: str, words: str) -> None:
    others = {"user.py": "from sample import Store\n\nStore(1, 2).close(True)\n"}
    found = offered(text, "python", others, told=("it is\n wrong",))
    assert menu.wording(found[action]) == words


def test_long_messages_are_cut() -> None:
    found = offered("x‸ = 1\n", "python", told=("wrong " * 50,))
    assert len(menu.wording(found["fix"])) < 90 and menu.wording(found["fix"]).endswith("…")


def test_one_fix_a_diagnostic_and_five_at_most() -> None:
    told = tuple(f"wrong {number}" for number in range(8))
    found = [each for key, each in offered("x‸ = 1\n", "python", told=told).items() if key.startswith("fix")]
    assert len(found) == 5
    assert all(len(each.target.diagnostics) == 1 for each in found)
    assert len({each.target.diagnostics for each in found}) == 5


def test_one_import_for_each_place_that_has_the_name() -> None:
    text = "x = Sto‸re()\n"
    others = {"a.py": "class Store: ...\n", "b.py": "class Store: ...\n"}
    found = offered(text, "python", others, name="main.py")
    assert [menu.wording(found[key]) for key in ("add-import", "add-import+")] == [
        "Import Store from a",
        "Import Store from b",
    ]
    assert not found["add-import"].is_preferred
    _, there = place(text, "python", "main.py")
    view = workspace(there, others)
    asked = menu.question(ACTIONS["add-import"], there, view)
    assert asked is not None and asked.choices == ("Store from a", "Store from b")
    assert menu.offer("add-import", there, view).question == asked
    assert menu.offer("add-import", there, view, "Store from b").answer == "Store from b"
    only = offered(text, "python", {"a.py": "class Store: ...\n"}, name="main.py")
    assert only["add-import"].is_preferred and "add-import+" not in only


def test_what_it_costs_is_told() -> None:
    others = {f"u{number}.py": "from sample import Store\n\nStore(1, 2)\n" for number in range(4)}
    found = offered(CLASS.replace("Store", "Sto‸re"), "python", others)
    assert found["rename-concept"].files == 5
    assert found["move-symbol"].files == 6
    assert found["simplify"].files == 1
    assert 0 < found["simplify"].input_tokens < found["rename-concept"].input_tokens
    for each in found.values():
        assert (each.input_tokens == 0) is (each.action.form is Form.NONE)
        assert each.files == 1 or each.action.reach is Reach.WORKSPACE


def test_a_name_of_another_file_can_be_meant() -> None:
    text = "from store import close\n\n\ndef f():\n    clo‸se()\n"
    others = {"store.py": "def close(): ...\n", "user.py": "from store import close\n"}
    found = offered(text, "python", others, name="main.py")
    for action in ("rename-concept", "change-signature"):
        assert found[action].target.symbol is None and found[action].target.name == "close"
        assert found[action].files == 3
    assert menu.wording(found["change-signature"]) == "Change the signature of close in 3 files"
    assert menu.wording(found["document"]) == "Document f"


def test_questions() -> None:
    text = CLASS.replace("close", "clo‸se")
    _, there = place(text, "python")
    view = workspace(there)
    assert menu.question(ACTIONS["rename-concept"], there, view) == Question("Rename close to", "close")
    signature = menu.question(ACTIONS["change-signature"], there, view)
    assert signature is not None and signature.default == "def close(self, force):"
    assert menu.question(ACTIONS["simplify"], there, view) is None
    assert menu.question(ACTIONS["own-words"], there, view) == Question("What should be done here?")


def test_where_a_symbol_could_move() -> None:
    text = "from pkg.near import n\n\n\ndef hel‸per():\n    return n\n"
    others = {
        "pkg/__init__.py": "",
        "pkg/near.py": "n = 1\n",
        "pkg/user.py": "from pkg.sample import helper\n\nhelper()\n",
        "far/other.py": "from pkg.sample import helper\n\nhelper()\n",
        "tests/test_sample.py": "from pkg.sample import helper\n\nhelper()\n",
        "pkg/script.ts": "helper();\n",
        "pkg/alone.py": "x = 1\n",
    }
    _, there = place(text, "python", "pkg/sample.py")
    asked = menu.question(ACTIONS["move-symbol"], there, workspace(there, others))
    assert asked is not None and asked.choices == ("pkg/user.py", "far/other.py", "pkg/near.py")


def test_an_action_that_is_asked_for() -> None:
    text, there = place("def f(a):\n    b = «a + 1»\n    return b\n", "python")
    view = workspace(there)
    assert menu.offer("document", there, view).target.symbol is not None
    assert menu.offer("own-words", there, view, "go on").question is None
    with pytest.raises(Unfit, match="has a name already"):
        menu.offer("extract-variable", there, view)
    with pytest.raises(Unfit, match="no diagnostic"):
        menu.offer("fix", there, view)
    with pytest.raises(Unfit, match="no action"):
        menu.offer("fly", there, view)
    with pytest.raises(Unfit, match="No import"):
        menu.offer("organise-imports", there, view)
    assert text


def test_an_action_without_grammar_says_why() -> None:
    _, there = place("local x‸ = 1\n", "lua", "a.lua")
    with pytest.raises(Unfit, match="lua"):
        menu.offer("simplify", there, workspace(there))


def test_what_almost_applies_says_why_not() -> None:
    found = offered("def f(a):\n    while «a.more()»:\n        a.step()\n", "python")
    assert "loop" in found["extract-variable"].disabled
    found = offered("@app.get('/')\ndef f(‸a):\n    return a\n", "python")
    assert "decorator" in found["rename-local"].disabled
