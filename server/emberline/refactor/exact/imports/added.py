"""An import written into a file: into the statement of its module, or a line of its own among its like."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from tree_sitter import Node

from emberline.refactor.differences import TextEdit
from emberline.refactor.exact.code import Code, child, indentation, line_end, newline, next_line
from emberline.refactor.exact.imports.brought import Brought, brought, package_name, statements
from emberline.refactor.exact.imports.spelling import Wanted
from emberline.syntax.types import Span


def added(code: Code, wanted: Wanted) -> tuple[TextEdit, ...]:
    """The edit, none where the file has the import already."""
    have = brought(code)
    for each in have:
        if (each.module, each.name, each.alias) == (wanted.module, wanted.name, wanted.alias):
            return ()
    joined = _joined(code, wanted, have)
    return (joined,) if joined is not None else (_line(code, wanted),)


# -- into a statement that is there --------------------------------------------------------------------


def _joined(code: Code, wanted: Wanted, have: Sequence[Brought]) -> TextEdit | None:
    if not wanted.name or wanted.name == "default":
        return None
    if code.language_id == "python":
        kinds: tuple[str, ...] = ("import_from_statement",)
    elif code.language_id.startswith(("javascript", "typescript")):
        kinds = ("import_specifier",)
    else:
        return None
    for each in have:
        if each.module != wanted.module or each.name in ("*", "") or each.statement.parent != code.root:
            continue
        if code.language_id == "python" and each.statement.type in kinds:
            items = each.statement.children_by_field_name("name")
            return _among(code, items, wanted, " as ")
        is_type = any(part.type == "type" for part in each.statement.children)
        if each.item.type in kinds and not is_type and each.item.parent is not None:
            items = [part for part in each.item.parent.named_children if part.type == "import_specifier"]
            return _among(code, items, wanted, " as ")
    return None


def _among(code: Code, items: Sequence[Node], wanted: Wanted, word: str) -> TextEdit:
    """In front of the first name that sorts behind it, or at the end."""
    text = wanted.name if wanted.name == wanted.alias else f"{wanted.name}{word}{wanted.alias}"
    names = [code.words_of(each) for each in items]
    behind = next((at for at, each in enumerate(names) if _order(each) > _order(wanted.name)), len(items))
    apart = ", "
    if len(items) > 1:
        apart = code.text[code.span(items[0]).end : code.span(items[1]).start]
        if apart.strip() != ",":
            apart = ", "
    elif "\n" in code.text[line_end(code.text, code.span(items[0]).start) - 1 : code.span(items[0]).start]:
        apart = ", "
    if behind < len(items):
        start = code.span(items[behind]).start
        return TextEdit(Span(start, start), text + apart)
    end = code.span(items[-1]).end
    return TextEdit(Span(end, end), apart + text)


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, as isort and ruff sort names; those of one kind by letters."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[:1].isupper() else 2), name.lower()


# -- a line of its own ---------------------------------------------------------------------------------


def statement(code: Code, wanted: Wanted) -> str:
    """The import as a statement, without a line end."""
    match code.language_id:
        case "python":
            if not wanted.name:
                usual = wanted.module.partition(".")[0] == wanted.alias or wanted.module == wanted.alias
                return f"import {wanted.module}" + ("" if usual else f" as {wanted.alias}")
            renamed = "" if wanted.alias == wanted.name else f" as {wanted.alias}"
            return f"from {wanted.module} import {wanted.name}{renamed}"
        case "go":
            return _go_spec(wanted, "import ")
        case "rust":
            renamed = "" if wanted.alias == wanted.name or not wanted.name else f" as {wanted.alias}"
            path = f"{wanted.module}::{wanted.name}" if wanted.name else wanted.module
            return f"use {path}{renamed};"
        case "java":
            static = "static " if wanted.name[:1].islower() else ""
            return f"import {static}{wanted.module}.{wanted.name};"
    quote, end = _script_style(code)
    source = f"from {quote}{wanted.module}{quote}{end}"
    if wanted.name == "default":
        return f"import {wanted.alias} {source}"
    if not wanted.name:
        return f"import * as {wanted.alias} {source}"
    renamed = "" if wanted.alias == wanted.name else f" as {wanted.alias}"
    return f"import {{ {wanted.name}{renamed} }} {source}"


def _go_spec(wanted: Wanted, before: str = "") -> str:
    named = "" if package_name(wanted.module) == wanted.alias else f"{wanted.alias} "
    return f'{before}{named}"{wanted.module}"'


def _script_style(code: Code) -> tuple[str, str]:
    """The file's quotes, and what its statements end with."""
    for each in statements(code):
        source = child(each, "source")
        if source is not None:
            return code.words_of(source)[0], ";" if code.words_of(each).endswith(";") else ""
    singles, doubles = code.text.count("'"), code.text.count('"')
    ends = len(re.findall(r"(?m);\s*$", code.text))
    return "'" if singles > doubles else '"', ";" if ends or not code.text.strip() else ""


def _line(code: Code, wanted: Wanted) -> TextEdit:
    end = newline(code.text)
    if code.language_id == "go":
        block = next((each for each in statements(code) if _spec_list(each) is not None), None)
        if block is not None:
            return _go_line(code, wanted, block)
    own = [each for each in statements(code) if each.parent == code.root]
    text = statement(code, wanted)
    place = _neighbour(code, wanted, own)
    if place is not None:
        neighbour, is_before = place
        start = code.span(neighbour).start
        if is_before:
            return TextEdit(Span(start, start), text + end)
        stop = line_end(code.text, code.span(neighbour).end)
        return TextEdit(Span(stop, stop), end + text)
    return _on_top(code, text, bool(own))


