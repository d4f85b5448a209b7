"""The user's key for a provider: from the configuration, the environment or the system's keyring.

A key is a secret wherever it stands: `SecretStr` shows stars, and no message here holds one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from emberline.config.schema import Server, Settings
from emberline.errors import UserError

T = TypeVar("T")

SERVICE = "emberline"
"""The keyring's name for all keys of ours; the user's name there is the provider's."""
GATEWAY = "gateway"
"""The name of the key that other programs must show to `emberline gateway`."""
PATIENCE_SECONDS = 2.0
"""How long the keyring may take to answer."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The environment variable that a provider's own tools read its key from, and the host it is for."""

    variable: str
    host: str


PROVIDERS = {
    "openai": Provider("OPENAI_API_KEY", "api.openai.com"),
    "anthropic": Provider("ANTHROPIC_API_KEY", "api.anthropic.com"),
    "mistral": Provider("MISTRAL_API_KEY", "api.mistral.ai"),
    "deepseek": Provider("DEEPSEEK_API_KEY", "api.deepseek.com"),
}


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key and where it was found, as the user would look for it: "$OPENAI_API_KEY", "the keyring", …"""

    value: SecretStr
    origin: str


def find_key(settings: Settings, name: str, environment: Mapping[str, str] = os.environ) -> FoundKey | None:
    """The key of the server or provider `name`. The keyring is waited for `PATIENCE_SECONDS`; never raises.

    "openai" and "cloud" are `router.cloud_endpoint`, the former where that is OpenAI's own. A provider's
    environment variable counts only for the provider's own address: a server elsewhere never gets that key.
    """
    return _configured(settings, name) or _conventional(settings, name, environment) or _kept(name)


def known_names(settings: Settings) -> tuple[str, ...]:
    """The names that a key can be for: every provider, another cloud endpoint, the user's servers, and our
    own gateway."""
    cloud = () if _is_openais(settings) else ("cloud",)
    servers = (server.name for server in settings.backends.servers)
    return tuple(dict.fromkeys((*PROVIDERS, *cloud, *servers, GATEWAY)))


def keep_key(name: str, key: SecretStr) -> None:
    """Puts the key into the system's keyring. UserError where there is none, or it refuses."""
    _asked(lambda keyring: keyring.set_password(SERVICE, name, key.get_secret_value()))


def forget_key(name: str) -> bool:
    """Takes the key out of the keyring; False where it holds none. UserError as of `keep_key`."""
    if _asked(lambda keyring: keyring.get_password(SERVICE, name)) is None:
        return False
    _asked(lambda keyring: keyring.delete_password(SERVICE, name))
    return True


def _asked(question: Callable[[Any], T]) -> T:
    """The keyring's answer. Each back end fails in ways of its own, hence any exception."""
    try:
        import keyring
    except ImportError as error:
        raise UserError(
            "keys are kept in the system's keyring, and what speaks to it is not installed: "
            "pip install 'emberline[keyring]'"
        ) from error
    try:
        return question(keyring)
    except Exception as error:
        raise UserError(
            f"the system's keyring refused ({type(error).__name__}): unlock it, or give the key as an "
            "environment variable"
        ) from error


def _configured(settings: Settings, name: str) -> FoundKey | None:
    key = settings.router.cloud_api_key
    if key is not None and name == ("openai" if _is_openais(settings) else "cloud"):
        return _found(key, "router.cloud_api_key")
    server = _server(settings, name)
    if server is None or server.api_key is None:
        return None
    return _found(server.api_key, f"backends.servers.{name}.api_key")


def _conventional(settings: Settings, name: str, environment: Mapping[str, str]) -> FoundKey | None:
    server = _server(settings, name)
    provider = PROVIDERS.get(server.protocol if server is not None else name)
    if provider is None:
        return None
    if server is not None and server.url is not None and urlsplit(server.url).hostname != provider.host:
        return None
    return _found(SecretStr(environment.get(provider.variable, "")), f"${provider.variable}")


def _kept(name: str) -> FoundKey | None:
    secret = _READER.password(name)
    return _found(SecretStr(secret), "the keyring") if secret else None


class _Reader:
    """Asks the keyring in a thread that may be left behind: a locked one asks the user, and waits.

    While one question is open no other is asked, so that a user who is away finds one window and not five.
    """

    def __init__(self) -> None:
        self._open: threading.Thread | None = None
        self._one_at_a_time = threading.Lock()

    def password(self, name: str) -> str | None:
        """None where there is none, no keyring, or no answer in time."""
        answers: list[str | None] = []

        def ask() -> None:
            with suppress(UserError):
                answers.append(_asked(lambda keyring: keyring.get_password(SERVICE, name)))

        with self._one_at_a_time:
            if self._open is not None and self._open.is_alive():
                return None
            self._open = threading.Thread(target=ask, name="keyring", daemon=True)
            self._open.start()
            self._open.join(PATIENCE_SECONDS)
        return answers[0] if answers else None


_READER = _Reader()


def _found(key: SecretStr, origin: str) -> FoundKey | None:
    """None for an empty key: that is what a variable leaves behind which is set to nothing."""
    text = key.get_secret_value().strip()
    return FoundKey(SecretStr(text), origin) if text else None


def _is_openais(settings: Settings) -> bool:
    """Whether `router.cloud_endpoint` is OpenAI's own address."""
    return urlsplit(settings.router.cloud_endpoint).hostname == PROVIDERS["openai"].host


def _server(settings: Settings, name: str) -> Server | None:
    return next((server for server in settings.backends.servers if server.name == name), None)
