"""The servers that are asked, and the connections that typing uses."""

from __future__ import annotations

from emberline.privacy.egress import Gate
from emberline.privacy.labels import Label, Level, Manifest, Place
from emberline.routing.fleet import Candidate
from emberline.routing.posts import Post
from emberline.routing.roster import Roster
from tests.servers import serving

LISTING = Manifest((Label(Level.STRICT, "no text", "privacy.mode"),), "listing models")


async def test_a_server_that_comes_back_with_other_slots_is_typed_by_those() -> None:
    """It puts off for ever what is asked of a slot that it lacks."""
    roster = Roster()
    with serving("tests.servers.llamacpp") as served:
        roster.meet((Post("mine", "llamacpp", served.url, Place.MACHINE),), Gate(), 30)

        async def listed() -> Candidate:
            (model,) = await roster.backend("mine").models(LISTING)
            return Candidate("mine", "llamacpp", served.url, Place.MACHINE, model)

        before = roster.typing(await listed())
        assert before.slots == 2
        assert roster.typing(await listed()) is before, "nothing changed"
        served.script(slots=1)
        after = roster.typing(await listed())
        assert after.slots == 1
        assert roster.typing(await listed()) is after
        await roster.close()
