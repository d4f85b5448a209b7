"""Emberline's own edge over a completer that does nothing: what the edge costs without what it serves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emberline.completion.types import CompletionRequest, Listener, Status, Suggestion
from emberline.documents.store import Document, Edit
from emberline.lsp.server import serve_stdio
from emberline.lsp.services import Services


class Idle:
    def document_opened(self, document: Document) -> None: ...

    def document_changed(self, document: Document, edits: tuple[Edit, ...]) -> None: ...

    def document_closed(self, uri: str) -> None: ...

    async def complete(self, request: CompletionRequest) -> tuple[Suggestion, ...]:
        return ()

    def shown(self, suggestion_id: str) -> None: ...

    def rest(self) -> None: ...

    def accepted(self, suggestion_id: str) -> None: ...

    def partially_accepted(self, suggestion_id: str, accepted_length: int) -> None: ...

    async def start(self, workspace_folders: tuple[Path, ...]) -> None: ...

    async def stop(self) -> None: ...

    def status(self) -> Status:
        return Status("normal", False, "idle")

    def explain(self, uri: str | None) -> Mapping[str, object]:
        return {"text": "idle", "route": None}

    def configure(self, options: Mapping[str, object]) -> None: ...

    def stats(self) -> Mapping[str, object]:
        return {"idle": True}


def create(listener: Listener, options: Mapping[str, object], folders: tuple[Path, ...]) -> Services:
    return Services(Idle())


if __name__ == "__main__":
    raise SystemExit(serve_stdio(lambda: create))
