"""A language server over stdio that answers inline completions as a test states, and logs what it is told.

Run as `python scripted_server.py FOLDER`. It reads FOLDER/answers.json at every question:

    {"line up to the cursor": [{"text": "…", "before": 0, "after": 0}, …], …}

`before` and `after` are the UTF-16 units on either side of the cursor that the item's range covers. Only a
question asked by hand gets more than the first. No entry means no items; the entry "hold" means that the
question stays open until it is cancelled. Every message received is appended to FOLDER/log.jsonl. The
notification `test/refresh` makes it send `emberline/refreshInlineCompletion`, `test/status` its parameters as
its status, `test/hang` answer nothing any more.

With more arguments it is no server but a command that tells what it was called with.
"""

from __future__ import annotations

import json
import os
import sys
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


class Server:
    def __init__(self, folder: Path, out: BinaryIO) -> None:
        self._folder = folder
        self._out = out
        self._text: dict[str, str] = {}
        self._questions = 0
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

# UTF-16 and whole texts: the one is what LSP demands of everybody, the other keeps this program simple.
CAPABILITIES: Message = {
    "positionEncoding": "utf-16",
    "textDocumentSync": {"openClose": True, "change": 1},
    "inlineCompletionProvider": {},
    "executeCommandProvider": {"commands": ["emberline.accepted"]},
}


def main() -> None:
    if called := sys.argv[2:]:
        print(" ".join(called), "in", Path.cwd().name, "for", os.environ.get("WHOM", "nobody"))
        return
    server = Server(Path(sys.argv[1]), sys.stdout.buffer)
    while message := read(sys.stdin.buffer):
        server.handle(message)


if __name__ == "__main__":
    main()
