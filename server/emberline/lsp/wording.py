"""Words for the client's user."""

from __future__ import annotations


def sentence(words: str) -> str:
    """The clause as a sentence; a file's name at its beginning stays as it is."""
    first, begins_with_word = words[:1], words.partition(" ")[0].isalpha()
    return f"{first.upper() if begins_with_word else first}{words[1:]}".rstrip(".") + "."
