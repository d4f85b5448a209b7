"""Typing on another host: no secret goes along, and the answer reads as if it had."""

from __future__ import annotations

import asyncio

import pytest

from emberline.backends.base import Generation, Token
from emberline.backends.failure import Failure, Kind
from emberline.models.fim import NATIVE, QWEN
from emberline.privacy.secrets import Vault
from emberline.routing.masked import Masked
from tests.completion.scripted import Scripted, settled

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
LINE = "QUJDREVGR0hJSktM" * 4
END = "-----END PRIVATE KEY-----"
BEGIN = "-----BEGIN PRIVATE KEY-----"


def prompt(above: str, typed: str, below: str = "") -> str:
    return NATIVE.prompt(above, below) + typed


async def test_a_secret_is_replaced_on_the_way_out_and_put_back_on_the_way_in() -> None:
    backend = Scripted()
    request = Generation(prompt(f'token = "{TOKEN}"\n', "print(", "\nend()\n"), 10)
    asking = asyncio.create_task(_all(Masked(backend), request))
    stream = await backend.stream(0)
    placeholder = Vault().hide(TOKEN)
    assert stream.request.prompt == QWEN.prompt(f'token = "{placeholder}"\n', "\nend()\n") + "print("
    stream.write("x", placeholder[:5], placeholder[5:], ")", probability=0.5)
    stream.end()
    await settled()
    tokens = await asking
    assert "".join(token.text for token in tokens) == f"x{TOKEN})"
    assert [token.probability for token in tokens] == [0.5, 0.25, 0.5]


@pytest.mark.parametrize(
    ("above", "typed", "below"),
    [
        ("", f"{LINE}\n{LINE}\n{END}\n", ""),  # the window begins within a key
        (f"{BEGIN}\n{LINE}\n", f"{LINE}\n{END}\n", ""),  # the anchor stands within it
        (f"{BEGIN}\n{LINE}\n", "", f"{LINE}\n{END}\n"),  # the cursor does
        ("", f"{LINE}\n{LINE[:20]}", ""),  # neither end is to be seen
        ("", f'token = "{TOKEN[:30]}', ""),  # it is being typed
        ("", f'token = "{TOKEN[:20]}', TOKEN[20:] + '"\n'),  # or changed
    ],
)
async def test_where_a_part_of_a_secret_stands_nothing_is_sent(above: str, typed: str, below: str) -> None:
    backend = Scripted()
    with pytest.raises(Failure) as caught:
        await Masked(backend).prefill(prompt(above, typed, below), 0)
    assert caught.value.kind is Kind.FORBIDDEN
    assert backend.prefills == []


@pytest.mark.parametrize(
    ("above", "typed", "below"),
    [
        (f'key = "{TOKEN}"\n', "", "x"),
        ("", f'key = "{TOKEN}"\nprint(', ""),
        ("", "print(", f'\nkey = "{TOKEN}"\n'),
        ('password = "', "", 'Tr0ub4dor&3xK9"\n'),  # its name stands before the cursor, its value behind
        ("", "x = ", f"\ny = '{TOKEN[:30]}"),  # cut by the window's end
        (f"{BEGIN}\n{LINE}\n{END}\n", "x = ", ""),
    ],
)
async def test_no_secret_is_in_what_is_sent(above: str, typed: str, below: str) -> None:
    backend = Scripted()
    await Masked(backend).prefill(prompt(above, typed, below), 0)
    (sent, _) = backend.prefills[0]
    assert not any(secret in sent for secret in (TOKEN[:24], LINE[:24], "Tr0ub4dor"))


async def test_ordinary_code_is_sent_as_it_is() -> None:
    backend = Scripted()
    code = "class HTTPServer2:\n    def handle(self, request_id):\n        return self.items[request_id].na"
    await Masked(backend).prefill(prompt("import os\n", code, "\n\n\ndef main():\n    pass\n"), 0)
    expected = QWEN.prompt("import os\n", "\n\n\ndef main():\n    pass\n") + code
    assert backend.prefills == [(expected, 0)]


async def _all(masked: Masked, request: Generation) -> list[Token]:
    return [token async for token in masked.generate(request)]
