"""The workspace's passages in one process: reads what may be read, follows what changes, answers searches."""

# Paths are plain strings here, for thousands are handled at a time.
# ruff: noqa: PTH112, PTH118, PTH119

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from emberline.privacy.walk import Bounds, reachable, read_text, walk
from emberline.tasks.questions.findings import Findings, Hit
from emberline.tasks.questions.fulltext import FullText
from emberline.tasks.questions.pool import Pool
from emberline.tasks.questions.question import query
from emberline.tasks.questions.ranking import ranked
from emberline.tasks.questions.reading import FILE_BYTES, Reading, Stamp, read, stamp_of
from emberline.tasks.questions.sieve import Sieve

MOST_FILES = 20_000
MOST_BYTES = 200_000_000
"""Of text in all."""
SMALL_BYTES = 4_000_000
"""A workspace of no more is read whole for a single question: it takes a second or two."""
KEPT_BYTES = 2_500_000
_BOUNDS = Bounds(visited=200_000, file_bytes=FILE_BYTES)
Watch = Callable[[int, int], None]
"""Told how many files of how many have been read."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a library is of."""

    folders: tuple[Path, ...]
    exclude: tuple[str, ...] = ()
    """`privacy.exclude`."""
    jobs: int = 1
    """So many processes read when there is much to be read."""


class Library:
    """Belongs to one thread."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._folders = tuple(dict.fromkeys(each.absolute() for each in setting.folders))
        self._texts = FullText()
        self._open: set[str] = set()
        self._is_whole = False

    def close(self) -> None:
        self._texts.close()

    # -- keeping up -----------------------------------------------------------------------------------

    def refresh(self, watch: Watch = lambda done, of: None) -> None:
        """Looks through the workspace: reads what is new or changed, forgets what is gone."""
        known, there = self._texts.stamps(), self._there()
        for path in known.keys() - there.keys():
            if path not in self._open or not self._is_ours(path):
                self._texts.remove(path)
        changed = (path for path, stamp in there.items() if known.get(path) != stamp)
        self._read([path for path in changed if path not in self._open], watch)

    def sift(self, question: str, watch: Watch = lambda done, of: None) -> None:
        """For one question alone: of a large workspace only the files that have most of its words are read
        with their syntax, which takes a tenth of the time."""
        there = self._there()
        if sum(stamp.size for stamp in there.values()) > SMALL_BYTES:
            sieve = Sieve(query(question))
            for done, path in enumerate(there):
                sieve.drop(path, read_text(Path(path)) or "")
                watch(done, len(there))
            self._read(sieve.kept(KEPT_BYTES), watch)
        else:
            self._read(list(there), watch)

    def look(self, paths: tuple[str, ...]) -> None:
        """Reads anew what is at these paths; a folder's files are looked through."""
        known = self._texts.stamps()
        for path in paths:
            head = os.path.join(path, "")
            if os.path.isdir(path) or any(each.startswith(head) for each in known):
                self.refresh()
                return
        for path in paths:
            if path in self._open:
                continue
            self._texts.remove(path)
            if self._is_ours(path):
                self._read([path])

    def open(self, texts: Mapping[str, str | None]) -> None:
        """These files are open in the editor with these texts; with None they are not any more."""
        for path, text in texts.items():
            if text is None:
                self._open.discard(path)
                self.look((path,))
            elif self._is_ours(path):
                self._open.add(path)
                self._take(path, read(path, self._name_of(path), text, None))

    def _read(self, paths: list[str], watch: Watch = lambda done, of: None) -> None:
        """Those that hold nothing to be asked about are not entered, and looked at again next time."""
        watch(0, len(paths))
        named = [(path, self._name_of(path)) for path in paths]
        done = 0
        with Pool(self._setting.jobs) as pool:
            for path, reading in pool.read(named):
                done += 1
                self._take(path, reading)
                watch(done, len(paths))

    def _take(self, path: str, reading: Reading | None) -> None:
        if reading is None:
            self._texts.remove(path)
        else:
            self._texts.put(reading, self._name_of(path))

    def _there(self) -> dict[str, Stamp]:
        """The files of the workspace that may be read, those near its top first, within the limits."""
        there: dict[str, Stamp] = {}
        size = 0
        self._is_whole = True
        for path in self._walked():
            stamp = stamp_of(path)
            if stamp is None:
                continue
            size += stamp.size
            if len(there) >= MOST_FILES or size > MOST_BYTES:
                self._is_whole = False
                break
            there[path] = stamp
        return there

    def _walked(self) -> Iterator[str]:
        seen: set[str] = set()
        for folder in self._folders:
            if any(other in folder.parents for other in self._folders):
                continue  # its files are met in the other
            for path in walk(folder, _BOUNDS, self._setting.exclude, self._folders):
                if path is not None and str(path) not in seen and _is_text(str(path)):
                    seen.add(str(path))
                    yield str(path)

    def _is_ours(self, path: str) -> bool:
        with suppress(OSError, ValueError):
            home = next((each for each in self._folders if Path(path).is_relative_to(each)), None)
            return home is not None and reachable(Path(path), home, self._setting.exclude, self._folders)
        return False

    def _name_of(self, path: str) -> str:
        """Within its folder, and behind the folder's own name where there are several."""
        for folder in self._folders:
            if path.startswith(os.path.join(str(folder), "")):
                inside = os.path.relpath(path, folder).replace(os.sep, "/")
                return inside if len(self._folders) == 1 else f"{folder.name}/{inside}"
        return os.path.basename(path)

    # -- asking ---------------------------------------------------------------------------------------

    def search(self, question: str, most: int) -> Findings:
        """The passages that answer the question best."""
        asked = query(question)
        found = [[self._texts.matches(choice) for choice in each.choices] for each in asked.wanted]
        texts = self._texts
        rows = ranked(asked, found, texts.passages, texts.defining, texts.places, most)
        hits = tuple(
            Hit(
                each.place.path,
                each.place.name,
                each.place.passage,
                self._texts.text(each.place),
                each.score,
                each.coverage,
            )
            for each in rows
        )
        return Findings(hits, self._texts.files, self._is_whole)


def _is_text(path: str) -> bool:
    """Whether the file's name can be told: a file system may hold bytes that are no text."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
