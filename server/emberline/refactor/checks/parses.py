"""What parsed before still parses; what is new parses."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
import warnings
from collections.abc import Callable, Iterator

import yaml

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.lines import BOM, line_at
from emberline.refactor.types import FileChange
from emberline.syntax.mistakes import mistakes


def parses(attempt: Attempt) -> Iterator[str]:
    for file, after in attempt.made:
        language = attempt.language(file)
        name = attempt.new_name(file)
        told = next(_by_grammar(file, after, language), "") or next(
            _by_reader(attempt, file, after, language), ""
        )
        if told:
            yield f"{name}: {told}"


def _by_grammar(file: FileChange, after: str, language: str) -> Iterator[str]:
    now = mistakes(after, language)
    if not now:
        return
    known = mistakes(file.before, language) if file.before is not None else ()
    if len(now) <= len(known):
        return
    spelt = [span.of(file.before or "") for span in known]
    new = next((span for span in now if span.of(after) not in spelt), now[0])
    yield f"line {line_at(after, new.start)} is no valid {_title(language)}"


def _by_reader(attempt: Attempt, file: FileChange, after: str, language: str) -> Iterator[str]:
    reader = _READERS.get(language) or (_json if file.path.suffix == ".ipynb" else None)
    if reader is None:
        return
    complaint = reader(after)
    if not complaint:
        return
    texts = (
        [file.before]
        if file.before is not None
        else [each.text for each in attempt.sources.values() if each.language_id == language]
    )
    # A file that is written for a newer version than ours was not read before, and needs not be now.
    if not texts or any(not reader(text) for text in texts):
        yield complaint


def _python(text: str) -> str:
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text.removeprefix(BOM))
    except SyntaxError as error:
        return f"line {error.lineno or 1} is no valid {version}: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return f"it is no valid {version}"
    return ""


def _json(text: str) -> str:
    try:
        json.loads(text.removeprefix(BOM))
    except json.JSONDecodeError as error:
        return f"line {error.lineno} is no valid JSON"
    except (ValueError, RecursionError):
        return "it is no valid JSON"
    return ""


def _toml(text: str) -> str:
    try:
        tomllib.loads(text.removeprefix(BOM).replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return f"it is no valid TOML: {_place(error)}"
    return ""


def _place(error: Exception) -> str:
    """The place at the end of tomllib's words."""
    return str(error).rpartition("(")[2].rstrip(")")


def _yaml(text: str) -> str:
    """Nodes are composed, not built: a tag of somebody's own is no mistake."""
    try:
        for _ in yaml.compose_all(text, Loader=_LOADER):
            pass
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        return f"line {line} is no valid YAML"
    except (yaml.YAMLError, ValueError, RecursionError):
        return "it is no valid YAML"
    return ""


_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_READERS: dict[str, Callable[[str], str]] = {"python": _python, "json": _json, "toml": _toml, "yaml": _yaml}
_TITLES = {
    "javascriptreact": "JavaScript",
    "typescriptreact": "TypeScript",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
}


def _title(language: str) -> str:
    return _TITLES.get(language, language.capitalize())
