"""What a staged change certainly does, read off the texts before and after it: no model is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from emberline.documents.text import normalised
from emberline.syntax.languages import language_of
from emberline.syntax.outline import outline
from emberline.syntax.types import Definition, Outline, Sort
from emberline.tasks.commit.reading import Reading

MOST_SYMBOLS = 400
"""A file that defines more is looked at line by line alone."""


class Deed(StrEnum):
    """What became of a file, or of something in it."""

    ADDED = "add"
    REMOVED = "remove"
    RENAMED = "rename"
    CHANGED = "change"


class Remark(StrEnum):
    """A change of a file that is about none of its words."""

    NONE = ""
    LINE_ENDS = "only line ends"
    LAYOUT = "only white space"
    COMMENTS = "only comments"
    EXECUTABLE = "made executable"
    NOT_EXECUTABLE = "no longer executable"
    TYPE = "of another type"


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that a file defines: a function, a class, a section of a document."""

    deed: Deed
    name: str
    sort: str
    new_name: str = ""
    """Where it was renamed."""
    gained: tuple[str, ...] = ()
    """Parameters."""
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A dependency that was taken to another version."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file's."""

    path: str
    """As it is shown."""
    old_path: str
    deed: Deed
    reading: Reading
    added: int = 0
    deleted: int = 0
    """Lines."""
    symbols: tuple[Symbol, ...] = ()
    remark: Remark = Remark.NONE
    versions: tuple[Version, ...] = ()

    @property
    def is_moved(self) -> bool:
        return self.path != self.old_path

    @property
    def is_only_moved(self) -> bool:
        return self.is_moved and not (self.added or self.deleted)


def symbols(path: str, old_path: str, before: str, after: str) -> tuple[Symbol, ...]:
    """What was added, removed, renamed and changed between two texts of a file, in the order of the new one.

    Of what lies in each other, the outermost that was added or removed and the innermost that was changed.
    """
    language = language_of(path)
    if language == "markdown":
        return tuple(_sections(before, after))
    new, old = outline(after, language), outline(before, language_of(old_path))
    if new is None or old is None or max(len(new.definitions), len(old.definitions)) > MOST_SYMBOLS:
        return ()
    return tuple(_symbols(old, before, new, after, language))


def remark(before: str, after: str) -> Remark:
    """Whether two texts differ in their layout alone."""
    if before == after:
        return Remark.NONE
    if _plain_ends(before) == _plain_ends(after):
        return Remark.LINE_ENDS
    if before.split() == after.split() and not _is_indented_apart(before, after):
        return Remark.LAYOUT
    return Remark.NONE


def versions(path: str, patch: str) -> tuple[Version, ...]:
    """The dependencies whose version alone a manifest's patch changes."""
    if not _MANIFEST.search(path.rpartition("/")[2].lower()):
        return ()
    old, new = _named(patch, "-"), _named(patch, "+")
    return tuple(
        Version(name, old[name], new[name]) for name in new if name in old and old[name] != new[name]
    )


def _plain_ends(text: str) -> str:
    return normalised(text).rstrip("\n")


def _is_indented_apart(before: str, after: str) -> bool:
    """Whether a line's indentation changed, which may be meaning."""
    return [line for line in before.splitlines() if line.strip()] != [
        line for line in after.splitlines() if line.strip()
    ] and Counter(_indents(before)) != Counter(_indents(after))


