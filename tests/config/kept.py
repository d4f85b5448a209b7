"""A keyring for tests."""

from __future__ import annotations

import threading

import keyring.backend
import keyring.errors


class Kept(keyring.backend.KeyringBackend):
    """A keyring in memory; `is_locked` makes it refuse as a locked one does."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}
        self.is_locked = False
        self.asked = 0
        self.answering = threading.Event()
        """Not set: it waits for the user, as one does that shows a window."""
        self.answering.set()

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        self.answering.wait()
        if self.is_locked:
            raise keyring.errors.KeyringLocked("locked")
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_locked:
            raise keyring.errors.KeyringLocked("locked")
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[service, username]
