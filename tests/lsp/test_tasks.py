"""Everyday tasks as requests and as commands: forms, progress, cancel, errors in words, one answer each."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from emberline.lsp.capabilities import TASK_COMMANDS
from tests.lsp.editor import WHOLE, Editor, place
from tests.lsp.raw import URI, over_stdio
from tests.lsp.tasked import WORDS
from tests.tasks.repository import Repo

INVALID_PARAMS, INTERNAL, CANCELLED, FAILED = -32602, -32603, -32800, -32803
SHOW = "emberline/show"
ROUTED = {"words": WORDS, "route": None}
LOG = "file:///project/run.log"


@contextlib.asynccontextmanager
async def editor(**options: Any) -> AsyncIterator[Editor]:
    own = {"dialogs": True} | options
    async with over_stdio("tests.lsp.tasked") as raw:
        await raw.initialize(capabilities=WHOLE, initializationOptions={"emberline": own})
        yield Editor(raw)


def run(one: Editor, command: str, argument: Any, **more: Any) -> int:
    params = {"command": command, "arguments": [argument]} | more
    return one.raw.request("workspace/executeCommand", params)


async def until_begun(one: Editor, what: str) -> None:
    while not any(event[0] == what for event in await one.raw.events()):
        pass


async def test_each_is_a_request() -> None:
    async with editor() as one:
        one.open("one\ntwo äö\n")
        call = one.raw.call
        assert await call("emberline/commitMessage", {}) == {"message": "Add close", **ROUTED}
        there = await call("emberline/commitMessage", {"folder": "file:///some/where"})
        assert there == {"message": "Add close", **ROUTED}
        assert await call("emberline/summarize", {"uri": URI}) == {"markdown": "It **closes**.", **ROUTED}
        await call("emberline/summarize", {"uri": URI, "range": place(4, 6, line=1)})
        assert await call("emberline/summarizeLog", {"uri": LOG}) == {"markdown": "It failed.", **ROUTED}
        classes = await call("emberline/classify", {"items": ["a", ""], "labels": ["x", "y", "x"]})
        assert classes == {"labels": ["x", None], **ROUTED}
        assert await call("emberline/ask", {"question": "where does it close?"}) == {
            "markdown": "In close [1].",
            "citations": [
                {
                    "uri": "file:///project/store.py",
                    "range": {"start": {"line": 2, "character": 0}, "end": {"line": 5, "character": 0}},
                    "excerpt": "def close():",
                    "number": 1,
                    "cited": True,
                }
            ],
            "found": True,
            **ROUTED,
        }
        assert (await call("emberline/ask", {"question": "nothing"}))["found"] is False
        events = [
            each for each in await one.raw.events() if each[0] in ("commit", "summary", "log", "classify")
        ]
        assert events == [
            ["commit", "None"],
            ["commit", "/some/where"],
            ["summary", f"{URI} one\ntwo äö\n"],
            ["summary", f"{URI} äö"],
            ["log", f"{LOG} None"],
            ["classify", "a  x y"],
        ]
        assert SHOW not in one.methods()
        assert one.said() == []


async def test_each_is_a_command_whose_user_reads_it() -> None:
    arguments: dict[str, Any] = {
        "emberline.commitMessage": {},
        "emberline.summarize": {"uri": URI},
        "emberline.summarizeLog": {"uri": LOG},
        "emberline.ask": {"question": "where?"},
        "emberline.classify": {"items": ["a"], "labels": ["x", "y"]},
    }
    assert arguments.keys() == set(TASK_COMMANDS)
    async with editor() as one:
        for command, argument in arguments.items():
            result = await one.result(run(one, command, argument))
            assert result["words"] == WORDS
        shown = [m["params"] for m in one.raw.seen if m.get("method") == SHOW]
        assert [each["title"] for each in shown] == [
            "Commit message",
            "Summary of a.py",
            "Summary of the log run.log",
            "where?",
            "Classification",
        ]
        assert all(f"*{WORDS}*" in each["markdown"] for each in shown)
        assert "- [1] store.py:3" in shown[3]["markdown"]
        assert "- x: a" in shown[4]["markdown"]
    async with editor(dialogs=False) as one:
        await one.result(run(one, "emberline.ask", {"question": "where?"}))
        assert SHOW not in one.methods()
        assert [each.startswith("In close [1].") for each in one.said()] == [True]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("summarize", None),
        ("summarize", {"uri": 3}),
        ("summarize", {"uri": "file:///project/closed.py", "range": place(0, 1)}),
        ("summarize", {"uri": URI, "range": {"start": 3}}),
        ("summarizeLog", []),
        ("ask", {"question": "  "}),
        ("commitMessage", {"folder": 1}),
        ("commitMessage", {"folder": "untitled:1"}),
        ("classify", {"items": [], "labels": ["a", "b"]}),
        ("classify", {"items": ["a", 1], "labels": ["a", "b"]}),
        ("classify", {"items": ["a"], "labels": ["a", "a"]}),
    ],
)
def test_another_shape_is_an_error(method: str, params: Any) -> None:
    from emberline.lsp.codes import Code, Refused

    tasks = _understanding()
    with pytest.raises(Refused) as refused:
        tasks._understood(f"emberline.{method}", params)
    assert refused.value.code is Code.INVALID_PARAMS


async def test_what_fails_is_told_in_words_and_only_once() -> None:
    async with editor() as one:
        for words, code, said in (
            ("mistake", FAILED, "Nothing is staged."),
            ("failure", FAILED, "No model answers."),
            ("crash", INTERNAL, "RuntimeError in emberline/ask"),
        ):
            message = await one.raw.answer(one.raw.request("emberline/ask", {"question": words}))
            assert message["error"] == {"code": code, "message": said}
        message = await one.raw.answer(run(one, "emberline.ask", {"question": "mistake"}))
        assert message["error"]["message"] == "Nothing is staged."
        assert SHOW not in one.methods()
        await one.raw.quiet()


async def test_progress_and_both_ways_to_cancel() -> None:
    async with editor() as one:
        await one.raw.call("emberline/ask", {"question": "where?", "workDoneToken": "mine"})
        told = [each["value"] for each in one.progress() if each["token"] == "mine"]
        assert [each["kind"] for each in told] == ["begin", "report", "report", "end"]
        assert told[0]["title"] == "Emberline: where?"
        assert told[0]["cancellable"] is True
        assert [each.get("percentage") for each in told[1:3]] == [0, 50]
        assert told[3]["message"] == "done"
        at_the_bar = one.raw.request("emberline/ask", {"question": "wait", "workDoneToken": 7})
        await until_begun(one, "ask")
        one.raw.notify("window/workDoneProgress/cancel", {"token": 7})
        assert (await one.raw.answer(at_the_bar))["error"]["code"] == CANCELLED
        by_request = one.raw.request("emberline/summarize", {"uri": "file:///wait"})
        await until_begun(one, "summary")
        one.raw.notify("$/cancelRequest", {"id": by_request})
        assert (await one.raw.answer(by_request))["error"]["code"] == CANCELLED
        create = await one.asked("window/workDoneProgress/create")
        assert str(create["params"]["token"]).startswith("emberline/task/")
        events = await one.raw.events()
        assert ["ask", "cancelled"] in events
        assert ["summary", "cancelled"] in events
        await one.raw.quiet()


async def test_chores_know_what_is_open_from_the_first_order_on() -> None:
    async with editor() as one:
        one.open("x = 1\n")
        one.type("x = 2\n")
        assert not [each for each in await one.raw.events() if each[0].startswith("chores")]
        await one.raw.call("emberline/ask", {"question": "where?"})
        one.type("x = 3\n")
        params = {"changes": [{"uri": LOG, "type": 2}]}
        one.raw.notify("workspace/didChangeWatchedFiles", params)
        one.raw.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
        events = [each for each in await one.raw.events() if each[0].startswith("chores")]
        assert events[:2] == [["chores opened", URI], ["chores changed", URI]]
        assert ["chores closed", URI] in events


async def test_nothing_is_ordered_while_paused() -> None:
    async with editor() as one:
        await one.raw.call("emberline/pause")
        assert await one.raw.error("emberline/commitMessage", {}) == FAILED
        await one.raw.call("emberline/resume")
        await one.raw.call("emberline/commitMessage", {})


def _understanding() -> Any:
    """The part of `Tasks` that understands orders."""
    from emberline.documents.store import Store
    from emberline.lsp.client import read_client
    from emberline.lsp.tasks import Tasks

    async def nobody() -> None:
        return None

    nothing: Any = None
    return Tasks(nothing, read_client({"capabilities": {}}), nothing, Store(), nobody)


async def test_the_real_server_without_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("engine: {embedded: false}\nbackends: {discover: false}\n")
    monkeypatch.setenv("EMBERLINE_CONFIG", str(config))
    monkeypatch.setenv("EMBERLINE_STATE", str(tmp_path / "state"))
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    repo = Repo(tmp_path / "work")
    repo.stage("store.py", "def close(): pass\n")
    async with over_stdio("-m", "emberline", "serve", "--stdio") as raw:
        await raw.shake_hands(rootUri=repo.folder.as_uri())
        told = await raw.call("emberline/commitMessage", {})
        assert told["message"] == "Add store.py"
        assert "No model was asked." in told["words"]
        reply = await raw.call("emberline/ask", {"question": "where is the store closed?"})
        assert reply["citations"][0]["uri"] == (repo.folder / "store.py").as_uri()
        assert await raw.error("emberline/summarize", {"uri": "file:///nowhere.md"}) == FAILED
        await raw.call("shutdown")
        raw.notify("exit")
        assert await raw.ended() == 0
