"""The backend for a server: which class speaks its protocol, and with which client. Contacts nobody."""

from __future__ import annotations

from pydantic import SecretStr

from emberline.backends.port import Backend
from emberline.privacy.egress import Gate, connect


def build(
    protocol: str, name: str, url: str, key: SecretStr | None, gate: Gate, keep_alive_minutes: int
) -> Backend:
    """`protocol` is one of `config.schema.Wire`; `keep_alive_minutes` is how long a local server keeps a
    model loaded after its last use, where it can be told. Raises `EgressRefused` for what is no address."""
    secret = key.get_secret_value() if key is not None else ""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    match protocol:
        case "ollama":
            from emberline.backends.ollama import Ollama

            return Ollama(name, url, connect(url, gate, headers), keep_alive_minutes)
        case "lmstudio":
            from emberline.backends.lmstudio import LmStudio

            return LmStudio(name, url, connect(url, gate, headers), keep_alive_minutes)
        case "llamacpp":
            from emberline.backends.llamacpp import LlamaCppServer

            # It mishandles a kept connection after a stream was cut off.
            return LlamaCppServer(name, url, connect(url, gate, headers, keep_alive=False))
        case "openai-compatible":
            from emberline.backends.compatible import OpenAICompatible

            return OpenAICompatible(name, protocol, url, connect(url, gate, headers))
        case "openai":
            from emberline.backends.compatible import OpenAI

            return OpenAI(name, protocol, url, connect(url, gate, headers))
        case "anthropic":
            from emberline.backends.anthropic import Anthropic
            from emberline.backends.anthropic import headers as anthropic_headers

            return Anthropic(name, protocol, url, connect(url, gate, anthropic_headers(secret)))
        case "mistral":
            from emberline.backends.mistral import Mistral

            return Mistral(name, protocol, url, connect(url, gate, headers))
        case "deepseek":
            from emberline.backends.deepseek import DeepSeek

            return DeepSeek(name, protocol, url, connect(url, gate, headers))
    raise ValueError(f"no backend speaks {protocol}")
