"""The figures and the picture of a soak."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from benchmarks.soak_picture import picture
from benchmarks.soak_report import Sample, slope, summary

SAMPLES = [
    Sample(keys, keys / 10, rss, 700_000_000, rss - 10_000_000, 200_000_000, 11, 7, 8, 0, 0, 3)
    for keys in range(0, 1001, 10)
    for rss in [90_000_000 + min(keys, 200) * 1000 + keys]
]
ANSWERS = [(key, 1.0 + key / 1000, True) for key in range(1001)]


@pytest.mark.parametrize(
    ("points", "found"),
    [([], 0.0), ([(1, 5)], 0.0), ([(1, 5), (1, 7)], 0.0), ([(0, 1), (2, 5), (4, 9)], 2.0)],
)
def test_the_slope(points: list[tuple[float, float]], found: float) -> None:
    assert slope(points) == found


def test_growth_counts_once_all_has_settled_and_latency_goes_by_quarters() -> None:
    result = summary(SAMPLES, ANSWERS)
    assert result["server grows, bytes a 1,000 keys"] == {"after a fifth": 1000.0, "second half": 1000.0}
    assert result["engine grows, bytes a 1,000 keys"] == {"after a fifth": 0.0, "second half": 0.0}
    assert result["server MB"] == {"first": 90.0, "last": 90.2, "most": 90.2}
    assert result["descriptors"] == {"first": 11, "last": 11, "most": 11}
    medians = [result[f"latency, quarter {number}"]["p50"] for number in (1, 2, 3, 4)]  # type: ignore[index]
    assert medians == [1.12, 1.38, 1.62, 1.88]


@pytest.mark.parametrize("answers", [ANSWERS, []])
def test_the_picture_is_sound_and_inside_of_its_frame(answers: list[tuple[int, float, bool]]) -> None:
    runs = {"with <this>": (SAMPLES, answers), "with that": ([replace(SAMPLES[0], server=0, engine=0)], [])}
    svg = ElementTree.fromstring(picture(runs))
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    assert "prefers-color-scheme: dark" in "".join(svg.itertext())
    lines = svg.findall("{*}polyline")
    assert len(lines) == (4 if answers else 2) + 2
    for line in lines:
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width and 0 <= y <= height
