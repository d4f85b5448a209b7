"""The report as people and programs get it: table, page, JSON, Prometheus. On a month that was made up."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from emberline.account.book import reported, summary
from emberline.account.document import document
from emberline.account.exposition import exposition
from emberline.account.figures import Fallback, FirstToken, Report, Served, Taken
from emberline.account.page.page import html
from emberline.account.period import EVER
from emberline.account.table import plain
from emberline.account.texts import EMPTY, claim, in_short, money
from emberline.config.schema import Settings
from tests.account.sample import LAST, fill

NOW = datetime.combine(LAST, time(22))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("month") / "ledger.sqlite3"
    fill(path)
    return path


@pytest.fixture(scope="module")
def month(ledger: Path) -> Report:
    return reported(ledger, Settings(), "30d", NOW)


@pytest.fixture
def nothing(tmp_path: Path) -> Report:
    return reported(tmp_path / "none", Settings(), "30d", NOW)


class Outline(HTMLParser):
    """Tags in order, texts, and what would be fetched from somewhere."""

    VOID = frozenset(("meta", "rect", "line", "circle", "polyline"))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.outside: list[str] = []
        self.named: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "aria-labelledby":
                self.named += (value or "").split()
            if name in ("src", "href", "action", "background") or name.startswith("on"):
                self.outside.append(f"{name}={value}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words += data + " "


def test_the_page_is_whole_and_asks_nobody_for_anything(month: Report) -> None:
    page = html(month)
    outline = Outline(page)
    assert outline.open == []
    assert outline.outside == [] and "script" not in outline.tags and "url(" not in page
    assert "@import" not in page and "default-src 'none'" in page
    assert page == html(month)


def test_every_chart_has_a_name_and_its_figures_beneath(month: Report) -> None:
    outline = Outline(html(month))
    assert len(outline.ids) == len(set(outline.ids)) == len(outline.named)
    assert set(outline.named) == set(outline.ids)
    assert outline.tags.count("svg") == 9
    assert outline.tags.count("table") >= 8
    for name in ("typed through", "commit-message", "typescript", "llama3.1:8b", "2026-10-26"):
        assert name in outline.words


def test_light_and_dark_have_the_same_colours_and_enough_contrast() -> None:
    from emberline.account.page import style

    for palette in (style._LIGHT, style._DARK):
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})\b", palette))
        for name in ("machine", "host", "cloud", "good"):
            assert contrast(colours[name], colours["card"]) >= 3.0, name
        for name in ("ink", "soft"):
            for ground in ("card", "ground"):
                assert contrast(colours[name], colours[ground]) >= 4.5, name
    names = [re.findall(r"--(\w+):", palette) for palette in (style._LIGHT, style._DARK)]
    assert names[0] == names[1]


def contrast(one: str, other: str) -> float:
    """By WCAG 2's formula."""

    def luminance(colour: str) -> float:
        parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_what_comes_from_elsewhere_is_text_on_the_page(month: Report) -> None:
    evil = "<script>alert(1)</script>"
    odd = replace(
        month,
        first_tokens=(FirstToken(evil, "cloud", evil, 1, 1.0, 2.0),),
        by_language=((evil, Taken(shown=3)),),
        fallbacks=(Fallback(evil, evil, evil, 1),),
        cloud_reasons=((evil, 1),),
        configured=evil,
        yardstick="",
    )
    outline = Outline(html(odd))
    assert "script" not in outline.tags and evil in outline.words


def test_what_comes_from_elsewhere_is_text_in_the_table_too(month: Report) -> None:
    names = ("[/b]", "[red]a", ":smile:", "\x1b[2Jb")
    odd = replace(month, fallbacks=tuple(Fallback(each, each, "loading", 1) for each in names))
    text = plain(odd)
    assert all(f"{each}  " in text for each in ("[/b]", "[red]a", ":smile:", "�[2Jb"))
    assert "\x1b" not in text


def test_the_table_fits_into_eighty_columns_and_has_no_colours(month: Report) -> None:
    text = plain(month)
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    for words in ("Where it ran", "Time to the first token", "Suggestions", "Fallbacks", "Memory", "74 %"):
        assert words in text


def test_the_share_of_the_user_stands_beside_what_is_said(month: Report) -> None:
    assert claim(month).endswith("Of yours it is 74 %.")
    tasks = {each.task: each for each in month.tasks}
    few = replace(tasks["explain"], served=Served(machine=1, cloud=9))
    many = replace(few, served=Served(machine=9, host=1))
    assert claim(replace(month, tasks=(few,))).endswith('10 %: less. "Why the cloud" tells what went there.')
    assert claim(replace(month, tasks=(many,))).endswith("100 %: more.")
    assert "nothing beside completions" in claim(replace(month, tasks=(tasks["completion"],)))


def test_an_unknown_price_is_said(month: Report) -> None:
    tasks = tuple(replace(each, money=replace(each.money, spared=None)) for each in month.tasks)
    odd = replace(month, tasks=tasks, yardstick="", configured="mine")
    assert "is unknown" in money(odd)
    for text in (plain(odd), Outline(html(odd)).words):
        assert "nobody knows a price of mine" in " ".join(text.split())


def test_nothing_yet(nothing: Report) -> None:
    assert EMPTY in " ".join(plain(nothing).split())
    assert EMPTY in Outline(html(nothing)).words
    assert in_short(nothing) == EMPTY
    assert document(nothing)["tasks"] == []


def test_json_holds_every_figure(month: Report) -> None:
    found = json.loads(json.dumps(document(month)))
    assert found["period"] == {"words": "the last 30 days", "from": "2026-10-26", "to": "2026-11-24"}
    assert found["local"]["asked"]["local"] == month.asked.local
    assert found["cloud"]["paid_usd"] == pytest.approx(sum(task["paid_usd"] for task in found["tasks"]))
    assert len(found["days"]) == 30
    assert found["suggestions"]["acceptance"] == month.taken.acceptance
    assert {row["lane"] for row in found["first_token_ms"]} >= {"recalled", "generated"}


def test_prometheus_reads_it_and_it_agrees_with_the_report(ledger: Path, month: Report) -> None:
    families = {
        family.name: family.samples
        for family in text_string_to_metric_families(exposition(summary(ledger, EVER)))
    }
    served = sum(
        sample.value for sample in families["emberline_requests"] if sample.labels["outcome"] == "ok"
    )
    assert served == month.served.total
    cost = sum(sample.value for sample in families["emberline_cost_usd"])
    assert cost == pytest.approx(month.money.paid)
    shown = sum(sample.value for sample in families["emberline_suggestions"])
    assert shown == month.taken.shown
    engine = [
        sample.value
        for sample in families["emberline_first_token_seconds"]
        if sample.labels.get("lane") == "generated" and sample.name.endswith("_bucket")
    ]
    counts = [row.requests for row in month.first_tokens if row.lane == "generated"]
    assert engine == sorted(engine) and engine[-1] == sum(counts)
    assert {sample.labels["part"] for sample in families["emberline_memory_bytes"]} == {
        "server",
        "engine",
        "model",
    }
