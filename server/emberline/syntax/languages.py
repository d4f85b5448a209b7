"""The language of a file, by its name: LSP's ids, as the editors give them."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH119, PTH122

from __future__ import annotations

import os
from pathlib import Path

UNKNOWN = "plaintext"

_BY_SUFFIX = {
    ".py": "python",
    ".pyi": "python",
    ".pyw": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascriptreact",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "typescriptreact",
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
    ".kt": "kotlin",
    ".kts": "kotlin",
    ".swift": "swift",
    ".scala": "scala",
    ".c": "c",
    ".h": "c",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cxx": "cpp",
    ".hpp": "cpp",
    ".hh": "cpp",
    ".cs": "csharp",
    ".fs": "fsharp",
    ".m": "objective-c",
    ".dart": "dart",
    ".php": "php",
    ".rb": "ruby",
    ".pl": "perl",
    ".pm": "perl",
    ".lua": "lua",
    ".r": "r",
    ".jl": "julia",
    ".ex": "elixir",
    ".exs": "elixir",
    ".erl": "erlang",
    ".hs": "haskell",
    ".clj": "clojure",
    ".sh": "shellscript",
    ".bash": "shellscript",
    ".zsh": "shellscript",
    ".ps1": "powershell",
    ".sql": "sql",
    ".html": "html",
    ".htm": "html",
    ".xml": "xml",
    ".vue": "vue",
    ".svelte": "svelte",
    ".css": "css",
    ".scss": "scss",
    ".less": "less",
    ".json": "json",
    ".jsonc": "jsonc",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
    ".ini": "ini",
    ".md": "markdown",
    ".rst": "restructuredtext",
    ".tex": "latex",
    ".proto": "proto3",
    ".tf": "terraform",
    ".zig": "zig",
    ".vim": "viml",
}
_BY_NAME = {
    "dockerfile": "dockerfile",
    "makefile": "makefile",
    "gnumakefile": "makefile",
    "cmakelists.txt": "cmake",
    "go.mod": "go.mod",
    "tsconfig.json": "jsonc",
    "jsconfig.json": "jsonc",
}


def language_of(path: Path | str) -> str:
    """The LSP language id of a file of this name; "plaintext" where the name does not tell."""
    name = os.path.basename(path).lower()
    known = _BY_NAME.get(name)
    return known or _BY_SUFFIX.get(os.path.splitext(name)[1], UNKNOWN)
