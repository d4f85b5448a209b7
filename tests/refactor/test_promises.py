"""Each action does what it promised, and nothing else."""

from __future__ import annotations

import pytest

from emberline.refactor.checks import CHECKS, check
from emberline.refactor.types import Unfit
from tests.refactor.attempts import Case

PY = '''import os


class Basket:
    """What is bought."""

    def __init__(self, owner, items=()):
        self.owner = owner
        self.items = items

    def total(self, rate):
        # Prices are in cents.
        cents = 0
        for item in self.items:
            if item.price > 0:
                cents = cents + item.price * item.count
        return cents * rate

    def _secretly(self):
        return os.sep


def discount(basket, percent):
    return basket.total(1) * percent / 100


def report(basket):
    return f"{basket.owner}: {discount(basket, 10)}"
'''
SHOP = "from basket import discount\n\n\ndef pay(basket):\n    return discount(basket, 5)\n"
TS = """import { log } from "./log";

// Adds prices.
export function total(prices, rate) {
  let sum = 0;
  for (const price of prices) {
    sum += price;
  }
  return sum * rate;
}

export const pay = (prices, done) => {
  done(total(prices, 1));
};
"""
LIST = """class PriceList:
    pass


# A price list of ours.
price_list = PriceList()
PRICE_LIST = 'price-list'
"""
CATALOGUE = """class Catalogue:
    pass


# A catalogue of ours.
catalogue = Catalogue()
CATALOGUE = 'catalogue'
"""
LOOP = """        cents = 0
        for item in self.items:
            if item.price > 0:
                cents = cents + item.price * item.count
"""
TOTAL = "def discount(basket, percent):\n    return basket.total(1) * percent / 100\n"


def py(action: str, after: str, symbol: str = "discount", answer: str = "", **more: object) -> Case:
    return Case(action, {"basket.py": PY}, {"basket.py": after}, symbol, answer=answer, **more)  # type: ignore[arg-type]


def ts(action: str, after: str, symbol: str = "total", answer: str = "", **more: object) -> Case:
    files = {"basket.ts": TS, "log.ts": "export const log = 1;\n"}
    return Case(action, files, {"basket.ts": after}, symbol, answer=answer, **more)  # type: ignore[arg-type]


def both(
    action: str, basket: str, shop: str, answer: str = "", symbol: str = "discount", **more: object
) -> Case:
    files = {"basket.py": PY, "shop.py": SHOP}
    after = {"basket.py": basket, "shop.py": shop}
    changed = {name: text for name, text in after.items() if text != files[name]}
    return Case(action, files, {**changed, **more.pop("made", {})}, symbol, answer=answer, **more)  # type: ignore


DATACLASS = '''@dataclass
class Basket:
    """What is bought."""

    owner: str
    items: tuple = ()

    def total'''
AS_DATACLASS = (
    "from dataclasses import dataclass\n"
    + PY.partition("class Basket")[0]
    + DATACLASS
    + PY.partition("def total")[2]
)
EXTRACTED = PY.replace(LOOP, "        cents = self._summed()\n").replace(
    "    def _secretly",
    "    def _summed(self):\n" + LOOP + "        return cents\n\n    def _secretly",
)
TYPED = PY.replace("(basket, percent):", '(basket: "Basket", percent: float) -> float:')
RENAMED = PY.replace("discount", "rebate")
MOVED = PY.replace(TOTAL + "\n\n", "").replace("import os\n", "import os\n\nfrom prices import discount\n")
SOURCE = {"basket.py": PY}
TESTED = "from basket import discount\n\n\ndef test_discount():\n    assert discount\n"
SPLIT = {
    "basket.py": PY.partition("\n\n\ndef discount")[0] + "\n",
    "reports.py": TOTAL + "\n\n" + PY[PY.index("def report") :],
}


