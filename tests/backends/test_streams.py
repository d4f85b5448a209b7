"""What all protocols read by: bytes that a real server process sends, whole, cut, endless and wrong."""

from __future__ import annotations

import asyncio
import email.utils
import gzip
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from emberline.backends.complaint import Complaint
from emberline.backends.failure import Failure, Kind
from emberline.backends.streams import (
    BYTES_PER_TOKEN,
    LONGEST_LINE,
    SLACK,
    Event,
    Judgement,
    Refusal,
    Refused,
    Wire,
    by_status,
    retry_after,
)
from emberline.privacy.egress import Gate, connect
from emberline.privacy.labels import Manifest
from tests.servers import Served, serving

SENT = Manifest((), "test")
JSON, SSE, LINES = "application/json", "text/event-stream", "application/x-ndjson"
PROMPT = "the user's own words, which nobody else may read"
Steps = list[dict[str, Any]]


@pytest.fixture
def fake() -> Iterator[Served]:
    with serving("tests.servers.http") as served:
        yield served


@pytest.fixture
async def wire(fake: Served) -> AsyncIterator[Wire]:
    client = connect(fake.url, Gate(), {"Authorization": "Bearer sk-very-secret"}, keep_alive=False)
    yield Wire(client, "fake", patience=10)
    await client.aclose()


def head(kind: str, status: int = 200, *more: str) -> str:
    return "\r\n".join([f"HTTP/1.1 {status} Some", f"Content-Type: {kind}", *more, "", ""])


def whole(kind: str, body: str, status: int = 200, *more: str) -> Steps:
    length = f"Content-Length: {len(body.encode())}"
    return [{"send": head(kind, status, length, *more) + body}]


def chunked(kind: str, *pieces: str, end: str = "0\r\n\r\n") -> Steps:
    chunks = [f"{len(piece.encode()):x}\r\n{piece}\r\n" for piece in pieces]
    return [
        {"send": head(kind, 200, "Transfer-Encoding: chunked")},
        *({"send": each} for each in (*chunks, end)),
    ]


async def lines(wire: Wire, max_tokens: int = 100) -> list[dict[str, Any]]:
    return [line async for line in wire.ndjson("/x", {"prompt": PROMPT}, SENT, max_tokens)]


async def sse(wire: Wire, max_tokens: int = 100) -> list[Event]:
    return [event async for event in wire.sse("/x", {"prompt": PROMPT}, SENT, max_tokens)]


# -- what is read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (['data: {"a": 1}\n\n'], [Event("", {"a": 1}, "")]),
        (['data:{"a":1}\r\n\r\n'], [Event("", {"a": 1}, "")]),
        (["data: {", '"a"', ": 1}\n", "\n"], [Event("", {"a": 1}, "")]),
        (['data: {"a":\ndata: 1}\n\n'], [Event("", {"a": 1}, "")]),
        (["event: b\nid: 7\ndata: {}\n\ndata: {}\n\n"], [Event("b", {}, ""), Event("", {}, "")]),
        ([": a comment\n\n", "retry: 3\n\n", "data: [DONE]\n\n"], [Event("", None, "[DONE]")]),
        (["event: empty\n\n", "data: {}\n\n"], [Event("", {}, "")]),
        (['data: {"a": "\u2028\x85"}\n\n'], [Event("", {"a": "\u2028\x85"}, "")]),
        (['data: {"a": 1}'], [Event("", {"a": 1}, "")]),
        (['error: {"message": "no"}\n\n'], [Event("error", {"message": "no"}, "")]),
        ([], []),
    ],
)
async def test_events_are_read_however_they_are_cut(
    wire: Wire, fake: Served, pieces: list[str], expected: list[Event]
) -> None:
    fake.script(path="/x", steps=chunked(SSE, *pieces))
    assert await sse(wire) == expected


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (['{"a": 1}\n{"a": 2}\n'], [{"a": 1}, {"a": 2}]),
        (['{"a"', ": 1}", '\r\n\n{"b": "ü\u2028"}'], [{"a": 1}, {"b": "ü\u2028"}]),
        ([], []),
    ],
)
async def test_lines_are_read_however_they_are_cut(
    wire: Wire, fake: Served, pieces: list[str], expected: list[dict[str, Any]]
) -> None:
    fake.script(path="/x", steps=chunked(LINES, *pieces))
    assert await lines(wire) == expected


async def test_a_character_may_be_cut_in_two(wire: Wire, fake: Served) -> None:
    content = 'data: {"a": "🎉"}\n\n'.encode()
    halves = (content[:14], content[14:])
    steps: Steps = [{"send": head(SSE, 200, f"Content-Length: {len(content)}")}]
    steps += [step for half in halves for step in ({"base64": b64encode(half).decode()}, {"pause": 0.05})]
    fake.script(path="/x", steps=steps)
    assert [event.data for event in await sse(wire)] == [{"a": "🎉"}]


