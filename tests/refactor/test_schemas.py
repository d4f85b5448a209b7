"""The forms as the providers take them."""

from __future__ import annotations

import pytest
from jsonschema_rs import validator_for

from emberline.backends import schemas
from emberline.refactor import forms, plan
from emberline.refactor.actions import ACTIONS
from emberline.refactor.gather import gather
from emberline.refactor.types import Action, Form
from emberline.routing import estimate
from tests.refactor.known import Known

ASKED = [each for each in ACTIONS.values() if each.form not in (Form.NONE, Form.PROSE)]


@pytest.mark.parametrize("action", ASKED, ids=lambda each: each.id)
def test_a_schema_is_taken_as_it_is_by_the_strictest(action: Action) -> None:
    known = Known({"a.py": "def close():\n    pass\n", "b.py": "from a import close\n\nclose()\n"})
    assignment = known.assignment(action.id, "a.py", "close", answer="shut")
    schema = forms.ask(assignment, gather(assignment, known, known.read, 4_000)).schema
    assert schema is not None
    assert schemas.strict(schema) == schema
    assert schemas.plain(schema) == schema
    assert estimate.tokens(schemas.in_words(schema)) < 450
    validator_for(dict(schema))


def test_files_are_made_moved_and_deleted_only_where_the_action_may_need_it() -> None:
    known = Known({"a.py": "def close():\n    pass\n"})
    allowed = {}
    for action in ASKED:
        if action.form is Form.EDITS:
            assignment = known.assignment(action.id, "a.py", "close", answer="b.py")
            schema = forms.ask(assignment, gather(assignment, known, known.read, 4_000)).schema
            assert schema is not None
            extra = tuple(each for each in schema["properties"] if each not in ("summary", "edits"))
            if extra:
                allowed[action.id] = extra
    assert allowed == {
        "move-symbol": ("create",),
        "split-file": ("create", "delete"),
        "own-words": ("create", "move", "delete"),
        "directive": ("create", "move", "delete"),
    }


def test_a_plan_names_files_that_were_sent() -> None:
    known = Known({"a.py": "def close():\n    pass\n", "b.py": "from a import close\n\nclose()\n"})
    assignment = known.assignment("change-signature", "a.py", "close", answer="close(force)")
    dossier = gather(assignment, known, known.read, 4_000)
    schema = plan.ask(assignment, dossier).schema
    assert schema is not None and schemas.strict(schema) == schema
    valid = validator_for(dict(schema)).is_valid
    assert valid({"summary": "", "steps": [{"file": "b.py", "what": "pass force"}]})
    assert not valid({"summary": "", "steps": [{"file": "/etc/passwd", "what": "read"}]})
