"""Parsers by language, loaded when first asked for: a grammar costs memory and start-up time."""

from __future__ import annotations

from functools import cache

from tree_sitter import Language, Node, Parser

BRACED = frozenset(("javascript", "javascriptreact", "typescript", "typescriptreact", "go", "rust", "java"))
"""Languages with a grammar here whose blocks stand in braces."""


@cache
def parser(language_id: str) -> Parser | None:
    """The parser for an LSP language id, or None where no grammar is installed."""
    grammar = _grammar(language_id)
    return None if grammar is None else Parser(Language(grammar))


def _grammar(language_id: str) -> object | None:
    match language_id:
        case "python":
            import tree_sitter_python

            return tree_sitter_python.language()
        case "javascript" | "javascriptreact":
            import tree_sitter_javascript

            return tree_sitter_javascript.language()
        case "typescript":
            import tree_sitter_typescript

            return tree_sitter_typescript.language_typescript()
        case "typescriptreact":
            import tree_sitter_typescript

            return tree_sitter_typescript.language_tsx()
        case "go":
            import tree_sitter_go

            return tree_sitter_go.language()
        case "rust":
            import tree_sitter_rust

            return tree_sitter_rust.language()
        case "java":
            import tree_sitter_java

            return tree_sitter_java.language()
    return None


def leaf_at(root: Node, byte: int) -> Node | None:
    """The smallest node that covers the byte at this offset."""
    return root.descendant_for_byte_range(byte, byte + 1)
