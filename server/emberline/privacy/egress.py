"""The one module that opens network connections (invariant 1).

A caller names the server it wants and gets an httpx client that reaches this server and no other. Every
request is judged by its manifest: the strictest label in it must allow the place where the server's
*address* is. The connection then goes to exactly the address that was judged, so that neither a name that
points elsewhere, nor one that changes its mind between two look-ups, nor a redirect, nor a proxy variable
gets around it. What is sent, and what was refused, is written down by the gate's trail first.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import urlsplit

import httpx

from emberline.privacy.audit import Memory, Send, Witness
from emberline.privacy.labels import Label, Level, Manifest, Place, strictest
from emberline.privacy.places import Address, Trust, is_legible, known, literal, normal
from emberline.privacy.plain import Conversation, Garbled, Kept, Patience, Silent
from emberline.privacy.unbroken import Delicate, to_the_end, unbroken

CONNECT_SECONDS = 3.0
"""For one address, and for resolving a name."""
READ_SECONDS = 120.0
"""Between two pieces of an answer: a large local model may read a long prompt for so long."""
RESOLVED_SECONDS = 30.0
"""How long a name's addresses are kept. Each is judged anew for every request."""
IDLE_SECONDS = 30.0


class EgressRefused(Exception):
    """The destination is not one that this text may reach."""


# What callers may name, so that none of them needs httpx itself.
AsyncClient = httpx.AsyncClient
Response = httpx.Response
ConnectionFailed = httpx.HTTPError
"""Whatever went wrong on the way: no connection, TLS, a cut or malformed answer, and `TimedOut`."""
TimedOut = httpx.TimeoutException
NotConnected = (httpx.ConnectError, httpx.ConnectTimeout)
"""Nothing was sent: no address, nobody there, or a certificate that does not hold."""

Resolver = Callable[[str, int], Awaitable[tuple[Address, ...]]]
"""The addresses of a host and port, in the order in which to try them. Raises OSError."""


async def resolve(host: str, port: int) -> tuple[Address, ...]:
    """Asks the system. IPv6 addresses that hold on one interface only are left out."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = (literal(str(entry[4][0])) for entry in found)
    return tuple(dict.fromkeys(each for each in addresses if each and not getattr(each, "scope_id", None)))


@dataclass(frozen=True, slots=True)
class Gate:
    """Who is trusted, and where every send is written down. Other settings are another gate."""

    trusted_hosts: tuple[str, ...] = ()
    trail: Witness = field(default_factory=Memory)
    resolver: Resolver = resolve
    trust: Trust = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "trust", Trust.of(self.trusted_hosts))

    def place_of(self, url: str) -> Place:
        """Where a server is, for the router: no name is resolved, so one that nobody trusts counts as far.

        An address that cannot be understood counts as far, too. The egress point itself looks closer.
        """
        try:
            return self.trust.apparent(_host(httpx.URL(url)))
        except httpx.InvalidURL:
            return Place.CLOUD


_MANIFEST = "emberline.manifest"
_UNKNOWN = Manifest((), "no reason given")


def carrying(manifest: Manifest) -> dict[str, object]:
    """The `extensions` of a request that carries this; one without them counts as strict."""
    return {_MANIFEST: manifest}


def connect(url: str, gate: Gate, headers: Mapping[str, str], keep_alive: bool = True) -> httpx.AsyncClient:
    """A client for one model server at `url`. Each of its requests is judged by its manifest.

    A request raises `EgressRefused` where the text in it may not go, or where it may not be written down;
    `ConnectionFailed` for what goes wrong on the way. Redirects come back as answers. `keep_alive=False`
    gives every request a connection of its own: closing it is how llama.cpp's server is told to stop, and
    it mishandles a connection after a stream was cut off (measured: 75 of 250 failed).
    """
    try:
        base = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise EgressRefused(f"{url} is no address: {error}") from None
    if base.scheme not in ("http", "https") or not base.host:
        raise EgressRefused(f"{url} is no address that begins with http:// or https://")
    return httpx.AsyncClient(
        base_url=base,
        headers=dict(headers),
        transport=_Judged(base, gate, keep_alive),
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        trust_env=False,
    )


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine by a loopback address, or by the name that always means it."""
    return Gate().place_of(url) is Place.MACHINE and bool(urlsplit(url).hostname)


def download_client() -> httpx.Client:
    """A client that fetches public model files. It carries no text of the user's; proxies are honoured."""
    return httpx.Client(
        timeout=httpx.Timeout(30.0, connect=float(os.environ.get("EMBERLINE_CONNECT_TIMEOUT", "4"))),
        follow_redirects=True,
    )


