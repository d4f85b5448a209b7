"""What the exports hold, in no provider's own terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What was asked for."""

    TEXT = "text"
    EMBEDDING = "embeddings"
    IMAGE = "images"
    AUDIO = "audio"
    OTHER = "moderation, tools and the like"


@dataclass(frozen=True, slots=True)
class Usage:
    """One record: a single request, or many of one model, summed up. Times in seconds of the epoch."""

    provider: str
    """As the price data names it; empty where only the model tells."""
    model: str
    """Empty where the export was not broken down by model."""
    began: float
    ended: float
    requests: int | None
    """None where the export counts tokens alone."""
    input_tokens: int = 0
    """All that was read, from a cache or not."""
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    """What the export itself says; None where it says nothing."""
    kind: Kind = Kind.TEXT
    is_single: bool = False
    """It is one request, not a sum."""
    is_batch: bool = False
    """Asked for at half the price, to be answered within a day."""
    is_long: bool = False
    """The export says that its context was longer than 200 000 tokens."""
    has_media: bool = False
    """Images or sound were among it."""
    is_local: bool = False
    """A model on the team's own machines answered."""
    is_unpaid: bool = False
    """It failed, or a cache answered: nobody was asked."""
    uses_tools: bool = False
    labels: tuple[str, ...] = ()
    """What the team called it: tags, key, project, program."""
    id: str = ""
    """Tells the same record in two files; empty where the export has none."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What was charged for some time, by model or item; nothing of what it was for."""

    provider: str
    item: str
    began: float
    ended: float
    usd: float


@dataclass(frozen=True, slots=True)
class Pause:
    """A time of which the export says that there was nothing."""

    began: float
    ended: float


Entry = Usage | Bill | Pause
Json = Mapping[str, Any]
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of export, in as many forms as it comes in. A reader raises `fields.Unreadable`."""

    name: str
    provider: str
    """Whose it is; empty where it may hold several."""
    where: str
    """How to get one."""
    has_columns: Callable[[frozenset[str]], bool]
    """Whether a CSV file with these columns is one."""
    has_record: Callable[[Json], bool]
    """Whether this record of a JSON file is one's."""
    of_row: Callable[[Row], Iterator[Entry]]
    of_record: Callable[[Json], Iterator[Entry]]
