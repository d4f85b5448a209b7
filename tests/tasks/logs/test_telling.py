from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import psutil
import pytest

from emberline.privacy.labels import Label, Level
from emberline.tasks.logs import summary
from emberline.tasks.logs.apart import read_apart
from emberline.tasks.logs.sources import BadLog
from emberline.tasks.logs.telling import WEAK
from emberline.tasks.types import Material, Nobody
from tests.tasks.logs.test_faithful import LOG
from tests.tasks.scripted_router import LARGE, OPEN, Heard, Scripted, as_router

GOOD = "The shop opened (line 1). A till cannot be reached (line 10). It burned down (line 99)."


def log(folder: Path, name: str = "app.log") -> Path:
    path = folder / name
    path.write_text(LOG)
    return path


async def test_a_log_is_counted_and_worded(tmp_path: Path) -> None:
    router, heard = Scripted([GOOD], folder=tmp_path, model=LARGE), Heard()
    told = await summary(as_router(router), [log(tmp_path)], heard)
    assert told.product.text == "The shop opened (line 1). A till cannot be reached (line 10)."
    assert (told.is_worded, told.cited) == (True, (1, 10))
    assert told.product.notes[0].startswith("Computed by large-model in the cloud")
    assert told.product.notes[-1] == (
        "One kind of claim of the model's did not hold and was left out: line 99 was not among those shown."
    )
    assert heard.steps[0] == "reading the log"
    # Rows are shown, no raw text of the log beside them.
    (asked,) = router.asked
    assert "line 2: warning, 8 times, last in line 9" in asked.messages[-1].content
    assert "drawer 5 is slow" not in asked.messages[-1].content


async def test_what_does_not_hold_is_asked_again_once(tmp_path: Path) -> None:
    router = Scripted(["All is lost (line 77).", GOOD], folder=tmp_path, model=LARGE)
    told = await summary(as_router(router), [log(tmp_path)], Nobody())
    assert told.cited == (1, 10)
    assert "line 77 was not among those shown" in router.asked[1].messages[-1].content
    assert len(told.product.answers) == 2


async def test_a_model_that_is_too_weak_leaves_the_figures(tmp_path: Path) -> None:
    router = Scripted(["I am a helpful assistant.", "Sure!"], folder=tmp_path, model=LARGE)
    told = await summary(as_router(router), [log(tmp_path)], Nobody())
    assert not told.is_worded
    assert told.product.notes[-1] == WEAK
    assert told.product.text.startswith(f"{tmp_path / 'app.log'}: 11 lines from ")
    assert (
        "The first error is in line 10 at 2026-01-02 10:00:20: cannot reach till_7: TimeoutError."
        in told.product.text
    )
    assert "Most often 8 times, from line 2 to line 9: drawer <n> is slow." in told.product.text


async def test_no_model_leaves_the_figures_and_says_why(tmp_path: Path) -> None:
    router = Scripted(refusal="there is no model here", folder=tmp_path)
    told = await summary(as_router(router), [log(tmp_path)], Nobody())
    assert told.product.notes == ("No model worded it: there is no model here",)
    assert told.overview.groups


async def test_a_log_that_no_model_may_read_is_counted_all_the_same(tmp_path: Path) -> None:
    router = Scripted([GOOD], folder=tmp_path, exclude=("*.log",))
    path = log(tmp_path)
    told = await summary(as_router(router), [path], Nobody())
    assert router.asked == []
    assert told.product.notes == (f"No model may read {path}, so the figures are all there is.",)


async def test_every_logs_label_counts(tmp_path: Path) -> None:
    router = Scripted(lambda chat: GOOD, folder=tmp_path, local_only=("private.log",), model=LARGE)
    await summary(as_router(router), [log(tmp_path), log(tmp_path, "private.log")], Nobody())
    assert [each.level for each in router.labels[0]] == [Level.OPEN, Level.STRICT]


async def test_a_document_of_an_editor_is_read_as_it_stands() -> None:
    label = Label(Level.STRICT, "app.log", ".gitignore")
    router = Scripted([GOOD], model=LARGE)
    told = await summary(as_router(router), [Material("app.log", LOG, label)], Nobody())
    assert router.labels == [(label,)]
    assert (
        "| error | 1 | line 10 | 2026-01-02 10:00:20 | cannot reach till\\_7: TimeoutError |" in told.markdown
    )
    assert told.markdown.startswith("The shop opened (line 1).")


