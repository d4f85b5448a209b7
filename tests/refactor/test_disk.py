"""A change on disk: all of it, or everything as it was."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.refactor import disk
from emberline.refactor.disk import NotWritten, text_of, write
from emberline.refactor.types import Change, FileChange, Proposal
from tests.refactor.places import written


def file(path: Path, before: str | None, after: str | None, to: Path | None = None) -> FileChange:
    return FileChange(path.name, path, path.as_uri(), before, after, to)


def change(*files: FileChange) -> Change:
    return Change(files, Proposal(()))


def state(folder: Path) -> dict[str, object]:
    """All that is there: texts, permissions, links; times apart."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        content: object = None
        if path.is_symlink():
            content = path.readlink()
        elif path.is_file():
            content = path.read_bytes()
        found[str(path.relative_to(folder))] = (mode, content)
    return found


def everything(folder: Path) -> Change:
    """A change of every kind."""
    written(folder, {"a.py": "a\n", "gone.py": "g\n", "moved.py": "m\n", "real/b.py": "b\n"})
    if not (folder / "link.py").is_symlink():
        (folder / "link.py").symlink_to("real/b.py")
    (folder / "a.py").chmod(0o755)
    (folder / "moved.py").chmod(0o640)
    return change(
        file(folder / "a.py", "a\n", "A\n"),
        file(folder / "gone.py", "g\n", None),
        file(folder / "moved.py", "m\n", "M\n", folder / "new/deep/moved.py"),
        file(folder / "link.py", "b\n", "B\n"),
        file(folder / "new/c.py", None, "c\n"),
        file(folder / "d.py", None, "d\n"),
    )


def test_all_of_it_is_written(tmp_path: Path) -> None:
    write(everything(tmp_path))
    mask = os.umask(0)
    os.umask(mask)
    fresh = 0o666 & ~mask
    folder = stat.S_IMODE((tmp_path / "real").stat().st_mode)
    assert state(tmp_path) == {
        "a.py": (0o755, b"A\n"),
        "d.py": (fresh, b"d\n"),
        "link.py": (0o777, Path("real/b.py")),
        "new": (folder, None),
        "new/c.py": (fresh, b"c\n"),
        "new/deep": (folder, None),
        "new/deep/moved.py": (0o640, b"M\n"),
        "real": (folder, None),
        "real/b.py": (stat.S_IMODE((tmp_path / "real/b.py").stat().st_mode), b"B\n"),
    }


