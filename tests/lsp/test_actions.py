"""The menu of refactorings: what is listed for whom, and the edits of what needs no model."""

from __future__ import annotations

from typing import Any

import pytest

from emberline.lsp.capabilities import ACTION_KINDS
from emberline.refactor.actions import ACTIONS
from tests.lsp.editor import SERVED, WHOLE, Editor, able, carry_out, editor, order, place
from tests.lsp.raw import URI, over_stdio

INVALID_PARAMS, INTERNAL, CANCELLED = -32602, -32603, -32800
EXACT, NAMED, SIMPLIFY, TESTS, EXPLAIN, SPLIT = (
    f"{name} here"
    for name in ("extract-variable", "rename-local", "simplify", "tests", "explain", "split-file")
)


def at(where: dict[str, Any], **context: Any) -> dict[str, Any]:
    return {"textDocument": {"uri": URI}, "range": where, "context": {"diagnostics": []} | context}


async def listed(one: Editor, where: dict[str, Any], **context: Any) -> dict[str, dict[str, Any]]:
    """The entries by their titles."""
    entries = await one.raw.call("textDocument/codeAction", at(where, **context))
    return {entry["title"]: entry for entry in entries}


async def menus(one: Editor) -> list[Any]:
    return [event[1:] for event in await one.raw.events() if event[0] == "menu"]


def test_the_kinds_are_those_of_the_catalogue_and_what_lies_above_them() -> None:
    kinds = {action.kind for action in ACTIONS.values()}
    parents = {kind.rsplit(".", depth)[0] for kind in kinds for depth in range(1, kind.count(".") + 1)}
    assert list(ACTION_KINDS) == sorted(kinds | parents)


async def test_it_is_advertised() -> None:
    async with over_stdio(*SERVED) as raw:
        capabilities = (await raw.initialize())["capabilities"]
    assert capabilities["codeActionProvider"] == {
        "codeActionKinds": list(ACTION_KINDS),
        "resolveProvider": True,
    }
    assert "emberline.refactor" in capabilities["executeCommandProvider"]["commands"]
    assert capabilities["executeCommandProvider"]["workDoneProgress"] is True


async def test_an_entry_of_a_model_carries_the_command() -> None:
    async with editor("x = 1") as one:
        entry = (await listed(one, place(0, 3)))[SIMPLIFY]
        assert entry == {
            "title": SIMPLIFY,
            "kind": "refactor.rewrite",
            "tags": [1],
            "command": {
                "title": SIMPLIFY,
                "command": "emberline.refactor",
                "arguments": [{"uri": URI, "version": 1, "range": place(0, 3), "action": "simplify"}],
            },
        }


async def test_an_exact_entry_is_completed_when_it_is_chosen() -> None:
    async with editor("edit old\r\n") as one:
        entry = (await listed(one, place(5, 8)))[EXACT]
        assert "command" not in entry
        assert "edit" not in entry
        assert "tags" not in entry
        whole = await one.raw.call("codeAction/resolve", entry)
        assert {name: whole[name] for name in entry} == entry
        texts = {URI: one.texts[URI]}
        carry_out(whole["edit"], texts, one.versions)
        assert texts == {URI: "edit new\r\n"}
        assert one.said() == []


@pytest.mark.parametrize(
    "path",
    [("resolveSupport",), ("dataSupport",)],
)
async def test_an_exact_entry_carries_the_command_where_edits_cannot_come_later(
    path: tuple[str, ...],
) -> None:
    async with editor("edit old", able("textDocument", "codeAction", *path, value=None)) as one:
        entry = (await listed(one, place(5, 8)))[EXACT]
        assert entry["command"]["arguments"][0]["action"] == "extract-variable"
        assert "data" not in entry


async def test_what_asks_something_first_carries_the_command() -> None:
    async with editor("x") as one:
        entry = (await listed(one, place(0, 1)))[NAMED]
        assert entry["command"]["arguments"][0]["action"] == "rename-local"
        assert "tags" not in entry


async def test_what_cannot_be_done_says_why_where_the_client_shows_it() -> None:
    async with editor("x") as one:
        entry = (await listed(one, place(0, 1)))[SPLIT]
        assert entry["disabled"] == {"reason": "there is but one"}
        assert "command" not in entry
    async with editor("x", able("textDocument", "codeAction", "disabledSupport", value=None)) as one:
        assert SPLIT not in await listed(one, place(0, 1))


async def test_a_client_without_literals_gets_commands() -> None:
    async with editor("x", able("textDocument", "codeAction", value={})) as one:
        entries = await listed(one, place(0, 1))
        assert SPLIT not in entries
        assert entries[SIMPLIFY] == {
            "title": SIMPLIFY,
            "command": "emberline.refactor",
            "arguments": [order(range=place(0, 1))],
        }
        assert entries[EXACT]["command"] == "emberline.refactor"


