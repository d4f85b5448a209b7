"""What a GGUF file says of itself, read without loading the model.

Format: docs/gguf.md of the ggml project. The `gguf` package reads it too, but brings numpy along and trusts
the file. Model files come from strangers: every count and length is held against a limit before anything is
read, and whatever does not fit is a `NotGguf` that says where.
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from emberline.models import quantization
from emberline.models.errors import NotGguf
from emberline.models.fim import format_of_gguf
from emberline.models.info import Capability, KvShape, ModelInfo

MAGIC = b"GGUF"
VERSIONS = (2, 3)  # 1 was never released with quantized models, and llama.cpp dropped it

MAX_ENTRIES = 65_536
"""Key/value pairs, and tensors: real files have up to 100 and 3 000."""
MAX_KEY_BYTES = 65_535
MAX_STRING_BYTES = 16 << 20
"""Of a chat template, say; a vocabulary's tokens are strings of their own."""
MAX_ARRAY_ITEMS = 2 << 20
MAX_HEADER_BYTES = 128 << 20
"""All of it; a vocabulary of 260 000 tokens with its merges takes 20 MB."""
MAX_DIMENSIONS = 4
KEPT_ITEMS = 4096
"""Arrays of more items are skipped (scores, merges), except for the vocabulary."""
VOCABULARY = "tokenizer.ggml.tokens"

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...]

_STRING, _ARRAY = 8, 9
_FORMATS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_TENSOR_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K", 11: "Q3_K_M",
    12: "Q4_K_M", 13: "Q5_K_M", 14: "Q6_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0",
    39: "MXFP4", 40: "NVFP4",
}  # fmt: skip
"""What a file of mostly such tensors is called. Source: `enum ggml_type` of ggml.h."""
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


@dataclass(frozen=True, slots=True)
class Header:
    """Everything before the weights."""

    metadata: Mapping[str, Value]
    """Without arrays of more than KEPT_ITEMS items, except for the vocabulary."""
    parameters: int
    """Weights in all tensors of this file."""
    weights_by_type: Mapping[int, int]
    """How many of them are stored as which `ggml_type`."""
    size: int
    """Of the whole file, in bytes."""

    @property
    def architecture(self) -> str:
        """ "qwen2", "llama", …: the prefix of the keys that describe its shape."""
        return str(self.metadata.get("general.architecture", ""))


def check(path: Path) -> None:
    """Raise NotGguf unless the file begins as a GGUF file of a version that llama.cpp reads."""
    try:
        with path.open("rb") as file:
            _check_head(path, file.read(8))
    except OSError as error:
        raise _unreadable(path, error) from error


def read(path: Path) -> Header:
    """Metadata and tensor list of one file. Raises NotGguf for anything else.

    Takes some 0.2 s for a vocabulary of 150 000 tokens: for a thread, where a loop runs.
    """
    try:
        size = path.stat().st_size
        with path.open("rb", buffering=1 << 20) as file:
            _check_head(path, file.read(8))
            return _Reader(path, file, size).header()
    except OSError as error:
        raise _unreadable(path, error) from error


def info(path: Path) -> ModelInfo:
    """What the file tells of its model; of all its parts, where it was split into several files.

    `name` is the file's, without ".gguf". Raises NotGguf, also where a part is missing.
    """
    parts = [read(part) for part in _parts(path)]
    first = parts[0]
    facts, architecture = first.metadata, first.architecture
    fim = format_of_gguf(facts)
    abilities = {
        *((Capability.CHAT,) if facts.get("tokenizer.chat_template") else ()),
        *((Capability.INFILL,) if fim is not None else ()),
    }
    context = facts.get(f"{architecture}.context_length")
    return ModelInfo(
        name=_SPLIT.sub("", path.name).removesuffix(".gguf"),
        capabilities=frozenset(abilities),
        context_tokens=context if isinstance(context, int) and context > 0 else None,
        quantization=_quantization(parts),
        parameters=sum(part.parameters for part in parts) / 1e9 or None,
        family=architecture,
        size_bytes=sum(part.size for part in parts),
        kv=kv_shape(facts),
        fim=fim,
    )


def kv_shape(metadata: Mapping[str, object]) -> KvShape | None:
    """What the KV cache's size depends on; None where the metadata does not tell.

    Source: docs/gguf.md. Without `.key_length` and `.value_length` both are embedding length / heads. Where
    layers differ in heads (hybrid models have layers without attention), those that have some are counted,
    with their mean, rounded up. Models with sliding windows take less than this shape says.
    """
    architecture = metadata.get("general.architecture")

    def of(key: str) -> object:
        return metadata.get(f"{architecture}.{key}")

    layers, width, heads = of("block_count"), of("embedding_length"), _mean(of("attention.head_count"))
    kv_heads = of("attention.head_count_kv")
    if isinstance(kv_heads, Sequence) and not isinstance(kv_heads, str):
        layers = sum(1 for count in kv_heads if count)
    key_value_heads = _mean(kv_heads) or heads
    usual = width // heads if isinstance(width, int) and heads else None
    key, value = of("attention.key_length") or usual, of("attention.value_length") or usual
    shape = [
        number
        for number in (layers, key_value_heads, key, value)
        if isinstance(number, int) and 0 < number < 1 << 20
    ]
    return KvShape(*shape) if len(shape) == 4 else None


def _mean(heads: object) -> int:
    """Of the layers that have any, rounded up; 0 where there is none."""
    listed = heads if isinstance(heads, Sequence) and not isinstance(heads, str) else (heads,)
    some = [count for count in listed if isinstance(count, int) and count > 0]
    return math.ceil(sum(some) / len(some)) if some else 0


