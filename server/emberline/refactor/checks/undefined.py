"""What edited files import from the workspace is there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

from emberline.refactor.checks.attempt import Attempt, place
from emberline.refactor.checks.names import offers
from emberline.refactor.lines import line_at
from emberline.refactor.types import FileChange
from emberline.syntax.types import Import

_WHOLE = ("", "*", "default")
"""No name of the module's own."""
_SUFFIXES = {
    "python": (".py", ".pyi", "/__init__.py"),
    **dict.fromkeys(
        ("javascript", "javascriptreact", "typescript", "typescriptreact"),
        ("", ".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.tsx", "/index.js"),
    ),
}


def undefined(attempt: Attempt) -> Iterator[str]:
    for file, after in attempt.made:
        shape = attempt.after(file)
        if shape is None:
            continue
        before = attempt.before(file)
        known = {(each.module, each.name) for each in before.imports} if before is not None else set()
        for each in shape.imports:
            is_new = (each.module, each.name) not in known
            words = _complaint(attempt, file, each, is_new)
            if words:
                yield f"line {line_at(after, each.span.start)} of {attempt.new_name(file)} {words}"


def _complaint(attempt: Attempt, file: FileChange, brought: Import, is_new: bool) -> str:
    at = place(file)
    made = _made(attempt, at, brought, attempt.language(file))
    found = made or attempt.view.resolve(at, brought) or _beside(attempt, at, brought, attempt.language(file))
    if found is None:
        return _nowhere(attempt, file, brought) if is_new else ""
    if found in attempt.gone and (found not in attempt.by_path or _stands_no_more(attempt, found)):
        return f"imports {brought.module}, which is no longer there"
    if not is_new and found not in attempt.by_path:
        return ""
    if brought.name in _WHOLE or found == at or _is_submodule(attempt, found, brought):
        return ""
    if not is_new and not _was_offered(attempt, found, brought.name):
        return ""
    if offers(attempt, found, brought.name) is False:
        return f"imports {brought.name} from {brought.module}, which does not have it"
    return ""


def _stands_no_more(attempt: Attempt, path: Path) -> bool:
    return all(place(each) != path or each.after is None for each in attempt.change.files)


def _was_offered(attempt: Attempt, path: Path, name: str) -> bool:
    """Whether the import could be right before: what was wrong then is not this change's matter."""
    change = attempt.by_path[path]
    shape = attempt.before(change)
    return (
        shape is None
        or any(each.name == name for each in shape.definitions)
        or any(each.alias == name for each in shape.imports)
    )


def _is_submodule(attempt: Attempt, found: Path, brought: Import) -> bool:
    """`from package import module`: the name is a file's."""
    if found.stem == brought.name or found.parent.name == brought.name:
        return True
    beside = (found.parent / f"{brought.name}.py", found.parent / brought.name / "__init__.py")
    return any(each in attempt.by_path or attempt.view.outline(each) is not None for each in beside)


def _made(attempt: Attempt, at: Path, brought: Import, language: str) -> Path | None:
    """The new file that it means; the index does not know those."""
    new = [place(each) for each in attempt.change.files if each.before is None or each.moved_to is not None]
    for base in _bases(at, brought, language):
        for path in new:
            for suffix in _SUFFIXES.get(language, ()):
                if path.as_posix() == f"{base}{suffix}":
                    return path
    if language == "python" and not brought.module.startswith("."):
        tail = "/" + brought.module.replace(".", "/")
        for path in new:
            if path.with_suffix("").as_posix().removesuffix("/__init__").endswith(tail):
                return path
    if language == "rust":
        parts = [each for each in brought.module.split("::") if each not in ("crate", "self", "super", "")]
        for inner in (parts, [*parts, brought.name]):
            tail = "/" + "/".join(inner)
            for path in new:
                if inner and path.with_suffix("").as_posix().removesuffix("/mod").endswith(tail):
                    return path
    return None


def _beside(attempt: Attempt, at: Path, brought: Import, language: str) -> Path | None:
    """What a new file's relative import means: from where nothing stood the index resolves nothing."""
    if attempt.view.outline(at) is not None:
        return None
    for base in _bases(at, brought, language):
        for suffix in _SUFFIXES.get(language, ()):
            path = Path(f"{base}{suffix}")
            if attempt.view.outline(path) is not None:
                return path
    return None


def _bases(at: Path, brought: Import, language: str) -> Iterator[str]:
    """The paths, without ending, that a relative import may mean."""
    module = brought.module
    if language == "python" and module.startswith("."):
        rest = module.lstrip(".")
        folder = at.parent
        for _ in range(len(module) - len(rest) - 1):
            folder = folder.parent
        base = folder.joinpath(*rest.split(".")) if rest else folder
        yield base.as_posix()
        if brought.name not in _WHOLE:
            yield (base / brought.name).as_posix()
    elif module.startswith(("./", "../")) or module in (".", ".."):
        base_text = posixpath.normpath(posixpath.join(at.parent.as_posix(), module))
        yield base_text
        if base_text.endswith((".js", ".jsx", ".mjs")):  # TypeScript's imports name what will be built
            yield base_text.rpartition(".")[0]


def _nowhere(attempt: Attempt, file: FileChange, brought: Import) -> str:
    """A new relative import has to lead somewhere, if the whole workspace is known."""
    language, module = attempt.language(file), brought.module
    if not attempt.view.is_complete or language not in _SUFFIXES:
        return ""
    is_python_module = language == "python" and module.startswith(".") and module.strip(".")
    last = module.rpartition("/")[2]
    is_script = language != "python" and module.startswith(("./", "../")) and "." not in last
    if is_python_module or is_script:
        return f"imports {module}, which is not there"
    return ""
