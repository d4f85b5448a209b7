"""`emberline budget`: what the cloud may cost, what it has cost today and this month, and changing that."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from emberline.cli.say import say

if TYPE_CHECKING:
    from emberline.config.load import Loaded
    from emberline.routing.ceiling import Ceiling

SUMMARY = "what the cloud may cost, what it has cost, and changing the limits"

NONE = "none"
_KEYS = {
    "day": "usd_per_day",
    "month": "usd_per_month",
    "request": "usd_per_request",
    "unknown_price": "unknown_price_usd",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Without an action: show."
    parser.set_defaults(perform=_show)
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    show = actions.add_parser("show", help="the limits, what is spent and left, and when it begins anew")
    show.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="as one JSON object")
    change = actions.add_parser("set", help="change limits, in your own configuration file; US dollars")
    change.add_argument(
        "--day", type=_limit, metavar="USD", help=f"from midnight to midnight; {NONE}: no limit"
    )
    change.add_argument("--month", type=_amount, metavar="USD", help="by the calendar; 0: nothing that costs")
    change.add_argument("--request", type=_small, metavar="USD", help="the most that a single one may cost")
    change.add_argument(
        "--unknown-price",
        type=_price,
        metavar="USD",
        help="what a million tokens count as of a model whose price nobody knows; "
        f"{NONE}: nothing is sent to it; 0: it costs you nothing",
    )
    change.set_defaults(perform=_set, parser=change)
    release = actions.add_parser(
        "release", help="give back what programs that ended without a word have put aside"
    )
    release.set_defaults(perform=_release)


def run(args: argparse.Namespace) -> int:
    status: int = args.perform(args)
    return status


# -- show -----------------------------------------------------------------------------------------------


def _show(args: argparse.Namespace) -> int:
    from emberline.cli.mistakes import tell

    loaded = _loaded()
    tell(loaded)
    state = _state(loaded)
    if args.json:
        print(json.dumps(state, indent=2, ensure_ascii=False))
    else:
        _print(state)
    return 0


def _state(loaded: Loaded) -> dict[str, Any]:
    """What `show` tells, as JSON knows it. Times are seconds of the epoch."""
    import psutil

    from emberline.observe.ledger import open_ledger
    from emberline.observe.till import open_till
    from emberline.routing.purse import Purse

    settings = loaded.settings
    troubles: list[str] = []
    ledger = open_ledger(settings.observe, troubles.append)
    try:
        till = open_till(settings.observe, ledger, troubles.append)
        ceilings, promises = Purse(settings.budget, till).everybodys(), till.promises()
        now = time.time()
        return {
            "limits": [_limit_state(each, now, loaded) for each in ceilings],
            "unknown_price_usd": settings.budget.unknown_price_usd,
            "under_way": {
                "requests": len(promises),
                "usd": sum(each.usd for each in promises),
                "left_behind": sum(not psutil.pid_exists(each.pid) for each in promises),
            },
            "kept": settings.observe.ledger,
            "troubles": troubles,
        }
    finally:
        ledger.close()


def _limit_state(ceiling: Ceiling, now: float, loaded: Loaded) -> dict[str, Any]:
    from emberline.observe import periods
    from emberline.routing.ceiling import Span

    anew = {Span.DAY: periods.next_day, Span.MONTH: periods.next_month}.get(ceiling.span)
    is_over_time = anew is not None
    is_unlimited = math.isinf(ceiling.usd)
    return {
        "span": ceiling.span.value,
        "usd": None if is_unlimited else ceiling.usd,
        "from": str(loaded.origin(ceiling.key)),
        "spent_usd": ceiling.spent if is_over_time else None,
        "under_way_usd": ceiling.under_way if is_over_time else None,
        "left_usd": ceiling.left if is_over_time and not is_unlimited else None,
        "begins_anew": anew(now) if anew is not None else None,
    }


_WIDE = 400
_NAMES = {"day": "today", "month": "this month", "request": "a request"}


def _print(state: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("", "may cost", "has cost", "under way", "left", "begins anew", "set by"):
        is_amount = column in ("may cost", "has cost", "under way", "left")
        is_long = column == "set by"
        justify: Literal["left", "right"] = "right" if is_amount else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=not is_long)
    for each in state["limits"]:
        is_spent = each["left_usd"] == 0
        table.add_row(
            Text(_NAMES[each["span"]], style="bold"),
            _amount_in_words(each["usd"], "no limit"),
            _amount_in_words(each["spent_usd"]),
            _amount_in_words(each["under_way_usd"] or None),
            Text(_amount_in_words(each["left_usd"]), style="red" if is_spent else "green"),
            "" if each["begins_anew"] is None else _moment(each["begins_anew"]),
            Text(each["from"]),
        )
    console = Console()
    if not console.is_terminal:  # for a file or a pipe: whole lines, whatever their length
        console.width = _WIDE
    console.print(table)
    for line in _remarks(state):
        say(line)


def _remarks(state: dict[str, Any]) -> list[str]:
    from emberline.routing.ceiling import dollars

    found, unknown = [""], state["unknown_price_usd"]
    if unknown is None:
        found.append(
            "A model whose price nobody knows is sent nothing; `emberline budget set --unknown-price 15` "
            "would count a million of its tokens as $15.00."
        )
    else:
        found.append(
            f"A million tokens of a model whose price nobody knows count as {dollars(unknown)}; "
            "`emberline budget set --unknown-price none` sends it nothing."
        )
    if behind := state["under_way"]["left_behind"]:
        found.append(
            f"{behind} of the requests under way belong to a program that ended without a word. Nobody knows "
            "what they came to, so they count at the most that they could cost. Where your provider shows no "
            "such cost, `emberline budget release` gives it back."
        )
    if not state["kept"]:
        found.append(
            "observe.ledger is false: each program counts only what it spends itself, from its start."
        )
    return [*found, *state["troubles"]]


def _amount_in_words(usd: float | None, otherwise: str = "") -> str:
    from emberline.routing.ceiling import dollars

    return otherwise if usd is None else dollars(usd)


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


# -- release --------------------------------------------------------------------------------------------


def _release(args: argparse.Namespace) -> int:
    import sqlite3

    import psutil

    from emberline.observe.ledger import Ledger
    from emberline.observe.till import Till, till_file
    from emberline.routing.ceiling import dollars

    path = till_file()
    try:
        left = Till(path, Ledger(None)).forget(psutil.pid_exists)
    except (OSError, sqlite3.Error) as error:
        print(f"emberline budget release: {path} cannot be used ({error})", file=sys.stderr)
        return 1
    for each in left:
        print(f"{dollars(each.usd)}, put aside at {_moment(each.at)} by process {each.pid}, is given back")
    if not left:
        print("Nothing was left behind.")
    return 0


# -- set ------------------------------------------------------------------------------------------------


def _set(args: argparse.Namespace) -> int:
    from emberline.config.edit import set_value
    from emberline.config.load import user_file

    given = {key: value for key in _KEYS if (value := getattr(args, key)) is not None}
    if not given:
        args.parser.print_usage(sys.stderr)
        print("emberline budget set: name at least one limit", file=sys.stderr)
        return 2
    path = user_file()
    for name, value in given.items():
        set_value(path, ("budget", _KEYS[name]), None if value == NONE else value)
    loaded = _loaded()
    for name, value in given.items():
        _confirm(_KEYS[name], None if value == NONE else value, loaded)
    return 0


def _confirm(key: str, wanted: float | None, loaded: Loaded) -> None:
    name, now = f"budget.{key}", getattr(loaded.settings.budget, key)
    origin = loaded.origin(name)
    if now == wanted:
        print(f"{name}: {_value(now)}, by {origin}")
    else:
        print(f"{name}: written as {_value(wanted)}, but here it is still {_value(now)}, because of {origin}")


def _value(usd: float | None) -> str:
    return NONE if usd is None else f"{usd:.10f}".rstrip("0").rstrip(".")


def _loaded() -> Loaded:
    from emberline.cli.privacy import workspace
    from emberline.config.load import load

    return load([workspace(Path.cwd())])


def _amount(text: str, most: int = 1_000_000) -> float:
    try:
        usd = float(text.removeprefix("$"))
    except ValueError:
        usd = math.nan
    if not 0 <= usd <= most:  # nor is "nan"
        raise argparse.ArgumentTypeError(f"{text!r} is no amount from 0 to {most}, such as 2.50")
    return int(usd) if usd.is_integer() else usd


def _small(text: str) -> float:
    return _amount(text, 10_000)


def _limit(text: str) -> float | str:
    return NONE if text == NONE else _amount(text)


def _price(text: str) -> float | str:
    return NONE if text == NONE else _small(text)
