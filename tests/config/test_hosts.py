"""What is a host, and what is an address that could be reached."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from emberline.config.hosts import is_host
from emberline.config.schema import Address


@pytest.mark.parametrize(
    "host",
    [
        "gpu",
        "gpu.example.net",
        "gpu.example.net.",
        "my_host.local",
        "größe.example",
        "xn--gre-6ka8i.example",
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
        "xn--",
        "xn--a.example",
        "\u2100.example",
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


@pytest.mark.parametrize(
    "address",
    [
        "http://gpu",
        "HTTPS://GPU.example.net:65535/v1",
        "http://10.1.2.3:8000",
        "http://[fd00::1]:1",
        "http://[fe80::1%eth0]:80",
        "https://größe.example",
        "http://my_host.local.:11434",
    ],
)
def test_addresses(address: str) -> None:
    assert TypeAdapter(Address).validate_python(f"{address}/") == address


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("gpu:11434", "begins with http://"),
        ("http://", "begins with http://"),
        ("http://[::1", "begins with http://"),
        ("http://\u2100.example", "begins with http://"),
        ("http://gpu\n.example", "begins with http://"),
        ("http://me:word@gpu", "no password"),
        ("http://xn--", "must name a host"),
        ("http://a..b", "must name a host"),
        ("http://a b", "must name a host"),
        ("http://*", "must name a host"),
        ("http://10.0.0.300", "must name a host"),
        (f"http://{'x' * 64}.example", "must name a host"),
        ("http://gpu:65536", "a port from 1 to 65535"),
        ("http://gpu:0", "a port from 1 to 65535"),
        ("http://gpu:-1", "a port from 1 to 65535"),
        ("http://gpu:web", "a port from 1 to 65535"),
        ("http://[::1]:99999", "a port from 1 to 65535"),
    ],
)
def test_no_addresses(address: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TypeAdapter(Address).validate_python(address)
