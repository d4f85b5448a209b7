"""A sentinel token ends the candidate; broken spellings become the user's own again."""

from __future__ import annotations

from emberline.completion.context import Context
from emberline.completion.sentinels import find_command, restore


def sentinels(candidate: str, context: Context) -> str:
    """Cuts at the first sentinel that is not part of the user's own code in this window.

    A file that handles such tokens (a tokenizer, this project) is completed with them in it. The model saw
    them broken, so a whole one in its answer would be a command; but an answer taken from the cache or from
    the workspace has them whole, and must pass here again.
    """
    found = find_command(candidate)
    while found is not None:
        if found[0] not in context.before and found[0] not in context.after:
            return restore(candidate[: found.start()])
        found = find_command(candidate, found.end())
    return restore(candidate)
