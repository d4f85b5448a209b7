"""What a conversation and a gap have in common in OpenAI's form: length, sampling, ends, streaming."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from emberline.backends.messages import Sampling
from emberline.gateway.body import Body
from emberline.gateway.refusal import malformed

Temperature = Annotated[float, Field(ge=0, le=2)]
Penalty = Annotated[float, Field(ge=-2, le=2)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]

_MOST_STOPS = 4
"""As many as OpenAI takes."""


class StreamOptions(BaseModel):
    """How a streamed answer is told."""

    model_config = ConfigDict(frozen=True, strict=True)

    include_usage: bool = False


class Generation(Body):
    """Fields of a body that asks a model to write."""

    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Count | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    seed: int | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    stop: str | list[str] | None = None

    @property
    def sampling(self) -> Sampling:
        return Sampling(self.top_p, self.seed, self.presence_penalty, self.frequency_penalty)

    def stops(self) -> tuple[str, ...]:
        """The texts at which an answer ends. Raises `Refused` for more than OpenAI takes."""
        found = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        if len(found) > _MOST_STOPS:
            raise malformed(f"stop takes up to {_MOST_STOPS} texts", "stop")
        return tuple(text for text in found if text)

    def counts(self) -> bool:
        """Whether the stream ends with what was used. Raises `Refused` where no stream was asked for."""
        if self.stream_options is None:
            return False
        if not self.stream:
            raise malformed("stream_options is for streamed answers alone", "stream_options")
        return self.stream_options.include_usage
