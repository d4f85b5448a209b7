"""A log's figures: in columns and colours on a terminal, in plain columns for a pipe, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emberline.tasks.logs.overview import chosen
from emberline.tasks.logs.sheet import counted, duration, many, said
from emberline.tasks.logs.types import Group, Overview, Severity

if TYPE_CHECKING:
    from rich.console import Group as Renderables
    from rich.table import Table
    from rich.text import Text

STYLES = {
    Severity.FATAL: "bold white on red",
    Severity.ERROR: "bold red",
    Severity.WARNING: "yellow",
    Severity.INFO: "green",
    Severity.UNSAID: "default",
    Severity.DEBUG: "cyan",
    Severity.TRACE: "dim",
}
_BARS = " ▁▂▃▄▅▆▇█"
_BAR_CELLS = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"
_DATE = 11
"""Characters of "2024-01-02 " before the clock."""
_PLAIN_WHAT = 160


def name(severity: Severity) -> str:
    """As a table calls it; nothing for records that name no level."""
    return "" if severity is Severity.UNSAID else severity.name


def painted(overview: Overview, most: int, height: int | None = None) -> Renderables:
    """All of it for a terminal; `height`: rows that there are, for a table that is drawn again in place."""
    from rich.console import Group as Renderables
    from rich.text import Text

    parts: list[Any] = [_head(overview)]
    if overview.pace and overview.end != overview.begin:
        parts += _timeline(overview)
    rows = (
        most
        if height is None
        else max(1, min(most, height - len(parts) - 3 - len(overview.bursts) - len(overview.gaps)))
    )
    shown = chosen(overview.groups, rows)
    parts.append(_table(overview, shown, one_line=height is not None))
    if hidden := len(overview.groups) - len(shown):
        parts.append(Text(f"… and {many(hidden, 'more kind')} of records (--top shows more)", style="dim"))
    parts += [Text(words, style="yellow") for words in events(overview)]
    parts += [Text(words, style="dim") for words in overview.notes]
    return Renderables(*parts)


def _head(overview: Overview) -> Text:
    from rich.text import Text

    return Text.assemble((_names(overview), "bold"), f"  {many(overview.lines, 'line')}: ", counted(overview))


def _names(overview: Overview) -> str:
    names = overview.sources
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} logs"


def _timeline(overview: Overview) -> list[Text]:
    """The pace of all records, and below it that of errors."""
    from rich.text import Text

    span = f"{overview.time(overview.begin)} – {overview.time(overview.end)}"
    lines = [Text.assemble((f"{'all':>9} ", "dim"), spark(overview, overview.pace), (f" {span}", "dim"))]
    if overview.trouble:
        scale = f" one mark is {duration(overview.slice_seconds)}"
        lines.append(
            Text.assemble(
                (f"{'errors':>9} ", "dim"), (spark(overview, overview.trouble), "red"), (scale, "dim")
            )
        )
    return lines


def spark(overview: Overview, pace: Mapping[int, int]) -> str:
    """A mark for each slice of time from the log's beginning to its end, as high as it was busy."""
    if overview.begin is None or overview.end is None:
        return ""
    width = overview.slice_seconds
    slices = range(overview.begin // width, overview.end // width + 1)
    most = max(pace.values(), default=1)
    return "".join(_BARS[-(-pace.get(at, 0) * (len(_BARS) - 1) // most)] for at in slices)


def _table(overview: Overview, groups: Sequence[Group], *, one_line: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, header_style="dim")
    table.add_column("level", no_wrap=True)
    table.add_column("times", justify="right", no_wrap=True)
    table.add_column("", width=_BAR_CELLS, no_wrap=True)
    table.add_column("lines", no_wrap=True)
    if overview.begin is not None:
        table.add_column("when", no_wrap=True)
    table.add_column("what", overflow="ellipsis" if one_line else "fold", no_wrap=one_line, ratio=1)
    most = max((each.count for each in groups), default=1)
    for each in groups:
        style = STYLES[each.severity]
        cells = [
            Text(name(each.severity), style=style),
            Text(f"{each.count:,}"),
            Text(bar(each.count, most), style=style.replace("white on ", "")),
            Text(where(overview, each), style="cyan"),
        ]
        if overview.begin is not None:
            cells.append(Text(when(overview, each), style="dim"))
        what = Text(said(each, 400), style="default" if each.severity >= Severity.WARNING else "dim")
        if each is overview.first_error:
            what.append("  ← first error", style="bold red")
        table.add_row(*cells, what)
    return table


def bar(count: int, most: int) -> str:
    """A bar by the logarithm: one record is an eighth of a cell, the most of all is full."""
    from math import log

    eighths = 1 + round((_BAR_CELLS * 8 - 1) * (log(count) / log(most) if most > 1 else 0))
    full, rest = divmod(eighths, 8)
    return "█" * full + _EIGHTHS[rest].strip()


def where(overview: Overview, group: Group) -> str:
    """ "812 – 9,004"; of several logs "app.log:812 – old.log:4"."""
    if group.count == 1:
        return _place(overview, group, 0)
    if len(overview.sources) > 1 and group.first.source == group.last.source:
        return f"{_place(overview, group, 0)} – {group.last.line}"
    return f"{_place(overview, group, 0)} – {_place(overview, group, 1)}"


def _place(overview: Overview, group: Group, end: int) -> str:
    place = (group.first, group.last)[end]
    from pathlib import PurePath

    return (
        str(place.line)
        if len(overview.sources) == 1
        else f"{PurePath(overview.sources[place.source]).name}:{place.line}"
    )


def when(overview: Overview, group: Group) -> str:
    """First and last time, without the day where the log is of one day."""
    if group.first_time is None or group.last_time is None:
        return ""
    first, last = overview.time(group.first_time), overview.time(group.last_time)
    begin, end = overview.time(overview.begin), overview.time(overview.end)
    if begin[:_DATE] == end[:_DATE] and len(begin) > _DATE and "-" in begin[:_DATE]:
        first, last = first[_DATE : _DATE + 8], last[_DATE : _DATE + 8]
    return first if first == last else f"{first} – {last}"


def events(overview: Overview) -> list[str]:
    """Bursts and silences in words."""
    found = [
        f"burst: {each.count:,} times between {overview.time(each.begin)} and {overview.time(each.end)} "
        f"(from {overview.at(each.group.first)} on): {said(each.group, 100)}"
        for each in overview.bursts
    ]
    return found + [
        f"silence of {duration(each.end - each.begin)} between {overview.at(each.before)} and "
        f"{overview.at(each.after)}, from {overview.time(each.begin)} on"
        for each in overview.gaps
    ]


def plain(overview: Overview, most: int) -> str:
    """The same in columns without colours or bars."""
    shown = chosen(overview.groups, most)
    rows = [("level", "times", "lines", "when", "what")]
    rows += [
        (
            name(each.severity),
            f"{each.count:,}",
            where(overview, each),
            when(overview, each),
            said(each, _PLAIN_WHAT),
        )
        for each in shown
    ]
    used = [at for at in range(5) if any(row[at] for row in rows[1:])]
    widths = [max(len(row[at]) for row in rows) for at in range(5)]
    lines = [f"{_names(overview)}: {many(overview.lines, 'line')}: {counted(overview)}"]
    if overview.pace and overview.end != overview.begin:
        lines.append(f"from {overview.time(overview.begin)} to {overview.time(overview.end)}")
    for row in rows if shown else ():
        cells = [f"{row[at]:>{widths[at]}}" if at == 1 else f"{row[at]:<{widths[at]}}" for at in used]
        lines.append("  ".join(cells).rstrip())
    if hidden := len(overview.groups) - len(shown):
        lines.append(f"… and {many(hidden, 'more kind')} of records (--top shows more)")
    return "\n".join((*lines, *events(overview), *overview.notes))


def as_json(overview: Overview) -> dict[str, Any]:
    """For programs: every group there is, the most important first."""
    return {
        "sources": list(overview.sources),
        "lines": overview.lines,
        "records": overview.records,
        "bytes": overview.bytes,
        "begin": overview.time(overview.begin) or None,
        "end": overview.time(overview.end) or None,
        "levels": {
            severity.name.lower(): count for severity, count in sorted(overview.counts.items(), reverse=True)
        },
        "firstError": None if overview.first_error is None else overview.groups.index(overview.first_error),
        "groups": [_group(overview, each) for each in overview.groups],
        "bursts": [
            {
                "group": overview.groups.index(each.group),
                "count": each.count,
                "begin": overview.time(each.begin),
                "end": overview.time(each.end),
            }
            for each in overview.bursts
        ],
        "gaps": [
            {
                "source": overview.sources[each.after.source],
                "before": each.before.line,
                "after": each.after.line,
                "begin": overview.time(each.begin),
                "end": overview.time(each.end),
                "seconds": each.end - each.begin,
            }
            for each in overview.gaps
        ],
        "notes": list(overview.notes),
    }


def _group(overview: Overview, group: Group) -> dict[str, Any]:
    return {
        "level": group.severity.name.lower(),
        "count": group.count,
        "template": group.template,
        "example": group.example,
        "first": {
            "source": overview.sources[group.first.source],
            "line": group.first.line,
            "time": overview.time(group.first_time) or None,
        },
        "last": {
            "source": overview.sources[group.last.source],
            "line": group.last.line,
            "time": overview.time(group.last_time) or None,
        },
        "longest": group.lines,
    }
