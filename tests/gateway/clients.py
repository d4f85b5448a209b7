"""Real programs that speak OpenAI's API, in a virtual environment of their own in the tests' cache folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

from filelock import FileLock

from tests.neovim.binaries import cache_folder

REQUIREMENTS = ("openai==3.57.0", "litellm==1.110.2", "llm==0.36")
PAGE = Path(__file__).parents[2] / "docs" / "gateway.md"


def folder() -> Path:
    """Where their programs lie, after installing them if need be.

    Raises subprocess.CalledProcessError when they cannot be had.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    place = cache_folder() / f"openai-clients-{version}-{'-'.join(REQUIREMENTS).replace('==', '-')}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock"):
        done = place / "installed"
        if not done.exists():
            venv.create(place, with_pip=True, clear=True)
            pip = [str(_programs(place) / "python"), "-m", "pip", "install", "--quiet"]
            subprocess.run([*pip, *REQUIREMENTS], check=True)
            done.touch()
    return _programs(place)


def _programs(place: Path) -> Path:
    return place / ("Scripts" if os.name == "nt" else "bin")


def recipe(heading: str, language: str) -> str:
    """The block in this language below this heading of docs/gateway.md."""
    section = PAGE.read_text(encoding="utf-8").partition(f"### {heading}\n")[2].partition("\n##")[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None, f"docs/gateway.md has no {language} below {heading}"
    return found[1]
