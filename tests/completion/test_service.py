"""The completion session between a scripted editor and a scripted model: what is asked, answered and told."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from emberline.backends.base import BackendUnavailable
from emberline.completion import conductor
from emberline.completion.cadence import BURST_MS, Cadence
from emberline.completion.types import Lane, SelectedCompletion
from emberline.config.layers import combine
from emberline.config.schema import Completion
from emberline.documents.store import Document, Edit
from emberline.documents.text import Point, Text

from .scripted import HURRIED, PATIENT, URI, at_desk, settled, texts

CODE = "import math\n\n\ndef area(radius):\n    |\n"


async def test_work_starts_at_the_change_and_the_request_only_collects() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("re")
        stream = await desk.said(0, "turn", " math", ".pi", "\n")
        assert stream.request.prompt.endswith("def area(radius):\n   ")
        assert stream.request.forced == " re"
        (answer,) = await desk.ask()
        assert answer.text == "turn math.pi"
        assert (answer.start, answer.end) == (desk.cursor, desk.cursor)
        assert desk.generations == 1


async def test_a_request_without_a_change_before_it_starts_the_work_itself() -> None:
    async with at_desk() as desk:
        desk.open("x = |\n")
        asked = desk.asking()
        await desk.said(0, "compute()", "\n")
        assert texts(await asked) == ["compute()"]


async def test_what_is_typed_through_needs_no_generation() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        await desk.said(0, "eturn", " math", ".pi", "\n", "    x", " = 1", "\n")
        (first,) = await desk.ask()
        assert first.lane is Lane.GENERATED
        for key in "eturn":
            desk.type(key)
            (answer,) = await desk.ask()
            assert answer.lane is Lane.TYPED_THROUGH
            assert str(desk.document.text.replace(answer.start, answer.end, answer.text)) == (
                "import math\n\n\ndef area(radius):\n    return math.pi\n"
            )
        assert desk.generations == 1


async def test_typing_through_an_unfinished_draft_keeps_its_stream() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        stream = await desk.said(0, "eturn")
        desk.type("e")
        desk.type("t")
        asked = desk.asking()
        await settled()
        assert not stream.closed.is_set()
        stream.write(" 1", "\n")
        assert texts(await asked) == ["urn 1"]
        assert desk.generations == 1


async def test_a_mismatch_closes_the_stream_at_once_and_frees_the_slot() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        first = await desk.said(0, "eturn", " math")
        desk.type("a")
        await settled()
        assert first.closed.is_set()
        await desk.said(1, "ise", " ValueError", "\n")
        assert texts(await desk.ask()) == ["ise ValueError"]


async def test_a_draft_that_turns_out_to_disagree_with_what_was_typed_meanwhile_is_dropped() -> None:
    """It was kept while it had said nothing; `math` of `from math` must not appear behind `retur`."""
    async with at_desk() as desk:
        desk.open("import os\n\n\ndef area(radius):\n|\n")
        desk.type("    ")
        first = await desk.backend.stream(0)
        for key in "retur":
            desk.type(key)
        asked = desk.asking()
        await settled()
        assert desk.generations == 1  # it may still come to say it
        first.write("from", " math", " import", " pi", "\n")
        await settled()
        assert first.closed.is_set()
        await desk.said(1, "n 1", "\n")
        assert texts(await asked) == ["n 1"]


async def test_nothing_of_a_disagreeing_draft_is_shown_at_the_deadline_either() -> None:
    async with at_desk(HURRIED) as desk:
        desk.open("import os\n\n\ndef area(radius):\n|\n")
        desk.type("    ")
        first = await desk.backend.stream(0)
        desk.type("retur")
        first.write("from", " math", " import")
        await settled()
        assert await desk.ask(refreshable=True) == ()


async def test_forced_text_may_come_in_several_tokens() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("retur")
        stream = await desk.backend.stream(0)
        assert stream.request.forced == " retur"
        for token in (" r", "et", "urn", " math", ".pi", "\n"):
            stream.raw(token)
        assert texts(await desk.ask()) == ["n math.pi"]


async def test_an_answer_that_ignores_the_forced_text_is_not_shown() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("retur")
        stream = await desk.backend.stream(0)
        for token in (" from", " math", " import", "\n"):
            stream.raw(token)
        stream.end()
        assert await desk.ask() == ()


async def test_auto_closed_brackets_are_typed_through() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("x = f")
        await desk.said(0, "(", "radius", ")", "\n", "    y = 1", "\n")
        assert texts(await desk.ask()) == ["(radius)"]
        desk.type("()", ahead=1)
        (answer,) = await desk.ask()
        assert answer.lane is Lane.TYPED_THROUGH
        after = str(desk.document.text.replace(answer.start, answer.end, answer.text))
        assert "x = f(radius)\n" in after


async def test_the_line_after_an_accepted_one_is_there_already() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("pi")
        await desk.said(0, " = 3", "\n", "    return", " pi", "\n")
        (answer,) = await desk.ask()
        assert answer.text == " = 3"
        desk.accept(answer)
        assert await desk.ask() == ()
        desk.type("\n    ")
        (following,) = await desk.ask()
        assert (following.text, following.lane) == ("return pi", Lane.TYPED_THROUGH)
        assert desk.generations == 1
        assert desk.session.stats()["accepted"] == 1


async def test_backspace_into_a_known_draft_answers_without_a_generation() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        await desk.said(0, "eturn", " 1", "\n", "    x = 2", "\n")
        desk.type("a")
        second = await desk.backend.stream(1)
        desk.backspace()
        await settled()
        assert second.closed.is_set()
        assert texts(await desk.ask()) == ["eturn 1"]
        assert desk.generations == 2


async def test_undoing_an_accept_brings_its_ghost_text_back() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        await desk.said(0, "eturn", " 1", "\n", "    x = 2", "\n")
        (answer,) = await desk.ask()
        desk.accept(answer)
        desk.backspace(len(answer.text))
        assert texts(await desk.ask()) == ["eturn 1"]
        assert desk.generations == 1


async def test_a_refresh_is_sent_once_when_the_rest_is_there() -> None:
    async with at_desk(HURRIED) as desk:
        desk.open(CODE)
        desk.type("r")
        stream = await desk.backend.stream(0)
        assert await desk.ask(refreshable=True) == ()
        assert desk.ears.refreshed == []
        stream.write("eturn 1", "\n")
        await settled()
        assert desk.ears.refreshed == [URI]
        assert texts(await desk.ask(refreshable=True)) == ["eturn 1"]
        stream.write("    x = 2", "\n")
        await settled()
        assert desk.ears.refreshed == [URI]


async def test_no_refresh_goes_to_a_client_that_does_not_know_it() -> None:
    async with at_desk(Completion(budget_ms=9, patience_ms=0)) as desk:
        desk.open(CODE)
        desk.type("r")
        assert await desk.ask() == ()
        await desk.said(0, "eturn 1", "\n", "    x = 2", "\n")
        assert desk.ears.refreshed == []


async def test_a_client_without_refresh_waits_beyond_the_budget() -> None:
    async with at_desk(HURRIED) as desk:
        desk.open(CODE)
        desk.type("r")
        stream = await desk.backend.stream(0)
        patient = desk.asking()
        hurried = await desk.ask(refreshable=True)
        assert hurried == ()  # the budget is over
        assert not patient.done()
        stream.write("eturn 1", "\n")
        assert texts(await patient) == ["eturn 1"]


async def test_at_the_deadline_the_best_part_is_shown_cut_at_a_word() -> None:
    async with at_desk(HURRIED) as desk:
        desk.open(CODE)
        desk.type("r")
        await desk.said(0, "eturn", " math", ".", "sq")
        (answer,) = await desk.ask(refreshable=True)
        assert answer.text == "eturn math."


async def test_a_jump_into_unread_text_is_answered_at_once() -> None:
    async with at_desk() as desk:  # with a budget of ten seconds: the answer must not wait for it
        desk.backend.gate = asyncio.Semaphore(0)
        desk.open("".join(f"value_{n} = {n}\n" for n in range(100)) + "|\n")
        asked = desk.asking(refreshable=True)
        assert await asked == ()
        assert desk.generations == 0
        desk.backend.gate.release()
        await desk.backend.until(lambda: len(desk.backend.prefills) == 2)


async def test_unsure_text_is_not_shown() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        await desk.said(0, "")
        stream = await desk.said(0, "eturn", probability=0.2)
        stream.write(" 1", "\n", "    x = 2", "\n")
        assert await desk.ask() == ()


async def test_invoked_brings_up_to_three_distinct_alternatives() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        asked = desk.asking(invoked=True)
        await desk.said(0, "eturn 1", "\n", "    x = 2", "\n")
        await desk.said(1, "eturn 1", "\n")  # the same again
        await desk.said(2, "aise KeyError", "\n")
        await desk.said(3, "eturn 2", "\n")
        assert texts(await asked) == ["eturn 1", "aise KeyError", "eturn 2"]
        temperatures = [stream.request.temperature for stream in desk.backend.streams]
        assert temperatures[0] == 0
        assert temperatures[1:] == sorted(set(temperatures[1:]))
        desk.type("a")
        assert texts(await desk.ask()) == ["ise KeyError"]
        assert desk.generations == 4


async def test_typing_while_alternatives_are_gathered_ends_them() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        asked = desk.asking(invoked=True)
        await desk.said(0, "eturn 1", "\n", "    x = 2", "\n")
        alternative = await desk.backend.stream(1)
        desk.type("x")
        await settled()
        assert alternative.closed.is_set()
        await asked


async def test_the_entry_selected_in_a_menu_is_extended() -> None:
    async with at_desk() as desk:
        desk.open("numbers = []\nnumbers.|\n")
        desk.type("app")
        await desk.said(0, "end", "(1)", "\n", "x = 1", "\n")
        start = Point(1, len("numbers."))
        (answer,) = await desk.ask(selected=SelectedCompletion(start, desk.cursor, "append"))
        assert (answer.text, answer.start, answer.end) == ("append(1)", start, desk.cursor)
        assert await desk.ask(selected=SelectedCompletion(start, desk.cursor, "apply")) == ()
        assert desk.generations == 1


REPEATED = "first_value = compute_total(items, 1)\nsecond = 2\n"


async def test_the_instant_lane_answers_without_any_engine() -> None:
    async with at_desk() as desk:
        desk.lane.backend = None
        desk.open(REPEATED * 3 + "|\n")
        desk.type("first_value = compute_tot")
        (answer,) = await desk.ask()
        assert (answer.text, answer.lane) == ("al(items, 1)", Lane.RECALLED)


async def test_without_engine_and_without_memory_the_answer_is_empty_and_the_status_says_why() -> None:
    async with at_desk() as desk:
        desk.lane.backend = None
        desk.open(CODE)
        desk.type("r")
        assert await desk.ask() == ()
        assert await desk.ask(refreshable=True) == ()
        assert await desk.ask(invoked=True) == ()
        assert desk.session.status().kind == "warning"
        assert "no model is here" in desk.session.status().message


async def test_the_models_other_opinion_replaces_what_was_recalled() -> None:
    async with at_desk() as desk:
        desk.open(REPEATED * 3 + "|\n")
        desk.type("first_value = compute_tot")
        assert texts(await desk.ask(refreshable=True)) == ["al(items, 1)"]
        await desk.said(0, "al(prices)", "\n", "x = 1", "\n")
        assert desk.ears.refreshed == [URI]
        assert texts(await desk.ask(refreshable=True)) == ["al(prices)"]


async def test_the_model_that_agrees_with_what_was_recalled_changes_nothing() -> None:
    async with at_desk() as desk:
        desk.open(REPEATED * 3 + "|\n")
        desk.type("first_value = compute_tot")
        assert texts(await desk.ask(refreshable=True)) == ["al(items, 1)"]
        await desk.said(0, "al(items", ", 1)", "\n", "x = 1", "\n")
        assert desk.ears.refreshed == []


async def test_a_disabled_language_costs_and_shows_nothing() -> None:
    async with at_desk(Completion(disabled_languages=("markdown",))) as desk:
        desk.open("Some |", "markdown")
        desk.type("te")
        assert await desk.ask() == ()
        assert desk.generations == 0


async def test_completion_that_is_switched_off_says_so() -> None:
    async with at_desk(Completion(enabled=False)) as desk:
        desk.open(CODE)
        desk.type("r")
        assert await desk.ask() == ()
        assert desk.session.status().kind == "inactive"
        assert desk.generations == 0


async def test_an_engine_that_dies_in_the_middle_is_answered_for_and_the_next_request_works() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        asked = desk.asking()
        stream = await desk.said(0, "eturn")
        stream.fail(BackendUnavailable("it died"))
        await asked
        assert desk.lane.failures == 1
        assert desk.session.status().kind == "warning"
        again = desk.asking()
        await desk.said(1, "eturn 1", "\n", "    x = 2", "\n")
        assert texts(await again) == ["eturn 1"]
        assert desk.session.status().kind == "normal"
        assert desk.ears.statuses[-1].kind == "normal"


async def test_an_error_that_nobody_foresaw_does_not_end_the_session() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        asked = desk.asking()
        stream = await desk.said(0, "eturn")
        stream.fail(ValueError("nonsense from the wire"))
        await asked
        desk.type("a")
        await desk.said(1, "ise", "\n", "x = 2", "\n")
        assert texts(await desk.ask()) == ["ise"]


async def test_a_superseded_request_is_answered() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        asked = desk.asking()
        await desk.backend.stream(0)
        desk.type("a")
        assert await asked == ()
        await desk.said(0, "aise", "\n", "    x = 2", "\n")
        assert texts(await desk.ask()) == ["ise"]


async def test_a_request_for_another_place_answers_the_waiting_one() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        waiting = desk.asking()
        await desk.backend.stream(0)
        desk.cursor = Point(1, 0)
        second = desk.asking()
        assert await waiting == ()
        await desk.said(1, "import os", "\n", "\n", "\n", "x = 1\n")
        assert texts(await second) == ["import os"]


async def test_closing_the_document_answers_the_waiting_request_and_frees_the_slot() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        asked = desk.asking()
        stream = await desk.said(0, "etu")
        desk.close()
        assert await asked == ()
        assert stream.closed.is_set()


async def test_a_cancelled_request_leaves_the_draft_for_the_next_one() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        asked = desk.asking()
        stream = await desk.said(0, "eturn")
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        stream.write(" 1", "\n")
        assert texts(await desk.ask()) == ["eturn 1"]
        assert desk.generations == 1


async def test_a_burst_of_keys_starts_fewer_generations_than_it_has_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # 20 ms between two keys, and a wait of a second for the next one, however slow this machine is.
    heard, times = Cadence.key, itertools.count(0.0, 20.0)
    monkeypatch.setattr(Cadence, "key", lambda rhythm, now_ms: heard(rhythm, next(times)))
    waits = property(lambda rhythm: 0.0 if rhythm.interval_ms >= BURST_MS else 1000.0)
    monkeypatch.setattr(Cadence, "delay_ms", waits)
    async with at_desk() as desk:
        desk.open(CODE)
        keys = "print(radius, 2)"
        for key in keys:
            desk.type(key)
            await settled()
            desk.backend.streams[-1].write("~")  # never what is typed
            await settled()
        assert 0 < desk.generations < len(keys) // 2
        before = desk.generations
        asked = desk.asking()  # a request does not wait for the rhythm
        await desk.said(before, "  # done", "\n", "    x = 1", "\n")
        assert texts(await asked) == ["  # done"]


async def test_crlf_documents_get_crlf_blocks_and_keep_their_draft() -> None:
    async with at_desk() as desk:
        desk.open("import math\r\n\r\n\r\ndef area(radius):|\r\n")
        desk.type("\r\n    ")
        await desk.said(0, "x = 1", "\n", "    return", " x", "\n", "\n", "\n", "def", " other")
        (answer,) = await desk.ask()
        assert answer.text == "x = 1\r\n    return x"
        desk.type("x = 1\r\n    ")
        (rest,) = await desk.ask()
        assert (rest.text, rest.lane) == ("return x", Lane.TYPED_THROUGH)
        assert desk.generations == 1
        assert "\r" not in desk.backend.streams[0].request.prompt


async def test_sentinels_in_the_users_code_stay_text() -> None:
    async with at_desk() as desk:
        desk.open("END = '<|fim_middle|>'\nSTART = '<|fim_prefix|>'\n\n")
        desk.cursor = Point(2, 0)
        desk.type("MIDDLE = ST")
        stream = await desk.said(0, "ART", "\n", "x", " = 1", "\n")
        assert stream.request.prompt.count("<|fim_middle|>") == 1
        assert stream.request.prompt.count("<|fim_prefix|>") == 1
        assert texts(await desk.ask()) == ["ART"]


async def test_a_sentinel_that_the_model_says_ends_its_text() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        stream = await desk.said(0, "eturn 1", "<|file_sep|>", "other")
        stream.end()
        assert texts(await desk.ask()) == ["eturn 1"]


async def test_multi_byte_text_is_placed_by_characters() -> None:
    async with at_desk() as desk:
        desk.open("😀 = 'é'\nname = |\n")
        desk.type("'😀")
        await desk.said(0, "é'", "\n", "x = 1", "\n")
        (answer,) = await desk.ask()
        assert answer.text == "é'"
        assert answer.start == desk.cursor == Point(1, 9)


async def test_a_replaced_text_is_forgotten_and_asked_about_anew() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        stream = await desk.said(0, "eturn")
        document = desk.store.change(URI, 7, "x = 1\n")
        desk.session.document_changed(document, ())
        await settled()
        assert stream.closed.is_set()
        desk.cursor = Point(0, 4)
        asked = desk.asking()
        await desk.said(1, "2", "\n")
        await asked


async def test_a_line_as_long_as_a_file_is_left_alone() -> None:
    async with at_desk() as desk:
        desk.open("x = [" + "1," * 5000 + "|]\n")
        desk.type("2")
        assert await desk.ask() == ()
        assert desk.generations == 0
        assert desk.backend.prefills == []


async def test_a_change_of_another_document_moves_the_focus_there() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        first = await desk.backend.stream(0)
        other = Document("file:///project/b.py", "python", 2, Text.of("y = f\n"))
        desk.session.document_opened(other)
        desk.session.document_changed(other, (Edit(Point(0, 4), Point(0, 4), "f"),))
        await settled()
        assert first.closed.is_set()
        assert (await desk.backend.stream(1)).request.prompt.endswith("y =")


async def test_everything_shown_is_known_by_its_id() -> None:
    async with at_desk() as desk:
        desk.open(CODE)
        desk.type("r")
        await desk.said(0, "eturn 1", "\n", "    x = 2", "\n")
        (answer,) = await desk.ask()
        for identity in (answer.id, "unknown"):
            desk.session.shown(identity)
            desk.session.accepted(identity)
            desk.session.partially_accepted(identity, 3)
        stats = desk.session.stats()
        assert (stats["shown"], stats["accepted"], stats["partially accepted"]) == (1, 1, 1)


async def test_a_pausing_user_has_the_wide_window_read_into_the_other_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conductor, "IDLE_SECONDS", 0.0)
    async with at_desk(PATIENT) as desk:
        desk.open("".join(f"value_{n} = {n}\n" for n in range(300)) + "|\n")
        desk.type("x")
        used = (await desk.said(0, " = 1", "\n", "y = 2", "\n")).request.slot
        await desk.backend.until(lambda: any(slot != used for _, slot in desk.backend.prefills))
        await settled()
        desk.type("q")
        stream = await desk.backend.stream(1)
        assert stream.request.slot != used
        assert len(stream.request.prompt) > 2000
        assert "value_150 = 150\n" in stream.request.prompt


async def test_a_mended_configuration_is_told_as_such() -> None:
    async with at_desk() as desk:
        desk.session.complain("privacy.mode must be one of …")
        assert desk.session.status().kind == "warning"
        desk.session.apply(combine([], {}))
        assert desk.session.status().kind == "normal"
        assert desk.lane.applied


async def test_what_is_wrong_with_the_engine_comes_before_what_is_wrong_with_the_configuration() -> None:
    async with at_desk() as desk:
        desk.session.complain("a key is misspelt")
        desk.lane.backend = None
        desk.open("x = |")
        await desk.ask()
        assert "no model is here" in desk.session.status().message
        desk.lane.backend = desk.backend
        desk.type("y")
        asking = desk.asking(refreshable=True)
        await desk.said(0, "1\n")
        await asking
        assert desk.session.status().message == "a key is misspelt", "which is still so"


async def test_what_changes_while_a_model_is_warmed_is_taken_up_afterwards() -> None:
    async with at_desk() as desk:
        gate, warmed = asyncio.Event(), 0

        async def warm() -> None:
            nonlocal warmed
            warmed += 1
            await gate.wait()

        desk.lane.warm = warm  # type: ignore[method-assign]
        desk.lane.changed()
        await settled()
        desk.lane.changed()
        desk.lane.changed()
        await settled()
        assert warmed == 1
        gate.set()
        await settled()
        assert warmed == 2
