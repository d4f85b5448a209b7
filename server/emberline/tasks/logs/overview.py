"""From what was counted to what is worth telling: the order of the groups, first errors, bursts, gaps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from emberline.tasks.logs.gathering import Tally
from emberline.tasks.logs.groups import merged, together
from emberline.tasks.logs.moments import Calendar
from emberline.tasks.logs.types import Burst, Gap, Group, Overview, Severity

SLICES = 60
"""Into how many slices of time a log is cut at most."""
_BURST_RECORDS = 10
"""Fewer records are no burst."""
_BURST_FACTOR = 5.0
"""A burst is so many times as dense as the group is on the whole."""
_BURSTS = 5
_GAPS = 3
_GAP_FACTOR = 20.0
"""A silence is worth telling when it is so many times the usual time between two seconds with records."""
_GAP_SECONDS = 30


def overview(
    sources: Sequence[str],
    tallies: Sequence[Tally],
    groups: Sequence[Iterable[Group]],
    notes: Sequence[str] = (),
) -> Overview:
    """What is known of logs that were read, each with its own tally and groups."""
    united = [*groups[0]] if len(groups) == 1 else together(each for part in groups for each in part)
    ordered = tuple(sorted(merged(united), key=_rank))
    begin = min((each.begin for each in tallies if each.begin is not None), default=None)
    end = max((each.end for each in tallies if each.end is not None), default=None)
    width = _slice_of(begin, end)
    counts: dict[Severity, int] = defaultdict(int)
    for group in ordered:
        counts[group.severity] += group.count
    cut = sum(each.cut_lines for each in tallies)
    return Overview(
        tuple(sources),
        lines=sum(each.lines for each in tallies),
        records=sum(each.records for each in tallies),
        bytes=sum(each.bytes for each in tallies),
        groups=ordered,
        counts=dict(counts),
        first_error=_first(group for group in ordered if group.severity >= Severity.ERROR),
        bursts=_bursts(ordered, begin, end),
        gaps=_gaps(tallies),
        begin=begin,
        end=end,
        pace=_pace(ordered, width),
        trouble=_pace([each for each in ordered if each.severity >= Severity.ERROR], width),
        slice_seconds=width,
        calendar=next((each.calendar for each in tallies if each.calendar is not None), Calendar()),
        notes=(*notes, *((f"{cut:,} lines are so long that only their beginning was read.",) if cut else ())),
    )


def _rank(group: Group) -> tuple[int, int, int, int, int]:
    """Errors before the rest, the rare before the frequent, the earlier before the later."""
    return -group.severity, group.count, group.first_time or 0, group.first.source, group.first.line


def chosen(groups: Sequence[Group], most: int) -> tuple[Group, ...]:
    """The groups that a short table shows, in their order.

    The gravest severity first. Where not all of one severity fit, every other place is for the most frequent:
    rare ones tell what is new, frequent ones what goes on.
    """
    kept: list[Group] = []
    left = list(groups)
    while left and len(kept) < most:
        alike = [each for each in left if each.severity is left[0].severity]
        left = left[len(alike) :]
        room = most - len(kept)
        if len(alike) > room:
            rare, frequent = room - room // 2, room // 2
            alike = alike[:rare] + alike[len(alike) - frequent :]
        kept += alike
    return tuple(kept)


def _first(groups: Iterable[Group]) -> Group | None:
    """The group that came first: by time where all have times, else by line."""
    found = list(groups)
    is_timed = all(each.first_time is not None for each in found)
    return min(
        found,
        key=lambda each: (each.first_time or 0 if is_timed else 0, each.first.source, each.first.line),
        default=None,
    )


def _slice_of(begin: int | None, end: int | None) -> int:
    """The length of a slice, a power of two, so that there are at most `SLICES`."""
    seconds = 1
    while begin is not None and end is not None and (end // seconds - begin // seconds) >= SLICES:
        seconds *= 2
    return seconds


def _pace(groups: Iterable[Group], width: int) -> Mapping[int, int]:
    """Records by slices of that length, or of what the groups are kept in where that is longer."""
    pace: Counter[int] = Counter()
    for group in groups:
        for at, count in group.pace.items():
            pace[at * group.slice_seconds // width] += count
    return dict(pace)


def _bursts(groups: Iterable[Group], begin: int | None, end: int | None) -> tuple[Burst, ...]:
    """The densest time of each group of warnings and errors that has one, the densest first."""
    if begin is None or end is None:
        return ()
    found = [
        (density, burst)
        for group in groups
        if group.severity >= Severity.WARNING and (dense := _burst(group, begin, end)) is not None
        for density, burst in (dense,)
    ]
    return tuple(burst for _, burst in sorted(found, key=lambda each: -each[0])[:_BURSTS])


def _burst(group: Group, begin: int, end: int) -> tuple[float, Burst] | None:
    """How many times as dense a group's densest time is as the group on the whole, and that time."""
    width = group.slice_seconds
    slices = end // width - begin // width + 1
    if slices < _BURST_FACTOR:
        return None
    usual = sum(group.pace.values()) / slices
    dense = sorted(at for at, count in group.pace.items() if count >= _BURST_FACTOR * usual)
    best: tuple[int, int, int] | None = None
    for at in dense:
        count = group.pace[at]
        if best is not None and best[2] == at - 1:
            best = (best[0] + count, best[1], at)
        elif best is None or count > best[0]:
            best = (count, at, at)
    if best is None or best[0] < _BURST_RECORDS:
        return None
    count, first, last = best
    span = (last - first + 1) * width
    burst = Burst(group, max(begin, first * width), min(end, (last + 1) * width - 1), count)
    return count / span / (usual / width), burst


def _gaps(tallies: Sequence[Tally]) -> tuple[Gap, ...]:
    """The longest silences of each log that are long for it, the longest first."""
    found: list[Gap] = []
    for tally in tallies:
        if tally.begin is None or tally.end is None or tally.moments < 2:
            continue
        silent = sum(gap.end - gap.begin for gap in tally.gaps)
        usual = max(1.0, (tally.end - tally.begin - silent) / tally.moments)
        longest = max(_GAP_SECONDS, _GAP_FACTOR * usual)
        found += [gap for gap in tally.gaps if gap.end - gap.begin >= longest]
    return tuple(sorted(found, key=lambda gap: gap.begin - gap.end)[:_GAPS])
