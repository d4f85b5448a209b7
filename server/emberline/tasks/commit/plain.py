"""The subject and the list that facts alone give: true of every change, if dry."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emberline.tasks.commit.facts import Deed, FileFacts, Remark, Symbol
from emberline.tasks.commit.reading import Reading
from emberline.tasks.commit.verbs import Mood, inflected

MOST_POINTS = 7
"""Lines of a list; what is more is counted."""
MOST_TOLD = 6
"""Of a file's definitions that changed, told to a model."""
_NAMED = 2
"""Names in a subject; what is more is counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """A verb and what it is done to."""

    verb: str
    what: str

    def inflected(self, mood: Mood) -> str:
        return f"{inflected(self.verb, mood)} {self.what}"


def subject(facts: Sequence[FileFacts]) -> Line:
    """What all of the changes do, by their files and by what stands in those."""
    telling = [each for each in facts if each.reading is not Reading.LOCK] or list(facts)
    versions = [version for each in telling for version in each.versions]
    if len(versions) == 1 and _are_small(telling):
        return Line("bump", f"{versions[0].name} from {versions[0].old} to {versions[0].new}")
    if versions and _are_small(telling):
        return Line("bump", _some([each.name for each in versions], "dependencies"))
    if len(telling) == 1:
        return _of_one(telling[0])
    if all(each.is_only_moved for each in telling):
        return _moved(telling)
    for deed in (Deed.ADDED, Deed.REMOVED):
        if all(each.deed is deed for each in telling):
            return Line(deed.value, _files(telling))
    if all(each.remark in (Remark.LINE_ENDS, Remark.LAYOUT) for each in telling):
        return Line("reformat", _files(telling))
    return _of_several(telling)


def points(facts: Sequence[FileFacts]) -> Iterator[Line]:
    """One for each file, the most changed first; for a body."""
    ordered = sorted(facts, key=lambda each: -(each.added + each.deleted))
    for each in ordered[:MOST_POINTS]:
        yield _of_one(each)
    if len(facts) > MOST_POINTS:
        yield Line("change", _counted(len(facts) - MOST_POINTS, "more file"))


def told(each: FileFacts) -> str:
    """All that is known of a file, for a model: "src/store.py: +12 -3 lines; changed Store.close (…); …"."""
    parts = []
    if each.is_moved:
        parts.append(f"renamed from {each.old_path}")
    elif each.deed in (Deed.ADDED, Deed.REMOVED):
        parts.append("new file" if each.deed is Deed.ADDED else "deleted file")
    if each.remark:
        parts.append(each.remark.value)
    if each.reading is not Reading.WHOLE:
        parts.append(each.reading.value)
    if each.added or each.deleted:
        parts.append(f"+{each.added} -{each.deleted} lines")
    parts += [f"{version.name} from {version.old} to {version.new}" for version in each.versions]
    parts += [_symbol_told(symbol) for symbol in each.symbols[:MOST_TOLD]]
    if len(each.symbols) > MOST_TOLD:
        parts.append(f"and {len(each.symbols) - MOST_TOLD} more")
    return f"{each.path}: {'; '.join(parts) or 'changed'}"


def _symbol_told(symbol: Symbol) -> str:
    if symbol.deed is Deed.RENAMED:
        return f"renamed {symbol.sort} {symbol.name} to {symbol.new_name}"
    changes = [f"parameter {name} added" for name in symbol.gained]
    changes += [f"parameter {name} removed" for name in symbol.lost]
    inside = f" ({', '.join(changes)})" if changes else ""
    return f"{inflected(symbol.deed.value, Mood.PAST)} {symbol.sort} {symbol.name}{inside}"


def _are_small(facts: Sequence[FileFacts]) -> bool:
    """Whether versions are all that changes."""
    return all(each.versions and each.added <= 2 * len(each.versions) + 1 for each in facts)


def _of_one(each: FileFacts) -> Line:
    name = _name(each.path)
    if each.reading is Reading.SUBMODULE:
        verb = each.deed.value if each.deed in (Deed.ADDED, Deed.REMOVED) else "update"
        return Line(verb, f"submodule {each.path}")
    if each.is_moved and (each.is_only_moved or not each.symbols):
        return _moved([each])
    if each.deed is Deed.REMOVED:
        return Line("remove", name)
    if each.deed is Deed.ADDED:
        return Line("add", name)
    if each.remark is Remark.EXECUTABLE:
        return Line("make", f"{name} executable")
    if each.remark is Remark.NOT_EXECUTABLE:
        return Line("make", f"{name} not executable")
    if each.remark in (Remark.LINE_ENDS, Remark.LAYOUT):
        return Line("reformat", name if each.remark is Remark.LAYOUT else f"line ends of {name}")
    if each.versions:
        return Line("bump", _some([one.name for one in each.versions], f"dependencies in {name}"))
    if each.symbols:
        return _of_symbols(each.symbols, name)
    return Line("update", name)


def _of_symbols(symbols: Sequence[Symbol], name: str) -> Line:
    """The weightiest thing that is done in one file: what came, what went, what has another name."""
    if len(symbols) == 1:
        return _of_symbol(symbols[0], name)
    for deed in (Deed.RENAMED, Deed.ADDED, Deed.REMOVED):
        alike = [each for each in symbols if each.deed is deed]
        if alike and len(alike) == len(symbols):
            names = _some([each.name for each in alike], f"{alike[0].sort} definitions")
            return Line(deed.value, f"{names} in {name}")
    come = [each for each in symbols if each.deed is Deed.ADDED]
    if come:
        return Line("add", f"{_some([each.name for each in come], 'definitions')} to {name}")
    return Line("update", f"{_some([each.name for each in symbols], 'definitions')} in {name}")


def _of_symbol(symbol: Symbol, name: str) -> Line:
    if symbol.sort == "section":
        where = {Deed.ADDED: "to", Deed.REMOVED: "from"}.get(symbol.deed, "in")
        verb = "update" if symbol.deed is Deed.CHANGED else symbol.deed.value
        return Line(verb, f"section “{symbol.name}” {where} {name}")
    match symbol.deed:
        case Deed.RENAMED:
            return Line("rename", f"{symbol.name} to {symbol.new_name}")
        case Deed.ADDED:
            return Line("add", f"{symbol.name} to {name}")
        case Deed.REMOVED:
            return Line("remove", f"{symbol.name} from {name}")
    if symbol.gained and not symbol.lost:
        return Line("add", f"{_some(symbol.gained, 'parameters')} to {symbol.name}")
    if symbol.lost and not symbol.gained:
        return Line("remove", f"{_some(symbol.lost, 'parameters')} from {symbol.name}")
    return Line("update", f"{symbol.name} in {name}")


def _of_several(facts: Sequence[FileFacts]) -> Line:
    symbols = [symbol for each in facts if not _is_test(each.path) for symbol in each.symbols]
    for deed in (Deed.RENAMED, Deed.ADDED, Deed.REMOVED):
        alike = [each for each in symbols if each.deed is deed and each.sort != "section"]
        if len(alike) == 1 and deed is Deed.RENAMED:
            return Line("rename", f"{alike[0].name} to {alike[0].new_name}")
        if 0 < len(alike) <= _NAMED:
            return Line(deed.value, _some([each.name for each in alike], ""))
    new = [each for each in facts if each.deed is Deed.ADDED and not _is_test(each.path)]
    if len(new) == 1:
        return Line("add", _name(new[0].path))
    if 0 < len(symbols) <= _NAMED:
        return Line("update", _some([each.name for each in symbols], ""))
    return Line("update", _files(facts))


def _moved(facts: Sequence[FileFacts]) -> Line:
    if len(facts) > 1:
        to = os.path.commonpath([os.path.dirname(each.path) for each in facts])  # noqa: PTH120 – git's paths
        return Line("move", f"{_counted(len(facts), 'file')}{f' to {to}' if to else ''}")
    old, new = facts[0].old_path, facts[0].path
    if _name(old) == _name(new):
        return Line("move", f"{_name(new)} to {new.rpartition('/')[0] or 'the root folder'}")
    return Line("rename", f"{_name(old)} to {_name(new)}")


def _files(facts: Sequence[FileFacts]) -> str:
    """Few by name, many by number and by the folder that they lie in."""
    if len(facts) <= _NAMED:
        return " and ".join(_name(each.path) for each in facts)
    folder = os.path.commonpath([each.path.rpartition("/")[0] for each in facts]) if _are_deep(facts) else ""
    return f"{_counted(len(facts), 'file')}{f' in {folder}' if folder else ''}"


def _are_deep(facts: Sequence[FileFacts]) -> bool:
    return all("/" in each.path for each in facts)


def _is_test(path: str) -> bool:
    *folders, name = path.lower().split("/")
    return (
        name.startswith("test")
        or "test" in name.split(".")[0].split("_")
        or bool({"tests", "test"} & {*folders})
    )


def _some(names: Sequence[str], otherwise: str) -> str:
    """The names, where they are few; else how many."""
    unique = list(dict.fromkeys(names))
    if len(unique) <= _NAMED:
        return " and ".join(unique)
    rest = f"{len(unique) - 1} more {otherwise}" if otherwise else f"{len(unique) - 1} more"
    return f"{unique[0]} and {rest}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _name(path: str) -> str:
    return path.rpartition("/")[2]
