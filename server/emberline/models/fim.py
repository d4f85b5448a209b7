"""Fill-in-the-middle: how each family of models wants prefix and suffix written, and which is a model's own.

Sources of the formats: each family's tokenizer configuration and model card. A model's vocabulary or
template tells best which one it has; its name is asked last, because it only tells what somebody called it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from emberline.models import go_template

_HOLE = re.compile(r"\{(prefix|suffix)\}")


@dataclass(frozen=True, slots=True)
class FimFormat:
    """How a family writes prefix P and suffix S; the model then continues with the middle."""

    template: str
    """The prompt with `{prefix}` and `{suffix}`; text may be appended behind it as the middle's beginning
    only where `{suffix}` does not come last."""
    file_header: str = ""
    """What names the file, with `{file}`, before all else; empty for a family that was trained without."""
    weak: bool = False
    """The model does not see the suffix."""

    def prompt(self, prefix: str, suffix: str, file: str = "") -> str:
        """The prompt up to where the middle begins. `file` is the file's name or path; empty: not told."""
        holes = {"prefix": prefix, "suffix": suffix}
        header = self.file_header.replace("{file}", file) if file else ""
        return header + _HOLE.sub(lambda hole: holes[hole[1]], self.template)

    @property
    def sentinels(self) -> tuple[str, ...]:
        """The special tokens in it, each of which is to be neutralised in the user's text."""
        return _literals(self.template) + _literals(self.file_header.replace("{file}", "{prefix}"))


class _Native(FimFormat):
    """Takes care that nobody's text holds a divider: noncharacters never stand in sound text."""

    __slots__ = ()

    def prompt(self, prefix: str, suffix: str, file: str = "") -> str:
        return super().prompt(prefix.translate(_UNDIVIDED), suffix.translate(_UNDIVIDED))


BEFORE_SUFFIX, AFTER_SUFFIX = "\ufdd0", "\ufdd1"
_UNDIVIDED = str.maketrans({BEFORE_SUFFIX: "\ufffd", AFTER_SUFFIX: "\ufffd"})

QWEN = FimFormat("<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>")
STARCODER = FimFormat("<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>")
SANTACODER = FimFormat("<fim-prefix>{prefix}<fim-suffix>{suffix}<fim-middle>")
CODELLAMA = FimFormat("<PRE> {prefix} <SUF>{suffix} <MID>")
DEEPSEEK = FimFormat("<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>")
CODEGEMMA = QWEN
GRANITE = STARCODER
GRANITE4 = QWEN
STABLE_CODE = STARCODER
CODESTRAL = FimFormat("[SUFFIX]{suffix}[PREFIX]{prefix}")
MELLUM = FimFormat("<fim_suffix>{suffix}<fim_prefix>{prefix}<fim_middle>", "<filename>{file}\n")
SEED_CODER = FimFormat("<[fim-suffix]>{suffix}<[fim-prefix]>{prefix}<[fim-middle]>")
GLM = FimFormat("<|code_prefix|>{prefix}<|code_suffix|>{suffix}<|code_middle|>")

FORMATS = {
    "qwen": QWEN,
    "starcoder": STARCODER,
    "santacoder": SANTACODER,
    "codellama": CODELLAMA,
    "deepseek": DEEPSEEK,
    "codegemma": CODEGEMMA,
    "granite": GRANITE,
    "granite4": GRANITE4,
    "stable-code": STABLE_CODE,
    "codestral": CODESTRAL,
    "mellum": MELLUM,
    "seed-coder": SEED_CODER,
    "glm": GLM,
}
"""By family, as the catalogue names them."""

NATIVE: FimFormat = _Native(f"{{prefix}}{BEFORE_SUFFIX}{{suffix}}{AFTER_SUFFIX}")
"""For a backend that takes the suffix as a parameter of its own: `split` gets the parts back."""

PLAIN = FimFormat("{prefix}", weak=True)
"""For a model that cannot fill in: it merely goes on from the prefix."""


def split(prompt: str) -> tuple[str, str]:
    """Prefix (with what was typed behind it) and suffix of a prompt in `NATIVE` format."""
    prefix, _, rest = prompt.partition(BEFORE_SUFFIX)
    suffix, _, typed = rest.partition(AFTER_SUFFIX)
    return prefix + typed, suffix


def format_of_vocabulary(tokens: Container[str], name: str = "") -> FimFormat | None:
    """The format whose special tokens are all among the model's own; None where there is none.

    StarCoder and Mellum have the same tokens in another order: there the model's `name` decides. A model may
    know the tokens without being trained to fill in (Qwen2.5's chat models do): that cannot be seen here.
    """
    for spelling in FORMATS.values():
        if all(_known(sentinel, tokens) for sentinel in _literals(spelling.template)):
            named = format_of_family(name)
            if named is not None and set(_literals(named.template)) == set(_literals(spelling.template)):
                return named
            return spelling
    return None


