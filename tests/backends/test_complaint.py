"""What servers complain of, and how much of it may be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.backends.complaint import Complaint, quotable, read


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (
            {"error": {"message": "No.", "type": "t", "code": "c", "param": "p"}},
            Complaint("No.", "t", "c", "p"),
        ),
        ({"error": {"message": "No.", "type": None, "code": 429}}, Complaint("No.", code="429")),
        ({"type": "error", "error": {"type": "api_error", "message": "No."}}, Complaint("No.", "api_error")),
        (
            {"error": {"type": "t", "message": "No.", "details": {"error_code": "spend_limit_reached"}}},
            Complaint("No.", "t", "spend_limit_reached"),
        ),
        ({"error": "model not found"}, Complaint("model not found")),
        ({"object": "error", "message": "No.", "type": "t", "code": "1300"}, Complaint("No.", "t", "1300")),
        ({"message": "Unauthorized", "request_id": "1"}, Complaint("Unauthorized")),
        ({"detail": "Not Found"}, Complaint("Not Found")),
        (
            {"detail": [{"loc": ["body", "stop"], "msg": "Field required", "input": "secret"}]},
            Complaint("Field required", param="body.stop"),
        ),
        (
            {"object": "error", "message": {"detail": [{"loc": ["body", 0], "msg": "extra"}]}, "type": "t"},
            Complaint("extra", "t", param="body.0"),
        ),
        ({"detail": []}, Complaint()),
        ({"error": 7}, Complaint()),
        ([], Complaint()),
        (None, Complaint()),
    ],
)
def test_every_shape(answer: object, complaint: Complaint) -> None:
    assert read(answer) == complaint


def test_a_novel_is_cut() -> None:
    assert len(read({"error": "x" * 10_000}).message) == 300


PROMPT = "def transfer(amount, to):\n    '''Moves money.'''\n    ledger.append((amount, to))\n"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Unknown field.", "Unknown field"),
        ("One\n  line\tat \x1b[31ma time..", "One line at [31ma time"),
        (f"cannot parse {PROMPT[10:60]}", ""),
        ("invalid key abcd1234", ""),
        ("", ""),
    ],
)
def test_what_is_told(message: str, told: str) -> None:
    assert quotable(message, [PROMPT, "abcd1234"]) == told


@given(st.integers(0, len(PROMPT) - 24), st.text(max_size=40))
def test_no_run_of_the_prompt_is_ever_told(at: int, before: str) -> None:
    assert quotable(before + PROMPT[at : at + 24], [PROMPT]) == ""
