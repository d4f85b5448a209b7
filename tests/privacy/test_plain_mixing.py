"""However a server frames its answers, breaks them off, or says more than was asked, and whenever a request
is cancelled: nobody hears the answer to another request."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import httpx
import pytest

from emberline.privacy.egress import AsyncClient
from tests.privacy.test_plain import SENT, Answer, Peer, meeting

REQUESTS = 250
ABREAST = 8
Framed = Callable[[bytes, random.Random], bytes]


def counted(body: bytes, chance: random.Random) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def chunked(body: bytes, chance: random.Random) -> bytes:
    cuts = [0, *sorted(chance.sample(range(1, len(body)), 3)), len(body)]
    pieces = [body[start:end] for start, end in pairwise(cuts)]
    told = b"".join(b"%x;a=b\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b0\r\nTrailer: a\r\n\r\n" % told


def announced(body: bytes, chance: random.Random) -> bytes:
    return b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + chunked(
        body, chance
    )


def talkative(body: bytes, chance: random.Random) -> bytes:
    """With an answer that nobody asked for behind it, or a part of one."""
    return counted(body, chance) + counted(b"stray" * 40, chance)[: chance.randrange(1, 200)]


def last(body: bytes, chance: random.Random) -> bytes:
    return counted(body, chance).replace(b"OK", b"OK\r\nConnection: close", 1)


FRAMES: tuple[Framed, ...] = (counted, counted, chunked, chunked, announced, talkative, last)


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


def capricious(chance: random.Random) -> tuple[Answer, Callable[[Peer], None]]:
    """Answers each request with its own body over and over, or breaks off."""
    peers: list[Peer] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own = peers[0].last[writer].rpartition(b"\r\n\r\n")[2]
        frame = chance.choice(FRAMES)
        whole = frame(own * 30, chance)
        end = chance.choice(("whole",) * 6 + ("cut", "reset", "closed"))
        told = whole if end in ("whole", "closed") else whole[: chance.randrange(len(whole))]
        if frame is talkative or chance.random() < 0.5:
            writer.write(told)
        else:
            at = chance.randrange(len(told) + 1)
            writer.write(told[:at])
            await asyncio.sleep(chance.random() * 0.003)
            writer.write(told[at:])
        await writer.drain()
        if end == "reset":
            _reset(writer)
        elif end != "whole" or frame is last:
            await asyncio.sleep(chance.choice((0, 0.001)))
            writer.close()

    return answer, peers.append


async def _heard(client: AsyncClient, own: bytes, most: int) -> bytes:
    async with client.stream("POST", "/", content=own, extensions=SENT, timeout=5) as response:
        assert response.status_code == 200
        told = b""
        async for piece in response.aiter_bytes():
            told += piece
            if len(told) >= most:  # leaves in the middle
                return told
        assert len(told) == 30 * len(own)
        return told


@pytest.mark.parametrize("seed", range(6))
async def test_nobody_hears_the_answer_to_another_request(seed: int) -> None:
    chance = random.Random(seed)
    answer, introduce = capricious(chance)
    answered = failed = cancelled = 0

    async def visitor(client: AsyncClient, name: int) -> None:
        nonlocal answered, failed, cancelled
        for turn in range(REQUESTS // ABREAST):
            own = b"<%d:%d>" % (name, turn)
            most = chance.choice((1, 20, 10**6, 10**6))
            task = asyncio.create_task(_heard(client, own, most))
            if chance.random() < 0.3:
                asyncio.get_running_loop().call_later(chance.random() * 0.006, task.cancel)
            try:
                told = await task
            except httpx.HTTPError:
                failed += 1
            except asyncio.CancelledError:
                cancelled += 1
            else:
                assert told == (own * 30)[: len(told)]
                answered += 1

    async with meeting(answer) as (peer, client):
        introduce(peer)
        await asyncio.gather(*map(partial(visitor, client), range(ABREAST)))
        await client.aclose()
        await peer.until_alone()
    assert min(answered, failed, cancelled) > 0
    assert peer.connections < REQUESTS
