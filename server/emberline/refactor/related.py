"""Which files belong to a refactoring, by what the index knows; none is read here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path, PurePosixPath

from emberline.refactor.index.view import View
from emberline.refactor.testfiles import WORDS, is_test
from emberline.refactor.types import Assignment, Reach, Source, Target
from emberline.syntax.types import Definition, Import, Outline, Span

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[\w.@-]+(?:/[\w.@-]+)*\.\w+|[\w.@-]+(?:/[\w.@-]+)+")
_PACKAGES = frozenset(("go", "java"))
"""Languages whose files see what the other files of their folder define, without an import."""
_DEPTH = 4
"""Through so many files that pass a name on it is followed."""
_MENTIONED_FILES = 200
"""A name that stands in more files than this says little: of the others none is looked at."""
OWN_WORDS = frozenset(("own-words", "directive"))


class Rank(IntEnum):
    """How much a file matters, most first."""

    EDITED = 0
    """It has to change."""
    DEFINES = 1
    """It defines what the target uses."""
    TESTS = 2
    MENTIONS = 3


@dataclass(frozen=True, slots=True)
class Related:
    """A file that belongs to it."""

    path: Path
    rank: Rank
    editable: bool
    names: tuple[str, ...]
    """What in it matters: the names that it defines, or that stand in it."""
    is_whole: bool = False
    """All of it matters: the user named the file."""


@dataclass(frozen=True, slots=True)
class Root:
    """A workspace folder, as names of files begin in it."""

    path: Path
    prefix: str
    """What stands before a path in the folder to make a name of it: the folder's name and a slash, or
    nothing."""

    def file(self, name: str) -> Path:
        return self.path / name.removeprefix(self.prefix)


def root(source: Source) -> Root:
    """The workspace folder of a source, from what its name and its path share."""
    name, path = PurePosixPath(source.name).parts, source.path.parts
    shared = 0
    while shared < min(len(name), len(path) - 1) and name[-1 - shared] == path[-1 - shared]:
        shared += 1
    prefix = "/".join(name[: len(name) - shared])
    return Root(Path(*path[: len(path) - shared]), f"{prefix}/" if prefix else "")


def related(assignment: Assignment, shape: Outline | None, view: View) -> tuple[Related, ...]:
    """The files beside the target's, the weightiest first; each once. `shape` is the target file's."""
    action, target = assignment.action, assignment.target
    found: list[Related] = []
    if action.id in OWN_WORDS:
        found += _named(assignment, view)
        found += _users_of_the_place(target, view)
        found += _neighbours(target, shape, view)
    elif action.reach is Reach.WORKSPACE and action.id != "tests":
        found += _referring(assignment, shape, view)
    if action.id == "move-symbol" and assignment.answer.strip():
        there = root(target.source).file(assignment.answer.strip())
        found.append(Related(there, Rank.EDITED, True, (), is_whole=True))
        found += _declaring(there, target.source, view)
    if action.id == "split-file":
        found += _declaring(target.source.path, target.source, view)
    if action.id == "tests":
        found += _tests(target, view)
    found += _used(target, shape, view)
    return _each_once(found, target.source.path)


def _declaring(path: Path, source: Source, view: View) -> Iterator[Related]:
    """The files that would have to declare a new module beside `path`, where the language wants that."""
    if source.language_id != "rust":
        return
    folder = path.parent
    for each in (*(folder / f"{stem}.rs" for stem in ("lib", "main", "mod")), folder.with_suffix(".rs")):
        if view.outline(each) is not None:
            yield Related(each, Rank.EDITED, True, ("mod",))


def test_files(target: Target, view: View) -> tuple[Path, ...]:
    """The workspace's test files in the target's language: those that use its file, then the nearest."""
    source, folder = target.source, root(target.source)
    using = frozenset(view.importers(source.path)) | frozenset(view.mentions(_subject(target)))
    paths = set(using)
    for word in WORDS.get(source.language_id, ("test",)):
        paths.update(view.mentions(word))
    suffixes = frozenset(
        (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs") if "script" in source.language_id else ()
    )
    found = [
        path
        for path in paths
        if path != source.path
        and path.is_relative_to(folder.path)
        and (path.suffix == source.path.suffix or path.suffix in suffixes)
        and is_test(path.relative_to(folder.path).as_posix(), source.language_id)
    ]
    return tuple(sorted(found, key=lambda path: (path not in using, _distance(path, source.path), str(path))))


def _subject(target: Target) -> str:
    return target.symbol.name if target.symbol is not None else target.name or target.source.path.stem


def _distance(one: Path, other: Path) -> int:
    shared = sum(1 for left, right in zip(one.parts, other.parts, strict=False) if left == right)
    return len(one.parts) + len(other.parts) - 2 * shared


# -- who refers to it ---------------------------------------------------------------------------------


def _referring(assignment: Assignment, shape: Outline | None, view: View) -> Iterator[Related]:
    target = assignment.target
    path, language = target.source.path, target.source.language_id
    symbol, name = target.symbol, target.symbol.name if target.symbol is not None else target.name
    if not name:
        names = tuple(each.name for each in (shape.definitions if shape else ()) if not each.container)
        for importer in view.importers(path):
            yield Related(importer, Rank.EDITED, True, names)
        return
    outer = symbol.container.partition(".")[0] if symbol is not None and symbol.container else name
    home = path if symbol is not None else _home(path, shape, name, view)
    mentions = view.mentions(name)
    sure = set(view.importers(home, outer)) if home is not None else set()
    if home is not None:
        sure.add(home)
    if outer != name:  # a method is used where its class is, but only where it is named as well
        sure &= set(mentions)
    if language in _PACKAGES:
        sure.update(each for each in mentions if each.parent == path.parent and each.suffix == path.suffix)
    elsewhere = {each.path for each in view.definitions(name) if each.path != home}
    is_concept = assignment.action.id == "rename-concept"
    for each in sorted(sure):
        yield Related(each, Rank.EDITED, True, (name,))
    for each in mentions[:_MENTIONED_FILES]:
        if each in sure or (each in elsewhere and not is_concept):
            continue
        rank = Rank.EDITED if is_concept else Rank.TESTS if _tests_by_name(each, target) else Rank.MENTIONS
        yield Related(each, rank, True, (name,))


def _home(path: Path, shape: Outline | None, name: str, view: View) -> Path | None:
    """The file that defines a name which this file imports."""
    for each in shape.imports if shape is not None else ():
        if _local(each) == name and (there := view.resolve(path, each)) is not None:
            return _definer(there, each.name, view)[0]
    found = view.definitions(name)
    return found[0].path if len(found) == 1 else None


def _tests_by_name(path: Path, target: Target) -> bool:
    folder = root(target.source).path
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    return is_test(name, target.source.language_id)


def _tests(target: Target, view: View) -> Iterator[Related]:
    name = _subject(target)
    using = set(view.mentions(name)) | set(view.importers(target.source.path))
    for path in test_files(target, view)[:3]:
        if path in using:
            yield Related(path, Rank.TESTS, False, (name,))


# -- what it uses -------------------------------------------------------------------------------------


def _used(target: Target, shape: Outline | None, view: View) -> Iterator[Related]:
    """The definitions that the target's region uses and that stand in other files."""
    source = target.source
    text = target.region.of(source.text)
    words = frozenset(_IDENTIFIER.findall(text))
    local = frozenset(each.name for each in shape.definitions) if shape is not None else frozenset[str]()
    found: dict[Path, dict[str, None]] = {}
    for each in shape.imports if shape is not None else ():
        for path, names in _brought_in(source.path, each, words, text, view):
            found.setdefault(path, {}).update(dict.fromkeys(names))
    if source.language_id in _PACKAGES:
        for word in sorted(words - local):
            for path, definition in view.definitions(word):
                beside = path.parent == source.path.parent and path.suffix == source.path.suffix
                if beside and path != source.path and not definition.container:
                    found.setdefault(path, {})[word] = None
    for path, names_ in sorted(found.items(), key=lambda item: (-len(item[1]), str(item[0]))):
        yield Related(path, Rank.DEFINES, False, tuple(names_))


