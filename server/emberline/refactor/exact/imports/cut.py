"""Imported names cut out of their statements; a statement that brings in nothing more goes whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tree_sitter import Node

from emberline.refactor.differences import TextEdit
from emberline.refactor.exact.code import Code, child, lines_of, next_line
from emberline.refactor.exact.imports.brought import Brought, brought
from emberline.refactor.types import Unfit
from emberline.syntax.types import Span

_LISTS = frozenset(("named_imports", "use_list", "import_spec_list", "import_clause", "scoped_use_list"))


def cut(code: Code, gone: Collection[Brought]) -> tuple[TextEdit, ...]:
    """The edits that lose these names. Raises `Unfit` where something else would be lost with them."""
    return tuple(_edits(code, frozenset(each.item.id for each in gone)))


def _edits(code: Code, gone: frozenset[int]) -> Iterator[TextEdit]:
    by_statement: dict[int, list[Brought]] = {}
    for each in brought(code):
        by_statement.setdefault(each.statement.id, []).append(each)
    emptied: dict[int, list[Node]] = {}
    for members in by_statement.values():
        statement = members[0].statement
        going = [each for each in members if each.item.id in gone]
        if len(going) == len(members):
            yield TextEdit(_statement(code, statement), "")
            if statement.parent is not None and statement.parent.type == "block":
                emptied.setdefault(statement.parent.id, []).append(statement)
        elif going:
            yield from _from_statement(code, statement, gone)
    _check_blocks(emptied)


def _check_blocks(emptied: dict[int, list[Node]]) -> None:
    for statements in emptied.values():
        block = statements[0].parent
        if block is not None and len(statements) == len(block.named_children):
            raise Unfit("Nothing would be left below `if TYPE_CHECKING:`.")


def _statement(code: Code, statement: Node) -> Span:
    """The statement's lines; with the blank lines below where it is the first of the file, with one of them
    where it stood between two."""
    span = code.span(statement)
    lines = lines_of(code.text, span)
    if lines is None:
        raise Unfit("Something else stands on the line of an import.")
    before, end = code.text[: lines.start], lines.end
    is_first = not before.strip("\ufeff")
    is_apart = is_first or before.endswith(("\n\n", "\n\r\n", "\r\r"))
    while is_apart and (below := next_line(code.text, end)) > end and not code.text[end:below].strip():
        end, is_apart = below, is_first
    return Span(lines.start, end)


def _from_statement(code: Code, statement: Node, gone: frozenset[int]) -> Iterator[TextEdit]:
    if code.language_id == "python":
        yield from _from_list(code, statement, statement.children_by_field_name("name"), gone)
        return
    for part in statement.named_children:
        yield from _from_part(code, part, gone)


def _from_part(code: Code, part: Node, gone: frozenset[int]) -> Iterator[TextEdit]:
    """Of a list whose members may be lists again."""
    if part.type not in _LISTS:
        return
    if part.type == "scoped_use_list":
        inner = child(part, "list")
        if inner is not None:
            yield from _from_part(code, inner, gone)
        return
    members = [each for each in part.named_children if "comment" not in each.type]
    dropped = frozenset(each.id for each in members if _is_gone(each, gone))
    if part.type == "import_spec_list":
        for each in members:
            if each.id in dropped:
                lines = lines_of(code.text, code.span(each))
                if lines is None:
                    raise Unfit("Something else stands on the line of an import.")
                yield TextEdit(lines, "")
        return
    yield from _from_list(code, part, members, dropped)
    for each in members:
        if each.id not in dropped:
            yield from _from_part(code, each, gone)


def _is_gone(node: Node, gone: frozenset[int]) -> bool:
    if node.id in gone:
        return True
    if node.type not in _LISTS:
        return False
    members = [each for each in node.named_children if each.type in _LISTS or "comment" not in each.type]
    if node.type == "scoped_use_list":
        members = [each for each in (child(node, "list"),) if each is not None]
    return bool(members) and all(_is_gone(each, gone) for each in members)


def _from_list(code: Code, holder: Node, members: list[Node], gone: frozenset[int]) -> Iterator[TextEdit]:
    """Each with the comma and the space behind it; the last ones with what stands before them."""
    kept = [index for index, each in enumerate(members) if each.id not in gone]
    if not kept or len(kept) == len(members):
        return
    last = kept[-1]
    for index, each in enumerate(members):
        if each.id in gone and index < last:
            yield TextEdit(Span(code.span(each).start, code.span(members[index + 1]).start), "")
    if last + 1 < len(members):
        start = code.span(members[last]).end
        end = code.span(members[-1]).end
        yield TextEdit(Span(start, end), "")
