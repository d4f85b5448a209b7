"""One layer over the other: what each may say, and what comes out. Pure; files are read in load.py.

defaults < the user's file < what the editor sends < workspace files, and the last may only tighten.
Nothing here raises for what a file says: a bad value is reported and left out, and whatever is unclear about
privacy counts as strict.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from emberline.config.errors import ConfigError, Problem, Severity
from emberline.config.rules import ADD, MODES, is_users_file_only, tighten_of
from emberline.config.schema import Privacy, Section, Settings
from emberline.config.source import Key, Source
from emberline.config.words import FIELDS, describe, found, section_of, unknown


class Level(StrEnum):
    """Whose word a layer is."""

    USER = "user"
    EDITOR = "editor"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Layer:
    """A source and whose it is."""

    level: Level
    source: Source


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an effective value was set: a file and its line, or a name and 0."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


DEFAULT = Origin("default", 0)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The effective settings, who set each key ("completion.budget_ms"), and what is wrong."""

    settings: Settings
    origins: Mapping[str, Origin]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that made a value unusable."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    def require(self) -> Settings:
        """The settings, or ConfigError with all errors when there is one."""
        if self.errors:
            raise ConfigError(self.errors)
        return self.settings


def combine(layers: Iterable[Layer], environment: Mapping[str, str]) -> Loaded:
    """The effective settings of these layers, given in their order."""
    state = _State(values=_values(Settings()), origins=dict.fromkeys(FIELDS, DEFAULT), problems=[])
    for layer in layers:
        _apply(layer, state, environment)
    origins = {".".join(key): origin for key, origin in state.origins.items()}
    return Loaded(Settings.model_validate(_nested(state.values)), origins, tuple(state.problems))


@dataclass(slots=True)
class _State:
    values: dict[Key, Any]
    origins: dict[Key, Origin]
    problems: list[Problem]


def _apply(layer: Layer, state: _State, environment: Mapping[str, str]) -> None:
    source = layer.source
    problems = list(source.problems)
    leaves = _leaves(source, problems)
    if layer.level is Level.USER:
        leaves = _expanded(leaves, source, environment, problems)
    values = _valid(leaves, source, problems)
    for key, wanted in values.items():
        marks = FIELDS[key].metadata
        own = layer.level is Level.USER or (layer.level is Level.EDITOR and not is_users_file_only(marks))
        origin = Origin(source.name, source.lines.get(key, 0))
        if own:
            state.values[key], state.origins[key] = wanted, origin
        else:
            _tighten(key, wanted, origin, state, problems)
    _fail_closed(problems, source, state)
    state.problems += sorted(problems, key=lambda problem: problem.line)


def _leaves(source: Source, problems: list[Problem]) -> dict[Key, Any]:
    """The settings that the source names, unchecked; unknown keys become problems."""
    leaves: dict[Key, Any] = {}

    def walk(data: Mapping[str, Any], section: type[Section], path: Key) -> None:
        for name, value in data.items():
            key = (*path, str(name))
            info = section.model_fields.get(str(name))
            if info is None:
                problems.append(_error(source, key, unknown(key, list(section.model_fields))))
                continue
            inner = section_of(info)
            if inner is None:
                leaves[key] = tuple(value) if isinstance(value, list) else value
            elif isinstance(value, Mapping):
                walk(value, inner, key)
            elif value is not None:  # a section whose keys are all commented out is no mistake
                keys = ", ".join(inner.model_fields)
                problems.append(_error(source, key, f"must be a section with keys such as {keys}"))

    walk(source.data, Settings, ())
    return leaves


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _expanded(
    leaves: dict[Key, Any], source: Source, environment: Mapping[str, str], problems: list[Problem]
) -> dict[Key, Any]:
    """`${NAME}` replaced by the environment's value. A text that is nothing but an unset one becomes null."""

    def expand(key: Key, text: str) -> str | None:
        unset = sorted({name for name in _VARIABLE.findall(text) if not environment.get(name)})
        for name in unset:
            message = f"the environment variable {name} is not set, so this is empty"
            problems.append(
                Problem(Severity.NOTE, source.name, source.lines.get(key, 0), ".".join(key), message)
            )
        full = _VARIABLE.sub(lambda match: environment.get(match[1], ""), text)
        return None if unset and not full else full

    def each(key: Key, value: Any) -> Any:
        if isinstance(value, str):
            return expand(key, value)
        if isinstance(value, tuple):
            items = [expand(key, item) if isinstance(item, str) else item for item in value]
            return tuple(
                item for item, raw in zip(items, value, strict=True) if item is not None or raw is None
            )
        return value

    return {key: each(key, value) for key, value in leaves.items()}


