"""A real VS Code: from a key to painted ghost text, beside the server's own time, and whether it flickers.

The model is a scripted one that answers at once: measured are VS Code, the extension and the server.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.servers import Served, serving
from tests.vscode.conftest import SERVER, environment
from tests.vscode.watching import SEEN, START
from tests.vscode.window import Code, Window, wait_until

from benchmarks.common import distribution, main

TEXT = "math.pi * radius ** 2 + offset"
KEY_S = 0.12
"""Between two keys: a fast typist, and more than VS Code waits before it asks (50 ms)."""


def run(short: bool) -> dict[str, object]:
    """Milliseconds, and how often the text was taken away while the user typed what it says."""
    rounds = 6 if short else 40
    with tempfile.TemporaryDirectory(prefix="emberline") as name, serving("tests.servers.ollama") as model:
        folder = Path(name)
        (folder / "work").mkdir()
        (folder / "config.yaml").write_text(json.dumps({"engine": {"embedded": False}}), "utf-8")
        surroundings = environment(folder, OLLAMA_HOST=model.url)
        code = Code(folder / "code", {"emberline.command": SERVER}, surroundings)
        try:
            window = code.open(folder / "work")
            window.trust()
            window.until_warm()
            window.wake()
            return _measured(window, model, rounds)
        finally:
            code.close()


def _measured(window: Window, model: Served, rounds: int) -> dict[str, object]:
    fresh, server, through = [], [], []
    cleared = keys = 0
    for number in range(rounds):
        model.script(text=TEXT, probabilities=False)
        window.edit(
            f"area{number}.py", f"def area_{number}(radius, offset):\n    area = {number}\n    return|\n"
        )
        window.page(START)
        window.type(" ")
        window.shows(TEXT)
        time.sleep(KEY_S)
        seen = window.page(SEEN)
        fresh.append(seen["frames"][0]["at"] - seen["keys"][0]["at"])
        server.append(_server_ms(window))
        window.page(START)
        for char in TEXT[:12]:
            window.type(char)
            time.sleep(KEY_S)
        wait_until(lambda: window.ghost() == TEXT[12:], "the text does not follow the typing")
        seen = window.page(SEEN)
        keys += len(seen["keys"])
        cleared += sum(not change["text"] for change in seen["changes"])
        through += _paints(seen)
    return {
        "a new suggestion, from the key to the painted frame, ms": distribution(fresh),
        "of that the server, ms": distribution(server),
        "typed through, from the key to the painted frame, ms": distribution(through),
        "keys typed through": keys,
        "of them with the ghost text taken away in between": cleared,
    }


def _server_ms(window: Window) -> float:
    ours = "vscode.extensions.getExtension('emberline.emberline').exports"
    return float(window.api(f"return {ours}.answer()")["milliseconds"])


def _paints(seen: dict[str, Any]) -> list[float]:
    """For each key the time to the first frame behind it in which the text had followed."""
    return [
        next(frame["at"] for frame in seen["frames"] if frame["at"] > key["at"]) - key["at"]
        for key in seen["keys"]
    ]


if __name__ == "__main__":
    main("VS Code", run)