GOOD: dict[str, Case] = {
    "document": py(
        "document", PY.replace("percent):\n", 'percent):\n    """The part that is taken off."""\n')
    ),
    "document a class anew": py("document", PY.replace("What is bought.", "All that is bought."), "Basket"),
    "document typescript": ts("document", TS.replace("// Adds prices.", "/** The sum of prices. */")),
    "document go": Case(
        "document",
        {"a.go": "package p\n\nfunc F() {}\n"},
        {"a.go": "package p\n\n// F does it.\nfunc F() {}\n"},
        "F",
    ),
    "add types": py("add-types", TYPED),
    "add types with an import": py(
        "add-types", TYPED.replace("import os\n", "from __future__ import annotations\n\nimport os\n")
    ),
    "add types to a method": py(
        "add-types", PY.replace("(self, rate):", "(self, rate: int) -> int:"), "Basket.total"
    ),
    "add types to a variable": py(
        "add-types",
        PY.replace("        cents = 0", "        cents: int = 0").replace("rate):", "rate: int) -> int:"),
        "Basket.total",
    ),
    "add types in typescript": ts(
        "add-types",
        TS.replace("(prices, rate) {", "(prices: number[], rate = 1): number {").replace(
            " = 1)", ": number)"
        ),
    ),
    "add types to an arrow": Case(
        "add-types", {"a.ts": "const f = x => x;\n"}, {"a.ts": "const f = (x: number): number => x;\n"}, "f"
    ),
    "simplify": py("simplify", PY.replace(LOOP, LOOP.replace("cents = cents +", "cents +=")), "Basket.total"),
    "simplify with a known number in another spelling": py(
        "simplify", PY.replace(LOOP, LOOP.replace("cents = cents +", "cents += 0x64 * 0 +")), "Basket.total"
    ),
    "simplify a selection": py(
        "simplify",
        PY.replace("cents = cents +", "cents +="),
        "",
        selected="                cents = cents + item.price * item.count\n",
    ),
    "extract a method": py("extract-function", EXTRACTED, "", selected=LOOP),
    "extract a function": py(
        "extract-function",
        PY.replace("basket.total(1) * percent / 100", "_part(basket, percent)")
        + "\n\ndef _part(basket, percent):\n    return basket.total(1) * percent / 100\n",
        "",
        selected="basket.total(1) * percent / 100",
    ),
    "inline everywhere": both(
        "inline-function",
        PY.replace(TOTAL + "\n\n", "").replace("discount(basket, 10)", "basket.total(1) * 10 / 100"),
        SHOP.replace("from basket import discount\n\n\n", "").replace(
            "discount(basket, 5)", "basket.total(1) * 5 / 100"
        ),
    ),
    "rename everywhere": both("rename-concept", RENAMED, SHOP.replace("discount", "rebate"), "rebate"),
    "rename in all forms": Case(
        "rename-concept",
        {
            "a.py": LIST,
            "read.md": "The price list is kept.\n",
        },
        {
            "a.py": CATALOGUE,
            "read.md": "The catalogue is kept.\n",
        },
        "PriceList",
        answer="Catalogue",
    ),
    "rename a method": py("rename-concept", PY.replace("total", "whole"), "Basket.total", "whole"),
    "rename what a module of that name has": Case(
        "rename-concept",
        {"store.ts": "export class Store {}\n", "b.ts": 'import { Store } from "./store";\n\nnew Store();\n'},
        {"store.ts": "export class Shop {}\n", "b.ts": 'import { Shop } from "./store";\n\nnew Shop();\n'},
        "Store",
        answer="Shop",
    ),
    "move": both(
        "move-symbol",
        MOVED,
        SHOP.replace("from basket", "from prices"),
        "prices.py",
        made={"prices.py": TOTAL},
    ),
    "change a signature": both(
        "change-signature",
        PY.replace("(basket, percent):", "(basket, *, percent):").replace(
            "(basket, 10)", "(basket, percent=10)"
        ),
        SHOP.replace("(basket, 5)", "(basket, percent=5)"),
        "make percent a keyword",
    ),
    "make async": both(
        "convert-async",
        PY.replace("def discount", "async def discount")
        .replace("def report", "async def report")
        .replace("{discount(", "{await discount("),
        SHOP.replace("def pay", "async def pay").replace("return disc", "return await disc"),
    ),
    "make an arrow async": ts(
        "convert-async", TS.replace("= (prices, done)", "= async (prices, done)"), "pay"
    ),
    "make a dataclass": py("convert-dataclass", AS_DATACLASS, "Basket"),
    "make a promise": ts(
        "convert-promise",
        TS.replace(
            "(prices, done) => {\n  done(total(prices, 1));",
            "async (prices) => {\n  return total(prices, 1);",
        ),
        "pay",
    ),
    "fix": py("fix", PY.replace("/ 100", "// 100"), diagnostic="percent / 100"),
    "fix by an import": Case(
        "fix",
        {"a.py": "x = 1\n" + "y = 1\n" * 40 + "z = sep\n"},
        {"a.py": "from os import sep\n\nx = 1\n" + "y = 1\n" * 40 + "z = sep\n"},
        diagnostic="sep",
    ),
    "tests": Case("tests", SOURCE, {"test_basket.py": TESTED}, "discount", destination="test_basket.py"),
    "more tests": Case(
        "tests",
        {**SOURCE, "test_basket.py": TESTED},
        {"test_basket.py": TESTED + "\n\ndef test_more():\n    assert discount(None, 0)\n"},
        "discount",
        destination="test_basket.py",
    ),
    "go tests": Case(
        "tests",
        {"a.go": "package p\n\nfunc F() {}\n"},
        {"a_test.go": 'package p\n\nimport "testing"\n\nfunc TestF(t *testing.T) {\n\tF()\n}\n'},
        "F",
        destination="a_test.go",
    ),
    "split": Case("split-file", SOURCE, {**SPLIT}, ""),
    "do what a comment says": Case(
        "directive",
        {"a.py": "x = 1\n# emberline: make it 2\ny = 1\n"},
        {"a.py": "x = 1\ny = 2\n"},
        answer="make it 2",
        directive="# emberline: make it 2\n",
    ),
}

