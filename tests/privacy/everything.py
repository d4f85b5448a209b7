"""Uses every feature once, with the settings of the environment: `python -m tests.privacy.everything FOLDER`.

Prints one JSON object: whether code was completed, which backends answered, and what left the machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from emberline.backends.failure import Failure
from emberline.backends.messages import Chat, Message
from emberline.config.load import load
from emberline.privacy import audit
from emberline.privacy.labels import strictest
from emberline.replay.client import Client
from emberline.replay.run import warm
from emberline.routing.request import Request, Task
from emberline.routing.router import Router
from tests.servers import serving

PATIENCE_SECONDS = 60.0
CODE = "def mean(values):\n    total = sum(values)\n    return total / "
COMMANDS = (
    ("doctor", "--json"),
    ("route", "a.py", "--task", "refactor", "--explain"),
    ("route", "a.py", "--task", "long-document", "--tokens", "200000", "--json"),
    ("privacy", "show"),
    ("privacy", "audit", "--json"),
    ("config", "show"),
    ("models", "list"),
    ("complete", "a.py:3:20", "--json"),
)


async def edit(folder: Path) -> list[dict[str, Any]]:
    """What a real server suggests, and everything else that an editor asks of it."""
    client = await Client.start(folder)
    try:
        await warm(client)
        uri = (folder / "a.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": CODE}
        client.notify("textDocument/didOpen", {"textDocument": document})
        asked = {
            "textDocument": {"uri": uri},
            "position": {"line": 2, "character": 19},
            "context": {"triggerKind": 1},
        }
        items: list[dict[str, Any]] = []
        until = time.monotonic() + PATIENCE_SECONDS
        while not items and time.monotonic() < until:
            items = (await client.request("textDocument/inlineCompletion", asked))["items"]
        await client.request("emberline/explainRoute", None)
        wishes = {"emberline": {"completion": {"max_lines": 2}, "privacy": {"mode": "open"}}}
        client.notify("workspace/didChangeConfiguration", {"settings": wishes})
        await asyncio.sleep(1)  # it is taken up, and everybody is looked for anew
        await client.request("workspace/executeCommand", {"command": "emberline.explainRoute"})
        return items
    finally:
        await client.stop()


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


async def ask_for_everything(folder: Path) -> list[str]:
    """The backends that answered, of all tasks of the router."""
    router = Router(load((folder,)), (folder,))
    answered = set()
    try:
        await router.surveyed()
        label = router.label((folder / "a.py").as_uri())
        assert label is not None
        for task in Task:
            chat = Chat((Message("user", f"Say in one word what this does:\n{CODE}"),), max_tokens=4)
            request = Request(task, strictest((label,)), input_tokens=40, output_tokens=4)
            try:
                answer = await router.answer(request, chat, (label,), deadline_seconds=30)
            except Failure:
                continue
            assert answer.decision.chosen is not None
            answered.add(answer.decision.chosen.backend)
        chat = Chat((Message("user", "How many words are in: one two three?"),), max_tokens=20)
        with suppress(Failure):
            await router.structured(Request(Task.CLASSIFICATION), chat, (label,), SCHEMA, 30)
        await router.count_tokens(CODE)
    finally:
        await router.close()
    return sorted(answered)


def main(folder: Path) -> None:
    (folder / "work").mkdir()
    (folder / "work" / "a.py").write_text(CODE)
    for command in COMMANDS:
        subprocess.run(
            [sys.executable, "-m", "emberline", *command],
            cwd=folder / "work",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    completed = asyncio.run(edit(folder / "work"))
    answered = asyncio.run(ask_for_everything(folder / "work"))
    with serving("tests.servers.ollama") as ollama:  # and once more with a server that the user runs
        os.environ["OLLAMA_HOST"] = ollama.url
        completed = completed and asyncio.run(edit(folder / "work"))
        answered += asyncio.run(ask_for_everything(folder / "work"))
    left = [send.destination for send in audit.left() if not send.refused]
    print(json.dumps({"completed": bool(completed), "answered": answered, "left": left}))


main(Path(sys.argv[1]))
