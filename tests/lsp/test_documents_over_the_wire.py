"""Documents stay the same on both sides, in every encoding and through every oddity of the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lsp.raw import URI, Raw, over_stdio


def change(version: int, *changes: dict[str, Any]) -> dict[str, Any]:
    return {"textDocument": {"uri": URI, "version": version}, "contentChanges": list(changes)}


def span(line: int, start: int, end: int, text: str) -> dict[str, Any]:
    return {
        "range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}},
        "text": text,
    }


async def text_of(client: Raw) -> str:
    status = await client.call("emberline/status")
    text: str = status["stats"]["texts"][URI]
    return text


@pytest.mark.parametrize(("encoding", "after"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
async def test_positions_in_the_negotiated_encoding(encoding: str, after: int) -> None:
    async with over_stdio() as client:
        result = await client.initialize(
            capabilities={"general": {"positionEncodings": ["utf-7", encoding, "utf-16"]}}
        )
        assert result["capabilities"]["positionEncoding"] == encoding
        client.open("😀x\f\u2028y\rnext")
        client.notify(
            "textDocument/didChange", change(2, span(0, after, after + 1, "é"), span(1, 4, 99, "!"))
        )
        assert await text_of(client) == "😀é\f\u2028y\rnext!"
        answer = await client.answer(client.ask(0, after))
        item = answer["result"]["items"][0]
        place = {"line": 0, "character": after}
        assert item["range"] == {"start": place, "end": place}


async def test_changes_apply_in_order_and_whole_texts_replace(client: Raw) -> None:
    client.open("ab")
    client.notify(
        "textDocument/didChange", change(2, span(0, 1, 1, "\r\nx"), span(1, 1, 1, "y"), {"text": "new"})
    )
    assert await text_of(client) == "new"
    client.notify("textDocument/didChange", change(3, span(7, 7, 7, "!")))
    assert await text_of(client) == "new!"


async def test_half_a_surrogate_pair_loses_no_edit(client: Raw) -> None:
    client.open("ab")
    client.notify("textDocument/didChange", change(2, span(0, 1, 1, "\ud83d")))
    client.notify("textDocument/didChange", change(3, span(0, 3, 3, "!")))
    assert await text_of(client) == "a\ufffdb!"


async def test_half_a_surrogate_pair_in_an_answer(client: Raw) -> None:
    client.open("halves")
    answer = await client.answer(client.ask(0, 6))
    assert answer["result"]["items"][0]["insertText"] == "\ud83d"


async def test_ten_thousand_edits_in_one_burst(client: Raw) -> None:
    client.open("slow")
    asked = client.ask(0, 4)
    for version in range(2, 10_002):
        client.notify("textDocument/didChange", change(version, span(0, version + 2, version + 2, "x")))
    assert (await client.answer(asked))["result"] == {"items": []}
    assert await text_of(client) == "slow" + "x" * 10_000
