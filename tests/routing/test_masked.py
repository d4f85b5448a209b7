"""Typing on another host: no secret goes along, and the answer reads as if it had."""

from __future__ import annotations

import asyncio

import pytest

from emberline.backends.base import Generation, Token
from emberline.backends.failure import Failure, Kind
from emberline.privacy.secrets import Vault
from emberline.routing.masked import Masked
from tests.completion.scripted import Scripted, settled

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
BODY = "QUJDREVGR0hJSktM" * 4 + "\n-----END PRIVATE KEY-----\n"


async def test_a_secret_is_replaced_on_the_way_out_and_put_back_on_the_way_in() -> None:
    backend = Scripted()
    request = Generation(f'token = "{TOKEN}"\nprint(', 10)
    asking = asyncio.create_task(_all(Masked(backend), request))
    stream = await backend.stream(0)
    assert TOKEN not in stream.request.prompt
    placeholder = Vault().hide(TOKEN)
    assert placeholder in stream.request.prompt
    stream.write("x", placeholder[:5], placeholder[5:], ")", probability=0.5)
    stream.end()
    await settled()
    tokens = await asking
    assert "".join(token.text for token in tokens) == f"x{TOKEN})"
    assert [token.probability for token in tokens] == [0.5, 0.25, 0.5]


async def test_reading_ahead_hides_as_well() -> None:
    backend = Scripted()
    await Masked(backend).prefill(f"key = '{TOKEN}'", 0)
    assert TOKEN not in backend.prefills[0][0]


async def test_a_whole_key_is_replaced() -> None:
    backend = Scripted()
    await Masked(backend).prefill(f"-----BEGIN PRIVATE KEY-----\n{BODY}", 0)
    assert "QUJD" not in backend.prefills[0][0]


async def test_a_window_that_begins_within_a_key_is_not_sent() -> None:
    backend = Scripted()
    with pytest.raises(Failure) as caught:
        await Masked(backend).prefill(BODY, 0)
    assert caught.value.kind is Kind.FORBIDDEN
    assert backend.prefills == []


async def _all(masked: Masked, request: Generation) -> list[Token]:
    return [token async for token in masked.generate(request)]
