"""`emberline serve`: the language server, started by an editor."""

from __future__ import annotations

import argparse

from emberline.errors import UserError

SUMMARY = "serve one editor, over standard input and output or over TCP"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `emberline serve`."""
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--stdio", action="store_true", help="over standard input and output (the default)")
    way.add_argument(
        "--tcp",
        type=_address,
        metavar="HOST:PORT",
        help="wait for one client at this address (port 0: any free one, named on standard error)",
    )


def run(args: argparse.Namespace) -> int:
    """Serves until the client leaves. Raises `UserError` where it cannot listen at the address."""
    from emberline.lsp import server

    if args.tcp is None:
        return server.serve_stdio()
    host, port = args.tcp
    try:
        return server.serve_tcp(host, port)
    except OSError as error:
        raise UserError(f"cannot listen at {host}:{port}: {error.strerror or error}") from error


def _address(word: str) -> tuple[str, int]:
    host, colon, port = word.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{word!r} is not HOST:PORT, as in 127.0.0.1:2087")
    return host.strip("[]"), int(port)
