"""All that is staged, gathered: facts of every file, and the difference of those that a model may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emberline.errors import UserError
from emberline.privacy.files import Boundaries
from emberline.privacy.labels import Label, strictest
from emberline.tasks.commit import facts as read
from emberline.tasks.commit import git
from emberline.tasks.commit.facts import Deed, FileFacts, Remark
from emberline.tasks.commit.git import Entry, Repository
from emberline.tasks.commit.reading import MOST_BYTES, Reading, by_content, by_name
from emberline.tasks.commit.style import Style, learnt, ticket_in

MOST_READ = 300
"""Files whose content is looked at; what changes more is told by its names."""
HISTORY = 50
"""Commits that a style is learnt from."""
_DEEDS = {"A": Deed.ADDED, "C": Deed.ADDED, "D": Deed.REMOVED, "R": Deed.RENAMED}


@dataclass(frozen=True, slots=True)
class Staged:
    """One file: its facts, and what a model may be shown of it."""

    facts: FileFacts
    patch: str = ""
    """Its hunks; empty where it is not read."""
    label: Label | None = None
    """None where no model may read it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A commit that is about to be made."""

    files: tuple[Staged, ...]
    style: Style
    earlier: tuple[str, ...]
    """Subjects of the latest commits."""
    ticket: str = ""
    proposed: str = ""
    """Git's own message for a merge, a revert or a cherry-pick."""

    @property
    def facts(self) -> tuple[FileFacts, ...]:
        return tuple(each.facts for each in self.files)


def gathered(folder: Path, boundaries: Boundaries) -> Change:
    """What is staged in the repository around `folder`; takes as long as git. Raises `UserError`."""
    repository = git.at(folder)
    entries = git.staged(repository)
    proposed = git.proposed(repository)
    if not entries and not proposed:
        raise UserError("nothing is staged: `git add` what the commit is to hold")
    past = git.history(repository, HISTORY)
    style = learnt([each.message for each in past if "[bot]" not in each.author])
    return Change(
        _files(repository, entries, boundaries),
        style,
        tuple(dict.fromkeys(each.message.partition("\n")[0] for each in past)),
        ticket_in(git.branch(repository), style.projects),
        proposed,
    )


def _files(repository: Repository, entries: Sequence[Entry], boundaries: Boundaries) -> tuple[Staged, ...]:
    labels = {each.path: _label(repository, each, boundaries) for each in entries}
    marked = git.generated(repository, [each.path for each in entries])
    readings = {each.path: _by_listing(each, labels[each.path], marked) for each in entries}
    open_ones = [each for each in entries if readings[each.path] is Reading.WHOLE][:MOST_READ]
    hashes = [name for each in open_ones for name in (each.old_hash, each.new_hash)]
    contents = git.texts(repository, hashes, MOST_BYTES)
    for each in open_ones:
        readings[each.path] = _by_contents(each, contents)
    whole = [each for each in open_ones if readings[each.path] is Reading.WHOLE]
    patches = git.patches(repository, [each for each in whole if each.added or each.deleted])
    looked_at = {each.path for each in open_ones}
    found = []
    for each in entries:
        patch = patches.get(each.path, "")
        if each.path in looked_at and readings[each.path] is Reading.WHOLE:
            before, after = (_text(contents, name) for name in (each.old_hash, each.new_hash))
            found.append(Staged(_facts(each, Reading.WHOLE, before, after, patch), patch, labels[each.path]))
        else:
            found.append(Staged(_facts(each, readings[each.path]), "", labels[each.path]))
    return tuple(found)


def _label(repository: Repository, entry: Entry, boundaries: Boundaries) -> Label | None:
    """The stricter of a renamed file's two."""
    paths = dict.fromkeys((entry.path, entry.old_path))
    labels = [boundaries.label(repository.root / path) for path in paths]
    known = [each for each in labels if each is not None]
    return strictest(known) if len(known) == len(labels) else None


def _by_listing(entry: Entry, label: Label | None, marked: Iterable[str]) -> Reading:
    if entry.is_submodule:
        return Reading.SUBMODULE
    if git.LINK in (entry.old_mode, entry.new_mode):
        return Reading.LINK
    if label is None:
        return Reading.PRIVATE
    if (found := by_name(entry.path)) is not Reading.WHOLE:
        return found
    if entry.path in marked:
        return Reading.GENERATED
    if entry.added is None and entry.old_hash != entry.new_hash:
        return Reading.BINARY
    return Reading.WHOLE


def _by_contents(entry: Entry, contents: dict[str, bytes]) -> Reading:
    for name in (entry.old_hash, entry.new_hash):
        if not name.strip("0"):
            continue
        if name not in contents:
            return Reading.LARGE
        if (found := by_content(entry.path, contents[name])) is not Reading.WHOLE:
            return found
    return Reading.WHOLE


def _text(contents: dict[str, bytes], name: str) -> str:
    return contents.get(name, b"").decode("utf-8", "replace")


def _facts(entry: Entry, reading: Reading, before: str = "", after: str = "", patch: str = "") -> FileFacts:
    path, old_path = git.shown(entry.path), git.shown(entry.old_path)
    deed = _DEEDS.get(entry.status, Deed.CHANGED)
    changes_text = deed in (Deed.CHANGED, Deed.RENAMED) and before != after
    return FileFacts(
        path,
        path if entry.status == "C" else old_path,
        deed,
        reading,
        entry.added or 0,
        entry.deleted or 0,
        read.symbols(path, old_path, before, after) if changes_text else _defined(path, before, after, deed),
        _remark(entry, before, after, changes_text),
        read.versions(path, patch),
    )


def _defined(path: str, before: str, after: str, deed: Deed) -> tuple[read.Symbol, ...]:
    """What a new file brings, or a deleted one takes along."""
    if deed in (Deed.ADDED, Deed.REMOVED) and before != after:
        return read.symbols(path, path, before, after)
    return ()


def _remark(entry: Entry, before: str, after: str, changes_text: bool) -> Remark:
    if entry.status == "T":
        return Remark.TYPE
    if entry.old_hash == entry.new_hash and entry.old_mode != entry.new_mode:
        return Remark.EXECUTABLE if entry.new_mode.endswith("755") else Remark.NOT_EXECUTABLE
    return read.remark(before, after) if changes_text else Remark.NONE
