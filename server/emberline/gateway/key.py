"""The key that guards the port: the configuration's, the keyring's, or one of our own in a file."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from emberline.config.keys import GATEWAY, FoundKey, find_key
from emberline.config.schema import Settings
from emberline.errors import UserError
from emberline.observe.ledger import default_file


def key_file() -> Path:
    """Where the key lies that was made at the first start."""
    return default_file().with_name("gateway.key")


def gateway_key(settings: Settings) -> FoundKey:
    """The key, and where it is from; made where there is none yet. Raises `UserError`. For a thread: a
    keyring may be slow."""
    configured = settings.gateway.api_key
    if configured is not None and configured.get_secret_value().strip():
        return FoundKey(SecretStr(configured.get_secret_value().strip()), "gateway.api_key")
    kept = find_key(settings, GATEWAY)
    if kept is not None:
        return kept
    path = key_file()
    try:
        return FoundKey(SecretStr(_read(path) or _made(path)), str(path))
    except OSError as error:
        raise UserError(
            f"the gateway's key cannot be kept in {path} ({error.strerror}): set gateway.api_key, or name "
            "another folder in $EMBERLINE_STATE"
        ) from error


def _read(path: Path) -> str:
    """The key in the file; empty where there is no file. Raises `UserError` where others can read it."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return ""
    with os.fdopen(file, encoding="ascii", errors="replace") as opened:
        mode = os.fstat(opened.fileno()).st_mode
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise UserError(f"others can read {path}: delete it, and a new key is made at the next start")
        return opened.read().strip()


def _made(path: Path) -> str:
    """A new key, in its file. Of two that start at once both take the one that is there first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "w", encoding="ascii") as opened:
            opened.write(f"emb-{secrets.token_urlsafe(32)}\n")
        if os.name == "posix":
            with suppress(FileExistsError):
                os.link(draft, path)  # whole, or not at all
        elif not path.exists():
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return _read(path)
