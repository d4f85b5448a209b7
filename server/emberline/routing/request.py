"""What the router is asked: a task and its measures, without its text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from emberline.privacy.labels import UNLABELLED, Label


class Latency(StrEnum):
    """How the user experiences the time that passes."""

    TYPING = "typing"
    """Between two keystrokes: only a warm model on this machine can answer in time."""
    WAITING = "waiting"
    """The user looks at a progress bar."""
    BACKGROUND = "background"
    """Nobody waits."""


class Structure(IntEnum):
    """How strict the answer's form is."""

    FREE = 0
    FLAT = 1
    """JSON with a few fields: any model with a schema-holding backend manages it."""
    NESTED = 2
    """JSON with lists of objects, where one slip spoils all (edits over files, tool arguments)."""


class Task(StrEnum):
    """What the answer is for. The names are those of `emberline route --task`."""

    COMPLETION = "completion"
    COMMIT_MESSAGE = "commit-message"
    LOG_SUMMARY = "log-summary"
    CLASSIFICATION = "classification"
    DOC_SUMMARY = "doc-summary"
    QUESTION = "question"
    EXPLAIN = "explain"
    DOCSTRING = "docstring"
    TESTS = "tests"
    FIX = "fix"
    REFACTOR = "refactor"
    AGENT = "agent"
    LONG_DOCUMENT = "long-document"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Request:
    """One routing question. Token counts are of the whole prompt, not of one piece of it."""

    task: Task
    label: Label = UNLABELLED
    """The strictest label of everything that would be sent."""
    input_tokens: int = 0
    output_tokens: int = 0
    """The longest answer that is asked for."""
    tool_chain: int = 0
    """Tool calls that are likely to follow on each other; 0 without tools."""
    files: int = 1
    """Files that the answer may change or has to understand together."""
    structure: Structure = Structure.FREE
    latency: Latency = Latency.WAITING

    @property
    def tokens(self) -> int:
        """What the model's context has to hold: input and answer."""
        return self.input_tokens + self.output_tokens
