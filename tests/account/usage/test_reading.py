"""Every kind of export in every form: recognised by its content, read exactly, refused with the place."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from emberline.account.usage.entry import Bill, Entry, Kind, Pause, Usage
from emberline.account.usage.reading import SOURCES, BadExport, entries, has_more
from tests.account.usage.exports import (
    ANTHROPIC_COST_COLUMNS,
    DAY,
    OCTOBER,
    OPENAI_COLUMNS,
    OPENAI_COST_COLUMNS,
    anthropic_bucket,
    anthropic_cost,
    anthropic_csv,
    anthropic_result,
    anthropic_row,
    litellm_csv,
    openai_bucket,
    openai_cost,
    openai_csv,
    openai_page,
    openai_result,
    openai_row,
    page,
    spend_log,
    table,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Named so that nothing can be told by its name."""
    return tmp_path / "export"


def read(path: Path, content: str | bytes | Any) -> list[Entry]:
    if isinstance(content, str):
        content = content.encode()
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return [entry for _, entry in entries(path)]


def sources(path: Path) -> set[str]:
    return {source.name for source, _ in entries(path)}


# -- OpenAI -----------------------------------------------------------------------------------------------

OPENAI_ROW = openai_row(
    OCTOBER, requests=3, model="gpt-4o-2024-08-06", input_tokens=7162, output_tokens=900,
    input_cached_tokens=1280, project_id="proj_abc", api_key_id="key_1", batch="False",
)  # fmt: skip
OPENAI_USAGE = Usage(
    "openai", "gpt-4o-2024-08-06", OCTOBER, OCTOBER + DAY, 3,
    input_tokens=7162, cache_read_tokens=1280, output_tokens=900, labels=("proj_abc", "key_1"),
)  # fmt: skip


def test_openais_dashboard_file(path: Path) -> None:
    assert read(path, openai_csv(OPENAI_ROW, openai_row(OCTOBER + DAY))) == [
        OPENAI_USAGE,
        Pause(OCTOBER + DAY, OCTOBER + 2 * DAY),
    ]
    assert sources(path) == {"OpenAI usage"}


def test_openais_file_of_a_time_without_usage(path: Path) -> None:
    columns = ("start_time", "end_time", "start_time_iso", "end_time_iso")
    assert read(path, table(columns, [openai_row(OCTOBER)])) == [Pause(OCTOBER, OCTOBER + DAY)]


@pytest.mark.parametrize(
    ("columns", "values", "kind"),
    [
        ("input_tokens", {"model": "text-embedding-3-small", "input_tokens": 90}, Kind.EMBEDDING),
        ("input_tokens", {"model": "omni-moderation-latest", "input_tokens": 90}, Kind.OTHER),
        ("images", {"model": "gpt-image-1"}, Kind.IMAGE),
        ("seconds", {"model": "whisper-1"}, Kind.AUDIO),
        ("characters", {"model": "tts-1"}, Kind.AUDIO),
    ],
)
def test_openais_files_of_other_kinds(path: Path, columns: str, values: dict[str, Any], kind: Kind) -> None:
    """Each has columns of its own."""
    shared = ("start_time", "end_time", "start_time_iso", "end_time_iso", "num_model_requests", "model")
    rows = [openai_row(OCTOBER, requests=2, **values)]
    (usage,) = read(path, table((*shared, columns), rows))
    assert isinstance(usage, Usage) and (usage.kind, usage.requests) == (kind, 2)


@pytest.mark.parametrize(
    ("more", "field", "value"),
    [
        ({"batch": True}, "is_batch", True),
        ({"service_tier": "batch"}, "is_batch", True),
        ({"service_tier": "default", "batch": False}, "is_batch", False),
        ({"input_audio_tokens": 5}, "has_media", True),
        ({"output_image_tokens": 5}, "has_media", True),
        ({"object": "organization.usage.embeddings.result"}, "kind", Kind.EMBEDDING),
        ({"object": "organization.usage.images.result"}, "kind", Kind.IMAGE),
        ({"object": "organization.usage.audio_speeches.result"}, "kind", Kind.AUDIO),
        ({"object": "organization.usage.moderations.result"}, "kind", Kind.OTHER),
        ({"model": None}, "model", ""),
        ({"input_cached_tokens": 40, "input_cache_write_tokens": 90}, "cache_write_tokens", 60),
    ],
)
def test_what_openais_api_tells(path: Path, more: dict[str, Any], field: str, value: object) -> None:
    answer = openai_page(openai_bucket(OCTOBER, openai_result(1, 100, 50, **more)))
    (usage,) = read(path, answer)
    assert getattr(usage, field) == value


def test_storage_and_sessions_are_no_requests(path: Path) -> None:
    sessions = {"object": "organization.usage.code_interpreter_sessions.result", "num_sessions": 4}
    assert read(path, openai_page(openai_bucket(OCTOBER, sessions))) == []


