"""Where an address is, and what may be sent there."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from emberline.privacy.labels import Level, Place
from emberline.privacy.places import Trust, is_legible, is_private, known, literal

MACHINE, HOST, CLOUD = Place.MACHINE, Place.HOST, Place.CLOUD
TRUST = Trust.of(
    ("gpu.example.net", "Büro.example.", "192.0.2.7", "10.0.0.0/8", "2001:db8::/32", "[fd00::1]")
)


@pytest.mark.parametrize(
    ("host", "address", "place"),
    [
        ("localhost", "127.0.0.1", MACHINE),
        ("127.9.9.9", "127.9.9.9", MACHINE),
        ("::1", "::1", MACHINE),
        ("a.name", "127.0.0.1", MACHINE),
        ("gpu.example.net", "203.0.113.5", HOST),
        ("xn--bro-hoa.example", "203.0.113.5", HOST),
        ("192.0.2.7", "192.0.2.7", HOST),
        ("any.name", "10.20.30.40", HOST),
        ("any.name", "2001:db8::5", HOST),
        ("fd00::1", "fd00::1", HOST),
        ("evil.gpu.example.net", "203.0.113.5", CLOUD),
        ("192.0.2.8", "192.0.2.8", CLOUD),
        ("192.168.1.5", "192.168.1.5", CLOUD),
        ("0.0.0.0", "0.0.0.0", CLOUD),
        ("::", "::", CLOUD),
        ("fd00::2", "fd00::2", CLOUD),
    ],
)
def test_place_of_an_address(host: str, address: str, place: Place) -> None:
    assert TRUST.place(host, ip_address(address)) is place


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("::ffff:127.0.0.1", ["127.0.0.1"]),
        ("::ffff:8.8.8.8", ["8.8.8.8"]),
        ("localhost", ["127.0.0.1", "::1"]),
        ("ollama.localhost", ["127.0.0.1", "::1"]),
        ("localhost.example.net", []),
        ("127.1", []),
        ("0x7f000001", []),
    ],
)
def test_what_is_known_without_a_resolver(host: str, expected: list[str]) -> None:
    assert [str(address) for address in known(host)] == expected


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("localhost", MACHINE),
        ("gpu.example.net", HOST),
        ("10.1.1.1", HOST),
        ("127.1", CLOUD),
        ("x.org", CLOUD),
    ],
)
def test_place_as_far_as_it_can_be_told_without_a_resolver(host: str, place: Place) -> None:
    assert TRUST.apparent(host) is place


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("10.1.2.3", True),
        ("172.31.255.255", True),
        ("172.32.0.0", False),
        ("192.168.0.1", True),
        ("100.64.0.1", True),
        ("100.128.0.0", False),
        ("169.254.1.1", True),
        ("fd12::1", True),
        ("fe80::1", True),
        ("8.8.8.8", False),
        ("2001:4860:4860::8888", False),
        ("0.0.0.0", False),
        ("203.0.113.1", False),
        ("::", False),
    ],
)
def test_private_networks(address: str, private: bool) -> None:
    found = literal(address)
    assert found is not None
    assert is_private(found) is private


@pytest.mark.parametrize(
    ("scheme", "place", "address", "legible"),
    [
        ("http", MACHINE, "127.0.0.1", False),
        ("http", HOST, "10.0.0.1", False),
        ("http", HOST, "203.0.113.5", True),
        ("http", CLOUD, "10.0.0.1", True),
        ("http", CLOUD, "8.8.8.8", True),
        ("https", HOST, "203.0.113.5", False),
        ("https", CLOUD, "8.8.8.8", False),
    ],
)
def test_only_tls_goes_where_others_could_read(
    scheme: str, place: Place, address: str, legible: bool
) -> None:
    assert is_legible(scheme, place, ip_address(address)) is legible


@pytest.mark.parametrize(
    ("trust", "host", "levels"),
    [
        (Trust(), "x.org", {Level.OPEN}),
        (Trust.of(("gpu.lan",)), "x.org", {Level.OPEN}),
        (Trust.of(("gpu.lan",)), "gpu.lan", {Level.TRUSTED, Level.OPEN}),
        (Trust.of(("10.0.0.0/8",)), "x.org", {Level.TRUSTED, Level.OPEN}),
    ],
)
def test_a_resolver_is_asked_only_where_its_answer_matters(
    trust: Trust, host: str, levels: set[Level]
) -> None:
    assert {level for level in Level if trust.may_resolve(host, level)} == levels
