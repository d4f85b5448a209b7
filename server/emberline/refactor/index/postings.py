"""Which files hold a name: sorted arrays of numbers, some for each batch of files that was read.

An entry is a name's hash and, in its last 16 bits, the file's number within its layer. A file that was read
again stands in a newer layer; its older entries stay where they are and count no more.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from pathlib import Path

from emberline.refactor.index.record import Reading, Record

_FILE_BITS = 16
MOST_FILES = 1 << _FILE_BITS
"""In one layer."""
_SLICE = 1_024


class By(IntEnum):
    """What a file is looked up by."""

    WORD = 0
    DEFINED = 1
    BROUGHT = 2


class File:
    """A file of the index. It belongs to one layer, and to none when something newer has replaced it."""

    __slots__ = ("_path", "layer", "number", "path", "record")

    def __init__(self, record: Record, number: int = 0) -> None:
        self.record = record
        self.path = record.path
        self.layer: Layer | None = None
        self.number = number
        self._path: Path | None = None

    @property
    def as_path(self) -> Path:
        """Made when it is first asked for."""
        if self._path is None:
            self._path = Path(self.record.path)
        return self._path


class Layer:
    """Files that were read together."""

    __slots__ = ("files", "found_by")

    def __init__(self, files: Sequence[File], found_by: tuple[array[int], ...]) -> None:
        """`found_by`: sorted entries for each of `By`."""
        self.files = files
        self.found_by = found_by

    @property
    def entries(self) -> int:
        return sum(map(len, self.found_by))

    def holding(self, by: By, name: int) -> list[File]:
        """The files that hold the name and still count."""
        entries = self.found_by[by]
        first = name << _FILE_BITS
        start = bisect_left(entries, first)
        stop = bisect_left(entries, first + MOST_FILES, start)
        files, last = self.files, MOST_FILES - 1
        found = [files[entry & last] for entry in entries[start:stop]]
        return [file for file in found if file.layer is self]

    def holds(self, file: File, by: By, name: int) -> bool:
        """Whether this file, one of the layer's, holds the name."""
        entries = self.found_by[by]
        entry = name << _FILE_BITS | file.number
        place = bisect_left(entries, entry)
        return place < len(entries) and entries[place] == entry


def entries_of(readings: Sequence[Reading]) -> tuple[bytes, bytes, bytes]:
    """Sorted entries for each of `By`; a reading's number is its place."""
    columns = ([each.words, each.defined, each.brought] for each in readings)
    rows: tuple[list[int], list[int], list[int]] = ([], [], [])
    for number, names in enumerate(columns):
        for row, hashes in zip(rows, names, strict=True):
            row += [name << _FILE_BITS | number for name in hashes]
    words, defined, brought = (array("Q", sorted(row)).tobytes() for row in rows)
    return words, defined, brought


def layer_of(records: Iterable[Record], entries: Iterable[bytes]) -> Layer:
    """A layer of records and their entries; its files count once their `layer` is set."""
    files = [File(record, number) for number, record in enumerate(records)]
    columns = []
    for each in entries:
        column = array("Q")
        column.frombytes(each)
        columns.append(column)
    return Layer(files, tuple(columns))


def merging(layers: Sequence[Layer]) -> Iterator[Layer | None]:
    """Makes one layer of several, a small step at a time; at the end yields it, before that None.

    The old layers serve until whoever asked puts the new one in their place; files that were replaced
    meanwhile are left out by `adopt`.
    """
    files = [file for layer in layers for file in layer.files if file.layer is layer][:MOST_FILES]
    yield None
    places_of = {id(file): number for number, file in enumerate(files)}
    numbers = [
        {number: places_of[id(file)] for number, file in enumerate(layer.files) if id(file) in places_of}
        for layer in layers
    ]
    yield None
    columns = []
    for by in By:
        column = array("Q")
        places = [0] * len(layers)
        longest = max((layer.found_by[by] for layer in layers), key=len, default=array("Q"))
        bounds = [longest[at] >> _FILE_BITS << _FILE_BITS for at in range(_SLICE, len(longest), _SLICE)]
        for bound in (*bounds, 1 << 64):
            merged: list[int] = []
            for index, layer in enumerate(layers):
                entries, known = layer.found_by[by], numbers[index]
                stop = bisect_left(entries, bound, places[index])
                for entry in entries[places[index] : stop]:
                    number = known.get(entry & (MOST_FILES - 1))
                    if number is not None:
                        merged.append(entry >> _FILE_BITS << _FILE_BITS | number)
                places[index] = stop
            merged.sort()
            column.extend(merged)
            yield None
        columns.append(column)
    yield Layer(files, tuple(columns))


def adopt(merged: Layer, layers: Sequence[Layer]) -> None:
    """Moves the files of `layers` that still count to the layer that was made of them."""
    old = set(map(id, layers))
    for number, file in enumerate(merged.files):
        if file.layer is not None and id(file.layer) in old:
            file.layer, file.number = merged, number
