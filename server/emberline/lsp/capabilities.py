"""The answer to `initialize`: what this server is and can do, as plain JSON."""

from __future__ import annotations

from emberline import __version__
from emberline.lsp.client import Client

ACCEPTED_COMMAND = "emberline.accepted"
"""The command of every suggestion: the editor runs it after inserting the text."""
EXPLAIN_COMMAND = "emberline.explainRoute"
"""Why the last request went where it went: shown to the user, and returned."""
REFACTOR_COMMAND = "emberline.refactor"
"""Carries out a refactoring; docs/protocol.md has its argument."""

REPORT_COMMAND = "emberline.report"
"""What ran where, what it cost and spared: shown to the user, and returned."""
TASK_COMMANDS = (
    "emberline.commitMessage",
    "emberline.summarize",
    "emberline.summarizeLog",
    "emberline.ask",
    "emberline.classify",
)
"""Everyday tasks; each is a request of ours too."""

ACTION_KINDS = (
    "quickfix",
    "refactor",
    "refactor.extract",
    "refactor.inline",
    "refactor.move",
    "refactor.rewrite",
    "source",
    "source.organizeImports",
)
"""Those of the catalogue (refactor/actions.py), and what lies above them. Written out, because importing the
catalogue would hold up the first answer."""

_ALL_FILES = {"filters": [{"scheme": "file", "pattern": {"glob": "**/*"}}]}
_INCREMENTAL = 2
# Beside these, clients ask once a word has begun. No space, though a suggestion often stands ready there:
# behind one server's trigger character Helix asks all servers, and their menus would open at each space. No
# brace either: Emacs's company takes the entry at Enter, which is what usually follows one.
_TRIGGERS = (".", "(", "[")


def initialize_result(client: Client) -> dict[str, object]:
    """`InitializeResult` for this client."""
    workspace: dict[str, object] = {"workspaceFolders": {"supported": True, "changeNotifications": False}}
    if client.file_operations:
        workspace["fileOperations"] = {
            "didCreate": _ALL_FILES,
            "didRename": _ALL_FILES,
            "didDelete": _ALL_FILES,
        }
    capabilities: dict[str, object] = {
        "positionEncoding": client.encoding.value,
        "textDocumentSync": {"openClose": True, "change": _INCREMENTAL},
        "inlineCompletionProvider": {},
        "codeActionProvider": {"codeActionKinds": list(ACTION_KINDS), "resolveProvider": True},
        "executeCommandProvider": {
            "commands": [ACCEPTED_COMMAND, EXPLAIN_COMMAND, REFACTOR_COMMAND, REPORT_COMMAND, *TASK_COMMANDS],
            "workDoneProgress": True,
        },
        "workspace": workspace,
    }
    if client.menu:
        capabilities["completionProvider"] = {"triggerCharacters": list(_TRIGGERS)}
    return {"capabilities": capabilities, "serverInfo": {"name": "emberline", "version": __version__}}
