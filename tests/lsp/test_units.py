"""The pure parts of the edge, without a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from emberline.documents.encoding import PositionEncoding
from emberline.lsp.client import path_of, read_client
from emberline.lsp.codes import Code, Refused
from emberline.lsp.features import Features
from emberline.lsp.listener import EditorListener
from emberline.lsp.session import new_server
from emberline.lsp.wire import Invalid, Notification, Request, Response, decode


def test_messages_are_told_apart() -> None:
    assert decode(b'{"jsonrpc":"2.0","method":"a"}') == Notification("a", None)
    assert decode(b'{"jsonrpc":"2.0","id":0,"method":"a","params":[1]}') == Request(0, "a", [1])
    assert isinstance(decode(b'{"jsonrpc":"2.0","id":"x","result":null}'), Response)
    for nothing in (b"", b"[]", b"{}", b'{"jsonrpc":"2.0"}', b'{"jsonrpc":"2.0","id":true,"method":"a"}'):
        assert isinstance(decode(nothing), Invalid)


def test_a_client_that_says_nothing() -> None:
    client = read_client({})
    assert client.encoding is PositionEncoding.UTF16
    assert not client.progress
    assert not client.refreshable
    assert client.folders == ()


@pytest.mark.parametrize(
    "params",
    [
        {"capabilities": 1},
        {"processId": True},
        {"workspaceFolders": {}},
        {"workspaceFolders": [1]},
        {"workspaceFolders": [{"uri": 1}]},
        {"initializationOptions": []},
    ],
)
def test_a_client_that_says_nonsense(params: object) -> None:
    with pytest.raises(Refused) as refused:
        read_client(params)
    assert refused.value.code is Code.INVALID_PARAMS


def test_the_root_uri_stands_in_for_folders() -> None:
    assert read_client({"rootUri": Path("/a b").as_uri()}).folders == (Path("/a b"),)
    assert read_client({"rootUri": None}).folders == ()
    assert path_of("http://host/a") is None
    assert path_of("file://[broken/a") is None
    assert path_of("file:///a%20%C3%A9") == Path("/a é")


async def test_notifications_leave_nothing_behind() -> None:
    server = new_server()
    server.protocol.set_writer(_Nowhere())  # type: ignore[arg-type]
    client = read_client({})
    Features(server.protocol, client, EditorListener(server.protocol, client))
    opened = b'{"uri":"file:///a","languageId":"x","version":1,"text":""}'
    change = b'"contentChanges":[{"text":"x"}]'
    receive = server.protocol.receive
    receive(b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":%b}}' % opened)
    for version in range(1_000):
        document = b'"textDocument":{"uri":"file:///a","version":%d}' % version
        receive(b'{"jsonrpc":"2.0","method":"textDocument/didChange","params":{%b,%b}}' % (document, change))
    assert server.protocol._request_futures == {}
    assert server.protocol._running == {}
    assert server.protocol._result_types == {}


class _Nowhere:
    def write(self, data: bytes) -> None:
        """Drops it."""
