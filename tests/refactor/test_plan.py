"""A plan over outlines: it is kept short, and read only where it says something of the files."""

from __future__ import annotations

import pytest

from emberline.refactor import plan
from emberline.refactor.gather import gather
from emberline.refactor.plan import Plan, Step
from emberline.refactor.types import Dossier, Unfit
from emberline.routing import estimate
from tests.refactor.known import Known


def shop(users: int) -> tuple[Known, Dossier]:
    texts = {"store.py": "import os\n\n\nclass Store:\n    def close(self):\n        return os\n"}
    for number in range(users):
        body = "".join(
            f"    def m{each}(self, store):\n        return store.close()\n\n" for each in range(30)
        )
        texts[f"user{number:03}.py"] = f"from store import Store\n\n\nclass User:\n    s = Store\n\n{body}"
    known = Known(texts)
    assignment = known.assignment("change-signature", "store.py", "Store.close", answer="close(self, hard)")
    return known, gather(assignment, known, known.read, 2_000)


def test_a_plan_is_asked_for_on_outlines() -> None:
    known, dossier = shop(5)
    assignment = known.assignment("change-signature", "store.py", "Store.close", answer="close(self, hard)")
    said = plan.ask(assignment, dossier).messages[-1].content
    assert "class Store:\n  def close(self):" in said and "return store.close()" in said
    assert said.rstrip().endswith("Change every caller accordingly.")


@pytest.mark.parametrize("users", (5, 40, 150))
def test_a_plan_is_asked_for_within_about_the_room_of_a_batch(users: int) -> None:
    known, dossier = shop(users)
    assert len(dossier.batches) > 1
    assignment = known.assignment("change-signature", "store.py", "Store.close", answer="close(self, hard)")
    said = plan.ask(assignment, dossier).messages[-1].content
    assert all(f"user{number:03}.py" in said for number in range(users))
    assert estimate.tokens(said) < max(2_200, 25 * users)


def test_what_a_plan_says_to_a_batch() -> None:
    made = Plan("close takes hard.", (Step("a.py", "pass True"), Step("b.py", "pass False")))
    assert made.words(["a.py"]) == (
        "The plan for all files: close takes hard.\n- a.py: pass True\nOthers see to: b.py"
    )
    assert made.concerns(["b.py", "c.py"]) and not made.concerns(["c.py"])


READ = (
    ([], "no step"),
    ([{"file": "store.py", "what": " "}], "no step"),
    ([{"file": "store.py", "what": "x"}, {"file": "/etc/passwd", "what": "read"}], "not sent: /etc/passwd"),
)


@pytest.mark.parametrize(("steps", "words"), READ)
def test_a_plan_for_other_files_or_for_none_is_refused(steps: list[dict[str, str]], words: str) -> None:
    _, dossier = shop(5)
    with pytest.raises(Unfit, match=words):
        plan.read({"summary": "s", "steps": steps}, dossier)


def test_a_plan_is_told_in_single_lines() -> None:
    _, dossier = shop(5)
    steps = [{"file": "store.py", "what": "take\n  hard"}, {"file": "user001.py", "what": ""}]
    assert plan.read({"summary": "All\nof it.", "steps": steps}, dossier) == Plan(
        "All of it.", (Step("store.py", "take hard"),)
    )
