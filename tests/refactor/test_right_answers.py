"""Right answers that look like wrong ones: what is complained about falsely cannot be used at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emberline.refactor.checks import CHECKS, check
from emberline.refactor.checks.promises.rename_concept import concept_renamed
from emberline.refactor.types import Unfit
from emberline.syntax.types import Span
from tests.refactor.attempts import Case

JSON = """\
import json


def parse(text):
    return json.parse(text)


def load(text):
    return parse(text)
"""
RATE = """\
def area(rate):
    return rate


def rate(x):
    return area(rate=x)
"""
FEE = """\
from fees import fee


def rate(x):
    return fee(rate=x)
"""
CATEGORY = """\
class Category:
    pass


def count(categories):
    return len(categories)
"""
STORE = CATEGORY.replace("Category", "Store").replace("categories", "stores")
BOX = CATEGORY.replace("Category", "Box").replace("categories", "boxes")
ORDER = "export function Order(props) {\n  return <p>An order of yours</p>;\n}\n"
SORTED = "export function sorted(list) {\n  return [...list].sort();\n}\n"
GO = "package a\n\nfunc Parse(s string) int {\n\treturn len(s)\n}\n"
GO_TEST = 'package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) {\n\tt.Log(1)\n}\n'
GO_MORE = """
func TestParse(t *testing.T) {
\tif Parse(`{
  "a": 1
}`) == 0 {
\t\tt.Fatal("empty")
\t}
}
"""
TOTAL = "def getTotal(items):\n    return sum(items)\n\n\ndef show(items):\n    print(getTotal(items))\n"
JOIN = """\
import os


def join(a, b):
    return a + b


def path(a):
    return os.path.join(a, join(a, "x"))
"""
KEPT = """\
class Store:
    def put(self, x):
        self.a = x

    def get(self):
        return self.a

    def drop(self):
        self.a = None
