"""One layer over the other: what each may say, and what comes out. Pure; files are read in load.py.

defaults < the user's file < environment variables < what the editor sends < workspace files. The last may
only tighten, and so may the editor what the user has set, or what rules.py keeps for the user's own file.
Nothing here raises for what a file says: a bad value is reported and left out, and whatever is unclear about
privacy counts as strict.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from emberline.config.errors import ConfigError, Problem, Severity
from emberline.config.expand import expanded
from emberline.config.rules import MODES, is_users_file_only, tighten_of
from emberline.config.schema import Mode, Named, Privacy, Section, Settings
from emberline.config.source import Key, Source
from emberline.config.words import (
    FIELDS,
    describe,
    entry_of,
    found,
    is_group,
    is_secret,
    items_of,
    meant,
    section_of,
    unknown,
    unknown_in_item,
)


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
    """The effective settings, who set each key ("completion.budget_ms"), and what is wrong.

    `origins` has the keys of listed servers ("backends.servers.0.url") and folders, too, where one was set.
    """

    settings: Settings
    origins: Mapping[str, Origin]
    problems: tuple[Problem, ...]
    elsewhere: Mode
    """The mode of what lies in none of the opened folders and under no entry of `privacy.folders`."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that made a value unusable."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    def origin(self, key: str) -> Origin:
        """Who set this key, or what holds it in a list or a mapping; the default where nobody did."""
        return self.origins.get(key, DEFAULT)

    def require(self) -> Settings:
        """The settings, or ConfigError with all errors when there is one."""
        if self.errors:
            raise ConfigError(self.errors)
        return self.settings


def combine(layers: Iterable[Layer], environment: Mapping[str, str]) -> Loaded:
    """The effective settings of these layers, given in their order."""
    state = _State(values=_values(Settings()), origins=dict.fromkeys(FIELDS, DEFAULT))
    for layer in layers:
        _apply(layer, state, environment)
    origins = {".".join(key): origin for key, origin in state.origins.items()}
    settings = Settings.model_validate(_nested(state.values))
    return Loaded(settings, origins, tuple(state.problems), settings.privacy.mode)


@dataclass(slots=True)
class _State:
    values: dict[Key, Any]
    origins: dict[Key, Origin]
    problems: list[Problem] = field(default_factory=list)
    is_closed: bool = False
    """Something unclear about privacy was said: nothing said later opens it again."""

    def is_editors(self, key: Key) -> bool:
        """Whether the editor's settings may set this freely, being said after the user's own words."""
        marks = FIELDS[key].metadata
        is_set = self.origins[key] is not DEFAULT
        return not is_users_file_only(marks) and not (is_set and tighten_of(marks))

    def put(self, key: Key, value: Any, origin: Origin, inner: Mapping[Key, Origin]) -> None:
        """`inner` are the origins of what the value holds."""
        self.values[key] = value
        for old in [each for each in self.origins if each[: len(key)] == key]:
            del self.origins[old]
        self.origins[key] = origin
        self.origins.update(inner)


def _apply(layer: Layer, state: _State, environment: Mapping[str, str]) -> None:
    is_user = layer.level is Level.USER
    reading = _Reading(expanded(layer.source, environment) if is_user else layer.source)
    for key, wanted in reading.valid().items():
        own = is_user or (layer.level is Level.EDITOR and state.is_editors(key))
        origin = reading.origin(key)
        if not own:
            _tighten(key, wanted, origin, state, reading.problems)
        elif not (state.is_closed and key in (_MODE, _ENFORCED)):
            state.put(key, wanted, origin, reading.inner(key))
    _fail_closed(reading.problems, layer.source, state)
    state.problems += sorted(reading.problems, key=lambda problem: problem.line)


