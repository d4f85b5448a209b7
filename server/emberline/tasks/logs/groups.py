"""The groups of one log: as many as memory allows, put together where a word proves to be a variable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from emberline.tasks.logs.types import Group, Place, Severity

MOST = 10_000
"""Groups that are kept apart while a log is read."""
VARIABLE_FROM = 4
"""A word that takes so many values where all else is equal is a variable."""
ANY = "<*>"
OTHERS = f"{ANY} (others, told apart no further)"
NOWHERE = Place(0, 0)
_WORDS = 40
"""Of a template that are compared."""
_SLICES = 64
_COARSER = (12, 5, 2)
"""Words by which records are told apart where there are too many groups: fewer each time."""


class Groups:
    """Finds the group of a record. `generation` changes when groups known so far were put together.

    Where there are too many, records are told apart by fewer words, errors by more than the rest; where even
    that is too much, whatever is new goes with all others of its severity.
    """

    def __init__(self) -> None:
        self._by_template: dict[tuple[Severity, bytes], Group] = {}
        self._made: list[Group] = []
        self._stage = 0
        self.generation = 0

    def of(self, severity: Severity, template: bytes, example: bytes) -> Group:
        """The group of records like this; one without any where there is none yet."""
        found = self._by_template.get((severity, template))
        if found is not None:
            return found
        words = template.decode("utf-8", "replace")
        if self._stage:
            words = self._coarse(severity, words)
            template = words.encode()
            found = self._by_template.get((severity, template))
            if found is not None:
                return found
        group = Group(severity, words, shown(example), NOWHERE, NOWHERE)
        self._by_template[severity, template] = group
        self._made.append(group)
        return group

    def _coarse(self, severity: Severity, template: str) -> str:
        """What of a template tells it apart now."""
        is_grave = severity >= Severity.ERROR
        if self._stage > len(_COARSER) and (not is_grave or len(self._made) >= MOST):
            return OTHERS
        return _begin(template, _words(is_grave, self._stage))

    def all(self) -> list[Group]:
        """Every group that has records."""
        return [each for each in self._made if each.count]

    def relieved(self) -> None:
        """Fewer groups, where there are more than memory is meant for."""
        if len(self._made) <= MOST or self._stage > len(_COARSER):
            return
        self._made = merged(self.all())
        while len(self._made) > MOST // 2 and self._stage < len(_COARSER):
            self._stage += 1
            self._made = _coarser(self._made, self._stage)
        if len(self._made) > MOST // 2:
            self._stage = len(_COARSER) + 1
            self._made = _rest(self._made, MOST // 2)
        self._by_template = {(each.severity, each.template.encode()): each for each in self._made}
        self.generation += 1


def shown(line: bytes, most: int = 400) -> str:
    """A line for people: no control characters, shortened in the middle."""
    text = line.decode("utf-8", "replace").strip()
    text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    return text if len(text) <= most else f"{text[: most - 100]} … {text[-90:]}"


def paced(group: Group, time: int, count: int) -> None:
    """Notes so many records of the group at a time."""
    pace = group.pace
    at = time // group.slice_seconds
    pace[at] = pace.get(at, 0) + count
    if len(pace) > _SLICES:
        slowed(group, group.slice_seconds * 2)


def slowed(group: Group, seconds: int) -> None:
    """The same in slices of at least so many seconds, and no more than are kept."""
    while group.slice_seconds < seconds or len(group.pace) > _SLICES:
        group.slice_seconds *= 2
        halved: dict[int, int] = defaultdict(int)
        for at, count in group.pace.items():
            halved[at // 2] += count
        group.pace = dict(halved)


def merged(groups: Sequence[Group]) -> list[Group]:
    """The groups with those put together that differ in one word, where that word takes `VARIABLE_FROM`
    values or more. Twice, so that two such words are found."""
    return _merged(_merged(groups))


def _merged(groups: Sequence[Group]) -> list[Group]:
    sought: dict[tuple[Severity, int, int, int], list[int]] = defaultdict(list)
    split = [group.template.split(" ") for group in groups]
    for index, (group, words) in enumerate(zip(groups, split, strict=True)):
        if not 2 <= len(words) <= _WORDS:
            continue
        hashes = [hash((at, word)) for at, word in enumerate(words)]
        whole = 0
        for each in hashes:
            whole ^= each
        for at, each in enumerate(hashes):
            if _may_vary(words[at]):
                sought[group.severity, len(words), at, whole ^ each].append(index)
    gone: set[int] = set()
    made: dict[int, Group] = {}
    for (_, _, at, _), members in sorted(sought.items(), key=lambda each: -len(each[1])):
        left = [index for index in members if index not in gone and index not in made]
        is_variable = any(split[index][at] == ANY for index in left)
        if len(left) < (2 if is_variable else VARIABLE_FROM):
            continue
        keeps = left[0]
        template = " ".join((*split[keeps][:at], ANY, *split[keeps][at + 1 :]))
        made[keeps] = united([groups[index] for index in left], template)
        gone.update(left[1:])
    return [made.get(index, group) for index, group in enumerate(groups) if index not in gone]


def _may_vary(word: str) -> bool:
    """Whether a word may be a variable: neither a mark already, nor punctuation."""
    return word == ANY or (not (word.startswith("<") and word.endswith(">")) and any(map(str.isalnum, word)))


def united(groups: Sequence[Group], template: str) -> Group:
    """One group of several: first and last by time where all have times, else by line."""
    if len(groups) == 1 and groups[0].template == template:
        return groups[0]
    if all(each.first_time is not None for each in groups):
        first = min(groups, key=lambda each: (each.first_time or 0, each.first.source, each.first.line))
        last = max(groups, key=lambda each: (each.last_time or 0, each.last.source, each.last.line))
    else:
        first = min(groups, key=lambda each: (each.first.source, each.first.line))
        last = max(groups, key=lambda each: (each.last.source, each.last.line))
    whole = Group(
        first.severity,
        template,
        first.example,
        first.first,
        last.last,
        first.first_time,
        last.last_time,
        sum(each.count for each in groups),
        max(each.lines for each in groups),
        sum(each.kinds for each in groups),
        slice_seconds=max(each.slice_seconds for each in groups),
    )
    for each in groups:
        slowed(each, whole.slice_seconds)
        for at, count in each.pace.items():
            paced(whole, at * each.slice_seconds, count)
    return whole


def together(groups: Iterable[Group]) -> list[Group]:
    """Those of several logs, with equal ones as one."""
    same: dict[tuple[Severity, str], list[Group]] = defaultdict(list)
    for group in groups:
        same[group.severity, group.template].append(group)
    return [united(each, template) for (_, template), each in same.items()]


def _words(is_grave: bool, stage: int) -> int:
    """By how many words records are told apart at a stage."""
    return _COARSER[min(stage, len(_COARSER)) - 1] * (2 if is_grave else 1)


def _begin(template: str, words: int) -> str:
    head = template.split(" ", words)
    return " ".join((*head[:words], ANY)) if len(head) > words else template


def _coarser(groups: Sequence[Group], stage: int) -> list[Group]:
    """Told apart by the words of that stage."""
    same: dict[tuple[Severity, str], list[Group]] = defaultdict(list)
    for each in groups:
        words = _words(each.severity >= Severity.ERROR, stage)
        same[each.severity, _begin(each.template, words)].append(each)
    return [united(each, template) for (_, template), each in same.items()]


def _rest(groups: Sequence[Group], most: int) -> list[Group]:
    """The gravest and most frequent as they are, the rest in one group for each severity."""
    ranked = sorted(groups, key=lambda each: (each.severity, each.count), reverse=True)
    kept, rest = ranked[:most], ranked[most:]
    by_severity: dict[Severity, list[Group]] = defaultdict(list)
    for each in rest:
        by_severity[each.severity].append(each)
    return [*kept, *(united(each, OTHERS) for each in by_severity.values())]
