"""The trail on disk: written before, by several at once, and read again."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from emberline.privacy import audit
from emberline.privacy.audit import Send, Trail
from emberline.privacy.labels import Level, Place

SEND = Send(
    at=1_790_000_000.0,
    destination="https://api.example.com:443",
    address="203.0.113.5",
    place=Place.CLOUD,
    model="some-model",
    bytes=1234,
    level=Level.OPEN,
    why="privacy.mode in config.yaml:3",
    reason="refactor",
    sources=("/w/a.py", "clipboard"),
)
LOCAL = replace(SEND, place=Place.MACHINE, destination="http://localhost:11434", level=Level.STRICT)


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail(tmp_path / "audit")


def test_what_left_is_on_disk_at_once_and_for_the_user_alone(trail: Trail, tmp_path: Path) -> None:
    trail.left(SEND)
    (path,) = (tmp_path / "audit").glob("left-*.jsonl")
    assert path.name == "left-2026-09.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert json.loads(path.read_text()) == {
        "at": 1790000000.0,
        "destination": "https://api.example.com:443",
        "address": "203.0.113.5",
        "place": "cloud",
        "model": "some-model",
        "bytes": 1234,
        "level": "open",
        "why": "privacy.mode in config.yaml:3",
        "reason": "refactor",
        "sources": ["/w/a.py", "clipboard"],
        "refused": "",
    }
    later = replace(SEND, at=SEND.at + 90 * 86_400)
    trail.left(later)
    assert list(audit.left(tmp_path / "audit")) == [SEND, later]


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="audit"):
        Trail(tmp_path / "audit").left(SEND)


def test_a_line_is_written_whole_or_not_at_all(
    trail: Trail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail.left(SEND)
    write = audit.os.write
    monkeypatch.setattr(audit.os, "write", lambda file, data: write(file, data[:20]))  # a full disk
    with pytest.raises(OSError, match="could not be written whole"):
        trail.left(SEND)
    monkeypatch.undo()
    trail.left(SEND)
    assert list(audit.left(tmp_path / "audit")) == [SEND, SEND]


def test_what_stayed_is_written_in_batches_and_at_the_end(trail: Trail, tmp_path: Path) -> None:
    sends = [replace(LOCAL, bytes=number) for number in range(300)]
    for send in sends:
        trail.stayed(send)
    trail.close()
    assert list(audit.stayed(tmp_path / "audit")) == sends
    assert stat.S_IMODE((tmp_path / "audit" / "stayed.jsonl").stat().st_mode) == 0o600


def test_a_process_that_ends_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "from emberline.privacy.audit import *\n"
        "from emberline.privacy.labels import *\n"
        "Trail().stayed(Send(1.0, 'd', 'a', Place.MACHINE, 'm', 1, Level.STRICT, 'w', 'r', ()))\n"
    )
    environment = {"EMBERLINE_STATE": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)
    assert [send.destination for send in audit.stayed(tmp_path / "audit")] == ["d"]


def test_losing_what_stayed_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file where the folder should be")
    trail = Trail(tmp_path / "audit")
    trail.stayed(LOCAL)
    trail.close()


def test_what_stayed_is_kept_short(trail: Trail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "STAYED_BYTES", 2000)
    for number in range(40):
        trail.stayed(replace(LOCAL, bytes=number))
        trail.flush()
    sizes = [path.stat().st_size for path in (tmp_path / "audit").glob("stayed*.jsonl")]
    assert len(sizes) == 2
    assert max(sizes) < 2500
    kept = [send.bytes for send in audit.stayed(tmp_path / "audit")]
    assert kept == list(range(kept[0], 40))


def test_several_processes_append_at_once(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from dataclasses import replace\n"
        "from tests.privacy.test_audit import LOCAL, SEND, Trail, audit\n"
        "audit.LOCK_SECONDS = 60.0\n"
        "trail = Trail()\n"
        "for number in range(100):\n"
        "    trail.left(replace(SEND, model=sys.argv[1], bytes=number, sources=('x' * 3000,)))\n"
        "    trail.stayed(replace(LOCAL, model=sys.argv[1], bytes=number))\n"
        "    trail.flush()\n"
        "trail.close()\n"
    )
    environment = {"EMBERLINE_STATE": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    running = [
        subprocess.Popen([sys.executable, "-c", script, name], env=environment, cwd=Path(__file__).parents[2])
        for name in ("one", "two", "three")
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    for sends in (list(audit.left(tmp_path / "audit")), list(audit.stayed(tmp_path / "audit"))):
        assert len(sends) == 300
        for name in ("one", "two", "three"):
            assert [send.bytes for send in sends if send.model == name] == list(range(100))


def test_a_spoilt_line_spoils_no_other(trail: Trail, tmp_path: Path) -> None:
    trail.left(SEND)
    (path,) = (tmp_path / "audit").glob("left-*.jsonl")
    whole = json.loads(path.read_text())
    lines = [{**whole, "new": 1}, {**whole, "place": "moon"}, {"at": 1.0}, [], whole]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines) + '{"at": 1')
    assert list(audit.left(tmp_path / "audit")) == [SEND, SEND]


def test_without_a_trail_there_is_nothing(tmp_path: Path) -> None:
    assert list(audit.left(tmp_path)) == []
    assert list(audit.stayed(tmp_path)) == []
