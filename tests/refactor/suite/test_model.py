"""Quick cases through the real default model: right or refused, and never a damaged file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.refactor.suite.cases import CASES
from tests.refactor.suite.local import Verdict, through_the_model


@pytest.mark.download
@pytest.mark.model
@pytest.mark.parametrize("name", ["kv-simplify", "go-document"])
async def test_the_default_model_damages_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    ran = await through_the_model(CASES[name], tmp_path)
    assert ran.verdict is not Verdict.DAMAGED, ran.said
    assert ran.attempts >= 1
