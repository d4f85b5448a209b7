"""Who may ask at all: whoever has the key, and calls this machine by a name that always means it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from emberline.gateway.refusal import Refused

NAMES = frozenset(("127.0.0.1", "localhost", "::1"))
"""Any other Host is a name that somebody made point here (DNS rebinding)."""


def admit(headers: Mapping[str, str], key: str) -> None:
    """Raises `Refused` for whoever may not. Names of headers are in lower case."""
    check_host(headers)
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        words = (
            "a key is needed: `emberline gateway --show-key` prints it; send it as Authorization: Bearer KEY"
        )
        raise Refused(401, words, "missing_api_key")
    if not hmac.compare_digest(given.strip().encode(), key.encode()):
        raise Refused(
            401, "this is not the gateway's key: `emberline gateway --show-key` prints it", "invalid_api_key"
        )


def check_host(headers: Mapping[str, str]) -> None:
    """Raises `Refused` where the request was meant for another name."""
    if host_of(headers.get("host", "")) not in NAMES:
        words = "the gateway answers to localhost and 127.0.0.1 alone"
        raise Refused(403, words, "foreign_host")


def host_of(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
