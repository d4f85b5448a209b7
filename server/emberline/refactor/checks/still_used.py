"""What goes is used by nobody who was not edited along with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from emberline.refactor.checks.attempt import Attempt, listed, top_level
from emberline.refactor.checks.names import has_star, is_dynamic, offered
from emberline.refactor.lines import line_at
from emberline.refactor.types import FileChange
from emberline.syntax.types import Outline

_BY_FOLDER = frozenset(("go", "java"))
"""Languages whose files see all names of their folder without an import."""


def still_used(attempt: Attempt) -> Iterator[str]:
    for file in attempt.change.files:
        if file.before is None:
            continue
        if file.path in attempt.gone:
            yield from _importers(attempt, file)
        names = _removed(attempt, file)
        yield from _imported(attempt, file, names)
        yield from _as_members(attempt, file, names)
        if attempt.language(file) in _BY_FOLDER:
            yield from _in_folder(attempt, file, names)
        if file.moved_to is not None:
            yield from _led_astray(attempt, file, file.moved_to)


def _removed(attempt: Attempt, file: FileChange) -> tuple[str, ...]:
    """The names that could be imported before and cannot be any more."""
    after = attempt.after(file)
    if file.path in attempt.gone:
        return tuple(each.name for each in top_level(attempt.before(file)))
    if is_dynamic(after):
        return ()
    before = offered(attempt.before(file), file.before)
    return tuple(sorted(before - offered(after, file.after)))


def _importers(attempt: Attempt, file: FileChange) -> Iterator[str]:
    """Who imports a file that is moved or deleted."""
    users = _unedited(attempt, attempt.view.importers(file.path))
    if users:
        what = "moved" if file.moved_to is not None else "deleted"
        yield f"{file.name} is {what}, but still used in {listed(users)}: edit that too"


def _imported(attempt: Attempt, file: FileChange, names: tuple[str, ...]) -> Iterator[str]:
    if file.path in attempt.gone:
        return
    for name in names:
        mentioning = set(attempt.view.mentions(name))
        users = [
            path
            for path in attempt.view.importers(file.path, name)
            if path in mentioning or not has_star(attempt.view.outline(path))
        ]
        told = _unedited(attempt, users)
        if told:
            yield f"{file.name} no longer has {name}, but it is still used in {listed(told)}: edit that too"


def _as_members(attempt: Attempt, file: FileChange, names: tuple[str, ...]) -> Iterator[str]:
    """Who was edited and still says `store.close`."""
    for other, after in attempt.made:
        shape = attempt.after(other)
        if shape is None or not names:
            continue
        aliases = {
            each.alias or each.module
            for each in shape.imports
            if (not each.name or (each.name == "*" and each.alias) or each.alias == file.path.stem)
            and attempt.view.resolve(other.path, each) == file.path
        }
        for alias in sorted(aliases):
            for name in names:
                found = re.search(rf"(?<![\w.]){re.escape(alias)}\s*\.\s*{re.escape(name)}(?!\w)", after)
                if found is not None:
                    yield (
                        f"line {line_at(after, found.start())} of {attempt.new_name(other)} uses {name}, "
                        f"which {file.name} no longer has"
                    )


def _in_folder(attempt: Attempt, file: FileChange, names: tuple[str, ...]) -> Iterator[str]:
    """Who uses a name of the same package. Where another definition has it too, words do not tell."""
    folder = file.path.parent
    for name in names:
        if _is_defined(attempt, folder, name, file):
            continue
        beside = [path for path in attempt.view.mentions(name) if path.parent == folder and path != file.path]
        told = _unedited(attempt, [path for path in beside if path.suffix == file.path.suffix])
        if told:
            yield f"{file.name} no longer has {name}, but it is still used in {listed(told)}: edit that too"


def _is_defined(attempt: Attempt, folder: Path, name: str, file: FileChange) -> bool:
    """Whether the folder still, or also, defines something of this name."""

    def has(shape: Outline | None) -> bool:
        return shape is not None and any(each.name == name for each in shape.definitions)

    changed = any(
        has(attempt.after(each))
        for each in attempt.change.files
        if (each.moved_to or each.path).parent == folder
    )
    return changed or any(
        found.path.parent == folder and found.path not in attempt.by_path
        for found in attempt.view.definitions(name)
    )


def _led_astray(attempt: Attempt, file: FileChange, to: Path) -> Iterator[str]:
    """The relative imports of a file that moves lead from its new place."""
    shape = attempt.after(file)
    if shape is None or to.parent == file.path.parent:
        return
    told: set[str] = set()
    for each in shape.imports:
        if not each.module.startswith(".") or each.module in told:
            continue
        was, now = attempt.view.resolve(file.path, each), attempt.view.resolve(to, each)
        if was is not None and was not in attempt.gone and now != was:
            told.add(each.module)
            yield f"{attempt.new_name(file)}: its import of {each.module} leads elsewhere from there"


def _unedited(attempt: Attempt, paths: tuple[Path, ...] | list[Path]) -> list[str]:
    """The names of those files that this change leaves alone."""
    own = attempt.assignment.target.source
    root = own.path
    for _ in own.name.split("/"):
        root = root.parent
    names = {each.path: each.name for each in attempt.sources.values()}

    def name(path: Path) -> str:
        return names.get(path) or (
            path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        )

    return [name(each) for each in dict.fromkeys(paths) if each not in attempt.by_path]
