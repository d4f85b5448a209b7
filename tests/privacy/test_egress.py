"""What the egress point lets out, on real sockets: every connection and every look-up is counted."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from emberline.privacy import egress
from emberline.privacy.audit import Memory, Send
from emberline.privacy.egress import (
    ConnectionFailed,
    EgressRefused,
    Gate,
    TimedOut,
    carrying,
    connect,
    is_loopback,
)
from emberline.privacy.labels import Label, Level, Manifest, Place
from emberline.privacy.places import Address, literal

PUBLIC = "93.184.215.14"

_events: list[tuple[str, str]] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect" and isinstance(args[1], tuple):
        _events.append(("connect", str(args[1][0])))
    elif event == "socket.getaddrinfo":
        _events.append(("resolve", str(args[0])))


sys.addaudithook(_hook)


@pytest.fixture
def events() -> Iterator[list[tuple[str, str]]]:
    """Every connection and look-up that this process begins."""
    _events.clear()
    yield _events


def manifest(level: Level, source: str = "/w/a.py", why: str = "privacy.mode") -> dict[str, object]:
    return carrying(Manifest((Label(level, source, why),), "a test", "some-model"))


def resolver(*answers: tuple[str, ...]) -> tuple[egress.Resolver, list[str]]:
    """One that gives these answers in turn, then the last one for ever; and the names it was asked."""
    asked: list[str] = []

    async def answer(host: str, port: int) -> tuple[Address, ...]:
        asked.append(host)
        texts = answers[min(len(asked), len(answers)) - 1]
        return tuple(address for text in texts if (address := literal(text)))

    return answer, asked


@dataclass
class Server:
    """What a served port saw."""

    port: int = 0
    url: str = ""
    heads: list[str] = field(default_factory=list)
    connections: int = 0
    names: list[str | None] = field(default_factory=list)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def serving(
    answer: bytes = OK, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Server]:
    server = Server()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                server.heads.append(head)
                length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
                await reader.readexactly(int(length or 0))
                writer.write(answer)
                await writer.drain()
        writer.close()

    listener = await asyncio.start_server(talk, host, 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://{host}:{server.port}"
    try:
        yield server
    finally:
        listener.close()


# -- who may receive what -----------------------------------------------------------------------------


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "ollama.localhost", "[::ffff:127.0.0.1]"])
async def test_this_machine_may_receive_everything(
    host: str, level: Level, events: list[tuple[str, str]]
) -> None:
    asking, asked = resolver((PUBLIC,))
    async with serving() as server:
        url = f"http://{host}:{server.port}"
        async with connect(url, Gate(resolver=asking), {"X-Key": "k"}) as client:
            response = await client.post("/v1/x", content=b"text", extensions=manifest(level))
    assert (response.status_code, response.text) == (200, "ok")
    assert server.heads[0].startswith("POST /v1/x HTTP/1.1\r\n")
    assert f"Host: {host}:{server.port}\r\n" in server.heads[0]
    assert "X-Key: k\r\n" in server.heads[0]
    assert asked == []
    assert {where for kind, where in events if kind == "connect"} == {"127.0.0.1"}


REFUSED = [
    # url, trusted hosts, addresses, level, words of the refusal
    ("https://api.example.com", (), (PUBLIC,), Level.STRICT, "/w/a.py must stay on this machine"),
    ("https://api.example.com", (), (PUBLIC,), Level.TRUSTED, "may go to hosts of yours at most"),
    ("https://93.184.215.14", (), (), Level.TRUSTED, "may go to hosts of yours at most"),
    ("https://gpu.lan", ("gpu.lan",), ("10.0.0.5",), Level.STRICT, "https://gpu.lan:443 is a host of yours"),
    ("https://10.0.0.5", ("10.0.0.0/8",), (), Level.STRICT, "must stay on this machine"),
    ("http://0.0.0.0:1", (), (), Level.STRICT, "must stay on this machine"),
    ("http://[::]:1", (), (), Level.STRICT, "must stay on this machine"),
    ("http://box.lan", (), ("127.0.0.1",), Level.STRICT, "must stay on this machine"),
    ("http://127.1", (), ("127.0.0.1",), Level.STRICT, "must stay on this machine"),
    # a trusted name over http is proven by nothing
    ("http://gpu.lan", ("gpu.lan",), (PUBLIC,), Level.TRUSTED, "without TLS, and 93.184.215.14 is a public"),
    ("http://gpu.lan", ("gpu.lan",), ("10.0.0.5", PUBLIC), Level.TRUSTED, "without TLS, and 93.184.215.14"),
    # a network is trusted, the name leads elsewhere too
    ("https://gpu.lan", ("10.0.0.0/8",), ("10.0.0.5", PUBLIC), Level.TRUSTED, "(93.184.215.14) is"),
    # nothing is readable on the way, whatever the mode
    ("http://api.example.com", (), (PUBLIC,), Level.OPEN, "without TLS, and it is no host of yours"),
    ("http://192.168.1.5", (), (), Level.OPEN, "without TLS, and it is no host of yours"),
    ("http://93.184.215.14", ("93.184.215.14",), (), Level.OPEN, "without TLS, and 93.184.215.14"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "trusted", "addresses", "level", "words"), REFUSED)
async def test_what_is_refused_sends_no_packet(
    url: str,
    trusted: tuple[str, ...],
    addresses: tuple[str, ...],
    level: Level,
    words: str,
    events: list[tuple[str, str]],
) -> None:
    asking, asked = resolver(addresses)
    trail = Memory()
    async with connect(url, Gate(trusted, trail, asking), {}) as client:
        with pytest.raises(EgressRefused) as refusal:
            await client.post("/", content=b"text", extensions=manifest(level))
    assert words in str(refusal.value)
    assert events == []
    if level is Level.STRICT:
        assert asked == []
    assert not trail.sent_away
    (noted,) = trail.kept_here
    assert (noted.refused, noted.sources, noted.bytes) == (str(refusal.value), ("/w/a.py",), 4)


async def test_the_system_resolver_is_never_asked_under_strict(events: list[tuple[str, str]]) -> None:
    async with connect("https://gpu.invalid", Gate(("gpu.invalid", "10.0.0.0/8")), {}) as client:
        with pytest.raises(EgressRefused):
            await client.get("/", extensions=manifest(Level.STRICT))
    assert events == []


async def test_the_strictest_label_decides_and_none_at_all_is_strict() -> None:
    open_, strict = Label(Level.OPEN, "/w/a.py", "privacy.mode"), Label(Level.STRICT, "/w/b.py", ".gitignore")
    asking, _ = resolver((PUBLIC,))
    async with connect("https://api.example.com", Gate(resolver=asking), {}) as client:
        with pytest.raises(EgressRefused, match=r"/w/b\.py must stay on this machine because of \.gitignore"):
            await client.get("/", extensions=carrying(Manifest((open_, strict), "a test")))
        for extensions in ({}, carrying(Manifest((), "a test"))):
            with pytest.raises(EgressRefused, match="text without a label must stay on this machine"):
                await client.get("/", extensions=extensions)


# -- what would get around it ---------------------------------------------------------------------------


async def test_a_redirect_is_an_answer(events: list[tuple[str, str]]) -> None:
    elsewhere = b"HTTP/1.1 307 Away\r\nLocation: http://93.184.215.14/\r\nContent-Length: 0\r\n\r\n"
    async with serving(elsewhere) as server, connect(server.url, Gate(), {}) as client:
        response = await client.post("/", content=b"text")
        assert (response.status_code, server.connections) == (307, 1)
        with pytest.raises(EgressRefused, match=r"reaches http://127\.0\.0\.1:\d+ alone"):
            await client.post("/", content=b"text", follow_redirects=True)
    assert {where for _, where in events} == {"127.0.0.1"}


@pytest.mark.parametrize("target", ["http://127.0.0.2:{0}/", "https://127.0.0.1:{0}/", "http://127.0.0.1:1/"])
async def test_a_client_reaches_its_own_server_alone(target: str) -> None:
    async with serving() as server, connect(server.url, Gate(), {}) as client:
        with pytest.raises(EgressRefused, match="alone"):
            await client.get(target.format(server.port))
        assert server.connections == 0


async def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as proxy, serving() as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with connect(server.url, Gate(), {}) as client:
            await client.get("/")
        assert (server.connections, proxy.connections) == (1, 0)


async def test_the_connection_goes_to_the_address_that_was_judged(events: list[tuple[str, str]]) -> None:
    """A name that answers differently the second time: the connection does not look it up again."""
    asking, asked = resolver(("127.0.0.1",), (PUBLIC,))
    async with serving() as server:
        url = f"http://gpu.invalid:{server.port}"
        async with connect(url, Gate(resolver=asking), {}) as client:
            response = await client.get("/", extensions=manifest(Level.OPEN))
    assert response.text == "ok"
    assert asked == ["gpu.invalid"]
    assert f"Host: gpu.invalid:{server.port}\r\n" in server.heads[0]
    assert ("resolve", "gpu.invalid") not in events
    assert {where for kind, where in events if kind == "connect"} == {"127.0.0.1"}


async def test_a_name_that_moves_is_judged_again(
    events: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "RESOLVED_SECONDS", 0.0)
    asking, asked = resolver(("127.0.0.1",), (PUBLIC,))
    async with serving() as server:
        url = f"http://gpu.invalid:{server.port}"
        async with connect(url, Gate(resolver=asking), {}) as client:
            await client.get("/", extensions=manifest(Level.OPEN))
            with pytest.raises(EgressRefused, match="without TLS"):
                await client.get("/", extensions=manifest(Level.OPEN))
    assert len(asked) == 2
    assert {where for kind, where in events if kind == "connect"} == {"127.0.0.1"}


# -- TLS ----------------------------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """A certificate authority that this machine trusts, as a company's own is."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    egress.certificates.cache_clear()
    yield authority
    egress.certificates.cache_clear()


