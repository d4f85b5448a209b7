"""The answer to `initialize`: what this server is and can do, as plain JSON."""

from __future__ import annotations

from emberline import __version__
from emberline.lsp.client import Client

ACCEPTED_COMMAND = "emberline.accepted"
"""The command of every suggestion: the editor runs it after inserting the text."""
EXPLAIN_COMMAND = "emberline.explainRoute"
"""Why the last request went where it went: shown to the user, and returned."""

_INCREMENTAL = 2
# Beside these, clients ask once a word has begun. No space, though a suggestion often stands ready there:
# behind one server's trigger character Helix asks all servers, and their menus would open at each space. No
# brace either: Emacs's company takes the entry at Enter, which is what usually follows one.
_TRIGGERS = (".", "(", "[")


def initialize_result(client: Client) -> dict[str, object]:
    """`InitializeResult` for this client."""
    capabilities: dict[str, object] = {
        "positionEncoding": client.encoding.value,
        "textDocumentSync": {"openClose": True, "change": _INCREMENTAL},
        "inlineCompletionProvider": {},
        "executeCommandProvider": {"commands": [ACCEPTED_COMMAND, EXPLAIN_COMMAND]},
        "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": False}},
    }
    if client.menu:
        capabilities["completionProvider"] = {"triggerCharacters": list(_TRIGGERS)}
    return {"capabilities": capabilities, "serverInfo": {"name": "emberline", "version": __version__}}
