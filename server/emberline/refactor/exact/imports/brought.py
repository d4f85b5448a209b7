"""The names that a file's import statements bring in, each with what would be cut out to lose it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from emberline.refactor.exact.code import Code, child, up

STATEMENTS = {
    "python": frozenset(("import_statement", "import_from_statement", "future_import_statement")),
    "go": frozenset(("import_declaration",)),
    "rust": frozenset(("use_declaration",)),
    "java": frozenset(("import_declaration",)),
    **dict.fromkeys(
        ("javascript", "javascriptreact", "typescript", "typescriptreact"), frozenset(("import_statement",))
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """One imported name."""

    module: str
    """As written, without quotes."""
    name: str
    """As its module has it; empty: the module itself; "default" for JavaScript's."""
    alias: str
    """What it is called here; empty where it has no name: a star, an import for its effects."""
    statement: Node
    item: Node
    """The part that brings it in; the statement where there is no smaller one."""


def brought(code: Code) -> tuple[Brought, ...]:
    """All of them at the top of the file, in its order; those within functions and `try` are left alone."""
    return tuple(each for statement in statements(code) for each in _items(code, statement))


def statements(code: Code) -> Iterator[Node]:
    """The import statements that stand at the top level, or below `if TYPE_CHECKING:` there."""
    kinds = STATEMENTS.get(code.language_id, frozenset())
    for each in code.root.children:
        if each.type in kinds:
            yield each
        elif code.language_id == "python" and each.type == "if_statement":
            condition, body = child(each, "condition"), child(each, "consequence")
            if condition is not None and body is not None and "TYPE_CHECKING" in code.words_of(condition):
                yield from (inner for inner in body.children if inner.type in kinds)


def _items(code: Code, statement: Node) -> Iterator[Brought]:
    match code.language_id:
        case "python":
            return _python(code, statement)
        case "go":
            return _go(code, statement)
        case "rust":
            return _rust(code, statement)
        case "java":
            return _java(code, statement)
    return _script(code, statement)


def _python(code: Code, statement: Node) -> Iterator[Brought]:
    module_node = child(statement, "module_name")
    module = code.words_of(module_node) if module_node is not None else "__future__"
    is_from = statement.type != "import_statement"
    if any(each.type == "wildcard_import" for each in statement.children):
        yield Brought(module, "*", "", statement, statement)
    for item in statement.children_by_field_name("name"):
        name_node, alias_node = child(item, "name"), child(item, "alias")
        name = code.words_of(name_node) if name_node is not None else code.words_of(item)
        alias = code.words_of(alias_node) if alias_node is not None else ""
        if is_from:
            yield Brought(module, name, alias or name, statement, item)
        else:
            yield Brought(name, "", alias or name.partition(".")[0], statement, item)


def _script(code: Code, statement: Node) -> Iterator[Brought]:
    source = child(statement, "source")
    if source is None:
        return
    module = code.words_of(source)[1:-1]
    clause = next((each for each in statement.children if each.type == "import_clause"), None)
    if clause is None:
        yield Brought(module, "", "", statement, statement)
        return
    for part in clause.named_children:
        if part.type == "identifier":
            yield Brought(module, "default", code.words_of(part), statement, part)
        elif part.type == "namespace_import":
            yield Brought(module, "", code.words_of(part.named_children[-1]), statement, part)
        elif part.type == "named_imports":
            for item in part.named_children:
                name, alias = child(item, "name"), child(item, "alias")
                if name is not None:
                    inside = code.words_of(name)
                    local = code.words_of(alias) if alias is not None else inside
                    yield Brought(module, inside, local, statement, item)


def _go(code: Code, statement: Node) -> Iterator[Brought]:
    specs = [
        each
        for part in statement.children
        for each in (part.children if part.type == "import_spec_list" else (part,))
        if each.type == "import_spec"
    ]
    for spec in specs:
        path, name = child(spec, "path"), child(spec, "name")
        if path is None:
            continue
        module = code.words_of(path)[1:-1]
        alias = package_name(module) if name is None else code.words_of(name)
        yield Brought(module, "", "" if alias in (".", "_") else alias, statement, spec)


def package_name(path: str) -> str:
    """What a Go package is most likely called: its path's last part that is no version."""
    parts = path.split("/")
    while len(parts) > 1 and parts[-1][:1] == "v" and parts[-1][1:].isdigit():
        parts.pop()
    return parts[-1].partition(".")[0].removeprefix("go-").removesuffix("-go")


def _java(code: Code, statement: Node) -> Iterator[Brought]:
    path = next((each for each in statement.named_children if "identifier" in each.type), None)
    if path is None:
        return
    dotted = code.words_of(path)
    if any(each.type == "asterisk" for each in statement.children):
        yield Brought(dotted, "*", "", statement, statement)
        return
    module, _, name = dotted.rpartition(".")
    yield Brought(module, name, name, statement, statement)


def _rust(code: Code, statement: Node) -> Iterator[Brought]:
    argument = child(statement, "argument")
    if argument is not None:
        yield from _use(code, statement, argument, "")


def _use(code: Code, statement: Node, node: Node, above: str) -> Iterator[Brought]:
    match node.type:
        case "use_list":
            for each in node.named_children:
                yield from _use(code, statement, each, above)
        case "scoped_use_list":
            path, items = child(node, "path"), child(node, "list")
            inner = _joined(above, code.words_of(path) if path is not None else "")
            if items is not None:
                yield from _use(code, statement, items, inner)
        case "use_as_clause":
            path, alias = child(node, "path"), child(node, "alias")
            if path is not None and alias is not None:
                module, _, name = _joined(above, code.words_of(path)).rpartition("::")
                local = code.words_of(alias)
                yield Brought(module, name, "" if local == "_" else local, statement, node)
        case "use_wildcard":
            path = node.named_children[0] if node.named_children else None
            module = _joined(above, code.words_of(path) if path is not None else "")
            yield Brought(module, "*", "", statement, node)
        case "self":
            yield Brought(above, "", above.rpartition("::")[2], statement, node)
        case "identifier" | "scoped_identifier" | "crate" | "super":
            module, _, name = _joined(above, code.words_of(node)).rpartition("::")
            yield Brought(module, name, name, statement, node)


def _joined(above: str, path: str) -> str:
    return "::".join(filter(None, (above, path)))


def lies_in_import(code: Code, leaf: Node) -> bool:
    """Whether a leaf belongs to an import statement, wherever that stands."""
    kinds = STATEMENTS.get(code.language_id, frozenset())
    return any(each.type in kinds for each in up(leaf))
