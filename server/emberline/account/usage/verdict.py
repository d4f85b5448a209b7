"""What of a team's work a local model could do, by what an export knows of it. Pure.

In this order; the first that applies decides. What is neither unpaid nor local already is told apart by its
kind, then by what a local model does badly, then by size. A record that sums up many requests is judged by
their mean; one that does not say how many there were, by what the team called it, else not at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from emberline.account.usage.entry import Kind, Usage

LONG_ANSWER_TOKENS = 1000
"""No routine task of `routing/tasks.py` writes more than 800 tokens; what is longer is most likely code."""
UNTOLD = "not said"


class Verdict(StrEnum):
    """What becomes of a request. The words follow "it"."""

    HERE = "could run here"
    LOCAL = "runs locally already"
    UNPAID = "cost nothing (failed, or answered from a cache)"
    KIND = "is no text (images, sound, embeddings, moderation)"
    BATCH = "is a batch (half the price, and nobody waits)"
    AGENT = "is an agent's, or uses tools"
    LONG = "is too long for local models"
    ANSWER = "has long answers"
    UNTOLD = "cannot be told: the export counts tokens, not requests"


class Known(StrEnum):
    """How much is known of the size of each request."""

    EACH = "each request by itself"
    MEAN = "means of many requests"
    NAME = "what the team called it"
    NOTHING = "sums alone"


@dataclass(frozen=True, slots=True)
class Judged:
    """A record's verdict, what the work was, where its labels say so, and how well that is known."""

    verdict: Verdict
    work: str
    known: Known


_AGENTS = re.compile(
    r"\b(?:agents?|agentic|claude ?(?:code|cli)|codex|cline|roo ?code|aider|open ?hands|goose|cursor|devin|"
    r"swe ?agent|auto ?gpt|crew ?ai|mcp)\b"
)
_WORK = (
    ("completion", r"(?:auto ?)?complet(?:e|ions?)|inline|ghost ?text"),
    ("commit messages", r"commits?(?: messages?)?|pr (?:titles?|descriptions?)|changelogs?"),
    ("summaries", r"summar(?:y|ies|i[sz]\w*)|tl;?dr|digests?|logs?|release ?notes"),
    ("classification", r"classif\w*|labell?ing|triag\w*|tagging|sentiment|spam"),
    ("extraction", r"extract\w*|parsing"),
    ("documentation", r"doc ?strings?|docs?|documentation|readme"),
    ("questions", r"questions?|qa|q&a|rag|faq|knowledge ?base"),
    ("translation", r"translat\w*|i18n|locali[sz]\w*"),
)
"""The routine work that a label may name, by words of it."""
_SEPARATORS = re.compile(r"[-_./:]+")
_NAMED = tuple((work, re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")) for work, words in _WORK)


def judge(usage: Usage, most_tokens: int) -> Judged:
    """`most_tokens`: what local models hold well, question and answer together."""
    is_agents, work = _named(usage.labels)
    verdict, known = _verdict(usage, most_tokens, is_agents, bool(work))
    return Judged(verdict, work or UNTOLD, known)


@lru_cache(maxsize=4096)
def _named(labels: tuple[str, ...]) -> tuple[bool, str]:
    """Whether these labels are an agent's, and which routine work they name."""
    words = _SEPARATORS.sub(" ", " ".join(labels).lower()).replace("user agent", "")
    work = next((name for name, pattern in _NAMED if pattern.search(words)), "")
    return _AGENTS.search(words) is not None, work


def _verdict(usage: Usage, most_tokens: int, is_agents: bool, is_named: bool) -> tuple[Verdict, Known]:
    known = Known.EACH if usage.is_single else Known.MEAN if usage.requests else Known.NOTHING
    if usage.is_unpaid:
        return Verdict.UNPAID, known
    if usage.is_local:
        return Verdict.LOCAL, known
    if usage.kind is not Kind.TEXT or usage.has_media:
        return Verdict.KIND, known
    if usage.is_batch:
        return Verdict.BATCH, known
    if usage.uses_tools or is_agents:
        return Verdict.AGENT, known
    if usage.is_long:
        return Verdict.LONG, known
    if not usage.requests:
        return (Verdict.HERE, Known.NAME) if is_named else (Verdict.UNTOLD, known)
    if (usage.input_tokens + usage.output_tokens) / usage.requests > most_tokens:
        return Verdict.LONG, known
    if usage.output_tokens / usage.requests > LONG_ANSWER_TOKENS:
        return Verdict.ANSWER, known
    return Verdict.HERE, known
