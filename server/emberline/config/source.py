"""The text of a configuration file as plain data, with the line of every key.

A workspace's file is a stranger's: size, depth and number of values are bounded, aliases count every time
they are used, and only plain YAML values are made.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from emberline.config.errors import Problem, Severity

MAX_BYTES = 256 << 10
MAX_VALUES = 5_000
MAX_DEPTH = 12

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One layer's content. `name` is its file, or says whence it came; `lines` has the line of each key.

    In a key, the items of a list are "0", "1", …
    """

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    written: dict[Key, str] = field(default_factory=dict)
    """Texts as they stand in the file, where variables in them have been replaced."""

    def line(self, key: Key) -> int:
        """The line of the key, or of the nearest one above it; 0 where none is known."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 0)


class _TooMuch(Exception):
    pass


def read(path: Path) -> Source:
    """The file's content. What cannot be read or is no YAML comes back empty, with the problem."""
    name = str(path)
    try:
        if not stat.S_ISREG(
            path.stat().st_mode
        ):  # a repository may ship a link to /dev/stdin, and we would wait
            return _refused(name, 0, "is no regular file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        return _refused(name, 0, f"cannot be read: {error.strerror}")
    if len(content) > MAX_BYTES:
        return _refused(name, 0, f"is larger than {MAX_BYTES >> 10} KiB: that is no configuration")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _refused(name, content[: error.start].count(b"\n") + 1, "is not UTF-8 text")
    return parse(name, text)


def parse(name: str, text: str) -> Source:
    """The content of YAML text, as `read` gives it."""
    data, lines, problems = _loaded(name, text, ())
    if data is None:
        return Source(name, problems=problems)
    if not isinstance(data, dict):
        return _refused(name, 1, "must be a mapping of sections, such as `completion:`")
    return Source(name, data, lines, problems)


def parse_value(name: str, key: Key, text: str) -> Source:
    """What says of one setting that its value is this YAML text; it has no lines."""
    data, _, problems = _loaded(name, text, key)
    problems = tuple(replace(problem, line=0) for problem in problems)
    if any(problem.key == ".".join(key) for problem in problems):
        return Source(name, problems=problems)
    return Source(name, nested(key, data), problems=problems)


def nested(key: Key, value: Any) -> dict[str, Any]:
    """The data in which `key`, of one part at least, has this value."""
    for part in reversed(key):
        value = {part: value}
    return dict(value)


def _loaded(name: str, text: str, path: Key) -> tuple[Any, dict[Key, int], tuple[Problem, ...]]:
    """The data at `path`, its lines, and what is wrong; where that is everything, the data is None."""
    try:
        walk = _Walk(name, yaml.SafeLoader(text))
        node = walk.loader.get_single_node()
        data = None if node is None else walk.value(node, path)
        return data, walk.lines, tuple(walk.problems)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, message = mark.line + 1 if mark else 0, f"is not valid YAML: {error.problem or error.context}"
    except yaml.YAMLError as error:
        line, message = 0, f"is not valid YAML: {error}"
    except (_TooMuch, RecursionError):
        line, message = 0, "has more values, or deeper ones, than a configuration has"
    except ValueError as error:  # YAML's own notations for dates and numbers can name impossible ones
        line, message = 0, f"holds an impossible value: {error}"
    return None, {}, (Problem(Severity.ERROR, name, line, ".".join(path), message),)


class _Walk:
    """From YAML nodes to plain data, counting."""

    def __init__(self, name: str, loader: yaml.SafeLoader) -> None:
        self.name = name
        self.loader = loader
        self.lines: dict[Key, int] = {}
        self.problems: list[Problem] = []
        self.values = 0

    def value(self, node: yaml.Node, path: Key) -> Any:
        self.values += 1
        if self.values > MAX_VALUES or len(path) > MAX_DEPTH:
            raise _TooMuch
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*path, str(index))) for index, item in enumerate(node.value)]
        return self.loader.construct_object(node)

    def _item(self, node: yaml.Node, path: Key) -> Any:
        self.lines[path] = node.start_mark.line + 1
        return self.value(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Key) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            # The text as written: YAML 1.1 reads a bare `on` as true, and no setting is named by a truth.
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "(a key that is no text)"
            here, line = (*path, key), key_node.start_mark.line + 1
            if key in data:
                first = self.lines[here]
                message = f"stands twice, first in line {first}: the first one is used"
                self.problems.append(Problem(Severity.ERROR, self.name, line, ".".join(here), message))
                continue
            self.lines[here] = line
            data[key] = self.value(value_node, here)
        return data


def _refused(name: str, line: int, message: str) -> Source:
    return Source(name, problems=(Problem(Severity.ERROR, name, line, "", message),))