async def test_marks_only_where_the_client_knows_them() -> None:
    diagnostic = {"range": place(0, 1), "message": "wrong"}
    async with editor("x") as one:
        entries = await listed(one, place(0, 1), diagnostics=[diagnostic])
        assert entries["fix here"]["isPreferred"] is True
        assert [title for title, entry in entries.items() if "isPreferred" in entry] == ["fix here"]
        assert [title for title, entry in entries.items() if "tags" in entry] == [
            "fix here",
            SIMPLIFY,
            TESTS,
            EXPLAIN,
            SPLIT,
        ]
    plain: dict[str, Any] = {"textDocument": {"codeAction": {"codeActionLiteralSupport": {}}}}
    async with editor("x", WHOLE | plain) as one:
        entries = await listed(one, place(0, 1), diagnostics=[diagnostic])
        assert not any(
            {"tags", "isPreferred", "disabled", "data"} & entry.keys() for entry in entries.values()
        )


async def test_a_fix_names_its_diagnostics_and_hands_them_on() -> None:
    full = {
        "range": place(0, 1),
        "message": "wrong",
        "severity": 1,
        "source": "lint",
        "code": 7,
        "data": {"secret": 1},
    }
    async with editor("x = 1") as one:
        entries = await listed(one, place(0, 3), diagnostics=[full])
        assert entries["fix here"]["diagnostics"] == [full]
        (argument,) = entries["fix here"]["command"]["arguments"]
        assert argument["diagnostics"] == [
            {"range": place(0, 1), "message": "wrong", "source": "lint", "code": 7}
        ]
        assert "diagnostics" not in entries[SIMPLIFY]
        assert "diagnostics" not in entries[SIMPLIFY]["command"]["arguments"][0]
        assert (await menus(one))[-1] == [0, 3, [[0, 1, "wrong", "lint", "7"]], []]


async def test_the_wanted_kinds_are_passed_on() -> None:
    async with editor("x") as one:
        entries = await listed(one, place(0, 1), only=["refactor.extract", "mine.own"], triggerKind=1)
        assert list(entries) == [EXACT]
        assert (await menus(one))[-1][3] == ["refactor.extract", "mine.own"]


@pytest.mark.parametrize(("encoding", "start", "end"), [("utf-8", 5, 7), ("utf-16", 3, 4), ("utf-32", 2, 3)])
async def test_places_in_the_negotiated_encoding(encoding: str, start: int, end: int) -> None:
    capabilities = WHOLE | {"general": {"positionEncodings": [encoding]}}
    async with editor("\ufeffé\r\n😀xéy edit old", capabilities) as one:
        where = place(start, end, line=1)
        diagnostic = {"range": where, "message": "😀"}
        entries = await listed(one, where, diagnostics=[diagnostic])
        assert await menus(one) == [[6, 7, [[6, 7, "😀", "", ""]], []]]
        whole = await one.raw.call("codeAction/resolve", entries[EXACT])
        texts = {URI: one.texts[URI]}
        carry_out(whole["edit"], texts, one.versions, encoding)
        assert texts[URI] == "\ufeffé\r\n😀xéy edit new"


async def test_places_past_the_end_and_backwards() -> None:
    async with editor("ab\ncd") as one:
        beyond = {"start": {"line": 0, "character": 99}, "end": {"line": 77, "character": 0}}
        backwards = {"start": {"line": 1, "character": 1}, "end": {"line": 0, "character": 1}}
        await listed(one, beyond)
        await listed(one, backwards)
        assert [menu[:2] for menu in await menus(one)] == [[2, 5], [1, 4]]


async def test_nothing_is_offered_where_nothing_can_be_known() -> None:
    async with editor("x") as one:
        closed = at(place(0, 1)) | {"textDocument": {"uri": "file:///project/closed.py"}}
        assert await one.raw.call("textDocument/codeAction", closed) == []
        await one.raw.call("emberline/pause")
        assert await listed(one, place(0, 1)) == {}
        await one.raw.call("emberline/resume")
        assert await listed(one, place(0, 1)) != {}


async def test_before_there_is_a_refactorer_nothing_is_offered() -> None:
    async with over_stdio() as raw:  # a server without one
        await raw.initialize(capabilities=WHOLE)
        raw.open("x")
        assert await raw.call("textDocument/codeAction", at(place(0, 1))) == []
        command = {"command": "emberline.refactor", "arguments": [order()]}
        assert (await raw.call("workspace/executeCommand", command))["applied"] is False
        raw.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": URI, "type": 2}]})
        await raw.quiet()