@lru_cache(maxsize=1)
def certificates() -> ssl.SSLContext:
    """Verifies names against certifi's authorities and the system's own (a company's are there, and what
    $SSL_CERT_FILE names). Some 40 ms to make, so off the event loop and once."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


class _Judged(httpx.AsyncBaseTransport):
    """Judges, writes down, and only then sends; to one server alone."""

    def __init__(self, base: httpx.URL, gate: Gate, keep_alive: bool) -> None:
        self._scheme = base.scheme
        self._host = _host(base)
        self._port = base.port or _PORTS[base.scheme]
        self._name = f"{base.scheme}://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}"
        self._gate = gate
        self._kept = 20 if keep_alive else 0
        self._wire: _Plain | _Secured | None = None
        self._resolved: tuple[Address, ...] = ()
        self._resolved_at = -RESOLVED_SECONDS

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        manifest = request.extensions.get(_MANIFEST)
        manifest = manifest if isinstance(manifest, Manifest) else _UNKNOWN
        label = strictest(manifest.labels)
        send = Send(
            at=time.time(),
            destination=self._name,
            address="",
            place=self._gate.trust.apparent(self._host),
            model=manifest.model,
            bytes=int(request.headers.get("content-length", 0)),
            level=label.level,
            why=label.why,
            reason=manifest.reason,
            sources=tuple(dict.fromkeys(each.source for each in manifest.labels)),
        )
        try:
            addresses = await self._allowed(request.url, label)
        except EgressRefused as refusal:
            self._gate.trail.stayed(replace(send, refused=str(refusal)))
            raise
        wire = await self._connected()
        failure: Exception = httpx.ConnectError(f"{self._host} has no address")
        for address in addresses:
            place = self._gate.trust.place(self._host, address)
            await self._write_down(replace(send, place=place, address=str(address)))
            try:
                response = await wire.send(request, address)
            except NotConnected as error:
                failure = error
                continue
            if self._resolved and address != self._resolved[0]:
                self._resolved = (address, *(each for each in self._resolved if each != address))
            return response
        raise failure

    async def aclose(self) -> None:
        if self._wire is not None:
            await self._wire.close()

    async def _allowed(self, url: httpx.URL, label: Label) -> tuple[Address, ...]:
        """The server's addresses, when the text with this label may go to every one of them."""
        origin = (url.scheme, _host(url), url.port or _PORTS.get(url.scheme))
        if origin != (self._scheme, self._host, self._port):
            raise EgressRefused(f"this client reaches {self._name} alone, and was sent to {url.host}")
        trust = self._gate.trust
        addresses = known(self._host)
        if not addresses:
            if not trust.may_resolve(self._host, label.level):
                raise EgressRefused(_forbidden(self._name, trust.apparent(self._host), label))
            addresses = await self._resolve()
        for address in addresses:
            place = trust.place(self._host, address)
            if not label.level.allows(place):
                at = "" if literal(self._host) else f" ({address})"
                raise EgressRefused(_forbidden(self._name + at, place, label))
            if is_legible(self._scheme, place, address):
                where = f"{address} is a public address" if place is Place.HOST else "it is no host of yours"
                raise EgressRefused(f"{self._name} is asked without TLS, and {where}: use https")
        return addresses

    async def _resolve(self) -> tuple[Address, ...]:
        if time.monotonic() - self._resolved_at >= RESOLVED_SECONDS:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    self._resolved = await self._gate.resolver(self._host, self._port)
            except TimeoutError:
                raise httpx.ConnectTimeout(f"{self._host} could not be resolved in time") from None
            except OSError as error:
                raise httpx.ConnectError(f"{self._host} cannot be resolved: {error.strerror}") from error
            self._resolved_at = time.monotonic()
        return self._resolved

    async def _write_down(self, send: Send) -> None:
        if send.place is Place.MACHINE:
            self._gate.trail.stayed(send)
            return
        try:
            await asyncio.to_thread(self._gate.trail.left, send)
        except OSError as error:
            raise EgressRefused(
                f"nothing is sent to {self._name}, because the audit trail cannot be written: {error}"
            ) from error

    async def _connected(self) -> _Plain | _Secured:
        if self._wire is None and self._scheme == "http":
            self._wire = _Plain(self._port, self._kept)
        elif self._wire is None:
            context = await asyncio.to_thread(certificates)
            if self._wire is None:  # another request may have been quicker
                self._wire = _Secured(self._host, context, self._kept)
        assert self._wire is not None
        return self._wire