def format_of_template(template: str) -> FimFormat | None:
    """The format that an Ollama template (`template` of /api/show) has for a prompt with a suffix.

    It is rendered as Ollama does it for such a request: with `.Prompt` and `.Suffix`, and nothing else. None
    where no usable format comes of it: no suffix in it, nothing that parts the two, or what we cannot render.
    """
    rendered = go_template.render(template, {"Prompt": "{prefix}", "Suffix": "{suffix}"})
    if rendered is None:
        return None
    # White space at the ends is mere layout, and at the end it would part the middle from its beginning.
    rendered = rendered.strip()
    holes = _HOLE.findall(rendered)
    if sorted(holes) != ["prefix", "suffix"] or rendered.endswith("{suffix}") or not _literals(rendered):
        return None
    return next((known for known in FORMATS.values() if known.template == rendered), FimFormat(rendered))


def format_of_gguf(metadata: Mapping[str, object]) -> FimFormat | None:
    """The format that a GGUF file's metadata tells: its named special tokens, else its vocabulary.

    Source: `tokenizer.ggml.fim_{pre,suf,mid}_token_id`, in older files `{prefix,suffix,middle}_token_id`.
    """
    vocabulary = metadata.get("tokenizer.ggml.tokens")
    if not isinstance(vocabulary, Sequence):
        return None
    name = str(metadata.get("general.basename") or metadata.get("general.name") or "")
    for keys in (
        ("fim_pre_token_id", "fim_suf_token_id", "fim_mid_token_id"),
        ("prefix_token_id", "suffix_token_id", "middle_token_id"),
    ):
        tokens = tuple(_token(vocabulary, metadata.get(f"tokenizer.ggml.{key}")) for key in keys)
        if all(tokens):
            known = format_of_vocabulary(frozenset(tokens), name)
            return known or FimFormat("{}{{prefix}}{}{{suffix}}{}".format(*tokens))
    return format_of_vocabulary(frozenset(vocabulary), name)


def format_of_family(*names: str) -> FimFormat | None:
    """The format by what a model is called: architecture, family, then its name, as a backend reports them.

    The last resort. Architectures are only listed where every model of them fills in; names are compared by
    their beginning ("hf.co/bartowski/Codestral-22B-v0.1-GGUF" is a Codestral).
    """
    for name in names:
        found = _ARCHITECTURES.get(name.lower())
        if found is not None:
            return found
    for name in names:
        plain = re.sub(r"[^a-z0-9]", "", name.lower().rpartition("/")[2])
        for pattern, spelling in _NAMES:
            if pattern.match(plain):
                return spelling
    return None


_ARCHITECTURES = {"starcoder": STARCODER, "starcoder2": STARCODER}
_NAMES = tuple(
    (re.compile(pattern), spelling)
    for pattern, spelling in (
        (r"qwen(?:25|3)coder", QWEN),
        (r"codeqwen", STARCODER),
        (r"codegemma", CODEGEMMA),
        (r"(?:meta)?codellama(?!.*(?:python|34b|70b))", CODELLAMA),  # those were trained without infilling
        (r"deepseekcoder", DEEPSEEK),
        (r"codestral(?!mamba)", CODESTRAL),
        (r"mellum", MELLUM),
        (r"granite(?:\d+b)?code", GRANITE),
        (r"granite4", GRANITE4),
        (r"stablecode", STABLE_CODE),
        (r"starcoder", STARCODER),
        (r"santacoder", SANTACODER),
        (r"seedcoder", SEED_CODER),
    )
)


def _literals(template: str) -> tuple[str, ...]:
    pieces = _HOLE.split(template)[::2]
    return tuple(piece.strip() for piece in pieces if piece.strip())


def _known(sentinel: str, tokens: Container[str]) -> bool:
    """SentencePiece vocabularies write the space before a token as U+2581."""
    return sentinel in tokens or f"\u2581{sentinel}" in tokens


def _token(vocabulary: Sequence[object], index: object) -> str:
    if not isinstance(index, int) or not 0 <= index < len(vocabulary):
        return ""
    return str(vocabulary[index]).removeprefix("\u2581")


def sentinels(formats: Iterable[FimFormat] = FORMATS.values()) -> frozenset[str]:
    """Every special token of these formats."""
    return frozenset(token for spelling in formats for token in spelling.sentinels)
