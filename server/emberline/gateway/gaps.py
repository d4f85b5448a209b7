"""A request for a completion of raw text, in OpenAI's older form, as a gap to be filled. Pure.

Format: OpenAI's API reference, "Create completion" (legacy), with the `suffix` that fills in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

from emberline.backends.messages import Infill, Sampling
from emberline.gateway.body import Body, read
from emberline.gateway.chats import Count, Penalty, Share, StreamOptions, Temperature, stops
from emberline.gateway.refusal import malformed

USUAL_TOKENS = 16
"""OpenAI's own default here."""


class GapBody(Body):
    """The fields that have an effect."""

    prompt: str | list[str]
    suffix: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Count | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    seed: int | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    stop: str | list[str] | None = None


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
        stops(body.stop),
        sampling=Sampling(body.top_p, body.seed, body.presence_penalty, body.frequency_penalty),
    )
    options = body.stream_options
    if options is not None and not body.stream:
        raise malformed("stream_options is for streamed answers alone", "stream_options")
    return AskedGap(body.model, gap, bool(body.stream), options is not None and options.include_usage)
