"""What an audit found, as tables and programs want it. Pure, and always in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from emberline.account.figures import CLAIM
from emberline.account.usage.summing import MONTH_DAYS, Covered, Key, Sum, Summing
from emberline.account.usage.verdict import Known, Verdict
from emberline.account.words import few

FEW_DAYS = 7.0
"""Of less a month's figure is a guess."""
NEAR = 0.15
"""By how much of each other two sums of one thing may differ before that is told."""
_ORDER = tuple(Verdict)
_NAMED = 4
"""Of a row of names so many are told."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a kind of work, a model, or a verdict, with what it came to."""

    name: str
    verdict: Verdict | None
    requests: int
    input_tokens: int
    output_tokens: int
    usd: float
    usd_a_month: float
    unpriced_tokens: int


@dataclass(frozen=True, slots=True)
class Read:
    """A source of what was read. Times in seconds of the epoch."""

    source: str
    provider: str
    files: tuple[str, ...]
    records: int
    began: float
    ended: float
    days: float
    said_usd: float | None
    """What the export says that it cost; None where it says nothing."""
    listed_usd: float | None
    """By list prices; None for a bill."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All of it. Money in US dollars."""

    read: tuple[Read, ...]
    by_verdict: tuple[Line, ...]
    by_work: tuple[Line, ...]
    """Of what could run here."""
    by_model: tuple[Line, ...]
    """Everything that cost money."""
    here_by_model: tuple[Line, ...]
    """Of that, what could run here."""
    billed: tuple[tuple[str, str, float], ...]
    """By provider and item, from bills."""
    requests: tuple[int, int]
    """That could run here, of all that are counted and cost money."""
    usd: float
    usd_a_month: float
    saved_usd: float
    saved_a_month: float
    untold_a_month: tuple[float, float]
    """What it would be if as much of what cannot be told is routine as is claimed: from, to."""
    a_day: tuple[float, float]
    """Tokens that would be read and written here."""
    known: tuple[tuple[Known, float], ...]
    """The share of the money that could be saved, by how much is known of its requests."""
    notes: tuple[str, ...]


def findings(summing: Summing) -> Findings:
    """What the records say."""
    sums = {key: value for key, value in summing.sums.items() if key.judged.verdict is not Verdict.UNPAID}
    here = {key: value for key, value in sums.items() if key.judged.verdict is Verdict.HERE}
    untold = {key: value for key, value in sums.items() if key.judged.verdict is Verdict.UNTOLD}
    a_month = {key: summing.covered[key.source].a_month for key in summing.sums}
    billed = _billed_alone(summing)
    monthly_bills = sum(usd * covered.a_month for covered, usd in billed)
    saved, unsure = _monthly(here, a_month), _monthly(untold, a_month) + monthly_bills
    return Findings(
        read=tuple(_read(*item) for item in sorted(summing.covered.items(), key=_first)),
        by_verdict=_lines(
            summing.sums, a_month, lambda key: key.judged.verdict.value, lambda key: key.judged.verdict
        ),
        by_work=_lines(here, a_month, lambda key: key.judged.work),
        by_model=_lines(sums, a_month, _model),
        here_by_model=_lines(here, a_month, _model),
        billed=tuple(sorted((provider, item, usd) for (_, provider, item), usd in summing.bills.items())),
        requests=(_requests(here), _requests(sums)),
        usd=sum(each.usd for each in sums.values()) + sum(usd for _, usd in billed),
        usd_a_month=_monthly(sums, a_month) + monthly_bills,
        saved_usd=sum(each.usd for each in here.values()),
        saved_a_month=saved,
        untold_a_month=(unsure * CLAIM[0], unsure * CLAIM[1]),
        a_day=_a_day(here, a_month),
        known=_known(here),
        notes=tuple(_notes(summing)),
    )


def _model(key: Key) -> str:
    return key.model or f"{key.provider or 'some'} model that the export does not name"


def _requests(sums: dict[Key, Sum]) -> int:
    return sum(each.requests for each in sums.values())


def _first(item: tuple[str, object]) -> str:
    return item[0]


def _monthly(sums: dict[Key, Sum], a_month: dict[Key, float]) -> float:
    return sum(each.usd * a_month[key] for key, each in sums.items())


def _a_day(here: dict[Key, Sum], a_month: dict[Key, float]) -> tuple[float, float]:
    read = sum(each.input_tokens * a_month[key] for key, each in here.items()) / MONTH_DAYS
    return read, sum(each.output_tokens * a_month[key] for key, each in here.items()) / MONTH_DAYS


