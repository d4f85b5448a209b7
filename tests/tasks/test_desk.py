"""The tasks of one editor, over a scripted router."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emberline.errors import UserError
from emberline.tasks.desk import Desk, Excerpt
from emberline.tasks.types import Nobody
from tests.tasks.repository import Repo
from tests.tasks.scripted_router import Scripted, as_router

TEXT = "The shop sells books and opens at nine."


def desk(folder: Path, *answers: str, **more: str) -> tuple[Desk, Scripted]:
    router = Scripted(answers, folder=folder, **more)  # type: ignore[arg-type]
    return Desk(as_router(router), (folder,)), router


async def test_a_message_for_the_folder_that_is_open(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "work")
    repo.stage("store.py", "def close(): pass\n")
    chores, _ = desk(repo.folder, json.dumps({"subject": "Add a store that can be closed"}))
    told = await chores.commit_message(None, Nobody())
    assert told.text == "Add a store that can be closed"
    assert told.words == "Computed by small-model on this machine: it is routine work."
    assert told.decision is not None and told.decision.chosen is not None
    nowhere = Desk(as_router(Scripted()), ())
    with pytest.raises(UserError, match="no folder is open"):
        await nowhere.commit_message(None, Nobody())
    with pytest.raises(UserError, match="no folder is open"):
        await nowhere.ask("where?", Nobody())


async def test_a_text_as_the_editor_has_it_or_as_it_lies_there(tmp_path: Path) -> None:
    path = tmp_path / "shop.md"
    path.write_text(TEXT)
    chores, router = desk(tmp_path, TEXT, TEXT)
    assert (await chores.summarize(Excerpt(path.as_uri()), Nobody())).text == TEXT
    assert (await chores.summarize(Excerpt(path.as_uri(), f"{TEXT} Unsaved."), Nobody())).text == TEXT
    assert "Unsaved." not in router.asked[0].messages[1].content
    assert "Unsaved." in router.asked[1].messages[1].content
    for excerpt, said in (
        (Excerpt(path.as_uri(), " \n"), "nothing in it"),
        (Excerpt("untitled:Untitled-1"), "is not open"),
        (Excerpt((tmp_path / ".env").as_uri(), "TOKEN=1"), "no model may read .env"),
        (Excerpt((tmp_path / "gone.md").as_uri()), "cannot be read"),
    ):
        with pytest.raises(UserError, match=said):
            await chores.summarize(excerpt, Nobody())
    assert len(router.asked) == 2


async def test_a_log(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text("2026-01-02 03:04:05 ERROR disk full\n" * 5)
    chores, _ = desk(tmp_path, refusal="no model is there")
    for excerpt in (Excerpt(path.as_uri()), Excerpt(path.as_uri(), path.read_text())):
        told = await chores.summarize_log(excerpt, Nobody())
        assert "disk full" in told.text
        assert "no model is there" in told.words
        assert told.decision is None


async def test_classes(tmp_path: Path) -> None:
    chores, router = desk(tmp_path, '{"label": "bug"}', '{"label": "feature"}')
    told = await chores.classify(["it crashes", "add a button"], ["bug", "feature"], Nobody())
    assert told.labels == ("bug", "feature")
    assert told.words.startswith("Computed by small-model on this machine")
    assert {each.source for labels in router.labels for each in labels} == {str(tmp_path / "text")}
    with pytest.raises(UserError, match="no more than 1000"):
        await chores.classify(["x"] * 1001, ["a", "b"], Nobody())


async def test_a_text_without_a_file_stays_where_its_workspace_stays(tmp_path: Path) -> None:
    chores, router = desk(tmp_path, '{"label": "bug"}')
    (tmp_path / ".gitignore").write_text("text\n")
    await chores.classify(["it crashes"], ["bug", "feature"], Nobody())
    assert router.labels[0][0].level.value == "strict"
