"""GGUF files: what a sound one tells, and that a broken or hostile one is refused at once and in words."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emberline.models import catalogue, gguf, store
from emberline.models.errors import NotGguf
from emberline.models.fim import QWEN
from emberline.models.info import Capability, KvShape

TYPES = {bool: 7, str: 8, int: 4, float: 6}
F16, Q4_K, Q8_0 = 1, 12, 8


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value(item: object) -> bytes:
    """An entry's type and value; a tuple is an array of its first item's type."""
    if isinstance(item, tuple):
        parts = [value(each) for each in item]
        kind = parts[0][:4] if parts else struct.pack("<I", 4)
        return (
            struct.pack("<I", 9) + kind + struct.pack("<Q", len(parts)) + b"".join(part[4:] for part in parts)
        )
    kind = struct.pack("<I", TYPES[type(item)])
    if isinstance(item, str):
        return kind + text(item)
    return kind + struct.pack({bool: "<?", int: "<I", float: "<f"}[type(item)], item)


@dataclass
class Writer:
    """A small GGUF file, with the lies that a test asks for."""

    facts: dict[str, object] = field(default_factory=dict)
    tensors: tuple[tuple[tuple[int, ...], int], ...] = (((256, 4), Q4_K),)
    """Dimensions and type of each."""
    version: int = 3
    tensor_count: int | None = None
    fact_count: int | None = None
    data: bytes = bytes(4096)

    def bytes(self) -> bytes:
        tensors = len(self.tensors) if self.tensor_count is None else self.tensor_count
        facts = len(self.facts) if self.fact_count is None else self.fact_count
        parts = [struct.pack("<4sIQQ", b"GGUF", self.version, tensors, facts)]
        parts += [text(key) + value(item) for key, item in self.facts.items()]
        for number, (dimensions, kind) in enumerate(self.tensors):
            shape = struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
            parts.append(text(f"blk.{number}") + shape + struct.pack("<IQ", kind, 0))
        return b"".join(parts) + self.data

    def to(self, path: Path) -> Path:
        path.write_bytes(self.bytes())
        return path


SHAPE: dict[str, object] = {
    "general.architecture": "llama",
    "general.file_type": 15,
    "llama.block_count": 32,
    "llama.context_length": 131_072,
    "llama.embedding_length": 4096,
    "llama.attention.head_count": 32,
    "llama.attention.head_count_kv": 8,
}


def test_what_a_file_tells(tmp_path: Path) -> None:
    facts = SHAPE | {
        "tokenizer.ggml.tokens": ("a", *QWEN.sentinels),
        "tokenizer.ggml.scores": tuple(map(float, range(5000))),
        "tokenizer.ggml.merges": ("a b",) * 5000,
        "tokenizer.chat_template": "{{ messages }}",
    }
    path = Writer(facts, tensors=(((4096, 128), Q4_K), ((4096,), F16))).to(tmp_path / "llama.gguf")
    found = gguf.info(path)
    assert found.name == "llama"
    assert found.family == "llama"
    assert found.capabilities == {Capability.CHAT, Capability.INFILL}
    assert found.fim == QWEN
    assert found.quantization == "Q4_K_M"
    assert found.context_tokens == 131_072
    assert found.parameters == (4096 * 128 + 4096) / 1e9
    assert found.size_bytes == path.stat().st_size
    assert found.kv == KvShape(32, 8, 128, 128)
    assert not {"tokenizer.ggml.scores", "tokenizer.ggml.merges"} & gguf.read(path).metadata.keys()


def test_a_file_that_tells_nothing(tmp_path: Path) -> None:
    found = gguf.info(Writer(tensors=()).to(tmp_path / "bare.gguf"))
    assert found.capabilities == frozenset()
    assert (found.parameters, found.kv, found.fim, found.context_tokens, found.quantization) == (
        None,
    ) * 4 + ("",)


@pytest.mark.parametrize(
    ("facts", "shape"),
    [
        ({}, KvShape(32, 8, 128, 128)),
        ({"llama.attention.key_length": 192, "llama.attention.value_length": 128}, KvShape(32, 8, 192, 128)),
        ({"llama.attention.head_count_kv": (8, 8, 4, 4)}, KvShape(4, 6, 128, 128)),
        ({"llama.attention.head_count_kv": (0, 0, 8, 0)}, KvShape(1, 8, 128, 128)),
        ({"llama.attention.head_count_kv": 0}, KvShape(32, 32, 128, 128)),
        ({"llama.block_count": "many"}, None),
        ({"llama.block_count": 0}, None),
        ({"llama.embedding_length": 0}, None),
        ({"llama.attention.head_count": 0, "llama.attention.head_count_kv": 0}, None),
        ({"general.architecture": "qwen2"}, None),
    ],
)
def test_shapes_of_the_cache(facts: dict[str, object], shape: KvShape | None) -> None:
    assert gguf.kv_shape(SHAPE | facts) == shape


@pytest.mark.parametrize(
    ("facts", "tensors", "name"),
    [
        ({"general.file_type": 7}, (((256,), Q4_K),), "Q8_0"),
        ({}, (((256, 9), Q8_0), ((256,), F16)), "Q8_0"),
        ({"general.file_type": 4000}, (((256,), Q4_K),), "Q4_K_M"),
        ({}, (((256,), 4000),), ""),
    ],
)
def test_quantizations(
    tmp_path: Path, facts: dict[str, object], tensors: tuple[tuple[tuple[int, ...], int], ...], name: str
) -> None:
    assert gguf.info(Writer(facts, tensors).to(tmp_path / "a.gguf")).quantization == name


def test_a_model_in_several_files(tmp_path: Path) -> None:
    paths = [tmp_path / f"big-q8_0-0000{number}-of-00002.gguf" for number in (1, 2)]
    first, second = Writer(SHAPE), Writer(tensors=(((256, 8), Q4_K),))
    for writer, path in zip((first, second), paths, strict=True):
        writer.to(path)
    for path in paths:
        found = gguf.info(path)
        assert found.name == "big-q8_0"
        assert found.parameters == 256 * 12 / 1e9
        assert found.size_bytes == sum(path.stat().st_size for path in paths)
        assert found.family == "llama"
    paths[1].unlink()
    with pytest.raises(NotGguf, match="00002-of-00002"):
        gguf.info(paths[0])


def test_a_single_file_with_an_odd_name(tmp_path: Path) -> None:
    assert gguf.info(Writer(SHAPE).to(tmp_path / "odd-00000-of-00000.gguf")).family == "llama"


def array(kind: int, count: int) -> bytes:
    return text("k") + struct.pack("<IIQ", 9, kind, count)


def file_with(entry: bytes) -> bytes:
    return struct.pack("<4sIQQ", b"GGUF", 3, 0, 1) + entry + bytes(64)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "not a GGUF file"),
        (b"GGUF\x03\x00", "not a GGUF file"),
        (b"PK\x03\x04 and so on", "not a GGUF file"),
        (Writer(version=1).bytes(), "version 1"),
        (Writer(version=3 << 24).bytes(), "version 50331648"),
        (b"GGUF\x03\x00\x00\x00", "it ends within"),
        (Writer(tensor_count=1 << 62).bytes(), "claims .* tensors"),
        (Writer(fact_count=1 << 40).bytes(), "claims .* metadata entries"),
        (Writer(tensors=(((1 << 40, 1 << 40), F16),)).bytes(), "weights"),
        (Writer(tensors=(((2, 2, 2, 2, 2), F16),)).bytes(), "5 dimensions"),
        (Writer(SHAPE, data=b"").bytes(), "cut off"),
        (Writer(SHAPE).bytes()[:100], "ends"),
        (file_with(text("k") + struct.pack("<I", 13)), "unknown type 13"),
        (file_with(array(13, 2)), "unknown type 13"),
        (file_with(array(9, 2)), "unknown type 9"),
        (file_with(array(8, 1 << 60)), "claims .* items"),
        (file_with(array(4, 1 << 20)), "ends within"),
        (file_with(text("k") + struct.pack("<IQ", 8, 1 << 50)), "claims .* bytes"),
        (file_with(struct.pack("<Q", 1 << 20)), "claims .* bytes"),
    ],
)
def test_what_is_not_sound_is_refused(tmp_path: Path, data: bytes, complaint: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    with pytest.raises(NotGguf, match=complaint) as error:
        gguf.info(path)
    assert str(path) in str(error.value)


def test_a_header_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    """A sparse file of arrays that each are just not too long."""
    path = tmp_path / "huge.gguf"
    with path.open("wb") as file:
        file.write(struct.pack("<4sIQQ", b"GGUF", 3, 0, 20))
        for _ in range(20):
            file.write(array(10, gguf.MAX_ARRAY_ITEMS))
            file.seek(8 * gguf.MAX_ARRAY_ITEMS, 1)
        file.truncate()
    with pytest.raises(NotGguf, match="more of itself than is read"):
        gguf.read(path)


@pytest.mark.parametrize("path", ["missing.gguf", "."])
def test_what_cannot_be_read(tmp_path: Path, path: str) -> None:
    for read in (gguf.check, gguf.read, gguf.info):
        with pytest.raises(NotGguf, match="cannot be read"):
            read(tmp_path / path)


SOUND = Writer(SHAPE | {"tokenizer.ggml.tokens": ("a", "b"), "x": (1, 2), "y": True, "z": 1.5}).bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(
    cut=st.integers(8, len(SOUND)),
    changes=st.lists(
        st.tuples(st.integers(8, len(SOUND) - 1), st.binary(min_size=1, max_size=9)), max_size=4
    ),
)
def test_damaged_files_are_read_or_refused(
    tmp_path: Path, cut: int, changes: list[tuple[int, bytes]]
) -> None:
    data = bytearray(SOUND)
    for position, junk in changes:
        data[position : position + len(junk)] = junk
    path = tmp_path / "damaged.gguf"
    path.write_bytes(data[:cut])
    try:
        found = gguf.info(path)
    except NotGguf as error:
        assert str(path) in str(error)
    else:
        assert found.size_bytes == min(cut, len(data))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.binary(max_size=400))
def test_junk_is_read_or_refused(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "junk.gguf"
    path.write_bytes(b"GGUF\x03\x00\x00\x00" + junk)
    try:
        gguf.info(path)
    except NotGguf as error:
        assert str(path) in str(error)


@pytest.mark.model
def test_the_real_model() -> None:
    model = catalogue.DEFAULT
    found = gguf.info(store.path_of(model, store.default_folder()))
    assert found.quantization == model.quantization
    assert found.size_bytes == model.size
    assert found.fim == QWEN
    assert found.family == "qwen2"
    assert found.context_tokens == 32_768
    assert found.kv == KvShape(24, 2, 64, 64)
    assert found.capabilities == {Capability.CHAT, Capability.INFILL}
    assert found.parameters == pytest.approx(0.63, rel=0.01)  # the embedding counts twice: it is stored twice
