"""Fill-in-the-middle formats by model family; source: each one's tokenizer configuration and model card."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FimFormat:
    """How a family writes prefix P and suffix S; the model then continues with the middle."""

    template: str
    """The prompt with `{prefix}` and `{suffix}`; text may be appended behind it as the middle's beginning
    only where `{suffix}` does not come last."""

    def prompt(self, prefix: str, suffix: str) -> str:
        before, _, rest = self.template.partition("{prefix}")
        if "{suffix}" in before:
            head, _, tail = before.partition("{suffix}")
            return head + suffix + tail + prefix + rest
        between, _, end = rest.partition("{suffix}")
        return before + prefix + between + suffix + end


QWEN = FimFormat("<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>")
STARCODER = FimFormat("<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>")
CODELLAMA = FimFormat("<PRE> {prefix} <SUF>{suffix} <MID>")
DEEPSEEK = FimFormat("<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>")
CODEGEMMA = QWEN

FORMATS = {
    "qwen": QWEN,
    "starcoder": STARCODER,
    "codellama": CODELLAMA,
    "deepseek": DEEPSEEK,
    "codegemma": CODEGEMMA,
}
