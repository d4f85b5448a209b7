"""Import statements that come with new code, brought to where the file has its own."""

from __future__ import annotations

from collections.abc import Sequence

from emberline.documents.text import normalised
from emberline.refactor.forms.reading import leading
from emberline.refactor.types import Operation, Replace, Source
from emberline.syntax.outline import outline
from emberline.syntax.types import Span


def parted(code: str, old: str, source: Source) -> tuple[str, tuple[str, ...]]:
    """The code without the imports at its beginning, and those of them that the file lacks. Code that is
    meant to begin with imports, as the old one does, stays whole."""
    if _first_imports(old, source.language_id):
        return code, ()
    spans = _first_imports(code, source.language_id)
    if not spans:
        return code, ()
    statements = tuple(
        dict.fromkeys(
            " ".join(span.of(code).split()) if "\n" not in span.of(code) else span.of(code) for span in spans
        )
    )
    shape = outline(source.text, source.language_id)
    there = {_alike(each.span.of(source.text)) for each in (shape.imports if shape is not None else ())}
    rest = code[spans[-1].end :].lstrip(";").lstrip("\n")
    return rest, tuple(each for each in statements if _alike(each) not in there)


def _first_imports(code: str, language_id: str) -> list[Span]:
    """The import statements before which nothing else stands."""
    if leading(code):
        return []
    shape = outline(code, language_id)
    found: list[Span] = []
    end = 0
    for span in sorted({each.span for each in shape.imports} if shape is not None else ()):
        if code[end : span.start].strip("; \t\r\n"):
            break
        found.append(span)
        end = span.end
    return found


def _alike(statement: str) -> str:
    return " ".join(statement.replace(";", " ").replace("'", '"').split())


def brought(operations: Sequence[Operation], source: Source, statements: Sequence[str]) -> list[Operation]:
    """The operations on one file, with the statements behind its last import, or above its first
    definition."""
    if not statements:
        return list(operations)
    text = source.text
    shape = outline(text, source.language_id)
    block = "\n".join(statements)
    top = sorted(
        {each.span for each in (shape.imports if shape is not None else ()) if _at_margin(text, each.span)}
    )
    if top:
        future = block.startswith("from __future__")
        at = top[0] if future else top[-1]
        own = at.of(text)
        return [
            Replace(source.name, own, f"{block}\n{own}" if future else f"{own}\n{block}", at),
            *operations,
        ]
    first = min((each.span.start for each in (shape.definitions if shape is not None else ())), default=0)
    at = _line(text, first)
    gap = "\n\n\n" if source.language_id == "python" else "\n\n"
    joined: list[Operation] = []
    is_in = False
    for each in operations:
        if isinstance(each, Replace) and each.at is not None and each.at.touches(at) and not is_in:
            joined.append(Replace(each.file, each.anchor, f"{block}{gap}{each.text}", each.at))
            is_in = True
        else:
            joined.append(each)
    if is_in:
        return joined
    own = at.of(text)
    return [Replace(source.name, own, f"{block}{gap}{own}", at), *operations]


def _at_margin(text: str, span: Span) -> bool:
    """Whether a statement begins its line, and so is none of a function's own."""
    return span.start == 0 or text[span.start - 1] in "\r\n\ufeff"


def _line(text: str, offset: int) -> Span:
    """The line from `offset` on, without its end."""
    return Span(offset, offset + len(normalised(text[offset:]).partition("\n")[0]))
