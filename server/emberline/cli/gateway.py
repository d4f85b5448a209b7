"""`emberline gateway`: the router as an OpenAI-compatible endpoint on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from emberline.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emberline.config.keys import FoundKey
    from emberline.config.schema import Settings
    from emberline.gateway.visit import Visit

SUMMARY = "answer other programs on this machine, through OpenAI's API"

_EPILOG = """\
Programs that speak OpenAI's API find it at http://127.0.0.1:PORT/v1, with the key that --show-key prints.
Headers of a request: X-Emberline-Task (commit-message, ...), X-Emberline-Workspace (a folder whose privacy
mode counts; without it everything stays on this machine), X-Emberline-Privacy (at most strict, trusted or
open). docs/gateway.md has recipes. It ends on Ctrl-C or SIGTERM."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument(
        "--port",
        type=_port,
        metavar="N",
        help="the port on 127.0.0.1 (default: gateway.port; 0: any free one)",
    )
    parser.add_argument("--show-key", action="store_true", help="print the key that programs need, and end")
    parser.add_argument("--json", action="store_true", help="one JSON object a line: the start, each request")


def run(args: argparse.Namespace) -> int:
    from emberline.cli import mistakes
    from emberline.config.load import load
    from emberline.gateway.key import gateway_key

    loaded = load()
    mistakes.tell(loaded)
    found = gateway_key(loaded.settings)
    if args.show_key:
        print(found.value.get_secret_value())
        return 0
    return _serve(args, loaded.settings, found)


def _serve(args: argparse.Namespace, settings: Settings, found: FoundKey) -> int:
    import asyncio
    import sys

    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"the gateway needs {error.name}, which is not installed: pip install 'emberline[gateway]'"
        ) from error
    sys.setswitchinterval(0.0005)  # threads that import or scan give way to requests under way
    try:
        return asyncio.run(_until_stopped(args, settings, found))
    except KeyboardInterrupt:
        return 130


async def _until_stopped(args: argparse.Namespace, settings: Settings, found: FoundKey) -> int:
    from emberline.gateway.app import application
    from emberline.gateway.serving import serve
    from emberline.gateway.workspaces import Workspaces

    tell, say, greet = _as_json() if args.json else _as_words()
    workspaces = Workspaces(say)
    port = settings.gateway.port if args.port is None else args.port
    try:
        async with workspaces.router(None) as router:  # looks around before the first request
            router.watch()
            app = application(workspaces, found.value.get_secret_value(), tell)
            return await serve(app, port, lambda bound: greet(bound, found.origin))
    finally:
        await workspaces.close()


Voice = tuple["Callable[[Visit], None]", "Callable[[str], None]", "Callable[[int, str], None]"]
"""How requests, remarks and the start are told."""


def _as_json() -> Voice:
    def out(value: dict[str, Any]) -> None:
        print(json.dumps(value, ensure_ascii=False), flush=True)

    return (
        lambda visit: out({"event": "request", **visit.as_json()}),
        lambda words: out({"event": "remark", "words": words}),
        lambda port, origin: out({"event": "start", "url": _url(port), "key_from": origin}),
    )


def _as_words() -> Voice:
    def aside(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    def greet(port: int, origin: str) -> None:
        print(_greeting(_url(port), origin), flush=True)

    return (lambda visit: aside(visit.line())), aside, greet


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/v1"


def _greeting(url: str, origin: str) -> str:
    return f"""\
Emberline answers at {url}
The key is in {origin}; `emberline gateway --show-key` prints it.

Try it:
  curl {url}/chat/completions \\
    -H "Authorization: Bearer $(emberline gateway --show-key)" -H "Content-Type: application/json" \\
    -d '{{"model": "emberline", "messages": [{{"role": "user", "content": "Say hello."}}]}}'

Or for any program that uses OpenAI's SDK:
  export OPENAI_BASE_URL={url} OPENAI_API_KEY="$(emberline gateway --show-key)"
"""


def _port(word: str) -> int:
    if not word.isdecimal() or int(word) > 65_535:
        raise argparse.ArgumentTypeError(f"{word!r} is no port (0 to 65535)")
    return int(word)
