"""The report in an editor, and the figures at the metrics port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any, cast

import pytest

from emberline.account.book import reported
from emberline.account.figures import Report
from emberline.config.schema import Settings
from emberline.errors import UserError
from emberline.lsp import metrics
from emberline.lsp.client import Client
from emberline.lsp.codes import Refused
from emberline.lsp.listener import EditorListener
from emberline.lsp.metrics import PATH, Application, Metrics
from emberline.lsp.protocol import EdgeProtocol
from emberline.lsp.report import Reports
from tests.account.sample import LAST, fill
from tests.lsp.raw import Raw


class Editor:
    """Hears what the server tells, as its protocol, its client and its listener at once."""

    def __init__(self, dialogs: bool) -> None:
        self.dialogs = dialogs
        self.told: list[tuple[str, Any]] = []
        self.said: list[str] = []

    def tell(self, method: str, params: object) -> None:
        self.told.append((method, params))

    def say(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Report]:
    path = tmp_path_factory.mktemp("month") / "ledger.sqlite3"
    fill(path, days=3)
    return lambda since: reported(path, Settings(), since, datetime.combine(LAST, time(22)))


def reports(editor: Editor, book: Callable[[str], Report] | None) -> Reports:
    made = Reports(cast(EdgeProtocol, editor), cast(Client, editor), cast(EditorListener, editor))
    made.book = book
    return made


async def test_the_request_answers_page_and_text_and_shows_nothing(month: Callable[[str], Report]) -> None:
    editor = Editor(dialogs=True)
    result = await reports(editor, month).written(None)
    assert result["html"].startswith("<!DOCTYPE html>") and "Where it ran" in result["text"]
    assert (editor.told, editor.said) == ([], [])
    of_today = await reports(editor, month).written({"since": "1d"})
    assert "today" in of_today["text"]


async def test_the_command_shows_it_in_whatever_way_the_editor_has(month: Callable[[str], Report]) -> None:
    able, plain = Editor(dialogs=True), Editor(dialogs=False)
    result = await reports(able, month).shown(None)
    assert able.told == [
        ("emberline/show", {"title": "Emberline report", "markdown": f"```\n{result['text']}```\n"})
    ]
    assert await reports(plain, month).shown({}) == result
    (message,) = plain.said
    assert "ran locally" in message and "emberline report --open" in message and "\n" not in message


@pytest.mark.parametrize("told", [{"since": 7}, {"since": "whenever"}, {"since": None}])
async def test_what_cannot_be_understood_is_refused(told: object, month: Callable[[str], Report]) -> None:
    with pytest.raises(Refused, match=r"past time|must be a text"):
        await reports(Editor(dialogs=False), month).written(told)


async def test_a_ledger_that_cannot_be_read_is_refused_in_words() -> None:
    def damaged(since: str) -> Report:
        raise UserError("it is damaged")

    with pytest.raises(Refused, match="it is damaged"):
        await reports(Editor(dialogs=False), damaged).written(None)


async def test_a_server_without_a_book_says_so_over_the_wire(client: Raw) -> None:
    assert (await client.call("emberline/report"))["html"] == ""
    answer = await client.call("workspace/executeCommand", {"command": "emberline.report"})
    assert "emberline report" in answer["text"]


# -- the metrics port ---------------------------------------------------------------------------------


@pytest.fixture
def port() -> int:
    with closing_socket() as free:
        return int(free.getsockname()[1])


@contextlib.contextmanager
def closing_socket() -> Iterator[socket.socket]:
    with socket.socket() as opened:
        opened.bind((metrics.HOST, 0))
        yield opened


async def served(one: Metrics, port: int | None) -> None:
    async with asyncio.timeout(30):
        while one.serving != port:
            await asyncio.sleep(0.01)


def fetch(port: int, path: str = PATH, host: str = "") -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if host:
        request.add_header("Host", host)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def test_figures_are_handed_out_on_loopback_and_the_port_given_back(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "LOOK_SECONDS", 0.02)
    wanted: list[int | None] = [None]
    first = Metrics(lambda: wanted[0], lambda: "figures\n")
    second = Metrics(lambda: port, lambda: "the other's\n")
    first.start()
    assert first.serving is None
    wanted[0] = port
    await served(first, port)
    second.start()
    assert await asyncio.to_thread(fetch, port) == (200, "figures\n")
    assert (await asyncio.to_thread(fetch, port, "/"))[0] == 404
    assert (await asyncio.to_thread(fetch, port, PATH, "evil.example"))[0] == 403
    await first.close()
    await served(second, port)
    assert await asyncio.to_thread(fetch, port) == (200, "the other's\n")
    await second.close()
    assert second.serving is None


def asked(application: Application, **environ: str) -> tuple[str, bytes]:
    statuses: list[str] = []
    told = {"HTTP_HOST": "localhost:9", "PATH_INFO": PATH, "REQUEST_METHOD": "GET", **environ}
    body = application(dict(told), lambda status, headers: statuses.append(status))
    return statuses[0], b"".join(body)


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({}, "200 OK"),
        ({"HTTP_HOST": "127.0.0.1:9"}, "200 OK"),
        ({"HTTP_HOST": "[::1]:9"}, "200 OK"),
        ({"HTTP_HOST": ""}, "403 Forbidden"),
        ({"HTTP_HOST": "["}, "403 Forbidden"),
        ({"HTTP_HOST": "localhost.evil.example"}, "403 Forbidden"),
        ({"PATH_INFO": "/metrics/.."}, "404 Not Found"),
        ({"REQUEST_METHOD": "POST"}, "405 Method Not Allowed"),
    ],
)
def test_who_may_ask_for_what(environ: dict[str, str], status: str) -> None:
    assert asked(Application(lambda: "x"), **environ)[0] == status


def test_the_ledger_is_not_read_at_every_question_and_its_trouble_is_said() -> None:
    now, read = [0.0], [0]

    def text() -> str:
        read[0] += 1
        if read[0] == 2:
            raise UserError("the ledger is damaged")
        return f"{read[0]}"

    application = Application(text, lambda: now[0])
    assert asked(application) == asked(application) == ("200 OK", b"1")
    now[0] = metrics.FRESH_SECONDS
    assert asked(application) == ("503 Service Unavailable", b"the ledger is damaged\n")
    assert asked(application) == ("200 OK", b"3")


async def test_a_real_server_answers_with_its_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from emberline.account import book
    from emberline.config.load import load
    from emberline.observe.pressure import ENGINE, Held, Sample
    from emberline.observe.record import Fate, Record
    from emberline.routing.lane import TypingLane
    from emberline.routing.router import Router

    monkeypatch.setenv("EMBERLINE_STATE", str(tmp_path))
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    (tmp_path / "config.yaml").write_text("backends: {discover: false}\n")
    router = Router(load([tmp_path]), (tmp_path,))
    try:
        router.record(Record(datetime.now().timestamp(), "explain", "this machine", "ollama", "llama"))
        TypingLane(router, 100).note(Fate(datetime.now().timestamp(), "recalled", shown_chars=9))
        router.memory.sampled(Sample(held=(Held(ENGINE, 700), Held("ollama/llama3.1:8b", 5000))))
        report = await asyncio.to_thread(book.of(router), "1d")
        assert report.taken.shown == 1
        assert {holder.name: holder.last for holder in report.memory} == {
            "engine": 700,
            "llama3.1:8b (ollama)": 5000,
        }
        assert [(each.task, each.served.machine) for each in report.tasks] == [("explain", 1)]
        assert 'task="explain"' in await asyncio.to_thread(book.metrics)
    finally:
        await router.close()
