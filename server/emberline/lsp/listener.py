"""What the completion session tells, passed on to the editor in its words."""

from __future__ import annotations

from emberline.completion.types import Status
from emberline.lsp.client import Client
from emberline.lsp.progress import Progress
from emberline.lsp.protocol import EdgeProtocol

STATUS_CHANGED = "didChangeStatus"
REFRESH = "emberline/refreshInlineCompletion"


class EditorListener:
    """The `Listener` of one editor. Called in the event loop's thread only."""

    def __init__(self, protocol: EdgeProtocol, client: Client) -> None:
        self._protocol = protocol
        self._client = client
        self._progress = Progress(protocol, client.progress)

    def refresh(self, uri: str) -> None:
        """Told only to clients that said they understand it."""
        if self._client.refreshable:
            self._protocol.tell(REFRESH, {"uri": uri})

    def status_changed(self, status: Status) -> None:
        self._protocol.tell(
            STATUS_CHANGED, {"busy": status.busy, "kind": status.kind, "message": status.message}
        )

    def progress_begin(self, token: str, title: str) -> None:
        self._progress.begin(token, title)

    def progress_report(self, token: str, percentage: int | None, message: str) -> None:
        self._progress.report(token, percentage, message)

    def progress_end(self, token: str, message: str) -> None:
        self._progress.end(token, message)