async def test_invalid_params() -> None:
    async with editor("x") as one:
        nonsense: tuple[Any, ...] = (
            None,
            [],
            {},
            at(place(0, 0)) | {"range": 5},
            at(place(0, 0), diagnostics=[{}]),
        )
        for params in nonsense:
            assert await one.raw.error("textDocument/codeAction", params) == INVALID_PARAMS
        for params in (None, {}, {"title": "x", "data": 5}, {"title": "x", "data": {"uri": URI}}):
            assert await one.raw.error("codeAction/resolve", params) == INVALID_PARAMS
        await one.raw.quiet()


async def test_what_has_nothing_to_complete_comes_back_as_it_is() -> None:
    async with editor("x") as one:
        entry = (await listed(one, place(0, 1)))[SIMPLIFY]
        assert await one.raw.call("codeAction/resolve", entry) == entry


async def test_many_requests_while_typing_are_answered_once_each() -> None:
    async with editor("slow") as one:
        waiting = []
        for number in range(200):
            waiting.append(one.raw.request("textDocument/codeAction", at(place(0, 0), triggerKind=2)))
            if number % 3 == 0:
                one.type("slow" + "x" * number)
        one.type("quick")
        last = one.raw.request("textDocument/codeAction", at(place(0, 0)))
        assert (await one.raw.answer(last))["result"] != []
        await one.raw.quiet()
        answers = [message for message in one.raw.seen if message.get("id") in waiting]
        assert sorted(message["id"] for message in answers) == waiting
        assert all(message["result"] == [] for message in answers)


async def test_another_part_of_the_editor_may_ask_at_the_same_time() -> None:
    async with editor("slow\nquick") as one:
        first = one.raw.request("textDocument/codeAction", at(place(0, 0), only=["source"]))
        assert await listed(one, place(0, 0, line=1), only=["refactor"]) != {}
        one.raw.notify("$/cancelRequest", {"id": first})
        assert (await one.raw.answer(first))["error"]["code"] == CANCELLED


async def test_pausing_and_closing_end_what_is_listed() -> None:
    async with editor("slow") as one:
        first = one.raw.request("textDocument/codeAction", at(place(0, 0)))
        await one.raw.call("emberline/pause")
        assert (await one.raw.answer(first))["result"] == []
        await one.raw.call("emberline/resume")
        second = one.raw.request("textDocument/codeAction", at(place(0, 0)))
        one.raw.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
        assert (await one.raw.answer(second))["result"] == []
        await one.raw.quiet()


async def test_a_crash_is_one_internal_error() -> None:
    async with editor("crash") as one:
        assert await one.raw.error("textDocument/codeAction", at(place(0, 0))) == INTERNAL
        await one.raw.quiet()


async def test_what_the_client_cannot_take_says_so() -> None:
    async with editor("x", able("workspace", "applyEdit", value=None)) as one:
        entries = await listed(one, place(0, 1))
        assert "takes no edits" in entries[SIMPLIFY]["disabled"]["reason"]
        assert "disabled" not in entries[EXACT]
        assert "disabled" not in entries[EXPLAIN]
    async with editor("x", able("workspace", "workspaceEdit", "resourceOperations", value=["rename"])) as one:
        entries = await listed(one, place(0, 1))
        assert "no files" in entries[TESTS]["disabled"]["reason"]
        assert "disabled" not in entries[SIMPLIFY]


async def test_a_chosen_entry_follows_its_place_while_the_text_moves() -> None:
    async with editor("a\nedit old\nb") as one:
        entry = (await listed(one, place(5, 8, line=1)))[EXACT]
        one.type("new line\na\nedit old\nb")
        whole = await one.raw.call("codeAction/resolve", entry)
        texts = {URI: one.texts[URI]}
        carry_out(whole["edit"], texts, one.versions)
        assert texts[URI] == "new line\na\nedit new\nb"
        assert [event[3] for event in await one.raw.events() if event[0] == "run"] == ["old"]


@pytest.mark.parametrize(
    ("after", "words"),
    [("a\nedit  old\nb", "has changed"), ("a\nunfit\nb", "has changed"), (None, "not open")],
)
async def test_a_chosen_entry_whose_place_is_gone_gets_no_edit(after: str | None, words: str) -> None:
    async with editor("a\nedit old\nb") as one:
        entry = (await listed(one, place(5, 8, line=1)))[EXACT]
        if after is None:
            one.raw.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
        else:
            one.type(after)
        assert await one.raw.call("codeAction/resolve", entry) == entry
        (message,) = one.said(kind=2)
        assert words in message


async def test_data_that_asks_for_a_model_gets_no_edit() -> None:
    async with editor("edit old") as one:
        action = {"title": "mine", "data": order(action="simplify")}
        assert await one.raw.call("codeAction/resolve", action) == action
        assert "model" in one.said(kind=2)[0]
        assert not [event for event in await one.raw.events() if event[0] == "run"]
