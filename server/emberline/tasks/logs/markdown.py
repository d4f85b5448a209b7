"""A log's figures as Markdown, for an editor."""

from __future__ import annotations

import re

from emberline.tasks.logs.overview import chosen
from emberline.tasks.logs.sheet import said
from emberline.tasks.logs.types import Group, Overview, Severity

GROUPS = 25
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|])")


def markdown(overview: Overview, paragraph: str) -> str:
    """The paragraph, a table of the groups that matter most, and what is to be said of the log's reading."""
    shown = chosen(overview.groups, GROUPS)
    rows = [
        "| Level | Times | Lines | When | What |",
        "|---|--:|---|---|---|",
        *(_row(overview, each) for each in shown),
    ]
    hidden = len(overview.groups) - len(shown)
    more = [f"… and {hidden:,} more kinds of records."] if hidden else []
    noted = [f"_{_escaped(each)}_" for each in overview.notes]
    return "\n\n".join([_escaped(paragraph), "\n".join(rows), *more, *noted]) + "\n"


def _row(overview: Overview, group: Group) -> str:
    level = "" if group.severity is Severity.UNSAID else group.severity.name.lower()
    lines, when = overview.at(group.first), overview.time(group.first_time)
    if group.count > 1:
        lines += (
            f" – {group.last.line}"
            if group.first.source == group.last.source
            else f" – {overview.at(group.last)}"
        )
        if group.last_time != group.first_time:
            when += f" – {overview.time(group.last_time)}"
    return f"| {level} | {group.count:,} | {_escaped(lines)} | {when} | {_escaped(said(group))} |"


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\1", text)
