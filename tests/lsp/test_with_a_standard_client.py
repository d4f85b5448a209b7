"""The same server through pytest-lsp's client, which reads our answers with the protocol's own types."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator

import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

from tests.lsp.raw import ROOT, URI


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "tests.lsp.served"],
        server_env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
)
async def editor(lsp_client: LanguageClient) -> AsyncIterator[None]:
    result = await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(
                text_document=types.TextDocumentClientCapabilities(
                    inline_completion=types.InlineCompletionClientCapabilities()
                )
            )
        )
    )
    assert result.capabilities.inline_completion_provider is not None
    yield
    await lsp_client.shutdown_session()


async def test_open_change_complete_accept(editor: LanguageClient) -> None:
    editor.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(URI, types.LanguageKind.Python, 1, "x = \n"))
    )
    place = types.Position(0, 4)
    editor.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version=2, uri=URI),
            [types.TextDocumentContentChangePartial(types.Range(place, place), "y")],
        )
    )
    answer = await editor.text_document_inline_completion_async(
        types.InlineCompletionParams(
            context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            text_document=types.TextDocumentIdentifier(URI),
            position=types.Position(0, 5),
        )
    )
    assert isinstance(answer, types.InlineCompletionList)
    (item,) = answer.items
    assert item.insert_text == "done()"
    assert item.range == types.Range(types.Position(0, 5), types.Position(0, 5))
    assert item.command is not None
    accepted = types.ExecuteCommandParams(item.command.command, item.command.arguments)
    assert await editor.workspace_execute_command_async(accepted) is None
