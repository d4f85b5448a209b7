"""The budget on the whole way: what a limit does not bear is not sent, alone or together with others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Message
from emberline.observe import periods
from emberline.observe.ledger import Ledger, default_file
from emberline.observe.record import Record
from emberline.observe.till import Till, till_file
from emberline.privacy.labels import Place as Where
from emberline.routing.purse import OverBudget
from emberline.routing.request import Latency, Request, Structure, Task
from emberline.routing.router import Answer, Router
from tests.routing.served import QUESTION, Place
from tests.servers import Served
from tests.servers.faults import FORMS
from tests.servers.talking import KEY

PATH = FORMS["openai"].path
ACROSS_FILES = Request(Task.REFACTOR, input_tokens=3000, output_tokens=800, files=5)
MOST = 3000 * 2.5e-6 + 800 * 10e-6
"""What it may cost with gpt-4o: $0.0155."""
ALONE = "backends: {discover: false}\nengine: {embedded: false}\n"
SCHEMA = {
    "type": "object",
    "properties": {"label": {"type": "string"}},
    "required": ["label"],
    "additionalProperties": False,
}


def configured(place: Place, cloud: Served, budget: str, models: str = "", rest: str = ALONE) -> None:
    routing = f"model_routing: {{cloud: {{{models}}}}}, " if models else ""
    place.configure(
        f"privacy: {{mode: open}}\nbudget: {{{budget}}}\n{rest}"
        f"router: {{{routing}cloud_endpoint: '{cloud.url}/v1', cloud_api_key: {KEY}}}\n"
    )


async def ask(router: Router, place: Place, request: Request = ACROSS_FILES) -> Answer:
    return await router.answer(request, QUESTION, (place.label(router),), 20)


def spend(usd: float, at: float) -> None:
    """As another window did it, some time ago."""
    ledger = Ledger(default_file())
    ledger.record(
        Record(at=at, task="refactor", place=Where.CLOUD, backend="cloud", model="gpt-4o", cost_usd=usd)
    )
    ledger.close()


@pytest.mark.parametrize(
    ("budget", "spent", "at", "words"),
    [
        (
            "usd_per_day: 0.02",
            0.01,
            time.time,
            r"it could cost \$0\.015, and \$0\.01 are left of today's \$0\.02 \(budget\.usd_per_day\): "
            r"\$0\.01 are spent; .*`emberline budget set --day 0\.026` would allow it",
        ),
        ("usd_per_month: 0.02", 0.01, lambda: periods.month_began(time.time()), "--month 0.026"),
        ("usd_per_request: 0.01", 0.0, time.time, r"\(budget\.usd_per_request\); .*--request 0\.016"),
        ("usd_per_month: 0", 0.0, time.time, "this month's budget is nothing .*--month 0.016"),
        ("usd_per_day: 0.001, usd_per_month: 0.001", 0.0, time.time, "--day 0.016 --month 0.016"),
    ],
)
async def test_what_a_limit_does_not_bear_is_not_sent(
    place: Place, cloud: Served, budget: str, spent: float, at: Callable[[], float], words: str
) -> None:
    if spent:
        spend(spent, at())
    configured(place, cloud, budget)
    async with place.router() as router:
        with pytest.raises(Failure, match=words) as refused:
            await ask(router, place)
    assert refused.value.kind is Kind.FORBIDDEN
    assert cloud.requests(PATH) == []


async def test_what_was_spent_before_midnight_does_not_count_today(place: Place, cloud: Served) -> None:
    spend(1.0, periods.day_began(time.time()) - 1)
    configured(place, cloud, "usd_per_day: 0.02")
    async with place.router() as router:
        await ask(router, place)
    assert len(cloud.requests(PATH)) == 1


async def test_a_raised_limit_holds_at_once(place: Place, cloud: Served) -> None:
    configured(place, cloud, "usd_per_day: 0.001")
    async with place.router() as router:
        with pytest.raises(Failure):
            await ask(router, place)
        configured(place, cloud, "usd_per_day: 0.02")
        router.apply(place.loaded())
        await router.surveyed()
        assert (await ask(router, place)).served.model.name == "gpt-4o"
    assert len(cloud.requests(PATH)) == 1


@asynccontextmanager
async def routers(place: Place, count: int) -> AsyncIterator[list[Router]]:
    found = [Router(place.loaded(), (place.folder,)) for _ in range(count)]
    try:
        await asyncio.gather(*(router.surveyed() for router in found))
        yield found
    finally:
        for router in found:
            await router.close()


@pytest.mark.parametrize("windows", [1, 3])
async def test_requests_under_way_do_not_together_overrun_a_limit(
    place: Place, cloud: Served, windows: int
) -> None:
    """The limit bears three of them at their most, and it does not matter in whose window they began."""
    configured(place, cloud, f"usd_per_day: {3.5 * MOST}")
    cloud.script(answers=[{"text": "slow", "stall": True}] * 20)
    async with routers(place, windows) as found:
        asking = [asyncio.ensure_future(ask(found[n % windows], place)) for n in range(12)]
        for refused, each in enumerate(asyncio.as_completed(asking), 1):
            with pytest.raises(OverBudget, match="promised to requests under way"):
                await each
            if refused == 9:
                break
        while len(cloud.requests(PATH)) < 3:
            await asyncio.sleep(0.01)
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        assert len(cloud.requests(PATH)) == 3
    till = Till(till_file(), Ledger(default_file()))
    assert till.promises() == ()
    # They were cancelled, and nobody said what they came to: all that was sent counts.
    assert till.ledger.spent(periods.day_began(time.time())) == pytest.approx(3 * 3000 * 2.5e-6, rel=0.01)
    till.ledger.close()


async def test_once_a_request_has_ended_only_what_it_cost_counts(place: Place, cloud: Served) -> None:
    configured(place, cloud, f"usd_per_day: {1.5 * MOST}")
    async with place.router() as router:
        for _ in range(5):
            await ask(router, place)
        assert router.policy(router.scout.fleet, Latency.WAITING).ceilings[1].under_way == 0
    assert len(cloud.requests(PATH)) == 5


async def test_what_another_window_has_under_way_counts_at_the_moment_of_sending(
    place: Place, cloud: Served
) -> None:
    configured(place, cloud, f"usd_per_day: {1.5 * MOST}")
    elsewhere = Till(till_file(), Ledger(None))
    async with place.router() as router:
        give_back = await elsewhere.put_aside(MOST, [], lambda standings: None)
        with pytest.raises(OverBudget, match=r"\$0\.015 promised to requests under way"):
            await ask(router, place)
        assert cloud.requests(PATH) == []
        give_back()
        await ask(router, place)
    assert len(cloud.requests(PATH)) == 1


async def test_a_local_model_stands_in_where_the_budget_went_meanwhile(
    place: Place, cloud: Served, ollama: Served
) -> None:
    configured(place, cloud, f"usd_per_day: {1.5 * MOST}", rest="")
    elsewhere = Till(till_file(), Ledger(None))
    async with place.router() as router:
        await elsewhere.put_aside(MOST, [], lambda standings: None)
        answer = await ask(router, place)
        assert answer.decision.chosen is not None and answer.decision.chosen.metered
        assert answer.served.backend == "ollama"
        (record,) = router._ledger.recent()
        assert (record.backend, record.fallback_why, record.outcome) == ("ollama", "over budget", "ok")
    assert cloud.requests(PATH) == []


async def test_asking_again_for_a_better_answer_is_paid_anew(place: Place, cloud: Served) -> None:
    configured(place, cloud, f"usd_per_request: {1.2 * MOST}, usd_per_day: 1")
    cloud.script(answers=[{"text": "no JSON at all " * 400}, {"text": '{"label": "a"}'}])
    request = Request(Task.REFACTOR, input_tokens=3000, output_tokens=800, files=5, structure=Structure.FLAT)
    async with place.router() as router:
        with pytest.raises(OverBudget, match="a single request may cost"):
            await router.structured(
                request,
                Chat((Message("user", "Label this."),), max_tokens=800),
                (place.label(router),),
                SCHEMA,
                20,
            )
    assert len(cloud.requests(PATH)) == 1, "the second would have been longer, and cost more than it may"


async def test_falling_back_to_a_dearer_cloud_is_checked_again(place: Place, cloud: Served) -> None:
    """Both are within their limits when it is decided, and only one is when the first has failed."""
    configured(
        place, cloud, f"usd_per_day: {1.2 * MOST}", "default: gpt-4o-mini, fallback: gpt-4o",
    )  # fmt: skip
    cloud.script(answers=[{"status": 404, "body": {"error": {"message": "gone", "code": "model_not_found"}}}])
    elsewhere = Till(till_file(), Ledger(None))
    async with place.router() as router:
        await elsewhere.put_aside(0.5 * MOST, [], lambda standings: None)
        with pytest.raises(Failure, match=r"gone.*cloud/gpt-4o is out because it could cost"):
            await ask(router, place)
    assert [each["json"]["model"] for each in cloud.requests(PATH)] == ["gpt-4o-mini"]


async def test_a_price_that_nobody_knows_is_not_taken_for_nothing(place: Place, cloud: Served) -> None:
    configured(place, cloud, "usd_per_day: 1", "default: house-1")
    async with place.router() as router:
        with pytest.raises(
            Failure, match=r"nobody knows what it costs.*`emberline budget set --unknown-price"
        ):
            await ask(router, place)
    assert cloud.requests(PATH) == []


@pytest.mark.parametrize(
    ("unknown", "limit", "sent"),
    [(15, 1, 1), (15, 0.05, 0), (0, 0, 1)],
    ids=["counted as dear", "too dear then", "said to cost nothing"],
)
async def test_a_price_that_the_user_names_counts(
    place: Place, cloud: Served, unknown: float, limit: float, sent: int
) -> None:
    configured(place, cloud, f"usd_per_month: {limit}, unknown_price_usd: {unknown}", "default: house-1")
    async with place.router() as router:
        if not sent:
            with pytest.raises(Failure, match=r"it could cost \$0\.057"):
                await ask(router, place)
        else:
            answer = await ask(router, place)
            usage = answer.done.usage
            came_to = (usage.read + usage.cached + usage.written) * unknown / 1e6
            assert router.spent(answer) == pytest.approx(came_to)
            assert router._ledger.spent(0) == pytest.approx(came_to)
            assert any("nobody knows what" in words for words in answer.decision.warnings)
    assert len(cloud.requests(PATH)) == sent


async def test_an_answer_that_breaks_off_counts_by_what_was_sent_and_came(
    place: Place, cloud: Served
) -> None:
    configured(place, cloud, "usd_per_day: 1")
    cloud.script(
        answers=[{"text": "x" * 300, "inside": {"error": {"message": "overloaded", "type": "server_error"}}}]
    )
    async with place.router() as router:
        with pytest.raises(Failure):
            await ask(router, place)
        assert router._ledger.spent(0) == pytest.approx(3000 * 2.5e-6 + 100 * 10e-6, rel=0.01)


async def test_a_refusal_of_the_server_costs_nothing(place: Place, cloud: Served) -> None:
    configured(place, cloud, "usd_per_day: 1")
    cloud.script(answers=[{"status": 401, "body": {"error": {"message": "no such key"}}}])
    async with place.router() as router:
        with pytest.raises(Failure):
            await ask(router, place)
        assert router._ledger.spent(0) == 0


async def test_what_costs_nothing_asks_no_till(place: Place, ollama: Served) -> None:
    place.configure("budget: {usd_per_month: 0}\n")
    async with place.router() as router:
        await ask(router, place, Request(Task.EXPLAIN, input_tokens=100, output_tokens=20))
    assert not till_file().exists()
