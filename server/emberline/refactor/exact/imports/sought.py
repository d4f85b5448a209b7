"""Where a name that a file lacks may come from, by what the workspace defines and imports elsewhere."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from emberline.refactor.exact.code import Code
from emberline.refactor.exact.imports.brought import package_name
from emberline.refactor.exact.imports.spelling import Wanted, family, wanted
from emberline.refactor.exact.imports.used import names_import
from emberline.refactor.exact.roles import roles
from emberline.refactor.exact.roles.role import Kind
from emberline.refactor.index.view import View
from emberline.refactor.types import Unfit
from emberline.syntax.languages import language_of
from emberline.syntax.types import Import, Outline, Sort, Span

MOST = 3
"""From so many places a name may come to be worth offering."""
_FILES_READ = 40
_GO_STANDARD = (
    "bufio bytes context embed encoding/base64 encoding/csv encoding/hex encoding/json encoding/xml errors "
    "flag fmt io io/fs log log/slog maps math net net/http net/url os os/exec os/signal path/filepath "
    "reflect regexp runtime slices sort strconv strings sync sync/atomic testing time unicode unicode/utf8"
)
_GO_BY_NAME = {package_name(path): path for path in _GO_STANDARD.split()}
_GLOBALS = (
    "window document console process module exports require globalThis Object Array String Number Boolean "
    "Map Set Promise Error Date JSON Math Symbol RegExp fetch setTimeout undefined NaN Infinity"
)
_SCRIPT_GLOBALS = frozenset(_GLOBALS.split())


def sought(name: str, path: Path, own: Outline | None, language_id: str, view: View) -> tuple[Wanted, ...]:
    """Each import that would bring the name to the file at `path`, without doubles, the likeliest first. More
    than `MOST` of them, or none: it is not sure enough to say."""
    found: dict[Wanted, None] = {}
    for each in _candidates(name, path, own, language_id, view):
        found.setdefault(each)
        if len(found) > MOST:
            return ()
    return tuple(found)


def _candidates(name: str, path: Path, own: Outline | None, language_id: str, view: View) -> Iterator[Wanted]:
    kin = family(language_id)
    defined = [
        each
        for each in view.definitions(name)
        if not each.definition.container and each.path != path and family(language_of(each.path)) == kin
    ]
    if kin == "go":
        defined = []
    if len(defined) > MOST:
        return
    for found in defined:
        each = wanted(path, own, found.path, found.definition, language_id, view)
        if each is not None:
            yield each
    yield from _as_elsewhere(name, path, own, language_id, view)
    if kin == "go" and name in _GO_BY_NAME:
        yield Wanted(_GO_BY_NAME[name], "", name)


def _as_elsewhere(
    name: str, path: Path, own: Outline | None, language_id: str, view: View
) -> Iterator[Wanted]:
    """Other packages' names, as other files import them: the most usual spelling of each name alone."""
    counted: dict[Wanted, int] = {}
    kin = family(language_id)
    near = [each for each in view.mentions(name) if each != path and family(language_of(each)) == kin]
    for other in near[:_FILES_READ]:
        shape = view.outline(other)
        for each in shape.imports if shape is not None else ():
            if each.alias == name and _is_foreign(each, other, view):
                spelled = Wanted(each.module, each.name, each.alias)
                counted[spelled] = counted.get(spelled, 0) + 1
    yield from sorted(counted, key=lambda each: -counted[each])


def _is_foreign(imported: Import, path: Path, view: View) -> bool:
    """Whether it means another package's, wherever it stands. Go's own packages are spelled alike too."""
    if imported.module.startswith((".", "self", "super", "crate")):
        return False
    return path.suffix == ".go" or view.resolve(path, imported) is None


def is_free(code: Code, name: str) -> bool:
    """Whether the file uses a name that nothing in it can be seen to bind."""
    if _is_builtin(name, code.language_id):
        return False
    shape = code.outline
    if any(each.alias == name or each.name == "*" for each in shape.imports):
        return False
    for each in shape.definitions:
        if each.name == name and each.sort is not Sort.METHOD and not _is_member(each.sort, each.container):
            return False
    module = roles(code.language_id)
    used = False
    for span, leaf in code.leaves(name):
        if code.span(leaf) != span:
            continue
        if leaf.type == "type_identifier" and _defines_type(code, span):
            return False
        try:
            role = module.role(leaf)
        except Unfit:
            return False
        if role is not None and role.kind is Kind.BINDS:
            return False
        is_name = role is not None or leaf.type in _TYPES or _begins_path(leaf)
        used = used or (is_name and names_import(leaf))
    return used


_TYPES = frozenset(("type_identifier", "package_identifier"))


def _begins_path(leaf: Node) -> bool:
    """The first part of Rust's `Store::open`."""
    parent = leaf.parent
    is_path = parent is not None and parent.type in ("scoped_identifier", "scoped_type_identifier")
    return is_path and parent is not None and parent.child_by_field_name("path") == leaf


def _is_member(sort: Sort, container: str) -> bool:
    return sort is Sort.VARIABLE and bool(container)


def _defines_type(code: Code, span: Span) -> bool:
    """Whether the name of a type stands where one is declared: a class, an alias, a type's parameter."""
    leaf = code.node(span)
    parent = leaf.parent
    return parent is not None and (
        parent.type in ("type_parameter", "type_parameters", "type_parameter_declaration")
        or parent.child_by_field_name("name") == leaf
    )


def _is_builtin(name: str, language_id: str) -> bool:
    if language_id == "python":
        return hasattr(builtins, name) or name in ("__file__", "__name__", "__doc__", "__path__")
    return family(language_id) == "script" and name in _SCRIPT_GLOBALS
