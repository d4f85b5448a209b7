"""Which words of a function stand for its variables. One file a language."""

from __future__ import annotations

from types import ModuleType

from emberline.refactor.exact.roles import ecma, go, java, python, rust
from emberline.refactor.types import Unfit

_BY_LANGUAGE = {
    "python": python,
    "javascript": ecma,
    "javascriptreact": ecma,
    "typescript": ecma,
    "typescriptreact": ecma,
    "go": go,
    "rust": rust,
    "java": java,
}


def roles(language_id: str) -> ModuleType:
    """The module for a language, with `role`, `reaches`, `FUNCTIONS` and `DYNAMIC`."""
    found = _BY_LANGUAGE.get(language_id)
    if found is None:
        raise Unfit(f"The scopes of {language_id} are not known here, so it cannot be done exactly.")
    return found
