"""Indentation in the file's own way: tabs where it has tabs, spaces where it has spaces."""

from __future__ import annotations

from math import gcd

from emberline.completion.context import Context, leading_space


def indentation(candidate: str, context: Context) -> str:
    """Rewrites the indentation of the candidate's lines where the window tells clearly what it should be.

    The first line is left alone if it continues the cursor's line.
    """
    if "\n" not in candidate and context.line_before.strip():
        return candidate
    lines = candidate.split("\n")
    first = 1 if context.line_before.strip() else 0
    widths = [len(leading_space(line)) for line in _code_lines(context)]
    styles = {leading_space(line)[0] for line in _code_lines(context) if line[0] in " \t"}
    if styles == {"\t"}:
        unit = _unit([len(leading_space(line)) for line in lines[first:] if line[:1] == " "])
        mended = [_to_tabs(line, unit) for line in lines[first:]]
    elif styles == {" "}:
        mended = [_to_spaces(line, _unit([width for width in widths if width])) for line in lines[first:]]
    else:
        return candidate
    return "\n".join((*lines[:first], *mended))


def _code_lines(context: Context) -> list[str]:
    """The lines around the cursor that are not blank and not the inner lines of a block comment."""
    lines = (context.before + context.after).split("\n")
    return [line for line in lines if line.strip() and not line.lstrip().startswith("*")]


def _unit(widths: list[int]) -> int:
    """Spaces per level: what all widths share, within reason."""
    unit = gcd(*widths) if widths else 4
    return unit if 2 <= unit <= 4 else 4


def _to_tabs(line: str, unit: int) -> str:
    space = leading_space(line)
    if not space or "\t" in space or line.lstrip().startswith("*"):
        return line
    return "\t" * (len(space) // unit) + " " * (len(space) % unit) + line[len(space) :]


def _to_spaces(line: str, unit: int) -> str:
    space = leading_space(line)
    return space.replace("\t", " " * unit) + line[len(space) :] if "\t" in space else line
