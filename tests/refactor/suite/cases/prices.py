"""genai-prices: what model calls cost."""

from __future__ import annotations

import re

from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.cases.python import renamed
from tests.refactor.suite.checkers import (
    Behaves,
    CommentsKept,
    Documented,
    Gone,
    Has,
    Imports,
    Shorter,
    Small,
)
from tests.refactor.suite.grounds import PRICES, Files
from tests.refactor.suite.texts import after, block, cursor, first, once, within, without

UNITS, DECOMPOSE, USAGE = "genai_prices/units.py", "genai_prices/decompose.py", "genai_prices/_usage.py"
_LEAVES = """\
import json
from types import SimpleNamespace
from genai_prices.decompose import compute_leaf_values
from genai_prices.units import UnitRegistry
raw = {
    "all": {"per": 1, "dimensions": {"a": "1"}},
    "some": {"per": 1, "dimensions": {"a": "1", "b": "2"}},
}
units = UnitRegistry(raw).units
found = compute_leaf_values({"all", "some"}, SimpleNamespace(all=10, some=4), units)
try:
    compute_leaf_values({"all", "some"}, SimpleNamespace(all=3, some=4), units)
except ValueError as error:
    said = str(error)
print(json.dumps([found, said]))
"""
_LABELS = """\
import json
from genai_prices.units import UnitDef, _unit_per_label
cases = [("tokens", 10**6), ("requests", 1000), ("durations", 60), ("durations", 3600)]
cases += [("x", 10**9), ("x", 10**6), ("x", 1000), ("x", 7)]
cases += [("tokens", 1000), ("requests", 10**6), ("durations", 1000)]
print(json.dumps([_unit_per_label(UnitDef("u", "p", per, {"family": family})) for family, per in cases]))
"""
_JOINS = """\
import json
from genai_prices.units import UnitRegistry
from genai_prices.validation import validate_join_coverage
raw = {name: {"per": 1, "dimensions": each} for name, each in
    {"a": {"x": "1"}, "b": {"y": "1"}, "ab": {"x": "1", "y": "1"}}.items()}
registry = UnitRegistry(raw)
validate_join_coverage({"a", "b", "ab"}, registry)
try:
    validate_join_coverage({"a", "b"}, registry)
except ValueError as error:
    print(json.dumps(str(error)))
"""


def _descent_moved(files: Files) -> Changed:
    name = "genai_prices/types.py"
    decompose, units = files[DECOMPOSE], files[UNITS]
    span = block(decompose, r"^def is_descendant_or_self")
    decompose = without(decompose, span)
    return {
        DECOMPOSE: once(decompose, "import UnitDef\n", "import UnitDef, is_descendant_or_self\n"),
        UNITS: within(
            units,
            block(units, r"^def _is_dimension_subset"),
            lambda own: f"{own}\n\n{span.of(files[DECOMPOSE])}",
        ),
        name: files[name].replace(
            "from genai_prices.decompose import is_descendant_or_self",
            "from genai_prices.units import is_descendant_or_self",
        ),
    }


def _spread(files: Files) -> Changed:
    def freed(own: str) -> str:
        own = once(own, "subtrahends: Iterable[UsageValue]", "*subtrahends: UsageValue")
        return once(own, "    subtrahends = tuple(subtrahends)\n", "")

    usage, decompose = files[USAGE], files[DECOMPOSE]
    decompose = once(decompose, "unit.usage_key), descendant_values)", "unit.usage_key), *descendant_values)")
    return {
        USAGE: within(usage, block(usage, r"^def subtract_usage_values"), freed),
        DECOMPOSE: once(decompose, "(unit_value, (leaf_value,))", "(unit_value, leaf_value)"),
    }


def _labelled(files: Files) -> Changed:
    def shorter(own: str) -> str:
        pairs = re.findall(r"if unit\.per == ([\d_]+):\n\s+return '(\w+)'", own)
        names = ", ".join(f"{per}: '{label}'" for per, label in pairs)
        start = first(own, r"^    if unit\.per ==").start()
        return own[:start] + f"    return {{{names}}}.get(unit.per, str(unit.per))\n"

    return {UNITS: within(files[UNITS], block(files[UNITS], r"^def _unit_per_label"), shorter)}


_ANCESTORS = "Usage keys of the units whose dimensions are a part of this one's."


def _documented(files: Files) -> Changed:
    return {UNITS: after(files[UNITS], r"^    def ancestor_usage_keys", f'        """{_ANCESTORS}"""\n')}


def _inlined(files: Files) -> Changed:
    text = files[UNITS]
    span = block(text, r"^def _dimension_set")
    value = first(span.of(text), r"return (.*)$")[1]
    text = without(text, span)
    return {UNITS: once(text, "_dimension_set(unit)", value)}


CASES = (
    Case(
        "gp-rename-concept",
        "python",
        PRICES,
        UNITS,
        "rename-concept",
        cursor(r"^    def (find_join)"),
        lambda files: renamed(files, "find_join", "join_of"),
        (Gone("find_join"), Behaves(_JOINS), Has(UNITS, r"def join_of\(", 1)),
        answer="join_of",
    ),
    Case(
        "gp-move-symbol",
        "python",
        PRICES,
        DECOMPOSE,
        "move-symbol",
        cursor(r"^def (is_descendant_or_self)"),
        _descent_moved,
        (
            Has(UNITS, r"^def is_descendant_or_self\(", 1),
            Has(DECOMPOSE, r"^def is_descendant_or_self\(", 0),
            Has("", r"genai_prices\.decompose import is_descendant", 0),
            Behaves(_LEAVES),
        ),
        answer=UNITS,
    ),
    Case(
        "gp-change-signature",
        "python",
        PRICES,
        USAGE,
        "change-signature",
        cursor(r"^def (subtract_usage_values)"),
        _spread,
        (
            Behaves(_LEAVES),
            Behaves(
                "from genai_prices._usage import subtract_usage_values as s\nprint([s(9, 2, 3), s(1)])",
                "[4, 1]",
            ),
        ),
        answer="subtract_usage_values(minuend, *subtrahends)",
    ),
    Case(
        "gp-simplify",
        "python",
        PRICES,
        UNITS,
        "simplify",
        cursor(r"^def (_unit_per_label)"),
        _labelled,
        (Behaves(_LABELS), Shorter(UNITS)),
        region=lambda text: block(text, r"^def _unit_per_label"),
    ),
    Case(
        "gp-document",
        "python",
        PRICES,
        UNITS,
        "document",
        cursor(r"^    def (ancestor_usage_keys)"),
        _documented,
        (Documented(UNITS, "ancestor_usage_keys"), Imports(("genai_prices.units",))),
        words=_ANCESTORS,
    ),
    Case(
        "gp-inline-function",
        "python",
        PRICES,
        UNITS,
        "inline-function",
        cursor(r"^def (_dimension_set)"),
        _inlined,
        (Gone("_dimension_set"), Behaves(_JOINS), CommentsKept(UNITS), Small(UNITS, 10)),
    ),
)
