"""What the user reads before and after a refactoring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emberline.models.info import ModelInfo
from emberline.privacy.labels import Place
from emberline.refactor import wording
from emberline.refactor.types import Change, FileChange, Proposal
from emberline.routing import tasks
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate
from emberline.routing.request import Task

SMALL = Candidate("embedded", "llamacpp", "", Place.MACHINE, ModelInfo("qwen2.5-coder-0.5b"))
HOST = Candidate("gpu", "openai-compatible", "https://gpu.example.net", Place.HOST, ModelInfo("big"))
CLOUD = Candidate(
    "openai", "openai", "https://api.openai.com", Place.CLOUD, ModelInfo("gpt-4o"), metered=True
)
REQUEST = tasks.request(Task.REFACTOR, 1000)
NOWHERE = Decision(REQUEST, None, (), refusal="no model may read it")


def goes(candidate: Candidate, cost: float = 0.0, *warnings: str) -> Decision:
    return Decision(REQUEST, candidate, ("it is there",), cost_usd=cost, warnings=warnings)


@pytest.mark.parametrize(
    ("decision", "title"),
    [
        (None, "Rename x · no model"),
        (goes(SMALL), "Rename x · local, qwen2.5-coder-0.5b"),
        (goes(SMALL, 0.0, "it spans 7 files"), "Rename x · local, qwen2.5-coder-0.5b · weak for this"),
        (goes(HOST), "Rename x · your host, big"),
        (goes(CLOUD, 0.0234), "Rename x · cloud, gpt-4o · about $0.02"),
        (goes(CLOUD, 0.004), "Rename x · cloud, gpt-4o · under 1 cent"),
        (goes(CLOUD), "Rename x · cloud, gpt-4o · price unknown"),
        (NOWHERE, "Rename x"),
    ],
)
def test_an_entry_says_where_it_would_run_and_what_for(decision: Decision | None, title: str) -> None:
    assert wording.entry("Rename x", decision) == title


def changed(name: str, before: str | None = "a", after: str | None = "b", to: str = "") -> FileChange:
    path = Path("/work") / name
    return FileChange(name, path, path.as_uri(), before, after, Path("/work") / to if to else None)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([changed("a.py")], "Changed a.py"),
        ([changed("a.py"), changed("b.py", None)], "Changed a.py, made b.py"),
        ([changed("a.py", "a", None), changed("b.py", to="c.py")], "Moved b.py, deleted a.py"),
        ([changed(f"{n}.py") for n in "abcd"], "Changed 4 files (a.py, b.py, …)"),
    ],
)
def test_what_changed_is_one_clause(files: list[FileChange], words: str) -> None:
    assert wording.what(Change(tuple(files), Proposal(()))) == words


def test_where_it_was_computed_names_every_place_that_served_once() -> None:
    change = Change((changed("a.py"),), Proposal(()))
    assert wording.done(change, (), 0.0) == "Changed a.py; no model was asked."
    assert wording.done(change, (SMALL, SMALL), 0.0) == (
        "Changed a.py; computed by qwen2.5-coder-0.5b on this machine."
    )
    both = (CLOUD, replace(SMALL, place=Place.HOST))
    assert wording.done(change, both, 0.02) == (
        "Changed a.py; computed by gpt-4o in the cloud, then qwen2.5-coder-0.5b on your host for $0.02."
    )


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("", ""),
        ("no model may read it", "no model may read it"),
        (
            "none of this machine's models holds 6 354 tokens: 6 144 at most, and it cannot be split",
            "none of this machine's models holds 6 354 tokens",
        ),
        ("word " * 30, f"{'word ' * 11}word…"),
    ],
)
def test_a_menu_tells_the_first_clause_of_a_refusal(refusal: str, words: str) -> None:
    assert wording.in_short(refusal) == words
    assert len(words) <= wording.LONGEST_REASON
