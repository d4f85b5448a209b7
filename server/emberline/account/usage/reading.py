"""Files of exports, recognised by what is in them and read record by record, whatever their length.

JSON comes as a list of records, as a page (`{"data": […]}`), as a list of pages, or as records or pages one
after the other (JSON lines, saved pages). CSV comes with commas, semicolons or tabs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from emberline.account.usage import (
    anthropic_costs,
    anthropic_usage,
    fields,
    litellm,
    openai_costs,
    openai_usage,
)
from emberline.account.usage.entry import Entry, Source
from emberline.account.usage.fields import Unreadable
from emberline.account.words import few
from emberline.errors import UserError

SOURCES: tuple[Source, ...] = (
    openai_usage.SOURCE,
    openai_costs.SOURCE,
    anthropic_usage.SOURCE,
    anthropic_costs.SOURCE,
    litellm.SOURCE,
)
LONGEST_FIELD = 1 << 26
"""Bytes in one field of a CSV file: a spend log may hold whole conversations."""
_SHOWN_COLUMNS = 6
_TAIL_BYTES = 4096
_HAS_MORE = re.compile(rb'"has_more"\s*:\s*true\b[^\[\]]*\Z')
_DELIMITERS = ",;\t"


class BadExport(UserError):
    """The file is not what it should be, at a line or record that is named."""


def entries(path: Path, at: Callable[[int], None] = lambda position: None) -> Iterator[tuple[Source, Entry]]:
    """What the file holds, each with its source. `at` is told how many bytes have been read. Raises
    `BadExport`."""
    try:
        with path.open("rb") as file:
            first = _first_byte(file)
            if not first:
                raise BadExport(f"{path}: is empty. {_wanted()}")
            reading = _json(path, file) if first in b"[{" else _csv(path, file)
            for number, found in enumerate(reading):
                if number % 512 == 0:
                    at(file.tell())
                yield found
    except OSError as error:
        raise BadExport(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadExport(f"{path}: is not UTF-8 text (unpack it, or save it as UTF-8). {_wanted()}") from error


def _first_byte(file: IO[bytes]) -> bytes:
    """The first that is no white space; the file stands at its beginning afterwards."""
    head = file.read(4096)
    file.seek(0)
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _wanted() -> str:
    """What would be right."""
    lines = (f"\n  {source.name}: {source.where}" for source in SOURCES)
    return f"These are understood:{''.join(lines)}"


# -- CSV --------------------------------------------------------------------------------------------------


def _csv(path: Path, file: IO[bytes]) -> Iterator[tuple[Source, Entry]]:
    csv.field_size_limit(LONGEST_FIELD)
    lines = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        head = lines.readline()
        delimiter = max(_DELIMITERS, key=head.count)
        columns = next(csv.reader([head], delimiter=delimiter), [])
        source = next((each for each in SOURCES if each.has_columns(frozenset(columns))), None)
        if source is None:
            raise BadExport(f"{path}:1: no known export has the columns {_listed(columns)}. {_wanted()}")
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        for row in _rows(path, reader, len(columns)):
            try:
                for entry in source.of_row(dict(zip(columns, row, strict=True))):
                    yield source, entry
            except Unreadable as error:
                raise BadExport(f"{path}:{reader.line_num + 1}: {error}") from None
    finally:
        lines.detach()  # the file is the caller's to close


def _rows(path: Path, reader: Any, width: int) -> Iterator[list[str]]:
    try:
        for row in reader:
            if len(row) == width:
                yield row
            elif any(row):
                raise BadExport(
                    f"{path}:{reader.line_num + 1}: has {len(row)} fields, and the first line {width}"
                )
    except csv.Error as error:
        raise BadExport(f"{path}:{reader.line_num + 1}: is no CSV: {error}") from None


def _listed(names: Iterable[str]) -> str:
    return few([name.strip()[:30] or '""' for name in names], _SHOWN_COLUMNS)


# -- JSON -------------------------------------------------------------------------------------------------


def _json(path: Path, file: IO[bytes]) -> Iterator[tuple[Source, Entry]]:
    source: Source | None = None
    skipped: list[Mapping[str, Any]] = []
    for number, record in enumerate(_records(path, file), 1):
        try:
            if not isinstance(record, Mapping):
                raise Unreadable(f"must be an object; found {fields.shown(record)}")
            if source is None:
                source = _source_of(record)
                if source is None:  # a time without any usage does not tell whose it is
                    skipped = [*skipped[:1], record]
                    continue
                for earlier in skipped:
                    yield from ((source, entry) for entry in source.of_record(earlier))
            for entry in source.of_record(record):
                yield source, entry
        except Unreadable as error:
            raise BadExport(f"{path}: record {number}: {error}") from None


def _source_of(record: Mapping[str, Any]) -> Source | None:
    """Raises `Unreadable` for a record that is none of any source."""
    found = next((each for each in SOURCES if each.has_record(record)), None)
    if found is None and not _is_empty_bucket(record):
        raise Unreadable(f"no known export has records with the keys {_listed(record)}. {_wanted()}")
    return found


def _is_empty_bucket(record: Mapping[str, Any]) -> bool:
    return bool(record.keys() & {"start_time", "starting_at"}) and not fields.results(record)


def _records(path: Path, file: IO[bytes]) -> Iterator[Any]:
    import ijson

    if file.read(3) != b"\xef\xbb\xbf":
        file.seek(0)
    start = file.tell()
    try:
        prefix = _prefix(ijson.parse(file, multiple_values=True))
        file.seek(start)
        yield from ijson.items(file, prefix, multiple_values=True, use_float=True)
    except ijson.JSONError as error:
        raise BadExport(f"{path}: is no whole JSON: {str(error).splitlines()[0]}") from None


def _prefix(events: Iterable[tuple[str, str, Any]]) -> str:
    """Where the records stand, as ijson words it, by the beginning of the file."""
    for place, event, _ in events:
        if event == "start_array" and place in ("data", "item.data"):
            return f"{place}.item"
        if event == "end_map" and place in ("", "item"):
            return place
        if event == "end_array" and not place:
            break
    return "item"


def has_more(path: Path) -> bool:
    """Whether the file ends as a page that others follow."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            return _HAS_MORE.search(file.read()) is not None
    except OSError:
        return False
