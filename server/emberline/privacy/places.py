"""Where an address is: on this machine, a host of the user's, or anywhere else. Nothing is resolved here.

Every rule about addresses stands in this file, as pure functions; egress.py resolves names and connects.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from emberline.privacy.labels import Level, Place

Address = IPv4Address | IPv6Address

LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
"""What `localhost` means (RFC 6761, section 6.3); no resolver is asked for it."""

_PRIVATE = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",  # RFC 1918, as the next two
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",  # link-local, RFC 3927
        "100.64.0.0/10",  # behind a carrier's NAT, and VPNs such as Tailscale: RFC 6598
        "127.0.0.0/8",
        "fc00::/7",  # unique local, RFC 4193
        "fe80::/10",  # link-local, RFC 4291
        "::1/128",
    )
)


def literal(host: str) -> Address | None:
    """The address that `host` spells out; None for a name. An IPv4 address inside an IPv6 one is itself."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def known(host: str) -> tuple[Address, ...]:
    """The addresses of `host` that need no resolver: those of a literal and of localhost. Else none."""
    if host == "localhost" or host.endswith(".localhost"):
        return LOOPBACK
    address = literal(host)
    return () if address is None else (address,)


def is_private(address: Address) -> bool:
    """Whether only this machine or a network of the user's own can answer from `address`."""
    return any(address in network for network in _PRIVATE)


@dataclass(frozen=True, slots=True)
class Trust:
    """The user's own hosts: by name, and by address or network."""

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, hosts: Iterable[str]) -> Trust:
        """Reads `privacy.trusted_hosts`: names, addresses, and networks such as 10.0.0.0/8."""
        names, networks = set(), []
        for host in hosts:
            try:
                networks.append(ip_network(host.strip("[]"), strict=False))
            except ValueError:
                names.add(normal(host))
        return cls(frozenset(names), tuple(networks))

    def place(self, host: str, address: Address) -> Place:
        """Where `address` is, which `host` stands for."""
        if address.is_loopback:
            return Place.MACHINE
        if host in self.names or any(address in network for network in self.networks):
            return Place.HOST
        return Place.CLOUD

    def apparent(self, host: str) -> Place:
        """Where `host` is as far as that can be told without resolving it; a name nobody trusts is far."""
        addresses = known(host)
        if addresses:
            return max((self.place(host, address) for address in addresses), key=_FARTHER)
        return Place.HOST if host in self.names else Place.CLOUD

    def may_resolve(self, host: str, level: Level) -> bool:
        """Whether a resolver may be asked for `host`: only where its answer could allow the destination."""
        return level.allows(Place.CLOUD) or (
            level.allows(Place.HOST) and (host in self.names or bool(self.networks))
        )


def normal(host: str) -> str:
    """A host name as it is compared: in lower case, punycode where it is not ASCII, without a last dot."""
    name = host.strip().rstrip(".").lower()
    if not name.isascii():
        with suppress(UnicodeError):  # no name at all: it equals nothing that could be reached
            name = name.encode("idna").decode("ascii")
    return name


def is_legible(scheme: str, place: Place, address: Address) -> bool:
    """Whether what is sent there could be read or answered by others on the way.

    Only TLS proves a name and hides a text. Without it we stay on this machine or, to a host that the user
    trusts, in a private network.
    """
    if scheme == "https" or place is Place.MACHINE:
        return False
    return place is Place.CLOUD or not is_private(address)


_FARTHER = list(Place).index
