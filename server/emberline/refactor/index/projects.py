"""What the files that describe a project say about its modules' names."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Project:
    """One such file; the folder that it stands in is the project's."""

    kind: str
    """"go", "rust", "npm" or "typescript"."""
    name: str = ""
    """The module's or package's, as others import it."""
    base: str = ""
    """TypeScript: `baseUrl`, relative to the folder; empty where none is set."""
    paths: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """TypeScript: pattern → what it stands for, relative to `base`."""


def project(file_name: str, text: str) -> Project | None:
    """What the file says; None where it is no such file or cannot be read."""
    try:
        match file_name:
            case "go.mod":
                found = re.search(r'(?m)^[ \t]*module[ \t]+"?([^\s"]+)', text)
                return None if found is None else Project("go", found[1])
            case "Cargo.toml":
                return _cargo(tomllib.loads(text))
            case "package.json":
                name = json.loads(text).get("name")
                return Project("npm", name) if isinstance(name, str) and name else None
            case "tsconfig.json" | "jsconfig.json":
                return _typescript(json.loads(_plain_json(text)))
    except (ValueError, RecursionError, AttributeError):
        return None
    return None


def _cargo(content: dict[str, object]) -> Project | None:
    for table in (content.get("lib"), content.get("package")):
        name = table.get("name") if isinstance(table, dict) else None
        if isinstance(name, str):
            return Project("rust", name.replace("-", "_"))
    return None


def _typescript(content: object) -> Project | None:
    options = content.get("compilerOptions") if isinstance(content, dict) else None
    if not isinstance(options, dict):
        return None
    base, paths = options.get("baseUrl"), options.get("paths")
    rows = paths.items() if isinstance(paths, dict) else ()
    kept = tuple(
        (pattern, tuple(target for target in targets if isinstance(target, str)))
        for pattern, targets in rows
        if isinstance(targets, list)
    )
    named = base if isinstance(base, str) else ""
    return Project("typescript", base=named, paths=kept) if named or kept else None


_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_PIECES = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*[\s\S]*?\*/')


def _plain_json(text: str) -> str:
    """Without the comments and trailing commas that these files may have."""
    without = _PIECES.sub(lambda found: found[0] if found[0].startswith('"') else " ", text)
    parts = re.split(r'("(?:[^"\\\n]|\\.)*")', without)
    return "".join(part if part.startswith('"') else _TRAILING_COMMA.sub("", part) for part in parts)
