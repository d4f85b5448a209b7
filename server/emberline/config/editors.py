"""What an editor sends, as layers: the user's values, and beside them those that the opened folders ship.

An editor that can tell them apart puts the second kind under `workspace`, one section or a list of them.
Such a section can only tighten, as a repository's own file can. Where an editor cannot tell, all it sends
counts as its user's in matters of taste, and as a workspace's in what could send text elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emberline.config.errors import Problem, Severity
from emberline.config.layers import Layer, Level
from emberline.config.source import Source

EDITOR = "the editor's settings"
WORKSPACE = "the workspace's settings in the editor"
_KEY = "workspace"


def layers(section: Mapping[str, Any]) -> Iterator[Layer]:
    """The layers in the content of the editor's section `emberline`, the user's first."""
    users = {name: value for name, value in section.items() if name != _KEY}
    if users:
        yield Layer(Level.EDITOR, Source(EDITOR, users))
    said = section.get(_KEY, ())
    for each in said if isinstance(said, (list, tuple)) else (said,):
        if isinstance(each, Mapping):
            yield Layer(Level.WORKSPACE, Source(WORKSPACE, dict(each)))
        else:
            yield Layer(Level.WORKSPACE, Source(WORKSPACE, problems=(_no_section(each),)))


def _no_section(said: object) -> Problem:
    # It names no key, as an unread file would: what it wanted may have been more privacy.
    words = f"must be a section of settings, or a list of such, not {said!r:.40}"
    return Problem(Severity.ERROR, WORKSPACE, 0, "", words)
