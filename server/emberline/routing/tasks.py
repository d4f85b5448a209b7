"""What each task asks of a model when nobody says more."""

from __future__ import annotations

from dataclasses import dataclass

from emberline.models.info import Capability
from emberline.privacy.labels import UNLABELLED, Label
from emberline.routing.request import Latency, Request, Structure, Task


@dataclass(frozen=True, slots=True)
class Traits:
    """A task's nature; `request` fills in what of it a request has to say."""

    words: str
    """The task as it stands in a sentence: "a commit message"."""
    output_tokens: int
    """The longest answer that is usual."""
    latency: Latency = Latency.WAITING
    structure: Structure = Structure.FREE
    tool_chain: int = 0
    is_precise: bool = False
    """One wrong line spoils the answer, so the most capable model is worth waiting for."""
    can_split: bool = False
    """The input may be sent in parts whose answers are joined by one more request: a summary of summaries is
    still a summary. Not so where the answer needs to see everything at once."""
    needs: frozenset[Capability] = frozenset()
    """What a model must offer, beyond a conversation."""


TRAITS = {
    Task.COMPLETION: Traits("a completion", 160, Latency.TYPING),
    Task.COMMIT_MESSAGE: Traits("a commit message", 150, can_split=True),
    Task.LOG_SUMMARY: Traits("a summary of a log", 500, can_split=True),
    Task.CLASSIFICATION: Traits("a classification", 50, Latency.BACKGROUND, Structure.FLAT),
    Task.DOC_SUMMARY: Traits("a summary of a document", 500, can_split=True),
    Task.QUESTION: Traits("a question", 800),
    Task.EXPLAIN: Traits("an explanation", 800),
    Task.DOCSTRING: Traits("a docstring", 250),
    Task.TESTS: Traits("a set of tests", 1500, is_precise=True),
    Task.FIX: Traits("a fix", 1000, structure=Structure.NESTED, is_precise=True),
    Task.REFACTOR: Traits("a refactoring", 2000, structure=Structure.NESTED, is_precise=True),
    Task.AGENT: Traits(
        "an agent's work",
        2000,
        structure=Structure.NESTED,
        tool_chain=5,
        is_precise=True,
        needs=frozenset((Capability.TOOLS,)),
    ),
    Task.EMBEDDING: Traits("an embedding", 0, Latency.BACKGROUND, needs=frozenset((Capability.EMBED,))),
    Task.LONG_DOCUMENT: Traits("the study of a long document", 1000, Latency.BACKGROUND, can_split=True),
}


def request(
    task: Task,
    input_tokens: int,
    label: Label = UNLABELLED,
    *,
    files: int = 1,
    tool_chain: int | None = None,
) -> Request:
    """A request as this task usually makes it. `tool_chain` None: as long as is usual for it."""
    traits = TRAITS[task]
    return Request(
        task,
        label,
        input_tokens=input_tokens,
        output_tokens=traits.output_tokens,
        tool_chain=traits.tool_chain if tool_chain is None else tool_chain,
        files=files,
        structure=traits.structure,
        latency=traits.latency,
    )
