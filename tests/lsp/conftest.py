from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.lsp.raw import Raw, over_stdio, over_tcp


@pytest.fixture(params=["stdio", "tcp"])
async def fresh(request: pytest.FixtureRequest) -> AsyncIterator[Raw]:
    """A server process that was not spoken to yet, over each transport."""
    async with over_stdio() if request.param == "stdio" else over_tcp() as client:
        yield client


@pytest.fixture
async def client(fresh: Raw) -> Raw:
    """A server process after its handshake."""
    await fresh.initialize()
    return fresh
