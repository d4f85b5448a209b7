"""What the schema takes and what can do nothing all the same: said by `config check`, and in nobody's way."""

from __future__ import annotations

from emberline.config.errors import Problem, Severity
from emberline.config.hosts import is_host
from emberline.config.layers import Loaded

_TRUSTED = "privacy.trusted_hosts"


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
