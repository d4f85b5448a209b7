"""What may stand of a model's summary: no sentence that names code or numbers which the text lacks."""

from __future__ import annotations

import re

from emberline.tasks.commit.checking import names_in

_FENCE = re.compile(r"^\s*```[\w-]*\s*$", re.MULTILINE)
_LEAD = re.compile(
    r"\s*(?:sure|certainly|okay|of course)\b[^\n]*\n|\s*(?:here(?: is|'s| are)|this is|below is)\b[^\n]*"
    r"\b(?:summary|overview)\b[^\n]*:[ \t]*\n?|\s*#*\s*\**(?:summary|overview)\**:?\**[ \t]*\n",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[\d.,]*\d|\d{2,}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*_\"“(\d])")
_ITEM = re.compile(r"\s*(?:[-*•+]|\d{1,2}[.)])\s+")
_UNFINISHED = re.compile(r"[.!?:)\]`*\"”]\s*$")


def kept(told: str, evidence: str, is_cut: bool = False) -> tuple[str, int]:
    """The Markdown without what does not hold, and how many sentences that was.

    Words around the summary, a fence, and what is said twice go as well; so does, where the answer `is_cut`
    off, its last sentence.
    """
    bare = _FENCE.sub("", told).strip()
    while lead := _LEAD.match(bare):
        bare = bare[lead.end() :].strip()
    lower = evidence.casefold()
    lines: list[str] = []
    seen: set[str] = set()
    dropped = 0
    source = bare.splitlines()
    for number, line in enumerate(source):
        item = _ITEM.match(line)
        head = "- " if item and not line.lstrip()[0].isdigit() else item[0].strip() + " " if item else ""
        rest = line[item.end() :] if item else line.rstrip()
        sentences = _SENTENCE.split(rest) if not rest.startswith("#") else [rest]
        if is_cut and number == len(source) - 1 and not _UNFINISHED.search(sentences[-1]):
            sentences = sentences[:-1]
        true = [each for each in sentences if _holds(each, lower)]
        dropped += len(sentences) - len(true)
        fresh = [each for each in true if not each.strip() or each.casefold().strip() not in seen]
        seen.update(each.casefold().strip() for each in true)
        if any(each.strip() for each in fresh):
            lines.append(head + " ".join(fresh).strip())
        elif not rest.strip() and lines and lines[-1]:
            lines.append("")
    return "\n".join(lines).strip(), dropped


def _holds(sentence: str, lower: str) -> bool:
    names = (each.strip("./:").casefold() for each in names_in(sentence))
    if any(each not in lower and each not in _ABBREVIATED for each in names):
        return False
    return all(each in lower or each.replace(",", "") in lower for each in _NUMBER.findall(sentence))


_ABBREVIATED = frozenset(
    ("e.g", "i.e", "and/or", "etc", "input/output", "i/o", "read/write", "json/yaml", "client/server")
)
"""Words with signs in them that are no names."""
