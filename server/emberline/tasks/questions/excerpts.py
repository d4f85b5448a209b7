"""The few lines of a passage that a reader should see first."""

from __future__ import annotations

from dataclasses import replace

from emberline.tasks.questions.findings import Hit
from emberline.tasks.questions.question import query
from emberline.tasks.questions.sieve import stem

LINES = 4
_DEFINES = 0.5


def excerpt(question: str, hit: Hit) -> tuple[int, str]:
    """The line at which they begin, and they themselves: those with most of the question's words, the
    first where several have as many."""
    lines = hit.text.split("\n")
    best = _best(question, lines, LINES)
    return hit.passage.first + best, "\n".join(lines[best : best + LINES]).rstrip()


def narrowed(question: str, hit: Hit, most: int) -> Hit:
    """The passage, or where it has more lines than `most`, so many of it."""
    lines = hit.text.split("\n")
    if len(lines) <= most:
        return hit
    best = _best(question, lines, most)
    first = hit.passage.first + best
    passage = replace(
        hit.passage,
        first=first,
        last=first + most - 1,
        is_definition=hit.passage.is_definition and best == 0,
    )
    return replace(hit, passage=passage, text="\n".join(lines[best : best + most]))


def _best(question: str, lines: list[str], count: int) -> int:
    """Where so many lines begin that have most of the question's words, and do not begin with a blank."""
    stems = [
        [stem(choice.words) for choice in wanted.choices if choice.weight >= _DEFINES]
        for wanted in query(question).wanted
    ]
    plain = [line.lower() for line in lines]
    has = [[any(each in line for each in group) for group in stems] for line in plain]
    scores = [
        sum(map(any, zip(*has[start : start + count], strict=True))) - (not lines[start].strip())
        for start in range(max(1, len(lines) - count + 1))
    ]
    return scores.index(max(scores))
