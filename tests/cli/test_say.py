"""Plain lines, at a real terminal and in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from emberline.cli.say import unsteering

LINE = "privacy is strict [the default], so it stays on this machine: " + "x" * 50
PRINT = f"from emberline.cli.say import say; say({LINE!r})"


def test_a_pipe_gets_the_line_as_it_is() -> None:
    done = subprocess.run([sys.executable, "-c", PRINT], capture_output=True, text=True, check=True)
    assert done.stdout == f"{LINE}\n"


def test_a_terminal_gets_whole_words() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "40", "TERM": "xterm"}
    subprocess.run([sys.executable, "-c", PRINT], stdout=theirs, env=environment, check=True)
    os.close(theirs)
    lines = os.read(ours, 4096).decode().split("\r\n")
    os.close(ours)
    assert [line.rstrip() for line in lines] == [
        "privacy is strict [the default], so it",
        "stays on this machine:",
        "x" * 40,
        "x" * 10,
        "",
    ]


def test_what_a_file_says_steers_no_terminal() -> None:
    assert unsteering("[1] a\tb\x1b]0;c\x07\n\u202e") == "[1] a   b�]0;c�\n�"