def _quantization(parts: Sequence[Header]) -> str:
    """By the file's own word, else by what most weights are stored as."""
    stated = parts[0].metadata.get("general.file_type")
    found = quantization.of_file_type(stated) if isinstance(stated, int) else None
    if found is not None:
        return found.name
    weights: Counter[int] = Counter()
    for part in parts:
        weights.update(part.weights_by_type)
    return _TENSOR_TYPES.get(weights.most_common(1)[0][0], "") if weights else ""


def _parts(path: Path) -> list[Path]:
    """The file, or all files of the model that it is a part of. Source: llama.cpp's gguf-split."""
    split = _SPLIT.search(path.name)
    if split is None or not int(split[2]):
        return [path]
    stem, count = path.name[: split.start()], int(split[2])
    return [path.with_name(f"{stem}-{number:05}-of-{count:05}.gguf") for number in range(1, count + 1)]


def _unreadable(path: Path, error: OSError) -> NotGguf:
    return NotGguf(f"{path} cannot be read ({error.strerror}): engine.model_path must name a GGUF file")


def _check_head(path: Path, head: bytes) -> None:
    if head[:4] != MAGIC or len(head) < 8:
        raise NotGguf(
            f"{path} is not a GGUF file: it begins with {head[:4]!r} instead of {MAGIC!r}. "
            "engine.model_path must name a model in llama.cpp's GGUF format"
        )
    (version,) = struct.unpack("<I", head[4:])
    if version not in VERSIONS:
        raise NotGguf(f"{path} is GGUF version {version}; llama.cpp reads {' and '.join(map(str, VERSIONS))}")


class _Reader:
    """Reads on from behind the version."""

    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        self._path = path
        self._file = file
        self._size = size
        self._left = min(size, MAX_HEADER_BYTES)

    def header(self) -> Header:
        tensors = self._count("tensors", MAX_ENTRIES)
        pairs = self._count("metadata entries", MAX_ENTRIES)
        metadata: dict[str, Value] = {}
        for _ in range(pairs):
            key = self._string("a key", MAX_KEY_BYTES)
            value = self._value(self._number("<I"), key)
            if value is not None:
                metadata[key] = value
        weights: Counter[int] = Counter()
        last = 0
        for _ in range(tensors):
            kind, count, offset = self._tensor()
            weights[kind] += count
            last = max(last, offset)
        if tensors and self._file.tell() + last >= self._size:
            raise self._wrong("it is cut off: weights lie behind its end. Fetch it again")
        return Header(metadata, weights.total(), weights, self._size)

    def _tensor(self) -> tuple[int, int, int]:
        """Type, number of weights, and where they lie."""
        name = self._string("a tensor's name", MAX_KEY_BYTES)
        dimensions = self._number("<I")
        if dimensions > MAX_DIMENSIONS:
            raise self._wrong(f"tensor {name[:64]!r} has {dimensions} dimensions")
        count = math.prod(self._number("<Q") for _ in range(dimensions))
        kind, offset = self._number("<I"), self._number("<Q")
        if count >> 63:
            raise self._wrong(f"tensor {name[:64]!r} has {count} weights")
        return kind, count, offset

    def _value(self, kind: int, key: str) -> Value | None:
        """None for an array that is skipped."""
        if kind != _ARRAY:
            return self._scalar(kind, key)
        items = self._number("<I")
        count = self._count(f"items of {key[:64]!r}", MAX_ARRAY_ITEMS)
        kept = count <= KEPT_ITEMS or key == VOCABULARY
        if items == _STRING:
            if kept:
                return tuple(self._string(key, MAX_STRING_BYTES) for _ in range(count))
            for _ in range(count):
                self._bytes(self._length(key, MAX_STRING_BYTES), key)
            return None
        width = struct.calcsize(_FORMATS[items]) if items in _FORMATS else 0
        if not width:
            raise self._wrong(f"{key[:64]!r} is an array of the unknown type {items}")
        data = self._bytes(count * width, key)
        return struct.unpack(f"<{count}{_FORMATS[items][1]}", data) if kept else None

    def _scalar(self, kind: int, key: str) -> Scalar:
        if kind == _STRING:
            return self._string(key, MAX_STRING_BYTES)
        if kind not in _FORMATS:
            raise self._wrong(f"{key[:64]!r} has the unknown type {kind}")
        value: Scalar = struct.unpack(_FORMATS[kind], self._bytes(struct.calcsize(_FORMATS[kind]), key))[0]
        return value

    def _number(self, form: str) -> int:
        return int(struct.unpack(form, self._bytes(struct.calcsize(form), "a number"))[0])

    def _count(self, what: str, limit: int) -> int:
        count = self._number("<Q")
        if count > limit:
            raise self._wrong(f"it claims {count} {what}; more than {limit} are not read")
        return count

    def _string(self, what: str, limit: int) -> str:
        return self._bytes(self._length(what, limit), what).decode(errors="replace")

    def _length(self, what: str, limit: int) -> int:
        length = self._number("<Q")
        if length > limit:
            raise self._wrong(
                f"a text of {what[:64]!r} claims {length} bytes; more than {limit} are not read"
            )
        return length

    def _bytes(self, length: int, what: str) -> bytes:
        self._left -= length
        if self._left < 0:  # before memory is asked for
            raise self._wrong(f"it ends within {what[:64]!r}, or says more of itself than is read")
        data = self._file.read(length)
        if len(data) < length:
            raise self._wrong(f"it ends within {what[:64]!r}")
        return data

    def _wrong(self, what: str) -> NotGguf:
        return NotGguf(f"{self._path} is not a sound GGUF file: {what}")
