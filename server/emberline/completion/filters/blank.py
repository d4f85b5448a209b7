"""Nothing to see is nothing to show."""

from __future__ import annotations

from emberline.completion.context import Context


def blank(candidate: str, context: Context) -> str:
    """Drops what is only white space, and the white space and line ends that a candidate ends with.

    Spaces before text that is already on the line stay: they separate.
    """
    if not candidate.strip():
        return ""
    return candidate.rstrip("\n") if context.line_after.strip() else candidate.rstrip()