def _spec_list(declaration: Node) -> Node | None:
    return next((each for each in declaration.children if each.type == "import_spec_list"), None)


def _go_line(code: Code, wanted: Wanted, block: Node) -> TextEdit:
    specs = _spec_list(block)
    assert specs is not None
    members = [each for each in specs.named_children if each.type == "import_spec"]
    end = newline(code.text)
    is_standard = "." not in wanted.module.partition("/")[0]
    alike = [each for each in members if _is_standard(code, each) == is_standard] or members
    for each in alike:
        if _go_path(code, each) > wanted.module:
            start = code.span(each).start
            return TextEdit(Span(start, start), f"{_go_spec(wanted)}{end}{indentation(code.text, start)}")
    if alike:
        stop = line_end(code.text, code.span(alike[-1]).end)
        return TextEdit(Span(stop, stop), f"{end}{indentation(code.text, stop)}{_go_spec(wanted)}")
    start = code.span(specs).start + 1
    return TextEdit(Span(start, start), f"{end}\t{_go_spec(wanted)}{end}")


def _go_path(code: Code, spec: Node) -> str:
    path = child(spec, "path")
    return code.words_of(path)[1:-1] if path is not None else ""


def _is_standard(code: Code, spec: Node) -> bool:
    return "." not in _go_path(code, spec).partition("/")[0]


def _neighbour(code: Code, wanted: Wanted, own: Sequence[Node]) -> tuple[Node, bool] | None:
    """The import next to which the new one belongs, and whether in front of it. Groups stay together."""
    named = [(each, _first(code, each)) for each in own]
    known = [(each, first) for each, first in named if first is not None and first.module != "__future__"]
    if not known:
        return None
    group = _group(wanted.module, code.language_id)
    alike = [(each, first) for each, first in known if _group(first.module, code.language_id) == group]
    if not alike:
        before = [each for each, first in known if _group(first.module, code.language_id) < group]
        return (before[-1], False) if before else (known[0][0], True)
    kin = [each for each in alike if _root(each[1].module) == _root(wanted.module)] or alike
    order = _sort_key(wanted.module, wanted.name, code.language_id)
    for each, first in kin:
        if _sort_key(first.module, first.name, code.language_id) > order:
            return each, True
    return kin[-1][0], False


def _first(code: Code, node: Node) -> Brought | None:
    return next((each for each in brought(code) if each.statement == node), None)


def _root(module: str) -> str:
    return re.split(r"[./:]", module.lstrip("."))[0] if not module.startswith(".") else "."


def _group(module: str, language_id: str) -> int:
    """Which block of imports it belongs to: what the language brings, other packages, the project's own."""
    if module.startswith((".", "self", "super", "crate", "@/", "~")):
        return 3
    if language_id == "python":
        return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1
    if language_id == "rust":
        return 0 if module.partition("::")[0] in ("std", "core", "alloc") else 1
    if language_id == "java":
        return 0 if module.startswith(("java.", "javax.")) else 1
    return 0 if module.startswith("node:") else 1


def _sort_key(module: str, name: str, language_id: str) -> tuple[bool, str, str]:
    return (language_id == "python" and bool(name), module.lower(), name.lower())


def _on_top(code: Code, text: str, has_imports: bool) -> TextEdit:
    """Where the file has no import like it: below what has to stand first."""
    end = newline(code.text)
    last: Node | None = None
    for each in code.root.children:
        is_head = each.type in _HEAD or (each.type == "expression_statement" and _is_head(each, last))
        future = has_imports and each.type == "future_import_statement"
        if not (is_head or future):
            break
        if not (each.type in _COMMENTS and _belongs_below(code, each)):
            last = each
    if last is None:
        start = 1 if code.text.startswith("\ufeff") else 0
        rest = code.text[start:]
        blank = "" if not rest or rest[:1] in "\r\n" else _apart(code, rest)
        return TextEdit(Span(start, start), f"{text}{end}{blank}")
    stop = line_end(code.text, code.span(last).end)
    while stop > 0 and code.text[stop - 1] in "\r\n":
        stop -= 1
    after = next_line(code.text, stop)
    following = code.text[after : line_end(code.text, after)].strip()
    blank = _apart(code, following) if following and after > stop else ""
    return TextEdit(Span(stop, stop), f"{end}{end}{text}{blank}")


def _apart(code: Code, following: str) -> str:
    """The blank lines between the imports and what follows them: two before a definition of Python."""
    is_definition = following.startswith(("def ", "class ", "@", "async def "))
    return newline(code.text) * (2 if code.language_id == "python" and is_definition else 1)


_COMMENTS = frozenset(("comment", "line_comment", "block_comment", "hash_bang_line"))
_HEAD = _COMMENTS | {
    "package_clause",
    "package_declaration",
    "inner_attribute_item",
    "extern_crate_declaration",
}


def _is_head(node: Node, last: Node | None) -> bool:
    """A docstring, or JavaScript's "use strict"."""
    return len(node.named_children) == 1 and node.named_children[0].type == "string"


def _belongs_below(code: Code, comment: Node) -> bool:
    """Whether a comment stands directly above something that is no comment and no head of the file."""
    following = comment.next_sibling
    if following is None or following.type in _HEAD or comment.start_point.row == 0:
        return False
    return bool(following.start_point.row - comment.end_point.row <= 1)
