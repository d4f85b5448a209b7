"""What a client made of an edit that it did not apply, in words that say what to do now."""

from __future__ import annotations

from collections.abc import Sequence

from emberline.lsp.workspace_edit import Step, described
from emberline.refactor.types import Deed

_UNDO = {
    Deed.EDIT: "undo in {name}",
    Deed.CREATE: "delete {name}",
    Deed.MOVE: "move {to} back to {name}",
    Deed.DELETE: "bring {name} back from version control or a backup",
}
_NOTHING = "Nothing was changed."


def unapplied(
    steps: Sequence[Step], failed: int | None, failure_handling: str, reason: str, changed: Sequence[str]
) -> str:
    """`failed`: the index of the step that failed, where the client says it; `reason`: in its own words;
    `changed`: files that their user changed meanwhile."""
    why = [f"{' and '.join(changed)} changed while the edit was on its way"] if changed else []
    why += [reason.strip().rstrip(".")] if reason.strip() else []
    because = f" ({'; '.join(why)})" if why else ""
    return f"Your editor did not apply the edit{because}. {_state(steps, failed, failure_handling)}"


def _state(steps: Sequence[Step], failed: int | None, failure_handling: str) -> str:
    if failure_handling == "transactional" or failed == 0 or len(steps) == 1:
        return _NOTHING
    only_text = all(step.deed is Deed.EDIT for step in steps)
    if failure_handling == "textOnlyTransactional" and only_text:
        return _NOTHING
    if failure_handling == "undo":
        return (
            "It tries to take back what it had done, and does not promise to succeed: "
            f"look at {_names(steps)}."
        )
    if failed is None or not 0 < failed < len(steps):
        return f"It may have done a part of it: look at {_names(steps)}. To take that back, {_undo(steps)}."
    done, rest = steps[:failed], steps[failed:]
    return f"Done: {_listed(done)}. Not done: {_listed(rest)}. To take back what was done, {_undo(done)}."


def _listed(steps: Sequence[Step]) -> str:
    return ", ".join(dict.fromkeys(_done(step) for step in steps))


def _done(step: Step) -> str:
    """A file that moves may first be edited: that is a step of its own."""
    return f"change {step.file.name}" if step.deed is Deed.EDIT else described(step.file)


def _names(steps: Sequence[Step]) -> str:
    return ", ".join(dict.fromkeys(step.file.name for step in steps))


def _undo(steps: Sequence[Step]) -> str:
    """The last first."""
    ways = (
        _UNDO[step.deed].format(name=step.file.name, to=step.file.moved_to and step.file.moved_to.name)
        for step in reversed(steps)
    )
    return ", ".join(dict.fromkeys(ways))