def _valid(leaves: dict[Key, Any], source: Source, problems: list[Problem]) -> dict[Key, Any]:
    """The values that the schema takes, as it makes them; the others become problems."""
    try:
        model = Settings.model_validate(_nested(leaves))
    except ValidationError as error:
        bad: set[Key] = set()
        for detail in error.errors(include_url=False):
            place = tuple(str(part) for part in detail["loc"])
            key = next(key for key in leaves if place[: len(key)] == key)
            if key in bad:
                continue
            bad.add(key)
            problems.append(_error(source, key, _message(key, leaves[key], detail)))
        return _valid({key: value for key, value in leaves.items() if key not in bad}, source, problems)
    values = _values(model)
    return {key: values[key] for key in leaves}


def _message(key: Key, value: Any, detail: Any) -> str:
    if detail["type"] == "value_error":  # the schema's own words
        wanted = str(detail["ctx"]["error"])
    else:
        wanted = f"must be {describe(FIELDS[key])}"
    # A key that was pasted into the wrong place must not come back in a log.
    return wanted if key[-1] == "cloud_api_key" else f"{wanted}; found {found(value)}"


def _tighten(key: Key, wanted: Any, origin: Origin, state: _State, problems: list[Problem]) -> None:
    name = ".".join(key)
    rule = tighten_of(FIELDS[key].metadata)
    if rule is None:
        message = "only the user's own configuration file may set this; ignored here"
        problems.append(Problem(Severity.WARNING, origin.file, origin.line, name, message))
        return
    now = state.values[key]
    joined = rule.join(now, wanted)
    if joined != now:
        state.values[key], state.origins[key] = joined, origin
    elif wanted != now and rule is not ADD:
        message = f"may {rule.words} here; it stays {found(now)}"
        problems.append(Problem(Severity.WARNING, origin.file, origin.line, name, message))


def _fail_closed(problems: list[Problem], source: Source, state: _State) -> None:
    """Where the source says something about privacy that nobody understands, the strictest holds."""
    for index, problem in enumerate(problems):
        if problem.severity is not Severity.ERROR or not _may_mean_privacy(problem.key):
            continue
        problems[index] = replace(problem, message=f"{problem.message}. Until then privacy is strict")
        origin = Origin(source.name, problem.line)
        for key, value in ((_MODE, MODES[0]), (_ENFORCED, True)):
            if state.values[key] != value:
                state.values[key], state.origins[key] = value, origin


_MODE: Key = ("privacy", "mode")
_ENFORCED: Key = ("router", "thresholds", "privacy_enforced")
_WORDS = ("privacy", "privacy_enforced", *Privacy.model_fields)


def _may_mean_privacy(key: str) -> bool:
    """Whether an error here may hide a wish for more privacy: a misspelt one too, or a whole unread file."""
    parts = tuple(key.split("."))
    if any(known[: len(parts)] == parts for known in FIELDS):
        return parts[0] == "privacy" or parts == _ENFORCED or parts == _ENFORCED[: len(parts)]
    return not key or any(difflib.get_close_matches(part, _WORDS, n=1) for part in key.split("."))


def _error(source: Source, key: Key, message: str) -> Problem:
    # A list item has no line of its own; the key above it is near enough.
    line = source.lines.get(key, 0)
    return Problem(Severity.ERROR, source.name, line, ".".join(key), message)


def _values(settings: Settings) -> dict[Key, Any]:
    values: dict[Key, Any] = {}
    for key in FIELDS:
        value: Any = settings
        for part in key:
            value = getattr(value, part)
        values[key] = value
    return values


def _nested(values: Mapping[Key, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        here = tree
        for part in key[:-1]:
            here = here.setdefault(part, {})
        here[key[-1]] = value
    return tree
