"""After somebody else's change: imports that it left unused go, names that it left without one get theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emberline.refactor.differences import applied
from emberline.refactor.exact.code import Code
from emberline.refactor.exact.edits import joined_up
from emberline.refactor.exact.imports.added import added
from emberline.refactor.exact.imports.brought import Brought, brought
from emberline.refactor.exact.imports.cut import cut
from emberline.refactor.exact.imports.sought import is_free, sought
from emberline.refactor.exact.imports.spelling import (
    Wanted,
    family,
    python_relative,
    script_module,
    wanted,
)
from emberline.refactor.exact.imports.used import is_removable, is_used
from emberline.refactor.index.view import View
from emberline.refactor.types import Change, FileChange, Source, Unfit
from emberline.syntax.languages import language_of
from emberline.syntax.mistakes import mistakes
from emberline.syntax.types import Definition, Import, Sort, Span

_WORD = re.compile(r"[^\W\d]\w*")


def tidied(change: Change, sources: Mapping[str, Source], view: View) -> Change:
    """The change with its imports in order, as far as that is certain; the same where nothing is."""
    works = [work for work in (_work(each, sources) for each in change.files) if work is not None]
    files = tuple(_tidied(each, works, view) for each in change.files)
    return change if files == change.files else replace(change, files=files)


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """A file that is there after the change, in a language whose imports are known."""

    file: FileChange
    path: Path
    """Where it will be."""
    before: Code | None
    after: Code


def _work(file: FileChange, sources: Mapping[str, Source]) -> _Work | None:
    if file.after is None:
        return None
    path = file.moved_to if file.moved_to is not None else file.path
    source = sources.get(file.name)
    language_id = source.language_id if source is not None else language_of(path)
    after = Code.of(file.after, language_id)
    before = Code.of(file.before, language_id) if file.before is not None else None
    return None if after is None else _Work(file, path, before, after)


def _tidied(file: FileChange, works: Sequence[_Work], view: View) -> FileChange:
    work = next((each for each in works if each.file is file), None)
    if work is None or work.after.root.has_error or (work.before is not None and work.before.root.has_error):
        return file
    language_id = work.after.language_id
    text = _without_unused(work, _with_missing(work, works, view), view)
    if text == file.after or mistakes(text, language_id):
        return file
    return replace(file, after=text)


def _without_unused(work: _Work, text: str, view: View) -> str:
    """Only what the file itself imported and used before, and no longer uses."""
    code = Code.of(text, work.after.language_id)
    if work.before is None or code is None or work.path.name == "__init__.py":
        return text
    used_before = {_key(each) for each in brought(work.before) if each.alias and is_used(work.before, each)}
    gone = [
        each
        for each in brought(code)
        if _key(each) in used_before
        and not is_used(code, each)
        and is_removable(code, each, work.path)
        and not view.importers(work.file.path, each.alias)
    ]
    if not gone:
        return text
    try:
        return applied(text, joined_up(cut(code, gone)))
    except Unfit:
        return text


def _key(imported: Brought) -> tuple[str, str, str]:
    return imported.module, imported.name, imported.alias


def _with_missing(work: _Work, works: Sequence[_Work], view: View) -> str:
    text = work.after.text
    known = _known_before(works)
    for name in sorted(set(_WORD.findall(work.after.text)) & known):
        code = Code.of(text, work.after.language_id)
        if code is None or not is_free(code, name):
            continue
        if work.before is not None and is_free(work.before, name):
            continue  # it was missing before already, and is somebody else's matter
        found = _origin(name, work, works, view)
        if found is not None:
            text = applied(text, joined_up(added(code, found)))
    return text


def _known_before(works: Sequence[_Work]) -> set[str]:
    """Names that the files of the change defined or imported before it."""
    names = set()
    for work in works:
        if work.before is not None:
            names |= {each.alias for each in work.before.outline.imports if each.alias}
            names |= {each.name for each in work.before.outline.definitions if not each.container}
    return names


def _origin(name: str, work: _Work, works: Sequence[_Work], view: View) -> Wanted | None:
    """Where the name is now. None unless there is exactly one place."""
    kin = family(work.after.language_id)
    others = [each for each in works if each is not work and family(each.after.language_id) == kin]
    made = [
        (each, definition)
        for each in others
        for definition in each.after.outline.definitions
        if definition.name == name and not definition.container and definition.sort is not Sort.METHOD
    ]
    if made:
        return _from_change(work, *made[0], view) if len(made) == 1 else None
    if work.before is not None:
        own = next((each for each in brought(work.before) if each.alias == name), None)
        if own is not None:
            return Wanted(own.module, own.name, own.alias) if _still_holds(own, work, others, view) else None
    carried = list(_carried(name, work, others, view))
    if carried:
        return carried[0] if len(set(carried)) == 1 else None
    found = sought(name, work.path, work.after.outline, work.after.language_id, view)
    return found[0] if len(found) == 1 and not _is_stale(name, works, view) else None


def _still_holds(imported: Brought, work: _Work, others: Sequence[_Work], view: View) -> bool:
    """Whether the module that a name came from still has it: no file of this change lost it."""
    there = view.resolve(work.file.path, _import(imported))
    return not any(
        there is not None and each.file.path == there and _defines(each.before, imported.name)
        for each in others
    )


def _defines(code: Code | None, name: str) -> bool:
    return code is not None and any(
        each.name == name and not each.container for each in code.outline.definitions
    )


def _is_stale(name: str, works: Sequence[_Work], view: View) -> bool:
    """Whether the index knows the name from a file that this change rewrites."""
    changed = {each.file.path for each in works}
    return any(each.path in changed for each in view.definitions(name))


def _carried(name: str, work: _Work, others: Sequence[_Work], view: View) -> Iterator[Wanted]:
    """As the files import it that the code came from."""
    language = work.after.language_id
    for other in others:
        if other.before is None:
            continue
        for each in brought(other.before):
            if each.alias != name:
                continue
            there = view.resolve(other.file.path, _import(each))
            if there is None:
                if not each.module.startswith((".", "self", "super")):
                    yield Wanted(each.module, each.name, each.alias)
                continue
            module = _module(work, other, each.module, there, language)
            if module:
                yield Wanted(module, each.name, each.alias)


def _module(work: _Work, other: _Work, module: str, there: Path, language_id: str) -> str:
    """What another file's import of `there` is called here; empty where that is not certain."""
    match family(language_id):
        case "python" if module.startswith("."):
            return python_relative(work.path, there)
        case "script" if module.startswith("."):
            return script_module(work.path, other.after.outline, there)
        case "rust" if module.startswith(("self", "super")):
            return ""
    return module


