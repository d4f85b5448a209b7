"""A change of any file that `load` reads is seen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from emberline.config.watch import stamp

CHANGES: dict[str, Callable[[Path], object]] = {
    "written": lambda path: path.write_text("completion: {max_lines: 4}\n"),
    "written at once again, as long as before": lambda path: os.utime(path, ns=(0, 1)),
    "removed": lambda path: path.unlink(),
    "replaced by a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["user.yaml", "one/.emberline.yaml", "two/.emberline.yaml"])
def test_a_change_is_seen(tmp_path: Path, name: str, change: str) -> None:
    environment = {"EMBERLINE_CONFIG": str(tmp_path / "user.yaml")}
    folders = (tmp_path / "one", tmp_path / "two")
    for folder in folders:
        folder.mkdir()
    path = tmp_path / name
    without = stamp(folders, environment)
    path.write_text("completion: {}\n")
    before = stamp(folders, environment)
    assert before == stamp(folders, environment) and before != without
    CHANGES[change](path)
    assert stamp(folders, environment) != before
    path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    assert stamp(folders, environment) == without