BAD: dict[str, tuple[Case, str]] = {
    "document changes code": (
        py("document", PY.replace("percent):\n", 'percent):\n    """Doc."""\n    percent += 1\n')),
        "only documentation may change",
    ),
    "document changes a string": (
        py(
            "document",
            PY.replace("{basket.owner}: ", "{basket.owner}; ").replace(
                "percent):\n", 'percent):\n    """Doc."""\n'
            ),
        ),
        "must stay as it is",
    ),
    "document takes a comment away": (
        py(
            "document", PY.replace("        # Prices are in cents.\n", '        """Doc."""\n'), "Basket.total"
        ),
        "comments elsewhere must stay",
    ),
    "document in typescript changes code": (
        ts("document", TS.replace("// Adds prices.", "/** Sum. */").replace("let sum = 0", "let sum = 1")),
        "only documentation may change",
    ),
    "types change code": (py("add-types", TYPED.replace("/ 100", "// 100")), "only types may change"),
    "types change a default": (
        py("add-types", TYPED.replace("percent: float", "percent: float = 0")),
        "only types may change",
    ),
    "types lose a comment": (
        py(
            "add-types",
            PY.replace("rate):\n        # Prices are in cents.\n", "rate: int) -> int:\n"),
            "Basket.total",
        ),
        "comments must stay",
    ),
    "types that are none": (
        py("add-types", PY.replace("basket, percent):", "basket, percent) :")),
        "no types were added",
    ),
    "types change typescript": (
        ts("add-types", TS.replace("(prices, rate)", "(prices: number[])")),
        "only types may change",
    ),
    "simplify renames": (
        py("simplify", PY.replace("def total", "def summed"), "Basket.total"),
        "no longer defines Basket.total",
    ),
    "simplify takes a parameter away": (
        py("simplify", PY.replace("total(self, rate)", "total(self)").replace("* rate", ""), "Basket.total"),
        "the header of Basket.total must stay",
    ),
    "simplify with other numbers": (
        py("simplify", PY.replace("cents = cents +", "cents += 0x80 +"), "Basket.total"),
        "0x80 stood nowhere before",
    ),
    "simplify with other texts": (
        py("simplify", PY.replace("cents = cents +", "cents += len('xyz') +"), "Basket.total"),
        "'xyz' stood nowhere before",
    ),
    "simplify elsewhere": (
        py("simplify", PY.replace("cents = cents +", "cents +=").replace("/ 100", "// 100"), "Basket.total"),
        "what stands behind the code in question",
    ),
    "simplify above": (
        py(
            "simplify",
            PY.replace("What is bought", "Whatever").replace("cents = cents +", "cents +="),
            "Basket.total",
        ),
        "line 5 of basket.py lies before",
    ),
    "simplify another file": (both("simplify", PY, SHOP.replace("5", "6")), "shop.py is not to be changed"),
    "simplify makes a file": (
        both("simplify", PY, SHOP, made={"new.py": "x = 1\n"}),
        "new.py is new, which this task does not need",
    ),
    "extract nothing": (
        py("extract-function", PY.replace("cents = cents +", "cents +="), "", selected=LOOP),
        "none was added",
    ),
    "extract two": (
        py("extract-function", EXTRACTED + "\n\ndef more():\n    return 1\n", "", selected=LOOP),
        "2 were added",
    ),
    "extract and not call": (
        py("extract-function", EXTRACTED.replace("self._summed()", "0"), "", selected=LOOP),
        "_summed is not called",
    ),
    "extract another thing": (
        py("extract-function", EXTRACTED.replace(LOOP, "        cents = 1\n"), "", selected=LOOP),
        "_summed does not do what",
    ),
    "extract and keep": (
        py(
            "extract-function",
            EXTRACTED.replace("        cents = self._summed()\n", LOOP + "        self._summed()\n"),
            "",
            selected=LOOP,
        ),
        "stands twice now",
    ),
    "extract with another header": (
        py(
            "extract-function",
            EXTRACTED.replace("total(self, rate)", "total(self, rate, more)"),
            "",
            selected=LOOP,
        ),
        "the header of Basket.total must stay",
    ),
    "extract and change another": (
        py("extract-function", EXTRACTED.replace("/ 100", "// 100"), "", selected=LOOP),
        "discount must stay as it is",
    ),
    "inline and keep": (
        both("inline-function", PY.replace("discount(basket, 10)", "basket.total(1) * 10 / 100"), SHOP),
        "still defines discount",
    ),
    "inline and forget a call": (
        both(
            "inline-function",
            PY.replace(TOTAL + "\n\n", ""),
            SHOP.replace("from basket import discount\n\n\n", "").replace("discount(basket, 5)", "1"),
        ),
        "still calls discount",
    ),
    "inline and forget a file": (
        both("inline-function", PY.replace(TOTAL + "\n\n", "").replace("discount(basket, 10)", "1"), SHOP),
        "still used in shop.py",
    ),
    "rename and forget a file": (both("rename-concept", RENAMED, SHOP, "rebate"), "still used in shop.py"),
    "rename and forget a place": (
        both(
            "rename-concept",
            RENAMED.replace("{rebate(", "{discount("),
            SHOP.replace("discount", "rebate"),
            "rebate",
        ),
        "still has the name discount",
    ),
    "rename to another name": (
        both("rename-concept", PY.replace("discount", "cut"), SHOP.replace("discount", "cut"), "rebate"),
        "rebate stands nowhere",
    ),
    "rename and change code": (
        both(
            "rename-concept", RENAMED.replace("/ 100", "/ 10"), SHOP.replace("discount", "rebate"), "rebate"
        ),
        "has nothing to do with discount",
    ),
    "rename and move code out": (
        both(
            "rename-concept",
            RENAMED.replace("                cents = c", "                pass\n            cents = c"),
            SHOP.replace("discount", "rebate"),
            "rebate",
        ),
        "has nothing to do with discount",
    ),
    "rename and change a comment": (
        both(
            "rename-concept",
            RENAMED.replace("Prices are in cents", "Prices are in euros"),
            SHOP.replace("discount", "rebate"),
            "rebate",
        ),
        "line 12 of basket.py changed and has nothing",
    ),
    "rename and change an import": (
        both(
            "rename-concept",
            RENAMED.replace("import os", "import os as system").replace("os.sep", "system.sep"),
            SHOP.replace("discount", "rebate"),
            "rebate",
        ),
        "has nothing to do with discount",
    ),
    "rename to what is there": (
        both(
            "rename-concept", PY.replace("discount", "report"), SHOP.replace("discount", "report"), "report"
        ),
        "report is taken already",
    ),
    "move and keep": (
        both(
            "move-symbol",
            PY,
            SHOP.replace("from basket", "from prices"),
            "prices.py",
            made={"prices.py": TOTAL},
        ),
        "still defines discount",
    ),
    "move nowhere": (
        both("move-symbol", MOVED.replace("\nfrom prices import discount\n", ""), SHOP, "prices.py"),
        "prices.py does not define discount",
    ),
    "move elsewhere": (
        both(
            "move-symbol",
            MOVED.replace("prices", "other"),
            SHOP.replace("from basket", "from other"),
            "prices.py",
            made={"other.py": TOTAL},
        ),
        "it is prices.py that was asked for",
    ),
    "move into another file that is there": (
        Case(
            "move-symbol",
            {"basket.py": PY, "prices.py": "X = 1\n", "other.py": "Y = 1\n"},
            {"basket.py": MOVED.replace("prices", "other"), "other.py": "Y = 1\n\n\n" + TOTAL},
            "discount",
            answer="prices.py",
        ),
        "was to be moved to prices.py, not to other.py",
    ),
    "move another body": (
        both(
            "move-symbol",
            MOVED,
            SHOP.replace("from basket", "from prices"),
            "prices.py",
            made={"prices.py": TOTAL.replace("100", "10")},
        ),
        "discount must be as it was",
    ),
    "move and change another": (
        both(
            "move-symbol",
            MOVED.replace("os.sep", "os.pathsep"),
            SHOP.replace("from basket", "from prices"),
            "prices.py",
            made={"prices.py": TOTAL},
        ),
        "Basket must stay as it is",
    ),
    "move and forget a file": (
        both(
            "move-symbol",
            MOVED.replace("\nfrom prices import discount\n", "\nimport prices\n").replace(
                "{discount", "{prices.discount"
            ),
            SHOP,
            "prices.py",
            made={"prices.py": TOTAL},
        ),
        "still used in shop.py",
    ),
    "the same signature": (
        py("change-signature", PY.replace("/ 100", "// 100"), answer="add a rate"),
        "the signature of discount in basket.py did not change",
    ),
    "another name": (
        py("change-signature", PY.replace("discount(", "rebate(other, "), answer="add other"),
        "no longer defines discount",
    ),
    "not async": (py("convert-async", PY.replace("/ 100", "// 100")), "discount is not async"),
    "no dataclass": (
        py("convert-dataclass", PY.replace("What is", "All that is"), "Basket"),
        "Basket is no dataclass",
    ),
    "a dataclass with __init__": (
        py(
            "convert-dataclass",
            PY.replace("class Basket", "@dataclass\nclass Basket").replace(
                "import os", "import os\nfrom dataclasses import dataclass"
            ),
            "Basket",
        ),
        "still has __init__",
    ),
    "a dataclass without a method": (
        py("convert-dataclass", AS_DATACLASS.replace("def total", "def _total"), "Basket"),
        "must keep total",
    ),
    "a dataclass with other fields": (
        py(
            "convert-dataclass",
            AS_DATACLASS.replace(
                "    owner: str\n    items: tuple = ()\n", "    items: tuple\n    owner: str\n"
            ),
            "Basket",
        ),
        "in this order and with the same defaults: owner and items",
    ),
    "a dataclass without a default": (
        py("convert-dataclass", AS_DATACLASS.replace("tuple = ()", "tuple"), "Basket"),
        "with the same defaults",
    ),
    "no promise": (
        ts("convert-promise", TS.replace("done(total(prices, 1))", "done(total(prices, 2))"), "pay"),
        "does not give a promise",
    ),
    "a promise with a callback": (
        ts("convert-promise", TS.replace("(prices, done) => {", "async (prices, done) => {"), "pay"),
        "still takes a callback",
    ),
    "fix elsewhere": (
        py("fix", PY.replace("self.owner = owner", "self.owner = str(owner)"), diagnostic="percent / 100"),
        "nothing changed near line 24",
    ),
    "no test": (
        Case(
            "tests",
            SOURCE,
            {"test_basket.py": "from basket import discount\n\nX = discount\n"},
            "discount",
            destination="test_basket.py",
        ),
        "no new test",
    ),
    "tests of another thing": (
        Case(
            "tests",
            SOURCE,
            {"test_basket.py": "def test_it():\n    assert 1 + 1 == 2\n"},
            "discount",
            destination="test_basket.py",
        ),
        "do not mention discount",
    ),
    "tests and more": (
        Case(
            "tests",
            SOURCE,
            {"test_basket.py": TESTED, "basket.py": PY.replace("/ 100", "// 100")},
            "discount",
            destination="test_basket.py",
        ),
        "only test_basket.py is written",
    ),
    "tests elsewhere": (
        Case("tests", SOURCE, {"conftest.py": TESTED}, "discount", destination="test_basket.py"),
        "only test_basket.py is written",
    ),
    "split and lose": (
        Case("split-file", SOURCE, {**SPLIT, "reports.py": "X = 1\n"}),
        "report of basket.py stands nowhere any more",
    ),
    "split and keep": (Case("split-file", SOURCE, {**SPLIT, "basket.py": PY}), "is defined in"),
    "split and change": (
        Case("split-file", SOURCE, {**SPLIT, "reports.py": SPLIT["reports.py"].replace("100", "10")}),
        "discount must be as it was",
    ),
    "split into nothing": (Case("split-file", SOURCE, {"basket.py": PY + "\n"}), "stands in one file still"),
    "split elsewhere": (
        Case(
            "split-file",
            {"pkg/basket.py": PY},
            {"pkg/basket.py": SPLIT["basket.py"], "reports.py": SPLIT["reports.py"]},
        ),
        "belong beside pkg/basket.py",
    ),
    "the comment stays": (
        Case(
            "directive",
            {"a.py": "x = 1\n# emberline: make it 2\ny = 1\n"},
            {"a.py": "x = 1\n# emberline: make it 2\ny = 2\n"},
            answer="make it 2",
            directive="# emberline: make it 2\n",
        ),
        "line 2 of a.py still has the comment",
    ),
    "the comment stays where nothing changed": (
        Case(
            "directive",
            {"a.py": "x = 1\n# emberline: make it 2\ny = 1\n", "b.py": "z = 1\n"},
            {"b.py": "z = 2\n"},
            answer="make it 2",
            directive="# emberline: make it 2\n",
        ),
        "still has the comment",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_lets_through(name: str) -> None:
    attempt = GOOD[name].attempt()
    assert [words for each in CHECKS for words in each(attempt)] == []


@pytest.mark.parametrize("name", BAD)
def test_turns_down(name: str) -> None:
    case, expected = BAD[name]
    attempt = case.attempt()
    with pytest.raises(Unfit) as told:
        check(attempt.assignment, attempt.dossier, attempt.change, attempt.view)
    assert expected in str(told.value)
    assert all(len(each) < 220 and "\n" not in each for each in told.value.complaints)
