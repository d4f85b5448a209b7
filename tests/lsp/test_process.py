"""The process: how it starts and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.lsp.raw import PATIENCE, Raw, over_stdio, over_tcp, started

SERVED = ("-m", "tests.lsp.served")
"""Started as an editor starts it, not forked."""


@pytest.fixture(params=["stdio", "tcp"])
async def fresh(request: pytest.FixtureRequest) -> AsyncIterator[Raw]:
    """A server process that was not spoken to yet, over each transport; one of them is really started."""
    async with over_stdio(*SERVED) if request.param == "stdio" else over_tcp() as client:
        yield client


async def test_exit_after_shutdown(client: Raw) -> None:
    await client.call("shutdown")
    client.notify("exit")
    assert await client.ended() == 0


async def test_exit_without_shutdown(client: Raw) -> None:
    client.notify("exit")
    assert await client.ended() == 1


async def test_exit_before_initialize(fresh: Raw) -> None:
    fresh.notify("exit")
    assert await fresh.ended() == 1


async def test_the_end_of_input(client: Raw) -> None:
    client.open("slow")
    client.ask(0, 4)
    await client.writer.drain()
    client.writer.close()
    assert await client.ended() == 1
    assert client.process.stderr is not None
    assert b"stopped in order" in await client.process.stderr.read()


async def test_the_end_of_input_before_initialize(fresh: Raw) -> None:
    fresh.writer.close()
    assert await fresh.ended() == 1


async def test_the_end_of_the_clients_process() -> None:
    """The editor is killed, yet its pipe stays open in a child that it left behind."""
    editor = await started("-c", "import time; time.sleep(600)")
    async with over_stdio(*SERVED) as client:
        await client.initialize(processId=editor.pid)
        await client.call("emberline/status")
        editor.kill()
        await editor.communicate()
        assert await client.ended() == 1


async def test_a_client_process_of_another_machine_is_not_waited_for() -> None:
    async with over_stdio(*SERVED) as client:
        await client.initialize(processId=2**22 + 1)
        await client.call("emberline/status")
        await client.call("shutdown")
        client.notify("exit")
        assert await client.ended() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
async def test_sigterm_ends_it_in_order(client: Raw) -> None:
    await client.call("emberline/status")
    client.process.send_signal(signal.SIGTERM)
    assert await client.ended() == 128 + signal.SIGTERM
    assert client.process.stderr is not None
    assert b"stopped in order" in await client.process.stderr.read()


async def test_input_from_a_file(tmp_path: Path) -> None:
    """No pipe: what the event loop cannot wait for."""
    session = tmp_path / "session"
    bodies = (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"capabilities":{}}}',
        b'{"jsonrpc":"2.0","id":2,"method":"shutdown"}',
        b'{"jsonrpc":"2.0","method":"exit"}',
    )
    session.write_bytes(b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies))
    output = tmp_path / "output"
    with session.open("rb") as stdin, output.open("wb") as stdout:
        process = await started(*SERVED, stdin=stdin, stdout=stdout)
        _, log = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, log
    assert output.read_bytes().count(b'"result"') == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
async def test_a_terminal_stays_as_it_was() -> None:
    import tty  # Windows has no such module

    master, slave = os.openpty()
    tty.setraw(slave)
    process = await started(*SERVED, stdin=slave, stdout=slave)
    try:
        body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
        os.write(master, b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        answer = b""
        while b"serverInfo" not in answer:
            answer += await asyncio.wait_for(asyncio.to_thread(os.read, master, 4096), PATIENCE)
        assert os.get_blocking(slave)
    finally:
        os.close(slave)
        process.kill()
        await process.communicate()
        os.close(master)


async def test_the_command_over_both_transports() -> None:
    """`emberline serve` itself, with whatever completion this installation has."""
    for connection in (
        over_stdio("-m", "emberline", "serve"),
        over_stdio("-m", "emberline", "serve", "--stdio"),
        over_tcp("-m", "emberline", "serve", "--tcp", "127.0.0.1:0"),
    ):
        async with connection as client:
            await client.shake_hands()
            await client.call("shutdown")
            client.notify("exit")
            assert await client.ended() == 0


@pytest.mark.parametrize("address", ["nowhere", ":1", "127.0.0.1:", "127.0.0.1:99999"])
async def test_an_address_that_is_none(address: str) -> None:
    process = await started("-m", "emberline", "serve", "--tcp", address)
    _, said = await process.communicate()
    assert process.returncode == 2
    assert b"HOST:PORT" in said


async def test_an_address_that_is_taken() -> None:
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    process = await started("-m", "emberline", "serve", "--tcp", f"127.0.0.1:{port}")
    _, said = await process.communicate()
    listener.close()
    assert process.returncode == 1
    assert b"cannot listen" in said
    assert b"Traceback" not in said


async def test_nothing_heavy_is_imported_before_initialize_is_answered() -> None:
    """Not even the protocol's own types: they take longer than all the rest."""
    spy = """
import sys
from emberline.lsp import server
async def no_more(*connection):
    print(*sorted(sys.modules), file=sys.stderr)
    return 0
original = server.shake_hands
async def spied(reader, writer):
    client = await original(reader, writer)
    await no_more()
    return client
server.shake_hands = spied
raise SystemExit(__import__('emberline.cli').cli.main(['serve']))
"""
    async with over_stdio("-c", spy) as client:
        await client.shake_hands()
        assert client.process.stderr is not None
        imported = (await asyncio.wait_for(client.process.stderr.readline(), PATIENCE)).decode().split()
    assert "asyncio" in imported
    heavy = {"pydantic", "httpx", "rich", "tree_sitter", "yaml", "psutil", "lsprotocol", "cattrs", "attrs"}
    assert not (heavy | {"pygls.server", "pygls.protocol"}) & set(imported)
