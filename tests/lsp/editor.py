"""A client with a user: it opens documents, applies edits by its own reading of the protocol."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from tests.lsp.raw import URI, Raw, over_stdio

SERVED = ("tests.lsp.refactored",)
REFACTOR = "emberline.refactor"
OTHER, MADE, MOVED, FURTHER, GONE = (
    f"file:///project/{name}.py" for name in ("other", "made", "moved", "further", "gone")
)

WHOLE: dict[str, Any] = {
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "refactor"]}},
            "isPreferredSupport": True,
            "disabledSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
            "tagSupport": {"valueSet": [1]},
        }
    },
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
            "failureHandling": "abort",
            "metadataSupport": True,
        },
    },
    "window": {"workDoneProgress": True},
}
"""A client that can do everything but annotations, which take the place of `emberline/confirm`."""


def able(*path: str, value: Any, capabilities: dict[str, Any] = WHOLE) -> dict[str, Any]:
    """These capabilities with one of them as said; None takes it away."""
    first, *rest = path
    inner = able(*rest, value=value, capabilities=capabilities.get(first, {})) if rest else value
    return {name: what for name, what in (capabilities | {first: inner}).items() if what is not None}


def place(start: int, end: int, line: int = 0, last: int | None = None) -> dict[str, Any]:
    return {
        "start": {"line": line, "character": start},
        "end": {"line": line if last is None else last, "character": end},
    }


def order(action: Any = "simplify", **more: Any) -> dict[str, Any]:
    return {"uri": URI, "version": 1, "range": place(0, 0), "action": action} | more


@dataclass
class Editor:
    """One conversation; `texts` are its documents and files."""

    raw: Raw
    texts: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    _heard: int = 0

    def open(self, text: str, uri: str = URI) -> None:
        self.texts[uri], self.versions[uri] = text, 1
        self.raw.open(text, uri)

    def type(self, text: str, uri: str = URI) -> None:
        """The whole document anew."""
        self.texts[uri] = text
        self.versions[uri] += 1
        identifier = {"uri": uri, "version": self.versions[uri]}
        self.raw.notify(
            "textDocument/didChange", {"textDocument": identifier, "contentChanges": [{"text": text}]}
        )

    def command(self, argument: dict[str, Any], **more: Any) -> int:
        return self.raw.request(
            "workspace/executeCommand", {"command": REFACTOR, "arguments": [argument]} | more
        )

    async def asked(self, method: str) -> dict[str, Any]:
        """The server's next request of this kind."""
        while True:
            while self._heard < len(self.raw.seen):
                message = self.raw.seen[self._heard]
                self._heard += 1
                if message.get("method") == method:
                    return message
            await self.raw.receive()

    def reply(self, request: dict[str, Any], result: Any) -> None:
        self.raw.send({"jsonrpc": "2.0", "id": request["id"], "result": result})

    def fail(self, request: dict[str, Any], message: str = "cannot") -> None:
        error = {"code": -32603, "message": message}
        self.raw.send({"jsonrpc": "2.0", "id": request["id"], "error": error})

    async def apply(self) -> dict[str, Any]:
        """Applies the next edit, tells of it and says so; returns the request's params."""
        request = await self.asked("workspace/applyEdit")
        changed = carry_out(request["params"]["edit"], self.texts, self.versions)
        for uri in changed & self.versions.keys():
            self.type(self.texts[uri], uri)
        self.reply(request, {"applied": True})
        params: dict[str, Any] = request["params"]
        return params

    async def result(self, identity: int) -> dict[str, Any]:
        message = await self.raw.answer(identity)
        assert "result" in message, message
        result: dict[str, Any] = message["result"]
        return result

    def said(self, kind: int | None = None) -> list[str]:
        """The messages so far; 2 warns, 3 informs."""
        return [
            message["params"]["message"]
            for message in self.raw.seen
            if message.get("method") == "window/showMessage"
            and (kind is None or message["params"]["type"] == kind)
        ]

    def methods(self) -> list[str]:
        return [message["method"] for message in self.raw.seen if "method" in message]

    def progress(self) -> list[dict[str, Any]]:
        return [m["params"] for m in self.raw.seen if m.get("method") == "$/progress"]


def carry_out(
    edit: dict[str, Any],
    texts: dict[str, str],
    versions: dict[str, int] | None = None,
    encoding: str = "utf-16",
) -> set[str]:
    """Applies a workspace edit in its order; what does not fit fails. Returns the URIs of changed texts."""
    changed = set(edit.get("changes", {}))
    for uri, edits in edit.get("changes", {}).items():
        texts[uri] = edited(texts[uri], edits, encoding)
    for step in edit.get("documentChanges", []):
        match step.get("kind"):
            case "create":
                assert step["uri"] not in texts
                texts[step["uri"]] = ""
            case "rename":
                assert step["newUri"] not in texts
                texts[step["newUri"]] = texts.pop(step["oldUri"])
            case "delete":
                del texts[step["uri"]]
            case _:
                uri, version = step["textDocument"]["uri"], step["textDocument"]["version"]
                assert version == (versions or {}).get(uri)
                texts[uri] = edited(texts[uri], step["edits"], encoding)
                changed.add(uri)
    return changed


def edited(text: str, edits: list[dict[str, Any]], encoding: str = "utf-16") -> str:
    """Edits that are all about the same text, by offsets of its encoded form."""
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
    lines, position = [], 0
    while position <= len(text):
        ends = [at for at in (text.find("\n", position), text.find("\r", position)) if at >= 0]
        end = min(ends, default=len(text))
        lines.append((position, end))
        position = end + (2 if text[end : end + 2] == "\r\n" else 1)

    def offset(at: dict[str, int]) -> int:
        start, end = lines[at["line"]]
        encoded = text[start:end].encode(codec)
        assert at["character"] * width <= len(encoded), "behind the line's end"
        return start + len(encoded[: at["character"] * width].decode(codec))

    spans = sorted(
        (offset(each["range"]["start"]), offset(each["range"]["end"]), each["newText"]) for each in edits
    )
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans)), "overlap"
    for start, end, new in reversed(spans):
        text = text[:start] + new + text[end:]
    return text


@contextlib.asynccontextmanager
async def editor(
    text: str = "", capabilities: dict[str, Any] = WHOLE, **options: Any
) -> AsyncIterator[Editor]:
    """With dialogs, unless `dialogs=False`; `text` is opened where there is one."""
    own = {"dialogs": True} | options
    async with over_stdio(*SERVED) as raw:
        await raw.initialize(capabilities=capabilities, initializationOptions={"emberline": own})
        one = Editor(raw)
        if text:
            one.open(text)
        yield one
