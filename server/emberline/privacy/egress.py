"""The one module that opens network connections (invariant 1).

A caller names what it wants to reach and why; it gets an httpx client that can reach just that. Text of
the user's leaves only through `local_client`, which refuses every address but this machine's loopback:
the destinations further away arrive with the router and its labels.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from emberline.privacy.labels import Manifest


class EgressRefused(Exception):
    """The destination is not one that this text may reach."""


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine by a loopback address, or by the name that always means it."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_client(base_url: str, key: str) -> httpx.AsyncClient:
    """A client for a server on this machine, e.g. the embedded engine; `key` is its bearer token.

    Every request has a connection of its own: closing it is how a request is cancelled, and llama.cpp's
    server mishandles a kept-alive connection after a stream was cut off (measured: 75 of 250 failed).
    On loopback a connection costs some 0.3 ms. Proxies from the environment are ignored, they would
    carry the text off the machine. Raises `EgressRefused` for any other address.
    """
    if not is_loopback(base_url):
        raise EgressRefused(f"{base_url} is not on this machine, and the engine's text must stay here")
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"Authorization": f"Bearer {key}"},
        timeout=httpx.Timeout(60.0, connect=2.0),
        limits=httpx.Limits(max_keepalive_connections=0),
        trust_env=False,
        verify=False,
    )


_MANIFEST = "emberline.manifest"


def carrying(manifest: Manifest) -> dict[str, object]:
    """The `extensions` of a request that carries this; one without them counts as strict."""
    return {_MANIFEST: manifest}


@dataclass(frozen=True, slots=True)
class Gate:
    """Who is trusted, and where every send is written down."""


def connect(url: str, gate: Gate, headers: Mapping[str, str], keep_alive: bool = True) -> httpx.AsyncClient:
    """A client for one model server at `url`. Each of its requests is judged by its manifest."""
    return httpx.AsyncClient(base_url=url, headers=dict(headers), trust_env=False)


def download_client() -> httpx.Client:
    """A client that fetches public model files. It carries no text of the user's; proxies are honoured."""
    return httpx.Client(
        timeout=httpx.Timeout(30.0, connect=float(os.environ.get("EMBERLINE_CONNECT_TIMEOUT", "4"))),
        follow_redirects=True,
    )


# What callers may catch, so that none of them needs httpx itself.
ConnectionFailed = httpx.HTTPError
AsyncClient = httpx.AsyncClient
