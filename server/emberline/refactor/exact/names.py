"""What may be a name, and what to call something."""

from __future__ import annotations

import keyword
import re

from emberline.refactor.types import Unfit

_ECMA = (
    "break case catch class const continue debugger default delete do else enum export extends false finally "
    "for function if import in instanceof new null return super switch this throw true try typeof var void "
    "while with yield let static await implements interface package private protected public arguments eval "
    "undefined NaN Infinity"
)
_WORDS = {
    "python": " ".join(keyword.kwlist),
    "javascript": _ECMA,
    "javascriptreact": _ECMA,
    "typescript": _ECMA,
    "typescriptreact": _ECMA,
    "go": "break case chan const continue default defer else fallthrough for func go goto if import "
    "interface map package range return select struct switch type var nil true false iota",
    "rust": "as async await break const continue crate dyn else enum extern false fn for gen if impl in let "
    "loop match mod move mut pub ref return self Self static struct super trait true type union unsafe use "
    "where while abstract become box do final macro override priv try typeof unsized virtual yield",
    "java": "abstract assert boolean break byte case catch char class const continue default do double else "
    "enum extends final finally float for goto if implements import instanceof int interface long native new "
    "package private protected public return short static strictfp super switch synchronized this throw "
    "throws transient try void volatile while true false null var yield record",
}
_RESERVED = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_NAME = re.compile(r"[^\W\d]\w*")
_SCRIPT_NAME = re.compile(r"(?:[^\W\d]|\$)[\w$]*")
_CAMEL = frozenset(("javascript", "javascriptreact", "typescript", "typescriptreact", "go", "java"))


def checked(name: str, language_id: str) -> str:
    """The name without white space around it. Raises `Unfit` if the language knows it as something else."""
    name = name.strip()
    pattern = _SCRIPT_NAME if language_id.startswith(("javascript", "typescript")) else _NAME
    if not pattern.fullmatch(name) or set(name) == {"_"}:
        raise Unfit(f'"{name[:60]}" cannot be a name.' if name else "A name is wanted.")
    if name in _RESERVED.get(language_id, ()):
        raise Unfit(f'"{name}" is a word of the language itself.')
    return name


def parts(name: str) -> list[str]:
    """The words of a name in lower case: "http", "server" of HTTPServer and http_server."""
    return [each.lower() for each in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def spelled(words: list[str], language_id: str) -> str:
    """The words as the language writes a variable; empty where they make no name."""
    words = [each for each in words if each]
    if language_id in _CAMEL:
        name = "".join((words[0], *(each.capitalize() for each in words[1:]))) if words else ""
    else:
        name = "_".join(words)
    if not _NAME.fullmatch(name) or name in _RESERVED.get(language_id, ()):
        return ""
    return name
