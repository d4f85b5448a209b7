"""The service as a whole: menus by the configuration, plans where not everything fits, landing anew."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from emberline.backends.failure import Failure
from emberline.backends.messages import Chat
from emberline.documents.store import Document
from emberline.documents.text import Text
from emberline.refactor import forms
from emberline.refactor.plan import Plan
from emberline.refactor.service import Refactoring
from emberline.refactor.shelf import LARGEST_BYTES
from emberline.refactor.types import Assignment, Change, Dossier, Unfit
from emberline.syntax.types import Span
from tests.routing.served import ALONE, Place
from tests.servers import Served, serving
from tests.servers.talking import KEY

STORE = """\
class Store:
    def close(self, force):
        return force


def shut(store):
    return store.close(True)
"""
USER = """\
from store import Store


def run():
    return Store().close(False)
"""
ANSWER = {
    "summary": "Done.",
    "edits": [
        {"file": "store.py", "anchor": "def close(self, force):", "replacement": "def end(self, force):"},
        {"file": "store.py", "anchor": "store.close(True)", "replacement": "store.end(True)"},
        {"file": "use.py", "anchor": "Store().close(False)", "replacement": "Store().end(False)"},
    ],
}


@dataclass
class Steps:
    words: list[str] = field(default_factory=list)

    def step(self, words: str, done: int = 0, of: int = 0) -> None:
        self.words.append(f"{words} ({done} of {of})" if of else words)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


@pytest.fixture
def cloud(place: Place) -> Iterator[Served]:
    with serving("tests.servers.openai") as served:
        place.has_cloud(served)
        place.write("store.py", STORE)
        place.write("use.py", USER)
        yield served


@contextlib.asynccontextmanager
async def refactoring(place: Place) -> AsyncIterator[Refactoring]:
    async with place.router() as router:
        service = Refactoring(router, (place.folder,))
        try:
            await service.indexed()
            yield service
        finally:
            await service.close()


def document(place: Place, name: str, text: str | None = None, version: int = 1) -> Document:
    path = place.folder / name
    content = path.read_text() if text is None else text
    return Document(path.as_uri(), "python", version, Text.of(content))


async def renamed(
    service: Refactoring, place: Place, steps: Steps | None = None, name: str = "close"
) -> Change:
    at = STORE.index(name)
    assignment = await service.assignment(document(place, "store.py"), Span(at, at), "rename-concept", "end")
    outcome = await service.run(assignment, steps or Steps())
    assert outcome.change is not None
    return outcome.change


def after(change: Change) -> dict[str, str | None]:
    return {each.name: each.after for each in change.files}


async def test_the_user_hears_of_every_step(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"text": "not JSON"}, {"text": json.dumps(ANSWER)}])
    steps = Steps()
    async with refactoring(place) as service:
        await renamed(service, place, steps)
    assert steps.words[0] == "reading what belongs to it"
    assert steps.words.count("waiting for cloud, gpt-4o") == 2
    assert any(words.startswith("gpt-4o writes (") for words in steps.words)
    assert steps.words[-1] == "checking the edits"


async def test_the_configuration_says_what_is_offered(place: Place, cloud: Served) -> None:
    at = STORE.index("close")

    async def offered(*only: str) -> set[str]:
        async with refactoring(place) as service:
            items = await service.menu(document(place, "store.py"), Span(at, at), (), only)
        return {each.offer.action.id for each in items}

    every = await offered()
    assert {"rename-concept", "change-signature", "explain"} < every
    assert await offered("refactor.inline") == {"inline-function"}
    assert await offered("refactor") >= every - {"fix"}
    assert await offered("source.fixAll") == set()
    place.config.write_text(place.config.read_text() + "refactor: {disabled_actions: [explain]}\n")
    assert await offered() == every - {"explain"}
    place.config.write_text(
        place.config.read_text().replace("{disabled_actions: [explain]}", "{enabled: false}")
    )
    assert await offered() == set()


async def test_who_still_holds_the_old_name_is_told(place: Place, cloud: Served) -> None:
    """A method's callers cannot be told from another's of the same name, so the user looks."""
    forgotten = {**ANSWER, "edits": ANSWER["edits"][:2]}  # type: ignore[index]
    cloud.script(answers=[{"text": json.dumps(forgotten)}])
    async with refactoring(place) as service:
        at = STORE.index("close")
        place_of = await service.assignment(
            document(place, "store.py"), Span(at, at), "rename-concept", "end"
        )
        outcome = await service.run(place_of, Steps())
    assert outcome.left_out == ("use.py still holds close, unchanged: look whether it is the same",)


async def test_a_directive_brings_its_words_along(place: Place, cloud: Served) -> None:
    text = STORE.replace("    def close", "    # emberline: make force optional\n    def close")
    place.write("store.py", text)
    edit = {"file": "store.py", "anchor": "close(self, force):", "replacement": "close(self, force=False):"}
    answer = {"summary": "Done.", "edits": [edit], "create": [], "move": [], "delete": []}
    cloud.script(answers=[{"text": json.dumps(answer)}])
    at = text.index("emberline")
    async with refactoring(place) as service:
        first, *_ = await service.menu(document(place, "store.py"), Span(at, at), (), ())
        assert first.title.startswith("Do: make force optional · cloud, gpt-4o")
        assignment = await service.assignment(document(place, "store.py"), Span(at, at), "directive")
        outcome = await service.run(assignment, Steps())
    sent = cloud.requests("/v1/chat/completions")[-1]["json"]["messages"][-1]["content"]
    assert "Task: make force optional" in sent and "# emberline" not in sent
    assert outcome.change is not None
    assert after(outcome.change) == {"store.py": STORE.replace("force):", "force=False):", 1)}


# -- landing anew -------------------------------------------------------------------------------------


async def test_a_text_that_changed_elsewhere_takes_the_edit_at_its_new_place(
    place: Place, cloud: Served
) -> None:
    cloud.script(answers=[{"text": json.dumps(ANSWER)}])
    async with refactoring(place) as service:
        service.document_opened(document(place, "store.py"))
        change = await renamed(service, place)
        moved = '"""What is kept."""\n\n' + STORE
        service.document_changed(document(place, "store.py", moved, 2))
        settled = await service.settled(change)
        again = await service.settled(settled)
    assert after(settled) == after(again)
    assert after(settled)["store.py"] == '"""What is kept."""\n\n' + str(after(change)["store.py"])
    assert {each.name: each.version for each in settled.files} == {"store.py": 2, "use.py": None}


async def test_a_text_that_changed_where_it_is_edited_refuses_all_of_it(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"text": json.dumps(ANSWER)}])
    async with refactoring(place) as service:
        change = await renamed(service, place)
        place.write("use.py", USER.replace("Store().close(False)", "Store().close(force=False)"))
        with pytest.raises(Unfit, match=r"use\.py"):
            await service.settled(change)


async def test_a_change_that_no_longer_fits_its_surroundings_is_refused(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"text": json.dumps(ANSWER)}])
    async with refactoring(place) as service:
        change = await renamed(service, place)
        place.write("use.py", USER + "\n\ndef broken(:\n    pass\n")
        settled = await service.settled(change)  # it was broken by somebody else
        assert str(after(settled)["use.py"]).endswith("def broken(:\n    pass\n")
        place.write("use.py", "")
        with pytest.raises(Unfit):
            await service.settled(settled)


async def test_a_file_that_went_away_refuses_all_of_it(place: Place, cloud: Served) -> None:
    cloud.script(answers=[{"text": json.dumps(ANSWER)}])
    async with refactoring(place) as service:
        change = await renamed(service, place)
        (place.folder / "use.py").unlink()
        with pytest.raises(Unfit, match=r"use\.py is not there any more"):
            await service.settled(change)


# -- a plan first -------------------------------------------------------------------------------------


FILES = 40


def crowded(place: Place) -> None:
    """More callers than the one local model holds at once."""
    place.write("store.py", STORE)
    for number in range(FILES):
        call = f"def run_{number}(store):\n    return shut(store)\n"
        place.write(f"use_{number}.py", f"from store import shut\n\n\n{call}")


def planned() -> str:
    steps = [{"file": name, "what": "call it end"} for name in NAMES]
    return json.dumps({"summary": "shut is called end", "steps": steps})


def by_file(name: str) -> list[dict[str, str]]:
    anchors = ("def shut(store):",) if name == "store.py" else ("import shut", "return shut(store)")
    return [{"file": name, "anchor": each, "replacement": each.replace("shut", "end")} for each in anchors]


class Scripted:
    """Answers each batch for the files in it: `forms.ask` is overheard, so the order need not be known."""

    def __init__(self, served: Served, patch: pytest.MonkeyPatch) -> None:
        self.served = served
        self.batches: list[list[str]] = []
        self.once_wrong = ""
        """A file whose edit is left out the first time."""
        ask = forms.ask

        def overheard(
            assignment: Assignment, dossier: Dossier, batch: tuple[int, ...] = (), plan: Plan | None = None
        ) -> Chat:
            if plan is None:  # only to see how long it would be
                return ask(assignment, dossier, batch, plan)
            names = [dossier.excerpts[index].source.name for index in batch]
            self.batches.append(names)
            edits = [edit for name in names if name != self.once_wrong for edit in by_file(name)]
            if self.once_wrong in names:
                self.once_wrong = ""
            served.script(answers=[{"text": json.dumps({"summary": "Done.", "edits": edits})}])
            return ask(assignment, dossier, batch, plan)

        patch.setattr(forms, "ask", overheard)
        served.script(answers=[{"text": planned()}])


@pytest.fixture
def local(place: Place) -> Iterator[Served]:
    """A server of the user's own on this machine."""
    crowded(place)
    with serving("tests.servers.openai", "litellm") as served:
        place.configure(held(served, 3700))
        yield served


