"""What a caller is told where it gets no answer: OpenAI's form, the right status, and words that help.

Statuses as OpenAI's API reference ("Error codes") has them, where it has the case at all; a spent budget of
the user's own is 402, because clients take 429 as an invitation to ask again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emberline.backends.failure import Failure, Kind
from emberline.routing.decision import Decision
from emberline.routing.obstacles import By
from emberline.routing.purse import OverBudget


class Refused(Exception):
    """No answer, and why. `retry_after` in seconds; `param` is the field of the request that it is about."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """The JSON that says so."""
        kind = _TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        return {"error": {"message": str(self), "type": kind, "param": self.param, "code": self.code}}

    def headers(self) -> dict[str, str]:
        """When to ask again, or that asking again does not help."""
        if self.retry_after is not None:
            return {"retry-after": str(max(1, round(self.retry_after)))}
        return {} if self.status in _PASSING else {"x-should-retry": "false"}


_TYPES = {402: "insufficient_quota", 403: "permission_error", 429: "rate_limit_error"}
_PASSING = frozenset((429, 503))


@dataclass(frozen=True, slots=True)
class _Case:
    status: int
    code: str


_BY_OBSTACLE: Mapping[By, _Case] = {
    By.PRIVACY: _Case(403, "privacy_forbids"),
    By.LATENCY: _Case(503, "no_model_in_time"),
    By.ABILITY: _Case(400, "unsupported_by_models"),
    By.HEALTH: _Case(503, "backend_unavailable"),
    By.MEMORY: _Case(503, "out_of_memory"),
    By.BUDGET: _Case(402, "budget_exceeded"),
    By.LENGTH: _Case(400, "context_length_exceeded"),
    By.CHAIN: _Case(400, "tool_chain_too_long"),
}
"""In the order in which the questions are asked: the last that anybody came to is what is nearest to an
answer, and so what the caller is told."""

_BY_KIND: Mapping[Kind, _Case] = {
    Kind.RATE_LIMITED: _Case(429, "rate_limit_exceeded"),
    Kind.OVERLOADED: _Case(503, "backend_overloaded"),
    Kind.LOADING: _Case(503, "model_loading"),
    Kind.QUOTA: _Case(402, "insufficient_quota"),
    Kind.DENIED: _Case(502, "backend_denied"),
    Kind.BAD_REQUEST: _Case(400, "refused_by_backend"),
    Kind.NOT_FOUND: _Case(502, "backend_without_model"),
    Kind.UNREACHABLE: _Case(503, "backend_unavailable"),
    Kind.BROKEN: _Case(502, "backend_answer_unusable"),
    Kind.FORBIDDEN: _Case(403, "privacy_forbids"),
}


def of_decision(decision: Decision) -> Refused:
    """For a decision that chose nobody."""
    found = [each.by for each in decision.rejected if each.by is not None]
    order = list(_BY_OBSTACLE)
    case = _BY_OBSTACLE[max(found, key=order.index)] if found else _Case(503, "no_model_at_hand")
    return Refused(case.status, decision.refusal, case.code)


def of_failure(failure: Failure) -> Refused:
    """For a request that was sent, or could not be."""
    case = _Case(402, "budget_exceeded") if isinstance(failure, OverBudget) else _BY_KIND[failure.kind]
    return Refused(case.status, str(failure), case.code, retry_after=failure.retry_after)


def malformed(message: str, param: str | None = None, code: str = "invalid_value") -> Refused:
    """For a request that is not understood, or asks for what is not to be had."""
    return Refused(400, message, code, param)
