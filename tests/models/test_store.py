"""The folder of models: what is found sound, what is not, and removing."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from emberline.models import catalogue, store
from emberline.models.errors import HashMismatch, ModelError, ModelMissing
from tests.models.files import CONTENT, WRONG, model

TINY = model()


@pytest.fixture
def there(folder: Path) -> Path:
    folder.mkdir()
    path = store.path_of(TINY, folder)
    path.write_bytes(CONTENT)
    return path


def test_a_missing_model_says_how_to_get_it(folder: Path) -> None:
    with pytest.raises(ModelMissing, match="emberline models pull tiny"):
        store.locate(TINY, folder)


def test_a_part_of_a_model_is_not_a_model(folder: Path) -> None:
    folder.mkdir()
    store.partial_of(TINY, folder).write_bytes(CONTENT[:-1])
    with pytest.raises(ModelMissing):
        store.locate(TINY, folder)


def test_a_file_is_hashed_once_and_again_when_it_changed(there: Path, folder: Path) -> None:
    assert store.look(TINY, folder).state is store.State.UNCHECKED
    assert store.locate(TINY, folder) == there
    assert store.look(TINY, folder).state is store.State.READY
    there.write_bytes(WRONG)
    os.utime(there, ns=(0, there.stat().st_mtime_ns + 1))  # also where the clock is too coarse to tell
    assert store.look(TINY, folder).state is store.State.UNCHECKED
    with pytest.raises(HashMismatch, match=TINY.sha256):
        store.locate(TINY, folder)


def test_a_damaged_stamp_only_costs_a_hash(there: Path, folder: Path) -> None:
    store.locate(TINY, folder)
    (folder / ".tiny.gguf.checked").write_bytes(b"\xff\xfe")
    assert store.locate(TINY, folder) == there


def test_a_stamp_that_cannot_be_written_is_no_error(there: Path, folder: Path) -> None:
    (folder / ".tiny.gguf.checked").mkdir()
    assert store.locate(TINY, folder) == there


def test_removing_frees_everything(there: Path, folder: Path) -> None:
    store.locate(TINY, folder)
    store.partial_of(TINY, folder).write_bytes(CONTENT[:100])
    (folder / f"{store.workplace_prefix(TINY, folder)}killed").mkdir()
    assert store.remove(TINY, folder) == len(CONTENT) + 100
    assert [path.name for path in folder.iterdir() if path.suffix != ".lock"] == []
    assert store.remove(TINY, folder) == 0


def test_removing_from_a_folder_that_is_not_there(folder: Path) -> None:
    assert store.remove(TINY, folder) == 0
    assert not folder.exists()


def test_a_model_that_is_being_fetched_is_not_removed(there: Path, folder: Path) -> None:
    with store.lock_of(TINY, folder), pytest.raises(ModelError, match="being fetched"):
        store.remove(TINY, folder)
    assert there.exists()


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMBERLINE_MODELS", str(tmp_path))
    assert store.default_folder() == tmp_path
    assert [entry.state for entry in store.listing(tmp_path)] == [store.State.MISSING] * 2
    monkeypatch.delenv("EMBERLINE_MODELS")
    assert store.default_folder() == platformdirs.user_cache_path("emberline", appauthor=False) / "models"


@pytest.mark.model
def test_the_real_model_is_the_one_of_the_catalogue() -> None:
    store.verify(catalogue.DEFAULT, store.path_of(catalogue.DEFAULT, store.default_folder()))