FORMS = {
    "a page": lambda buckets: json.dumps(openai_page(*buckets)),
    "spread over lines, with a mark at its start": lambda buckets: (
        "\ufeff" + json.dumps(openai_page(*buckets), indent=2)
    ),
    "a list of pages": lambda buckets: json.dumps([openai_page(each) for each in buckets]),
    "pages one after the other": lambda buckets: "\n".join(json.dumps(openai_page(each)) for each in buckets),
    "a list of buckets": lambda buckets: json.dumps(list(buckets)),
    "a bucket a line": lambda buckets: "\n".join(map(json.dumps, buckets)),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_json_in_every_form(path: Path, form: Any) -> None:
    empty = openai_bucket(OCTOBER - DAY)
    buckets = [empty, *(openai_bucket(OCTOBER + n * DAY, openai_result(n + 1, 10, 5)) for n in range(3))]
    found = read(path, form(buckets))
    assert found[0] == Pause(OCTOBER - DAY, OCTOBER)
    assert [each.requests for each in found[1:] if isinstance(each, Usage)] == [1, 2, 3]


def test_openais_costs(path: Path) -> None:
    columns = OPENAI_COST_COLUMNS
    start = {"start_time": OCTOBER, "end_time": OCTOBER + DAY}
    paid = start | {
        "amount_value": "0.0038359800000",
        "amount_currency": "usd",
        "line_item": "gpt-4o, output",
    }
    bill = Bill("openai", "gpt-4o", OCTOBER, OCTOBER + DAY, 0.00383598)
    assert read(path, table(columns, [start, paid])) == [Pause(OCTOBER, OCTOBER + DAY), bill]
    assert sources(path) == {"OpenAI costs"}

    bucket = openai_bucket(OCTOBER, openai_cost(0.06), openai_cost(-1, None))
    assert read(path, openai_page(bucket)) == [
        Bill("openai", "gpt-4o-2024-08-06", OCTOBER, OCTOBER + DAY, 0.06),
        Bill("openai", "", OCTOBER, OCTOBER + DAY, -1.0),
    ]


# -- Anthropic --------------------------------------------------------------------------------------------


def test_anthropics_console_file(path: Path) -> None:
    row = anthropic_row(
        "2026-10-01", "commit-bot", 100, 20,
        usage_input_tokens_cache_read=50, usage_input_tokens_cache_write_5m=7,
        usage_input_tokens_cache_write_1h=3,
    )  # fmt: skip
    long = anthropic_row(
        "2026-10-02", "", 1, 1, context_window="> 200k", usage_type="batch", web_search_count=2
    )
    first, second = read(path, anthropic_csv(row, long))
    assert first == Usage(
        "anthropic", "claude-sonnet-4-20250514", OCTOBER, OCTOBER + DAY, None,
        input_tokens=160, cache_read_tokens=50, cache_write_tokens=10, output_tokens=20,
        labels=("commit-bot", "Default"),
    )  # fmt: skip
    assert isinstance(second, Usage) and second.is_long and second.is_batch and second.uses_tools


def test_anthropics_usage_report(path: Path) -> None:
    creation = {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500}
    result = anthropic_result(
        1500, 500, cache_creation=creation, cache_read_input_tokens=200, context_window="200k-1M",
        service_tier="batch", server_tool_use={"web_search_requests": 10},
    )  # fmt: skip
    (usage,) = read(path, page(anthropic_bucket(OCTOBER, result)))
    assert usage == Usage(
        "anthropic", "claude-sonnet-4-20250514", OCTOBER, OCTOBER + DAY, None,
        input_tokens=3200, cache_read_tokens=200, cache_write_tokens=1500, output_tokens=500,
        is_batch=True, is_long=True, uses_tools=True, labels=("apikey_01Rj2N8SVvo6BePZj99NhmiT",),
    )  # fmt: skip


def test_anthropics_costs_are_cents_in_the_report_and_dollars_in_the_file(path: Path) -> None:
    report = page(
        anthropic_bucket(OCTOBER, anthropic_cost("123.78912")),
        anthropic_bucket(OCTOBER + DAY, anthropic_cost("50", model=None, description="Web Search Usage")),
        anthropic_bucket(OCTOBER + 2 * DAY),
    )
    assert read(path, report) == [
        Bill("anthropic", "claude-sonnet-4-20250514", OCTOBER, OCTOBER + DAY, pytest.approx(1.2378912)),
        Bill("anthropic", "Web Search Usage", OCTOBER + DAY, OCTOBER + 2 * DAY, 0.5),
        Pause(OCTOBER + 2 * DAY, OCTOBER + 3 * DAY),
    ]
    row = {"usage_date_utc": "2026-10-01", "model": "Claude Sonnet 4", "cost_usd": "1.50"}
    assert read(path, table(ANTHROPIC_COST_COLUMNS, [row])) == [
        Bill("anthropic", "Claude Sonnet 4", OCTOBER, OCTOBER + DAY, 1.5)
    ]


# -- LiteLLM ----------------------------------------------------------------------------------------------


def test_litellms_spend_log(path: Path) -> None:
    alias = {"user_api_key_alias": "ci", "usage_object": {"prompt_tokens_details": {"cached_tokens": 400}}}
    log = spend_log(0, 1000, 50, 0.003, request_tags=["task:commit"], metadata=alias)
    expected = Usage(
        "openai", "gpt-4o", OCTOBER, OCTOBER, 1, input_tokens=1000, cache_read_tokens=400, output_tokens=50,
        cost_usd=0.003, is_single=True, labels=("task:commit", "ci"), id="chatcmpl-00000000",
    )  # fmt: skip
    assert read(path, [log]) == [expected]
    assert read(path, {"data": [log], "total": 1, "page": 1}) == [expected]
    assert read(path, json.dumps(log) + "\n" + json.dumps(log)) == [expected, expected]
    (row,) = read(path, litellm_csv(log))
    assert row == Usage(
        **{n: getattr(expected, n) for n in Usage.__slots__}
        | {"began": OCTOBER + 0.123, "ended": OCTOBER + 0.123}
    )  # type: ignore[arg-type]
    assert sources(path) == {"LiteLLM spend log"}


@pytest.mark.parametrize(
    ("more", "field", "value"),
    [
        ({"call_type": "aembedding"}, "kind", Kind.EMBEDDING),
        ({"call_type": "aimage_generation"}, "kind", Kind.IMAGE),
        ({"call_type": "atranscription"}, "kind", Kind.AUDIO),
        ({"call_type": "amoderation"}, "kind", Kind.OTHER),
        ({"call_type": "anthropic_messages"}, "kind", Kind.TEXT),
        ({"call_type": "aretrieve_batch"}, "is_batch", True),
        ({"cache_hit": "True"}, "is_unpaid", True),
        ({"status": "failure"}, "is_unpaid", True),
        ({"custom_llm_provider": "ollama", "model": "ollama/llama3.1:8b"}, "is_local", True),
        ({"custom_llm_provider": "openai", "api_base": "http://localhost:8000/v1"}, "is_local", True),
        ({"model": "azure/gpt-4o", "custom_llm_provider": ""}, "model", "gpt-4o"),
        ({"model": "azure/gpt-4o", "custom_llm_provider": "azure"}, "provider", ""),
        ({"custom_llm_provider": None, "model": "anthropic/claude-3-5-haiku"}, "provider", "anthropic"),
        ({"mcp_namespaced_tool_name": "github/search"}, "uses_tools", True),
        ({"metadata": {"usage_object": {"prompt_tokens_details": {"image_tokens": 9}}}}, "has_media", True),
        ({"request_tags": None, "metadata": None}, "labels", ()),
        (
            {"metadata": {"spend_logs_metadata": {"job": "nightly"}}, "request_tags": []},
            "labels",
            ("nightly",),
        ),
    ],
)
def test_what_a_spend_log_tells(path: Path, more: dict[str, Any], field: str, value: object) -> None:
    (usage,) = read(path, [spend_log(0, 10, 5, 0.1, **more)])
    assert getattr(usage, field) == value


# -- other spellings, and mistakes ----------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters(path: Path, delimiter: str) -> None:
    assert read(path, "\ufeff" + table(OPENAI_COLUMNS, [OPENAI_ROW], delimiter)) == [OPENAI_USAGE]


def test_a_field_that_spans_lines_and_one_that_holds_a_conversation(path: Path) -> None:
    log = spend_log(0, 10, 5, 0.1, messages=[{"role": "user", "content": 'one\n"two", ' + "x" * 300_000}])
    assert len(read(path, litellm_csv(log, spend_log(1, 10, 5, 0.1)))) == 2


SECOND = openai_csv(OPENAI_ROW, OPENAI_ROW | {"input_tokens": "many"})
CUT = json.dumps(openai_page(openai_bucket(OCTOBER, openai_result(1, 2, 3))))[:-30]
WRONG: dict[str, tuple[Any, str]] = {
    "nothing": ("", ": is empty. These are understood:"),
    "other text": ("Dear team,\nthe bill\n", ":1: no known export has the columns Dear team,"),
    "other columns": (
        "date,amount,a,b,c,d,e,f\n1,2,3,4,5,6,7,8\n",
        "columns date, amount, a, b, c, d and 2 more",
    ),
    "no text": (b"PK\x03\x04\xff\xfe\x00", ": is not UTF-8 text"),
    "a number that is none": (SECOND, ":3: input_tokens must be a number from 0 on; found 'many'"),
    "a negative number": (
        openai_csv(OPENAI_ROW | {"output_tokens": -4}),
        ":2: output_tokens must be a number from 0 on; found '-4'",
    ),
    "half a token": (
        openai_csv(OPENAI_ROW | {"output_tokens": 1.5}),
        ":2: output_tokens must be a whole number from 0 on; found '1.5'",
    ),
    "more cached than read": (
        openai_csv(OPENAI_ROW | {"input_cached_tokens": 9000}),
        ":2: input_cached_tokens (9000) are part of input_tokens, and more than these (7162)",
    ),
    "a date that is none": (
        anthropic_csv(anthropic_row("1/10/26", "", 1, 1)),
        ":2: usage_date_utc must be a time, such as 2026-10-31T12:00:00Z or 1793448000; found '1/10/26'",
    ),
    "a short row": (openai_csv(OPENAI_ROW) + "1,2,3\r\n", ":3: has 3 fields, and the first line 23"),
    "a quote that does not close": (
        openai_csv(OPENAI_ROW) + '1,"2,3\r\n',
        ": is no CSV: unexpected end of data",
    ),
    "JSON that breaks off": (CUT, ": is no whole JSON: "),
    "JSON that is broken": ('{"data": [}', ": is no whole JSON: "),
    "other records": (
        [{"name": "a", "total": 3}],
        ": record 1: no known export has records with the keys name, total",
    ),
    "no records": ([1, 2], ": record 1: must be an object; found 1"),
    "a time in nanoseconds": (
        [spend_log(1, 1, 1, 0.1, startTime=1_793_448_000_000_000_000)],
        ": record 1: startTime must be a time, such as 2026-10-31T12:00:00Z or 1793448000; found 1793448",
    ),
    "brackets without end in a text": (
        [spend_log(1, 1, 1, 0.1, metadata="[" * 100_000)],
        ": record 1: metadata must be JSON, as LiteLLM writes it",
    ),
    "a day's sums of LiteLLM": (
        [{"startTime": "2026-10-01", "spend": 3.2, "models": {}, "users": {}}],
        "summarize=false",
    ),
    "a wrong second record": (
        [spend_log(0, 1, 1, 1.0), spend_log(1, 1, 1, 1.0) | {"spend": "free"}],
        ": record 2: spend must be a number from 0 on; found 'free'",
    ),
    "broken JSON in a field": (
        litellm_csv(spend_log(0, 1, 1, 1.0)).replace('""user_api_key_alias""', "user_api_key_alias"),
        ":2: metadata must be JSON, as LiteLLM writes it",
    ),
    "euros": (
        openai_page(openai_bucket(OCTOBER, openai_cost(1, currency="eur"))),
        ": record 1: amounts must be in US dollars; found 'eur'",
    ),
    "no list": (
        {"data": [{"start_time": OCTOBER, "end_time": OCTOBER, "results": "none"}]},
        ": record 1: results must be a list of objects; found 'none'",
    ),
}


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_place(path: Path, content: Any, words: str) -> None:
    with pytest.raises(BadExport) as told:
        read(path, content)
    assert str(told.value).startswith(str(path)) and words in str(told.value)


def test_a_file_that_is_not_there(path: Path) -> None:
    with pytest.raises(BadExport, match="cannot be read: No such file"):
        list(entries(path))


def test_what_would_be_right_names_every_source(path: Path) -> None:
    with pytest.raises(BadExport) as told:
        read(path, "a,b\n")
    assert all(source.name in str(told.value) and source.where in str(told.value) for source in SOURCES)


def test_only_empty_times_are_no_mistake(path: Path) -> None:
    assert read(path, openai_page(openai_bucket(OCTOBER), openai_bucket(OCTOBER + DAY))) == []


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (json.dumps(openai_page(openai_bucket(OCTOBER), has_more=True)), True),
        (json.dumps(openai_page(openai_bucket(OCTOBER), has_more=True), indent=1), True),
        (json.dumps(openai_page(openai_bucket(OCTOBER))), False),
        (json.dumps([{"has_more": True}, {"a": [1]}]), False),
        ("a,b\n", False),
    ],
)
def test_a_page_that_others_follow_is_noticed(path: Path, content: str, more: bool) -> None:
    path.write_text(content)
    assert has_more(path) is more


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_long_file_is_not_held(path: Path, form: str) -> None:
    logs = [spend_log(n, 10, 5, 0.1, messages=[{"content": "x" * 2000}]) for n in range(2000)]
    path.write_text(json.dumps(logs) if form == "json" else litellm_csv(*logs))
    size = path.stat().st_size
    del logs
    read_bytes: list[int] = []
    tracemalloc.start()
    try:
        assert sum(1 for _ in entries(path, read_bytes.append)) == 2000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size / 4
    assert read_bytes == sorted(read_bytes) and 0 < read_bytes[-1] <= size
