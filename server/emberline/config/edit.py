"""One value of a configuration file changed by a program; every other byte stays as the user wrote it.

The change is cut into the text where the YAML parser found the value, and the new text is read again before
it is kept: where it would say anything but the old one with that value, nothing is changed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from emberline.config.source import Key, nested, parse
from emberline.errors import UserError

_USUAL_STEP = 2
_LONGEST_LINE = 1 << 30


def set_value(path: Path, key: Key, value: object) -> None:
    """Writes `value` at `key`, such as ("privacy", "mode"); a missing file, folder or section is made.

    The file's permissions stay; a new file is for its owner alone. The file is replaced in one step.
    UserError where it cannot be read as YAML or not be written, or where others share the value by an alias.
    """

    def change(text: str, data: dict[str, Any]) -> str:
        inner = data
        for depth, part in enumerate(key[:-1], 1):
            if inner.get(part) is None:
                inner[part] = {}
            inner = inner[part]
            if not isinstance(inner, dict):
                name, line = ".".join(key[:depth]), parse(str(path), text).line(key[:depth])
                raise UserError(f"{path}:{line}: {name}: must be a section of keys; mend it first")
        inner[key[-1]] = _plain(value)
        return _with(text, key, value)

    _edit(path, key, change)


def remove_value(path: Path, key: Key) -> None:
    """Takes `key` out of the file, and sections that are empty then; nothing happens where it is not there.

    Errors as of `set_value`.
    """

    def change(text: str, data: dict[str, Any]) -> str:
        sections: list[Any] = [data]
        for part in key[:-1]:
            sections.append(sections[-1].get(part) if isinstance(sections[-1], dict) else None)
        if not isinstance(sections[-1], dict) or key[-1] not in sections[-1]:
            return text
        depth = len(key) - 1
        while depth and len(sections[depth]) == 1:
            depth -= 1
        del sections[depth][key[depth]]
        return _without(text, key[: depth + 1])

    _edit(path, key, change)


def _edit(path: Path, key: Key, change: Callable[[str, dict[str, Any]], str]) -> None:
    """`change` gets the text and its data, makes what is wanted of the data, and returns its text."""
    content = _read(path)
    mark, text = ("\ufeff", content[1:]) if content.startswith("\ufeff") else ("", content)
    source = parse(str(path), text)
    for problem in source.problems:
        raise UserError(f"{problem}; mend it first")
    changed = change(text, source.data)
    if changed == text:
        return
    again = parse(str(path), changed)
    if again.problems or again.data != source.data:
        name = ".".join(key)
        raise UserError(
            f"{path}: {name} cannot be changed there without changing more; change it in an editor"
        )
    _write(path, mark + changed)


# -- where things stand --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pair:
    """A key and its value in a mapping."""

    mapping: yaml.MappingNode
    place: int

    @property
    def name(self) -> yaml.ScalarNode:
        name: yaml.ScalarNode = self.mapping.value[self.place][0]
        return name

    @property
    def value(self) -> yaml.Node:
        value: yaml.Node = self.mapping.value[self.place][1]
        return value


def _root(text: str) -> yaml.MappingNode | None:
    node = yaml.SafeLoader(text).get_single_node()
    return node if isinstance(node, yaml.MappingNode) else None


def _found(root: yaml.MappingNode, key: Key) -> list[_Pair]:
    """The pairs on the way to `key`, as far as there are any."""
    pairs: list[_Pair] = []
    node: yaml.Node = root
    for part in key:
        if not isinstance(node, yaml.MappingNode):
            break
        place = next((n for n, (name, _) in enumerate(node.value) if name.value == part), None)
        if place is None:
            break
        pairs.append(_Pair(node, place))
        node = pairs[-1].value
    return pairs


def _end(text: str, node: yaml.Node) -> int:
    """Where the node's own text ends. The parser's end of a block lies behind the comments below it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    start = node.start_mark.index
    return start + len(text[start : node.end_mark.index].rstrip(" \t\r\n"))


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    """Behind the line's break; the text's end where there is none."""
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1


def _step(root: yaml.MappingNode) -> int:
    """Columns by which the first section of the file is indented."""
    for name, value in root.value:
        if isinstance(value, yaml.MappingNode) and not value.flow_style and value.value:
            return max(int(value.value[0][0].start_mark.column - name.start_mark.column), 1)
    return _USUAL_STEP


# -- cutting -------------------------------------------------------------------------------------------


