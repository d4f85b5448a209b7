"""What refactorings cost beside the model: from request to menu, and our own share of a change in 1, 10 and
50 files, in a workspace of 5,000.

The model is a process beside us that answers at once what it was told to, over OpenAI's protocol: what is
left is reading, gathering, deciding, sending, landing and checking. "model ms" is that process's share.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from tests.servers import Served, serving
from tests.servers.talking import KEY

from benchmarks.client import EMBERLINE, Client
from benchmarks.common import distribution
from benchmarks.common import main as command_line
from benchmarks.index import workspace
from emberline.config.load import load
from emberline.documents.store import Document
from emberline.documents.text import Text
from emberline.refactor.port import Outcome
from emberline.refactor.service import Refactoring
from emberline.routing.router import Router
from emberline.syntax.types import Span

FILES = 5_000
CALLERS = (1, 10, 50)
"""Files that a refactoring changes, the definition's own among them."""
LINES = 1_000
"""Of the file that the menu is asked for."""


def run(short: bool) -> dict[str, object]:
    """Milliseconds. The short run has a tenth of the files."""
    with tempfile.TemporaryDirectory() as folder, serving("tests.servers.openai") as cloud:
        root = Path(folder) / "work"
        workspace(root, FILES // 10 if short else FILES)
        for count in CALLERS:
            _callers(root / f"crowd_{count}", count)
        with _configured(Path(folder), cloud):
            menus = _menus(root, 30 if short else 200)
            shares = asyncio.run(_shares(root, cloud, 3 if short else 10))
        return {**menus, **shares}


@contextmanager
def _configured(folder: Path, cloud: Served) -> Iterator[None]:
    """A user with an open workspace, one cloud, and no model of their own."""
    config = folder / "config.yaml"
    config.write_text(
        "privacy: {mode: open}\nengine: {embedded: false}\nbackends: {discover: false}\n"
        f"router: {{cloud_endpoint: '{cloud.url}/v1', cloud_api_key: {KEY}}}\n"
    )
    before = dict(os.environ)
    os.environ |= {"EMBERLINE_CONFIG": str(config), "EMBERLINE_STATE": str(folder / "state")}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _callers(folder: Path, count: int) -> None:
    """A function and those who call it, a file each."""
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "store.py").write_text(
        f"def close_{folder.name}(store):\n    return store.name\n\n\n" + _filler(120)
    )
    for number in range(1, count):
        (folder / f"caller_{number}.py").write_text(
            f"from {folder.name}.store import close_{folder.name}\n\n\n{_filler(120)}\n\n"
            f"def end_{number}(store):\n    return close_{folder.name}(store)\n"
        )


def _filler(lines: int) -> str:
    return "\n\n".join(
        f"def step_{n}(value):\n    total = value * {n}\n    return total + {n}\n" for n in range(lines // 4)
    )


# -- the menu -----------------------------------------------------------------------------------------


def _menus(root: Path, rounds: int) -> dict[str, object]:
    """A code-action request over standard input and output, at places all over a long file; the text is the
    same at each, as while a user looks around, or another one, as after each key."""
    text = _filler(LINES)
    path = root / "long.py"
    path.write_text(text)
    uri = path.as_uri()
    with Client(*EMBERLINE) as client:
        client.call(
            "initialize",
            {
                "processId": None,
                "capabilities": {"textDocument": {"codeAction": {"codeActionLiteralSupport": {}}}},
                "workspaceFolders": [{"uri": root.as_uri(), "name": "work"}],
            },
        )
        client.notify("initialized", {})
        client.wait_until_loaded()
        opened = {"uri": uri, "languageId": "python", "version": 0, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": opened})
        first = _menu(client, uri, 0)
        _until_read(client.process.pid)
        looked = [_menu(client, uri, 4 * number % LINES) for number in range(rounds)]
        typed = []
        for number in range(rounds):
            line = 4 * number % LINES
            place = {"line": line, "character": 0}
            change = {"range": {"start": place, "end": place}, "text": "#"}
            client.notify(
                "textDocument/didChange",
                {"textDocument": {"uri": uri, "version": number + 1}, "contentChanges": [change]},
            )
            typed.append(_menu(client, uri, line + 1))
    return {
        "request to first menu ms": first,
        f"request to menu, {LINES} lines, ms": distribution(looked),
        f"request to menu after a change, {LINES} lines, ms": distribution(typed),
    }


def _until_read(server: int) -> None:
    """Waits until the child that reads the workspace rests, which else takes a core from what is measured."""
    spent = -1.0
    while True:
        children = psutil.Process(server).children(recursive=True)
        now = sum(sum(each.cpu_times()[:2]) for each in children)
        if now == spent:
            return
        spent = now
        time.sleep(1.0)


def _menu(client: Client, uri: str, line: int) -> float:
    place = {"line": line, "character": 5}
    asked = {
        "textDocument": {"uri": uri},
        "range": {"start": place, "end": place},
        "context": {"diagnostics": []},
    }
    began = time.perf_counter()
    client.call("textDocument/codeAction", asked)
    return (time.perf_counter() - began) * 1000


# -- our share ----------------------------------------------------------------------------------------


class _Nobody:
    def step(self, words: str, done: int = 0, of: int = 0) -> None:
        pass


async def _shares(root: Path, cloud: Served, rounds: int) -> dict[str, object]:
    router = Router(load((root,)), (root,))
    service = Refactoring(router, (root,))
    results: dict[str, object] = {}
    try:
        await router.surveyed()
        began = time.perf_counter()
        await service.indexed()
        results["index of the workspace, seconds"] = time.perf_counter() - began
        for count in CALLERS:
            done = [await _renamed(service, root / f"crowd_{count}", count, cloud) for _ in range(rounds)]
            for share in ("ownMs", "modelMs"):
                name = f"{count} files, {'our own share' if share == 'ownMs' else 'model'} ms"
                results[name] = distribution([float(str(each.details[share])) for each in done])
    finally:
        await service.close()
        await router.close()
    return results


async def _renamed(service: Refactoring, folder: Path, count: int, cloud: Served) -> Outcome:
    path = folder / "store.py"
    document = Document(path.as_uri(), "python", 0, Text.of(path.read_text()))
    cloud.script(answers=[{"text": _answer(folder.name, count)}])
    assignment = await service.assignment(document, Span(5, 5), "rename-concept", f"shut_{folder.name}")
    outcome = await service.run(assignment, _Nobody())
    assert outcome.change is not None and len(outcome.change.files) == count
    return outcome


def _answer(package: str, count: int) -> str:
    old, new = f"close_{package}", f"shut_{package}"
    edits = [("store.py", f"def {old}(store):")]
    for number in range(1, count):
        edits += [
            (f"caller_{number}.py", f"import {old}"),
            (f"caller_{number}.py", f"return {old}(store)"),
        ]
    rows = [
        {"file": f"{package}/{name}", "anchor": anchor, "replacement": anchor.replace(old, new)}
        for name, anchor in edits
    ]
    return json.dumps({"summary": "Renamed.", "edits": rows})


if __name__ == "__main__":
    command_line("Refactorings beside the model", run)