def context_for(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


async def test_a_certificate_is_held_against_the_name_not_the_address(authority: trustme.CA) -> None:
    context = context_for(authority, "gpu.example")
    asking, _ = resolver(("127.0.0.1",))
    async with serving(tls=context) as server:
        context.sni_callback = lambda socket, name, _: server.names.append(name)
        gate = Gate(resolver=asking)
        async with connect(f"https://gpu.example:{server.port}", gate, {}) as client:
            assert (await client.get("/", extensions=manifest(Level.OPEN))).text == "ok"
        async with connect(f"https://other.example:{server.port}", gate, {}) as client:
            with pytest.raises(ConnectionFailed, match=r"not valid for 'other\.example'"):
                await client.get("/", extensions=manifest(Level.OPEN))
        async with connect(server.url, gate, {}) as client:
            with pytest.raises(ConnectionFailed, match=r"not valid for '127\.0\.0\.1'"):
                await client.get("/")
    assert server.names[:2] == ["gpu.example", "other.example"]
    assert len(server.heads) == 1


async def test_an_authority_that_nobody_trusts_fails() -> None:
    tls = context_for(trustme.CA(), "127.0.0.1")
    async with serving(tls=tls) as server, connect(server.url, Gate(), {}) as client:
        with pytest.raises(ConnectionFailed, match="certificate verify failed"):
            await client.get("/")
    assert server.heads == []


# -- writing down ---------------------------------------------------------------------------------------
# 0.0.0.0 is no address of this machine by our rules, and yet the kernel takes what is sent there to it.


@pytest.mark.parametrize(
    ("trusted", "level", "place"),
    [(("gpu.example",), Level.TRUSTED, Place.HOST), ((), Level.OPEN, Place.CLOUD)],
)
async def test_what_leaves_is_written_down_first(
    authority: trustme.CA, trusted: tuple[str, ...], level: Level, place: Place
) -> None:
    asking, _ = resolver(("0.0.0.0",))
    seen: list[tuple[Send, int]] = []

    class Watching(Memory):
        def left(self, send: Send) -> None:
            seen.append((send, server.connections))

    labels = (Label(level, "/w/a.py", "privacy.mode"), Label(Level.OPEN, "clipboard", "you"))
    sent = carrying(Manifest((*labels, labels[0]), "a test", "some-model"))
    async with serving(tls=context_for(authority, "gpu.example"), host="0.0.0.0") as server:
        url = f"https://gpu.example:{server.port}/v1"
        async with connect(url, Gate(trusted, Watching(), asking), {}) as client:
            await client.post("chat", content=b"12345", extensions=sent)
    ((send, connections),) = seen
    assert connections == 0
    assert send == Send(
        at=send.at,
        destination=f"https://gpu.example:{server.port}",
        address="0.0.0.0",
        place=place,
        model="some-model",
        bytes=5,
        level=level,
        why="privacy.mode",
        reason="a test",
        sources=("/w/a.py", "clipboard"),
    )


async def test_without_a_trail_nothing_leaves(events: list[tuple[str, str]]) -> None:
    class Full(Memory):
        def left(self, send: Send) -> None:
            raise OSError(28, "No space left on device")

    asking, _ = resolver((PUBLIC,))
    async with connect("https://api.example.com", Gate((), Full(), asking), {}) as client:
        with pytest.raises(EgressRefused, match=r"audit trail cannot be written: .*No space left"):
            await client.get("/", extensions=manifest(Level.OPEN))
    assert events == []


async def test_what_stays_is_written_down_too() -> None:
    trail = Memory()
    async with serving() as server, connect(server.url, Gate((), trail), {}) as client:
        await client.post("/", content=b"1234567", extensions=manifest(Level.STRICT))
    assert not trail.sent_away
    (send,) = trail.kept_here
    assert (send.place, send.address, send.bytes, send.refused) == (Place.MACHINE, "127.0.0.1", 7, "")


# -- connections ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("keep_alive", "connections"), [(True, 1), (False, 3)])
async def test_connections_are_kept_or_not(keep_alive: bool, connections: int) -> None:
    async with serving() as server, connect(server.url, Gate(), {}, keep_alive) as client:
        for _ in range(3):
            await client.post("/", content=b"text")
    assert server.connections == connections


async def test_the_next_address_is_tried_and_remembered() -> None:
    trail = Memory()
    asking, _ = resolver(("127.0.0.3", "127.0.0.1"))
    async with serving() as server:
        url = f"http://gpu.invalid:{server.port}"
        async with connect(url, Gate((), trail, asking), {}, keep_alive=False) as client:
            for _ in range(2):
                assert (await client.get("/", extensions=manifest(Level.OPEN))).text == "ok"
    assert [send.address for send in trail.kept_here] == ["127.0.0.3", "127.0.0.1", "127.0.0.1"]


async def test_a_name_that_cannot_be_resolved_is_a_failed_connection() -> None:
    async def unknown(host: str, port: int) -> tuple[Address, ...]:
        raise OSError(-2, "Name or service not known")

    async def silent(host: str, port: int) -> tuple[Address, ...]:
        raise TimeoutError

    async def empty(host: str, port: int) -> tuple[Address, ...]:
        return ()

    for resolving, words in ((unknown, "not known"), (silent, "in time"), (empty, "no address")):
        async with connect("https://gpu.invalid", Gate(resolver=resolving), {}) as client:
            with pytest.raises(ConnectionFailed, match=words):
                await client.get("/", extensions=manifest(Level.OPEN))
    assert issubclass(TimedOut, ConnectionFailed)


async def test_the_system_resolver_names_addresses() -> None:
    assert literal("127.0.0.1") in await egress.resolve("localhost", 80)


@pytest.mark.parametrize(
    "url", ["", "ftp://127.0.0.1", "127.0.0.1:80", "http://", "http://a:b:c", "unix:///run/x"]
)
def test_what_is_no_address_gets_no_client(url: str) -> None:
    with pytest.raises(EgressRefused, match="is no address"):
        connect(url, Gate(), {})


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://localhost:11434", Place.MACHINE),
        ("http://[::1]:1/v1", Place.MACHINE),
        ("http://GPU.lan:8000/v1", Place.HOST),
        ("https://10.9.9.9", Place.HOST),
        ("https://api.example.com/v1", Place.CLOUD),
        ("http://127.0.0.1@api.example.com", Place.CLOUD),
        ("http://a:b:c", Place.CLOUD),
    ],
)
def test_where_a_server_is_can_be_told_without_asking_anybody(
    url: str, place: Place, events: list[tuple[str, str]]
) -> None:
    assert Gate(("gpu.lan", "10.0.0.0/8")).place_of(url) is place
    assert events == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://localhost:1", True),
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("http://example.org", False),
        ("http://10.0.0.1:80", False),
        ("http://127.0.0.1.evil.org", False),
        ("http://127.0.0.1@evil.org", False),
        ("localhost:1", False),
    ],
)
def test_what_names_this_machine(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected
