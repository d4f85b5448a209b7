"""What a text says without its comments: the tokens of the grammar, in order.

Where indentation makes a block, its beginning and end count as tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from tree_sitter import Node

from emberline.syntax.prose import comments
from emberline.syntax.tree import Tree, parse

_COMMENTS = frozenset(("comment", "line_comment", "block_comment", "html_comment"))
_WHOLE = frozenset(("string_literal", "interpreted_string_literal", "raw_string_literal", "char_literal"))
"""White space in these counts, so they are taken as one."""
_TEXT = frozenset(("string_content", "string_fragment"))


def tokens(text: str, language_id: str, without: Collection[str] = ()) -> list[str] | None:
    """The tokens outside of comments and of nodes of these kinds; None where no grammar is installed."""
    tree = parse(text, language_id)
    return None if tree is None else list(_leaves(tree.root, tree, frozenset(without)))


def _leaves(root: Node, tree: Tree, without: frozenset[str]) -> Iterator[str]:
    stack: list[Node | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        is_left_out = node.type in _COMMENTS or node.type in without or _kind(node) in without
        if is_left_out or ("docstring" in without and _is_docstring(node)):
            continue
        if node.child_count == 0 or node.type in _WHOLE:
            words = tree.of(node)
            if words.strip() or node.type in _TEXT:
                yield words
        elif node.type == "block" and node.children[0].type != "{":
            stack += ("\x03", *reversed(node.children), "\x02")
        else:
            stack.extend(reversed(node.children))


def _kind(node: Node) -> str:
    """A node by what it lies in: "formal_parameters>(" is the parenthesis of parameters."""
    return f"{node.parent.type}>{node.type}" if node.parent is not None else node.type


def _is_docstring(node: Node) -> bool:
    """A string that is a statement, as Python has documentation."""
    return (
        node.type == "expression_statement"
        and node.named_child_count == 1
        and node.named_children[0].type in ("string", "concatenated_string")
    )


def remarks(text: str, language_id: str) -> Counter[str]:
    """The comments by their words, white space apart."""
    return Counter(" ".join(span.of(text).split()) for span in comments(text, language_id))
