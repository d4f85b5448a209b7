from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from emberline.tasks.logs.reading import read
from emberline.tasks.logs.sources import BadLog, Log, Tail, pieces

TEXT = "".join(f"2026-01-02 10:00:{number % 60:02} INFO tick {number}\n" for number in range(5000)).encode()


PACKED = {
    "plain": TEXT,
    "gzip": gzip.compress(TEXT),
    "two gzips, one behind the other": gzip.compress(TEXT[:990]) + gzip.compress(TEXT[990:]),
    "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + TEXT,
    "UTF-16": TEXT.decode().encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + TEXT.decode().encode("utf-16-be"),
    "empty": b"",
    "one byte": b"x",
}


@pytest.mark.parametrize("name", PACKED)  # a gzip holds its time, so that its bytes name no test
def test_whatever_it_is_packed_in(name: str, tmp_path: Path) -> None:
    packed = PACKED[name]
    path = tmp_path / "log"
    path.write_bytes(packed)
    found = list(Log.of(path).pieces())
    assert b"".join(each.data for each in found) == (TEXT if len(packed) > 1 else packed)
    assert [each.done for each in found] == sorted(each.done for each in found)
    assert b"".join(each.data for each in pieces(cast(BinaryIO, io.BufferedReader(io.BytesIO(packed))))) == (  # type: ignore[arg-type]
        TEXT if len(packed) > 1 else packed
    )


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_log_that_breaks_off_is_read_so_far(pack: object, tmp_path: Path) -> None:
    rng = random.Random(1)
    text = "".join(f"2026-01-02 10:00:00 INFO {rng.random()}\n" for _ in range(50_000)).encode()
    path = tmp_path / "log.gz"
    packed = pack(text)  # type: ignore[operator]
    path.write_bytes(packed[: len(packed) * 2 // 3])
    found = read([Log.of(path)])
    assert 1000 < found.records < 50_000
    assert "is damaged or breaks off" in found.notes[0]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match="No such file"):
        Log.of(tmp_path / "none.log")
    with pytest.raises(BadLog, match="is a folder"):
        Log.of(tmp_path)


def all_new(tail: Tail) -> bytes:
    parts = []
    for _ in range(5):
        parts.append(tail.new())
    return b"".join(parts)


def test_a_tail_follows_through_rotation(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"one\n")
    tail = Tail.of(path)
    assert all_new(tail) == b"one\n"
    with path.open("ab") as file:
        file.write(b"two\n")
        file.flush()
        path.rename(tmp_path / "app.log.1")
        file.write(b"three\n")
    assert tail.new() == b"two\nthree\n"
    assert all_new(tail) == b""  # nobody has the name yet
    path.write_bytes(b"four\n")
    assert tail.new() == b"" and tail.has_begun_anew
    assert all_new(tail) == b"four\n"
    tail.close()


def test_a_tail_notices_that_a_log_was_emptied(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"a long first line\n")
    tail = Tail.of(path)
    assert all_new(tail) == b"a long first line\n"
    path.write_bytes(b"new\n")
    assert tail.new() == b"new\n"
    assert tail.has_begun_anew
    tail.close()