CALLS = ["os.link", "os.fsync", "shutil.copystat", "Path.replace", "Path.mkdir", "tempfile.mkstemp"]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("error", [OSError(28, "No space left on device", "x"), KeyboardInterrupt()])
@pytest.mark.parametrize("when", ["before", "after"])
def test_whatever_fails_everything_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, error: BaseException, when: str
) -> None:
    wanted = everything(tmp_path)
    before = state(tmp_path)
    module, _, name = call.partition(".")
    owner = Path if module == "Path" else getattr(disk, module)
    real: Callable[..., object] = getattr(owner, name)
    calls = 0

    def failing(*words: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        if calls == number and when == "before":
            raise error
        result = real(*words, **more)
        if calls == number and name != "mkstemp":
            raise error
        return result

    monkeypatch.setattr(owner, name, failing)
    if name == "link" and isinstance(error, OSError) and when == "before":
        write(wanted)  # a file system without links is no failure
        assert (tmp_path / "a.py").read_bytes() == b"A\n"
        return
    try:
        write(wanted)
    except (NotWritten, KeyboardInterrupt):
        monkeypatch.undo()
        assert state(tmp_path) == before
    else:
        assert calls < number or name in ("mkstemp", "link", "mkdir")
        assert (tmp_path / "new/c.py").read_bytes() == b"c\n"
    assert not list(tmp_path.rglob(".emberline-*"))


REFUSED: dict[str, Callable[[Path], FileChange]] = {
    "a.py changed meanwhile": lambda folder: file(folder / "a.py", "other\n", "A\n"),
    "n.py: No such file": lambda folder: file(folder / "n.py", "x\n", "y\n"),
    "ro.py is read-only": lambda folder: file(folder / "ro.py", "r\n", "R\n"),
    "in.py lies in a folder that is read-only": lambda folder: file(folder / "closed/in.py", "i\n", "I\n"),
    "new.py lies in a folder that is read-only": lambda folder: file(
        folder / "closed/sub/new.py", None, "I\n"
    ),
    "a.py exists meanwhile": lambda folder: file(folder / "a.py", None, "A\n"),
    "dangling.py exists meanwhile": lambda folder: file(folder / "dangling.py", None, "A\n"),
    "l.py exists meanwhile": lambda folder: file(
        folder / "ro.py".replace("ro", "a"), "a\n", "a\n", folder / "l.py"
    ),
    "x.py: a.py is no folder": lambda folder: file(folder / "a.py/x.py", None, "x\n"),
    "old.py is written in latin-1, which has no '☕'": lambda folder: file(folder / "old.py", "é\n", "☕\n"),
    "b.py would be changed twice": lambda folder: file(folder / "same.py", "b\n", "B\n"),
    "sub is no ordinary file": lambda folder: file(folder / "sub", "", "x"),
}


@pytest.mark.parametrize("words", REFUSED)
def test_nothing_is_touched(tmp_path: Path, words: str) -> None:
    written(tmp_path, {"a.py": "a\n", "b.py": "b\n", "l.py": "l\n", "ro.py": "r\n", "closed/in.py": "i\n"})
    (tmp_path / "old.py").write_bytes("é\n".encode("latin-1"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "dangling.py").symlink_to("nowhere")
    (tmp_path / "same.py").symlink_to("b.py")
    (tmp_path / "ro.py").chmod(0o444)
    (tmp_path / "closed").chmod(0o555)
    before = state(tmp_path)
    times = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(NotWritten, match=words):
        write(change(file(tmp_path / "b.py", "b\n", "B\n"), REFUSED[words](tmp_path)))
    assert state(tmp_path) == before
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")} == times
    (tmp_path / "closed").chmod(0o755)


def test_who_writes_meanwhile_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = everything(tmp_path)
    real = os.fsync

    def meanwhile(descriptor: int) -> None:
        real(descriptor)
        (tmp_path / "link.py").write_text("somebody else's\n")
        (tmp_path / "d.py").write_text("theirs\n")

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(NotWritten, match=r"link\.py changed meanwhile; nothing was changed"):
        write(wanted)
    assert (tmp_path / "a.py").read_text() == "a\n"
    assert (tmp_path / "gone.py").read_text() == "g\n"
    assert (tmp_path / "link.py").read_text() == "somebody else's\n"
    assert (tmp_path / "d.py").read_text() == "theirs\n"
    assert not (tmp_path / "new").exists()


def test_a_file_that_comes_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def meanwhile(descriptor: int) -> None:
        real(descriptor)
        (tmp_path / "d.py").write_text("theirs\n")

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(NotWritten):
        write(everything(tmp_path))
    assert (tmp_path / "d.py").read_text() == "theirs\n"
    assert (tmp_path / "a.py").read_text() == "a\n"
    assert (tmp_path / "moved.py").read_text() == "m\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"", "utf-8"),
        ("größe 🜂\r\n".encode(), "utf-8"),
        ("größe\n".encode("utf-8-sig"), "utf-8"),
        ("größe\n".encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + "größe\n".encode("utf-16-be"), "utf-16-be"),
        ("größe\n".encode("latin-1"), "latin-1"),
    ],
)
def test_encodings_stay(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(content)
    text, how = text_of(content)
    assert how.codec == encoding
    write(change(file(path, text, text + "y = 1\n")))
    assert path.read_bytes() == how.mark + (text + "y = 1\n").encode(encoding)
    write(change(file(path, "\ufeff" + text + "y = 1\n", "\ufeff" + text)))
    assert path.read_bytes() == content


@given(st.binary(max_size=40))
def test_every_content_comes_back(content: bytes) -> None:
    text, how = text_of(content)
    assert how.mark + text.encode(how.codec) == content