def _lines(
    sums: dict[Key, Sum],
    a_month: dict[Key, float],
    name: Callable[[Key], str],
    verdict: Callable[[Key], Verdict | None] = lambda key: None,
) -> tuple[Line, ...]:
    """One line a name, the dearest first; verdicts in their own order."""
    grouped: dict[str, tuple[Sum, list[float], Verdict | None]] = {}
    for key, each in sums.items():
        total, months, _ = grouped.setdefault(name(key), (Sum(), [], verdict(key)))
        total.add(each)
        months.append(each.usd * a_month[key])
    lines = [
        Line(
            words,
            of,
            total.requests,
            total.input_tokens,
            total.output_tokens,
            total.usd,
            sum(months),
            total.unpriced_tokens,
        )
        for words, (total, months, of) in grouped.items()
    ]

    def order(line: Line) -> tuple[int, float, int, str]:
        first = 0 if line.verdict is None else _ORDER.index(line.verdict)
        return first, -line.usd, -line.input_tokens, line.name

    return tuple(sorted(lines, key=order))


def _read(source: str, covered: Covered) -> Read:
    says = covered.is_bill or covered.said_usd > 0
    return Read(
        source,
        covered.provider,
        tuple(covered.files),
        covered.records,
        covered.began,
        covered.ended,
        covered.days,
        covered.said_usd if says else None,
        None if covered.is_bill else covered.listed_usd,
    )


def _billed_alone(summing: Summing) -> list[tuple[Covered, float]]:
    """Bills of providers of whose usage nothing was read: all that is known of these."""
    used = {key.provider for key in summing.sums}
    return [
        (covered, covered.said_usd)
        for _, covered in sorted(summing.covered.items(), key=_first)
        if covered.is_bill and covered.provider not in used
    ]


def _known(here: dict[Key, Sum]) -> tuple[tuple[Known, float], ...]:
    total = sum(each.usd for each in here.values())
    if not total:
        return ()
    shares = dict.fromkeys(Known, 0.0)
    for key, each in here.items():
        shares[key.judged.known] += each.usd / total
    return tuple((known, share) for known, share in shares.items() if share)


# -- what must be said with it ------------------------------------------------------------------------------


def _notes(summing: Summing) -> Iterable[str]:
    covered = sorted(summing.covered.items(), key=_first)
    for source, each in covered:
        if each.days < FEW_DAYS:
            yield f"{source} covers {each.days:.1f} days: a month's figure from so few is a guess"
    yield from _overlaps(covered)
    if summing.unfinished:
        yield (
            f"{few(summing.unfinished, _NAMED)} {'ends' if len(summing.unfinished) == 1 else 'end'} with "
            '"has_more": further pages exist, and unless these are among the files all sums are too small'
        )
    yield from _compared([each for _, each in covered])
    if summing.repeated:
        yield f"{summing.repeated} records stood in more than one file, and count once"
    unpriced = sorted({_model(key) for key, each in summing.sums.items() if each.unpriced_tokens})
    if unpriced:
        tokens = sum(each.unpriced_tokens for each in summing.sums.values())
        yield (
            f"nobody knows what {few(unpriced, _NAMED)} costs: {tokens:,} tokens are in no sum of dollars"
            + (
                "; export with the model (group_by=model)"
                if any("not name" in name for name in unpriced)
                else ""
            )
        )
    if any(key.judged.known is Known.MEAN for key in summing.sums):
        yield (
            "sums of many requests are judged by their mean: some of those that could run here are longer, "
            "some of the others shorter; one-minute buckets come closer than days, and a spend log is exact"
        )


def _overlaps(covered: Sequence[tuple[str, Covered]]) -> Iterable[str]:
    for source, each in covered:
        if len(each.files) > 1 and source != "LiteLLM spend log":
            yield (
                f"{source} comes from {len(each.files)} files: what stands in several of them (the same "
                "days, perhaps grouped otherwise) counts as often"
            )


def _compared(covered: Sequence[Covered]) -> Iterable[str]:
    """What exports and bills say, beside list prices."""
    for each in covered:
        if not each.is_bill and each.said_of_listed_usd > 0 and each.listed_usd > 0:
            yield _beside("the spend log comes to", each.said_of_listed_usd, each.listed_usd)
    for bill in (each for each in covered if each.is_bill):
        used = [
            each
            for each in covered
            if each.provider == bill.provider and not each.is_bill and not each.said_usd
        ]
        for each in used:
            if abs(each.began - bill.began) > 86_400 or abs(each.ended - bill.ended) > 86_400:
                yield f"{bill.provider}'s bill and its usage cover different days, and cannot be compared"
            elif each.listed_usd > 0:
                yield _beside(f"{bill.provider}'s bill comes to", bill.said_usd, each.listed_usd)


def _beside(what: str, said: float, by_list: float) -> str:
    words = f"{what} ${said:,.2f}, and ${by_list:,.2f} by list prices"
    if abs(said - by_list) <= NEAR * by_list:
        return words
    return f"{words}: {said / by_list:.0%} of them, so expect savings to be as far from the figures here"
