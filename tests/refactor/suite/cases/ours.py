"""This project's own packages, as they are today."""

from __future__ import annotations

import re
import textwrap

from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.cases.python import renamed, unimported
from tests.refactor.suite.checkers import Behaves, CommentsKept, Gone, Has, Imports, Passes, Small
from tests.refactor.suite.grounds import OURS, Files
from tests.refactor.suite.texts import after, before, block, cursor, found, once, within

REPLAY = "emberline/replay"
TYPIST, JUDGE, RUN = f"{REPLAY}/typist.py", f"{REPLAY}/judge.py", f"{REPLAY}/run.py"
ENCODING = "emberline/documents/encoding.py"
_KEYS = """\
import json
from emberline.replay.typist import Rhythm, Typist, keys
pause = Typist(Rhythm(), 3).pause("a", "b")
print(json.dumps([list(keys("if x:\\n    y\\n")), Rhythm().faster(2).line_ms, pause]))
"""
_WIDTHS = """\
import json
from emberline.documents.encoding import PositionEncoding as P, to_column, to_units
text = "a\\u00e9\\u20ac\\U0001f600b"
print(json.dumps([[to_units(text, n, e), to_column(text, n, e)] for e in P for n in range(12)]))
"""
_JUDGED = """\
import json
from emberline.replay.judge import take
pairs = [("abc def", "abc def"), ("abc x", "abc y"), ("", "z"), ("foo(bar)", "foo(baz)")]
print(json.dumps([str(take(ghost, remaining)) for ghost, remaining in pairs]))
"""


def _rhythm_moved(files: Files) -> Changed:
    typist = files[TYPIST]
    span = block(typist, r"^class Rhythm")
    start = found(typist, r"^@dataclass\(frozen=True, slots=True\)\nclass Rhythm").start()
    own = typist[start : span.end]
    left = typist[:start] + typist[span.end :].lstrip("\n")
    left = once(left, "from dataclasses import dataclass\n", "\nfrom emberline.replay.rhythm import Rhythm\n")
    run = unimported(files[RUN], "emberline.replay.typist", "Rhythm")
    head = '"""How fast a person types."""\n\nfrom __future__ import annotations\n\n'
    head += "from dataclasses import dataclass\n\n\n"
    return {
        TYPIST: left,
        f"{REPLAY}/rhythm.py": head + own,
        RUN: before(
            run, r"^from emberline\.replay\.segments", "from emberline.replay.rhythm import Rhythm\n"
        ),
    }


def _swapped(files: Files) -> Changed:
    def turned(text: str) -> str:
        return re.sub(r"\bis_right\((\w[\w.]*), (remaining)\)", r"is_right(\2, \1)", text)

    judge = once(
        files[JUDGE], "def is_right(ghost: str, remaining: str)", "def is_right(remaining: str, ghost: str)"
    )
    return {JUDGE: turned(judge), RUN: turned(files[RUN])}


def _narrower(files: Files) -> Changed:
    def shorter(own: str) -> str:
        header = own.splitlines(keepends=True)[0]
        tests = re.findall(r'character (?:<=?) ("[^"]+")', own)
        assert len(tests) == 3, tests
        signs = zip((">=", ">=", ">"), tests, strict=True)
        bounds = " + ".join(f"(character {sign} {each})" for sign, each in signs)
        return f"{header}    return 1 + {bounds}\n"

    return {ENCODING: within(files[ENCODING], block(files[ENCODING], r"^def _utf8_width"), shorter)}


def _tested(files: Files) -> Changed:
    return {
        "emberline/documents/tests/test_encoding.py": textwrap.dedent(
            """\
            import pytest

            from emberline.documents.encoding import PositionEncoding, to_units


            @pytest.mark.parametrize(("encoding", "units"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
            def test_a_character_takes_units_by_its_encoding(encoding: str, units: int) -> None:
                assert to_units("\\U0001f600", 1, PositionEncoding(encoding)) == units


            def test_a_column_behind_the_end_is_the_end() -> None:
                assert to_units("ab", 9, PositionEncoding.UTF8) == 2
            """
        )
    }


_WORDS = "give Take a method words() that counts its words"
_WISH = f"# emberline: {_WORDS}\n"


def _wished(files: Files) -> Files:
    return {**files, JUDGE: before(files[JUDGE], r"^@dataclass", _WISH)}


def _granted(files: Files) -> Changed:
    text = once(files[JUDGE], _WISH, "")
    method = '\n    def words(self) -> int:\n        """How many words it holds."""\n'
    method += "        return len(self.text.split())\n"
    return {JUDGE: after(text, r"^    whole: bool", method)}


CASES = (
    Case(
        "eo-rename-concept",
        "python",
        OURS,
        TYPIST,
        "rename-concept",
        cursor(r"^def (next_key)"),
        lambda files: renamed(files, "next_key", "following_key"),
        (Gone("next_key"), Behaves(_KEYS), Has(RUN, r"\bfollowing_key\(", 1)),
        answer="following_key",
    ),
    Case(
        "eo-move-symbol",
        "python",
        OURS,
        TYPIST,
        "move-symbol",
        cursor(r"^class (Rhythm)"),
        _rhythm_moved,
        (
            Has(f"{REPLAY}/rhythm.py", r"^class Rhythm:", 1),
            Has(TYPIST, r"^class Rhythm", 0),
            Imports(("emberline.replay.typist", "emberline.replay.rhythm")),
            Has(RUN, r"^from emberline\.replay\.rhythm import Rhythm$", 1),
            Behaves(_KEYS),
        ),
        answer=f"{REPLAY}/rhythm.py",
    ),
    Case(
        "eo-change-signature",
        "python",
        OURS,
        JUDGE,
        "change-signature",
        cursor(r"^def (is_right)"),
        _swapped,
        (
            Has(JUDGE, r"^def is_right\(remaining: str, ghost: str\)", 1),
            Has("", r"is_right\([\w.]+, remaining\)", 0),
            Behaves(_JUDGED),
        ),
        answer="is_right(remaining: str, ghost: str): the two change places",
    ),
    Case(
        "eo-simplify",
        "python",
        OURS,
        ENCODING,
        "simplify",
        cursor(r"^def (_utf8_width)"),
        _narrower,
        (Behaves(_WIDTHS), Small(ENCODING, 8)),
        region=lambda text: block(text, r"^def _utf8_width"),
    ),
    Case(
        "eo-tests",
        "python",
        OURS,
        ENCODING,
        "tests",
        cursor(r"^def (to_units)"),
        _tested,
        (Passes("emberline/documents/tests/test_encoding.py", 2),),
    ),
    Case(
        "eo-directive",
        "python",
        OURS,
        JUDGE,
        "directive",
        cursor(r"# (emberline: )"),
        _granted,
        (
            Has(JUDGE, r"emberline: ", 0),
            Behaves(
                "from emberline.replay.judge import Take\nprint(Take('a b c', 1, True).words())",
                "3",
            ),
            CommentsKept(RUN),
        ),
        answer=_WORDS,
        prepared=_wished,
        shown=lambda files: OURS.files(),
    ),
)
