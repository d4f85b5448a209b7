"""Real Neovims: from a key to ghost text in a frame that is drawn, beside the server's own time.

And whether the text is ever taken away while the user types what it says. The model is a scripted one that
answers at once: measured are Neovim, the plugin and the server. 0.11 and 0.12 draw by the plugin, and 0.12 by
its own inline completion too, which waits 200 ms before it asks.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.neovim.binaries import Version, binary
from tests.neovim.conftest import OPTIONS, lua_string
from tests.neovim.editor import PLUGIN, Editor, wait_until
from tests.servers import Served, serving
from tests.vscode.conftest import environment

from benchmarks.common import distribution, main

TEXT = "math.pi * radius ** 2 + offset"
KEY_S = 0.12
"""Between two keys: a fast typist."""
PATIENCE_MS = 10_000
DRAWN_BY = (
    ("0.11, the plugin's", Version.V011, "own"),
    ("0.12, the plugin's", Version.V012, "own"),
    ("0.12, Neovim's", Version.V012, "builtin"),
)
WATCH = """
Asked, Took = nil, nil
vim.api.nvim_create_autocmd('LspRequest', { callback = function(args)
  local request = args.data.request
  if request.method ~= 'textDocument/inlineCompletion' then return end
  if request.type == 'pending' then Asked = vim.uv.hrtime() end
  if request.type == 'complete' and Asked and not Took then Took = (vim.uv.hrtime() - Asked) / 1e6 end
end })
"""
"""Notes what the first question after `Took = nil` took, in milliseconds."""


def run(short: bool) -> dict[str, object]:
    """Milliseconds for each way of drawing, and counts of keys."""
    rounds = 6 if short else 40
    found: dict[str, object] = {}
    for name, version, ghost in DRAWN_BY:
        with tempfile.TemporaryDirectory(prefix="ember") as folder, serving("tests.servers.ollama") as model:
            model.script(text=TEXT, probabilities=False)
            editor = _opened(Path(folder), version, ghost, model)
            try:
                measured = _measured(editor, model, rounds)
            finally:
                editor.close()
        found |= {f"{name}: {what}": value for what, value in measured.items()}
    return found


def _opened(folder: Path, version: Version, ghost: str, model: Served) -> Editor:
    (folder / "config.yaml").write_text(json.dumps({"engine": {"embedded": False}}), "utf-8")
    command = ", ".join(map(lua_string, [sys.executable, "-m", "emberline", "serve"]))
    setup = f"require('emberline').setup({{ cmd = {{ {command} }}, ghost = '{ghost}' }})"
    init = OPTIONS.replace("{plugin}", lua_string(str(PLUGIN))) + setup + WATCH
    editor = Editor(binary(version), folder, init, environment(folder, OLLAMA_HOST=model.url))
    editor.nvim.command(f"edit {folder / 'area.py'}")
    warm = "return (vim.g.emberline_status or {}).message or ''"
    wait_until(lambda: str(editor.lua(warm)).endswith("warm"), "the model was never warm", 60)
    return editor


def _measured(editor: Editor, model: Served, rounds: int) -> dict[str, object]:
    fresh: list[float] = []
    server: list[float] = []
    through: list[float] = []
    gone = keys = 0
    for number in range(rounds):
        model.script(text=TEXT, probabilities=False)
        line = f"def area{number}(radius, offset): return"
        editor.keys("<Esc>")
        editor.lua("vim.api.nvim_buf_set_lines(0, 0, -1, true, { ... })", line)
        editor.keys("A")
        wait_until(lambda: editor.nvim.api.get_mode()["mode"] == "i")
        time.sleep(KEY_S)
        editor.frames()
        editor.lua("Took = nil")
        fresh.append(_after(editor, " ", f"{line} {TEXT}")[0])
        server.append(float(editor.lua("return Took or 0")))
        time.sleep(KEY_S)
        for char in TEXT[:12]:
            milliseconds, without = _after(editor, char, f"{line} {TEXT}")
            through.append(milliseconds)
            keys += 1
            gone += without > 0
            time.sleep(KEY_S)
            gone += any(row != f"{line} {TEXT}" for row in editor.frames())
    return {
        "a new suggestion, from the key to the frame, ms": distribution(fresh),
        "of that the server, ms": distribution(server),
        "typed through, from the key to the frame, ms": distribution(through),
        "keys typed through": keys,
        "of them with a frame without the text in between": gone,
    }


def _after(editor: Editor, key: str, row: str) -> tuple[float, int]:
    """Milliseconds from the key to the first frame whose first row is this, and how many came before that."""
    began = time.perf_counter()
    editor.keys(key)
    for without, seen in enumerate(editor.repaints(f"late {began}", PATIENCE_MS)):
        if seen == row:
            return (time.perf_counter() - began) * 1000, without
    raise AssertionError(f"{row!r} never came")


if __name__ == "__main__":
    main("Neovim", run)