def _import(imported: Brought) -> Import:
    return Import(imported.module, imported.name, imported.alias, Span(0, 0))


def _from_change(work: _Work, other: _Work, definition: Definition, view: View) -> Wanted | None:
    """An import of what another file of the change defines after it."""
    if _imports_back(other, work, view):
        return None  # each would wait for the other
    name = definition.name
    language = work.after.language_id
    for each in brought(work.after):
        is_from = each.name and each.module.rstrip(".") and language == "python"
        if is_from and view.resolve(work.path, _import(each)) == other.path and each.name != other.path.stem:
            return Wanted(each.module, name, name)  # it imports from there already
    exact = wanted(work.path, work.after.outline, other.path, definition, language, view)
    if exact is not None:
        return exact
    prefix = definition.core.of(other.after.text)[: definition.header.start - definition.core.start]
    match family(language):
        case "python":
            module = _new_module(work, other, view)
            return Wanted(module, name, name) if module else None
        case "script" if prefix.split()[:1] == ["export"]:
            inside = "default" if "default" in prefix.split() else name
            return Wanted(script_module(work.path, work.after.outline, other.path), inside, name)
    return None


def _imports_back(other: _Work, work: _Work, view: View) -> bool:
    """Whether the other file needs this one before it is read to its end."""
    if family(work.after.language_id) != "python":
        return False
    paths = (work.path, work.file.path)
    return any(view.resolve(other.path, _import(each)) in paths for each in brought(other.after))


def _new_module(work: _Work, other: _Work, view: View) -> str:
    """A new file of Python, spelled after its package or after how this file names the package's others."""
    package = other.path.parent / "__init__.py"
    stem = other.path.stem
    if other.path.suffix != ".py" or not stem.isidentifier() or other.file.before is not None:
        return ""
    for each in (*work.after.outline.imports, *(work.before.outline.imports if work.before else ())):
        there = view.resolve(work.path, each)
        if there is None or there.parent != other.path.parent or there == package:
            continue
        head, dot, last = each.module.rpartition(".")
        if last == there.stem:
            return f"{head}{dot}{stem}"
    if work.path.parent == other.path.parent and view.outline(package) is not None:
        absolute = _package(work.path, package, view)
        return f"{absolute}.{stem}" if absolute else f".{stem}"
    absolute = _package(work.path, package, view)
    return f"{absolute}.{stem}" if absolute else ""


def _package(path: Path, package: Path, view: View) -> str:
    """How a package is called from a file, confirmed by the index; empty where it is not."""
    if view.outline(package) is None:
        return ""
    parts = package.parent.parts
    first, folder = len(parts) - 1, package.parent.parent
    while first > 1 and view.outline(folder / "__init__.py") is not None:
        first, folder = first - 1, folder.parent
    module = ".".join(parts[first:])
    return module if view.resolve(path, Import(module, "", module, Span(0, 0))) == package else ""