def _brought_in(
    path: Path, each: Import, words: frozenset[str], text: str, view: View
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    if each.name != "*" and _local(each) not in words:
        return
    there = view.resolve(path, each)
    if there is None:
        return
    if each.name and each.name != "*":
        definer, name = _definer(there, each.name, view)
        if name in _names(view.outline(definer)):
            yield definer, (name,)
            return
    wanted = words
    if each.name != "*":  # a module: its members are named behind a dot
        members = re.findall(rf"\b{re.escape(_local(each))}\s*(?:\.|::)\s*([^\W\d]\w*)", text)
        wanted = frozenset(members)
    names = tuple(sorted(_names(view.outline(there)) & wanted))
    if names:
        yield there, names


def _local(each: Import) -> str:
    """What it is called in the file that has the import."""
    return each.alias or each.name or re.split(r"[./:\\]+", each.module.rstrip("/"))[-1]


def _definer(path: Path, name: str, view: View) -> tuple[Path, str]:
    """Where a name is really defined, and how: files that only pass it on are followed."""
    for _ in range(_DEPTH):
        shape = view.outline(path)
        if shape is None or name in _names(shape):
            break
        passed = next((each for each in shape.imports if _local(each) == name and each.name), None)
        there = view.resolve(path, passed) if passed is not None else None
        if passed is None or there is None or there == path:
            break
        path, name = there, passed.name if passed.name != "*" else name
    return path, name


def _names(shape: Outline | None) -> frozenset[str]:
    """What stands at the top of a file."""
    if shape is None:
        return frozenset()
    return frozenset(each.name for each in shape.definitions if not each.container)


# -- what own words name ------------------------------------------------------------------------------


def _named(assignment: Assignment, view: View) -> Iterator[Related]:
    """Files that the words name by their path, and files of the symbols that they name."""
    words, source = assignment.answer, assignment.target.source
    folder = root(source)
    for name in dict.fromkeys(_PATH.findall(words)):
        clean = name.rstrip(".").removeprefix("./")
        for path in dict.fromkeys((folder.file(clean), source.path.parent / clean)):
            yield Related(path, Rank.EDITED, True, (), is_whole=True)
    for name in dict.fromkeys(_IDENTIFIER.findall(words)):
        if not _is_a_name(name, words):
            continue
        defining = [each.path for each in view.definitions(name)]
        if not defining:
            continue
        sure = set(defining).union(*(view.importers(path, name) for path in defining))
        mentions = view.mentions(name)[:_MENTIONED_FILES]
        for path in sorted(sure):
            yield Related(path, Rank.EDITED, True, (name,))
        for path in mentions:
            if path not in sure:
                yield Related(path, Rank.MENTIONS, True, (name,))


def _is_a_name(word: str, words: str) -> bool:
    """Whether a word of a sentence is meant as a symbol's name: by its spelling, or as it is written. A
    class's may be an ordinary word, with a capital in the middle of a sentence."""
    is_spelt = "_" in word or not (word.islower() or word.istitle() or word.isupper())
    if word.istitle() and len(word) > 2 and re.search(rf"[\w,;)] {word}\b", words):
        return True
    return is_spelt or re.search(rf"[`'\".]{word}\b|\b{word}(?:\(|[`'\"])", words) is not None


def _users_of_the_place(target: Target, view: View) -> Iterator[Related]:
    """Who imports the symbol at the place: if it changes, they may have to."""
    if target.symbol is None:
        return
    outer = target.symbol.container.partition(".")[0] or target.symbol.name
    mentions = frozenset(view.mentions(target.symbol.name))
    for path in view.importers(target.source.path, outer):
        if path in mentions:
            yield Related(path, Rank.MENTIONS, True, (target.symbol.name,))


def _neighbours(target: Target, shape: Outline | None, view: View) -> Iterator[Related]:
    """What the target's file imports, and who imports it."""
    path = target.source.path
    own = tuple(sorted(_names(shape)))
    for each in shape.imports if shape is not None else ():
        there = view.resolve(path, each)
        if there is not None:
            name = each.name if each.name != "*" else ""
            yield Related(there, Rank.DEFINES, False, (name,) if name else ())
    for there in view.importers(path):
        yield Related(there, Rank.MENTIONS, False, own)


# -- all together -------------------------------------------------------------------------------------


def _each_once(found: Iterable[Related], own: Path) -> tuple[Related, ...]:
    """Each file by the weightiest of its reasons, with the names of all; editable if any of them says so."""
    joined: dict[Path, Related] = {}
    for each in found:
        if each.path == own:
            continue
        known = joined.get(each.path)
        if known is None:
            joined[each.path] = each
            continue
        joined[each.path] = replace(
            known,
            rank=min(known.rank, each.rank),
            editable=known.editable or each.editable,
            names=tuple(dict.fromkeys((*known.names, *each.names))),
            is_whole=known.is_whole or each.is_whole,
        )
    return tuple(sorted(joined.values(), key=lambda each: each.rank))


def places(text: str, shape: Outline | None, each: Related) -> tuple[Span, ...]:
    """Where in the file's text that stands for whose sake it belongs to the refactoring."""
    if each.rank is Rank.DEFINES:
        defined = _definitions(shape, each.names)
        if defined:
            return tuple(one.span for one in defined)
    return mentions(text, each.names)


def mentions(text: str, names: Iterable[str]) -> tuple[Span, ...]:
    """Where any of the names stands as a word."""
    either = "|".join(re.escape(name) for name in names if name)
    if not either:
        return ()
    return tuple(Span(*found.span()) for found in re.finditer(rf"(?<!\w)(?:{either})(?!\w)", text))


def _definitions(shape: Outline | None, names: Iterable[str]) -> tuple[Definition, ...]:
    wanted = frozenset(names)
    definitions = shape.definitions if shape is not None else ()
    return tuple(one for one in definitions if one.name in wanted and not one.container)
