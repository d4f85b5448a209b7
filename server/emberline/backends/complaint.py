"""What a server complains of, in whichever JSON shape, and how much of it the user may be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 300
"""Characters of a complaint that are read and shown."""
_RUN = 24
"""So many characters in a row are taken for a quotation: shorter ones occur by chance."""
_SHORTEST = 4
"""A private text of fewer characters tells nothing."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error as its server words it; what it leaves out is empty."""

    message: str = ""
    type: str = ""
    code: str = ""
    param: str = ""
    """The field of the request that it objects to."""

    def names(self, *words: str) -> bool:
        """Whether any part of it has one of these words in it; case does not matter."""
        said = f"{self.message} {self.type} {self.code} {self.param}".lower()
        return any(word in said for word in words)


def read(answer: object) -> Complaint:
    """The complaint in an error's JSON.

    Shapes: `{"error": {"message", "type", "code", "param"}}` (OpenAI, Anthropic, DeepSeek, vLLM, LiteLLM),
    `{"error": "…"}` (Ollama), the same fields without the envelope (Mistral, older vLLM), and `{"detail": …}`
    (FastAPI: a text, or a list of `{"loc", "msg"}`).
    """
    if not isinstance(answer, Mapping):
        return Complaint()
    inner: Any = answer.get("error", answer)
    if isinstance(inner, str):
        return Complaint(inner[:_LONGEST])
    if not isinstance(inner, Mapping):
        return Complaint()
    message: Any = inner.get("message") or inner.get("detail") or ""
    if isinstance(message, Mapping):  # Mistral wraps FastAPI's form once more
        message = message.get("detail") or ""
    param = inner.get("param")
    if isinstance(message, list):
        first = message[0] if message and isinstance(message[0], Mapping) else {}
        param = param or ".".join(str(step) for step in first.get("loc", ()))
        message = first.get("msg", "")
    details = inner.get("details")  # Anthropic's finer code, e.g. that a spend limit is behind a 429
    code = inner.get("code") or (details.get("error_code") if isinstance(details, Mapping) else None)
    return Complaint(
        str(message)[:_LONGEST],
        *(str(each) if each else "" for each in (inner.get("type"), code, param)),
    )


def quotable(message: str, private: Iterable[str]) -> str:
    """The complaint on one line, for the user to read; empty where it repeats something private.

    Servers like to quote the request back, the key too. So a message that holds one of the `private` texts
    whole, or shares a run of 24 characters with one, is left out: what remains is no piece of a prompt.
    """
    message = message[:_LONGEST]
    half = _RUN // 2  # any run of 24 characters holds one of the message's aligned halves whole
    halves = [message[at : at + half] for at in range(0, len(message) - half + 1, half)]
    for text in private:
        if (len(text) >= _SHORTEST and text in message) or any(piece in text for piece in halves):
            return ""
    printable = "".join(character if character.isprintable() else " " for character in message)
    return " ".join(printable.split()).rstrip(".")
