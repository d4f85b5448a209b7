"""What a server once refused for a model is not asked of it again.

Servers differ in which fields of a common format they take, and none says so beforehand: some models want
`max_completion_tokens`, some take no `temperature`, some gateways know no `response_format`. A 400 names the
field; the request is mended by a known remedy, sent once more, and the remedy kept for this model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emberline.backends.complaint import Complaint
from emberline.models.info import Capability

Body = Mapping[str, Any]

_NO_TOOLS = re.compile(
    r"\b(tools?|tool[ _-]choice|function[ _-]call\w*)\b"
    r".*\b(support\w*|unsupported|requires|permitted|enabled?)\b"
    r"|\b(support|unsupported)\b.*\btools?\b",
    re.IGNORECASE,
)
"""A complaint that tools are not to be had at all, unlike one about a single tool's form."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of the body that cures one refusal; once made, `ails` no longer holds of the body."""

    field: str
    """The body's field that is objected to."""
    words: tuple[str, ...]
    """Any of these patterns in the complaint means this field, besides its `param`."""
    change: Callable[[Body], dict[str, Any]]
    ails: Callable[[Body], bool] = lambda body: True
    costs: Capability | None = None
    """What the model turns out to lack on this server."""

    def cures(self, complaint: Complaint, body: Body) -> bool:
        if self.field not in body or not self.ails(body):
            return False
        if complaint.param.rpartition(".")[2] == self.field:
            return True
        said = f"{complaint.message} {complaint.code}"
        return any(re.search(rf"(?<!\w){word}(?!\w)", said, re.IGNORECASE) for word in self.words)


def dropping(name: str) -> Callable[[Body], dict[str, Any]]:
    """The change that leaves a field out."""
    return lambda body: {key: value for key, value in body.items() if key != name}


class Remedies:
    """The remedies of one server, by model."""

    def __init__(self, known: tuple[Remedy, ...]) -> None:
        self._known = known
        self._learnt: dict[str, tuple[Remedy, ...]] = {}
        self._toolless: set[str] = set()

    def mended(self, model: str, body: Body) -> dict[str, Any]:
        """The body as this model is known to be asked."""
        for remedy in self._learnt.get(model, ()):
            if remedy.field in body and remedy.ails(body):
                body = remedy.change(body)
        return dict(body)

    def learn(self, model: str, body: Body, complaint: Complaint) -> Remedy | None:
        """A remedy for this complaint that is not yet in the body, to ask again with."""
        if "tools" in body and _NO_TOOLS.search(complaint.message):
            self._toolless.add(model)
            return None
        remedy = next((each for each in self._known if each.cures(complaint, body)), None)
        if remedy is not None:
            learnt = self._learnt.get(model, ())
            self._learnt[model] = learnt if remedy in learnt else (*learnt, remedy)
        return remedy

    def forget(self, model: str, remedies: Iterable[Remedy]) -> None:
        """Takes back what did not help."""
        unhelpful = tuple(remedies)
        kept = tuple(each for each in self._learnt.get(model, ()) if each not in unhelpful)
        self._learnt[model] = kept

    def lacks(self, model: str) -> frozenset[Capability]:
        """What the server turned out not to do for this model."""
        lost = {remedy.costs for remedy in self._learnt.get(model, ()) if remedy.costs is not None}
        return frozenset(lost | ({Capability.TOOLS} if model in self._toolless else set()))
