"""Typing on another host: secrets are replaced before a prompt leaves, and put back in what returns."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from emberline.backends.base import FimBackend, Generation, Token, Usage
from emberline.backends.failure import Failure, Kind
from emberline.privacy.labels import Manifest
from emberline.privacy.secrets import Vault

_END_OF_KEY = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY")
_BEGIN_OF_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")


class Masked:
    """A `FimBackend` whose prompts hold no secrets. A window may begin within a key: then nothing is sent."""

    def __init__(self, backend: FimBackend) -> None:
        self._backend = backend
        self.fim = backend.fim
        self.slots = backend.slots
        self.heals = backend.heals

    async def generate(self, request: Generation) -> AsyncGenerator[Token, None]:
        vault = Vault()
        hidden = replace(request, prompt=_hidden(request.prompt, vault), forced=vault.hide(request.forced))
        revealer = vault.revealer()
        held: Token | None = None
        async with aclosing(self._backend.generate(hidden)) as tokens:
            async for token in tokens:
                sure = token.probability * (held.probability if held is not None else 1.0)
                held = replace(token, probability=sure)
                if text := revealer.feed(token.text):
                    yield replace(held, text=text)
                    held = None
        if held is not None and (rest := revealer.flush()):
            yield replace(held, text=rest)

    async def prefill(self, prompt: str, slot: int, sent: Manifest | None = None) -> Usage:
        return await self._backend.prefill(_hidden(prompt, Vault()), slot, sent)

    async def count_tokens(self, text: str) -> int:
        return await self._backend.count_tokens(_hidden(text, Vault()))


def _hidden(prompt: str, vault: Vault) -> str:
    end = _END_OF_KEY.search(prompt)
    if end is not None and not _BEGIN_OF_KEY.search(prompt, 0, end.start()):
        raise Failure("a part of a private key stands here, and it stays on this machine", Kind.FORBIDDEN)
    return vault.hide(prompt)
