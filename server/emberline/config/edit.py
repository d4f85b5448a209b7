"""One value of a configuration file changed by a program, and all else in it left as the user wrote it."""

from __future__ import annotations

import io
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberline.errors import UserError

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

_USUAL_INDENT = 2


def set_value(path: Path, key: tuple[str, ...], value: object) -> None:
    """Writes `value` at `key`, such as ("privacy", "mode"); a missing file, folder or section is made.

    Comments, order and quotes stay, and so do the file's permissions; a new file is for its owner alone. The
    file is replaced in one step. UserError where it cannot be read as YAML or not be written.
    """
    text = _read(path)
    document = _parsed(path, text)
    if document is None:
        _write(path, _after_comments(path, text, _dumped(_yaml(), _nested(key, value))))
        return
    section: Any = document
    for depth, part in enumerate(key[:-1], 1):
        if section.get(part) is None:
            section[_plain(part)] = {}
        inner = section[part]
        if not isinstance(inner, dict):
            line = section.lc.key(part)[0] + 1
            raise UserError(
                f"{path}:{line}: {'.'.join(key[:depth])}: must be a section of keys; mend it first"
            )
        section = inner
    section[_plain(key[-1])] = _plain(value)
    _write(path, _dumped(_yaml(document), document))


def remove_value(path: Path, key: tuple[str, ...]) -> None:
    """Takes `key` out of the file, and sections that are empty then; nothing happens where it is not there.

    Errors as of `set_value`.
    """
    text = _read(path)
    document = _parsed(path, text)
    sections: list[Any] = [document]
    for part in key[:-1]:
        sections.append(sections[-1].get(part) if isinstance(sections[-1], dict) else None)
    if not isinstance(sections[-1], dict) or key[-1] not in sections[-1]:
        return
    depth = len(key) - 1
    while depth and len(sections[depth]) == 1:
        depth -= 1
    _remove(sections[depth], key[depth])
    comments = (line for line in text.splitlines(keepends=True) if line.lstrip().startswith("#"))
    _write(path, _dumped(_yaml(document), document) if document else "".join(comments))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: is not UTF-8 text; mend it first") from error


def _parsed(path: Path, text: str) -> CommentedMap | None:
    """The document; None where there are only comments."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        document = _yaml().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise UserError(
            f"{place}: is not valid YAML: {error.problem or error.context}; mend it first"
        ) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: is not valid YAML: {error}; mend it first") from error
    if document is None or isinstance(document, CommentedMap):
        return document
    raise UserError(f"{path}:1: must be a mapping of sections, such as `completion:`; mend it first")


def _after_comments(path: Path, text: str, added: str) -> str:
    """`added` below the comments of a file that holds nothing else."""
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if content not in ("", "---"):
            raise UserError(f"{path}:{number}: must be a mapping of sections, not {content}; mend it first")
    return f"{text.rstrip()}\n\n{added}" if text.strip() else added


def _nested(key: tuple[str, ...], value: object) -> Any:
    tree = _plain(value)
    for part in reversed(key):
        tree = {_plain(part): tree}
    return tree


def _plain(value: Any) -> Any:
    """As YAML's plain types; a text that the reader (YAML 1.1) would take for something else in quotes."""
    import yaml
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, str):
        with suppress(yaml.YAMLError, ValueError):
            if yaml.safe_load(value) == value:
                return str(value)
        return DoubleQuotedScalarString(value)
    if isinstance(value, dict):
        return {_plain(str(name)): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _yaml(document: CommentedMap | None = None) -> YAML:
    """A reader and writer that indents as `document` does."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 20  # no line is folded
    mapping, dash = _indents(document) if document is not None else (_USUAL_INDENT, 0)
    yaml.indent(mapping=mapping, sequence=dash + 2, offset=dash)
    return yaml


def _indents(document: CommentedMap) -> tuple[int, int]:
    """Columns by which the document's first section, and the dashes of its first list, are indented."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    mappings: list[int] = []
    dashes: list[int] = []

    def walk(section: CommentedMap) -> None:
        for value in section.values():
            if isinstance(value, (CommentedMap, CommentedSeq)) and value.fa.flow_style() is False:
                steps = mappings if isinstance(value, CommentedMap) else dashes
                steps.append(value.lc.col - section.lc.col)
            if isinstance(value, CommentedMap):
                walk(value)

    walk(document)
    return next(iter(mappings), _USUAL_INDENT), max(next(iter(dashes), 0), 0)


def _dumped(yaml: YAML, document: Any) -> str:
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _remove(section: CommentedMap, name: str) -> None:
    """Without the comment beside it. Comment lines below a key hang on it but speak of what comes next: they
    stay where they are."""
    from ruamel.yaml.error import CommentMark
    from ruamel.yaml.tokens import CommentToken

    beside = _behind(section, name)
    names = list(section)
    place = names.index(name)
    above = (section.ca.items.get(name) or [None, None])[1] or ()
    below = "".join(" " * token.start_mark.column + token.value for token in above)
    below += "" if beside is None else beside.value.partition("\n")[2]
    del section[name]
    if not below.strip():
        return
    token = CommentToken(below, CommentMark(0), None)
    if place + 1 < len(names):
        ahead = section.ca.items.setdefault(names[place + 1], [None, None, None, None])
        ahead[1] = [token, *(ahead[1] or [])]
    elif place:
        last = _behind(section, names[place - 1])
        if last is None:
            token.value = "\n" + below
            section.ca.items[names[place - 1]] = [None, None, token, None]
        else:
            last.value = last.value.rstrip("\n") + "\n" + below


def _behind(section: Any, name: Any) -> Any:
    """The token of the comments that stand beside the end of a key's value and below it, if there are any."""
    value = section[name]
    if isinstance(value, (dict, list)) and value and value.fa.flow_style() is False:  # type: ignore[union-attr]
        return _behind(value, list(value)[-1] if isinstance(value, dict) else len(value) - 1)
    tokens = section.ca.items.get(name)
    return None if tokens is None else tokens[2 if isinstance(section, dict) else 0]


def _write(path: Path, text: str) -> None:
    """Replaces the file, or what a link of that name leads to, in one step."""
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        draft = Path(name)
        try:
            newline = "\r\n" if _has_windows_lines(target) else "\n"
            with os.fdopen(descriptor, "w", encoding="utf-8", newline=newline) as file:
                file.write(re.sub(r"\r\n?", "\n", text))
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                draft.chmod(target.stat().st_mode & 0o7777)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error


def _has_windows_lines(path: Path) -> bool:
    return path.exists() and b"\r\n" in path.read_bytes()
