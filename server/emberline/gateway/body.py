"""Reads a request's JSON: what is there is checked, what changes nothing is passed over, the rest refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from emberline.gateway.refusal import Refused, malformed

B = TypeVar("B", bound="Body")

UNREAD = frozenset(
    ("user", "metadata", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "service_tier")
)
"""For the provider's own books and caches: they change no answer, and are not passed on."""

NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "store": (False,),
    "logprobs": (False, 0),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "modalities": (["text"],),
    "echo": (False,),
    "best_of": (1,),
    "audio": (),
    "functions": (),
    "function_call": (),
    "prediction": (),
    "reasoning_effort": (),
    "verbosity": (),
    "web_search_options": (),
}
"""What OpenAI's API has and this one has not, with the values that ask for nothing; null is one always."""

_INSTEAD = {
    "functions": "use tools",
    "function_call": "use tool_choice",
    "modalities": "only text is answered",
    "store": "nothing is stored here",
}


class Body(BaseModel):
    """What all requests have in common."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    model: str = "auto"
    n: int | None = None


def read(kind: type[B], content: bytes) -> B:
    """The body, as a request of this kind. Raises `Refused`."""
    try:
        found = kind.model_validate_json(content)
    except ValidationError as error:
        raise _objection(error) from None
    for name, value in (found.model_extra or {}).items():
        if value is None or name in UNREAD or value in NEUTRAL.get(name, ()):
            continue
        if name not in NEUTRAL:
            raise malformed(f"there is no parameter {name}", name, "unknown_parameter")
        instead = f": {_INSTEAD[name]}" if name in _INSTEAD else ""
        raise malformed(f"{name} is not to be had here{instead}", name, "unsupported_parameter")
    if found.n not in (None, 1):
        raise malformed("n must be 1: one answer a request", "n", "unsupported_parameter")
    return found


def _objection(error: ValidationError) -> Refused:
    """The first thing that is wrong, without what stood there: it may be the caller's text."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return malformed("the body is no JSON", None, "invalid_json")
    place = ".".join(str(part) for part in first["loc"] if not _is_inner(part))
    if first["type"] == "missing":
        return malformed(f"{place} is missing", place, "missing_required_parameter")
    if not place:
        return malformed("the body must be a JSON object", None, "invalid_type")
    return malformed(f"{place}: {first['msg']}", place)


def _is_inner(part: int | str) -> bool:
    """Whether it names an alternative of a type, which is no place in the request."""
    return isinstance(part, str) and not part.replace("_", "").isalnum()
