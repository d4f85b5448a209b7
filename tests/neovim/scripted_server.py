"""A language server over stdio that answers inline completions as a test states, and logs what it is told.

Run as `python scripted_server.py FOLDER`. It reads FOLDER/answers.json at every question:

    {"line up to the cursor": [{"text": "…", "before": 0, "after": 0}, …], …}

`before` and `after` are the UTF-16 units on either side of the cursor that the item's range covers. Only a
question asked by hand gets more than the first. No entry means no items; the entry "hold" means that the
question stays open until it is cancelled. Every message received is appended to FOLDER/log.jsonl. The
notification `test/refresh` makes it send `emberline/refreshInlineCompletion`, `test/status` its parameters as
its status, `test/hang` answer nothing any more.

A code action request is answered with `actions` of FOLDER/refactoring.json, and one is resolved into what
`resolved` has under its title. The command `emberline.refactor`, and a request for a task such as
`emberline/ask`, go through its `steps`, each one of

    {"ask": method, "params": …, "refused": [steps]}    a request; after a "no" these steps and no others
    {"tell": method, "params": …}                       a notification
    {"pause": true}                                     until the notification `test/go`
    {"hold": [steps]}                                   until it is cancelled; then these
    {"answer": result} or {"fail": error}               the end

With more arguments it is no server but a command that tells what it was called with, or which models there
are.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

Message = dict[str, Any]


def read(stream: BinaryIO) -> Message | None:
    length = 0
    while header := stream.readline().strip():
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(stream.read(length)) if length else None


@dataclass
class Job:
    """A refactoring under way."""

    message: Message
    steps: list[Message]
    waits: str = ""
    """For "go", for "cancel", or for the answer to the request of this id."""
    otherwise: tuple[Message, ...] = ()
    """The steps after a "no" or a "cancel"."""


class Server:
    def __init__(self, folder: Path, out: BinaryIO) -> None:
        self._folder = folder
        self._out = out
        self._text: dict[str, str] = {}
        self._questions = 0
        self._asked = 0
        self._jobs: list[Job] = []
        self._status: Message = WARM
        self._hangs = False

    def handle(self, message: Message) -> None:
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(message) + "\n")
        method, params = message.get("method"), message.get("params") or {}
        match method:
            case _ if self._hangs:
                pass
            case "initialize":
                self._answer(message, {"capabilities": CAPABILITIES, "serverInfo": {"name": "scripted"}})
            case "textDocument/didOpen":
                self._text[params["textDocument"]["uri"]] = params["textDocument"]["text"]
            case "textDocument/didChange":
                self._text[params["textDocument"]["uri"]] = params["contentChanges"][-1]["text"]
            case "textDocument/inlineCompletion":
                self._complete(message, params)
            case "textDocument/codeAction":
                self._answer(message, self._script().get("actions", []))
            case "codeAction/resolve":
                self._answer(message, {**params, **self._script()["resolved"].get(params["title"], {})})
            case "workspace/executeCommand" if params["command"] == "emberline.refactor":
                job = Job(message, self._script()["steps"])
                self._jobs.append(job)
                self._go_on(job)
            case _ if method in TASKS:
                job = Job(message, self._script()["steps"])
                self._jobs.append(job)
                self._go_on(job)
            case "window/workDoneProgress/cancel":
                self._resume("cancel", refused=True)
            case "test/go":
                self._resume("go")
            case None if message.get("id") in [job.waits for job in self._jobs]:
                result = message.get("result") or {}
                self._resume(message["id"], refused=not result.get("accept", True))
            case "$/cancelRequest" if params["id"] in [job.message["id"] for job in self._jobs]:
                self._resume("cancel", refused=True)
            case "$/cancelRequest":
                self._send({"id": params["id"], "error": {"code": -32800, "message": "cancelled"}})
            case "emberline/explainRoute":
                self._answer(message, {"text": EXPLANATION, "route": {}})
            case "emberline/status":
                self._answer(message, {**self._status, "version": "1.2.3", "stats": STATS})
            case "emberline/pause" | "emberline/resume":
                self._become(PAUSED if method == "emberline/pause" else WARM)
                self._answer(message, None)
            case "test/status":
                self._become(params)
            case "test/hang":
                self._hangs = True
            case "test/refresh":
                self._send({"method": "emberline/refreshInlineCompletion", "params": params})
            case "exit":
                raise SystemExit(0)
            case _ if "id" in message and "method" in message:
                self._answer(message, None)

    def _script(self) -> Message:
        script: Message = json.loads((self._folder / "refactoring.json").read_text("utf-8"))
        return script

    def _resume(self, waits: str, *, refused: bool = False) -> None:
        for job in [job for job in self._jobs if job.waits == waits]:
            if refused and job.otherwise:
                job.steps = list(job.otherwise)
            self._go_on(job)

    def _go_on(self, job: Job) -> None:
        job.waits, job.otherwise = "", ()
        while job.steps and not job.waits:
            match job.steps.pop(0):
                case {"ask": method, "params": params, **more}:
                    self._asked += 1
                    job.waits = f"{method} {self._asked}"
                    job.otherwise = tuple(more.get("refused", ()))
                    self._send({"id": job.waits, "method": method, "params": params})
                case {"tell": method, "params": params}:
                    self._send({"method": method, "params": params})
                case {"pause": _}:
                    job.waits = "go"
                case {"hold": otherwise}:
                    job.waits, job.otherwise = "cancel", tuple(otherwise)
                case {"answer": result}:
                    self._jobs.remove(job)
                    self._answer(job.message, result)
                case {"fail": error}:
                    self._jobs.remove(job)
                    self._send({"id": job.message["id"], "error": error})

    def _become(self, status: Message) -> None:
        self._status = status
        self._send({"method": "didChangeStatus", "params": status})

    def _complete(self, message: Message, params: Message) -> None:
        position = params["position"]
        line = self._text[params["textDocument"]["uri"]].split("\n")[position["line"]]
        before = line.encode("utf-16-le")[: 2 * position["character"]].decode("utf-16-le")
        answers = json.loads((self._folder / "answers.json").read_text("utf-8"))
        entries = answers.get(before, [])
        if entries == "hold":
            return
        if params["context"]["triggerKind"] == 2:
            entries = entries[:1]
        self._answer(message, {"items": [self._item(entry, position) for entry in entries]})

    def _item(self, entry: Message, position: Message) -> Message:
        self._questions += 1
        row, column = position["line"], position["character"]
        start, stop = column - entry.get("before", 0), column + entry.get("after", 0)
        argument = {"id": f"s{self._questions}", "lane": "recalled", "elapsedMs": 1.0}
        return {
            "insertText": entry["text"],
            "range": {"start": {"line": row, "character": start}, "end": {"line": row, "character": stop}},
            "command": {"title": "Accepted", "command": "emberline.accepted", "arguments": [argument]},
        }

    def _answer(self, message: Message, result: object) -> None:
        self._send({"id": message["id"], "result": result})

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._out.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._out.flush()


EXPLANATION = "completion  goes to a model here\nbecause     it is warm"

WARM: Message = {"kind": "normal", "busy": False, "message": "scripted, warm"}
PAUSED: Message = {"kind": "inactive", "busy": False, "message": "paused"}
STATS: Message = {"engine": "scripted, warm", "privacy": {"mode": "strict", "from": "the default"}}

TASKS = ("emberline/commitMessage", "emberline/summarize", "emberline/summarizeLog", "emberline/ask")
MODELS = [
    {"name": "small", "bytes": 491_400_064, "state": "ready", "in_use": True},
    {"name": "large", "bytes": 1_117_320_768, "state": "missing", "in_use": False},
    {"name": "(your own)", "bytes": 1, "state": "ready", "in_use": False},
]

# UTF-16 and whole texts: the one is what LSP demands of everybody, the other keeps this program simple.
CAPABILITIES: Message = {
    "positionEncoding": "utf-16",
    "textDocumentSync": {"openClose": True, "change": 1},
    "inlineCompletionProvider": {},
    "executeCommandProvider": {"commands": ["emberline.accepted", "emberline.refactor"]},
    "codeActionProvider": {"resolveProvider": True},
}


def main() -> None:
    called = sys.argv[2:]
    if called[:2] == ["models", "list"]:
        print(json.dumps({"models": MODELS}))
        return
    if called and called != ["serve"]:
        print(" ".join(called), "in", Path.cwd().name, "for", os.environ.get("WHOM", "nobody"))
        return
    server = Server(Path(sys.argv[1]), sys.stdout.buffer)
    while message := read(sys.stdin.buffer):
        server.handle(message)


if __name__ == "__main__":
    main()
