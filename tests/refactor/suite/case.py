"""One refactoring of the suite."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emberline.refactor.actions import ACTIONS
from emberline.refactor.types import Form
from tests.refactor.suite.checkers import Check
from tests.refactor.suite.grounds import Files, Ground
from tests.refactor.suite.texts import At, anchored

Changed = Mapping[str, str | None]
"""The new texts of the files that change; None for one that goes."""


def unchanged(files: Files) -> Files:
    return files


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked of which code, what a right answer makes of it, and what has to hold afterwards."""

    id: str
    language: str
    ground: Ground
    file: str
    action: str
    at: At
    right: Callable[[Files], Changed]
    """The texts as a right answer leaves them."""
    checks: tuple[Check, ...] = ()
    """What the result must be. None of them compares texts with those of `right`."""
    answer: str = ""
    """What the user says: a name, a file, or the whole instruction."""
    diagnostic: str = ""
    """What a tool says of the place, for a fix."""
    region: At | None = None
    """What is written anew, where the form asks for one region."""
    brings: str = ""
    """Imports that a new region has on its first lines."""
    words: str = ""
    """What the model says where it writes no code."""
    moves: Mapping[str, str] = field(default_factory=dict)
    """Files that get another path; in `right` the old name goes and the new one comes."""
    prepared: Callable[[Files], Files] = unchanged
    """What the workspace is before, made from the ground."""
    shown: Callable[[Files], Files] = unchanged
    """What the model sees of it: without a directive."""

    @property
    def form(self) -> Form:
        return ACTIONS[self.action].form

    @property
    def files(self) -> Files:
        return self.prepared(self.ground.files())

    @property
    def touched(self) -> frozenset[str]:
        """The files that a right answer changes, makes or takes away."""
        return frozenset(self.right(self.files))

    @property
    def is_across(self) -> bool:
        return len(self.touched) > 1

    def value(self) -> Any:
        """The right answer as the model would give it; a text where words are asked for."""
        files, changed = self.files, self.right(self.files)
        match self.form:
            case Form.PROSE:
                return self.words
            case Form.DOCUMENTATION:
                return {"text": self.words}
            case Form.FILE:
                (text,) = changed.values()
                return {"code": text}
            case Form.REGION:
                return {"code": self.brings + self._region(changed[self.file] or "")}
            case Form.EDITS:
                return self._edits(files, changed)
        raise AssertionError(f"no model is asked for {self.action}")

    def _region(self, new: str) -> str:
        assert self.region is not None, f"{self.id} says no region"
        return self.region(new).of(new).rstrip("\n")

    def _edits(self, files: Files, changed: Changed) -> dict[str, Any]:
        files = self.shown(files)
        came_from = {to: name for name, to in self.moves.items()}
        edits, create, delete = [], [], []
        for name, text in changed.items():
            old = files.get(came_from.get(name, name))
            if text is None:
                if name not in self.moves:
                    delete.append(name)
            elif old is None:
                create.append({"file": name, "content": text})
            elif old != text:
                file = came_from.get(name, name)
                pairs = anchored(old, text)
                edits += [{"file": file, "anchor": one, "replacement": other} for one, other in pairs]
        value: dict[str, Any] = {"summary": f"Did what was asked ({self.action}).", "edits": edits}
        move = [{"from": name, "to": to} for name, to in self.moves.items()]
        extras = {"create": create, "move": move, "delete": delete}
        allowed = EXTRAS.get(self.action, ())
        assert all(key in allowed for key, given in extras.items() if given), f"{self.id} needs {extras}"
        return value | {key: extras[key] for key in allowed}

    def text(self) -> str:
        """The right answer's own text."""
        value = self.value()
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


EXTRAS = {
    "move-symbol": ("create",),
    "split-file": ("create", "delete"),
    "own-words": ("create", "move", "delete"),
    "directive": ("create", "move", "delete"),
}
"""The lists that an answer of anchored edits has beside `edits`, by action."""
