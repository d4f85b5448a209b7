"""What a file would write to import from another one. The index confirms every spelling."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from emberline.refactor.index.view import View
from emberline.syntax.types import Definition, Import, Outline, Sort, Span

_SCRIPT = ("javascript", "javascriptreact", "typescript", "typescriptreact")
_SCRIPT_ENDS = (".d.ts", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_NOWHERE = Span(0, 0)
_IMPORTERS_READ = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import that a file lacks."""

    module: str
    name: str
    """In its module; empty: the module itself; "default" for JavaScript's."""
    alias: str
    """What it is called here."""


def family(language_id: str) -> str:
    """Languages that import each other are one."""
    return "script" if language_id in _SCRIPT else language_id


def wanted(
    path: Path, own: Outline | None, there: Path, definition: Definition, language_id: str, view: View
) -> Wanted | None:
    """How the file at `path` imports a definition of the file `there`; None where that is not certain."""
    name = definition.name
    if definition.container:
        return None
    match family(language_id):
        case "python":
            module = _first(_python(path, own, there, view), path, there, name, view)
            return Wanted(module, name, name) if module else None
        case "script":
            inside = _exported(definition, there, view)
            module = script_module(path, own, there)
            if not inside or _resolved(path, module, inside, view) != there:
                return None
            return Wanted(module, inside, name)
        case "java" if path.parent != there.parent and _is_visible(definition, _JAVA_PRIVATE, ("public ",)):
            module = _first(_java(there, name, view), path, there, name, view)
            return Wanted(module, name, name) if module else None
        case "rust" if _is_visible(definition, _RUST_PRIVATE, ("pub ", "pub(crate) ")):
            module = _first(_rust(path, there), path, there, name, view)
            return Wanted(module, name, name) if module else None
    return None


def _first(candidates: Iterator[str], path: Path, there: Path, name: str, view: View) -> str:
    return next((each for each in candidates if _resolved(path, each, name, view) == there), "")


def _resolved(path: Path, module: str, name: str, view: View) -> Path | None:
    return view.resolve(path, Import(module, name, name, _NOWHERE))


def _learned(there: Path, view: View) -> Iterator[str]:
    """How others spell the module, the most usual first."""
    counted: dict[str, int] = {}
    for importer in view.importers(there)[:_IMPORTERS_READ]:
        shape = view.outline(importer)
        for each in shape.imports if shape is not None else ():
            is_it = not each.module.startswith(".") and view.resolve(importer, each) == there
            if is_it and each.module not in counted:
                counted[each.module] = 0
            if is_it:
                counted[each.module] += 1
    yield from sorted(counted, key=lambda each: -counted[each])


def _python(path: Path, own: Outline | None, there: Path, view: View) -> Iterator[str]:
    if _is_relative(own):
        relative = python_relative(path, there)
        if relative:
            yield relative
    yield from (each for each in _learned(there, view) if not each.startswith("."))
    parts = list(there.with_suffix("").parts[1:])
    if parts and parts[-1] == "__init__":
        parts.pop()
    first = len(parts) - 1
    folder = there.parent if there.name != "__init__.py" else there.parent.parent
    while first > 0 and view.outline(folder / "__init__.py") is not None:
        first, folder = first - 1, folder.parent
    for start in (first, *range(first - 1, max(first - 6, -1), -1)):
        if all(each.isidentifier() for each in parts[start:]):
            yield ".".join(parts[start:])
    relative = python_relative(path, there)
    if relative:
        yield relative


def _is_relative(own: Outline | None) -> bool:
    """Whether a file's imports of its own package are mostly relative."""
    modules = [each.module for each in own.imports] if own is not None else []
    return any(each.startswith(".") for each in modules)


def python_relative(path: Path, there: Path) -> str:
    """ "..a.b" from the one file to the other; empty where they are not near."""
    target = there.parent if there.name == "__init__.py" else there.with_suffix("")
    steps = Path(os.path.relpath(target, path.parent)).parts
    ups = sum(1 for each in steps if each == "..")
    rest = [each for each in steps if each not in ("..", ".")]
    if ups > 2 or not all(each.isidentifier() for each in rest):
        return ""
    return "." * (ups + 1) + ".".join(rest)


def script_module(path: Path, own: Outline | None, there: Path) -> str:
    """ "./store" from the one file to the other, with an ending where the file writes endings."""
    steps = PurePosixPath(os.path.relpath(there, path.parent).replace(os.sep, "/"))
    name = steps.name
    ending = next((each for each in _SCRIPT_ENDS if name.endswith(each)), "")
    bare = name.removesuffix(ending)
    relative = [each.module for each in own.imports if each.module.startswith(".")] if own is not None else []
    written = next((PurePosixPath(each).suffix for each in relative if each.endswith(_SCRIPT_ENDS)), "")
    if written:
        real = {".ts": ".js", ".tsx": ".js", ".mts": ".mjs", ".cts": ".cjs"}
        keeps = any(each.endswith((".ts", ".tsx")) for each in relative)
        bare += ending if keeps else real.get(ending, ending)
        whole = steps.with_name(bare)
    else:
        whole = steps.parent if bare == "index" else steps.with_name(bare)
    text = str(whole)
    return text if text.startswith("..") else "." if text == "." else f"./{text}"


def _exported(definition: Definition, there: Path, view: View) -> str:
    """The name by which others import it; empty where it is not known to be exported."""
    match _prefix(definition):
        case 7:  # "export "
            return definition.name
        case 15:  # "export default "
            return "default"
    for importer in view.importers(there, definition.name)[:_IMPORTERS_READ]:
        shape = view.outline(importer)
        for each in shape.imports if shape is not None else ():
            if each.name == definition.name and view.resolve(importer, each) == there:
                return each.name
    return ""


def _prefix(definition: Definition) -> int:
    """How many characters stand before its header: `export`."""
    return definition.header.start - definition.core.start


_RUST_PRIVATE = {
    Sort.FUNCTION: ("fn ", "async fn ", "const fn ", "unsafe fn "),
    Sort.CLASS: ("struct ", "enum ", "trait ", "type ", "union "),
    Sort.VARIABLE: ("const ", "static "),
}
_JAVA_PRIVATE = {
    Sort.CLASS: ("class ", "interface ", "record ", "final class ", "abstract class "),
}


def _is_visible(
    definition: Definition, private: Mapping[Sort, tuple[str, ...]], words: tuple[str, ...]
) -> bool:
    """Whether a word of these makes it visible elsewhere, told by how many characters stand before its name:
    the index keeps no text. What could be either is not."""
    length = definition.name_span.start - definition.header.start
    kinds = private.get(definition.sort, ())
    hidden = {len(kind) for kind in kinds}
    return length not in hidden and length in {len(word) + len(kind) for kind in kinds for word in words}


def _java(there: Path, name: str, view: View) -> Iterator[str]:
    yield from (each.removesuffix(f".{name}") for each in _learned(there, view))
    parts = there.parent.parts
    roots = [index + 1 for index, each in enumerate(parts) if each in ("java", "src")]
    for start in reversed(roots):
        if parts[start:]:
            yield ".".join(parts[start:])


def _rust(path: Path, there: Path) -> Iterator[str]:
    """From the crate that holds both."""
    parts = there.with_suffix("").parts
    sources = [index for index, each in enumerate(parts) if each == "src"]
    if not sources:
        return
    root = parts[: sources[-1] + 1]
    if path.parts[: len(root)] != root:
        return
    rest = list(parts[len(root) :])
    if rest and rest[-1] in ("lib", "main", "mod"):
        rest.pop()
    yield "::".join(("crate", *rest))
