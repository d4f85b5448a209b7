"""What the editor asks, is answered and tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.lsp.raw import URI, Raw, at, over_stdio


async def test_it_is_advertised(fresh: Raw) -> None:
    result = await fresh.initialize()
    assert result["serverInfo"]["name"] == "emberline"
    capabilities = result["capabilities"]
    assert capabilities["inlineCompletionProvider"] is not None
    assert capabilities["textDocumentSync"] == {"openClose": True, "change": 2}
    assert set(capabilities["executeCommandProvider"]["commands"]) == {
        "emberline.accepted",
        "emberline.ask",
        "emberline.classify",
        "emberline.commitMessage",
        "emberline.explainRoute",
        "emberline.refactor",
        "emberline.report",
        "emberline.summarize",
        "emberline.summarizeLog",
    }
    assert capabilities["workspace"]["workspaceFolders"]["supported"] is True


async def test_an_item_has_text_range_and_the_command_of_acceptance(client: Raw) -> None:
    client.open("x = ")
    answer = await client.call("textDocument/inlineCompletion", at(0, 4))
    (item,) = answer["items"]
    assert item["insertText"] == "done()"
    assert item["range"]["start"] == item["range"]["end"] == {"line": 0, "character": 4}
    assert item["command"]["command"] == "emberline.accepted"
    assert item["command"]["arguments"] == [{"id": "s-1", "lane": "recalled", "elapsedMs": 1.25}]

    client.notify("textDocument/didShowCompletion", {"item": item})
    client.notify("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": 3})
    await client.call("workspace/executeCommand", item["command"])
    events = await client.events()
    assert events[-3:] == [["shown", "s-1"], ["partially accepted", "s-1", 3], ["accepted", "s-1"]]


async def test_malformed_tellings_are_ignored(client: Raw) -> None:
    nonsense: tuple[Any, ...] = (None, {}, {"item": {}}, {"item": {"command": {"arguments": [{}]}}})
    for params in nonsense:
        client.notify("textDocument/didShowCompletion", params)
        client.notify("textDocument/didPartiallyAcceptCompletion", params)
    item = {"command": {"arguments": [{"id": "s-1"}]}}
    client.notify("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": -1})
    assert all(event[0] == "started" for event in await client.events())


async def test_the_way_it_was_asked(client: Raw) -> None:
    client.open("pri")
    selected = {
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 3}},
        "text": "print",
    }
    await client.call(
        "textDocument/inlineCompletion",
        at(0, 99, context={"triggerKind": 1, "selectedCompletionInfo": selected}),
    )
    assert (await client.events())[-2:] == [["asked", 0, 3, True], ["selected", 0, "print"]]


async def test_a_request_for_an_older_version_is_stale(client: Raw) -> None:
    client.open("x")
    client.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": URI, "version": 5}, "contentChanges": [{"text": "xy"}]},
    )
    old, now = ({"uri": URI, "version": version} for version in (4, 5))
    assert await client.call("textDocument/inlineCompletion", at(0, 1, textDocument=old)) == {"items": []}
    answer = await client.call("textDocument/inlineCompletion", at(0, 1, textDocument=now))
    assert len(answer["items"]) == 1


async def test_a_paused_server_answers_empty(client: Raw) -> None:
    client.open("slow\nquick")
    asked = client.ask(0, 4)
    await client.call("emberline/pause")
    assert (await client.answer(asked))["result"] == {"items": []}
    assert await client.call("textDocument/inlineCompletion", at(1, 5)) == {"items": []}
    assert (await client.call("emberline/status"))["kind"] == "inactive"
    await client.call("emberline/resume")
    assert len((await client.call("textDocument/inlineCompletion", at(1, 5)))["items"]) == 1
    kinds = [m["params"]["kind"] for m in client.seen if m.get("method") == "didChangeStatus"]
    assert kinds[-2:] == ["inactive", "normal"]


async def test_nothing_is_worked_for_while_paused_and_nothing_is_missed(client: Raw) -> None:
    client.open("a")
    await client.call("emberline/pause")
    change = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": "ab"}]}
    client.notify("textDocument/didChange", change)
    await client.call("emberline/resume")
    events = await client.events()
    assert events[-2:] == [["rested"], ["opened", URI, 2, "ab"]]


async def test_folders_and_options_reach_the_completer(tmp_path: Path) -> None:
    folder = tmp_path / "with space é"
    async with over_stdio() as client:
        await client.initialize(
            workspaceFolders=[{"uri": folder.as_uri(), "name": "a"}, {"uri": "untitled:b", "name": "b"}],
            initializationOptions={"emberline": {"refresh": True, "speed": 3}},
        )
        client.open("refresh")
        await client.call("textDocument/inlineCompletion", at(0, 7))
        assert {
            "jsonrpc": "2.0",
            "method": "emberline/refreshInlineCompletion",
            "params": {"uri": URI},
        } in client.seen
        events = await client.events()
    assert ["started", [str(folder)], {"refresh": True, "speed": 3}] in events


async def test_refresh_is_told_only_to_clients_that_know_it(client: Raw) -> None:
    client.open("refresh")
    await client.call("textDocument/inlineCompletion", at(0, 7))
    assert "emberline/refreshInlineCompletion" not in [message.get("method") for message in client.seen]


async def test_progress_only_where_the_client_has_it(client: Raw) -> None:
    client.open("progress")
    await client.call("textDocument/inlineCompletion", at(0, 7))
    await client.quiet()
    assert {message.get("method") for message in client.seen} <= {None, "didChangeStatus"}


async def test_progress_waits_for_the_clients_consent() -> None:
    async with over_stdio() as client:
        await client.initialize(capabilities={"window": {"workDoneProgress": True}})
        client.open("progress")
        await client.call("textDocument/inlineCompletion", at(0, 7))
        (create,) = [m for m in client.seen if m.get("method") == "window/workDoneProgress/create"]
        assert create["params"] == {"token": "pull"}
        assert "$/progress" not in [message.get("method") for message in client.seen]
        client.send({"jsonrpc": "2.0", "id": create["id"], "result": None})
        await client.quiet()
        told: list[Any] = [m["params"]["value"] for m in client.seen if m.get("method") == "$/progress"]
        assert [value["kind"] for value in told] == ["begin", "report", "end"]
        assert told[1]["percentage"] == 40

        await client.call("textDocument/inlineCompletion", at(0, 7))
        create = [m for m in client.seen if m.get("method") == "window/workDoneProgress/create"][-1]
        before = len(client.seen)
        client.send({"jsonrpc": "2.0", "id": create["id"], "error": {"code": -32603, "message": "no"}})
        await client.quiet()
        assert "$/progress" not in [message.get("method") for message in client.seen[before:]]


async def test_a_stray_print_does_not_reach_the_protocol(client: Raw) -> None:
    client.open("noise")
    assert len((await client.call("textDocument/inlineCompletion", at(0, 5)))["items"]) == 1
    await client.quiet()
