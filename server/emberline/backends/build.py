"""The backend for a server: which class speaks its protocol, and with which client. Contacts nobody."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from emberline.backends.failure import Failure, Kind
from emberline.backends.port import Backend
from emberline.privacy.egress import AsyncClient, EgressRefused, Gate, connect


def build(
    protocol: str, name: str, url: str, key: SecretStr | None, gate: Gate, keep_alive_minutes: int
) -> Backend:
    """`protocol` is one of `config.schema.Wire`; `keep_alive_minutes` is how long a local server keeps a
    model loaded after its last use, where it can be told. Raises `EgressRefused` for what is no address, and
    `Failure` for what can be no key."""
    secret = _legible(name, key)

    def client(headers: Mapping[str, str], keep_alive: bool = True) -> AsyncClient:
        try:
            return connect(url, gate, headers, keep_alive)
        except ValueError as error:  # a name that no resolver could be asked for
            raise EgressRefused(f"{url} is no address: {error}") from None

    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    match protocol:
        case "ollama":
            from emberline.backends.ollama import Ollama

            return Ollama(name, url, client(headers), keep_alive_minutes)
        case "lmstudio":
            from emberline.backends.lmstudio import LmStudio

            return LmStudio(name, url, client(headers), keep_alive_minutes)
        case "llamacpp":
            from emberline.backends.llamacpp import LlamaCppServer

            # It mishandles a kept connection after a stream was cut off.
            return LlamaCppServer(name, url, client(headers, keep_alive=False))
        case "openai-compatible":
            from emberline.backends.compatible import OpenAICompatible

            return OpenAICompatible(name, protocol, url, client(headers))
        case "openai":
            from emberline.backends.compatible import OpenAI

            return OpenAI(name, protocol, url, client(headers))
        case "anthropic":
            from emberline.backends.anthropic import Anthropic
            from emberline.backends.anthropic import headers as anthropic_headers

            return Anthropic(name, protocol, url, client(anthropic_headers(secret)))
        case "mistral":
            from emberline.backends.mistral import Mistral

            return Mistral(name, protocol, url, client(headers))
        case "deepseek":
            from emberline.backends.deepseek import DeepSeek

            return DeepSeek(name, protocol, url, client(headers))
    raise ValueError(f"no backend speaks {protocol}")


def _legible(name: str, key: SecretStr | None) -> str:
    """The key's text, which a header must be able to carry; empty for none. No message quotes it."""
    secret = key.get_secret_value().strip() if key is not None else ""
    if secret.isascii() and secret.isprintable():
        return secret
    raise Failure(
        f"the key for {name} holds a character that no key has, e.g. a typographic quote or a line end: "
        "copy it anew",
        Kind.DENIED,
    )
