"""`emberline privacy`: how far code may go from here, changing that, and what has gone."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberline.errors import UserError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from emberline.config.load import Loaded
    from emberline.privacy.audit import Send

SUMMARY = "how far your code may go, and what has left this machine"

MEANING = {
    "strict": "your code stays on this machine",
    "trusted": "your code may go to the hosts that you trust, and no further",
    "open": "your code may go to the hosts that you trust and to the cloud",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="the mode of this workspace and what set it")
    show.add_argument("--json", action="store_true", help="as one JSON object")
    show.set_defaults(perform=_show)
    change = actions.add_parser("set", help="change the mode, in your own configuration file")
    modes = "strict: this machine only; trusted: also your hosts; open: also the cloud"
    change.add_argument("mode", choices=tuple(MEANING), help=modes)
    where = change.add_mutually_exclusive_group()
    where.add_argument("--here", action="store_true", help="for this workspace (the default)")
    where.add_argument("--everywhere", action="store_true", help="for every folder without a mode of its own")
    change.set_defaults(perform=_set)
    trail = actions.add_parser("audit", help="what has left this machine: where to, whose text, and why")
    trail.add_argument("--all", action="store_true", help="also what stayed here, and what was refused")
    when = "30m, 12h, 7d, or a date such as 2026-10-31"
    trail.add_argument("--since", type=moment, metavar="WHEN", help=when)
    trail.add_argument("--limit", type=_count, default=50, metavar="N", help="the newest N (50)")
    trail.add_argument("--json", action="store_true", help="as one JSON array")
    trail.set_defaults(perform=_audit)


def run(args: argparse.Namespace) -> int:
    status: int = args.perform(args)
    return status


# -- show -----------------------------------------------------------------------------------------------


def _show(args: argparse.Namespace) -> int:
    from emberline.config.load import load

    folder = workspace(Path.cwd())
    loaded = load([folder])
    for problem in loaded.errors:
        print(f"{problem.severity}: {problem}", file=sys.stderr)
    state = _state(folder, loaded)
    if args.json:
        print(json.dumps(state, indent=2, ensure_ascii=False))
        return 0
    print(f"{folder}\n{state['mode']}: {state['means']} ({state['from']})\n")
    kept = [*state["local_only"], "what git ignores"] if state["enforced"] else ["nothing of its own"]
    rows = {
        "your hosts": state["trusted_hosts"] or ["none"],
        "read by no model": [*state["exclude"], "what .emberlineignore names", "usual secret files"],
        "kept on this machine": kept,
    }
    for name, values in rows.items():
        print(f"{name + ':':<22}{', '.join(values)}")
    for key in state["unreachable_keys"]:
        print(
            f"\nThere is a key for {key['name']} ({key['address']}); {state['mode']} keeps your code from it."
        )
        print(f"`emberline privacy set {key['needs']}` would allow it for this workspace.")
    return 0


def _state(folder: Path, loaded: Loaded) -> dict[str, Any]:
    """What `show` tells, as JSON knows it."""
    from emberline.config.keys import find_key
    from emberline.privacy.egress import Gate
    from emberline.privacy.labels import Level
    from emberline.routing.posts import posts

    settings = loaded.settings
    privacy = settings.privacy
    level = Level(privacy.mode)

    def key_of(name: str) -> SecretStr | None:
        found = find_key(settings, name)
        return None if found is None else found.value

    known = posts(settings, (), key_of, Gate(privacy.trusted_hosts).place_of)
    return {
        "workspace": str(folder),
        "mode": privacy.mode,
        "from": str(loaded.origin("privacy.mode")),
        "means": MEANING[privacy.mode],
        "trusted_hosts": list(privacy.trusted_hosts),
        "exclude": list(privacy.exclude),
        "local_only": list(privacy.local_only),
        "enforced": settings.router.thresholds.privacy_enforced,
        "unreachable_keys": [
            {
                "name": post.name,
                "address": post.url,
                "needs": next(each for each in Level if each.allows(post.place)).value,
            }
            for post in known
            if post.key is not None and not level.allows(post.place)
        ],
    }


def workspace(folder: Path) -> Path:
    """The folder that an editor would have opened around `folder`: a repository's top, or where
    `.emberline.yaml` lies. The home folder is none, whatever is in it; then it is `folder` itself."""
    home = Path.home()
    for each in (folder, *folder.parents):
        if each == home:
            break
        if (each / ".git").exists() or (each / ".emberline.yaml").exists():
            return each
    return folder


# -- set ------------------------------------------------------------------------------------------------


def _set(args: argparse.Namespace) -> int:
    from emberline.config.edit import set_value
    from emberline.config.load import load, user_file

    folder, path = workspace(Path.cwd()), user_file()
    if args.everywhere:
        set_value(path, ("privacy", "mode"), args.mode)
        print(f"{args.mode} wherever nothing else is said, by {path}")
    else:
        set_value(path, ("privacy", "folders", str(folder)), args.mode)
        print(f"{args.mode} in {folder}, by {path}")
    loaded = load([folder])
    mode, origin = loaded.settings.privacy.mode, str(loaded.origin("privacy.mode"))
    if mode == args.mode:
        print(f"Here {MEANING[mode]}.")
    else:
        print(f"Here it is still {mode}, because of {origin}: {MEANING[mode]}.")
    if mode == "trusted" and not loaded.settings.privacy.trusted_hosts:
        print(f"You trust no host yet: name them in {path} as privacy.trusted_hosts.")
    return 0


# -- audit ----------------------------------------------------------------------------------------------


def _audit(args: argparse.Namespace) -> int:
    from emberline.privacy import audit
    from emberline.privacy.labels import Place

    since = 0.0 if args.since is None else args.since
    try:
        _require_readable(audit.audit_folder())
        sends: Iterable[Send] = audit.left()
        if args.all:
            sends = sorted((*sends, *audit.stayed()), key=lambda send: send.at)
        newest = deque((send for send in sends if send.at >= since), maxlen=args.limit)
    except OSError as error:
        where = error.filename or audit.audit_folder()
        raise UserError(
            f"the trail cannot be read ({where}: {error.strerror}), so nobody can say what has left this "
            "machine; $EMBERLINE_STATE moves its folder"
        ) from error
    if args.json:
        print(json.dumps([asdict(send) for send in newest], indent=2, ensure_ascii=False))
        return 0
    if newest:
        _print_table(newest)
    if not any(send.place != Place.MACHINE and not send.refused for send in newest):
        since_when = "" if args.since is None else f" since {_time(args.since)}"
        print(f"Nothing has left this machine{since_when}.")
    print(f"The trail is in {audit.audit_folder()}; it holds no text.")
    return 0


def _require_readable(folder: Path) -> None:
    """Raises OSError where a trail may be that cannot be seen. None at all is no fault: nothing was sent."""
    with suppress(FileNotFoundError), os.scandir(folder):
        pass


def _print_table(sends: Iterable[Send]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from emberline.documents.printable import printable

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("time", "to", "for", "text of"):
        table.add_column(column, overflow="fold")
    for send in sends:
        by = f"refused: {send.refused}" if send.refused else f"{send.level} by {send.why}"
        cells = (
            _time(send.at).split(" "),
            filter(None, (send.destination, send.address, send.model)),
            (send.reason, f"{send.bytes:,} bytes"),
            (*send.sources, by),
        )
        style = "dim" if send.refused else ""
        table.add_row(*(Text("\n".join(map(printable, lines))) for lines in cells), style=style)
    Console().print(table)


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str) -> float:
    """Seconds of the epoch of "30m", "12h", "7d", "2w" ago, or of a date, with or without a time."""
    number, unit = text[:-1], _UNITS.get(text[-1:])
    if unit and number.isdecimal():
        return time.time() - timedelta(**{unit: int(number)}).total_seconds()
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a time ago (30m, 12h, 7d) nor a date (2026-10-31)"
        ) from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)
