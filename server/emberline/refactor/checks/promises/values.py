"""The numbers and plain texts that stand in code: behaviour that stays the same needs no new ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.promises.tokens import tokens
from emberline.syntax.prose import strings

_NUMBER = re.compile(
    r"(0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?)"
    r"(?:_?(?:[iu](?:8|16|32|64|128|size)|f(?:32|64))|[lLnfFdDjJuU]+)?"
)
_QUOTED = 12
"""Characters of a text that a complaint names."""
_COMMON = frozenset((0.0, 1.0, 2.0))
"""Any code may count with these."""


def new_values(before: str, after: str, language_id: str) -> list[str]:
    """What of them stands in `after` and in no spelling in `before`; empty where no grammar is installed."""
    known = _COMMON | {value for value, _ in _numbers(before, language_id)}
    numbers = [spelt for value, spelt in _numbers(after, language_id) if value not in known]
    texts = {each for each, _ in _texts(before, language_id)}
    fresh = [spelt for each, spelt in _texts(after, language_id) if each not in texts]
    return list(dict.fromkeys((*numbers, *fresh)))


def _numbers(text: str, language_id: str) -> Iterator[tuple[float, str]]:
    for token in tokens(text, language_id) or ():
        found = _NUMBER.fullmatch(token)
        if found is not None:
            digits = found[1].replace("_", "")
            is_based = len(digits) > 1 and digits[1].lower() in "xob"
            yield (float(int(digits, 0)) if is_based else float(digits)), token


def _texts(text: str, language_id: str) -> Iterator[tuple[str, str]]:
    """Without their quotes, documentation apart. One into which values are put may be made of several."""
    for span in strings(text, language_id):
        spelt = span.of(text)
        if re.match(r"""[A-Za-z]*(?:"{3}|'{3})""", spelt):
            continue
        plain = re.sub(r"""^[A-Za-z]*#*["'`]+|["'`]+#*$""", "", spelt)
        if plain and not re.search(r"[{}%$]", plain):
            yield plain, spelt if len(spelt) <= _QUOTED else "a text"
