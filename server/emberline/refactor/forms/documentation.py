"""The words of a docstring; syntax puts them into place, in the language's own form and the file's width."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from tree_sitter import Node

from emberline.documents.text import normalised
from emberline.refactor import prompt
from emberline.refactor.forms import shown
from emberline.refactor.forms.edits import closed
from emberline.refactor.forms.reading import leading, trimmed, unfenced
from emberline.refactor.plan import Plan
from emberline.refactor.types import Assignment, Dossier, Proposal, Replace, Source, Unfit
from emberline.syntax.tree import Tree, inside, parse
from emberline.syntax.types import Definition, Span

_WORDS = """\
Answer with one JSON object with the only key "text". It holds the documentation: the words alone, without \
quotes, comment signs or code. First what it does, in one short sentence that begins with a verb; then, only \
where the signature does not tell it, an empty line and what a caller needs to know. Four sentences at most.
Example: {"text": "Counts the words of a text.\\n\\nNumbers count too; raises ValueError if it is empty."}"""
_TOKENS = 300
_NARROWEST, _WIDEST = 72, 100
_SLASHES = {"go": "//", "rust": "///"}
_STARRED = frozenset(("javascript", "javascriptreact", "typescript", "typescriptreact", "java"))
_LISTED = re.compile(r"\s*(?:[-*+]\s|\d+[.)]\s|@\w+|:\w+[^:]*:|>>>|\w+\s*\(?[\w\[\], .|]*\)?:(?:\s|$)|`{3})")
"""A line that begins anew: of a list, a tag, an example, a parameter's words."""


def words(assignment: Assignment, dossier: Dossier) -> str:
    return _WORDS


def tokens(assignment: Assignment, dossier: Dossier) -> int:
    return _TOKENS


def schema(assignment: Assignment, dossier: Dossier) -> dict[str, Any]:
    return closed({"text": {"type": "string"}})


def parts(assignment: Assignment, dossier: Dossier, plan: Plan | None) -> Iterator[str]:
    span = shown.region(assignment)
    symbol = assignment.target.symbol
    if symbol is not None:
        text = assignment.target.source.text
        start = symbol.span.start  # with the documentation that is there
        span = Span(start - len(_indent(text, start)), symbol.span.end)
    yield from shown.around(dossier, span)
    yield shown.code(assignment, span)
    yield f"Task: {prompt.task(assignment)}"


def proposal(assignment: Assignment, dossier: Dossier, value: Any) -> Proposal:
    target = assignment.target
    source, symbol = target.source, target.symbol
    said = _bare(unfenced(normalised(value["text"])), symbol, source.language_id)
    if not said:
        raise Unfit("the documentation is empty")
    if source.language_id == "python":
        return Proposal((_docstring(source, symbol, said),))
    if symbol is None:
        raise Unfit("there is no definition here to document")
    if source.language_id in _SLASHES or source.language_id in _STARRED:
        return Proposal((_above(source, symbol, said),))
    raise Unfit(f"it is not known how {source.language_id} is documented")


# -- what was said ------------------------------------------------------------------------------------


def _bare(text: str, symbol: Definition | None, language_id: str) -> str:
    """The words without the quotes, comment signs or code that models put around them."""
    text = text.strip()
    if (
        language_id == "python"
        and symbol is not None
        and re.search(rf"\b(?:def|class)\s+{symbol.name}\b", text)
    ):
        text = _quoted_in(text) or text
    if language_id in _STARRED and text.startswith("/*") and "*/" in text:
        text = text[: text.index("*/") + 2]
    if found := re.fullmatch(r"[rRuU]?(\"\"\"|''')(.*?)\1", text, re.DOTALL):
        text = found[2]
    elif found := re.fullmatch(r"/\*\*?(.*?)\*/", text, re.DOTALL):
        text = re.sub(r"(?m)^[ \t]*\*[ \t]?", "", found[1])
    elif all(re.match(r"\s*//[/!]?", line) for line in text.split("\n")):
        text = re.sub(r"(?m)^[ \t]*//[/!]?[ \t]?", "", text)
    lines = trimmed(text.expandtabs(4)).split("\n")
    rest = textwrap.dedent("\n".join(lines[1:]))
    return "\n".join((lines[0].strip(), *(line.rstrip() for line in rest.split("\n") if lines[1:]))).strip()


def _quoted_in(code: str) -> str:
    """The docstring of a Python definition that came whole; empty where it has none."""
    tree = parse(textwrap.dedent(code), "python")
    for node in inside(tree.root) if tree is not None else ():
        if node.type in ("function_definition", "class_definition"):
            string = _string_of(node)
            return tree.of(string) if tree is not None and string is not None else ""
    return ""


