"""A test more than there was, about the code that was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emberline.refactor.checks.attempt import Attempt
from emberline.syntax.words import words

_SCRIPT = r"\b(?:it|test)(?:\.\w+)*\s*[(`]"
_TESTS = {
    "python": r"(?m)^\s*(?:async\s+)?def\s+test\w*\s*\(",
    "javascript": _SCRIPT,
    "javascriptreact": _SCRIPT,
    "typescript": _SCRIPT,
    "typescriptreact": _SCRIPT,
    "go": r"(?m)^func\s+(?:Test|Fuzz|Benchmark|Example)\w*\s*\(",
    "rust": r"#\[(?:\w+::)*(?:test|rstest|test_case)\b",
    "java": r"@(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest|Property)\b|\bvoid\s+test\w*\s*\(",
}


def tested(attempt: Attempt) -> Iterator[str]:
    target = attempt.assignment.target
    name = target.symbol.name if target.symbol is not None else target.name
    more = 0
    mentioned = False
    for file, after in attempt.made:
        pattern = _TESTS.get(attempt.language(file), r"(?i)\btest")
        more += len(re.findall(pattern, after)) - len(re.findall(pattern, file.before or ""))
        known = words(after)
        container = target.symbol.container.rpartition(".")[2] if target.symbol is not None else ""
        mentioned = mentioned or name in known or (container != "" and container in known)
    if more < 1:
        yield "there is no new test in the answer"
    if name and not mentioned:
        yield f"the tests do not mention {name}"
