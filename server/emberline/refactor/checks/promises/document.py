"""Documentation comes, and code stays as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt, squeezed
from emberline.refactor.checks.promises.tokens import remarks, tokens
from emberline.refactor.lines import BOM


def documented(attempt: Attempt) -> Iterator[str]:
    file, target = attempt.target, attempt.assignment.target
    if file is None or file.before is None or file.after is None:
        yield "no documentation was written"
        return
    language = attempt.language(file)
    if _code(file.before, language) != _code(file.after, language):
        yield f"{file.name}: only documentation may change, no code"
    above = target.symbol.span.start if target.symbol is not None else 0
    core = target.symbol.core.start if target.symbol is not None else 0
    staying = remarks(file.before[:above], language) + remarks(file.before[core:], language)
    if staying - remarks(file.after, language):
        yield f"{file.name}: comments elsewhere must stay as they are"
    if squeezed(file.before) == squeezed(file.after):
        yield "no documentation was written"


def _code(text: str, language: str) -> object:
    """All that runs. Python's own tree where it can be had: it tells a docstring from any other string."""
    if language == "python":
        try:
            return ast.dump(_Undocumented().visit(ast.parse(text.removeprefix(BOM))))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return tokens(text, language, ("docstring",))
    found = tokens(text, language)
    return found if found is not None else squeezed(text)


class _Undocumented(ast.NodeTransformer):
    """Takes the docstrings away, and the `pass` that one makes needless."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [each for each in node.body if not (_is_string(each) or isinstance(each, ast.Pass))]
        return node


def _is_string(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
