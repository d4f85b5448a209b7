"""Typing on another host: secrets are replaced before a prompt leaves, and put back in what returns.

A prompt holds the document out of order: what follows the cursor stands before what was typed last. Secrets
are looked for in the document's own order, so that none is missed because it was cut in two.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from emberline.backends.base import FimBackend, Generation, Token, Usage
from emberline.backends.failure import Failure, Kind
from emberline.models.fim import AFTER_SUFFIX, BEFORE_SUFFIX, NATIVE
from emberline.privacy.labels import Manifest
from emberline.privacy.secrets import Vault, secrets_in

_WITHIN_A_KEY = re.compile(r"(?m)^[A-Za-z0-9+/]{60,76}\r?\n[A-Za-z0-9+/=]{1,76}\r?$")
"""Two lines of nothing but base64: a window may begin and end within a key, far from what names it."""
_CUT_OFF = re.compile(r"\S{16,}\Z")
"""A long word at the end of what follows the cursor: the window may have cut it."""
_BEING_TYPED = re.compile(r"[A-Za-z0-9_+/=-]{12,}\Z")
"""A key that is being typed has no form yet; it is told by its letters."""


class Masked:
    """A `FimBackend` whose prompts hold no secrets. Where one cannot be told by its pieces, nothing is sent.

    It reads nothing ahead and forces nothing: both would cut texts at other places than the document does.
    """

    fim = NATIVE
    slots = 0
    heals = False

    def __init__(self, backend: FimBackend) -> None:
        self._backend = backend

    async def generate(self, request: Generation) -> AsyncGenerator[Token, None]:
        vault = Vault()
        hidden = replace(request, prompt=self._sealed(request.prompt, vault))
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
        return await self._backend.prefill(self._sealed(prompt, Vault()), slot, sent)

    async def count_tokens(self, text: str) -> int:
        return await self._backend.count_tokens(Vault().hide(text))

    def _sealed(self, prompt: str, vault: Vault) -> str:
        """The prompt in the model's own format, with placeholders. Raises `Failure`."""
        above, _, rest = prompt.partition(BEFORE_SUFFIX)
        below, _, typed = rest.partition(AFTER_SUFFIX)
        below = _CUT_OFF.sub("", below)
        document = above + typed + below
        cuts = (len(above), len(above) + len(typed))
        torn = any(start < cut < end for start, end in secrets_in(document) for cut in cuts)
        if torn or _WITHIN_A_KEY.search(document) or _is_being_typed(above + typed):
            raise Failure("a part of a secret stands here, and it stays on this machine", Kind.FORBIDDEN)
        vault.hide(document)  # from now on it knows each secret, also where only its value stands
        return self._backend.fim.prompt(vault.hide(above), vault.hide(below)) + vault.hide(typed)


def _is_being_typed(before: str) -> bool:
    """Whether the cursor stands behind what may become a key: both cases and digits in one word."""
    word = _BEING_TYPED.search(before)
    return word is not None and all(
        any(kind(letter) for letter in word[0]) for kind in (str.isdigit, str.isupper, str.islower)
    )
