"""Where a suggestion ends: with its line, or with the block that the syntax has just opened."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from emberline.completion.context import Context, leading_space
from emberline.completion.lexical import Open, code_start, open_at, scan
from emberline.syntax.grammars import BRACED, leaf_at, parser

_WINDOW_LINES = 60
"""Lines above the cursor that are parsed to see what opened: a bound on the cost, not on the language."""

_WHOLE_LINE = 1 << 30
"""Depth of a body that stands on its header's line: every line that follows is shallower."""

_PYTHON_HEADER = re.compile(
    r"\s*(?:(?:async|def|class|if|elif|else|for|while|with|try|except|finally|match|case)\b.*|\).*):"
)

_BLOCKS = frozenset(
    (
        "statement_block",
        "class_body",
        "switch_body",
        "interface_body",
        "object_type",
        "enum_body",
        "block",
        "declaration_list",
        "field_declaration_list",
        "enum_variant_list",
        "match_block",
        "constructor_body",
        "switch_block",
        "annotation_type_body",
    )
)


class Cut(NamedTuple):
    """What of the generated text counts so far, and whether more tokens could still change it."""

    text: str
    complete: bool


@lru_cache(maxsize=16)
def wants_block(context: Context) -> bool:
    """The syntax opened a block just before the cursor and nothing stands in it yet."""
    if context.line_after.strip(" \t)]};,"):
        return False
    head = context.before.rstrip()
    if not head or "\n" in context.before[len(head) :].replace("\n", "", 1):
        return False  # a blank line between: the body is not what comes next
    if context.language_id == "python":
        return _python_opened(context, head)
    if head[-1] == "{":
        return _brace_opened(context, head)
    return context.language_id not in BRACED and _indentation_opened(context)


def cut(generated: str, context: Context, *, max_lines: int) -> Cut:
    """Ends `generated` (which starts at the cursor, `\\n` line ends) where a suggestion should end.

    Made to be called after every token: `complete` says that generation may stop. Where no block was opened
    that is the first line end. In a block it is the block's end, or `max_lines` lines (at least 1).
    """
    if "\n" not in generated:
        return Cut(generated, False)
    if max_lines <= 1 or not wants_block(context):
        return Cut(generated[: generated.index("\n")], True)
    if context.before.rstrip().endswith("{"):
        end = _brace_end(generated, context)
    else:
        end = _depth_end(generated, context)
    text = generated if end is None else generated[:end].rstrip()
    limited = _limit(text, max_lines)
    return Cut(limited, end is not None or limited != text)


def _limit(text: str, max_lines: int) -> str:
    """The first `max_lines` lines, not counting the end of the cursor's own line."""
    lines = text.split("\n")
    allowed = max_lines + (not lines[0].strip())
    return text if len(lines) <= allowed else "\n".join(lines[:allowed]).rstrip()


def _last_line(text: str) -> str:
    return text[text.rfind("\n") + 1 :]


def _window(head: str) -> str:
    """The last lines of `head`: what a parser needs to see."""
    window = "\n".join(head.split("\n")[-_WINDOW_LINES:])
    return window[code_start(window) :]


def _python_opened(context: Context, head: str) -> bool:
    """A parser that is given `pass` for the next line puts it into a block of its own."""
    header = _last_line(head)
    if not (header.endswith(":") or (":" in header and "#" in header)):
        return False
    grammar = parser("python")
    assert grammar is not None
    window = _window(head)
    # Deeper than whatever the header's first line may be indented by.
    source = f"{window}\n{leading_space(header)}        pass\n".encode()
    found = leaf_at(grammar.parse(source).root_node, len(source) - 2)
    start = len(source) - 5
    while found is not None and found.start_byte == start and found.type != "block":
        found = found.parent
    is_block = found is not None and found.type == "block" and found.start_byte == start
    while found is not None and found.start_byte >= start:
        found = found.parent  # where the grammar stumbles, an error stands between a block and what opens it
    if is_block and found is not None:
        opener = window.split("\n")[found.start_point.row]
    elif _PYTHON_HEADER.fullmatch(header) and not open_at(context):
        opener = header  # the window starts in the middle of something, and the grammar stumbles over it
    else:
        return False
    return len(leading_space(context.next_line)) <= len(leading_space(opener))


def _brace_opened(context: Context, head: str) -> bool:
    """The brace belongs to a block, not to a value, and closes at once or not at all."""
    below = (context.line_after + "\n" + context.next_line).strip()
    header = _last_line(head)
    empty = (
        not below or below[0] in "})" or len(leading_space(context.next_line)) <= len(leading_space(header))
    )
    if not empty:
        return False
    grammar = parser(context.language_id)
    if grammar is not None:
        source = _window(head).encode()
        found = leaf_at(grammar.parse(source + b"\n}\n").root_node, len(source) - 1)
        kind = found.parent.type if found is not None and found.parent is not None else "ERROR"
        if kind != "ERROR":
            return kind in _BLOCKS
    before = head[:-1].rstrip()
    return bool(before) and (before[-1].isalnum() or before[-1] in ")>_") and not before.endswith("return")


def _indentation_opened(context: Context) -> bool:
    """The editor indented the cursor's line deeper than the lines around it."""
    if context.line_before.strip() or context.line_after.strip():
        return False
    depth = len(context.line_before)
    return len(leading_space(context.previous_line)) < depth and len(leading_space(context.next_line)) < depth


def _brace_end(generated: str, context: Context) -> int | None:
    """Behind the brace that closes the one before the cursor, once it is there."""
    stack = open_at(context)
    grammar = parser(context.language_id)
    if grammar is not None:
        head = context.before.rstrip()
        header = _last_line(head)
        source = (header + context.before[len(head) :] + generated).encode()
        opener = leaf_at(grammar.parse(source).root_node, len(header.encode()) - 1)
        block = None if opener is None else opener.parent
        if block is not None and block.type in _BLOCKS:
            last = block.child(block.child_count - 1)
            if last is None or last.type != "}" or last.is_missing:
                return None
            return len(source[: block.end_byte].decode()) - len(header) - len(context.before) + len(head)
    for closing in scan(generated, context.language_id, stack).closings:
        if closing.entry == len(stack) - 1:
            return closing.end
    return None


def _depth_end(generated: str, context: Context) -> int | None:
    """Where the last line ends that is followed by a shallower one; closing brackets still belong to it.

    Lines that stand in brackets, strings or behind a continued line have no depth of their own. The grammar
    is not asked: of what follows the block it sees only a beginning, and goes wrong before the block's end.
    """
    typed = context.line_before if not context.line_before.strip() else ""
    stack = open_at(context)
    lines = generated.split("\n")
    depth: int | None = None
    end = 0  # of the text that surely belongs to the block
    place = 0
    for number, line in enumerate(lines):
        full = typed + line if number == 0 else line
        if full.strip() and place and not _continues(generated[: place - 1], stack, context.language_id):
            width = len(leading_space(full))
            if depth is not None and width < depth:
                if full.strip(" \t)]};,"):
                    return end
                return place + len(line) if number + 1 < len(lines) else None
            depth = width if depth is None else depth
        elif full.strip() and not place:
            depth = len(leading_space(full)) if typed or not context.line_before else _WHOLE_LINE
        place += len(line) + 1
        if full.strip():
            end = place - 1
    return None


def _continues(text: str, stack: tuple[Open, ...], language_id: str) -> bool:
    """What follows `text` belongs to its last line."""
    opened = scan(text + "\n", language_id, stack).stack
    return len(opened) > len(stack) or text.endswith("\\")
