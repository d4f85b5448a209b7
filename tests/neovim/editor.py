"""Drives a real Neovim over its socket and reads what is on its screen."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import pynvim

PATIENCE_S = 15.0
PLUGIN = Path(__file__).parents[2] / "editors" / "neovim"
COLUMNS, LINES = 80, 20

SCREEN = """
local rows = {}
vim.cmd.redraw()
for row = 1, ... do
  local cells = {}
  for column = 1, vim.o.columns do
    cells[column] = vim.fn.screenstring(row, column)
  end
  rows[row] = table.concat(cells)
end
return rows
"""


def wait_until(look: Callable[[], object], what: str = "", patience_s: float = PATIENCE_S) -> None:
    """Poll until `look()` is true; AssertionError when it does not become so in `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while not look():
        assert time.monotonic() < deadline, what or "waited in vain"
        time.sleep(0.005)


def alive(process: psutil.Process) -> bool:
    """Whether it still runs; one that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def listens(address: Path) -> bool:
    """Whether a connection to this socket is accepted: the file is there a little earlier."""
    with socket.socket(socket.AF_UNIX) as trial:
        return trial.connect_ex(str(address)) == 0


class Editor:
    """One Neovim with one file open. Keys are in Neovim's notation (`<Tab>`, `<lt>`)."""

    def __init__(self, binary: Path, folder: Path, init: str, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._sockets = Path(tempfile.mkdtemp(prefix="nvim"))  # a socket's path must be short
        (folder / "init.lua").write_text(init, "utf-8")
        surroundings = {
            **os.environ,
            **environment,
            **{
                f"XDG_{kind}_HOME": str(folder / kind.lower())
                for kind in ("CONFIG", "DATA", "STATE", "CACHE")
            },
        }
        address = self._sockets / "s"
        arguments = ["--headless", "-n", "-i", "NONE", "-u", str(folder / "init.lua")]
        self.process = psutil.Popen(
            [str(binary), *arguments, "--listen", str(address)],
            cwd=folder,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: listens(address), "Neovim did not start")
        except AssertionError:
            self.process.kill()
            raise
        self.nvim = pynvim.attach("socket", path=str(address))
        self.nvim.ui_attach(COLUMNS, LINES, rgb=True, ext_linegrid=True)
        self._grid = [[" "] * COLUMNS for _ in range(LINES)]

    def close(self) -> None:
        for process in [*self.descendants(), self.process]:
            if process.is_running():
                process.kill()
        self.process.wait()
        self.nvim.close()
        shutil.rmtree(self._sockets)

    def descendants(self) -> list[psutil.Process]:
        try:
            return list(self.process.children(recursive=True))
        except psutil.NoSuchProcess:
            return []

    # What the server answers, and what it was told

    def answers(self, answers: Mapping[str, object]) -> None:
        """See `scripted_server`; holds from the next question on."""
        self._write("answers", answers)

    def refactors(self, script: Mapping[str, object]) -> None:
        """See `scripted_server`; holds from the next request on."""
        self._write("refactoring", script)

    def tell(self, method: str, params: Mapping[str, object]) -> None:
        """Has the client send this notification to the server."""
        self.lua("vim.lsp.get_clients({ name = 'emberline' })[1]:notify(...)", method, params)

    def received(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every such message that the server has received so far."""
        return [each.get("params") or {} for each in self._messages() if each.get("method") == method]

    def responses(self, method: str) -> list[dict[str, Any]]:
        """What the client has answered to every such request of the server's so far."""
        responses = [each for each in self._messages() if "method" not in each]
        return [each for each in responses if str(each["id"]).split()[0] == method]

    def responds(self, method: str, count: int = 1) -> Any:
        """Wait until that many of the server's requests are answered; the last result."""
        wait_until(lambda: len(self.responses(method)) >= count, f"{method} was not answered {count} times")
        return self.responses(method)[-1]["result"]

    def _write(self, name: str, content: Mapping[str, object]) -> None:
        draft = self._folder / f"{name}.draft"
        draft.write_text(json.dumps(content), "utf-8")
        draft.replace(self._folder / f"{name}.json")

    def _messages(self) -> list[dict[str, Any]]:
        log = self._folder / "log.jsonl"
        lines = log.read_text("utf-8").splitlines(keepends=True) if log.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def wait_for(self, method: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the server has received that many of these."""
        wait_until(lambda: len(self.received(method)) >= count, f"{method} did not arrive {count} times")
        return self.received(method)

    # Reading

    def lua(self, code: str, *arguments: object) -> Any:
        return self.nvim.exec_lua(code, *arguments)

    def buffer(self) -> list[str]:
        return list(self.nvim.current.buffer[:])

    def cursor(self) -> tuple[int, int]:
        """1-based line and 0-based byte column, as Neovim counts."""
        line, column = self.nvim.current.window.cursor
        return line, column

    def screen(self, rows: int) -> list[str]:
        """The topmost rows as rendered, without trailing blanks."""
        return [row.rstrip() for row in self.lua(SCREEN, rows)]

    def frames(self) -> list[str]:
        """The first row as it stood at each repaint since the last call."""
        self.nvim.command("redraw")
        return list(self.repaints("mark"))

    def repaints(self, until: str, after_ms: int = 0) -> Iterator[str]:
        """The first row at each repaint, as they come, until so long from now; `until` names that moment."""
        notify = f"vim.rpcnotify({self.nvim.channel_id}, '{until}')"
        self.lua(f"vim.defer_fn(function() {notify} end, {after_ms})" if after_ms else notify)
        while (message := self.nvim.next_message())[1] != until:
            for name, *calls in message[2] if message[1] == "redraw" else []:
                if name == "flush":
                    yield "".join(self._grid[0]).rstrip()
                for call in calls if name != "flush" else []:
                    self._draw(name, call)

    def _draw(self, name: str, call: Sequence[Any]) -> None:
        if name == "grid_clear":
            self._grid = [[" "] * COLUMNS for _ in range(LINES)]
        elif name == "grid_line":
            _, row, column, cells = call[:4]
            for cell in cells:
                for _ in range(cell[2] if len(cell) > 2 else 1):
                    self._grid[row][column] = cell[0]
                    column += 1
        elif name == "grid_scroll":
            raise AssertionError("scrolling is not modelled: keep the text short")

    # Doing, and waiting for what comes of it

    def keys(self, keys: str) -> None:
        self.nvim.input(keys)

    def type(self, text: str) -> None:
        """Type character by character, each one handled before the next."""
        for char in text:
            tick = self.nvim.current.buffer.api.get_changedtick()
            self.keys({"<": "<lt>", "\n": "<CR>"}.get(char, char))

            def handled(tick: object = tick) -> bool:
                return bool(self.nvim.current.buffer.api.get_changedtick() != tick)

            wait_until(handled, f"typing {char!r}")

    def sees(self, *rows: str) -> None:
        """Wait until the topmost rows of the screen are these."""
        self._becomes(lambda: self.screen(len(rows)), list(rows), "screen")

    def holds(self, *lines: str) -> None:
        """Wait until the buffer's lines are these."""
        self._becomes(self.buffer, list(lines), "buffer")

    def _becomes(self, look: Callable[[], object], expected: object, what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while (seen := look()) != expected:
            assert time.monotonic() < deadline, f"{what}: {seen!r} instead of {expected!r}"
            time.sleep(0.005)
