"""The command that refactors: questions, progress, confirmation, the edit, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lsp.editor import (
    FURTHER,
    GONE,
    MADE,
    MOVED,
    OTHER,
    SERVED,
    WHOLE,
    Editor,
    able,
    editor,
    order,
    place,
)
from tests.lsp.raw import URI, over_stdio

INVALID_PARAMS, INTERNAL, CANCELLED = -32602, -32603, -32800
INPUT, CONFIRM, SHOW, APPLY = "emberline/input", "emberline/confirm", "emberline/show", "workspace/applyEdit"
ALL = "edit edit-other create move delete old"
ANNOTATED = able("workspace", "workspaceEdit", "changeAnnotationSupport", value={})
PLAIN = able("workspace", "workspaceEdit", value={})
WARNING, INFO = 2, 3


async def runs(one: Editor) -> list[Any]:
    return [event[1:] for event in await one.raw.events() if event[0] == "run"]


def files(one: Editor) -> None:
    """What the whole program needs beside the document."""
    one.texts |= {OTHER: "old\n", MOVED: "old\n", GONE: "old\n"}


# -- the way through ----------------------------------------------------------------------------------


async def test_one_file_is_edited_without_a_question() -> None:
    async with editor("edit old") as one:
        command = one.command(order(range=place(5, 8)))
        applied = await one.apply()
        result = await one.result(command)
        assert one.texts[URI] == "edit new"
        assert applied["label"] == "Simplify close"
        assert applied["metadata"] == {"isRefactoring": True}
        (step,) = applied["edit"]["documentChanges"]
        assert step["textDocument"] == {"uri": URI, "version": 1}
        assert result == {
            "applied": True,
            "words": "Changed it; computed nowhere.",
            "files": [{"uri": URI, "kind": "edit"}],
            "route": None,
            "leftOut": [],
            "details": {"attempts": 1},
        }
        assert one.said(INFO) == ["Changed it; computed nowhere."]
        assert not {INPUT, CONFIRM} & set(one.methods())
        assert await runs(one) == [["simplify", "", "old", []]]
        await one.raw.quiet()


@pytest.mark.parametrize("params", [order(), {"command": "emberline.refactor", "arguments": [order()]}])
async def test_our_own_request_does_the_same(params: dict[str, Any]) -> None:
    async with editor("edit old") as one:
        asked = one.raw.request("emberline/refactor", params)
        await one.apply()
        assert (await one.result(asked))["applied"] is True


async def test_in_your_own_words() -> None:
    async with editor("edit old") as one:
        command = one.command({"uri": URI, "range": place(0, 4), "instruction": "make it new"})
        applied = await one.apply()
        assert applied["label"] == "In your own words…"
        await one.result(command)
        assert await runs(one) == [["own-words", "make it new", "edit", []]]
        assert INPUT not in one.methods()


async def test_diagnostics_are_passed_on() -> None:
    async with editor("edit old") as one:
        told = {"range": place(5, 8), "message": "wrong", "source": "lint", "code": "E1"}
        command = one.command(order("fix", diagnostics=[told]))
        assert (await one.apply())["label"] == "Fix: wrong"
        await one.result(command)
        assert (await runs(one))[0][3] == [[5, 8, "wrong", "lint", "E1"]]


async def test_all_files_in_an_order_that_can_be_carried_out() -> None:
    async with editor(ALL) as one:
        files(one)
        command = one.command(order())
        confirm = await one.asked(CONFIRM)
        one.reply(confirm, {"accept": True})
        await one.apply()
        result = await one.result(command)
        assert one.texts == {
            URI: ALL.replace("old", "new"),
            OTHER: "new\n",
            MADE: "made = 1\n",
            FURTHER: "new\n",
        }
        assert result["files"] == [
            {"uri": URI, "kind": "edit"},
            {"uri": OTHER, "kind": "edit"},
            {"uri": MADE, "kind": "create"},
            {"uri": MOVED, "kind": "move", "to": FURTHER},
            {"uri": GONE, "kind": "delete"},
        ]
        shown = confirm["params"]
        assert shown["title"] == "Simplify close"
        assert shown["words"] == "Changed it; computed nowhere."
        assert shown["files"] == result["files"]
        assert "+made = 1" in shown["diff"]
        assert shown["token"] == "emberline/refactor/1"


async def test_the_document_of_the_order_may_be_another_than_those_that_change() -> None:
    async with editor("edit-other") as one:
        one.open("old\r\n", OTHER)
        command = one.command(order())
        (step,) = (await one.apply())["edit"]["documentChanges"]
        assert step["textDocument"] == {"uri": OTHER, "version": 1}
        await one.result(command)
        assert one.texts[OTHER] == "new\r\n"


async def test_nothing_to_change() -> None:
    async with editor("x") as one:
        result = await one.result(one.command(order()))
        assert (result["applied"], result["files"]) == (False, [])
        assert one.said(INFO) == [result["words"]]
        assert APPLY not in one.methods()


# -- without an edit ----------------------------------------------------------------------------------


async def test_an_explanation_is_shown() -> None:
    async with editor("x", able("workspace", "applyEdit", value=None)) as one:
        result = await one.result(one.command(order("explain")))
        assert result["applied"] is False
        assert result["leftOut"] == ["big.py was too long"]
        shown = await one.asked(SHOW)
        assert shown["params"] == {"title": "Explain close", "markdown": "It **closes** the store."}
        assert one.said() == []
    async with editor("x", dialogs=False) as one:
        await one.result(one.command(order("explain")))
        assert one.said(INFO) == ["It **closes** the store."]
        assert SHOW not in one.methods()


async def test_a_dry_run_applies_and_tells_nothing() -> None:
    async with editor(ALL, able("workspace", "applyEdit", value=None)) as one:
        result = await one.result(one.command(order(dryRun=True)))
        assert result["applied"] is False
        assert "-edit edit-other create move delete old" in result["diff"]
        assert "rename from moved.py" in result["diff"]
        assert len(result["files"]) == 5
        prose = await one.result(one.command(order("explain", dryRun=True)))
        assert (prose["words"], prose["diff"]) == ("It **closes** the store.", "")
        assert one.said() == []
        assert not {CONFIRM, APPLY, SHOW} & set(one.methods())


# -- questions ----------------------------------------------------------------------------------------


async def test_a_question_by_a_dialog() -> None:
    async with editor("edit old") as one:
        command = one.command(order("rename-local"))
        asked = await one.asked(INPUT)
        assert asked["params"] == {
            "prompt": "Rename close to",
            "default": "close",
            "choices": [],
            "token": "emberline/refactor/1",
        }
        one.reply(asked, {"answer": "shut"})
        await one.apply()
        await one.result(command)
        assert (await runs(one))[0][:2] == ["rename-local", "shut"]


async def test_an_answer_that_came_with_the_order_is_not_asked_for() -> None:
    async with editor("edit old") as one:
        command = one.command(order("rename-local", answer="shut"))
        await one.apply()
        await one.result(command)
        assert INPUT not in one.methods()


@pytest.mark.parametrize("answer", [{"answer": None}, {"answer": "  "}, {"answer": 5}, {}, None, "shut"])
async def test_no_answer_cancels(answer: Any) -> None:
    async with editor("edit old") as one:
        command = one.command(order("rename-local"))
        one.reply(await one.asked(INPUT), answer)
        result = await one.result(command)
        assert result["applied"] is False
        assert await runs(one) == []
        assert one.said() == []
        await one.raw.quiet()


async def test_an_answer_that_does_not_fit_is_refused_in_words() -> None:
    async with editor("edit old") as one:
        command = one.command(order("rename-local"))
        one.reply(await one.asked(INPUT), {"answer": "reserved"})
        assert (await one.result(command))["words"] == "Reserved is no name."
        assert one.said(WARNING) == ["Emberline: Reserved is no name."]


async def test_choices_by_buttons() -> None:
    async with editor("edit old", dialogs=False) as one:
        command = one.command(order("move-symbol"))
        asked = await one.asked("window/showMessageRequest")
        assert asked["params"]["message"] == "Move close to which file?"
        buttons = asked["params"]["actions"]
        assert [button["title"] for button in buttons] == [f"file{n}.py" for n in range(1, 6)]
        one.reply(asked, buttons[1])
        await one.apply()
        await one.result(command)
        assert (await runs(one))[0][1] == "file2.py"
        dismissed = one.command(order("move-symbol", version=2))
        one.reply(await one.asked("window/showMessageRequest"), None)
        assert (await one.result(dismissed))["applied"] is False


@pytest.mark.parametrize(
    ("action", "dialogs"), [("rename-local", False), ("rename-local", True), ("move-symbol", False)]
)
async def test_who_cannot_ask_is_told_how_to_say_it(action: str, dialogs: bool) -> None:
    async with editor("edit old", dialogs=dialogs) as one:
        command = one.command(order(action))
        if dialogs:
            one.fail(await one.asked(INPUT))
        elif action == "move-symbol":
            one.fail(await one.asked("window/showMessageRequest"))
        result = await one.result(command)
        assert "emberline: …" in result["words"]
        assert one.said(WARNING) == [f"Emberline: {result['words']}"]
        assert await runs(one) == []


async def test_the_text_may_move_while_the_user_thinks_but_not_change() -> None:
    async with editor("a\nedit old") as one:
        command = one.command(order("rename-local", range=place(5, 8, line=1)))
        asked = await one.asked(INPUT)
        one.type("b\na\nedit old")
        one.reply(asked, {"answer": "shut"})
        await one.apply()
        await one.result(command)
        assert (await runs(one))[0][2] == "old"
        command = one.command(order("rename-local", version=None, range=place(0, 4, line=2)))
        asked = await one.asked(INPUT)
        one.type("b\na\nother old")
        one.reply(asked, {"answer": "shut"})
        assert "has changed" in (await one.result(command))["words"]
        assert len(await runs(one)) == 1


# -- versions -----------------------------------------------------------------------------------------


async def test_an_older_version_is_known_from_the_menu() -> None:
    async with editor("a\nedit old") as one:
        where = place(5, 8, line=1)
        params = {"textDocument": {"uri": URI}, "range": where, "context": {"diagnostics": []}}
        await one.raw.call("textDocument/codeAction", params)
        one.type("more\na\nedit old")
        told = {"range": where, "message": "wrong"}
        command = one.command(order("fix", range=where, diagnostics=[told]))
        await one.apply()
        await one.result(command)
        assert await runs(one) == [["fix", "", "old", [[12, 15, "wrong", "", ""]]]]


@pytest.mark.parametrize("version", [0, 1, 99])
async def test_a_version_that_nobody_knows_is_refused(version: int) -> None:
    async with editor("edit old") as one:
        one.type("edit old")
        result = await one.result(one.command(order(version=version)))
        assert (result["applied"], "has changed" in result["words"]) == (False, True)
        assert one.said(WARNING) == [f"Emberline: {result['words']}"]


async def test_a_document_that_is_not_open() -> None:
    async with editor() as one:
        result = await one.result(one.command(order()))
        assert result["words"] == "a.py is not open in your editor."


# -- confirmation -------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [{"accept": False}, {"accept": "yes"}, None])
async def test_what_is_not_accepted_is_not_applied(answer: Any) -> None:
    async with editor("edit edit-other old") as one:
        command = one.command(order())
        one.reply(await one.asked(CONFIRM), answer)
        result = await one.result(command)
        assert (result["applied"], result["files"]) == (False, [])
        assert APPLY not in one.methods()
        assert one.said() == []


async def test_a_client_that_cannot_confirm_after_all() -> None:
    async with editor("create") as one:
        command = one.command(order())
        one.fail(await one.asked(CONFIRM))
        assert (await one.result(command))["applied"] is False
        assert APPLY not in one.methods()


@pytest.mark.parametrize("program", ["create", "move", "delete", "edit edit-other old"])
async def test_what_is_more_than_one_files_text_is_confirmed(program: str) -> None:
    async with editor(program) as one:
        files(one)
        command = one.command(order())
        one.reply(await one.asked(CONFIRM), {"accept": True})
        await one.apply()
        assert (await one.result(command))["applied"] is True


async def test_a_preview_is_asked_for_however_small() -> None:
    async with editor("edit old") as one:
        command = one.command(order(preview=True))
        one.reply(await one.asked(CONFIRM), {"accept": True})
        await one.apply()
        await one.result(command)
    async with editor("edit old", dialogs=False) as one:
        for button, applied in (("Not now", False), ("Apply", True)):
            command = one.command(order(preview=True))
            one.reply(await one.asked("window/showMessageRequest"), {"title": button})
            if applied:
                await one.apply()
            assert (await one.result(command))["applied"] is applied
        command = one.command(order(preview=True, version=2))
        one.fail(await one.asked("window/showMessageRequest"))
        assert "could not ask" in (await one.result(command))["words"]


async def test_annotations_take_the_place_of_our_own_dialog() -> None:
    async with editor(ALL, ANNOTATED) as one:
        files(one)
        command = one.command(order())
        edit = (await one.apply())["edit"]
        await one.result(command)
        assert CONFIRM not in one.methods()
        annotations = edit["changeAnnotations"]
        assert {each["label"] for each in annotations.values()} == {"Emberline"}
        assert all(each["needsConfirmation"] for each in annotations.values())
        assert [each["description"] for each in annotations.values()] == [
            "change a.py",
            "change other.py",
            "move moved.py to further.py",
            "make made.py",
            "delete gone.py",
        ]
        used = []
        for step in edit["documentChanges"]:
            used += [each["annotationId"] for each in step.get("edits", [step])]
        assert set(used) == set(annotations)


async def test_one_files_text_is_annotated_only_for_a_preview() -> None:
    async with editor("edit old", ANNOTATED) as one:
        for number, wanted in enumerate((False, True), start=1):
            command = one.command(order(preview=wanted, version=None))
            edit = (await one.apply())["edit"]
            await one.result(command)
            assert ("changeAnnotations" in edit) is wanted
            one.type("edit old")
            assert number


async def test_without_any_way_to_ask_it_is_applied() -> None:
    async with editor("edit create old", dialogs=False) as one:
        command = one.command(order())
        await one.apply()
        assert (await one.result(command))["applied"] is True
        assert one.texts[MADE] == "made = 1\n"


# -- what the client can take -------------------------------------------------------------------------


async def test_a_client_without_versions_gets_plain_changes() -> None:
    async with editor("edit edit-other old", PLAIN, dialogs=False) as one:
        files(one)
        command = one.command(order())
        params = await one.apply()
        assert set(params["edit"]) == {"changes"}
        assert "metadata" not in params
        await one.result(command)
        assert (one.texts[URI], one.texts[OTHER]) == ("edit edit-other new", "new\n")


@pytest.mark.parametrize(
    ("program", "lacking"),
    [("create", "make made.py"), ("move", "move moved.py"), ("delete", "delete gone.py")],
)
@pytest.mark.parametrize(
    "capabilities", [PLAIN, able("workspace", "workspaceEdit", "resourceOperations", value=[])]
)
async def test_what_a_client_cannot_do_is_refused_as_a_whole(
    capabilities: dict[str, Any], program: str, lacking: str
) -> None:
    async with editor(f"edit {program} old", capabilities) as one:
        result = await one.result(one.command(order()))
        assert result["applied"] is False
        assert lacking in result["words"]
        assert not {CONFIRM, APPLY} & set(one.methods())


async def test_a_client_that_takes_no_edits_is_told_before_a_model_is_asked() -> None:
    async with editor("edit old", able("workspace", "applyEdit", value=None)) as one:
        result = await one.result(one.command(order()))
        assert "takes no edits" in result["words"]
        assert await runs(one) == []


# -- texts that change meanwhile ----------------------------------------------------------------------


async def test_an_edit_is_made_for_the_text_as_it_is_when_it_is_sent() -> None:
    async with editor("edit create old") as one:
        command = one.command(order())
        confirm = await one.asked(CONFIRM)
        one.type("# first\nedit create old")
        one.reply(confirm, {"accept": True})
        await one.apply()
        assert (await one.result(command))["applied"] is True
        assert one.texts[URI] == "# first\nedit create new"
        assert ["settled"] in await one.raw.events()


async def test_an_edit_that_does_not_fit_any_more_is_not_sent() -> None:
    async with editor("edit create old") as one:
        command = one.command(order())
        confirm = await one.asked(CONFIRM)
        one.type("edit create")
        one.reply(confirm, {"accept": True})
        assert (await one.result(command))["words"] == "a.py has changed meanwhile."
        assert APPLY not in one.methods()


async def test_a_document_that_changes_while_the_client_applies() -> None:
    async with editor("edit old") as one:
        command = one.command(order())
        request = await one.asked(APPLY)
        one.type("edit old!")
        one.reply(request, {"applied": False, "failureReason": "it has another version."})
        words = (await one.result(command))["words"]
        assert words == (
            "Your editor did not apply the edit (a.py changed while the edit was on its way; "
            "it has another version). Nothing was changed."
        )
        assert one.said(WARNING) == [f"Simplify close: {words}"]


async def test_a_client_that_says_all_is_well_though_it_left_a_document_out() -> None:
    async with editor("edit old") as one:
        command = one.command(order())
        request = await one.asked(APPLY)
        one.type("edit old!")
        one.reply(request, {"applied": True})
        result = await one.result(command)
        assert result["applied"] is True
        assert "a.py changed at the same moment" in result["words"]
        assert one.said(WARNING) == [result["words"]]


async def test_typing_after_the_edit_has_arrived_is_no_trouble() -> None:
    async with editor("edit old\r\n") as one:
        command = one.command(order())
        request = await one.asked(APPLY)
        one.type("edit new\n")  # the editor's own line ends
        one.type("edit new!\n")
        one.reply(request, {"applied": True})
        assert (await one.result(command))["words"] == "Changed it; computed nowhere."
        assert one.said(WARNING) == []


# -- a client that does not apply ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handling", "answer", "words"),
    [
        ("transactional", {"applied": False, "failedChange": 2}, "Nothing was changed."),
        ("abort", {"applied": False, "failedChange": 0}, "Nothing was changed."),
        (
            "abort",
            {"applied": False, "failedChange": 2},
            "Done: change a.py, change other.py. Not done: change moved.py, make made.py, "
            "move moved.py to further.py, delete gone.py. "
            "To take back what was done, undo in other.py, undo in a.py.",
        ),
        (
            "abort",
            {"applied": False},
            "It may have done a part of it: look at a.py, other.py, moved.py, made.py, gone.py.",
        ),
        ("undo", {"applied": False, "failedChange": 3}, "It tries to take back what it had done"),
        (
            "textOnlyTransactional",
            {"applied": False, "failedChange": 6},
            "To take back what was done, move further.py back to moved.py, delete made.py, undo in moved.py",
        ),
    ],
)
async def test_what_was_applied_is_said_with_the_way_back(
    handling: str, answer: dict[str, Any], words: str
) -> None:
    capabilities = able("workspace", "workspaceEdit", "failureHandling", value=handling)
    async with editor(ALL, capabilities) as one:
        command = one.command(order())
        one.reply(await one.asked(CONFIRM), {"accept": True})
        one.reply(await one.asked(APPLY), answer)
        result = await one.result(command)
        assert (result["applied"], result["files"]) == (False, [])
        assert words in result["words"]
        assert one.said(INFO) == []


@pytest.mark.parametrize("answer", [None, {"failure": 1}, []])
async def test_an_answer_without_sense(answer: Any) -> None:
    async with editor("edit create old") as one:
        command = one.command(order())
        one.reply(await one.asked(CONFIRM), {"accept": True})
        one.reply(await one.asked(APPLY), answer)
        result = await one.result(command)
        assert result["applied"] is False
        assert "look at a.py, made.py" in result["words"]
        await one.raw.quiet()


async def test_an_error_for_an_answer() -> None:
    async with editor("edit old") as one:
        command = one.command(order())
        one.fail(await one.asked(APPLY), "read-only")
        assert "(read-only). Nothing was changed." in (await one.result(command))["words"]


# -- progress and cancel ------------------------------------------------------------------------------


async def test_progress_says_what_happens() -> None:
    async with editor("edit old") as one:
        command = one.command(order())
        create = await one.asked("window/workDoneProgress/create")
        assert create["params"] == {"token": "emberline/refactor/1"}
        one.reply(create, None)
        await one.apply()
        await one.result(command)
        assert {each["token"] for each in one.progress()} == {"emberline/refactor/1"}
        begin, *reports, end = [each["value"] for each in one.progress()]
        assert begin == {"kind": "begin", "title": "Emberline: Simplify close", "cancellable": True}
        assert [(each["message"], each.get("percentage")) for each in reports] == [
            ("reading 7 files", None),
            ("checking the edits, 3 of 7", 42),
            ("applying the edit", None),
        ]
        assert end == {"kind": "end", "message": "done"}


async def test_a_bar_that_the_client_has_made() -> None:
    async with editor("wait", able("window", value=None)) as one:
        for token in ("mine", 7):
            command = one.command(order(), workDoneToken=token)
            while not one.progress() or one.progress()[-1]["token"] != token:
                await one.raw.receive()
            one.raw.notify("window/workDoneProgress/cancel", {"token": token})
            assert (await one.result(command))["words"] == "Cancelled; nothing was changed."
            values = [each["value"] for each in one.progress() if each["token"] == token]
            assert (values[0]["kind"], values[-1]) == ("begin", {"kind": "end", "message": "cancelled"})
        asked = one.raw.request("emberline/refactor", order() | {"workDoneToken": "ours"})
        while not one.progress() or one.progress()[-1]["token"] != "ours":
            await one.raw.receive()
        one.raw.notify("$/cancelRequest", {"id": asked})
        assert (await one.raw.answer(asked))["error"]["code"] == CANCELLED
        assert "window/workDoneProgress/create" not in one.methods()


MOMENTS = [("wait", "simplify", None), ("edit old", "rename-local", INPUT), ("create", "simplify", CONFIRM)]


@pytest.mark.parametrize(("program", "action", "asked"), MOMENTS)
@pytest.mark.parametrize("way", ["request", "bar"])
async def test_a_cancel_ends_it_at_every_moment(
    program: str, action: str, asked: str | None, way: str
) -> None:
    async with editor(program) as one:
        command = one.command(order(action))
        one.reply(await one.asked("window/workDoneProgress/create"), None)
        question = None if asked is None else await one.asked(asked)
        if asked is None:
            while ["run", "simplify", "", "", []] not in await one.raw.events():
                pass
        if way == "request":
            one.raw.notify("$/cancelRequest", {"id": command})
            assert (await one.raw.answer(command))["error"]["code"] == CANCELLED
        else:
            one.raw.notify("window/workDoneProgress/cancel", {"token": "emberline/refactor/1"})
            assert (await one.result(command))["applied"] is False
        if question is not None:
            withdrawn = await one.asked("$/cancelRequest")
            assert withdrawn["params"] == {"id": question["id"]}
            one.reply(question, {"answer": "late", "accept": True})
        await one.raw.quiet()
        assert APPLY not in one.methods()
        assert (["run cancelled"] in await one.raw.events()) is (asked is None)
        assert one.progress()[-1]["value"] == {"kind": "end", "message": "cancelled"}
        # And the document is free again.
        one.type("x")
        again = one.command(order("explain", version=2))
        assert (await one.result(again))["words"] == "It **closes** the store."


async def test_a_cancel_while_the_client_applies_tells_what_came_of_it() -> None:
    async with editor("edit old") as one:
        command = one.command(order())
        request = await one.asked(APPLY)
        one.raw.notify("$/cancelRequest", {"id": command})
        assert (await one.asked("$/cancelRequest"))["params"] == {"id": request["id"]}
        one.type("edit new")
        one.reply(request, {"applied": True})
        assert (await one.result(command))["applied"] is True
        await one.raw.quiet()


@pytest.mark.parametrize("is_refused", [True, False])
async def test_a_cancel_that_the_client_heeds_or_does_not_answer(is_refused: bool) -> None:
    async with editor("edit old") as one:
        command = one.command(order())
        request = await one.asked(APPLY)
        one.raw.notify("$/cancelRequest", {"id": command})
        if is_refused:
            one.fail(request, "cancelled")
        assert (await one.raw.answer(command))["error"]["code"] == CANCELLED
        assert "undo takes it back" in one.said(WARNING)[0]
        one.reply(request, {"applied": True})
        await one.raw.quiet()


@pytest.mark.parametrize("asked", [INPUT, CONFIRM, APPLY])
async def test_the_server_ends_while_something_is_asked(asked: str) -> None:
    program, action = ("edit old", "rename-local") if asked == INPUT else ("create", "simplify")
    async with editor(program) as one:
        command = one.command(order(action))
        question = await one.asked(CONFIRM if asked == APPLY else asked)
        if asked == APPLY:
            one.reply(question, {"accept": True})
            await one.asked(APPLY)
        down = one.raw.request("shutdown")
        answers: dict[Any, dict[str, Any]] = {}
        while not {command, down} <= answers.keys():
            message = await one.raw.receive()
            if "method" not in message:
                answers[message["id"]] = message
        assert answers[command]["error"]["code"] == CANCELLED
        one.raw.notify("exit")
        assert await one.raw.ended() == 0
        assert one.raw.process.stderr is not None
        log = await one.raw.process.stderr.read()
        assert b"refactorer closed" in log
        assert b"InvalidState" not in log


async def test_a_client_that_just_goes_away() -> None:
    async with editor("create") as one:
        one.command(order())
        await one.asked(CONFIRM)
        one.raw.writer.close()
        assert await one.raw.ended() == 1


# -- troubles -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "words"),
    [("unfit", "It does not fit; twice."), ("failure", "It failed."), ("mistake", "It is a mistake.")],
)
async def test_what_cannot_be_done_is_said(program: str, words: str) -> None:
    async with editor(program) as one:
        result = await one.result(one.command(order()))
        assert (result["applied"], result["words"]) == (False, words)
        assert one.said() == [f"Emberline: {words}"]


async def test_a_crash_is_told_and_answered_once_and_quotes_nothing() -> None:
    async with editor("crash") as one:
        answer = await one.raw.answer(one.command(order()))
        assert answer["error"]["code"] == INTERNAL
        assert one.said(WARNING) == ["Simplify close broke off (RuntimeError); nothing was changed."]
        await one.raw.quiet()
        assert "secret" not in str(one.raw.seen)
        one.type("x")
        assert (await one.result(one.command(order("explain", version=2))))["leftOut"] != []


async def test_one_at_a_time_in_a_document() -> None:
    async with editor("wait") as one:
        first = one.command(order())
        second = one.command(order())
        result = await one.result(second)
        assert result["words"] == "A refactoring of a.py is under way already."
        one.open("edit old", OTHER)
        third = one.command(order(uri=OTHER))
        await one.apply()
        assert (await one.result(third))["applied"] is True
        one.raw.notify("$/cancelRequest", {"id": first})
        assert (await one.raw.answer(first))["error"]["code"] == CANCELLED


async def test_a_paused_server_does_nothing() -> None:
    async with editor("edit old") as one:
        await one.raw.call("emberline/pause")
        assert "paused" in (await one.result(one.command(order())))["words"]
        assert await runs(one) == []


async def test_an_action_that_there_is_not() -> None:
    async with editor("x") as one:
        result = await one.result(one.command(order("teleport")))
        assert result["words"] == "There is no action teleport."


@pytest.mark.parametrize(
    "argument",
    [
        None,
        5,
        [],
        {},
        order(uri=None),
        order(uri=5),
        order(version="1"),
        order(version=True),
        order(range=None),
        order(range={"start": {"line": 0, "character": 0}}),
        order(range=place(-1, 0)),
        order(range={"start": {"line": True, "character": 0}, "end": {"line": 0, "character": 0}}),
        order(range=place(0, 1 << 40)),
        order(action=None),
        order(action=""),
        order(action=["simplify"]),
        order(instruction="and words"),
        order(answer=5),
        order(diagnostics={}),
        order(diagnostics=[5]),
        order(diagnostics=[{"message": "x"}]),
        order(diagnostics=[{"range": place(0, 0)}]),
        order(dryRun="yes"),
        order(preview=1),
    ],
)
async def test_an_argument_without_sense(argument: Any) -> None:
    async with editor("x") as one:
        params = {"command": "emberline.refactor", "arguments": [argument]}
        assert await one.raw.error("workspace/executeCommand", params) == INVALID_PARAMS
        assert await one.raw.error("emberline/refactor", argument) == INVALID_PARAMS
        await one.raw.quiet()
        assert one.said() == []


async def test_no_argument_at_all() -> None:
    async with over_stdio(*SERVED) as raw:
        await raw.initialize(capabilities=WHOLE)
        whole: tuple[dict[str, Any], ...] = ({}, {"arguments": None}, {"arguments": []})
        for more in whole:
            command = {"command": "emberline.refactor"} | more
            assert await raw.error("workspace/executeCommand", command) == INVALID_PARAMS
        nonsense: tuple[Any, ...] = (None, [], {"arguments": []}, {"arguments": 5})
        for params in nonsense:
            assert await raw.error("emberline/refactor", params) == INVALID_PARAMS
        await raw.quiet()
