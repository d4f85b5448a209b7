"""Refactorings through pytest-lsp's client, with the capabilities that real editors announce."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from typing import Any, Union

import pytest
import pytest_lsp
from lsprotocol import types
from lsprotocol.converters import get_converter
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, make_test_lsp_client

from tests.lsp.editor import carry_out
from tests.lsp.raw import ROOT, URI

CONVERTER = get_converter()
Entry: Any = Union[types.Command, types.CodeAction]  # noqa: UP007 the hook is found by this spelling
OLD = "edit old 😀\r\n"


def _entry(told: Any, _: object) -> types.Command | types.CodeAction:
    """lsprotocol's own takes every action with a command for a command."""
    kind: Any = types.Command if isinstance(told.get("command"), str) else types.CodeAction
    entry: types.Command | types.CodeAction = CONVERTER.structure(told, kind)
    return entry


def make_client() -> LanguageClient:
    """A client that applies what it is told to apply."""
    client = make_test_lsp_client()
    client.edits = []  # type: ignore[attr-defined]
    client.protocol._converter.register_structure_hook(Entry, _entry)

    @client.feature(types.WORKSPACE_APPLY_EDIT)  # type: ignore[untyped-decorator]
    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        client.edits.append(params)  # type: ignore[attr-defined]
        return types.ApplyWorkspaceEditResult(applied=True)

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
    def register(params: types.RegistrationParams) -> None:
        """Agreed."""

    return client


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    params=["neovim@v0.11.0", "visual_studio_code@v1.65.2", "emacs@v29.1"],
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "tests.lsp.refactored"],
        client_factory=make_client,
        server_env={**os.environ, "PYTHONPATH": str(ROOT)},
    ),
)
async def editor(request: pytest.FixtureRequest, lsp_client: LanguageClient) -> AsyncIterator[None]:
    await lsp_client.initialize_session(
        types.InitializeParams(capabilities=client_capabilities(request.param), workspace_folders=[])
    )
    yield
    await lsp_client.shutdown_session()


async def entries(client: LanguageClient) -> dict[str, types.CodeAction]:
    """The menu, once the server has all that it needs for one."""
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(URI, types.LanguageKind.Python, 1, OLD))
    )
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(URI),
        types.Range(types.Position(0, 5), types.Position(0, 8)),
        types.CodeActionContext([]),
    )
    found: Any = []
    while not found:
        found = await client.text_document_code_action_async(params)
    assert all(isinstance(entry, types.CodeAction) for entry in found)
    return {entry.title: entry for entry in found}


def after(edit: types.WorkspaceEdit) -> str:
    texts = {URI: OLD}
    carry_out(CONVERTER.unstructure(edit, types.WorkspaceEdit), texts, {URI: 1})
    return texts[URI]


async def test_an_exact_entry(editor: LanguageClient) -> None:
    entry = (await entries(editor))["extract-variable here"]
    if entry.command is not None:  # a client that does not ask for edits later
        await editor.workspace_execute_command_async(
            types.ExecuteCommandParams(entry.command.command, entry.command.arguments)
        )
        (applied,) = editor.edits  # type: ignore[attr-defined]
        assert after(applied.edit) == "edit new 😀\r\n"
        return
    whole = await editor.code_action_resolve_async(entry)
    assert whole.edit is not None
    assert after(whole.edit) == "edit new 😀\r\n"


async def test_a_models_entry(editor: LanguageClient) -> None:
    entry = (await entries(editor))["simplify here"]
    assert entry.command is not None
    result: Any = await editor.workspace_execute_command_async(
        types.ExecuteCommandParams(entry.command.command, entry.command.arguments)
    )
    assert result["applied"] is True
    (applied,) = editor.edits  # type: ignore[attr-defined]
    assert after(applied.edit) == "edit new 😀\r\n"
    assert [message.message for message in editor.messages] == ["Changed it; computed nowhere."]
    for reports in editor.progress_reports.values():
        assert isinstance(reports[0], types.WorkDoneProgressBegin)
        assert isinstance(reports[-1], types.WorkDoneProgressEnd)
