"""By which words an import is found from the file that it means.

What an import means depends on which files there are, and is told when it is asked for (resolve.py). Its keys
depend on the importing file alone: every import that can mean a file shares a key with it.
"""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH118, PTH119, PTH120, PTH122

from __future__ import annotations

import os.path
from collections.abc import Iterator

from emberline.syntax.types import Import

SCRIPT_SUFFIXES = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
"""In the order in which they are tried."""
SCRIPTS = frozenset(("javascript", "javascriptreact", "typescript", "typescriptreact"))
_FOLDERS_OWN = frozenset(("__init__.py", "__init__.pyi", "index", "mod.rs"))
"""Stems of files that stand for their folder."""
CRATE = "crate"
"""The key of a Rust crate's root."""


def keys_of_import(path: str, language_id: str, imported: Import) -> Iterator[str]:
    """The keys of an import that stands in the file at `path`."""
    if language_id == "python":
        yield from _python(path, imported)
    elif language_id in SCRIPTS:
        yield from _script(path, imported.module)
    elif language_id == "go":
        yield imported.module.rpartition("/")[2]
    elif language_id == "rust":
        yield from _rust(path, imported)
    elif language_id == "java":
        yield imported.module.rpartition(".")[2]
        if imported.name not in ("", "*"):
            yield imported.name
            yield imported.module.rpartition(".")[0].rpartition(".")[2]


def keys_of_file(path: str) -> Iterator[str]:
    """The keys of a file, as far as its path alone tells: its stem, or its folder's name."""
    folder, name = os.path.split(path)
    stem = script_stem(name)
    yield name
    yield stem
    yield os.path.splitext(stem)[0] if stem == name else stem
    if stem in _FOLDERS_OWN or name.endswith((".go", ".java")):
        yield os.path.basename(folder)
    if name in ("lib.rs", "main.rs"):
        yield CRATE
    if stem == "index" and os.path.basename(folder) == "src":
        yield os.path.basename(os.path.dirname(folder))


def script_stem(name: str) -> str:
    """A module's name without the suffix that an import may leave out or spell otherwise."""
    for suffix in (".d.ts", *SCRIPT_SUFFIXES):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def _python(path: str, imported: Import) -> Iterator[str]:
    rest = imported.module.lstrip(".")
    if rest:
        yield rest.rpartition(".")[2]
    else:
        folder = path
        for _ in imported.module:
            folder = os.path.dirname(folder)
        yield os.path.basename(folder)
    if imported.name not in ("", "*"):
        yield imported.name


def _script(path: str, module: str) -> Iterator[str]:
    last = module.rstrip("/").rpartition("/")[2]
    if last in ("", ".", ".."):
        target = os.path.normpath(os.path.join(os.path.dirname(path), module))
        yield os.path.basename(target)
    else:
        yield script_stem(last)
        yield last


def _rust(path: str, imported: Import) -> Iterator[str]:
    parts = [*imported.module.split("::"), imported.name]
    yield from (part for part in parts if part not in ("", "*", "self", "super"))
    if "super" in parts or "self" in parts:
        yield CRATE
        folder = path
        for _ in range(len(parts)):
            folder, name = os.path.split(folder)
            yield name.removesuffix(".rs")
