"""A request for a completion of raw text, in OpenAI's older form, as a gap to be filled. Pure.

Format: OpenAI's API reference, "Create completion" (legacy), with the `suffix` that fills in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

from emberline.backends.messages import Infill
from emberline.gateway.body import read
from emberline.gateway.generation import Generation
from emberline.gateway.refusal import malformed

USUAL_TOKENS = 16
"""OpenAI's own default here."""


class GapBody(Generation):
    """The fields that have an effect."""

    prompt: str | list[str]
    suffix: str | None = None


@dataclass(frozen=True, slots=True)
class AskedGap:
    """A completion that is wanted."""

    model: str
    gap: Infill
    is_streamed: bool
    counts: bool
    """The stream ends with what was used."""


def asked(content: bytes) -> AskedGap:
    """What the body asks for. Raises `Refused`."""
    body = read(GapBody, content)
    prompts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
    if len(prompts) != 1:
        raise malformed("prompt must be one text", "prompt", "unsupported_parameter")
    gap = Infill(
        prompts[0],
        body.suffix or "",
        body.max_tokens or USUAL_TOKENS,
        0.0 if body.temperature is None else body.temperature,
        body.stops(),
        sampling=body.sampling,
    )
    return AskedGap(body.model, gap, bool(body.stream), body.counts())
