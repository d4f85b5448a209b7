"""The installation: interpreter, platform, version, and the engine's library."""

from __future__ import annotations

import importlib.metadata
import platform
import shlex
import sys

from emberline import __version__
from emberline.cli.diagnosis.finding import Finding, State

LIBRARY = "xllamacpp"


def interpreter() -> Finding:
    """What runs here."""
    detail = (
        f"Emberline {__version__}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.release()} on {platform.machine()}"
    )
    data = {
        "version": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
    }
    return Finding("installation", State.OK, detail, data=data)


def library() -> Finding:
    """Whether the embedded engine's library is here, in the version that this Emberline was built for."""
    try:
        found = importlib.metadata.version(LIBRARY)
    except importlib.metadata.PackageNotFoundError:
        found = None
    return judge_library(found, wanted_library())


def wanted_library() -> str:
    """The requirement as the package states it, such as "xllamacpp==1.2"."""
    try:
        requirements = importlib.metadata.requires("emberline") or []
    except importlib.metadata.PackageNotFoundError:
        requirements = []
    named = (requirement.partition(";")[0].strip() for requirement in requirements)
    return next((requirement for requirement in named if requirement.startswith(LIBRARY)), LIBRARY)


def judge_library(found: str | None, wanted: str) -> Finding:
    """`found` is the installed version, None without one; `wanted` the requirement."""
    install = shlex.join([sys.executable, "-m", "pip", "install", wanted])
    data = {"library": LIBRARY, "found": found, "wanted": wanted}
    if found is None:
        detail = f"{LIBRARY} is not installed, so no model can run here"
        return Finding("engine library", State.ERROR, detail, install, {**data, "absent": True})
    exact = wanted.partition("==")[2]
    if exact and exact != found:
        detail = f"{LIBRARY} {found} is installed; this Emberline was built for {exact}"
        return Finding("engine library", State.WARNING, detail, install, data)
    return Finding("engine library", State.OK, f"{LIBRARY} {found}", data=data)
