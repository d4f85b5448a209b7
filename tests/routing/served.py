"""A router in front of real server processes, with a configuration of the test's own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emberline.backends.messages import Chat, Message
from emberline.config.load import Loaded, load
from emberline.privacy.labels import Label
from emberline.routing.router import Router
from tests.servers import Served
from tests.servers.talking import KEY

NOWHERE = "http://127.0.0.1:9"
"""Port 9 discards; nobody listens there."""
ALONE = "engine: {embedded: false}\nbackends: {discover: false}\n"
"""Neither the embedded engine nor a server that happens to run."""
QUESTION = Chat((Message("user", "Explain this."),), max_tokens=20)


class Place:
    """A workspace, a user's configuration, and the servers that this user runs."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.config = folder / "config.yaml"
        self.patch = patch
        patch.setenv("EMBERLINE_CONFIG", str(self.config))
        patch.setenv("EMBERLINE_STATE", str(folder / "state"))
        patch.setenv("EMBERLINE_MODELS", str(folder / "no-models"))
        patch.setenv("OLLAMA_HOST", NOWHERE)
        for name in ("OPENAI", "ANTHROPIC", "MISTRAL", "DEEPSEEK"):
            patch.delenv(f"{name}_API_KEY", raising=False)
        self.write("a.py", "x = 1\n")
        self.configure("")

    def configure(self, text: str) -> None:
        self.config.write_text(text or "{}\n")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def runs_ollama(self, served: Served) -> None:
        self.patch.setenv("OLLAMA_HOST", served.url)

    def has_cloud(self, served: Served) -> None:
        """From now on this cloud alone may be asked."""
        endpoint = f"router: {{cloud_endpoint: '{served.url}/v1', cloud_api_key: {KEY}}}\n"
        self.configure(f"privacy: {{mode: open}}\n{endpoint}{ALONE}")

    def loaded(self) -> Loaded:
        found = load((self.folder,))
        assert found.errors == (), found.problems
        return found

    @contextlib.asynccontextmanager
    async def router(self) -> AsyncIterator[Router]:
        """One that has looked around."""
        router = Router(self.loaded(), (self.folder,))
        try:
            await router.surveyed()
            yield router
        finally:
            await router.close()

    def label(self, router: Router, name: str = "a.py") -> Label:
        label = router.label((self.folder / name).as_uri())
        assert label is not None
        return label
