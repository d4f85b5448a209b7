"""It is a dataclass now: made as before, with the methods that others call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt, listed
from emberline.refactor.lines import BOM

_Parameters = list[tuple[str, bool]]
"""Names, and whether each may be left out."""


def made_dataclass(attempt: Attempt) -> Iterator[str]:
    target, file = attempt.assignment.target, attempt.target
    symbol = target.symbol
    if symbol is None or target.source.language_id != "python":
        return
    after = file.after if file is not None else None
    before, now = _class(target.source.text, symbol.qualified), _class(after or "", symbol.qualified)
    where = f"{target.source.name}: {symbol.qualified}"
    if now is None or before is None or not any(map(_is_dataclass, now.decorator_list)):
        yield f"{where} is no dataclass"
        return
    lost = [name for name in _methods(before) if not name.startswith("_") and name not in _methods(now)]
    if lost:
        yield f"{where} must keep {listed(lost)}"
    if "__init__" in _methods(now):
        yield f"{where} still has __init__, which a dataclass has by itself"
        return
    wanted, fields = _parameters(before), _fields(now)
    if wanted is None or _is_told_apart(now):
        return
    if not before.bases and fields != wanted:
        yield (
            f"{where} must be made with what __init__ took, in this order and with the same defaults: "
            f"{listed([name for name, _ in wanted], 12) or 'nothing'}"
        )


def _class(text: str, qualified: str) -> ast.ClassDef | None:
    try:
        body: list[ast.stmt] = ast.parse(text.removeprefix(BOM)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: ast.ClassDef | None = None
    for name in qualified.split("."):
        found = next((each for each in body if isinstance(each, ast.ClassDef) and each.name == name), None)
        if found is None:
            return None
        body = found.body
    return found


def _is_dataclass(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] == "dataclass"


def _is_told_apart(node: ast.ClassDef) -> bool:
    """Whether the decorator says how it is made."""
    said = {
        word.arg
        for each in node.decorator_list
        if isinstance(each, ast.Call) and _is_dataclass(each)
        for word in each.keywords
    }
    return not said.isdisjoint(("kw_only", "init"))


def _methods(node: ast.ClassDef) -> list[str]:
    return [each.name for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]


def _parameters(node: ast.ClassDef) -> _Parameters | None:
    """What its `__init__` takes; None where there is none, or where it takes what no dataclass does."""
    made = next(
        (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None
    )
    if made is None or made.args.vararg or made.args.kwarg or made.args.kwonlyargs:
        return None
    names = [each.arg for each in (*made.args.posonlyargs, *made.args.args)][1:]
    needed = len(names) - len(made.args.defaults)
    return [(name, index >= needed) for index, name in enumerate(names)]


def _fields(node: ast.ClassDef) -> _Parameters:
    found = []
    for each in node.body:
        if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
            continue
        if "ClassVar" in ast.unparse(each.annotation) or "KW_ONLY" in ast.unparse(each.annotation):
            continue
        words: dict[str | None, ast.expr] = {}
        is_field = isinstance(each.value, ast.Call) and ast.unparse(each.value.func).endswith("field")
        if is_field and isinstance(each.value, ast.Call):
            words = {word.arg: word.value for word in each.value.keywords}
        if "init" in words and ast.unparse(words["init"]) == "False":
            continue
        has_default = each.value is not None and (not is_field or not words.keys().isdisjoint(_DEFAULTS))
        found.append((each.target.id, has_default))
    return found


_DEFAULTS = ("default", "default_factory")
