"""Which names a file offers to others after a change."""

from __future__ import annotations

from pathlib import Path

from emberline.refactor.checks.attempt import Attempt
from emberline.syntax.outline import exports
from emberline.syntax.tree import parse
from emberline.syntax.types import Outline

_SCRIPTS = ("javascript", "typescript")


def offered(shape: Outline | None, text: str | None = None) -> frozenset[str]:
    """What can be imported from a file of this shape. `text`, where it is at hand, tells renamed exports."""
    if shape is None:
        return frozenset()
    # In Rust a module can lie within the file, and its names are imported through it.
    is_rust = shape.language_id == "rust"
    own = {each.name for each in shape.definitions if is_rust or not each.container}
    is_script = shape.language_id.startswith(_SCRIPTS)
    brought = {each.alias for each in shape.imports if each.alias and (each.is_exported or not is_script)}
    brought |= {each.module.rpartition(".")[2] for each in shape.imports if each.is_exported and is_script}
    more: set[str] = set()
    if text is not None and is_script:
        tree = parse(text, shape.language_id)
        more = set(exports(tree, shape.language_id)) if tree is not None else set()
    return frozenset(own | brought | more)


def has_star(shape: Outline | None) -> bool:
    """Whether it passes on all names of another file."""
    return shape is not None and any(each.name == "*" and not each.alias for each in shape.imports)


def is_dynamic(shape: Outline | None) -> bool:
    """Whether names may come to be that do not stand there."""
    return shape is None or has_star(shape) or any(each.name == "__getattr__" for each in shape.definitions)


def offers(attempt: Attempt, path: Path, name: str) -> bool | None:
    """Whether the file at `path` offers the name after the change; None: it cannot be told."""
    change = attempt.by_path.get(path)
    if change is not None:
        shape = attempt.after(change)
        if is_dynamic(shape):
            return None
        return name in offered(shape, change.after)
    shape = attempt.view.outline(path)
    if is_dynamic(shape) or shape is None:
        return None
    if name in offered(shape):
        return True
    is_only_within = any(each.name == name for each in shape.definitions)
    if path in attempt.view.mentions(name) and not (is_only_within and shape.language_id == "python"):
        return None  # it may be made in a way that outlines do not show
    return False
