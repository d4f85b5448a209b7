"""Whether an imported name is used in its file. Whoever may use it, does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from emberline.refactor.exact.code import Code, child, field_of
from emberline.refactor.exact.imports.brought import Brought, brought, lies_in_import
from emberline.refactor.index.view import View
from emberline.refactor.types import Source
from emberline.syntax.tree import inside

_DOCUMENTED = re.compile(r"@\w+|\{@")
_RUST_TYPES = (
    "HashMap HashSet BTreeMap BTreeSet VecDeque BinaryHeap Rc Arc Weak RefCell Cell Mutex RwLock OnceCell "
    "OnceLock Path PathBuf Duration Instant SystemTime File Ordering Entry Cow NonNull PhantomData "
    "AtomicBool AtomicUsize AtomicU64 AtomicI64 TcpStream TcpListener Command Stdio"
)
_RUST_PLAIN = frozenset(_RUST_TYPES.split())
"""Types of the standard library; any other name with a capital letter may be a trait, which is used without
being named."""
_STANDARD_GO = re.compile(r"[a-z0-9]+(?:/[a-z0-9]+)*")


def unused(code: Code, source: Source, view: View) -> tuple[Brought, ...]:
    """The imported names that nothing in the file and nobody else uses, as far as that is certain."""
    if source.language_id == "python" and source.path.name == "__init__.py":
        return ()
    return tuple(
        each for each in _unused_here(code, source.path) if not _is_used_elsewhere(each, source, view)
    )


@lru_cache(maxsize=8)
def _unused_here(code: Code, path: Path) -> tuple[Brought, ...]:
    """What the file itself does not use, and could lose. A menu asks again at every move of the cursor."""
    if code.root.has_error or (code.language_id == "rust" and "unused_imports" in code.text):
        return ()
    return tuple(
        each
        for each in brought(code)
        if each.alias and not is_used(code, each) and is_removable(code, each, path)
    )


def is_used(code: Code, imported: Brought) -> bool:
    """Whether the file names it outside of its imports."""
    return any(True for _ in _uses(code, imported.alias))


def _uses(code: Code, name: str) -> Iterator[Node]:
    for _, leaf in code.leaves(name):
        if _counts(code, leaf, name) and not lies_in_import(code, leaf):
            yield leaf


def _counts(code: Code, leaf: Node, name: str) -> bool:
    kind, language = leaf.type, code.language_id
    if "identifier" in kind or kind in ("shorthand_property_identifier", "self", "metavariable"):
        return names_import(leaf)
    if kind == "comment" or kind.endswith("_comment"):
        return _comment_uses(code.words_of(leaf), name, language)
    if language == "python":
        return kind == "string_content" and _string_uses(code.words_of(leaf), name)
    return language == "rust"  # a formatted string, a macro's own syntax


def names_import(leaf: Node) -> bool:
    """Whether it can refer to an import: what stands behind a dot, or is a key, cannot."""
    parent = leaf.parent
    if parent is None:
        return True
    field = field_of(parent, leaf)
    if parent.type in ("package_clause", "package_declaration"):
        return False
    if parent.type in ("attribute", "member_expression") and field in ("attribute", "property"):
        return False
    return not (parent.type == "keyword_argument" and field == "name") and leaf.type not in (
        "property_identifier",
        "field_identifier",
    )


def _comment_uses(words: str, name: str, language_id: str) -> bool:
    if language_id == "python":
        return words.lstrip("# \t").startswith("type:")
    if language_id == "rust":
        return words.startswith(("///", "//!", "/**", "/*!"))
    if language_id == "go":
        return False
    return bool(_DOCUMENTED.search(words))


def _string_uses(words: str, name: str) -> bool:
    """A string that is a type, a name in `__all__`, or has a doctest."""
    if ">>>" in words:
        return True
    if len(words) > 500:
        return False
    try:
        tree = ast.parse(words.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(tree))


def is_removable(code: Code, imported: Brought, path: Path) -> bool:
    """Whether it would only be its name that is lost."""
    if not imported.alias or imported.name == "*":
        return False
    match code.language_id:
        case "python":
            return _python(code, imported, path)
        case "go":
            return _go(code, imported)
        case "rust":
            return _rust(code, imported)
        case "java":
            return True
    return _script(code, imported)


def _python(code: Code, imported: Brought, path: Path) -> bool:
    if imported.module == "__future__" or path.name == "conftest.py":
        return False
    alias = child(imported.item, "alias")
    if alias is not None and imported.alias == imported.name:
        return False  # `import x as x` passes it on
    if not imported.name and alias is None and "." in imported.module:
        # `import a.b` binds `a`, and so may others
        binding = [each for each in brought(code) if each.alias == imported.alias]
        if len(binding) > 1:
            return False
    start, end = imported.statement.start_point.row, imported.statement.end_point.row
    for each in _comments_near(imported.statement):
        if start <= each.start_point.row <= end and re.search(
            r"(?i)noqa|isort|pyright|pylint|type:|side effect|re-?export|fixture", code.words_of(each)
        ):
            return False
    return True


def _comments_near(statement: Node) -> Iterator[Node]:
    yield from (each for each in inside(statement) if each.type == "comment")
    following = statement.next_sibling
    while following is not None and following.type == "comment":
        yield following
        following = following.next_sibling


def _script(code: Code, imported: Brought) -> bool:
    if imported.alias in ("React", "h", "jsx", "Fragment", "preact"):
        has_elements = any(
            each.type in ("jsx_element", "jsx_self_closing_element", "jsx_fragment")
            for each in inside(code.root)
        )
        if has_elements or code.language_id.endswith("react"):
            return False
    return "@jsx" not in code.text[:2000]


def _go(code: Code, imported: Brought) -> bool:
    if imported.module == "C":
        return False
    if child(imported.item, "name") is not None or _STANDARD_GO.fullmatch(imported.module):
        return True
    # What a package is really called stands in its own files. It is unused if every qualifier is another's.
    known = {each.alias for each in brought(code)} | {each.name for each in code.outline.definitions}
    for each in inside(code.root):
        if each.type == "package_identifier" and not lies_in_import(code, each):
            name = code.words_of(each)
        elif each.type == "selector_expression":
            operand = child(each, "operand")
            name = code.words_of(operand) if operand is not None and operand.type == "identifier" else ""
        else:
            continue
        if name and name not in known and not _is_declared(code, name):
            return False
    return True


def _is_declared(code: Code, name: str) -> bool:
    """Whether any function or type of the file has a variable of this name."""
    return any(
        leaf.parent is not None
        and (
            leaf.parent.type
            in ("parameter_declaration", "var_spec", "const_spec", "variadic_parameter_declaration")
            or (
                leaf.parent.type == "expression_list"
                and leaf.parent.parent is not None
                and field_of(leaf.parent.parent, leaf.parent) in ("left", "alias")
            )
        )
        for _, leaf in code.leaves(name)
    )


def _rust(code: Code, imported: Brought) -> bool:
    visible = any(each.type == "visibility_modifier" for each in imported.statement.children)
    above = imported.statement.prev_named_sibling
    attributed = above is not None and above.type == "attribute_item"
    if visible or attributed:
        return False
    return imported.alias[:1].islower() or (
        imported.module.startswith("std::") and imported.name in _RUST_PLAIN
    )


def _is_used_elsewhere(imported: Brought, source: Source, view: View) -> bool:
    """Whether another file gets the name from here."""
    return bool(view.importers(source.path, imported.alias))