async def test_an_empty_log_asks_nobody() -> None:
    router = Scripted([GOOD])
    told = await summary(as_router(router), [Material("app.log", "\n\n", OPEN)], Nobody())
    assert router.asked == []
    assert told.product.text == "app.log: 2 lines: 0 records."


async def test_a_large_log_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(LOG + "".join(f"2026-01-02 10:01:00 INFO tick {number}\n" for number in range(20_000)))
    told = await summary(as_router(Scripted([GOOD], folder=tmp_path, model=LARGE)), [path], Nobody())
    assert told.product.text == "The shop opened (line 1). A till cannot be reached (line 10)."
    assert (told.overview.lines, told.overview.groups[-1].count) == (20_011, 20_000)
    assert told.overview.first_error in told.overview.groups


async def test_what_cannot_be_read_apart_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match="No such file"):
        await read_apart([tmp_path / "none.log"])


async def test_a_reading_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # which never says anything
    others = set(psutil.Process().children())
    task = asyncio.create_task(read_apart([tmp_path / "pipe"]))
    while not (mine := set(psutil.Process().children()) - others):
        await asyncio.sleep(0.01)
    (child,) = mine
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not child.is_running()


WORDS = {
    "1": "The till did not answer in time.",
    "2": "Drawer 99 is slow.",
    "3": "The sale was not saved, so it is lost.",
}
SMALL_TEXT = (
    "app.log: 11 lines from 2026-01-02 10:00:00 to 2026-01-02 10:00:30: 2 errors, 8 warnings, "
    "1 other record. "
    "The first error is in line 10: cannot reach till_7: TimeoutError. The till did not answer in time. "
    "A warning is in line 2 and 7 more times until line 9: drawer <n> is slow. "
    "An error is in line 11: sale lost. The sale was not saved, so it is lost."
)


async def test_a_small_model_only_says_what_single_messages_mean() -> None:
    router = Scripted([json.dumps(WORDS)])
    told = await summary(as_router(router), [Material("app.log", LOG, OPEN)], Nobody())
    assert told.product.text == SMALL_TEXT
    assert told.cited == (10, 11)
    assert told.product.notes[0].startswith("Computed by small-model on this machine")
    assert "the number 99 stands nowhere" in told.product.notes[-1]
    assert "message 1: cannot reach till_7: TimeoutError" in router.asked[0].messages[-1].content


async def test_a_small_model_that_explains_nothing_leaves_the_figures() -> None:
    for answers in (["no JSON"] * 4, [json.dumps(dict.fromkeys("123", "It is 5 o'clock."))]):
        told = await summary(as_router(Scripted(answers)), [Material("app.log", LOG, OPEN)], Nobody())
        assert not told.is_worded
        assert told.product.notes[-1] == WEAK
        assert "The first error is in line 10 at" in told.product.text


async def test_where_nothing_goes_wrong_it_tells_what_there_is_most_of() -> None:
    log = "2026-01-02 10:00:00 INFO shop opened\n" + "2026-01-02 10:00:01 INFO tick\n" * 5
    router = Scripted([json.dumps({"1": "The clock ticks.", "2": "The shop opened its doors."})])
    told = await summary(as_router(router), [Material("app.log", log, OPEN)], Nobody())
    assert told.product.text.endswith(
        "A message is in line 2 and 4 more times until line 6: tick. The clock ticks. "
        "A message is in line 1: shop opened. The shop opened its doors."
    )


async def test_what_only_the_first_of_many_messages_says_is_said_of_it_alone() -> None:
    names = ("ann", "bob", "cid", "dan", "eve")
    log = "".join(f"2026-01-02 10:00:00 ERROR cannot notify {name}\n" for name in names)
    for gloss, told_as in (
        ("It was not possible to notify ann.", "The first says: It was not possible to notify ann."),
        ("People were not notified because a server burned.", "cannot notify <*>. People were not notified."),
    ):
        told = await summary(
            as_router(Scripted([json.dumps({"1": gloss})])), [Material("app.log", log, OPEN)], Nobody()
        )
        assert told.is_worded and told.product.text.endswith(told_as)