# -- Python -------------------------------------------------------------------------------------------


def _docstring(source: Source, symbol: Definition | None, said: str) -> Replace:
    tree = parse(source.text, "python")
    assert tree is not None
    node = tree.root if symbol is None else _defining(tree, symbol)
    if node is None:
        raise Unfit("the definition is not there any more")
    there = _string_of(node)
    if there is not None:
        at = tree.span(there.start_byte, there.end_byte)
        own = at.of(source.text)
        indent = _indent(source.text, at.start)
        quote = "'''" if own.lstrip("rRuU").startswith("'''") else '"""'
        return Replace(source.name, own, _quoted(said, indent, quote, source.text), at)
    body = node if symbol is None else node.child_by_field_name("body")
    first = next((child for child in body.named_children if child.type != "comment"), None) if body else None
    if symbol is None:
        return _module_docstring(source, tree, first, said)
    if body is None or symbol.body is None:
        raise Unfit("the definition has no body")
    quote = "'''" if source.text.count("'''") > source.text.count('"""') else '"""'
    return _inserted(source, tree, symbol, body, said, quote)


def _inserted(source: Source, tree: Tree, symbol: Definition, body: Node, said: str, quote: str) -> Replace:
    """A docstring above the body's first line; a body beside its header goes to a line of its own."""
    text = source.text
    first = tree.offset(body.start_byte)
    own = _indent(text, first)
    line_start = first - len(own)
    if line_start > 0 and text[line_start - 1] not in "\r\n":  # `def f(): return 1`
        outer = _indent(text, tree.offset(tree.byte(symbol.header.start)))
        indent = outer + (_step(text))
        end = first + len(normalised(text[first:]).partition("\n")[0])
        at = Span(symbol.header.end, end)
        new = f"\n{indent}{_quoted(said, indent, quote, text)}\n{indent}{text[first:end].strip()}"
        return Replace(source.name, at.of(text), new, at)
    at = Span(symbol.header.start, symbol.header.end)
    docs = f"{at.of(text)}\n{own}{_quoted(said, own, quote, text)}"
    if node_is_class(body):
        docs += "\n"
    return Replace(source.name, at.of(text), docs, at)


def node_is_class(body: Node) -> bool:
    """Whether a blank line belongs below the docstring: a class's stands apart from its members."""
    return body.parent is not None and body.parent.type == "class_definition"


def _module_docstring(source: Source, tree: Tree, first: Node | None, said: str) -> Replace:
    text = source.text
    docs = _quoted(said, "", '"""', text)
    if first is None:
        return Replace(source.name, text, f"{text.rstrip()}\n{docs}\n".lstrip("\n"), Span(0, len(text)))
    start = tree.offset(first.start_byte)
    line = normalised(text[start:]).partition("\n")[0]
    return Replace(source.name, line, f"{docs}\n\n{line}", Span(start, start + len(line)))


def _defining(tree: Tree, symbol: Definition) -> Node | None:
    """The node whose name stands at the symbol's place."""
    leaf = tree.leaf(tree.byte(symbol.name_span.start), tree.byte(symbol.name_span.end))
    node = leaf.parent if leaf is not None else None
    return node if node is not None and node.type in ("function_definition", "class_definition") else None


def _string_of(node: Node) -> Node | None:
    """The docstring of a definition or module."""
    body = node if node.type == "module" else node.child_by_field_name("body")
    first = next((child for child in body.named_children if child.type != "comment"), None) if body else None
    if first is None or first.type != "expression_statement" or len(first.named_children) != 1:
        return None
    string = first.named_children[0]
    return string if string.type == "string" else None


def _quoted(said: str, indent: str, quote: str, text: str) -> str:
    if quote in said:
        other = "'''" if quote == '"""' else '"""'
        quote = other if other not in said else quote
        said = said.replace(quote, "\\" + quote) if quote in said else said
    is_raw = "\\" in said and not said.endswith("\\")
    lines = _wrapped(said, _width(text) - len(indent.expandtabs(4)), len(quote) + is_raw)
    said = "\n".join([lines[0], *(indent + line if line else "" for line in lines[1:])])
    mark = "r" if is_raw else ""
    if not is_raw and "\\" in said:
        said = said.replace("\\", "\\\\")
    if len(lines) > 1:
        return f"{mark}{quote}{said}\n{indent}{quote}"
    if len(indent) + len(said) + 2 * len(quote) + is_raw > _width(text) or said.endswith(quote[0]):
        return f"{mark}{quote}{said}\n{indent}{quote}"
    return f"{mark}{quote}{said}{quote}"


# -- comments above -----------------------------------------------------------------------------------


