"""The answer to `initialize`: what this server is and can do, as plain JSON."""

from __future__ import annotations

from emberline import __version__
from emberline.lsp.client import Client

ACCEPTED_COMMAND = "emberline.accepted"
"""The command of every suggestion: the editor runs it after inserting the text."""
EXPLAIN_COMMAND = "emberline.explainRoute"
"""Why the last request went where it went: shown to the user, and returned."""

_INCREMENTAL = 2


def initialize_result(client: Client) -> dict[str, object]:
    """`InitializeResult` for this client."""
    return {
        "capabilities": {
            "positionEncoding": client.encoding.value,
            "textDocumentSync": {"openClose": True, "change": _INCREMENTAL},
            "inlineCompletionProvider": {},
            "executeCommandProvider": {"commands": [ACCEPTED_COMMAND, EXPLAIN_COMMAND]},
            "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": False}},
        },
        "serverInfo": {"name": "emberline", "version": __version__},
    }
