"""`:help emberline`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .editor import PLUGIN, Editor
from .test_command import SUBCOMMANDS

pytestmark = pytest.mark.editor

Open = Callable[..., Editor]

MANUAL = PLUGIN / "doc" / "emberline.txt"
WIDTH = 78


def test_every_line_fits() -> None:
    lines = MANUAL.read_text("utf-8").splitlines()
    assert [line for line in lines if len(line.expandtabs(8)) > WIDTH] == []


def test_every_subcommand_is_found(own: Open, tmp_path: Path) -> None:
    shutil.copytree(MANUAL.parent, tmp_path / "plugin" / "doc")
    editor = own()
    editor.nvim.command(f"helptags {tmp_path / 'plugin' / 'doc'}")
    editor.nvim.command(f"set runtimepath^={tmp_path / 'plugin'}")
    for subject in [":Emberline", *(f":Emberline-{name}" for name in SUBCOMMANDS), "emberline-statusline"]:
        editor.nvim.command(f"help {subject}")
        assert f"*{subject}*" in editor.nvim.current.line
