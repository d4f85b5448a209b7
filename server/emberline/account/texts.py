"""The sentences of a report, which all its presentations share."""

from __future__ import annotations

from emberline.account.figures import ASKED, CLAIM, Report
from emberline.account.words import count, percent, plural, size, usd

EMPTY = (
    "Nothing is in the ledger for this time yet. From the first completion on, a report shows where your "
    "requests ran, what they cost and what they would have cost, and how fast they were; seconds after you "
    "pass or take a suggestion, that; five minutes later, what of it still stands. Memory is noted every "
    "five minutes while an editor is open. Nothing is kept where `observe.ledger` is false."
)
NO_SUCH_MODEL = "nobody knows a price of {model}: name another in `router.model_routing.cloud.default`"


def period(report: Report) -> str:
    if report.began is None:
        return report.period
    return f"{report.period}, {report.began.isoformat()} to {report.until.isoformat()}"


def claim(report: Report) -> str:
    """The claim that 60–80 % of routine work runs locally, and this user's own share."""
    low, high = (round(bound * 100) for bound in CLAIM)
    share = report.asked.local
    said = f"It is said that {low}–{high} % of routine work runs locally."
    if share is None:
        return f"{said} You have asked for nothing beside completions."
    if share < CLAIM[0]:
        return f'{said} Of yours it is {percent(share)}: less. "Why the cloud" tells what went there.'
    if share > CLAIM[1]:
        return f"{said} Of yours it is {percent(share)}: more."
    return f"{said} Of yours it is {percent(share)}."


def money(report: Report) -> str:
    total = report.money
    if total.spared is None or not report.yardstick:
        return f"The cloud cost {usd(total.paid)}. What the rest would have cost is unknown:"
    return f"The cloud cost {usd(total.paid)}; what ran without it would have cost {usd(total.spared)} there."


def compared(report: Report) -> str:
    """What "would have cost" means."""
    if not report.yardstick:
        return NO_SUCH_MODEL.format(model=report.configured) + "."
    other = (
        "" if report.yardstick == report.configured else f", as nobody knows a price of {report.configured}"
    )
    return (
        f"At the list prices of {report.yardstick}{other}, tiers included; what the local cache held counts "
        "as cached there, what was cancelled does not count."
    )


def suggestions(report: Report) -> str:
    taken = report.taken
    parts = [f"{count(taken.whole)} taken whole", f"{count(taken.partly)} in part"]
    if taken.typed:
        parts.append(f"{count(taken.typed)} more were right but typed by hand")
    kept = ""
    if taken.known:
        kept = (
            f" Of {plural(taken.known, 'taken one')} that could be followed, "
            f"{percent(taken.kept / taken.known)} stood by half or more five minutes later."
        )
    return f"{', '.join(parts)}.{kept}"


def lane_words(lane: str) -> str:
    return "other tasks" if lane == ASKED else lane


def place_words(place: str) -> str:
    return {"your host": "your host", "cloud": "cloud"}.get(place, "here")


def holders(report: Report) -> list[tuple[str, str, str, str]]:
    """Who holds memory: now, usually, at most."""
    return [(each.name, size(each.last), size(each.mean), size(each.peak)) for each in report.memory]


def in_short(report: Report) -> str:
    """One message, for an editor that shows no more."""
    if report.is_empty:
        return EMPTY
    more = "`emberline report --open` shows all of it."
    return (
        f"{period(report).capitalize()}: {percent(report.served.local)} ran locally. {money(report)} {more}"
    )
