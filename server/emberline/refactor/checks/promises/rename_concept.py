"""The new name stands where the old one stood, in every form, and nothing else changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt, top_level
from emberline.refactor.checks.cases import folded, holds, renamed
from emberline.refactor.checks.promises.header import is_member
from emberline.refactor.checks.promises.tokens import tokens
from emberline.refactor.exact.code import Code
from emberline.refactor.exact.variables import Variable, variable_at
from emberline.refactor.lines import line_at, split
from emberline.refactor.types import FileChange, Unfit
from emberline.syntax.occurrences import occurrences
from emberline.syntax.types import Span

_STRINGS = (
    "docstring",
    "escape_sequence",
    "interpreted_string_literal",
    "interpreted_string_literal_content",
    "jsx_text",
    "raw_string_literal",
    "string_content",
    "string_fragment",
    "string_literal",
)
"""Prose, in which more words may have to follow the name."""
_IMPORTS = ("import_statement", "import_from_statement", "import_declaration", "use_declaration")
_LAYOUT = frozenset((",", ";", "(", ")"))
"""What a formatter moves when a name is longer."""


def concept_renamed(attempt: Attempt) -> Iterator[str]:
    target, new = attempt.assignment.target, attempt.assignment.answer.strip()
    symbol = target.symbol
    old = symbol.name if symbol is not None and target.name in ("", symbol.name) else target.name
    if not old or not new:
        return
    is_alone = symbol is None or symbol.name != old or not symbol.container
    stands = False
    for file, before, after in attempt.edited:
        language = attempt.language(file)
        left = _left(attempt, file, after, old)
        if is_alone and left and old != new:
            yield f"line {line_at(after, left[0].start)} of {file.name} still has the name {old}"
        stands = stands or bool(occurrences(after, language, new))
        yield from _else(attempt, file, before, after, old, new)
    if symbol is not None and symbol.container and attempt.symbol_after() is not None and symbol.name == old:
        yield f"{target.source.name} still defines {symbol.qualified}"
    yield from _left_behind(attempt, old)
    if not stands:
        yield f"{new} stands nowhere as a name"
    taken = {each.name for each in top_level(attempt.shape(target.source.text, target.source.language_id))}
    if is_alone and new in taken:
        yield f"{new} is taken already in {target.source.name}: choose another name"


def _left(attempt: Attempt, file: FileChange, after: str, old: str) -> list[Span]:
    """Where the old name still stands and can mean what is renamed: no function's own variable, or if that is
    what is renamed, more of them than there are of other functions."""
    language, target = attempt.language(file), attempt.assignment.target
    places = [each for each in occurrences(after, language, old) if not _is_of_another(after, each)]
    if not places:
        return []
    if target.symbol is not None:
        code = Code.of(after, language)
        return [each for each in places if code is None or _local(code, each) is None]
    code = Code.of(file.before or "", language)
    own = _local(code, target.span) if code is not None and file.name == target.source.name else None
    if own is None:
        return places
    meant = {word.span for word in own.words}
    others = [each for each in occurrences(file.before or "", language, old) if each not in meant]
    return places if len(places) > len(others) else []


def _local(code: Code, place: Span) -> Variable | None:
    try:
        return variable_at(code, place)
    except Unfit:
        return None


def _is_of_another(text: str, place: Span) -> bool:
    """Whether it is something's member or an argument's name, and so may only happen to be spelt so. Those
    of a module are found by `still_used`."""
    is_argument = re.match(r"=(?!=)", text[place.end : place.end + 2]) is not None
    before = text[max(place.start - 40, 0) : place.start].rstrip()
    return is_member(text, place) or (is_argument and before.endswith(("(", ",")))


def _left_behind(attempt: Attempt, old: str) -> Iterator[str]:
    """Files that were sent and left alone, and name what is renamed by what it lies in: `Trouble::Stray`.

    A member's bare name may be another's; whoever imports a name by itself is found by `still_used`.
    """
    symbol = attempt.assignment.target.symbol
    if symbol is None or (symbol.name == old and not symbol.container):
        return
    outer = (symbol.container if symbol.name == old else symbol.name).rpartition(".")[2]
    qualified = re.compile(rf"(?<!\w){re.escape(outer)}\s*(?:\.|::)\s*(?={re.escape(old)}(?!\w))")
    for excerpt in attempt.dossier.excerpts:
        source = excerpt.source
        if source.path in attempt.by_path or not excerpt.editable:
            continue
        places = {each.start for each in occurrences(source.text, source.language_id, old)}
        used = next((each for each in qualified.finditer(source.text) if each.end() in places), None)
        if used is not None:
            yield f"line {line_at(source.text, used.start())} of {source.name} still uses {outer}'s {old}"


def _else(attempt: Attempt, file: FileChange, before: str, after: str, old: str, new: str) -> Iterator[str]:
    """Whether anything changed that had nothing to do with the name."""
    if _only_words(before, after, old, new):
        return
    language = attempt.language(file)
    was, now = (tokens(text, language, (*_STRINGS, *_IMPORTS)) for text in (before, after))
    if was is not None and now is not None:
        was, now = ([each for each in found if each not in _LAYOUT] for found in (was, now))
        if len(was) != len(now) or not all(
            _is_renamed(*pair, old, new) for pair in zip(was, now, strict=True)
        ):
            yield f"{file.name}: code changed that has nothing to do with {old}: only the name may"
            return
        if not _alike(_brought(attempt, before, language), _brought(attempt, after, language), old, new):
            yield f"{file.name}: imports changed that have nothing to do with {old}: only the name may"
    for number, lines in _changed_lines(before, after):
        if not any(holds(text, old) for text in lines):
            yield f"line {number} of {file.name} changed and has nothing to do with {old}"
            return


def _is_renamed(was: str, now: str, old: str, new: str) -> bool:
    return was == now or (holds(was, old) and folded(now) in renamed(was, old, new))


def _only_words(before: str, after: str, old: str, new: str) -> bool:
    """Whether words became others one by one: told without parsing, and the usual case."""
    was, now = _WORDS.findall(before), _WORDS.findall(after)
    if len(was) != len(now) or len(before) - sum(map(len, was)) != len(after) - sum(map(len, now)):
        return False
    return _WORDS.sub("", before) == _WORDS.sub("", after) and all(
        _is_renamed(*pair, old, new) for pair in zip(was, now, strict=True)
    )


_WORDS = re.compile(r"\w+")


def _brought(attempt: Attempt, text: str, language: str) -> list[tuple[str, ...]]:
    shape = attempt.shape(text, language)
    return [(each.module, each.name, each.alias) for each in (shape.imports if shape is not None else ())]


def _alike(was: list[tuple[str, ...]], now: list[tuple[str, ...]], old: str, new: str) -> bool:
    """Whether the same is brought in, in whatever order; a module that is called so may keep its name."""
    left = list(was)
    for each in now:
        found = next(
            (
                one
                for one in left
                if all(_is_renamed(*pair, old, new) for pair in zip(one, each, strict=True))
            ),
            None,
        )
        if found is None:
            return False
        left.remove(found)
    return not left


def _changed_lines(before: str, after: str) -> Iterator[tuple[int, list[str]]]:
    """Each block of lines that changed: the number of its first, and what stood there; blank lines apart."""
    old, new = split(before), split(after)
    matcher = difflib.SequenceMatcher(None, old, new)
    for tag, start, stop, first, last in matcher.get_opcodes():
        lines = [line for line in old[start:stop] if line.strip()]
        if tag == "equal" or not (lines or any(line.strip() for line in new[first:last])):
            continue
        if _same(lines, new[first:last]):
            continue
        yield start + 1, lines


def _same(old: list[str], new: list[str]) -> bool:
    """Whether they differ in white space only."""
    return re.sub(r"\s", "", "".join(old)) == re.sub(r"\s", "", "".join(new))
