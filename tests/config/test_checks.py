"""What only shows when settings are looked at closely."""

from __future__ import annotations

import pytest

from emberline.config.checks import findings, is_host
from emberline.config.layers import Layer, Level, combine
from emberline.config.source import parse


def told(text: str) -> list[str]:
    return [str(problem) for problem in findings(combine([Layer(Level.USER, parse("user.yaml", text))], {}))]


def test_a_trusted_host_that_is_none() -> None:
    (problem,) = told("privacy:\n  trusted_hosts: [gpu, 'http://gpu:1']\n")
    assert problem.startswith("user.yaml:2: privacy.trusted_hosts: 'http://gpu:1' is no host: write a name")


@pytest.mark.parametrize(
    "host",
    [
        "gpu",
        "gpu.example.net",
        "gpu.example.net.",
        "my_host.local",
        "größe.example",
        "10.1.2.3",
        "10.0.0.0/8",
        "10.1.2.3/8",
        "fd00::/8",
        "::1",
        "[::1]",
    ],
)
def test_hosts(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "http://gpu",
        "gpu:11434",
        "gpu/path",
        "*.example.net",
        "10.0.0.300",
        "10.0.0.0/33",
        "-gpu",
        "a b",
        "a..b",
        "x" * 64,
        ".".join(["x" * 50] * 6),
    ],
)
def test_no_hosts(host: str) -> None:
    assert not is_host(host)
