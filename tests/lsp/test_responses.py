"""Every request gets exactly one response, whatever is wrong with it."""

from __future__ import annotations

from typing import Any

from tests.lsp.raw import URI, Raw, at

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL = (
    -32700,
    -32600,
    -32601,
    -32602,
    -32603,
)
NOT_INITIALIZED, CANCELLED = -32002, -32800


async def test_before_initialize_requests_are_refused_and_the_rest_is_dropped(fresh: Raw) -> None:
    fresh.notify("textDocument/didOpen", {})
    assert await fresh.error("textDocument/inlineCompletion", at(0, 0)) == NOT_INITIALIZED
    assert await fresh.error("initialize", []) == INVALID_PARAMS
    assert await fresh.error("initialize", {"processId": "x", "capabilities": {}}) == INVALID_PARAMS
    fresh.send_bytes(b"Content-Length: 3\r\n\r\n{]}")
    assert (await fresh.answer(None))["error"]["code"] == PARSE_ERROR
    await fresh.initialize()
    await fresh.quiet()


async def test_a_second_initialize_is_refused(client: Raw) -> None:
    assert await client.error("initialize", {"processId": None, "capabilities": {}}) == INVALID_REQUEST
    await client.quiet()


async def test_invalid_params(client: Raw) -> None:
    nonsense: tuple[Any, ...] = (
        None,
        [],
        "text",
        at(0, 0, position={"line": "one", "character": 0}),
        at(0, 0, position=None),
        at(0, 0, context={"triggerKind": 99}),
        at(0, 0, textDocument=5),
        at(0, 0, textDocument={"uri": 5}),
        {"textDocument": {"uri": URI}},
    )
    for params in nonsense:
        assert await client.error("textDocument/inlineCompletion", params) == INVALID_PARAMS
    client.notify("textDocument/didChange", {"textDocument": {}})
    await client.quiet()
    assert "window/showMessage" not in [message.get("method") for message in client.seen]


async def test_unknown_methods(client: Raw) -> None:
    for method in ("textDocument/hover", "emberline/unheard", "$/unheard", ""):
        assert await client.error(method, {}) == METHOD_NOT_FOUND
    client.notify("textDocument/didSave", {"textDocument": {"uri": URI}})
    client.notify("unheard/of", {})
    await client.quiet()


async def test_what_is_no_message(client: Raw) -> None:
    for message, identity, code in (
        ([], None, INVALID_REQUEST),
        (7, None, INVALID_REQUEST),
        ({"id": 70, "method": "shutdown"}, 70, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 71, "method": 3}, 71, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": None, "method": "shutdown"}, None, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": [1], "method": "shutdown"}, None, INVALID_REQUEST),
    ):
        client.send(message)
        assert (await client.answer(identity))["error"]["code"] == code
    await client.quiet()


async def test_broken_bytes_do_not_end_the_conversation(client: Raw) -> None:
    client.send_bytes(b"Content-Length: 9\r\n\r\nnot json!")
    assert (await client.answer(None))["error"]["code"] == PARSE_ERROR
    client.send_bytes(b"Content-Length: many\r\n\r\n")
    assert (await client.answer(None))["error"]["code"] == PARSE_ERROR
    client.send_bytes(b"Content-Length: 99999999999999\r\n\r\n")
    assert (await client.answer(None))["error"]["code"] == PARSE_ERROR
    client.send_bytes(b"Content-Length: 4\r\n\r\nnull left over ")  # a length that is too small
    assert (await client.answer(None))["error"]["code"] == INVALID_REQUEST
    await client.quiet()
    client.send_bytes(b"Content-Length: 5\r\n\r\n\xff\xfe\x00ab")
    assert (await client.answer(None))["error"]["code"] == PARSE_ERROR
    await client.quiet()


async def test_header_names_in_any_case_and_order(client: Raw) -> None:
    body = b'{"jsonrpc":"2.0","id":"text id","method":"emberline/status"}'
    header = b"content-type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length: %d\r\n\r\n"
    client.send_bytes(header % len(body) + body)
    assert (await client.answer("text id"))["result"]["kind"] == "normal"


async def test_a_message_in_many_pieces(client: Raw) -> None:
    body = b'{"jsonrpc":"2.0","id":"pieces","method":"emberline/status"}'
    for byte in b"Content-Length: %d\r\n\r\n%b" % (len(body), body):
        client.send_bytes(bytes([byte]))
        await client.writer.drain()
    assert (await client.answer("pieces"))["result"]["busy"] is False