"""
DEEP = "def f(a):\n    return " + " + ".join(["a"] * 700) + "\n"


def python(action: str, before: str, after: str, symbol: str = "", answer: str = "") -> Case:
    return Case(action, {"a.py": before}, {"a.py": after}, symbol, answer=answer)


def readme(after: str) -> Case:
    return Case("own-words", {"README.md": "# A\n\nText.\n"}, {"README.md": after}, answer="add a section")


GOOD: dict[str, Case] = {
    "another's member of the old name": python(
        "rename-concept",
        JSON,
        JSON.replace("def parse", "def parse_order").replace("return parse(", "return parse_order("),
        "parse",
        "parse_order",
    ),
    "an argument of the old name": python(
        "rename-concept", FEE, FEE.replace("def rate(", "def price("), "rate", "price"
    ),
    "another function's variable of the old name": python(
        "rename-concept",
        RATE,
        RATE.replace("def rate(", "def price("),
        "rate",
        "price",
    ),
    "many of what ends in y": python(
        "rename-concept",
        CATEGORY,
        CATEGORY.replace("Category", "Tag").replace("categories", "tags"),
        "Category",
        "Tag",
    ),
    "many of what ends in y now": python(
        "rename-concept",
        STORE,
        STORE.replace("Store", "Entry").replace("stores", "entries"),
        "Store",
        "Entry",
    ),
    "many of what ends in x": python(
        "rename-concept", BOX, BOX.replace("Box", "Bin").replace("boxes", "bins"), "Box", "Bin"
    ),
    "another article in the text of an element": Case(
        "rename-concept",
        {"a.jsx": ORDER},
        {"a.jsx": ORDER.replace("Order", "Ticket").replace("An order", "A ticket")},
        "Order",
        answer="Ticket",
    ),
    "documentation of what remains unchanged": Case(
        "document",
        {"a.js": SORTED},
        {"a.js": "/** Sorts a copy; the list itself remains unchanged. */\n" + SORTED},
        "sorted",
    ),
    "documentation of what stays the same": Case(
        "document",
        {"a.go": GO},
        {"a.go": GO.replace("func", "// Parse counts. The order of equal ones stays the same.\nfunc")},
        "Parse",
    ),
    "documentation with what follows": python(
        "document",
        "def f(x):\n    return x\n",
        'def f(x):\n    """Gives x.\n\n    The following is the rule: as it comes.\n"""\n    return x\n',
        "f",
    ),
    "spaces in a raw string of a file with tabs": Case(
        "tests",
        {"a.go": GO, "a_test.go": GO_TEST},
        {"a_test.go": GO_TEST + GO_MORE},
        "Parse",
        destination="a_test.go",
    ),
    "names in another spelling": python(
        "own-words", TOTAL, TOTAL.replace("getTotal", "get_total"), answer="Use snake_case for all functions"
    ),
    "names that are private now": python(
        "own-words", TOTAL, TOTAL.replace("getTotal", "_getTotal"), answer="make the helpers private"
    ),
    "a library's function of the name that is inlined": python(
        "inline-function",
        JOIN,
        'import os\n\n\ndef path(a):\n    return os.path.join(a, a + "x")\n',
        "join",
    ),
    "prose that speaks to its reader": readme(
        "# A\n\nText.\n\nHere are the main changes:\n\n- one\n\nBelow is the list of commands.\n\nIt ends.\n"
    ),
    "a copy that was asked for": Case(
        "own-words",
        {"a.py": KEPT},
        {"b.py": KEPT.replace("Store", "Depot")},
        answer="Copy this class to b.py",
    ),
    "types in an expression that is too deep to be walked": python(
        "add-types", DEEP, DEEP.replace("f(a)", "f(a: int) -> int"), "f"
    ),
}

BAD: dict[str, tuple[Case, str]] = {
    "the module's own member of the old name": (
        Case(
            "rename-concept",
            {"a.py": RATE, "b.py": "import a\n\nprint(a.rate(1), a.area(2))\n"},
            {
                "a.py": RATE.replace("def rate(", "def price("),
                "b.py": "import a\n\nprint(a.rate(1), a.area(3))\n",
            },
            "rate",
            answer="price",
        ),
        "uses rate",
    ),
    "the old name in an annotation": (
        python(
            "rename-concept",
            CATEGORY + "\n\ndef first(found) -> Category:\n    return found\n",
            CATEGORY.replace("Category", "Tag") + "\n\ndef first(found) -> Category:\n    return found\n",
            "Category",
            "Tag",
        ),
        "still has the name Category",
    ),
    "another plural": (
        python(
            "rename-concept",
            CATEGORY,
            CATEGORY.replace("Category", "Tag").replace("categories", "labels"),
            "Category",
            "Tag",
        ),
        "nothing to do with Category",
    ),
    "code in place of which words stand": (
        Case(
            "own-words",
            {"a.js": SORTED},
            {"a.js": SORTED + "// the other methods remain unchanged\n"},
            answer="add a function",
        ),
        "in place of code",
    ),
    "a greeting before prose": (
        readme("Here is the updated file:\n\n# A\n\nText.\n"),
        "speaks to the reader",
    ),
    "a copy that nobody asked for": (
        Case("own-words", {"a.py": KEPT}, {"b.py": KEPT.replace("Store", "Depot")}, answer="Write a README"),
        "content of a.py",
    ),
    "other code in an expression that is too deep to be walked": (
        python("add-types", DEEP, DEEP.replace("f(a)", "f(a: int) -> int").replace("a +", "b +", 1), "f"),
        "only types may change",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_lets_through(name: str) -> None:
    attempt = GOOD[name].attempt()
    check(attempt.assignment, attempt.dossier, attempt.change, attempt.view)


@pytest.mark.parametrize("name", BAD)
def test_turns_down(name: str) -> None:
    case, words = BAD[name]
    told = [complaint for each in CHECKS for complaint in each(case.attempt())]
    assert any(words in complaint for complaint in told), told
    with pytest.raises(Unfit):
        attempt = case.attempt()
        check(attempt.assignment, attempt.dossier, attempt.change, attempt.view)


TWO = "def first(rate):\n    return rate\n\n\ndef second(rate):\n    return rate + rate\n"


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (TWO.replace("rate", "price", 2), []),
        (TWO.replace("rate", "price", 1), ["line 2 of a.py still has the name rate"]),
    ],
)
def test_another_function_may_have_a_variable_of_the_name(after: str, told: list[str]) -> None:
    attempt = python("rename-concept", TWO, after, answer="price").attempt()
    at = TWO.index("rate")
    target = replace(attempt.assignment.target, span=Span(at, at), name="rate")
    asked = replace(attempt, assignment=replace(attempt.assignment, target=target))
    assert list(concept_renamed(asked)) == told
