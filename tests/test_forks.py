"""What comes off the fork server is a process like any other, and has its imports behind it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forks import DEVNULL, HAS_FORK_SERVER, PIPE, ROOT, Process, conversed, forked

SHOWN = """\
import atexit, os, sys
atexit.register(print, "the end", flush=True)
print(sys.argv[1:], os.getcwd(), os.environ.get("SAID"), "HOME" in os.environ)
print("lsprotocol.types" in sys.modules)
print(sys.stdin.read().upper(), file=sys.stderr)
sys.exit(7)
"""
FAILING = "raise ValueError('it fails')"
LASTING = "import time; print('here', flush=True); time.sleep(600)"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that is to be written to `tmp_path`."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "forked_for_a_test"


def said_of(process: Process, told: bytes = b"") -> tuple[str, str]:
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    with process.stdin, process.stdout, process.stderr:
        process.stdin.write(told)
        process.stdin.close()
        return process.stdout.read().decode(), process.stderr.read().decode()


def test_streams_arguments_environment_folder_and_status(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text(SHOWN, "utf-8")
    environment = {"PYTHONPATH": str(tmp_path), "SAID": "so"}
    process = forked(
        module, "a", "b c", stdin=PIPE, stdout=PIPE, stderr=PIPE, environment=environment, folder=tmp_path
    )
    said, wrong = said_of(process, b"told")
    assert said.splitlines() == [f"['a', 'b c'] {tmp_path} so False", str(HAS_FORK_SERVER), "the end"]
    assert wrong.splitlines() == ["TOLD"]
    assert process.wait(20) == process.returncode == process.poll() == 7
    process.kill()  # of one that has ended: nothing


def test_an_exception_is_told_and_is_a_failure(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text(FAILING, "utf-8")
    process = forked(module, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    said, wrong = said_of(process)
    assert said == ""
    assert "ValueError: it fails" in wrong
    assert process.wait(20) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_it_takes_signals(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text(LASTING, "utf-8")
    for ended in (signal.SIGTERM, signal.SIGKILL):
        process = forked(module, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline() == b"here\n"
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0)
            process.send_signal(ended)
            assert process.wait(20) == -ended


async def test_the_event_loop_converses_with_it(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text(SHOWN, "utf-8")
    process = await conversed(module)
    assert process.stdin is not None and process.pid != os.getpid() and process.returncode is None
    process.stdin.write(b"told")
    said, wrong = await asyncio.wait_for(process.communicate(), 20)
    assert said.decode().splitlines()[-1] == "the end"
    assert wrong.split() == [b"TOLD"]
    assert await process.wait() == process.returncode == 7


def test_a_script_that_forks_is_not_run_again(tmp_path: Path, module: str) -> None:
    """Nor need it say that it is the main module."""
    (tmp_path / f"{module}.py").write_text("print('forked')", "utf-8")
    script = tmp_path / "script.py"
    script.write_text(
        f"from tests.forks import forked\nprint('script', flush=True)\nforked('{module}').wait(20)\n", "utf-8"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path)))}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["script", "forked"], done.stderr
