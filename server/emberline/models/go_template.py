"""Go's text templates, as far as models' prompt templates need them, rendered for fields that are strings.

Source of the syntax: the documentation of Go's package `text/template`. Understood are trimmed white space,
comments, `if`, `else if`, `else`, `end`, `range` and `with` over what is empty, variables, fields, strings,
and the functions `and`, `or`, `not`, `eq`, `ne`. Where it depends on anything else, `render` gives up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_CHARS = 65_536
"""Longer templates are not read: they come from strangers, and real ones have some 10 000 characters."""

_STRING = r'"(?:\\.|[^"\\\n])*+"|`[^`]*+`'
_COMMENT = r"/\*(?:[^*]|\*(?!/))*+\*/"
# Possessive throughout: what does not match fails at once, whatever a stranger's template holds.
_ACTION = re.compile(rf"\{{\{{(-(?=\s))?+((?:{_COMMENT}|{_STRING}|[^\"`{{}}])*+)\}}\}}")
_WORD = re.compile(rf"\s*({_STRING}|[()|]|[^\s()|\"`]+)")
_KEYWORDS = frozenset(
    ("if", "else", "end", "range", "with", "define", "block", "template", "break", "continue")
)
_EMPTY = frozenset(("false", "nil", "0"))

Value = str | None
"""A string, where the empty one is Go's false and nil as well; None: cannot be told."""


class _Unclear(Exception):
    """The outcome depends on what is not understood."""


@dataclass(slots=True)
class _Branch:
    """An open `if`, `range`, `with` or `define`. `live`: its text is written; `done`: no `else` will be."""

    outer: bool
    live: bool
    done: bool


def render(template: str, fields: Mapping[str, str]) -> str | None:
    """The template's text where `fields` are set and all others empty; None where that cannot be told."""
    if len(template) > MAX_CHARS:
        return None
    try:
        return _Rendering(fields).text(template)
    except (_Unclear, RecursionError):
        return None


class _Rendering:
    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields
        self._variables: dict[str, Value] = {}
        self._branches: list[_Branch] = []

    def text(self, template: str) -> str:
        written: list[str] = []
        position, trimmed = 0, False
        while (start := template.find("{{", position)) >= 0:
            action = _ACTION.match(template, start)
            if action is None:
                raise _Unclear
            self._write(written, template[position:start], trimmed, action[1] is not None)
            body = action[2].strip()
            position, trimmed = action.end(), body.endswith("-")
            written.append(self._action(body.removesuffix("-").rstrip()))
        self._write(written, template[position:], trimmed, False)
        if self._branches:
            raise _Unclear
        return "".join(written)

    @property
    def _live(self) -> bool:
        return not self._branches or self._branches[-1].live

    def _write(self, written: list[str], text: str, trim_left: bool, trim_right: bool) -> None:
        if self._live:
            text = text.lstrip() if trim_left else text
            written.append(text.rstrip() if trim_right else text)

    def _action(self, body: str) -> str:
        """What the action writes."""
        word, rest = (*body.split(None, 1), "", "")[:2]
        if body.startswith("/*"):
            return ""
        if word in _KEYWORDS:
            self._control(word, rest)
            return ""
        if not self._live:
            return ""
        name, assigned, expression = _assignment(body)
        value = self._value(expression)
        if assigned:
            self._variables[name] = value
            return ""
        return _certain(value)

    def _control(self, word: str, rest: str) -> None:
        live = self._live
        if word in ("if", "range", "with"):
            holds = live and bool(_certain(self._value(_assignment(rest)[2])))
            if holds and word != "if":
                raise _Unclear
            self._branches.append(_Branch(live, holds, holds))
        elif word in ("define", "block"):
            if word == "block" and live:
                raise _Unclear
            self._branches.append(_Branch(live, False, True))
        elif word == "else":
            self._otherwise(rest.strip())
        elif word == "end":
            if not self._branches:
                raise _Unclear
            self._branches.pop()
        elif live:  # template, break, continue
            raise _Unclear

    def _otherwise(self, rest: str) -> None:
        if not self._branches:
            raise _Unclear
        branch = self._branches[-1]
        branch.live = branch.outer and not branch.done
        if rest and branch.live:
            if not rest.startswith("if "):
                raise _Unclear
            branch.live = bool(_certain(self._value(rest[3:])))
        branch.done = branch.done or branch.live

    def _value(self, expression: str) -> Value:
        words = _WORD.findall(expression)
        if "|" in words:
            return None
        words.reverse()
        value = self._command(words)
        return None if words else value

    def _command(self, words: list[str]) -> Value:
        """The value of the words up to a closing parenthesis; they come last first, and are used up."""
        function = _FUNCTIONS.get(words[-1]) if words else None
        if function is not None:
            words.pop()
        terms: list[Value] = []
        while words and words[-1] != ")":
            word = words.pop()
            if word != "(":
                terms.append(self._term(word))
                continue
            terms.append(self._command(words))
            if not words:
                return None
            words.pop()
        if function is not None and terms:
            return function(terms)
        return terms[0] if len(terms) == 1 else None

    def _term(self, word: str) -> Value:
        if word[0] in '"`':
            return _unquoted(word)
        if word.startswith("$") and "." not in word:
            return self._variables.get(word)
        field = word.removeprefix("$")
        if field.startswith(".") and field.count(".") == 1 and len(field) > 1:
            return self._fields.get(field[1:], "")
        if re.fullmatch(r"-?\d+|true|false|nil", word):
            return "" if word in _EMPTY else word
        return None


def _assignment(body: str) -> tuple[str, bool, str]:
    """Variable, whether there is one, and the expression: of "$name := .Field" or of ".Field"."""
    found = re.match(r"((?:\$\w*\s*,\s*)?\$\w*)\s*:?=\s*", body)
    return (found[1], True, body[found.end() :]) if found else ("", False, body)


def _certain(value: Value) -> str:
    if value is None:
        raise _Unclear
    return value


def _unquoted(word: str) -> Value:
    if word[0] == "`":
        return word[1:-1]
    plain = word[1:-1]
    for escaped, meant in (("\\n", "\n"), ("\\t", "\t"), ('\\"', '"')):
        plain = plain.replace(escaped, meant)
    return None if "\\" in plain else plain


def _and(terms: list[Value]) -> Value:
    return next((term for term in terms if not term), terms[-1])


def _or(terms: list[Value]) -> Value:
    return next((term for term in terms if term is None or term), terms[-1])


def _not(terms: list[Value]) -> Value:
    return None if terms[0] is None else "" if terms[0] else "true"


def _equal(terms: list[Value]) -> Value:
    if None in terms:
        return None
    return "true" if terms[0] in terms[1:] else ""


_FUNCTIONS: Mapping[str, Callable[[list[Value]], Value]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "eq": _equal,
    "ne": lambda terms: _not([_equal(terms)]),
}