async def test_a_cancelled_request(client: Raw) -> None:
    client.open("slow")
    asked = client.ask(0, 4)
    client.notify("$/cancelRequest", {"id": asked})
    assert (await client.answer(asked))["error"]["code"] == CANCELLED
    client.notify("$/cancelRequest", {"id": asked})
    client.notify("$/cancelRequest", {"id": "never sent"})
    client.notify("$/cancelRequest", None)
    await client.quiet()


async def test_a_superseded_request(client: Raw) -> None:
    client.open("slow\nquick")
    first, second = client.ask(0, 4), client.ask(1, 5)
    assert (await client.answer(first))["result"] == {"items": []}
    assert len((await client.answer(second))["result"]["items"]) == 1
    await client.quiet()


async def test_a_request_whose_document_changes_or_closes(client: Raw) -> None:
    client.open("slow")
    asked = client.ask(0, 4)
    edit = {"range": {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 4}}, "text": "!"}
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [edit]}
    )
    assert (await client.answer(asked))["result"] == {"items": []}
    asked = client.ask(0, 4)
    client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert (await client.answer(asked))["result"] == {"items": []}
    await client.quiet()


async def test_a_document_that_is_not_open(client: Raw) -> None:
    assert await client.call("textDocument/inlineCompletion", at(0, 0)) == {"items": []}
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": URI, "version": 2}, "contentChanges": []}
    )
    client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    await client.quiet()


async def test_a_nested_jsonrpc_key(client: Raw) -> None:
    told = {"id": "s-1", "jsonrpc": "2.0", "deep": {"jsonrpc": "2.0", "id": 4, "method": "shutdown"}}
    command = {"command": "emberline.accepted", "arguments": [told]}
    assert await client.call("workspace/executeCommand", command) is None
    assert ["accepted", "s-1"] in await client.events()


async def test_commands_that_are_not_ours_or_not_whole(client: Raw) -> None:
    for params in (
        {"command": "rm"},
        {"command": "emberline.accepted"},
        {"command": "emberline.accepted", "arguments": []},
        {"command": "emberline.accepted", "arguments": [{"id": 7}]},
        {},
    ):
        assert await client.error("workspace/executeCommand", params) == INVALID_PARAMS
    await client.quiet()


async def test_a_crash_is_an_internal_error_that_quotes_nothing(client: Raw) -> None:
    client.open("crash on secret words")
    answer = await client.answer(client.ask(0, 5))
    assert answer["error"]["code"] == INTERNAL
    assert "secret" not in str(answer)
    change = {
        "textDocument": {"uri": URI, "version": 2},
        "contentChanges": [{"text": "crash on change of secret words"}],
    }
    client.notify("textDocument/didChange", change)
    await client.quiet()
    await client.call("shutdown")
    client.notify("exit")
    await client.ended()
    assert client.process.stderr is not None
    log = await client.process.stderr.read()
    assert b"RuntimeError in textDocument/didChange" in log
    assert b"secret" not in log


async def test_after_shutdown_only_exit_is_heard(client: Raw) -> None:
    client.open("slow")
    asked = client.ask(0, 4)
    down = client.request("shutdown")
    answers = {
        message["id"]: message
        for message in (await client.receive(), await client.receive())
        if "id" in message
    }
    while not {asked, down} <= answers.keys():
        message = await client.receive()
        answers[message.get("id")] = message
    assert answers[asked]["error"]["code"] == CANCELLED
    assert answers[down]["result"] is None
    assert await client.error("emberline/status") == INVALID_REQUEST
    assert await client.error("unheard/of") == INVALID_REQUEST
    client.notify("exit")
    assert await client.ended() == 0


async def test_responses_to_nothing_are_dropped(client: Raw) -> None:
    client.open("slow")
    asked = client.ask(0, 4)
    client.send({"jsonrpc": "2.0", "id": asked, "result": None})
    client.send({"jsonrpc": "2.0", "id": "nobody's", "error": {"code": 1, "message": "no"}})
    await client.quiet()
    client.notify("$/cancelRequest", {"id": asked})
    assert (await client.answer(asked))["error"]["code"] == CANCELLED
