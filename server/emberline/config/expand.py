"""`${NAME}` in the user's own words, replaced by the environment's value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emberline.config.errors import Problem, Severity
from emberline.config.source import Key, Source

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def expanded(source: Source, environment: Mapping[str, str]) -> Source:
    """The source with every variable in its texts and names replaced; `problems` tells which are not set.

    A text that is nothing but an unset variable becomes null, or is left out of its list; within a list's
    section it becomes empty, so that an address that must be given is missed and not replaced by a usual one.
    A name with an unset variable is an error and left out: it could name something larger.
    """
    work = _Work(source, environment)
    data = work.section(source.data, (), ())
    problems = (*source.problems, *work.problems)
    return replace(source, data=data, lines=work.lines, problems=problems, written=work.written)


class _Work:
    def __init__(self, source: Source, environment: Mapping[str, str]) -> None:
        self.source = source
        self.environment = environment
        self.lines = dict(source.lines)
        self.problems: list[Problem] = []
        self.written: dict[Key, str] = {}

    def section(self, data: Mapping[Any, Any], path: Key, named: Key) -> dict[str, Any]:
        """`path` is where the file has it, `named` the same with its variables replaced."""
        result = {}
        for raw, value in data.items():
            here = (*path, str(raw))
            unset = self._unset(str(raw))
            if unset:
                self._tell(Severity.ERROR, here, unset, "what is meant is unclear")
                continue
            full = (*named, self._filled(str(raw)))
            if here in self.source.lines:
                self.lines[full] = self.source.lines[here]
            result[full[-1]] = self.value(value, here, full)
        return result

    def value(self, value: Any, path: Key, named: Key) -> Any:
        if isinstance(value, str):
            unset = self._unset(value)
            if unset:
                self._tell(Severity.NOTE, path, unset, "this is empty")
            filled = self._filled(value)
            if filled != value:
                self.written[named] = value
            return filled or (None if unset else "")
        if isinstance(value, Mapping):
            return self.section(value, path, named)
        if isinstance(value, (list, tuple)):
            return self._items(value, path, named)
        return value

    def _items(self, values: list[Any] | tuple[Any, ...], path: Key, named: Key) -> list[Any]:
        items: list[Any] = []
        for index, raw in enumerate(values):
            here, now = (*path, str(index)), (*named, str(len(items)))  # they close up where one is left out
            item = self.value(raw, here, now)
            if here in self.source.lines:
                self.lines[now] = self.source.lines[here]
            if isinstance(item, dict):
                item = {
                    name: "" if value is None and raw.get(name) is not None else value
                    for name, value in item.items()
                }
            if item is not None or raw is None:
                items.append(item)
        return items

    def _unset(self, text: str) -> list[str]:
        return sorted({name for name in _VARIABLE.findall(text) if not self.environment.get(name)})

    def _filled(self, text: str) -> str:
        return _VARIABLE.sub(lambda match: self.environment.get(match[1], ""), text)

    def _tell(self, severity: Severity, path: Key, unset: list[str], so: str) -> None:
        line = self.source.line(path)
        for name in unset:
            message = f"the environment variable {name} is not set, so {so}"
            self.problems.append(Problem(severity, self.source.name, line, ".".join(path), message))
