"""Where the configuration lies, and how it is read: the I/O around layers.py."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import platformdirs

from emberline.config import editors
from emberline.config.errors import ConfigError, Problem, Severity
from emberline.config.folders import mode_layer
from emberline.config.layers import Layer, Level, Loaded, Origin, combine
from emberline.config.source import read
from emberline.config.variables import variables

__all__ = ["ConfigError", "Loaded", "Origin", "Problem", "Severity", "load", "load_file", "user_file"]

WORKSPACE_FILE = ".emberline.yaml"


def user_file(environment: Mapping[str, str] = os.environ) -> Path:
    """$EMBERLINE_CONFIG, or `config.yaml` in the platform's configuration folder. It need not exist."""
    named = environment.get("EMBERLINE_CONFIG")
    if named:
        return Path(named).expanduser()
    return platformdirs.user_config_path("emberline", appauthor=False) / "config.yaml"


def load(
    workspace_folders: Iterable[Path] = (),
    editor: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Loaded:
    """The effective configuration; never raises, all that is wrong is in `problems`.

    `editor` is what the editor sends: the content of its section `emberline` (editors.py). With several
    folders each one's file tightens, for all of them: one process serves them together.
    """
    folders = tuple(workspace_folders)
    layers = []
    path = user_file(environment)
    if _is_there(path) or environment.get("EMBERLINE_CONFIG"):
        layers.append(Layer(Level.USER, read(path)))
    layers += (Layer(Level.USER, source) for source in variables(environment))
    of_folders = mode_layer(combine(layers, environment), folders)
    others = list(editors.layers(editor or {}))
    for folder in folders:
        if _is_there(folder / WORKSPACE_FILE):
            others.append(Layer(Level.WORKSPACE, read(folder / WORKSPACE_FILE)))
    if of_folders is None:
        return combine([*layers, *others], environment)
    elsewhere = combine([*layers, *others], environment).settings.privacy.mode
    return replace(combine([*layers, of_folders, *others], environment), elsewhere=elsewhere)


def load_file(path: Path, environment: Mapping[str, str] = os.environ) -> Loaded:
    """What this one file says over the defaults; a file named `.emberline.yaml` is taken as a workspace's."""
    level = Level.WORKSPACE if path.name == WORKSPACE_FILE else Level.USER
    return combine([Layer(level, read(path))], environment)


def _is_there(path: Path) -> bool:
    """Also true for a file that exists but cannot be reached: reading it then says why, and fails closed."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
