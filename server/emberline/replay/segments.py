"""What is typed: stretches of real files, chosen by a seed, the rest of the file standing around them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emberline.errors import UserError

LANGUAGES = {
    ".py": "python",
    ".js": "javascript",
    ".jsx": "javascriptreact",
    ".ts": "typescript",
    ".tsx": "typescriptreact",
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
    ".c": "c",
    ".h": "c",
    ".cpp": "cpp",
    ".rb": "ruby",
    ".lua": "lua",
    ".sh": "shellscript",
}
LONGEST_LINE = 160
"""Files with longer lines are data, which nobody types."""


class NothingToType(UserError):
    """No file that could be typed was named."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Lines `line`..`line + lines` of a file are typed; `before` and `after` are there already."""

    path: Path
    language_id: str
    line: int
    before: str
    target: str
    after: str


def source_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and those below the folders named, in a stable order. Raises `NothingToType`."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.suffix in LANGUAGES and file.is_file())
        elif path.is_file():
            found.append(path)
        else:
            raise NothingToType(f"{path} is neither a file nor a folder")
    if not found:
        raise NothingToType("no source file to type: name files, or folders that hold some")
    return found


def choose(files: list[Path], count: int, lines: int, seed: int) -> list[Segment]:
    """`count` stretches of `lines` lines each, spread over the files in proportion to their lengths."""
    texts = {file: _text(file) for file in files}
    usable = [file for file in files if _starts(texts[file], lines)]
    if not usable:
        raise NothingToType(f"no file has {lines} lines in a row that a person would type")
    chooser = random.Random(seed)
    weights = [len(texts[file].splitlines()) for file in usable]
    segments = []
    for _ in range(count):
        file = chooser.choices(usable, weights)[0]
        segments.append(_segment(file, texts[file], chooser.choice(_starts(texts[file], lines)), lines))
    return segments


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return ""


def _starts(text: str, lines: int) -> list[int]:
    """Line numbers at which a stretch may begin: it starts with code and holds no line of data."""
    content = text.split("\n")
    return [
        number
        for number in range(len(content) - lines)
        if content[number].strip()
        and all(len(line) <= LONGEST_LINE for line in content[number : number + lines])
    ]


def _segment(file: Path, text: str, line: int, lines: int) -> Segment:
    content = text.split("\n")
    target = "\n".join(content[line : line + lines]).rstrip()
    indent = len(target) - len(target.lstrip(" \t"))
    before = "\n".join(content[:line]) + ("\n" if line else "") + target[:indent]
    after = "\n" + "\n".join(content[line + lines :])
    return Segment(file, LANGUAGES.get(file.suffix, "plaintext"), line, before, target[indent:], after)
