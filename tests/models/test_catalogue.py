"""The catalogue's own consistency, and the look at a user's file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emberline.models import catalogue, gguf
from emberline.models.catalogue import PackageParts
from emberline.models.errors import NotGguf, UnknownModel


@pytest.mark.parametrize("model", catalogue.CATALOGUE, ids=lambda model: model.name)
def test_every_entry_is_pinned_and_has_two_kinds_of_source(model: catalogue.Model) -> None:
    assert re.fullmatch("[0-9a-f]{64}", model.sha256)
    assert model.file == Path(model.file).name and model.file.endswith(".gguf")
    assert model.licence == "Apache-2.0"
    assert [source.name for source in model.sources] == ["huggingface", "packages"]
    for source in model.sources:
        if isinstance(source, PackageParts):
            assert (source.count - 1) * source.part_bytes < model.size <= source.count * source.part_bytes


def test_names_are_unique() -> None:
    assert len({model.name for model in catalogue.CATALOGUE}) == len(catalogue.CATALOGUE)
    assert len({model.file for model in catalogue.CATALOGUE}) == len(catalogue.CATALOGUE)


def test_find() -> None:
    assert catalogue.find("qwen2.5-coder-0.5b") is catalogue.DEFAULT
    with pytest.raises(UnknownModel, match=r"did you mean qwen2\.5-coder-0\.5b\?"):
        catalogue.find("qwen2.5-coder-0.5")
    with pytest.raises(UnknownModel, match=r"engine\.model_path"):
        catalogue.find("gpt")


def test_a_gguf_file_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(b"GGUF\x03\x00\x00\x00rest")
    gguf.check(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "begins with b''"),
        (b"GGUF\x03", "is not a GGUF file"),
        (b"PK\x03\x04 zipped", r"begins with b'PK\\x03\\x04' instead of b'GGUF'"),
        (b"GGUF\x01\x00\x00\x00", "GGUF version 1; llama.cpp reads 2 and 3"),
    ],
)
def test_another_file_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(NotGguf, match=words):
        gguf.check(path)


def test_no_file_and_no_file_at_all(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.gguf", tmp_path):
        with pytest.raises(NotGguf, match="cannot be read"):
            gguf.check(path)
