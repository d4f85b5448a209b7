"""What is put aside for requests under way: by many tasks, by many processes, and with a file that fails."""

from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from emberline.observe.ledger import Ledger
from emberline.observe.record import Record
from emberline.observe.till import KEPT_SECONDS, Promise, Standing, Till

LIMIT = 1.0


class Short(Exception):
    """The limit does not bear it."""


def within(usd: float, limit: float = LIMIT):  # type: ignore[no-untyped-def]
    def check(standings: tuple[Standing, ...]) -> None:
        for each in standings:
            if each.spent + each.under_way + usd > limit + 1e-9:
                raise Short

    return check


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "promises.sqlite3"


def paid(usd: float, at: float | None = None) -> Record:
    return Record(at=time.time() if at is None else at, task="refactor", place="cloud", cost_usd=usd)


@pytest.mark.parametrize("shared", [True, False])
async def test_together_they_stay_within_the_limit(path: Path, shared: bool) -> None:
    till = Till(path if shared else None, Ledger(None))
    asked = [till.put_aside(0.3, [0.0], within(0.3)) for _ in range(10)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    back = [each for each in outcomes if not isinstance(each, BaseException)]
    assert len(back) == 3 and sum(isinstance(each, Short) for each in outcomes) == 7
    assert till.standing(0.0) == Standing(0.0, pytest.approx(0.9))
    assert len(till.promises()) == 3
    for give_back in back:
        give_back()
        give_back()  # twice is once
    assert till.promises() == () and till.standing(0.0) == Standing(0.0, 0.0)


async def test_one_sees_what_the_other_has_put_aside_and_spent(path: Path, tmp_path: Path) -> None:
    ledgers = [Ledger(tmp_path / "ledger.sqlite3") for _ in range(2)]
    one, other = (Till(path, ledger) for ledger in ledgers)
    give_back = await one.put_aside(0.7, [0.0], within(0.7))
    with pytest.raises(Short):
        await other.put_aside(0.4, [0.0], within(0.4))
    one.ledger.record(paid(0.5))
    give_back()
    one.ledger.flush()
    assert other.promises() == ()
    with pytest.raises(Short):  # at once, however long ago it last looked
        await other.put_aside(0.6, [0.0], within(0.6))
    await other.put_aside(0.5, [0.0], within(0.5))
    for ledger in ledgers:
        ledger.close()


async def test_it_is_given_back_only_once_the_record_is_in_the_ledger(path: Path, tmp_path: Path) -> None:
    one = Till(path, Ledger(tmp_path / "ledger.sqlite3"))
    give_back = await one.put_aside(0.7, [0.0], within(0.7))
    one.ledger.record(paid(0.6))
    give_back()
    # Whatever another looks at meanwhile, it finds the one, the other, or both.
    other = Till(path, Ledger(tmp_path / "ledger.sqlite3"))
    seen: list[Standing] = []
    await other.put_aside(0.0, [0.0], lambda standings: seen.extend(standings))
    assert seen[0].spent + seen[0].under_way >= 0.6
    one.ledger.close()
    assert one.promises() == (Promise(other.promises()[0].at, 0.0, other.promises()[0].pid),)
    other.ledger.close()


async def test_only_what_began_since_then_counts(path: Path) -> None:
    till = Till(path, Ledger(None))
    await till.put_aside(0.7, [time.time() - 60, time.time() + 60], lambda standings: None)
    seen: list[Standing] = []
    await Till(path, Ledger(None)).put_aside(0.1, [time.time() - 60, time.time() + 60], seen.extend)
    assert [round(each.under_way, 6) for each in seen] == [0.7, 0.0]


PROCESS = """
import asyncio, sys
from pathlib import Path
from emberline.observe.ledger import Ledger
from emberline.observe.record import Record
from emberline.observe.till import Till
import time

class Short(Exception):
    pass

def check(standings):
    if standings[0].spent + standings[0].under_way + 0.01 > 0.5 + 1e-9:
        raise Short

async def main(folder):
    till = Till(folder / "promises.sqlite3", Ledger(folder / "ledger.sqlite3"))
    for _ in range(40):
        try:
            give_back = await till.put_aside(0.01, [0.0], check)
        except Short:
            continue
        till.ledger.record(Record(at=time.time(), task="t", place="cloud", cost_usd=0.01))
        give_back()
    till.ledger.close()

asyncio.run(main(Path(sys.argv[1])))
"""


def test_four_processes_do_not_together_overrun_the_limit(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]
    for process in [subprocess.Popen(command) for _ in range(4)]:
        assert process.wait() == 0
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    # What moves into the ledger counts twice for a moment: they may all have been refused a little early.
    assert ledger.spent_now(0.0) < 0.5 + 1e-9
    assert subprocess.run(command, check=False).returncode == 0
    assert ledger.spent_now(0.0) == pytest.approx(0.5)
    assert Till(tmp_path / "promises.sqlite3", ledger).promises() == ()
    ledger.close()


def test_what_a_killed_process_leaves_stays_put_aside(tmp_path: Path) -> None:
    killed = PROCESS.replace("give_back()", "import os; os.kill(os.getpid(), 9)")
    killed = killed.replace("till.ledger.record", "lambda *_: None and till.ledger.record")
    subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
    till = Till(tmp_path / "promises.sqlite3", Ledger(None))
    assert [each.usd for each in till.promises()] == [0.01]
    with pytest.raises(Short):
        asyncio.run(till.put_aside(0.995, [0.0], within(0.995)))


async def test_what_is_too_old_for_any_month_is_cleared_away(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, now = Till(path, Ledger(None)), time.time()
    monkeypatch.setattr(time, "time", lambda: now - KEPT_SECONDS - 1)
    await left.put_aside(0.9, [0.0], within(0.9))
    monkeypatch.undo()
    till = Till(path, Ledger(None))
    await till.put_aside(0.8, [0.0], within(0.8))
    assert [each.usd for each in till.promises()] == [0.8]


async def test_who_stops_waiting_leaves_nothing_put_aside(path: Path) -> None:
    till = Till(path, Ledger(None))
    holds = Till(path, Ledger(None))
    inside, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(standings: tuple[Standing, ...]) -> None:
        loop.call_soon_threadsafe(inside.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

    asking = asyncio.ensure_future(till.put_aside(0.5, [0.0], slow))
    await inside.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    go_on.set()
    give_back = await holds.put_aside(0.1, [0.0], lambda standings: None)
    while len(till.promises()) != 1:
        await asyncio.sleep(0.01)
    assert till.promises()[0].usd == 0.1 and till.standing(0.0).under_way == 0
    give_back()


def test_a_command_that_is_interrupted_meanwhile_leaves_nothing_put_aside(path: Path) -> None:
    till = Till(path, Ledger(None))
    go_on = threading.Event()

    async def interrupted() -> None:
        inside = asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(standings: tuple[Standing, ...]) -> None:
            loop.call_soon_threadsafe(inside.set)
            loop.call_soon_threadsafe(loop.call_later, 0.05, go_on.set)
            go_on.wait(10)

        asking = asyncio.ensure_future(till.put_aside(0.5, [0.0], slow))
        await inside.wait()
        asking.cancel()  # and then all that is left ends with the loop

    asyncio.run(interrupted())
    assert till.promises() == () and till.standing(0.0).under_way == 0


@pytest.fixture
def damaged(path: Path) -> Path:
    path.parent.mkdir()
    path.write_bytes(b"no database at all, and long enough to be taken for none" * 20)
    return path


async def test_a_damaged_file_is_told_once_and_each_counts_its_own(damaged: Path) -> None:
    path = damaged
    told: list[str] = []
    till = Till(path, Ledger(None), told.append)
    await till.put_aside(0.7, [0.0], within(0.7))
    with pytest.raises(Short):
        await till.put_aside(0.4, [0.0], within(0.4))
    assert len(told) == 1 and str(path) in told[0] and "other windows" in told[0]
    assert till.promises() == ()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_only_the_user_can_read_it(path: Path) -> None:
    await Till(path, Ledger(None)).put_aside(0.7, [0.0], within(0.7))
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
