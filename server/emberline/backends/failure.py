"""Why a backend gave no answer: a small set of kinds, whatever the protocol's own words were."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What went wrong, by what follows from it."""

    RATE_LIMITED = "rate limited"
    """Too many requests for now; the same one may succeed after `retry_after` seconds."""
    OVERLOADED = "overloaded"
    """The server has no room at the moment (503 with a full queue, Anthropic's 529, any other 5xx)."""
    LOADING = "loading"
    """The model is being loaded: not down, and soon there."""
    QUOTA = "quota"
    """The account has no money or quota left; asking again does not help."""
    DENIED = "denied"
    """The key is missing, wrong or not allowed to do this (401, 403)."""
    BAD_REQUEST = "bad request"
    """The request itself was refused; asking again does not help."""
    NOT_FOUND = "not found"
    """No such model, or no such server under this address."""
    UNREACHABLE = "unreachable"
    """No connection, no answer in time, or TLS failed."""
    BROKEN = "broken answer"
    """What came was cut off, malformed, of another type, or did not end."""
    FORBIDDEN = "refused by policy"
    """The text's privacy level or the budget forbids the destination; nothing was sent."""


PASSING = frozenset((Kind.RATE_LIMITED, Kind.OVERLOADED, Kind.LOADING, Kind.UNREACHABLE, Kind.BROKEN))
"""Kinds that another try, later or elsewhere, may not meet."""


class Failure(Exception):
    """No answer. Its text is for the user: what happened, and what mends it where that is known.

    It never quotes a prompt. `retry_after` is in seconds, None where the backend named no delay.
    """

    kind = Kind.UNREACHABLE

    def __init__(self, message: str, kind: Kind | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        if kind is not None:
            self.kind = kind
        self.retry_after = retry_after


class BackendUnavailable(Failure):
    """No answer is to be had now: not started, starting, dead, or unreachable."""


class BadRequest(Failure):
    """The backend refused the request itself; asking again will not help."""

    kind = Kind.BAD_REQUEST
