"""The seed's claim that local models serve 60 to 80 % of routine work, on a stated mix (workload.json)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from emberline.privacy.labels import Place
from emberline.routing.decide import decide
from emberline.routing.decision import Decision
from emberline.routing.fleet import Candidate, Fleet, Policy
from emberline.routing.request import Task
from emberline.routing.tasks import request
from tests.routing.fleets import ENGINE_ALONE, LAPTOP, OPEN, OPENED, PRIVATE, WORKSTATION

MIX = json.loads(Path(__file__).with_name("workload.json").read_text())
FLEETS = {"laptop": LAPTOP, "workstation": WORKSTATION, "engine alone": ENGINE_ALONE}


@dataclass(frozen=True, slots=True)
class Routed:
    """One kind of request of the mix, and where it went."""

    weight: int
    why: str
    decision: Decision

    @property
    def place(self) -> Place | None:
        return self.decision.chosen.place if self.decision.chosen else None


def routed(candidates: tuple[Candidate, ...], policy: Policy = OPENED) -> dict[str, Routed]:
    """The whole mix outside typing."""
    return {
        row["what"]: Routed(
            row["weight"],
            row["why"],
            decide(
                request(
                    Task(row["task"]),
                    row["tokens"],
                    PRIVATE if row.get("private") else OPEN,
                    files=row.get("files", 1),
                    tool_chain=row.get("tool_chain"),
                ),
                policy,
                Fleet(candidates),
            ),
        )
        for row in MIX["requests"]
    }


def share(rows: dict[str, Routed], place: Place | None) -> float:
    """The part of the requests that went there."""
    went = sum(row.weight for row in rows.values() if row.place is place)
    return went / sum(row.weight for row in rows.values())


def test_the_mix_is_a_thousand_requests_of_every_kind_that_the_seed_names() -> None:
    assert sum(row["weight"] for row in MIX["requests"]) == 1000
    tasks = {row["task"] for row in MIX["requests"]}
    assert tasks == set(Task) - {Task.COMPLETION, Task.EMBEDDING}


@pytest.mark.parametrize(
    ("name", "local", "cloud"),
    [("laptop", 0.71, 0.29), ("workstation", 0.80, 0.20), ("engine alone", 0.605, 0.38)],
)
def test_how_much_stays_on_this_machine(name: str, local: float, cloud: float) -> None:
    """Outside typing. What goes nowhere may not leave, and is too long for our own engine."""
    rows = routed(FLEETS[name])

    assert share(rows, Place.MACHINE) == pytest.approx(local)
    assert share(rows, Place.CLOUD) == pytest.approx(cloud)
    assert 0.6 <= local <= 0.8


@pytest.mark.parametrize("name", FLEETS)
def test_with_typing_counted_nearly_all_of_it_stays(name: str) -> None:
    typed = decide(request(Task.COMPLETION, 1_300, OPEN), OPENED, Fleet(FLEETS[name]))
    completions = MIX["completions_for_each"]

    assert typed.chosen is not None
    assert typed.chosen.place is Place.MACHINE
    assert (completions + share(routed(FLEETS[name]), Place.MACHINE)) / (completions + 1) > 0.98


def test_each_goes_where_it_goes_for_its_own_reason() -> None:
    for what, row in routed(LAPTOP).items():
        assert row.why in row.decision.reasons[0], what


@pytest.mark.parametrize("name", FLEETS)
def test_in_strict_mode_all_that_can_be_done_here_is_and_nothing_leaves(name: str) -> None:
    rows = routed(FLEETS[name], Policy())

    assert share(rows, Place.CLOUD) == 0
    assert all(row.decision.chosen or row.decision.refusal for row in rows.values())
    assert share(rows, Place.MACHINE) > (0.8 if name == "engine alone" else 0.999)


@pytest.mark.parametrize("name", FLEETS)
def test_no_private_request_ever_leaves(name: str) -> None:
    rows = routed(FLEETS[name])
    private = [rows[row["what"]] for row in MIX["requests"] if row.get("private")]

    assert len(private) == 3
    assert all(row.place in (Place.MACHINE, None) for row in private)
    assert all(each.place is Place.MACHINE for row in private for each in row.decision.fallbacks)