def _indents(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip():
            yield line[: len(line) - len(line.lstrip())]


# -- definitions --------------------------------------------------------------------------------------------


def _symbols(old: Outline, before: str, new: Outline, after: str, language: str) -> Iterator[Symbol]:
    was, now = _by_name(old.definitions), _by_name(new.definitions)
    gone = [each for name, each in was.items() if name not in now]
    come = [each for name, each in now.items() if name not in was]
    renamed = dict(_renamed(gone, before, come, after))
    taken = {each.qualified for each in renamed.values()}
    outer_come = _outermost([each for each in come if each.qualified not in taken])
    outer_gone = _outermost([each for each in gone if each.qualified not in renamed])
    differing = [
        each for name, each in now.items() if name in was and _differ(was[name], before, each, after)
    ]
    changed = _innermost(differing, [*outer_come, *outer_gone, *renamed.values()])
    for name, each in now.items():
        if each.qualified in taken:
            former = next(key for key, value in renamed.items() if value.qualified == name)
            yield Symbol(Deed.RENAMED, former, each.sort, each.name)
        elif each in outer_come:
            yield Symbol(Deed.ADDED, name, each.sort)
        elif name in changed:
            first, second = was[name], each
            old_names, new_names = _parameters(first, before, language), _parameters(second, after, language)
            gained = tuple(one for one in new_names if one not in old_names)
            lost = tuple(one for one in old_names if one not in new_names)
            yield Symbol(Deed.CHANGED, name, each.sort, gained=gained, lost=lost)
    for each in outer_gone:
        yield Symbol(Deed.REMOVED, each.qualified, each.sort)


def _by_name(definitions: Iterable[Definition]) -> dict[str, Definition]:
    """By qualified name; of several of one name the last, as most languages have it."""
    return {each.qualified: each for each in definitions if each.name}


def _renamed(
    gone: Sequence[Definition], before: str, come: Sequence[Definition], after: str
) -> Iterator[tuple[str, Definition]]:
    """The former name of each definition that is, but for its name, as one that is gone."""
    free = list(come)
    for each in gone:
        if each.sort is Sort.VARIABLE and each.core.end - each.core.start < len(each.name) + 8:
            continue  # "x = 1" says too little
        text = _nameless(each, before)
        found = next((one for one in free if one.sort is each.sort and _nameless(one, after) == text), None)
        if found is not None:
            free.remove(found)
            yield each.qualified, found


def _nameless(definition: Definition, text: str) -> str:
    return re.sub(rf"\b{re.escape(definition.name)}\b", "\0", definition.core.of(text))


def _differ(old: Definition, before: str, new: Definition, after: str) -> bool:
    return old.span.of(before) != new.span.of(after)


def _outermost(definitions: Sequence[Definition]) -> list[Definition]:
    names = {each.qualified for each in definitions}
    return [each for each in definitions if not any(outer in names for outer in _above(each.container))]


def _innermost(differing: Sequence[Definition], others: Sequence[Definition]) -> set[str]:
    """The names of those that changed and hold nothing else that did, nor any of the `others`, which came or
    went: what lies inside says more."""
    around = {outer for each in (*differing, *others) for outer in _above(each.container)}
    return {each.qualified for each in differing if each.qualified not in around}


def _above(container: str) -> Iterator[str]:
    """The names of all that lies around: "A.b" and "A" of "A.b"."""
    while container:
        yield container
        container = container.rpartition(".")[0]


_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_QUALIFIERS = "self cls this mut ref const final in out readonly public private protected"
_NO_PARAMETERS = frozenset(_QUALIFIERS.split())


def _parameters(definition: Definition, text: str, language: str) -> list[str]:
    """The names in the first brackets of a function's header."""
    if definition.sort not in (Sort.FUNCTION, Sort.METHOD):
        return []
    header = definition.header.of(text)
    start = header.find("(")
    if start < 0:
        return []
    found = []
    for piece in _at_commas(header[start + 1 :]):
        bare = piece.partition("=")[0].partition(":")[0]
        names = [each for each in _NAME.findall(bare) if each not in _NO_PARAMETERS]
        if names:
            found.append(names[-1 if language == "java" else 0])
    return found


def _at_commas(text: str) -> Iterator[str]:
    """The pieces between commas, up to the bracket that closes."""
    depth, begin = 0, 0
    for at, sign in enumerate(text):
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            if depth == 0:
                yield text[begin:at]
                return
            depth -= 1
        elif sign == "," and depth == 0:
            yield text[begin:at]
            begin = at + 1


# -- documents and manifests --------------------------------------------------------------------------------

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$")


def _sections(before: str, after: str) -> Iterator[Symbol]:
    was, now = _section_texts(before), _section_texts(after)
    for name, text in now.items():
        if name and name not in was:
            yield Symbol(Deed.ADDED, name, "section")
        elif name and was[name] != text:
            yield Symbol(Deed.CHANGED, name, "section")
    for name in was:
        if name and name not in now:
            yield Symbol(Deed.REMOVED, name, "section")


def _section_texts(text: str) -> dict[str, str]:
    found: dict[str, list[str]] = {"": []}
    name, is_code = "", False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        heading = None if is_code else _HEADING.match(line)
        if heading:
            name = heading[1]
        found.setdefault(name, []).append(line.rstrip())
    return {title: "\n".join(lines).strip() for title, lines in found.items()}


_MANIFEST = re.compile(
    r"package\.json$|pyproject\.toml$|requirements.*\.(?:txt|in)$|setup\.(?:py|cfg)$|cargo\.toml$|go\.mod$|gemfile$"
    r"|pom\.xml$|build\.gradle(?:\.kts)?$|pubspec\.yaml$|composer\.json$|\.csproj$|constraints.*\.txt$"
)
_VERSION = r"v?\d+(?:\.\d+)*(?:[-.+]?[A-Za-z0-9]+)*"
_DEPENDENCY = re.compile(
    r"""["']?(?P<name>@?[A-Za-z][\w./@-]*)(?:\[[\w, -]*\])?["']?\s*"""
    rf"""(?:[:=]\s*(?:\{{\s*version\s*=\s*)?["'][~^>=<! ]*|[~^>=<!]{{1,3}}\s*|\s+)(?P<version>{_VERSION})"""
)


def _named(patch: str, sign: str) -> Mapping[str, str]:
    """The dependencies and versions of a patch's lines that begin with `sign`."""
    found = {}
    for line in patch.splitlines():
        if line.startswith(sign) and (row := _DEPENDENCY.search(line[1:])):
            found[row["name"]] = row["version"]
    return found