def held(served: Served, tokens: int) -> str:
    """Its models hold so much."""
    return (
        f"router: {{thresholds: {{max_local_context_tokens: {tokens}}}}}\nengine: {{embedded: false}}\n"
        "backends: {discover: false, servers: "
        f"[{{name: mine, protocol: openai-compatible, url: '{served.url}/v1', api_key: {KEY}}}]}}\n"
    )


NAMES = sorted(["store.py", *(f"use_{number}.py" for number in range(FILES))])


async def test_what_does_not_fit_at_once_is_planned_and_then_edited_some_files_at_a_time(
    place: Place, local: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = Scripted(local, monkeypatch)
    steps = Steps()
    async with refactoring(place) as service:
        change = await renamed(service, place, steps, "shut")
    assert sorted(after(change)) == NAMES
    assert all(text and "shut" not in text for text in after(change).values())
    assert len(scripted.batches) > 1
    assert sorted(name for batch in scripted.batches for name in batch) == NAMES
    assert f"planning the changes in {FILES + 1} files" in steps.words
    assert f"writing the edits (1 of {len(scripted.batches)})" in steps.words


async def test_where_the_whole_does_not_hold_together_the_batch_to_blame_is_asked_again(
    place: Place, local: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = Scripted(local, monkeypatch)
    scripted.once_wrong = "use_3.py"
    async with refactoring(place) as service:
        change = await renamed(service, place, name="shut")
    assert sorted(after(change)) == NAMES
    again = [batch for batch in scripted.batches if "use_3.py" in batch]
    assert len(again) == 2 and again[0] == again[1]
    told = local.requests("/v1/chat/completions")[-1]["json"]["messages"][-1]["content"]
    assert "Earlier edits did not hold together" in told and "use_3.py" in told


async def test_a_plan_for_none_of_the_files_is_refused(
    place: Place, local: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    Scripted(local, monkeypatch)
    local.script(answers=[{"text": json.dumps({"summary": "Nothing.", "steps": []})}] * 4)
    async with refactoring(place) as service:
        with pytest.raises(Failure, match="no step for any of the files"):
            await renamed(service, place, name="shut")


async def test_the_models_own_count_decides_how_much_is_sent(place: Place) -> None:
    """To this server's tokenizer each character is a token, five times what was estimated."""
    place.write("use.py", USER)
    others = "".join(f"def other_{n}(value):\n    return value * {n}\n\n\n" for n in range(120))
    place.write("store.py", STORE + "\n\n" + others)
    with serving("tests.servers.openai", "vllm") as served:
        place.configure(held(served, 7500))
        served.script(answers=[{"text": json.dumps(ANSWER)}])
        async with refactoring(place) as service:
            change = await renamed(service, place)
        sent = served.requests("/v1/chat/completions")[-1]["json"]["messages"][-1]["content"]
    assert sorted(after(change)) == ["store.py", "use.py"]
    assert "other_30" not in sent


# -- documents of every kind --------------------------------------------------------------------------

LOCAL = "def f(a):\n    x = a + 1\n    return x\n"


async def inlined(service: Refactoring, of: Document) -> Change:
    at = LOCAL.index("x")
    assignment = await service.assignment(of, Span(at, at), "inline-variable")
    change = (await service.run(assignment, Steps())).change
    assert change is not None
    return change


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "vscode-notebook-cell:/n.ipynb#W0"])
async def test_what_is_no_file_is_edited_in_the_editor(place: Place, uri: str) -> None:
    place.configure(ALONE)
    other = Document(uri.replace("-1", "-2").replace("W0", "W1"), "python", 1, Text.of("y = 2\n"))
    async with refactoring(place) as service:
        cell = Document(uri, "python", 1, Text.of(LOCAL))
        service.document_opened(cell)
        service.document_opened(other)
        change = await service.settled(await inlined(service, cell))
        assert [(each.uri, each.after) for each in change.files] == [(uri, "def f(a):\n    return a + 1\n")]
        service.document_closed(uri)
        with pytest.raises(Unfit, match="not there any more"):
            await service.settled(change)


async def test_what_may_not_be_edited_is_told_before_a_model_is_asked(place: Place) -> None:
    place.configure(ALONE)
    outside = place.folder.parent / "elsewhere.py"
    outside.write_text(LOCAL)
    of = Document(outside.as_uri(), "python", 1, Text.of(LOCAL))
    async with refactoring(place) as service:
        items = {each.offer.action.id: each for each in await service.menu(of, Span(4, 4), (), ())}
        assert "outside of the workspace" in items["own-words"].disabled
        assert "outside of the workspace" not in items["explain"].disabled
        with pytest.raises(Unfit, match="outside of the workspace"):
            await service.assignment(of, Span(4, 4), "own-words", "make it shorter")


async def test_what_is_switched_off_is_not_done_either(place: Place) -> None:
    place.configure(f"{ALONE}refactor: {{disabled_actions: [inline-variable]}}\n")
    place.write("a.py", LOCAL)
    async with refactoring(place) as service:
        with pytest.raises(Unfit, match="switched off"):
            await inlined(service, document(place, "a.py"))
    place.configure(f"{ALONE}refactor: {{enabled: false}}\n")
    async with refactoring(place) as service:
        with pytest.raises(Unfit, match="switched off"):
            await inlined(service, document(place, "a.py"))


async def test_a_document_that_no_file_should_be_as_long_as_is_left_alone(place: Place) -> None:
    place.configure(ALONE)
    long = document(place, "a.py", LOCAL + "#" * LARGEST_BYTES)
    async with refactoring(place) as service:
        assert await service.menu(long, Span(0, 0), (), ()) == ()
        with pytest.raises(Unfit, match="too long"):
            await inlined(service, long)


async def test_an_exact_change_is_the_same_when_it_is_landed_anew(place: Place) -> None:
    place.configure(ALONE)
    place.write("a.py", LOCAL)
    async with refactoring(place) as service:
        change = await inlined(service, document(place, "a.py"))
        assert after(await service.settled(change)) == after(change)


async def test_events_about_strange_files_do_no_harm(place: Place) -> None:
    place.configure(ALONE)
    async with refactoring(place) as service:
        service.files_changed(("file://[bad/a.py", place.folder.as_uri()))
        await service.indexed()
