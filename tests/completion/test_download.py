"""A user without a model is asked, sees the download and can stop it; the instant lane works meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from emberline.completion.download import NOT_NOW, TOKEN, offer_download
from emberline.completion.types import Status
from emberline.models.catalogue import DEFAULT
from emberline.models.errors import Cancelled, FetchFailed
from emberline.models.transfer import Progress
from emberline.replay.client import Client


class Told:
    """A listener that remembers, and answers the question as told."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.statuses: list[Status] = []
        self.progress: list[tuple[str, object]] = []
        self.cancel: Callable[[], None] | None = None

    async def ask(self, message: str, actions: tuple[str, ...]) -> str | None:
        self.asked.append((message, actions))
        return actions[0] if self.answer == "yes" else self.answer

    def refresh(self, uri: str) -> None: ...

    def status_changed(self, status: Status) -> None:
        self.statuses.append(status)

    def progress_begin(self, token: str, title: str, cancel: Callable[[], None] | None = None) -> None:
        self.cancel = cancel
        self.progress.append(("begin", token))

    def progress_report(self, token: str, percentage: int | None, message: str) -> None:
        self.progress.append(("report", percentage))

    def progress_end(self, token: str, message: str) -> None:
        self.progress.append(("end", message))


class Source:
    """An engine whose download does as told."""

    def __init__(self, work: Callable[[Callable[[Progress], None], Callable[[], bool]], None]) -> None:
        self.work = work

    def download(self, model: object, report: object, is_cancelled: object) -> None:
        self.work(report, is_cancelled)  # type: ignore[arg-type]


async def test_the_model_is_fetched_with_progress_when_the_user_agrees() -> None:
    def work(report: Callable[[Progress], None], is_cancelled: Callable[[], bool]) -> None:
        for done in range(0, DEFAULT.size + 1, DEFAULT.size // 1000):
            report(Progress(done, DEFAULT.size, "somewhere"))

    told = Told("yes")
    assert await offer_download(told, Source(work), DEFAULT)
    assert "491 MB" in told.asked[0][1][0]
    assert told.progress[0] == ("begin", TOKEN)
    assert told.progress[-1] == ("end", "ready")
    percentages = [value for kind, value in told.progress if kind == "report"]
    assert percentages == sorted(set(percentages))


@pytest.mark.parametrize("answer", [NOT_NOW, None])
async def test_nothing_is_fetched_when_the_user_does_not_want_it(answer: str | None) -> None:
    told = Told(answer)

    def work(report: object, is_cancelled: object) -> None:
        raise AssertionError("fetched without consent")

    assert not await offer_download(told, Source(work), DEFAULT)
    assert told.statuses[0].kind == "warning"


async def test_the_user_can_stop_it() -> None:
    told = Told("yes")

    def work(report: object, is_cancelled: Callable[[], bool]) -> None:
        assert told.cancel is not None
        told.cancel()
        assert is_cancelled()
        raise Cancelled("stopped")

    assert not await offer_download(told, Source(work), DEFAULT)
    assert "goes on from here" in str(told.progress[-1])


async def test_a_failed_download_is_told_with_its_reason() -> None:
    def work(report: object, is_cancelled: object) -> None:
        raise FetchFailed("no source could be reached")

    told = Told("yes")
    assert not await offer_download(told, Source(work), DEFAULT)
    assert "no source could be reached" in told.statuses[-1].message


async def test_the_instant_lane_serves_without_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "workspace"
    folder.mkdir()
    line = "    logger.warning('the connection to %s was lost after %d tries', host, tries)\n"
    (folder / "a.py").write_text("def f(host, tries):\n" + line + "\n\ndef h(host, tries):\n" + line)
    monkeypatch.setenv("EMBERLINE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    (tmp_path / "config.yaml").write_text("completion: {}\n")
    client = await Client.start(folder)
    try:
        uri = (folder / "b.py").as_uri()
        text = "def g(host, tries):\n    logger.warning('the connection to %s was lost after %d"
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": document})
        while not (await client.request("emberline/status", None))["stats"].get("index", {}).get("files"):
            await asyncio.sleep(0.05)
        params = {
            "textDocument": {"uri": uri},
            "position": {"line": 1, "character": len(text) - text.index("\n") - 1},
            "context": {"triggerKind": 2},
        }
        answer = await client.request("textDocument/inlineCompletion", params)
        assert [item["insertText"] for item in answer["items"]] == [" tries', host, tries)"]
        async with asyncio.timeout(30):
            while (
                "emberline models pull"
                not in (status := await client.request("emberline/status", None))["message"]
            ):
                await asyncio.sleep(0.05)
        assert status["kind"] == "warning"
    finally:
        assert await client.stop() == 0
