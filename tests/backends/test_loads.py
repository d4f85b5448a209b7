"""Loads that go on without who asked for them, shared by all who wait."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from emberline.backends.failure import Failure, Kind
from emberline.backends.loads import Loads


async def test_a_load_is_shared_and_goes_on_without_who_asked_for_it() -> None:
    loads, loaded, begun = Loads(), asyncio.Event(), 0

    async def load() -> None:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0.05)
        loaded.set()

    waiting = [asyncio.create_task(loads.once("a", loaded.is_set, load)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await loads.once("a", loaded.is_set, load)
    assert (begun, loaded.is_set()) == (1, True)


async def test_a_load_that_fails_is_told_and_tried_again() -> None:
    loads, begun = Loads(), 0

    async def load() -> None:
        nonlocal begun
        begun += 1
        raise Failure("no room", Kind.OVERLOADED)

    for _ in range(2):
        with pytest.raises(Failure, match="no room"):
            await loads.once("a", lambda: False, load)
    assert begun == 2


async def test_closing_ends_what_is_under_way() -> None:
    loads = Loads()
    waiting = asyncio.create_task(loads.once("a", lambda: False, lambda: asyncio.sleep(60)))
    await asyncio.sleep(0)
    await loads.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_one_that_is_under_way_is_shared_however_it_was_wanted() -> None:
    loads, may_end, begun = Loads(), asyncio.Event(), []

    async def load(name: str) -> None:
        begun.append(name)
        await may_end.wait()

    waiting = [asyncio.create_task(loads.shared("a", partial(load, name))) for name in "xy"]
    other = asyncio.create_task(loads.shared("b", partial(load, "z")))
    await asyncio.sleep(0)
    may_end.set()
    assert await asyncio.gather(*waiting, other) == [True, False, True]
    assert begun == ["x", "z"]
    assert await loads.shared("a", partial(load, "again"))
    assert begun == ["x", "z", "again"]