async def test_what_is_compressed_is_unpacked(wire: Wire, fake: Served) -> None:
    packed = gzip.compress(b'{"a": 1}')
    steps = [{"send": head(JSON, 200, f"Content-Length: {len(packed)}", "Content-Encoding: gzip")}]
    fake.script(path="/x", steps=[*steps, {"base64": b64encode(packed).decode()}])
    assert await wire.get_json("/x", SENT) == {"a": 1}


async def test_what_is_asked(wire: Wire, fake: Served) -> None:
    fake.script(path="/x", steps=whole(JSON, "{}"))
    await wire.post_json("/x", {"prompt": "ü \ud800 \u2028"}, SENT)
    (request,) = fake.requests("/x")
    assert (request["method"], request["json"]) == ("POST", {"prompt": "ü ? \u2028"})
    assert request["headers"]["content-type"] == JSON


# -- what goes wrong -------------------------------------------------------------------------------------

BROKEN_JSON: list[tuple[Steps, str]] = [
    (whole(JSON, '{"a": 1'), "not valid JSON"),
    (whole(JSON, ""), "not valid JSON"),
    (whole("text/html", "<html>"), "text/html instead of application/json"),
    ([{"send": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}], "no content type"),
    ([{"send": head(JSON, 200, "Content-Length: 99") + "{}"}], "broke off"),
    ([{"send": head(JSON, 200, "Content-Length: 2", "Content-Encoding: gzip") + "{}"}], "content encoding"),
    (
        [{"base64": b64encode(head(JSON, 200, "Content-Length: 8").encode() + b'{"a":"\xff"').decode()}],
        "JSON",
    ),
    ([{"send": "this is not HTTP\r\n\r\n"}], "not HTTP"),
]


@pytest.mark.parametrize(("steps", "words"), BROKEN_JSON)
async def test_a_broken_answer_is_one(wire: Wire, fake: Served, steps: Steps, words: str) -> None:
    fake.script(path="/x", steps=steps)
    with pytest.raises(Failure, match=words) as raised:
        await wire.get_json("/x", SENT)
    assert raised.value.kind is Kind.BROKEN


NOT_UTF8 = b64encode(b"data: \xff\n\n").decode()
ENDLESS_TEXT: Steps = [{"repeat": "x" * 65_536, "times": LONGEST_LINE // 65_536 + 2}]
ENDLESS_COMMENTS: Steps = [{"repeat": ": still there\n\n" * 5000, "times": 1000}]

BROKEN_STREAMS: list[tuple[str, Steps, str]] = [
    (SSE, whole(SSE, "data: {broken\n\n"), "JSON"),
    (SSE, [{"send": head(SSE, 200, "Content-Length: 9")}, {"base64": NOT_UTF8}], "UTF-8"),
    (SSE, whole(JSON, "{}"), "application/json instead of text/event-stream"),
    (SSE, chunked(SSE, 'data: {"a": 1}\n\n', end=""), "broke off"),
    (SSE, [{"send": head(SSE)}, *ENDLESS_TEXT], "did not end"),
    (SSE, [{"send": head(SSE)}, *ENDLESS_COMMENTS], "did not end"),
    (LINES, whole(LINES, '{"a": 1}\n{"a"'), "JSON"),
    (LINES, whole(LINES, "[1]\n"), "no JSON object"),
    (LINES, whole("text/plain", "{}\n"), "text/plain instead of"),
    (LINES, [{"send": head(LINES)}, {"repeat": '{"a": 1}\n' * 5000, "times": 1000}], "did not end"),
]


@pytest.mark.parametrize(("kind", "steps", "words"), BROKEN_STREAMS)
async def test_a_broken_stream_is_one(wire: Wire, fake: Served, kind: str, steps: Steps, words: str) -> None:
    fake.script(path="/x", steps=steps)
    with pytest.raises(Failure, match=words) as raised:
        await (sse(wire) if kind == SSE else lines(wire))
    assert raised.value.kind is Kind.BROKEN


async def test_an_answer_may_be_as_long_as_its_tokens_are(wire: Wire, fake: Served) -> None:
    line = '{"a": "' + "x" * 1000 + '"}\n'
    times = (SLACK + 200 * BYTES_PER_TOKEN) // len(line) - 1
    fake.script(path="/x", steps=[{"send": head(LINES)}, {"repeat": line, "times": times}])
    assert len(await lines(wire, 200)) == times
    with pytest.raises(Failure, match="did not end"):
        await lines(wire, 1)


async def test_an_endless_whole_is_given_up(wire: Wire, fake: Served) -> None:
    fake.script(path="/x", steps=[{"send": head(JSON)}, {"repeat": "1" * (1 << 20), "times": 40}])
    with pytest.raises(Failure, match="did not end") as raised:
        await wire.get_json("/x", SENT)
    assert raised.value.kind is Kind.BROKEN


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([{"pause": 0}], "closed the connection without an answer"),
        ([{"stall": True}], "did not answer in time"),
        ([{"send": head(SSE)}, {"stall": True}], "fell silent"),
    ],
)
async def test_a_silent_server_is_not_reached(wire: Wire, fake: Served, steps: Steps, words: str) -> None:
    fake.script(path="/x", steps=steps)
    with pytest.raises(Failure, match=words) as raised:
        await sse(Wire(wire.client, "fake", patience=1.0))
    assert raised.value.kind is Kind.UNREACHABLE