class _Plain:
    """Connections without TLS, to addresses that were judged. It keeps some for further requests."""

    def __init__(self, port: int, kept: int) -> None:
        self._port = port
        self._most = kept
        self._kept: dict[Address, Kept] = {}

    async def send(self, request: httpx.Request, address: Address) -> httpx.Response:
        """Raises httpx's errors, as its own transport would."""
        kept = self._kept.setdefault(address, Kept(self._most, IDLE_SECONDS))
        limits = request.extensions.get("timeout", {})
        patience = Patience(limits.get("read"), limits.get("write"))
        asked = request.method.encode("ascii"), request.url.raw_path, request.headers.raw
        body = await request.aread()
        with _told():
            if (known := kept.take()) is not None:
                with suppress(Silent):  # it was about to be closed: what was asked has not been heard
                    return await _answer(known, kept, known.ask(*asked, body, patience))
            fresh = kept.use(await self._connection(address, limits.get("connect")))
            return await _answer(fresh, kept, fresh.ask(*asked, body, patience))

    async def close(self) -> None:
        for kept in self._kept.values():
            kept.close()
        await asyncio.sleep(0)

    async def _connection(self, address: Address, seconds: float | None) -> Conversation:
        try:
            async with asyncio.timeout(seconds):
                return Conversation(*await asyncio.open_connection(str(address), self._port))
        except TimeoutError:
            raise httpx.ConnectTimeout(f"{address} did not answer in time") from None
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error


async def _answer(
    conversation: Conversation, kept: Kept, asking: Awaitable[tuple[int, list[tuple[bytes, bytes]]]]
) -> httpx.Response:
    """The answer's head, its body still to be read. Raises what the conversation raises."""
    try:
        status, headers = await asking
    except BaseException:  # cancelled, too: nobody else would close it
        kept.put(conversation)
        await asyncio.sleep(0)
        raise
    return httpx.Response(status, headers=headers, stream=_Pieces(conversation, kept))


class _Pieces(httpx.AsyncByteStream):
    """An answer's bytes. Read to the end, its connection serves another request."""

    def __init__(self, conversation: Conversation, kept: Kept) -> None:
        self._conversation = conversation
        self._kept: Kept | None = kept

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _told():
            async for piece in self._conversation.pieces():
                yield piece

    async def aclose(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.put(self._conversation)
            await asyncio.sleep(0)  # by then a closed one is closed, whatever its owner does next


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong on the way, in httpx's terms."""
    try:
        yield
    except TimeoutError:
        raise httpx.ReadTimeout("no answer in time") from None
    except (Garbled, OSError) as error:
        raise httpx.RemoteProtocolError(str(error)) from error


class _Secured:
    """Connections with TLS, by the HTTP library: to an address that was judged, with the Host header and the
    certificate of its name."""

    def __init__(self, host: str, context: ssl.SSLContext, kept: int) -> None:
        self._host = host
        limits = httpx.Limits(max_keepalive_connections=kept, keepalive_expiry=IDLE_SECONDS)
        self._wire = httpx.AsyncHTTPTransport(verify=context, limits=limits, trust_env=False)

    async def send(self, request: httpx.Request, address: Address) -> httpx.Response:
        """The response, whose stream is read and closed in whole steps."""
        connecting = Delicate()

        async def trace(event: str, about: Mapping[str, object]) -> None:
            # From its first step until the request goes out over it nobody would close the connection.
            if event.startswith("connection.") and event.endswith(".started"):
                connecting.begin()
            elif event.startswith("http") or event.endswith(".failed"):
                connecting.end()

        pinned = self._pinned(request, address)
        pinned.extensions["trace"] = trace
        work = self._wire.handle_async_request(pinned)
        response = await unbroken(work, httpx.Response.aclose, connecting)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Steps(response.stream)
        return response

    async def close(self) -> None:
        await self._wire.aclose()

    def _pinned(self, request: httpx.Request, address: Address) -> httpx.Request:
        """The request to this very address; its Host header and its certificate are still the name's."""
        extensions = dict(request.extensions)
        if not literal(self._host):
            extensions["sni_hostname"] = self._host
        return httpx.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,
            stream=request.stream,
            extensions=extensions,
        )


class _Steps(httpx.AsyncByteStream):
    """An answer's bytes; what is begun with its connection is never left half done."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = aiter(self._stream)
        while (piece := await unbroken(_next(pieces))) is not None:
            yield piece

    async def aclose(self) -> None:
        await to_the_end(self._stream.aclose())


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)


_PORTS = {"http": 80, "https": 443}


def _host(url: httpx.URL) -> str:
    return normal(url.raw_host.decode("ascii"))


_REACH = {
    Level.STRICT: "must stay on this machine",
    Level.TRUSTED: "may go to hosts of yours at most",
    Level.OPEN: "may go anywhere",
}
_WHERE = {
    Place.MACHINE: "on this machine",
    Place.HOST: "a host of yours",
    Place.CLOUD: "neither on this machine nor a host of yours (privacy.trusted_hosts)",
}


def _forbidden(destination: str, place: Place, label: Label) -> str:
    return (
        f"{destination} is {_WHERE[place]}, and {label.source} {_REACH[label.level]} because of {label.why}"
    )
