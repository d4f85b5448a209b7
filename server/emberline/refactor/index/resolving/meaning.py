"""What an import brings in."""

from __future__ import annotations

from typing import NamedTuple

MODULE, STAR = "", "*"


class Meaning(NamedTuple):
    """A file, or a folder where a package is all that lies in one, and what of it is brought in."""

    target: str
    name: str
    """A name of the target's; `MODULE`: the target itself, `STAR`: all its names."""
