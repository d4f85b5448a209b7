"""A subject in the repository's clothes: what can be set by rule is set so, whoever wrote the words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from emberline.documents.printable import printable
from emberline.tasks.commit.facts import Deed, FileFacts, Remark
from emberline.tasks.commit.reading import Reading
from emberline.tasks.commit.style import Prefix, Style, bare
from emberline.tasks.commit.verbs import Mood, inflected, verb_of

_LABEL = re.compile(r"(?:subject|commit(?: message)?|message|title|summary)\s*:\s*", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:this|the) (?:commit|change|diff|patch|update)s? (?:also |mainly )?(?:is about|that )?", re.IGNORECASE
)
_CLAUSE = re.compile(r"(?:[;,.:]| –| -) | (?:so that|in order to|which|because|by|while|when|and) ")
_FEWEST_WORDS = 3
_DOCS = re.compile(
    r"(?:^|/)docs?/|\.(?:md|rst|adoc|txt)$|(?:^|/)(?:readme|changelog|license|contributing)", re.I
)
_TESTS = re.compile(r"(?:^|/)(?:tests?|specs?|__tests__)/|(?:^|/)test_|_test\.|\.(?:test|spec)\.", re.I)
_CI = re.compile(
    r"(?:^|/)\.(?:github/workflows|circleci|gitlab|ci)(?:/|$|-ci)|(?:^|/)(?:jenkinsfile|\.travis)", re.I
)
_BUILD = re.compile(
    r"(?:^|/)(?:makefile|dockerfile|package\.json|pyproject\.toml|setup\.\w+|cargo\.toml|go\.mod|requirements[^/]*\.txt"
    r"|cmakelists\.txt|pom\.xml|build\.gradle[^/]*)$",
    re.I,
)
_BY_VERB = {
    "fix": "fix", "correct": "fix", "prevent": "fix", "avoid": "fix", "handle": "fix", "repair": "fix",
    "add": "feat", "introduce": "feat", "implement": "feat", "support": "feat", "allow": "feat",
    "enable": "feat",
    "document": "docs", "explain": "docs", "describe": "docs", "test": "test", "cover": "test",
    "bump": "chore", "upgrade": "chore", "pin": "chore", "release": "chore", "revert": "revert",
    "optimize": "perf", "speed": "perf", "cache": "perf", "reformat": "style", "format": "style",
}  # fmt: skip
_OTHER_NAMES = {
    "feat": ("feature",),
    "docs": ("doc",),
    "test": ("tests",),
    "build": ("deps", "chore"),
    "perf": ("fix",),
}


def stripped(told: str) -> str:
    """The words of a subject that a model wrote, without what it was not asked for: quotes, a label, a type,
    an issue number, "This commit"."""
    line = next((each for each in told.strip().splitlines() if each.strip(" `\t")), "")
    line = printable(" ".join(line.split())).strip(" `*\"'“”‘’#")
    line = line.replace("`", "")
    line = _LABEL.sub("", line, count=1) if _LABEL.match(line) else line
    line = bare(line).strip(" `*\"'“”‘’")
    if lead := _LEAD.match(line):
        line = line[lead.end() :]
    return line.strip().rstrip(" .;:,")


def dressed(words: str, style: Style, facts: Sequence[FileFacts], ticket: str = "") -> str:
    """The whole subject: prefix, mood, first letter, full stop; it may be too long."""
    words = _in_mood(words, style.mood)
    head = f"{style.ticket_opens}{ticket}{style.ticket_closes}" if ticket else ""
    return (
        f"{head}{_prefix(words, style, facts)}{_first(words, style, facts)}{'.' if style.full_stop else ''}"
    )


def shortened(words: str, most_chars: int) -> str:
    """The words, cut behind a clause where they are too long; empty where nothing sensible is left."""
    if len(words) <= most_chars:
        return words
    cuts = [found.start() for found in _CLAUSE.finditer(words) if found.start() <= most_chars]
    cut = words[: cuts[-1]].rstrip(" ,;:") if cuts else ""
    return cut if len(cut.split()) >= _FEWEST_WORDS else ""


def kind_of(words: str, facts: Sequence[FileFacts], types: Sequence[str]) -> str:
    """The type of a conventional commit: by the files where they leave no doubt, else by the verb."""
    known = types or ("feat", "fix", "docs", "test", "refactor", "build", "ci", "style", "perf", "chore")
    for wanted in (_by_files(facts), _BY_VERB.get(verb_of(words.split(" ", 1)[0]), ""), _by_symbols(facts)):
        for name in (wanted, *_OTHER_NAMES.get(wanted, ())):
            if name and name in known:
                return name
    return next((each for each in ("refactor", "chore", "feat") if each in known), known[0])


def _by_files(facts: Sequence[FileFacts]) -> str:
    paths = [each.path for each in facts]
    for name, pattern in (("ci", _CI), ("test", _TESTS), ("docs", _DOCS), ("build", _BUILD)):
        if all(pattern.search(path) or _is_lock(each) for path, each in zip(paths, facts, strict=True)):
            return name
    if all(each.remark in (Remark.LINE_ENDS, Remark.LAYOUT) for each in facts):
        return "style"
    return "refactor" if all(each.is_only_moved for each in facts) else ""


def _by_symbols(facts: Sequence[FileFacts]) -> str:
    deeds = Counter(symbol.deed for each in facts if not _TESTS.search(each.path) for symbol in each.symbols)
    is_new = any(each.deed is Deed.ADDED and each.reading is Reading.WHOLE for each in facts)
    return "feat" if is_new or deeds[Deed.ADDED] else "refactor"


def _is_lock(each: FileFacts) -> bool:
    return each.reading is Reading.LOCK


def _prefix(words: str, style: Style, facts: Sequence[FileFacts]) -> str:
    scope = _scope(style, facts) if style.scope_is_usual or style.prefix is Prefix.AREA else ""
    match style.prefix:
        case Prefix.CONVENTIONAL:
            return f"{kind_of(words, facts, style.types)}{f'({scope})' if scope else ''}: "
        case Prefix.AREA:
            return f"{scope}: " if scope else ""
        case Prefix.BRACKETED:
            return f"[{scope}] " if scope else ""
    return ""


def _scope(style: Style, facts: Sequence[FileFacts]) -> str:
    """The scope in use that most of the changed files lie in; empty where none is theirs for certain."""
    known = {each.lower(): each for each in reversed(style.scopes)}
    votes: Counter[str] = Counter()
    for each in facts:
        *folders, name = each.path.lower().split("/")
        parts = {
            name,
            name.partition(".")[0],
            *folders,
            *("/".join(folders[:at]) for at in range(2, len(folders) + 1)),
        }
        votes.update(parts & known.keys())
    if not votes:
        return ""
    best, count = max(
        votes.items(), key=lambda item: (item[1], item[0].count("/"), -style.scopes.index(known[item[0]]))
    )
    return known[best] if count * 2 > len(facts) else ""


def _in_mood(words: str, mood: Mood) -> str:
    first, _, rest = words.partition(" ")
    verb = verb_of(first)
    if not verb or mood is Mood.FREE:
        return words
    return f"{inflected(verb, mood)} {rest}".strip()


def _first(words: str, style: Style, facts: Sequence[FileFacts]) -> str:
    """With a capital or without, as is usual here; a name keeps its own spelling."""
    first = words.partition(" ")[0]
    if style.is_capital:
        is_name = not first.isalpha() or first in _names(facts)
        return words if is_name else words[:1].upper() + words[1:]
    is_name = not first[1:].islower() or first in _names(facts)
    return words if is_name else words[:1].lower() + words[1:]


def _names(facts: Sequence[FileFacts]) -> set[str]:
    return {symbol.name for each in facts for symbol in each.symbols} | {each.path for each in facts}
