"""What only real processes show: kills in the middle, two at once, a disk that fills up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from emberline.models import fetch, store
from tests.models.files import CONTENT, File, Server, model, serving

ROOT = Path(__file__).parents[2]


def start(server: Server, folder: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.models.puller", str(folder), *more],
        cwd=ROOT,
        env={**os.environ, "HF_ENDPOINT": server.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_kill_in_the_middle_costs_nothing_that_had_come(
    client: httpx.Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = File(pause_at=2_000_000)
    with serving(answer) as server:
        puller = start(server, folder)
        assert answer.paused.wait(60)
        partial = store.partial_of(model(), folder)
        while not partial.exists() or partial.stat().st_size < 2_000_000:
            assert puller.poll() is None, puller.communicate()
        puller.kill()
        puller.communicate()
        answer.go_on.set()
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        assert fetch.pull(model(), folder, client).read_bytes() == CONTENT
        assert server.ranges == [None, "bytes=2000000-"]


def test_an_interrupt_in_the_middle_too(folder: Path) -> None:
    answer = File(pause_at=2_000_000)
    with serving(answer) as server:
        puller = start(server, folder)
        assert answer.paused.wait(60)
        puller.send_signal(signal.SIGINT)
        output, _ = puller.communicate()
        answer.go_on.set()
    assert "KeyboardInterrupt" in output
    assert store.look(model(), folder).state is store.State.PARTIAL


def test_two_at_once_fetch_it_once(folder: Path) -> None:
    answer = File(pause_at=1_000_000)
    with serving(answer) as server:
        first = start(server, folder)
        assert answer.paused.wait(60)
        second = start(server, folder)
        third = start(server, folder)
        answer.go_on.set()
        outputs = [puller.communicate()[0].strip() for puller in (first, second, third)]
        assert outputs == [str(folder / "tiny.gguf")] * 3
        assert server.ranges == [None]
    assert (folder / "tiny.gguf").read_bytes() == CONTENT


def test_the_second_takes_over_when_the_first_is_killed(folder: Path) -> None:
    answer = File(pause_at=1_000_000)
    with serving(answer) as server:
        first = start(server, folder)
        assert answer.paused.wait(60)
        second = start(server, folder)
        first.kill()
        first.communicate()
        answer.go_on.set()
        assert second.communicate()[0].strip() == str(folder / "tiny.gguf")
    assert (folder / "tiny.gguf").read_bytes() == CONTENT


def test_a_disk_that_fills_up_gets_its_space_back(folder: Path) -> None:
    with serving(File()) as server:
        puller = start(server, folder, "1500000")
        output, _ = puller.communicate()
        assert puller.returncode == 1
        assert output.startswith("DiskFull the disk filled up")
        assert [path.name for path in folder.iterdir()] == [".tiny.gguf.lock"]
        puller = start(server, folder)
        assert puller.communicate()[0].strip() == str(folder / "tiny.gguf")
