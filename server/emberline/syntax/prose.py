"""What in a text is no code: comments and strings."""

from __future__ import annotations

import re
from functools import cache

from emberline.syntax.tree import Tree, parse
from emberline.syntax.types import Span

_COMMENT_KINDS = ("comment", "line_comment", "block_comment", "html_comment")
_STRING_KINDS = (
    "string",
    "template_string",
    "interpreted_string_literal",
    "raw_string_literal",
    "string_literal",
)
_SHARP = r"(?<![^\s])#[^\r\n]*"
_SLASHES = r"//[^\r\n]*|/\*[\s\S]*?(?:\*/|\Z)"
_BY_PATTERN = {
    **dict.fromkeys(
        (
            "shellscript",
            "yaml",
            "toml",
            "ruby",
            "perl",
            "r",
            "dockerfile",
            "makefile",
            "cmake",
            "elixir",
            "julia",
            "powershell",
            "terraform",
        ),
        _SHARP,
    ),
    **dict.fromkeys(
        (
            "c",
            "cpp",
            "csharp",
            "objective-c",
            "kotlin",
            "swift",
            "scala",
            "dart",
            "php",
            "scss",
            "less",
            "jsonc",
            "proto3",
            "zig",
            "fsharp",
        ),
        rf'(?<![:"\'\w]){_SLASHES}'.replace("|/", "|(?<![:\"'\\w])/"),
    ),
    "css": r"/\*[\s\S]*?(?:\*/|\Z)",
    **dict.fromkeys(("sql", "haskell", "lua"), r"--[^\r\n]*"),
    **dict.fromkeys(("html", "xml", "markdown", "vue", "svelte"), r"<!--[\s\S]*?(?:-->|\Z)"),
    "viml": r'(?m)^[ \t]*"[^\r\n]*',
    "latex": r"(?<!\\)%[^\r\n]*",
}


def comments(text: str, language_id: str) -> tuple[Span, ...]:
    """The comments in order, without line ends. Where no grammar is installed: what looks like one, with
    what stands in strings among it; empty where nothing is known of the language."""
    tree = parse(text, language_id)
    if tree is not None:
        return comments_of(tree)
    pattern = _BY_PATTERN.get(language_id)
    return (
        () if pattern is None else tuple(Span(*found.span()) for found in _compiled(pattern).finditer(text))
    )


def strings(text: str, language_id: str) -> tuple[Span, ...]:
    """The string literals in order, with their quotes, with what is interpolated in them, the outer one
    before one within. Empty where no grammar is installed."""
    tree = parse(text, language_id)
    if tree is None:
        return ()
    found = _captured(tree, _STRING_KINDS)
    return tuple(tree.span(start, end) for start, end in found)


def comments_of(tree: Tree) -> tuple[Span, ...]:
    """The comments of a tree."""
    spans = [tree.span(start, end) for start, end in _captured(tree, _COMMENT_KINDS)]
    return tuple(Span(start, start + len(tree.text[start:end].rstrip("\r\n"))) for start, end in spans)


def _captured(tree: Tree, kinds: tuple[str, ...]) -> list[tuple[int, int]]:
    known = [kind for kind in kinds if tree.language.id_for_node_kind(kind, True) is not None]
    nodes = (
        tree.captures(f"[{' '.join(f'({kind})' for kind in known)}] @found").get("found", []) if known else []
    )
    return sorted(((node.start_byte, node.end_byte) for node in nodes), key=lambda each: (each[0], -each[1]))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
