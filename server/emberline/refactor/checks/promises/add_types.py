"""Types come, and without them the code is what it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.checks.promises.tokens import remarks, tokens
from emberline.refactor.lines import BOM

_TYPES = (
    "type_annotation",
    "type_arguments",
    "type_parameters",
    "type_predicate_annotation",
    "asserts_annotation",
    "interface_declaration",
    "type_alias_declaration",
    "import_statement",
    "optional_parameter>?",
    "formal_parameters>(",
    "formal_parameters>)",
    "formal_parameters>,",
    "public_field_definition>?",
    ";",
)
"""What TypeScript's compiler takes away, and the parentheses that a typed parameter needs."""


def typed(attempt: Attempt) -> Iterator[str]:
    file = attempt.target
    if file is None or file.before is None or file.after is None:
        yield "no types were added"
        return
    language = attempt.language(file)
    before, after = _bare(file.before, language), _bare(file.after, language)
    if before is not None and before != after:
        yield f"{file.name}: only types may change; without them the code must be what it was"
    lost = {
        words
        for words in remarks(file.before, language) - remarks(file.after, language)
        if "type:" not in words
    }
    if lost:
        yield f"{file.name}: comments must stay as they are"
    if language == "python" and _annotations(file.before) == _annotations(file.after):
        yield "no types were added"


def _bare(text: str, language: str) -> object:
    """The code without types; None where that is not known."""
    if language == "python":
        tree = _parsed(text)
        try:
            return None if tree is None else ast.dump(_Untyped().visit(tree))
        except RecursionError:
            return tokens(text, language, _PYTHON_TYPES)
    if language.startswith("typescript"):
        return tokens(text, language, _TYPES)
    return tokens(text, language) if language.startswith("javascript") else None


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text.removeprefix(BOM))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _annotations(text: str) -> list[str]:
    """Every annotation, and comments apart everything that is one by its place."""
    tree = _parsed(text)
    found = []
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.arg(annotation=ast.expr() as said) | ast.AnnAssign(annotation=said):
                found.append(ast.dump(said))
            case (
                ast.FunctionDef(returns=ast.expr() as said) | ast.AsyncFunctionDef(returns=ast.expr() as said)
            ):
                found.append(ast.dump(said))
    return found


_PYTHON_TYPES = ("type", ":", "->", "import_statement", "import_from_statement", "future_import_statement")
"""The same by the grammar, for a text whose tree is too deep to be walked."""
_MAKERS = ("TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "TypeAliasType")


class _Untyped(ast.NodeTransformer):
    """Takes annotations away, imports, and what only serves types."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        if hasattr(node, "type_params"):
            node.type_params = []
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        plain = ast.Assign([node.target], node.value)
        return self.visit(ast.copy_location(plain, node))  # type: ignore[no-any-return]

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        made = node.value
        if isinstance(made, ast.Call) and ast.unparse(made.func).rpartition(".")[2] in _MAKERS:
            return None
        return self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        return None

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING" and not node.orelse:
            return None
        return self.generic_visit(node)
