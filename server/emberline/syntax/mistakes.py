"""Where a text does not follow its language's grammar."""

from __future__ import annotations

from emberline.syntax.tree import parse
from emberline.syntax.types import Span


def mistakes(text: str, language_id: str) -> tuple[Span, ...]:
    """What the parser could make no sense of, and empty spans where it missed something, in order.

    Empty where no grammar is installed.
    """
    tree = parse(text, language_id)
    if tree is None:
        return ()
    found = []
    stack = [tree.root]
    while stack:
        node = stack.pop()
        if not node.has_error:
            continue
        if node.is_error or node.is_missing:
            found.append(tree.span(node.start_byte, node.end_byte))
        stack.extend(reversed(node.children))
    return tuple(sorted(found))
