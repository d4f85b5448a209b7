"""What is wrong with settings that are right one by one: said by `config check`, and in nobody's way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network

from emberline.config.errors import Problem, Severity
from emberline.config.layers import Loaded

# One label of a host's name, in any script: RFC 1123, section 2.1, and the underscores of local networks.
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_LONGEST_NAME = 253


def findings(loaded: Loaded) -> tuple[Problem, ...]:
    """Servers of one name, and trusted hosts that are none."""
    return (*_doubles(loaded), *_no_hosts(loaded))


def is_host(text: str) -> bool:
    """Whether this is a host's name, an IP address or a network such as 10.0.0.0/8."""
    try:
        ip_network(text.strip("[]"), strict=False)
    except ValueError:
        labels = text.rstrip(".").split(".")
        is_name = len(text) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, labels))
        return is_name and not labels[-1].isdecimal()  # else it wants to be an address
    return True


def _doubles(loaded: Loaded) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, server in enumerate(loaded.settings.backends.servers):
        if server.name in first:
            other = loaded.origin(f"backends.servers.{first[server.name]}.name")
            message = f"{server.name} is also the server in {other}: each needs a name of its own"
            yield _problem(loaded, f"backends.servers.{index}.name", message)
        first.setdefault(server.name, index)


def _no_hosts(loaded: Loaded) -> Iterator[Problem]:
    for host in loaded.settings.privacy.trusted_hosts:
        if not is_host(host):
            message = (
                f"{host!r} is no host: write a name, an IP address or a network, such as gpu.example.net or "
                "10.0.0.0/8, without http:// and without a port"
            )
            yield _problem(loaded, "privacy.trusted_hosts", message)


def _problem(loaded: Loaded, key: str, message: str) -> Problem:
    origin = loaded.origin(key)
    return Problem(Severity.ERROR, origin.file, origin.line, key, message)
