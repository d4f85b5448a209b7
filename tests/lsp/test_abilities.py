"""What clients say of themselves, and what it is taken for."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types
from lsprotocol.converters import get_converter
from pytest_lsp import client_capabilities

from emberline.completion.service import settings_in
from emberline.lsp.client import Actions, Client, Edits, read_client
from tests.lsp.editor import WHOLE

ALL = frozenset(("create", "rename", "delete"))


def read(capabilities: Any) -> Client:
    return read_client({"capabilities": capabilities})


def of(name: str) -> Client:
    """A real client, as it was recorded."""
    told = get_converter().unstructure(client_capabilities(name), types.ClientCapabilities)
    return read(told)


def test_a_client_that_says_all() -> None:
    client = read_client({"capabilities": WHOLE, "initializationOptions": {"emberline": {"dialogs": True}}})
    assert client.actions == Actions(True, True, True, True, True)
    assert client.edits == Edits(True, True, ALL, False, "abort", True)
    assert client.dialogs


@pytest.mark.parametrize(
    "capabilities",
    [
        {},
        {"workspace": None, "textDocument": None},
        {"workspace": 5, "textDocument": []},
        {"workspace": {"applyEdit": "yes", "workspaceEdit": 5, "fileOperations": True}},
        {"workspace": {"workspaceEdit": {"resourceOperations": "create", "failureHandling": 3}}},
        {"workspace": {"workspaceEdit": {"resourceOperations": [None, 5]}}},
        {"textDocument": {"codeAction": {"resolveSupport": {"properties": "edit"}, "dataSupport": True}}},
        {"textDocument": {"codeAction": {"tagSupport": {"valueSet": 1}, "disabledSupport": 1}}},
    ],
)
def test_a_client_that_says_little_or_nonsense_can_do_nothing(capabilities: dict[str, Any]) -> None:
    client = read(capabilities)
    assert client.actions == Actions(False, False, False, False, False)
    assert client.edits == Edits(False, False, frozenset(), False, "", False)
    assert not (client.dialogs or client.watches or client.file_operations)


def test_real_clients() -> None:
    neovim = of("neovim@v0.11.0")
    assert neovim.actions.literals
    assert neovim.actions.edit_later
    assert neovim.edits.on_request
    assert neovim.edits.versioned  # it lists its operations alone
    assert neovim.edits.operations == ALL
    assert not neovim.edits.annotations
    code = of("visual_studio_code@v1.65.2")
    assert code.actions == Actions(True, True, True, True, False)
    assert code.edits == Edits(True, True, ALL, True, "textOnlyTransactional", False)
    assert code.watches
    assert code.file_operations
    emacs = of("emacs@v29.1")
    assert emacs.actions.literals
    assert emacs.edits.versioned
    assert emacs.edits.operations == frozenset()


def test_what_tells_of_the_client_is_no_setting() -> None:
    options = {"refresh": True, "dialogs": True, "completion": {"menu": False}}
    assert settings_in(options) == {"completion": {"menu": False}}
