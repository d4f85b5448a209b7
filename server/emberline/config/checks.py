"""What the schema takes and what can do nothing all the same: said by `config check`, and in nobody's way."""

from __future__ import annotations

import re
from ipaddress import ip_network

from emberline.config.errors import Problem, Severity
from emberline.config.layers import Loaded

_TRUSTED = "privacy.trusted_hosts"
# One label of a host's name, in any script: RFC 1123, section 2.1, and the underscores of local networks.
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_LONGEST_NAME = 253


def findings(loaded: Loaded) -> tuple[Problem, ...]:
    """Trusted hosts that are none."""
    origin = loaded.origin(_TRUSTED)
    return tuple(
        Problem(
            Severity.ERROR,
            origin.file,
            origin.line,
            _TRUSTED,
            f"{host!r} is no host: write a name, an IP address or a network, such as gpu.example.net or "
            "10.0.0.0/8, without http:// and without a port",
        )
        for host in loaded.settings.privacy.trusted_hosts
        if not is_host(host)
    )


def is_host(text: str) -> bool:
    """Whether this is a host's name, an IP address or a network such as 10.0.0.0/8."""
    try:
        ip_network(text.strip("[]"), strict=False)
    except ValueError:
        labels = text.rstrip(".").split(".")
        is_name = len(text) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, labels))
        return is_name and not labels[-1].isdecimal()  # else it wants to be an address
    return True
