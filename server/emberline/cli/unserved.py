"""Why completion leaves a file alone, with the line that says so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emberline.config.load import Loaded

_IGNORE_FILE = ".emberlineignore"


def why_not(path: Path, folder: Path, loaded: Loaded) -> str:
    """What keeps completion from this file in this workspace; empty where nothing does."""
    from emberline.privacy.files import Boundaries

    if words := switched_off(path, loaded):
        return words
    is_read = Boundaries((folder,), exclude=loaded.settings.privacy.exclude).label(path) is not None
    return "" if is_read else unreadable(path, folder, loaded)


def switched_off(path: Path, loaded: Loaded) -> str:
    """The setting that switches completion off, wholly or for a file of this name; empty where none does."""
    from emberline.replay.segments import LANGUAGES

    completion, key = loaded.settings.completion, "completion.enabled"
    if not completion.enabled:
        return f"completion is switched off: {key} is false ({_setter(key, loaded)})"
    language, key = LANGUAGES.get(path.suffix, "plaintext"), "completion.disabled_languages"
    if language in completion.disabled_languages:
        return f"completion is switched off for {language} by {key} ({_setter(key, loaded)})"
    return ""


def unreadable(path: Path, folder: Path, loaded: Loaded) -> str:
    """Why no model may read this file, of which that is known."""
    spelt = dict.fromkeys((path.absolute(), Path(os.path.realpath(path))))
    found = (why for each in spelt for why in _reasons(each, folder, loaded))
    return f"no model may read this file: {next(found, f'privacy.exclude or {_IGNORE_FILE} names it')}"


def _reasons(path: Path, folder: Path, loaded: Loaded) -> Iterator[str]:
    from emberline.privacy.files import Patterns, lies_secret, looks_secret

    if looks_secret(path.name):
        yield "its name is one that secret files usually have"
    elif lies_secret(path):
        yield "it lies where secret files usually do"
    for pattern in loaded.settings.privacy.exclude:
        if Patterns((pattern,), (folder,)).cover(path):
            yield f"privacy.exclude names it by {pattern!r} ({_setter('privacy.exclude', loaded)})"
    for file, number, line in _ignoring(path):
        yield f"{file}:{number} names it by {line!r}"


def _ignoring(path: Path) -> Iterator[tuple[Path, int, str]]:
    """The lines of Emberline's ignore files that name `path`, or a folder above it, the weightiest first."""
    from emberline.config.patterns import compiled

    for folder in path.parents:
        file, inside = folder / _IGNORE_FILE, path.relative_to(folder).as_posix()
        try:
            lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except OSError:
            continue
        for number, line in reversed(list(enumerate(lines, 1))):
            if compiled([line]).match_file(inside):
                yield file, number, line


def _setter(key: str, loaded: Loaded) -> str:
    return f"set by {loaded.origin(key)}"
