"""What may stand of a model's summary: no sentence that names code or numbers which the text lacks."""

from __future__ import annotations

import re

from emberline.tasks.commit.checking import names_in

FEWEST_WORDS = 4
STEM = 4
"""Letters by which words are compared: "counting" and "counts" are one."""
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


def kept(told: str, evidence: str, is_cut: bool = False, least_share: float = 0.0) -> tuple[str, int]:
    """The Markdown without what does not hold, and how many sentences that was: those that name what the
    evidence lacks, and those of whose own words it has a smaller share.

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
        true = [each for each in sentences if _holds(each, lower) and share(each, lower) >= least_share]
        dropped += len(sentences) - len(true)
        fresh = [each for each in true if not each.strip() or each.casefold().strip() not in seen]
        seen.update(each.casefold().strip() for each in true)
        if any(each.strip() for each in fresh):
            lines.append(head + " ".join(fresh).strip())
        elif not rest.strip() and lines and lines[-1]:
            lines.append("")
    return "\n".join(lines).strip(), dropped


def share(sentence: str, lower: str) -> float:
    """How many of a sentence's telling words stand in a text of lower case, by their beginnings; 1.0 where it
    has too few to tell."""
    words = {each for each in _WORD.findall(sentence.casefold()) if each not in _ANYWHERE}
    if len(words) < FEWEST_WORDS:
        return 1.0
    return sum(each[:STEM] in lower for each in words) / len(words)


def _holds(sentence: str, lower: str) -> bool:
    names = (each.strip("./:").casefold() for each in names_in(sentence))
    if any(each not in lower and each not in _ABBREVIATED for each in names):
        return False
    return all(each in lower or each.replace(",", "") in lower for each in _NUMBER.findall(sentence))


_ABBREVIATED = frozenset(
    ("e.g", "i.e", "and/or", "etc", "input/output", "i/o", "read/write", "json/yaml", "client/server")
)
"""Words with signs in them that are no names."""
_WORD = re.compile(r"[^\W\d_]{4,}")
_GLUE = """
about above across after along also another around based because been before being below between both
code collection component components contain contains designed different each features file files folder
folders from functionality functionalities handle have help helps here implement implements include
includes including into itself main make makes manage manages mainly module modules more most network
offers other over overall part parts program project provide provides purpose related same several
specific such summary system text than that their them then there these they this those through together
tool tools used user users uses using various what when where which while will with within without work
works would
"""
_ANYWHERE = frozenset(_GLUE.split())
"""Words that say nothing by themselves."""