async def test_a_probe_has_a_patience_of_its_own(wire: Wire, fake: Served) -> None:
    fake.script(path="/x", steps=[{"stall": True}])
    with pytest.raises(Failure, match="in time"):
        await wire.get_json("/x", SENT, 1.0)


async def test_nobody_there() -> None:
    async with connect("http://127.0.0.1:9", Gate(), {}) as client:
        with pytest.raises(Failure, match=r"127\.0\.0\.1:9: is it running") as raised:
            await Wire(client, "fake").get_json("/x", SENT)
    assert raised.value.kind is Kind.UNREACHABLE


async def test_a_server_without_tls_is_told_by_its_address(fake: Served) -> None:
    url = fake.url.replace("http:", "https:")
    async with connect(url, Gate(), {}) as client:
        with pytest.raises(Failure, match="TLS") as raised:
            await Wire(client, "fake").get_json("/x", SENT)
    assert raised.value.kind is Kind.UNREACHABLE


async def test_what_the_egress_point_refuses_is_forbidden() -> None:
    async with connect("https://192.0.2.1", Gate(), {}) as client:
        with pytest.raises(Failure, match="must stay on this machine") as raised:
            await Wire(client, "fake").get_json("/x", SENT)
    assert raised.value.kind is Kind.FORBIDDEN


async def test_closing_the_reader_closes_the_connection(wire: Wire, fake: Served) -> None:
    fake.script(path="/x", steps=[{"send": head(LINES) + "{}\n"}, {"stall": True}])
    async with aclosing(wire.ndjson("/x", {}, SENT, 10)) as reading:
        assert await anext(reading) == {}
    await asyncio.to_thread(fake.until_gone, "/x")


# -- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Kind.BAD_REQUEST),
        (401, Kind.DENIED),
        (402, Kind.QUOTA),
        (403, Kind.DENIED),
        (404, Kind.NOT_FOUND),
        (408, Kind.UNREACHABLE),
        (413, Kind.BAD_REQUEST),
        (429, Kind.RATE_LIMITED),
        (500, Kind.OVERLOADED),
        (503, Kind.OVERLOADED),
        (307, Kind.NOT_FOUND),
        (200, Kind.BROKEN),
    ],
)
def test_what_a_status_means(status: int, kind: Kind) -> None:
    assert by_status(Refused(status)).kind is kind


async def test_a_refusal_is_told_with_its_words_its_remedy_and_its_delay(wire: Wire, fake: Served) -> None:
    def judge(refused: Refused) -> Judgement:
        assert refused.complaint == Complaint("slow down", "throttled")
        return Judgement(Kind.RATE_LIMITED, "have patience")

    body = '{"error": {"message": "slow down", "type": "throttled"}}'
    fake.script(path="/x", steps=whole(JSON, body, 429, "Retry-After: 3"))
    with pytest.raises(Refusal) as raised:
        await Wire(wire.client, "fake", judge).post_json("/x", {}, SENT)
    failure = raised.value
    assert (str(failure), failure.retry_after) == ("fake: slow down; have patience", 3.0)
    assert (failure.kind, failure.refused.status) == (Kind.RATE_LIMITED, 429)


@pytest.mark.parametrize("quoted", [PROMPT, PROMPT[5:35], "sk-very-secret"])
async def test_a_refusal_that_quotes_what_is_private_loses_its_words(
    wire: Wire, fake: Served, quoted: str
) -> None:
    fake.script(path="/x", steps=whole(JSON, f'{{"error": "cannot do: {quoted}"}}', 400))
    with pytest.raises(Failure, match="status 400") as raised:
        await lines(wire)
    assert quoted not in str(raised.value)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after-ms": "soon"}, None),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0.0),
    ],
)
def test_delays(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers) == expected


def test_a_delay_until_a_date() -> None:
    later = retry_after({"retry-after": email.utils.formatdate(time.time() + 100, usegmt=True)})
    assert later is not None
    assert 90 < later <= 100
