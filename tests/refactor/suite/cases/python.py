"""What the cases in Python share."""

from __future__ import annotations

import re

from tests.refactor.suite.grounds import Files
from tests.refactor.suite.texts import word


def renamed(files: Files, old: str, new: str) -> dict[str, str]:
    """Every file in which the word `old` stands, with `new` in its place."""
    has = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    return {name: word(text, old, new) for name, text in files.items() if has.search(text)}


def unimported(text: str, module: str, name: str) -> str:
    """Without `name` in the one line `from module import …`, which goes if it held nothing else."""

    def left(found: re.Match[str]) -> str:
        names = [each.strip() for each in found[1].split(",") if each.strip() != name]
        return f"from {module} import {', '.join(names)}\n" if names else ""

    changed, count = re.subn(
        rf"^from {re.escape(module)} import ([^\n(]*\b{name}\b[^\n]*)\n", left, text, flags=re.M
    )
    assert count == 1, f"{name} is imported {count} times from {module}"
    return changed
