"""What is a host: a name, an IP address, or a network."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

# One label of a host's name, in any script: RFC 1123, section 2.1, and the underscores of local networks.
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_LONGEST_NAME = 253
_ENCODED = "xn--"


def is_host(text: str) -> bool:
    """Whether this is a host's name, an IP address or a network such as 10.0.0.0/8."""
    try:
        ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return is_name(text)
    return True


def is_place(text: str) -> bool:
    """Whether this is one host, by its name or its IP address, without brackets."""
    try:
        ip_address(text)
    except ValueError:
        return is_name(text)
    return True


def is_name(text: str) -> bool:
    """Whether this is a host's name; one in another script must have an encoding (IDNA 2008, RFC 5891)."""
    labels = text.rstrip(".").split(".")
    if len(text) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        return False
    if labels[-1].isdecimal():  # it wants to be an address
        return False
    if text.isascii() and not any(label.lower().startswith(_ENCODED) for label in labels):
        return True
    import idna  # httpx's own: what it refuses cannot be reached

    try:
        idna.encode(text.lower())
    except idna.IDNAError:
        return False
    return True
