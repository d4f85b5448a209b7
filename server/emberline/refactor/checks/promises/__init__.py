"""What each action promised is so, and nothing else is: one file each, by the action's id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from emberline.refactor.checks.attempt import Attempt
from emberline.refactor.checks.promises.add_types import typed
from emberline.refactor.checks.promises.change_signature import signature_changed
from emberline.refactor.checks.promises.convert_async import made_async
from emberline.refactor.checks.promises.convert_dataclass import made_dataclass
from emberline.refactor.checks.promises.convert_promise import made_promise
from emberline.refactor.checks.promises.directive import directive_gone
from emberline.refactor.checks.promises.document import documented
from emberline.refactor.checks.promises.extract_function import extracted
from emberline.refactor.checks.promises.fix import fixed
from emberline.refactor.checks.promises.inline import inlined
from emberline.refactor.checks.promises.move_symbol import moved
from emberline.refactor.checks.promises.rename_concept import concept_renamed
from emberline.refactor.checks.promises.simplify import simplified
from emberline.refactor.checks.promises.split_file import parted
from emberline.refactor.checks.promises.tests import tested

PROMISES: Mapping[str, Callable[[Attempt], Iterator[str]]] = MappingProxyType(
    {
        "add-types": typed,
        "change-signature": signature_changed,
        "convert-async": made_async,
        "convert-dataclass": made_dataclass,
        "convert-promise": made_promise,
        "directive": directive_gone,
        "document": documented,
        "extract-function": extracted,
        "fix": fixed,
        "inline-function": inlined,
        "move-symbol": moved,
        "rename-concept": concept_renamed,
        "simplify": simplified,
        "split-file": parted,
        "tests": tested,
    }
)
"""Any other action promises no more than what holds of all."""


def promises(attempt: Attempt) -> Iterator[str]:
    kept = PROMISES.get(attempt.assignment.action.id)
    if kept is not None:
        yield from kept(attempt)
