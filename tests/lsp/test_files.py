"""What the client tells of documents and files reaches the refactorer."""

from __future__ import annotations

from typing import Any

from tests.lsp.editor import SERVED, WHOLE, able, editor
from tests.lsp.raw import URI, Raw, over_stdio
from tests.lsp.test_documents_over_the_wire import change

A, B = "file:///project/a%20b.py", "file:///project/b.py"


async def told(raw: Raw) -> list[Any]:
    return [event[1] for event in await raw.events() if event[0] == "files"]


async def test_documents() -> None:
    async with editor("ab") as one:
        one.type("abc")
        await one.raw.call("emberline/pause")
        one.type("abcd")
        await one.raw.call("emberline/resume")
        one.raw.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
        one.raw.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
        events = [event for event in await one.raw.events() if event[0].startswith("refactorer")]
        assert events == [
            ["refactorer opened", URI, 1],
            ["refactorer changed", URI, 2],
            ["refactorer changed", URI, 3],
            ["refactorer closed", URI],
        ]


async def test_documents_that_were_open_before_it_came() -> None:
    async with over_stdio(*SERVED) as raw:
        await raw.call("initialize", {"processId": None, "capabilities": WHOLE})
        raw.open("ab")
        raw.notify("textDocument/didChange", change(2, {"text": "abc"}))
        raw.notify("initialized", {})
        while "ready" not in [message.get("params", {}).get("message") for message in raw.seen]:
            await raw.receive()
        events = [event for event in await raw.events() if event[0].startswith("refactorer")]
        assert events[-1][1:] == [URI, 2]


async def test_the_client_is_asked_to_watch_where_it_can() -> None:
    watching = able("workspace", "didChangeWatchedFiles", value={"dynamicRegistration": True})
    async with editor("x", watching) as one:
        asked = await one.asked("client/registerCapability")
        assert asked["params"]["registrations"] == [
            {
                "id": "emberline/files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": {"watchers": [{"globPattern": "**/*"}]},
            }
        ]
        one.fail(asked)
        await one.raw.quiet()
    async with editor("x", able("workspace", "didChangeWatchedFiles", value={})) as one:
        await one.raw.quiet()
        assert "client/registerCapability" not in one.methods()


async def test_what_the_watcher_sees() -> None:
    async with editor() as one:
        changes = [{"uri": uri, "type": kind} for uri, kind in ((A, 1), (B, 2), (A, 3))]
        one.raw.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        one.raw.notify("workspace/didChangeWatchedFiles", {"changes": []})
        one.raw.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": A, "type": 9}]})
        one.raw.notify("workspace/didChangeWatchedFiles", None)
        assert await told(one.raw) == [[A, B]]
        await one.raw.quiet()


async def test_what_the_user_does_to_files() -> None:
    operations = able("workspace", "fileOperations", value={"didCreate": True})
    async with over_stdio(*SERVED) as raw:
        capabilities = (await raw.initialize(capabilities=operations))["capabilities"]
        every = {"filters": [{"scheme": "file", "pattern": {"glob": "**/*"}}]}
        assert capabilities["workspace"]["fileOperations"] == {
            "didCreate": every,
            "didRename": every,
            "didDelete": every,
        }
        raw.notify("workspace/didCreateFiles", {"files": [{"uri": A}]})
        raw.notify("workspace/didRenameFiles", {"files": [{"oldUri": A, "newUri": B}]})
        raw.notify("workspace/didDeleteFiles", {"files": [{"uri": B}]})
        assert await told(raw) == [[A], [A, B], [B]]
    async with over_stdio(*SERVED) as raw:
        assert "fileOperations" not in (await raw.initialize())["capabilities"]["workspace"]
