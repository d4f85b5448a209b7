"""What is said to llama.cpp's server, and what is read from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from emberline.backends.base import BackendUnavailable, BadRequest, Generation, Token, Usage
from emberline.backends.llamacpp import (
    LlamaCpp,
    completion_body,
    healing_grammar,
    parse_token,
    parse_usage,
)
from emberline.privacy.egress import Gate, connect


@pytest.mark.parametrize(
    ("forced", "literal"),
    [
        (" retur", '" retur"'),
        ('say "', r'"say \U00000022"'),
        ("a\\", r'"a\U0000005C"'),
        ("\tif", r'"\U00000009if"'),
        ("\n", r'"\U0000000A"'),
        ("\x08\x00", r'"\U00000008\U00000000"'),
        ("naïve 😀", '"naïve 😀"'),
        ("[^x]*", '"[^x]*"'),
    ],
)
def test_a_grammar_holds_the_forced_text_as_it_is(forced: str, literal: str) -> None:
    assert healing_grammar(forced) == f"root ::= {literal} [^\\x00]*"


def test_the_body_asks_for_a_stream_in_the_right_slot() -> None:
    body = completion_body(Generation("p", 7, stop=("\n\n",), temperature=0.4, seed=3, slot=1))
    assert (body["prompt"], body["n_predict"], body["id_slot"]) == ("p", 7, 1)
    assert (body["stop"], body["temperature"], body["seed"]) == (["\n\n"], 0.4, 3)
    assert body["stream"] is True
    assert body["cache_prompt"] is True
    assert "grammar" not in body
    assert completion_body(Generation("p", 7, forced="x"))["grammar"] == healing_grammar("x")


def event(text: str, *tokens: tuple[str, float]) -> dict[str, object]:
    tops = [{"token": token, "logprob": logprob} for token, logprob in tokens]
    return {
        "content": text,
        "completion_probabilities": [{"logprob": tokens[0][1], "top_logprobs": tops}],
    }


def test_a_token_brings_its_probability_and_its_rivals() -> None:
    token = parse_token(event(" x", (" x", 0.0), (" y", -50.0)))
    assert token is not None
    assert (token.text, token.probability) == (" x", 1.0)
    assert [each.text for each in token.alternatives] == [" x", " y"]
    assert token.alternatives[1].probability < 1e-20


def test_what_has_no_text_is_no_token() -> None:
    assert parse_token({"content": "", "prompt_progress": {"total": 5}}) is None
    assert parse_token({"stop": True}) is None


def test_text_without_probabilities_counts_as_sure() -> None:
    assert parse_token({"content": "x"}) == Token("x", 1.0)


def test_the_parts_of_one_character_are_multiplied() -> None:
    details = [{"logprob": -1.0, "top_logprobs": []}, {"logprob": -2.0, "top_logprobs": []}]
    token = parse_token({"content": "😀", "completion_probabilities": details})
    assert token is not None
    assert token.probability == pytest.approx(0.049787, rel=1e-4)


def test_usage_is_read_and_may_be_absent() -> None:
    timings = {"prompt_n": 3, "cache_n": 40, "predicted_n": 2, "prompt_ms": 1.5, "predicted_ms": 2.5}
    assert parse_usage(timings) == Usage(3, 40, 2, 4.0)
    assert parse_usage({}) == Usage(0, 0, 0, 0.0)


@asynccontextmanager
async def answering(status: int, chunks: Sequence[bytes], whole: bool = True) -> AsyncIterator[LlamaCpp]:
    """A client of a server that gives this one answer, and ends it in order or not."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d Some\r\nTransfer-Encoding: chunked\r\n" % status)
        writer.write(b"Content-Type: text/event-stream\r\n\r\n")
        for chunk in chunks:
            writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if whole:
            writer.write(b"0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = client_of(f"http://127.0.0.1:{port}")
    try:
        yield client
    finally:
        await client.close()
        server.close()


def client_of(url: str) -> LlamaCpp:
    return LlamaCpp(connect(url, Gate(), {"Authorization": "Bearer key"}, keep_alive=False))


def line(content: dict[str, object]) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"


async def written(client: LlamaCpp) -> list[str]:
    return [token.text async for token in client.generate(Generation("p", 5))]


async def test_a_stream_is_read_to_its_end() -> None:
    chunks = [line({"content": "a"}), b": a comment\n\n", line({"content": ""}), line({"content": "b"})]
    async with answering(200, [*chunks, line({"content": "", "stop": True, "timings": {}})]) as client:
        assert await written(client) == ["a", "b"]


@pytest.mark.parametrize(
    "chunks",
    [
        [line({"content": "a"}), line({"error": {"message": "out of memory"}})],
        [line({"content": "a"}), b'error: {"message": "out of memory"}\n\n'],
    ],
)
async def test_an_error_in_the_stream_is_one(chunks: list[bytes]) -> None:
    async with answering(200, chunks) as client:
        with pytest.raises(BackendUnavailable, match="out of memory"):
            await written(client)


@pytest.mark.parametrize("whole", [True, False])
async def test_a_stream_that_breaks_off_is_not_taken_for_a_finished_one(whole: bool) -> None:
    async with answering(200, [line({"content": "a"})], whole) as client:
        with pytest.raises(BackendUnavailable):
            await written(client)


async def test_a_refused_request_says_why() -> None:
    async with answering(400, [b'{"error": {"message": "the prompt is too long"}}']) as client:
        with pytest.raises(BadRequest, match="the prompt is too long"):
            await written(client)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "Loading model"}}', "Loading"),
        (b"<html>loading</html>", "503"),
        (b"[]", "503"),
    ],
)
async def test_a_server_that_cannot_serve_now_is_unavailable(body: bytes, words: str) -> None:
    async with answering(503, [body]) as client:
        with pytest.raises(BackendUnavailable, match=words):
            await client.prefill("p", 0)


async def test_a_text_holds_any_character(  # a reader that splits at all of Unicode's line ends breaks it
) -> None:
    text = "a\u2028b\x85c"
    chunks = [line({"content": text}), line({"content": "", "stop": True})]
    async with answering(200, [chunk.replace(b"\\u2028", "\u2028".encode()) for chunk in chunks]) as client:
        assert await written(client) == [text]


async def test_half_a_surrogate_pair_is_sent_as_a_question_mark() -> None:
    async with answering(200, [line({"content": "", "stop": True})]) as client:
        assert [token async for token in client.generate(Generation("\ud800", 5))] == []


async def test_nobody_there_is_unavailable_and_not_healthy() -> None:
    client = client_of("http://127.0.0.1:9")
    with pytest.raises(BackendUnavailable):
        await client.count_tokens("x")
    assert not await client.healthy()
    await client.close()
