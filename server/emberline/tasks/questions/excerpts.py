"""The few lines of a passage that a reader should see first."""

from __future__ import annotations

from emberline.tasks.questions.findings import Hit
from emberline.tasks.questions.question import query
from emberline.tasks.questions.sieve import stem

LINES = 4
_DEFINES = 0.5


def excerpt(question: str, hit: Hit) -> tuple[int, str]:
    """The line at which they begin, and they themselves: those with most of the question's words, the
    passage's first where several have as many."""
    lines = hit.text.split("\n")
    stems = [
        [stem(choice.words) for choice in wanted.choices if choice.weight >= _DEFINES]
        for wanted in query(question).wanted
    ]
    windows = [lines[start : start + LINES] for start in range(max(1, len(lines) - LINES + 1))]
    scores = [_score("\n".join(each).lower(), stems) - (not each[0].strip()) for each in windows]
    best = scores.index(max(scores))
    return hit.passage.first + best, "\n".join(windows[best]).rstrip()


def _score(plain: str, stems: list[list[str]]) -> int:
    return sum(any(each in plain for each in group) for group in stems)