class _Reading:
    """What one source says: its known settings, and what is wrong with the others."""

    def __init__(self, source: Source) -> None:
        self.problems = list(source.problems)
        self._source = source
        self._leaves: dict[Key, Any] = {}
        self._places: dict[Key, Key] = {}
        """Where in the source something stands that has moved: items close up where one is left out."""
        self._walk(source.data, Settings, ())

    def valid(self) -> dict[Key, Any]:
        """The values that the schema takes, as it makes them; the others become problems."""
        while True:
            try:
                values = _values(Settings.model_validate(_nested(self._leaves)))
            except ValidationError as error:
                for key, items in self._tell(error).items():
                    self._leave_out(key, items)
            else:
                return {key: values[key] for key in self._leaves}

    def origin(self, key: Key) -> Origin:
        """Where the value of this key stands."""
        return Origin(self._source.name, self._source.line(key))

    def inner(self, key: Key) -> dict[Key, Origin]:
        """The origins of what a list of sections or a mapping holds."""
        found = {each: self.origin(place) for each, place in self._places.items() if each[: len(key)] == key}
        return {each: origin for each, origin in found.items() if each != key}

    def _walk(self, data: Mapping[str, Any], section: type[Section], path: Key) -> None:
        for name, value in data.items():
            key = (*path, str(name))
            info = section.model_fields.get(str(name))
            if info is None:
                self._error(key, unknown(key, section.model_fields))
                continue
            inner, items = section_of(info), items_of(info)
            if value is None and (inner or is_group(info)):
                continue  # a section whose keys are all commented out is no mistake
            if inner is not None and isinstance(value, Mapping):
                self._walk(value, inner, key)
            elif inner is not None:
                self._error(key, f"must be a section with keys such as {', '.join(inner.model_fields)}")
            elif items is not None and isinstance(value, (list, tuple)):
                self._leaves[key] = self._items(value, items, key)
            else:
                self._leaves[key] = _frozen(value)
                if isinstance(value, Mapping):
                    self._places.update({(*key, str(each)): (*key, str(each)) for each in value})

    def _items(self, values: Iterable[Any], section: type[Named], key: Key) -> tuple[Named, ...]:
        """The items that are right; each of the others is left out with what is wrong in it.

        Also one with a key that is none: what it wanted to say might be where it is.
        """
        items: list[Named] = []
        for index, value in enumerate(values):
            place, moved = (*key, str(index)), (*key, str(len(items)))
            if not isinstance(value, Mapping):
                keys = ", ".join(section.model_fields)
                self._error(place, f"must be a section with keys such as {keys}")
                continue
            item = self._item({str(name): _frozen(each) for name, each in value.items()}, section, place)
            if item is None:
                continue
            if item.name in {other.name for other in items}:
                self._error((*place, "name"), f"{item.name} is the name of one above; this one is left out")
                continue
            items.append(item)
            self._places[moved] = place
            self._places.update({(*moved, str(name)): (*place, str(name)) for name in value})
        return tuple(items)

    def _item(self, value: Mapping[str, Any], section: type[Named], place: Key) -> Named | None:
        try:
            return section.model_validate(value)
        except ValidationError as error:
            for detail in _details(error):
                name = str(detail["loc"][0]) if detail["loc"] else ""
                at = (*place, name) if name else place
                if detail["type"] == "extra_forbidden":
                    self._error(at, unknown_in_item(at, section.model_fields))
                else:
                    self._error(
                        at, self._message(at, section.model_fields.get(name), value.get(name), detail)
                    )
            return None

    def _leave_out(self, key: Key, items: set[str]) -> None:
        """The items of a list, where it is only some that are wrong, or else the whole setting."""
        value = self._leaves.pop(key)
        if items and isinstance(value, tuple):
            self._leaves[key] = tuple(item for index, item in enumerate(value) if str(index) not in items)

    def _tell(self, error: ValidationError) -> dict[Key, set[str]]:
        """The settings that are wrong, with what of them is; each told once for every place in it."""
        wrong: dict[Key, set[str]] = {}
        told: set[Key] = set()
        for detail in _details(error):
            place = tuple(str(part) for part in detail["loc"])
            key = next(key for key in self._leaves if place[: len(key)] == key)
            info, value = FIELDS[key], self._leaves[key]
            place = place[: len(key) + 1]
            if isinstance(value, Mapping) and place != key:
                info, value = entry_of(info), value.get(place[-1])
                if detail["loc"][-1] == "[key]":
                    value = place[-1]
            elif isinstance(value, tuple) and place != key:
                info, value = entry_of(info), value[int(place[-1])]
            else:
                place = key
            if place not in told:
                self._error(place, self._message(place, info, value, detail))
            wrong.setdefault(key, set()).update(place[len(key) :])
            told.add(place)
        return wrong

    def _message(self, place: Key, info: FieldInfo | None, value: Any, detail: Any) -> str:
        """`info` is None where a whole item is wrong."""
        if detail["type"] == "value_error":  # the schema's own words
            wanted = str(detail["ctx"]["error"])
        elif info is None:
            wanted = "is not understood"
        elif detail["type"] == "missing":
            return f"is missing; it must be {describe(info)}"
        else:
            wanted = f"must be {describe(info)}"
        # A key that was pasted into the wrong place must not come back in a log, nor what a variable holds.
        if info is None or is_secret(info) or items_of(info) is not None:
            return wanted
        return f"{wanted}; found {found(self._source.written.get(place, value))}{meant(info, value)}"

    def _error(self, key: Key, message: str) -> None:
        line = self._source.line(key)
        self.problems.append(Problem(Severity.ERROR, self._source.name, line, ".".join(key), message))


def _details(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False, include_input=False))


def _frozen(value: Any) -> Any:
    """Lists as the schema has them."""
    return tuple(_frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


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
        state.put(key, joined, origin, {})
    if isinstance(wanted, tuple):
        refused = [item for item in wanted if item not in joined]
        rest = f"left out: {', '.join(map(repr, refused))}" if refused else ""
    else:
        rest = f"it stays {found(now)}" if wanted != joined else ""
    if rest:
        message = f"may {rule.words} here; {rest}"
        problems.append(Problem(Severity.WARNING, origin.file, origin.line, name, message))


def _fail_closed(problems: list[Problem], source: Source, state: _State) -> None:
    """Where the source says something about privacy that nobody understands, the strictest holds."""
    for index, problem in enumerate(problems):
        if problem.severity is not Severity.ERROR or not _may_mean_privacy(problem.key):
            continue
        end = "" if problem.message.endswith("?") else "."
        problems[index] = replace(problem, message=f"{problem.message}{end} Until then privacy is strict")
        state.is_closed = True
        origin = Origin(source.name, problem.line)
        for key, value in ((_MODE, MODES[0]), (_ENFORCED, True)):
            if state.values[key] != value or state.origins[key] is DEFAULT:  # nobody has said it better
                state.values[key], state.origins[key] = value, origin


_MODE: Key = ("privacy", "mode")
_ENFORCED: Key = ("router", "thresholds", "privacy_enforced")
_WORDS = ("privacy", "privacy_enforced", *Privacy.model_fields)


def _may_mean_privacy(key: str) -> bool:
    """Whether an error here may hide a wish for more privacy: a misspelt one too, or a whole unread file."""
    parts = tuple(key.split("."))
    # A section, a setting, or what a setting holds.
    if any(known[: len(parts)] == parts[: len(known)] for known in FIELDS):
        return parts[0] == "privacy" or parts == _ENFORCED or parts == _ENFORCED[: len(parts)]
    return not key or any(difflib.get_close_matches(part, _WORDS, n=1) for part in key.split("."))


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
