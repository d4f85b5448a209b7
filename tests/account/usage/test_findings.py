"""What could run here, what stays, and what that comes to a month."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from emberline.account.usage import anthropic_costs, anthropic_usage, litellm, openai_costs, openai_usage
from emberline.account.usage.advice import Offer, advise, offers
from emberline.account.usage.entry import Bill, Entry, Kind, Pause, Source, Usage
from emberline.account.usage.findings import Findings, findings
from emberline.account.usage.pricing import listed
from emberline.account.usage.summing import MONTH_DAYS, Summing
from emberline.account.usage.verdict import Judged, Known, Verdict, judge
from emberline.models.info import ModelInfo, Warmth
from emberline.models.planner import Gpu, Machine
from tests.account.usage.exports import DAY, OCTOBER

GIB = 1 << 30
MOST = 24_000
ONE = Usage("openai", "gpt-4o", OCTOBER, OCTOBER, 1, 1000, output_tokens=100, is_single=True)
MANY = replace(ONE, requests=100, input_tokens=200_000, output_tokens=5000, is_single=False)
SUMS = replace(MANY, requests=None)


@pytest.mark.parametrize(
    ("usage", "verdict", "known"),
    [
        (ONE, Verdict.HERE, Known.EACH),
        (MANY, Verdict.HERE, Known.MEAN),
        (SUMS, Verdict.UNTOLD, Known.NOTHING),
        (replace(SUMS, labels=("commit-bot",)), Verdict.HERE, Known.NAME),
        (replace(SUMS, labels=("commit-bot",), is_long=True), Verdict.LONG, Known.NOTHING),
        (replace(ONE, input_tokens=23_900), Verdict.HERE, Known.EACH),
        (replace(ONE, input_tokens=23_901), Verdict.LONG, Known.EACH),
        (replace(MANY, input_tokens=2_400_000), Verdict.LONG, Known.MEAN),
        (replace(ONE, output_tokens=1000), Verdict.HERE, Known.EACH),
        (replace(ONE, output_tokens=1001), Verdict.ANSWER, Known.EACH),
        (replace(ONE, is_batch=True), Verdict.BATCH, Known.EACH),
        (replace(ONE, has_media=True), Verdict.KIND, Known.EACH),
        (replace(ONE, kind=Kind.EMBEDDING), Verdict.KIND, Known.EACH),
        (replace(ONE, uses_tools=True), Verdict.AGENT, Known.EACH),
        (replace(ONE, labels=("claude-code",)), Verdict.AGENT, Known.EACH),
        (replace(ONE, labels=("User-Agent: OpenAI/Python 1.2",)), Verdict.HERE, Known.EACH),
        (replace(ONE, labels=("User-Agent: claude-cli/1.0",)), Verdict.AGENT, Known.EACH),
        (replace(ONE, is_local=True, is_batch=True), Verdict.LOCAL, Known.EACH),
        (replace(ONE, is_unpaid=True, is_local=True), Verdict.UNPAID, Known.EACH),
        (replace(MANY, requests=0), Verdict.UNTOLD, Known.NOTHING),
    ],
)
def test_the_first_rule_that_applies_decides(usage: Usage, verdict: Verdict, known: Known) -> None:
    found = judge(usage, MOST)
    assert (found.verdict, found.known) == (verdict, known)


@pytest.mark.parametrize(
    ("labels", "work"),
    [
        (("commit-message",), "commit messages"),
        (("prod", "task:log-summary"), "summaries"),
        (("SummarizeDocs",), "summaries"),
        (("summarise_tickets",), "summaries"),
        (("app_triage",), "classification"),
        (("docstrings",), "documentation"),
        (("rag",), "questions"),
        (("catalog", "blogs", "storage", "dragon"), "not said"),
        (("autocomplete",), "completion"),
        (("completed",), "not said"),
        ((), "not said"),
    ],
)
def test_labels_name_the_work(labels: tuple[str, ...], work: str) -> None:
    assert judge(replace(ONE, labels=labels), MOST).work == work


def test_list_prices() -> None:
    usage = replace(
        ONE, input_tokens=1_000_000, cache_read_tokens=400_000, output_tokens=100_000, requests=1000
    )
    assert listed(usage) == pytest.approx(0.6 * 2.5 + 0.4 * 1.25 + 0.1 * 10)
    assert listed(replace(usage, is_batch=True)) == pytest.approx((0.6 * 2.5 + 0.4 * 1.25 + 0.1 * 10) / 2)
    claude = replace(
        usage, provider="anthropic", model="claude-sonnet-4-20250514", cache_write_tokens=100_000
    )
    assert listed(claude) == pytest.approx(0.5 * 3 + 0.4 * 0.3 + 0.1 * 3.75 + 0.1 * 15)
    assert listed(replace(usage, model="house-1")) is None
    assert listed(replace(usage, model="")) is None


def found(*entries: tuple[Source, Entry], file: str = "a.csv") -> Findings:
    summing = Summing(MOST)
    for source, entry in entries:
        summing.add(source, file, entry)
    return findings(summing)


OPENAI, CLAUDE, LITELLM = openai_usage.SOURCE, anthropic_usage.SOURCE, litellm.SOURCE


def days(usage: Usage, count: int, source: Source = OPENAI) -> list[tuple[Source, Entry]]:
    """The same once a day."""
    return [
        (source, replace(usage, began=OCTOBER + n * DAY, ended=OCTOBER + (n + 1) * DAY)) for n in range(count)
    ]


def test_a_months_savings() -> None:
    """Ten days of routine work at $0.55 a day, and of long contexts at $7.55."""
    long = replace(MANY, input_tokens=3_000_000)
    result = found(*days(MANY, 10), *days(long, 10))
    assert result.saved_usd == pytest.approx(10 * 0.55)
    assert result.saved_a_month == pytest.approx(MONTH_DAYS * 0.55)
    assert result.usd_a_month == pytest.approx(MONTH_DAYS * (0.55 + 7.55))
    assert result.requests == (1000, 2000)
    assert result.a_day == pytest.approx((200_000, 5000))
    assert result.known == ((Known.MEAN, pytest.approx(1.0)),)
    assert [line.verdict for line in result.by_verdict] == [Verdict.HERE, Verdict.LONG]
    assert result.untold_a_month == (0, 0)


def test_days_without_usage_count_as_days() -> None:
    working = days(MANY, 5)
    assert found(
        *working, (OPENAI, Pause(OCTOBER + 5 * DAY, OCTOBER + 10 * DAY))
    ).saved_a_month == pytest.approx(MONTH_DAYS * 0.55 / 2)


def test_each_source_is_scaled_by_its_own_days() -> None:
    claude = replace(SUMS, provider="anthropic", model="claude-sonnet-4-20250514", labels=("summaries",))
    result = found(*days(MANY, 10), *days(claude, 30, CLAUDE))
    assert result.saved_a_month == pytest.approx(MONTH_DAYS * (0.55 + (0.2 * 3 + 0.005 * 15)))
    assert {each.source: each.days for each in result.read} == {"OpenAI usage": 10, "Anthropic usage": 30}


def test_what_cannot_be_told_is_no_saving_but_a_claim() -> None:
    claude = replace(SUMS, provider="anthropic", model="claude-sonnet-4-20250514")
    result = found(*days(claude, 30, CLAUDE))
    a_month = MONTH_DAYS * (0.2 * 3 + 0.005 * 15)
    assert (result.saved_usd, result.saved_a_month) == (0, 0)
    assert result.untold_a_month == pytest.approx((0.6 * a_month, 0.8 * a_month))


def test_what_the_export_says_counts_and_list_prices_stand_beside_it() -> None:
    said = replace(ONE, cost_usd=0.007, id="a")
    result = found((LITELLM, said), (LITELLM, replace(said, id="b", began=OCTOBER + 9 * DAY)))
    assert result.saved_usd == pytest.approx(0.014)
    (read,) = result.read
    assert (read.said_usd, read.listed_usd) == (pytest.approx(0.014), pytest.approx(0.007))
    assert any("200% of them" in note for note in result.notes)


def test_a_request_in_two_files_counts_once() -> None:
    summing = Summing(MOST)
    for file in ("a.json", "b.json"):
        for name in ("x", "y"):
            summing.add(LITELLM, file, replace(ONE, cost_usd=1.0, id=name))
    assert summing.repeated == 2
    result = findings(summing)
    assert result.usd == 2.0
    assert "2 records stood in more than one file, and count once" in result.notes


def test_the_same_source_in_several_files_is_said() -> None:
    summing = Summing(MOST)
    for file in ("a.json", "b.json"):
        summing.add(OPENAI, file, MANY)
    assert any("OpenAI usage comes from 2 files" in note for note in findings(summing).notes)


def test_what_cost_nothing_is_in_no_sum() -> None:
    result = found(
        (LITELLM, replace(ONE, is_unpaid=True, cost_usd=0.0)), (LITELLM, replace(ONE, is_local=True))
    )
    assert (result.usd, result.saved_usd, result.requests) == (0, 0, (0, 1))
    assert [line.verdict for line in result.by_verdict] == [Verdict.LOCAL, Verdict.UNPAID]


def test_a_model_without_a_price_is_said_and_in_no_sum() -> None:
    result = found((OPENAI, replace(MANY, model="house-1")), (OPENAI, replace(MANY, model="")))
    assert result.usd == 0
    (note,) = [each for each in result.notes if "nobody knows what" in each]
    assert "house-1, openai model that the export does not name" in note and "410,000 tokens" in note
    assert "group_by=model" in note


BILL = Bill("openai", "gpt-4o", OCTOBER, OCTOBER + 10 * DAY, 5.5)


@pytest.mark.parametrize(
    ("bill", "note"),
    [
        (BILL, "openai's bill comes to $5.50, and $5.50 by list prices"),
        (replace(BILL, usd=2.75), "50% of them, so expect savings to be as far"),
        (replace(BILL, ended=OCTOBER + 20 * DAY), "openai's bill and its usage cover different days"),
    ],
)
def test_a_bill_beside_usage_is_compared_and_not_added(bill: Bill, note: str) -> None:
    result = found(*days(MANY, 10), (openai_costs.SOURCE, bill))
    assert result.usd == pytest.approx(5.5)
    assert any(note in each for each in result.notes)


def test_a_bill_alone_tells_only_what_a_claim_makes_of_it() -> None:
    bill = Bill("anthropic", "Claude Sonnet 4", OCTOBER, OCTOBER + 10 * DAY, 100.0)
    result = found((anthropic_costs.SOURCE, bill))
    assert (result.usd, result.saved_usd) == (100.0, 0)
    assert result.untold_a_month == pytest.approx((6 * MONTH_DAYS, 8 * MONTH_DAYS))
    assert result.billed == (("anthropic", "Claude Sonnet 4", 100.0),)


def test_few_days_are_said() -> None:
    assert any("covers 2.0 days" in note for note in found(*days(MANY, 2)).notes)
    assert not any("covers" in note for note in found(*days(MANY, 8)).notes)


def test_the_order_of_records_changes_nothing() -> None:
    entries = [
        *days(MANY, 10),
        *days(replace(MANY, model="gpt-4o-mini", labels=("triage",)), 10),
        *days(replace(SUMS, provider="anthropic", model="claude-sonnet-4-20250514"), 9, CLAUDE),
        (LITELLM, replace(ONE, model="gpt-4o", cost_usd=0.25)),
    ]
    first = found(*entries)
    Random(3).shuffle(entries)
    again = found(*entries)
    for name in ("by_verdict", "by_work", "by_model", "here_by_model"):
        assert [line.name for line in getattr(first, name)] == [line.name for line in getattr(again, name)]
    assert first.notes == again.notes and [each.source for each in first.read] == [
        "Anthropic usage", "LiteLLM spend log", "OpenAI usage",
    ]  # fmt: skip


def test_nothing_read_is_nothing() -> None:
    result = findings(Summing(MOST))
    assert (result.usd, result.saved_a_month, result.read, result.notes) == (0, 0, (), ())


# -- the model --------------------------------------------------------------------------------------------

LAPTOP = Machine(16 * GIB, 12 * GIB)
SMALL = Machine(4 * GIB, 3 * GIB)
SERVER = Machine(64 * GIB, 60 * GIB, gpus=(Gpu(24 * GIB, 23 * GIB),))
CONFIGURED = ("llama3.1:8b", "qwen2.5:14b")
MISTRAL = ModelInfo(
    "mistral:7b", warmth=Warmth.COLD, quantization="Q4_K_M", parameters=7.2, size_bytes=4_400_000_000
)


@pytest.mark.parametrize(
    ("machine", "here", "model", "command", "near"),
    [
        (LAPTOP, (), "llama3.1:8b", "ollama pull llama3.1:8b", ""),
        (LAPTOP, (MISTRAL,), "llama3.1:8b", "ollama pull llama3.1:8b", "mistral:7b"),
        (SERVER, (), "qwen2.5:14b", "ollama pull qwen2.5:14b", ""),
        (SMALL, (), "qwen2.5-coder-1.5b", "emberline models pull qwen2.5-coder-1.5b", ""),
    ],
)
def test_the_planner_chooses_the_model_for_this_machine(
    machine: Machine, here: tuple[ModelInfo, ...], model: str, command: str, near: str
) -> None:
    advice = advise(offers(here, CONFIGURED, "Q4_K_M"), machine, 85)
    assert (advice.model, advice.command, advice.here) == (model, command, near)


def test_what_is_here_needs_no_command_and_a_small_one_is_called_weak() -> None:
    tiny = ModelInfo("qwen2.5-coder-1.5b", quantization="Q4_K_M", parameters=1.5, size_bytes=1_117_320_768)
    advice = advise([Offer(tiny)], SMALL, 85)
    assert (advice.model, advice.command, advice.here) == ("qwen2.5-coder-1.5b", "", "")
    assert any("1.5B are few for summaries" in words for words in advice.shortcomings)


def test_a_machine_without_room_gets_no_model() -> None:
    advice = advise(offers((), CONFIGURED, "Q4_K_M"), Machine(GIB, GIB // 4), 85)
    assert advice.model == "" and advice.shortcomings


def test_of_names_without_a_size_nothing_is_made() -> None:
    names = {
        each.model.name for each in offers((), ("mine", "phi4-mini:3.8b", "qwen2.5:14b-instruct"), "Q8_0")
    }
    assert "mine" not in names and {"phi4-mini:3.8b", "qwen2.5:14b-instruct"} <= names


def test_judged_records_of_one_kind_are_one_row() -> None:
    summing = Summing(MOST)
    for number in range(1000):
        summing.add(LITELLM, "a.json", replace(ONE, id=str(number), cost_usd=0.001))
    assert len(summing.sums) == 1
    (key,) = summing.sums
    assert key.judged == Judged(Verdict.HERE, "not said", Known.EACH)


def test_every_kind_of_verdict_has_words_for_a_table() -> None:
    words: list[Any] = [each.value for each in Verdict]
    assert len(set(words)) == len(words) and all(each and not each.endswith(".") for each in words)
