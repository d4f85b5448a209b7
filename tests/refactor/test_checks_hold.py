"""Whatever the texts are, a check complains in words or lets through; it never fails."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from emberline.refactor.actions import ACTIONS
from emberline.refactor.checks import check
from emberline.refactor.types import Unfit
from tests.refactor.attempts import Case

PIECES = st.sampled_from(
    [
        "def f(a):\n    return a\n",
        "class A:\n    def m(self): pass\n",
        "import os\n",
        "from b import *\n",
        "from .c import d as e\n",
        "x = '''\n",
        "export function g(a: number) { return a }\n",
        "import { h } from './c';\n",
        "func F() int {\n\treturn 1\n}\n",
        "fn f(a: i32) -> i32 { a }\n",
        "class B { int m() { return 1; } }\n",
        "@dataclass\n",
        "}\n",
        "(",
        "\r\n",
        "\r",
        "\ufeff",
        "🜂 größe\n",
        "```\n",
        "# ...\n",
        'password = "h7Gk2!pqLz9w"\n',
        "async ",
        "  ",
        "\t",
    ]
)
TEXTS = st.lists(PIECES, max_size=7).map("".join)
ENDINGS = st.sampled_from([".py", ".ts", ".go", ".rs", ".java", ".js", ".json", ".yaml", ".toml", ".md", ""])


@settings(max_examples=400)
@given(st.data())
def test_complains_or_lets_through(data: st.DataObject) -> None:
    first, second = (f"{name}{data.draw(ENDINGS)}" for name in ("a", "pkg/b"))
    files = {first: data.draw(TEXTS), second: data.draw(TEXTS)}
    after: dict[str, str | None] = {}
    for name in (first, second, "c.py"):
        if data.draw(st.booleans()):
            after[name] = data.draw(TEXTS if name == "c.py" else st.one_of(st.none(), TEXTS))
    after = {name: text for name, text in after.items() if text != files.get(name)}
    action = data.draw(st.sampled_from(sorted(ACTIONS)))
    plain = Case(action, files, after, answer=data.draw(st.sampled_from(["", "c.py", "g", "do it"])))
    shape = plain.attempt().shape(files[first], plain.attempt().assignment.target.source.language_id)
    symbols = [each.qualified for each in shape.definitions] if shape is not None else []
    symbol = data.draw(st.sampled_from(["", *symbols]))
    attempt = Case(action, files, after, symbol, answer=plain.answer).attempt()
    try:
        check(attempt.assignment, attempt.dossier, attempt.change, attempt.view)
    except Unfit as unfit:
        assert unfit.complaints and all(each and "\n" not in each for each in unfit.complaints)
