"""Mistakes in the configuration, told aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from emberline.cli.mistakes import tell
from emberline.config.load import load_file


@pytest.mark.parametrize("count", [0, 1, 3, 4, 11])
def test_at_most_three_are_told_and_how_many_more_there_are(
    count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("completion:\n  max_lines: 3\n" + "".join(f"  no_{n}: 1\n" for n in range(count)))
    tell(load_file(path))
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert [line.split(": ")[:3] for line in lines[:3]] == [
        ["error", f"{path}:{3 + n}", f"completion.no_{n}"] for n in range(min(count, 3))
    ]
    assert lines[3:] == ([f"and {count - 3} more: `emberline config check` shows them"] if count > 3 else [])


def test_what_a_workspace_may_not_set_is_told_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / ".emberline.yaml"
    path.write_text("router: {cloud_endpoint: 'https://elsewhere'}\n")
    tell(load_file(path))
    assert capsys.readouterr().err.startswith(
        f"warning: {path}:1: router.cloud_endpoint: only the user's own"
    )
    path.write_text("{}\n")
    tell(load_file(path))
    assert capsys.readouterr().err == ""
