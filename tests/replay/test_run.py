"""A small replay through the real server with the real model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emberline.cli import main
from emberline.replay.report import summarize
from emberline.replay.run import Record

from ..backends.conftest import runtime  # noqa: F401  (an engine of the test's own)

CODE = "import math\n\n\n" + "".join(
    f"def area_{n}(radius: float) -> float:\n    return math.pi * radius**2 + {n}\n\n\n" for n in range(12)
)


@pytest.mark.model
@pytest.mark.usefixtures("runtime")
def test_a_replay_has_every_figure_and_types_the_same_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "area.py").write_text(CODE)
    results = []
    for _ in range(2):
        command = ["replay", str(project), "--segments", "1", "--lines", "2", "--speed", "3", "--json"]
        assert main(command) == 0
        results.append(json.loads(capsys.readouterr().out))
    assert summarize(Record(), 50).keys() <= results[0].keys()
    for figure in ("segments", "keys_by_hand"):
        assert results[0][figure] == results[1][figure]
    assert results[0]["requests"] > 0
    assert results[0]["keys_pressed"] > 0
