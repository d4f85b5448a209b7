"""Decisions in words and as JSON."""

from __future__ import annotations

import json

from emberline.privacy.labels import Level, Place
from emberline.routing.decide import decide
from emberline.routing.explain import as_json, explain, short
from emberline.routing.fleet import Fleet, Health, Policy
from emberline.routing.request import Task
from emberline.routing.tasks import request
from tests.routing.fleets import (
    CLAUDE,
    DEFAULT,
    GPT,
    LAPTOP,
    OPEN,
    OPENED,
    PRIVATE,
    cloud,
    embedded,
    fleet,
    ollama,
)

ABROAD = decide(
    request(Task.REFACTOR, 9_000, OPEN, files=3), OPENED, fleet(DEFAULT, GPT, ollama("z", fits=False))
)
SPLIT = decide(request(Task.LOG_SUMMARY, 60_000, PRIVATE), OPENED, fleet(DEFAULT, GPT))
NOWHERE = decide(request(Task.AGENT, 900, PRIVATE), OPENED, fleet(embedded()))


def test_it_says_where_why_at_what_price_who_stands_by_and_who_was_turned_down() -> None:
    assert explain(ABROAD) == (
        "refactor        goes to gpt-4o (openai, in the cloud)\n"
        "because         it spans 3 files, which a cloud model understands better together\n"
        "                its answer is nested JSON, and no local model at hand has 30 billion parameters at "
        "Q8_0 or finer\n"
        "asked           9 000 tokens, and an answer of up to 2 000, 3 files, nested JSON, waiting\n"
        "privacy         app.py is open: privacy.mode\n"
        "costs           at most $0.043\n"
        "stands by       llama3.1:8b Q4_K_M (ollama, on this machine)\n"
        "not used        z Q4_K_M (ollama, on this machine): there is no room in memory"
    )


def test_it_says_that_the_input_is_split_and_of_what_to_be_careful() -> None:
    assert explain(SPLIT) == (
        "log-summary     goes to llama3.1:8b Q4_K_M (ollama, on this machine), in 3 parts\n"
        "because         client/app.py is strict because of privacy.local_only, so it stays on this machine\n"
        "careful         it is sent in 3 parts: what only shows in the whole may be missed\n"
        "asked           60 000 tokens, and an answer of up to 500, waiting\n"
        "privacy         client/app.py is strict: privacy.local_only\n"
        "costs           nothing\n"
        "not used        gpt-4o (openai, in the cloud): it runs in the cloud and client/app.py is strict "
        "because of privacy.local_only"
    )


def test_it_says_why_it_goes_nowhere() -> None:
    assert explain(NOWHERE) == (
        "agent           goes nowhere\n"
        "because         embedded/qwen2.5-coder-0.5b is out because it cannot call tools; add a model that "
        "can do an agent's work\n"
        "asked           900 tokens, and an answer of up to 2 000, 5 tool calls in a row, nested JSON, "
        "waiting\n"
        "privacy         client/app.py is strict: privacy.local_only\n"
        "not used        qwen2.5-coder-0.5b Q4_K_M (embedded, on this machine): it cannot call tools"
    )


def test_a_status_bar_gets_one_line() -> None:
    assert short(ABROAD) == (
        "refactor → gpt-4o (openai, in the cloud): "
        "it spans 3 files, which a cloud model understands better together"
    )
    assert short(NOWHERE).startswith("agent → nowhere: embedded/qwen2.5-coder-0.5b is out because")


def test_a_program_gets_all_of_it() -> None:
    told = json.loads(json.dumps(as_json(ABROAD)))

    assert told["chosen"]["model"] == "gpt-4o"
    assert told["chosen"]["place"] == Place.CLOUD
    assert told["reasons"] == list(ABROAD.reasons)
    assert [each["model"] for each in told["fallbacks"]] == ["llama3.1:8b"]
    assert [(each["model"], each["why"]) for each in told["rejected"]] == [
        ("z", "there is no room in memory")
    ]
    assert told["cost_usd"] == ABROAD.cost_usd
    assert told["request"] == {
        "task": "refactor",
        "level": "open",
        "level_from": "privacy.mode",
        "source": "app.py",
        "input_tokens": 9_000,
        "output_tokens": 2_000,
        "tool_chain": 0,
        "files": 3,
        "structure": "nested",
        "latency": "waiting",
    }
    assert as_json(SPLIT)["parts"] == 3
    assert as_json(NOWHERE)["chosen"] is None
    assert as_json(NOWHERE)["refusal"] == NOWHERE.refusal


def test_what_nobody_knows_the_price_of_is_not_called_free() -> None:
    decision = decide(request(Task.QUESTION, 900, OPEN), Policy(Level.OPEN), fleet(cloud(price=None)))

    assert "costs           nobody knows what" in explain(decision)


def test_a_model_that_is_passed_on_names_the_host_that_runs_it() -> None:
    passed_on = ollama("big-cloud", "", place=Place.CLOUD, remote_host="ollama.com", health=Health.UP)

    assert "big-cloud (ollama, in the cloud at ollama.com)" in short(
        decide(request(Task.QUESTION, 900, OPEN), OPENED, fleet(passed_on))
    )


def test_every_candidate_is_named_once() -> None:
    text = explain(decide(request(Task.QUESTION, 900, PRIVATE), Policy(), Fleet(LAPTOP)))

    assert all(text.count(f"{each.model.name} ") == 1 for each in (*LAPTOP[:3], GPT, CLAUDE))
