"""What models of other servers take, by the servers' own account or else by the planner."""

from __future__ import annotations

import pytest

from emberline.models.info import Warmth
from emberline.models.memory import need
from emberline.observe.pressure import Held
from emberline.privacy.labels import Level, Place
from emberline.routing.fleet import Candidate
from emberline.routing.holdings import holdings
from emberline.routing.router import Router
from tests.routing import fleets
from tests.routing.served import Place as Home
from tests.servers import Served

GB = 10**9
ON_CARD = fleets.ollama("a", memory_bytes=6 * GB, graphics_bytes=4 * GB)


@pytest.mark.parametrize(
    ("candidate", "unified", "held"),
    [
        (ON_CARD, False, (Held("ollama/a", 2 * GB, 4 * GB),)),
        (ON_CARD, True, (Held("ollama/a", 6 * GB),)),
        (fleets.ollama("a", memory_bytes=GB), False, (Held("ollama/a", GB),)),
        (
            fleets.ollama("a", memory_bytes=GB, graphics_bytes=GB, place=Place.HOST),
            True,  # this machine's graphics, not that one's
            (Held("ollama/a", 0, GB, here=False),),
        ),
        (fleets.ollama("a", warmth=Warmth.COLD, memory_bytes=GB), False, ()),
        (fleets.ollama("a", place=Place.CLOUD, memory_bytes=GB), False, ()),
        (fleets.embedded(memory_bytes=GB), False, ()),
        (fleets.cloud(), False, ()),
        (fleets.ollama("a", parameters=None, quantization=""), False, ()),
    ],
)
def test_who_holds_what(candidate: Candidate, unified: bool, held: tuple[Held, ...]) -> None:
    assert holdings([candidate], lambda _: True, unified) == held


def test_where_a_server_says_nothing_the_planner_does() -> None:
    candidate = fleets.ollama("a", loaded_context=8192)
    taken = need(candidate.model, 8192)
    assert taken is not None
    (held,) = holdings([candidate], lambda _: False, False)
    assert (held.memory, held.ours) == (taken.total, False)


async def test_ollama_tells_and_the_watch_samples_it(place: Home, ollama: Served) -> None:
    async with place.router() as router:
        await loaded(router, place)
        await router.memory.look()
        held = router.memory.sample.held
    assert [each.who for each in held] == ["server", "ollama/llama3.1:8b"]
    assert held[1].memory > 4 * GB and held[1].ours and held[1].pid is None


async def loaded(router: Router, place: Home) -> None:
    from tests.routing.served import QUESTION
    from tests.routing.test_relief import EXPLAIN

    assert place.label(router).level is Level.STRICT
    await router.answer(EXPLAIN, QUESTION, (place.label(router),), 20)
    await router.scout.list_models("ollama")