def _with(text: str, key: Key, value: object) -> str:
    root = _root(text)
    if root is None:
        gap = "\n" if text.strip() else ""
        return _inserted(text, len(text), gap + _block(key, value, 0, _USUAL_STEP))
    pairs = _found(root, key)
    rest = key[len(pairs) :]
    if not rest:
        return _replaced(text, pairs[-1], _flow(value))
    mapping = pairs[-1].value if pairs else root
    if not isinstance(mapping, yaml.MappingNode):  # null: a section whose keys are all commented out
        pair = pairs[-1]
        if pair.mapping.flow_style:
            return _replaced(text, pair, _flow(nested(rest, value)))
        start, end = mapping.start_mark.index, _end(text, mapping)
        text = text[:start] + text[end:]
        step = _step(root)
        block = _block(rest, value, pair.name.start_mark.column + step, step)
        return _inserted(text, _line_end(text, start), block)
    if mapping.flow_style:
        added = f"{_text(rest[0])}: {_flow(nested(rest[1:], value) if rest[1:] else value)}"
        if mapping.value:
            at = _end(text, mapping.value[-1][1])
            return f"{text[:at]}, {added}{text[at:]}"
        at = text.index("{", mapping.start_mark.index) + 1
        return text[:at] + added + text[at:]
    column = mapping.value[0][0].start_mark.column
    at = _line_end(text, _end(text, mapping))
    return _inserted(text, at, _block(rest, value, column, _step(root)))


def _replaced(text: str, pair: _Pair, new: str) -> str:
    node = pair.value
    start, end = node.start_mark.index, _end(text, node)
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        # From lines of its own to the line of its name, whose comment stays.
        colon = text.index(":", pair.name.end_mark.index) + 1
        first = _line_end(text, colon)
        return f"{text[:colon]} {new}{text[colon:first]}{text[_line_end(text, end) :]}"
    gap = " " if start == end else ""
    # A comment behind it stays in its column, where there is room.
    behind = text[end : _line_end(text, end)]
    spaces = len(behind) - len(behind.lstrip(" "))
    if behind.lstrip(" ").startswith("#"):
        shrunk = max(1, spaces - (len(gap + new) - (end - start)))
        return text[:start] + gap + new + " " * shrunk + text[end + spaces :]
    return text[:start] + gap + new + text[end:]


def _without(text: str, key: Key) -> str:
    root = _root(text)
    assert root is not None
    pair = _found(root, key)[-1]
    pairs = pair.mapping.value
    start, end = pair.name.start_mark.index, _end(text, pair.value)
    if not pair.mapping.flow_style:
        return text[: _line_start(text, start)] + text[_line_end(text, end) :]
    if pair.place + 1 < len(pairs):
        end = pairs[pair.place + 1][0].start_mark.index
    elif pair.place:
        start = _end(text, pairs[pair.place - 1][1])
    return text[:start] + text[end:]


def _inserted(text: str, at: int, block: str) -> str:
    """The block as lines of its own, with the line breaks that the text has."""
    before = text[:at]
    if before and not before.endswith("\n"):
        block = "\n" + block
    return before + (block.replace("\n", "\r\n") if "\r\n" in text else block) + text[at:]


# -- values as text ------------------------------------------------------------------------------------


def _block(key: Key, value: object, column: int, step: int) -> str:
    lines = [f"{' ' * (column + depth * step)}{_text(part)}:" for depth, part in enumerate(key)]
    return "\n".join(lines) + f" {_flow(value)}\n"


def _flow(value: Any) -> str:
    """The value in one line."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(str(name))}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return yaml.safe_dump(value).partition("\n")[0]


def _text(text: str) -> str:
    """As it is where it can stand so, also between braces; else in quotes."""
    if (
        yaml.safe_dump([text], default_flow_style=True, width=_LONGEST_LINE, allow_unicode=True)
        == f"[{text}]\n"
    ):
        return text
    return yaml.safe_dump(text, default_style='"', width=_LONGEST_LINE, allow_unicode=True).rstrip("\n")


def _plain(value: Any) -> Any:
    """As the reader will give it back."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


# -- the file ------------------------------------------------------------------------------------------


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: is not UTF-8 text; mend it first") from error


def _write(path: Path, text: str) -> None:
    """Replaces the file, or what a link of that name leads to, in one step."""
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                draft.chmod(target.stat().st_mode & 0o7777)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error