def _above(source: Source, symbol: Definition, said: str) -> Replace:
    """A documenting comment in the place of the one that is there. Comments of another kind (`//go:embed`,
    a linter's) stay where they are."""
    text = source.text
    indent = _indent(text, symbol.core.start)
    comment = _comment(said, indent, source.language_id, text)
    old = normalised(text[symbol.span.start : symbol.core.start])
    kept = _kept(old, source.language_id)
    first_line = Span(
        symbol.core.start, symbol.core.start + len(normalised(text[symbol.core.start :]).partition("\n")[0])
    )
    at = Span(symbol.span.start, first_line.end)
    before = "".join(f"{line.strip()}\n{indent}" for line in kept[0])
    behind = "".join(f"{line.strip()}\n{indent}" for line in kept[1])
    new = f"{before}{comment}\n{indent}{behind}{first_line.of(text)}"
    return Replace(source.name, at.of(text), new, at)


def _kept(old: str, language_id: str) -> tuple[list[str], list[str]]:
    """Of the comments above a definition those that are no documentation: before it and behind it."""
    if language_id in _STARRED:
        start = old.rfind("/**")
        end = old.find("*/", start) + 2 if start >= 0 else 0
        before, behind = (old[:start], old[end:]) if start >= 0 else (old, "")
        return _lines(before), _lines(behind)
    lines = _lines(old)
    if language_id == "go":
        orders = re.compile(r"\s*//(?:\w+:\S|nolint|line |export |extern )")
        return [], [line for line in lines if orders.match(line)]
    start = old.find("/**")
    if start >= 0 and "*/" in old:
        return _lines(old[:start]), _lines(old[old.find("*/", start) + 2 :])
    return [line for line in lines if not line.lstrip().startswith("///")], []


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _comment(said: str, indent: str, language_id: str, text: str) -> str:
    width = _width(text) - len(indent.expandtabs(4))
    if language_id in _SLASHES:
        sign = _SLASHES[language_id]
        lines = _wrapped(said, width - len(sign) - 1)
        return f"\n{indent}".join(f"{sign} {line}".rstrip() for line in lines)
    said = said.replace("*/", "* /")
    lines = _wrapped(said, width - 3)
    if len(lines) == 1 and len(lines[0]) + 7 <= width:
        return f"/** {lines[0]} */"
    return f"\n{indent}".join(("/**", *(f" * {line}".rstrip() for line in lines), " */"))


# -- width --------------------------------------------------------------------------------------------


def _wrapped(said: str, width: int, first: int = 0) -> list[str]:
    """The lines of the words, none longer than `width` where its words allow; the first one begins behind
    `first` signs. Lists, tags and indented lines keep their beginnings."""
    wrapped: list[str] = []
    is_code = False
    for paragraph in _paragraphs(said):
        line = paragraph[0]
        if line.lstrip().startswith("```"):
            is_code = not is_code
        if is_code or not line.strip() or line.lstrip().startswith((">>>", "...", "```")):
            wrapped += paragraph
            continue
        white = leading(line)
        joined = " ".join(part.strip() for part in paragraph)
        hang = white + ("    " if _LISTED.match(line) else "")
        spare = 0 if wrapped else first
        flowed = textwrap.wrap(
            joined,
            max(20, width),
            initial_indent=white or " " * spare,
            subsequent_indent=hang,
            break_long_words=False,
            break_on_hyphens=False,
        )
        wrapped += [flowed[0].removeprefix(" " * spare), *flowed[1:]]
    return wrapped


def _paragraphs(said: str) -> Iterator[list[str]]:
    """Lines that flow into each other, together; each other line by itself."""
    held: list[str] = []
    is_code = False
    for line in said.split("\n"):
        fence = line.lstrip().startswith("```")
        flows = bool(held) and held[-1].strip() and line.strip() and not is_code and not fence
        flows = flows and not _LISTED.match(line) and leading(line) >= leading(held[0])
        if flows:
            held.append(line)
            continue
        if held:
            yield held
        held = [line]
        is_code = is_code != fence
    if held:
        yield held


def _width(text: str) -> int:
    """The file's usual width: its longest lines', within reason."""
    lengths = sorted(len(line.expandtabs(4).rstrip()) for line in text.split("\n") if line.strip())
    usual = lengths[len(lengths) * 49 // 50] if lengths else _NARROWEST
    return min(max(usual, _NARROWEST), _WIDEST)


def _indent(text: str, offset: int) -> str:
    """The white space directly before `offset`, to its line's beginning at most."""
    start = offset
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    return text[start:offset]


def _step(text: str) -> str:
    found = re.search(r"(?m)^(\t| {2,8})\S", text)
    return found[1] if found else "    "
