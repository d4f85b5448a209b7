"""A git repository of a test's own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

MAIL = "ada@example.org"


class Repo:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": str(folder.parent / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", MAIL)
        self.git("config", "commit.gpgsign", "false")

    def git(self, *arguments: str, **environment: str) -> str:
        """What it prints; it must succeed."""
        done = self.tried(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tried(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ("git", *arguments),
            cwd=self.folder,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            env=self.environment | environment,
        )

    def other(self, folder: Path, *arguments: str) -> None:
        """Git in another folder; it must succeed."""
        subprocess.run(("git", *arguments), cwd=folder, check=True, env=self.environment)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def stage(self, name: str, content: str | bytes) -> None:
        self.write(name, content)
        self.git("add", "--", name)

    def commit(self, *messages: str) -> None:
        """One commit for each message; what is staged goes into the first."""
        for message in messages:
            self.git("commit", "-q", "--allow-empty", "-m", message)
