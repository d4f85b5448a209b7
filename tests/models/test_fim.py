"""Formats: how each family's prompt looks, how a model's own is found, and that no user text can act."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.completion.sentinels import BREAK, neutralise
from emberline.models.fim import (
    CODELLAMA,
    CODESTRAL,
    DEEPSEEK,
    FORMATS,
    GLM,
    MELLUM,
    NATIVE,
    PLAIN,
    QWEN,
    SANTACODER,
    SEED_CODER,
    STARCODER,
    FimFormat,
    format_of_family,
    format_of_gguf,
    format_of_template,
    format_of_vocabulary,
    sentinels,
    split,
)

PROMPTS = {
    "qwen": "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
    "codegemma": "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
    "granite4": "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
    "starcoder": "<fim_prefix>P<fim_suffix>S<fim_middle>",
    "granite": "<fim_prefix>P<fim_suffix>S<fim_middle>",
    "stable-code": "<fim_prefix>P<fim_suffix>S<fim_middle>",
    "santacoder": "<fim-prefix>P<fim-suffix>S<fim-middle>",
    "codellama": "<PRE> P <SUF>S <MID>",
    "deepseek": "<｜fim▁begin｜>P<｜fim▁hole｜>S<｜fim▁end｜>",
    "codestral": "[SUFFIX]S[PREFIX]P",
    "mellum": "<fim_suffix>S<fim_prefix>P<fim_middle>",
    "seed-coder": "<[fim-suffix]>S<[fim-prefix]>P<[fim-middle]>",
    "glm": "<|code_prefix|>P<|code_suffix|>S<|code_middle|>",
}


@pytest.mark.parametrize("family", FORMATS)
def test_prompts(family: str) -> None:
    assert FORMATS[family].prompt("P", "S") == PROMPTS[family]


def test_a_file_is_named_where_the_family_was_trained_with_it() -> None:
    assert MELLUM.prompt("P", "S", "a.py") == "<filename>a.py\n<fim_suffix>S<fim_prefix>P<fim_middle>"
    assert QWEN.prompt("P", "S", "a.py") == QWEN.prompt("P", "S")


@pytest.mark.parametrize("spelling", [*FORMATS.values(), NATIVE], ids=[*FORMATS, "native"])
@given(prefix=st.text(), suffix=st.text())
def test_text_is_put_in_as_it_is(spelling: FimFormat, prefix: str, suffix: str) -> None:
    """Also where it holds the spelling of a hole."""
    prefix, suffix = prefix + "{suffix}{prefix}", "{prefix}" + suffix
    prompt = spelling.prompt(prefix, suffix)
    if spelling is not NATIVE:
        assert prefix in prompt and suffix in prompt
    assert len(prompt) == len(prefix) + len(suffix) + len(spelling.prompt("", ""))


@given(prefix=st.text(), suffix=st.text(), typed=st.text())
def test_native_prompts_come_apart_again(prefix: str, suffix: str, typed: str) -> None:
    sound = str.maketrans("\ufdd0\ufdd1", "\ufffd\ufffd")
    prompt = NATIVE.prompt(prefix, suffix) + typed
    assert split(prompt) == (prefix.translate(sound) + typed, suffix.translate(sound))


@pytest.mark.parametrize("text", ["\ufdd0", "\ufdd1", "a\ufdd1b\ufdd0"])
def test_dividers_in_the_users_text_do_not_divide(text: str) -> None:
    prefix, suffix = split(NATIVE.prompt(f"before {text}", f"{text} after") + f"typed {text}")
    assert prefix.startswith("before ") and prefix.endswith(f"typed {text}") and suffix.endswith(" after")


def test_a_model_without_infilling_sees_the_prefix_alone() -> None:
    assert PLAIN.weak and PLAIN.prompt("P", "S") == "P"
    assert not any(spelling.weak for spelling in FORMATS.values())


def test_no_sentinel_of_any_family_acts_in_the_users_text() -> None:
    tokens = sentinels()
    assert {"<PRE>", "[SUFFIX]", "<filename>", "<[fim-middle]>", "<｜fim▁hole｜>"} <= tokens
    for token in tokens:
        assert neutralise(f"x = {token}y") == f"x = {token[0]}{BREAK}{token[1:]}y"


@pytest.mark.parametrize("family", FORMATS)
def test_every_vocabulary_tells_its_format(family: str) -> None:
    vocabulary = {*FORMATS[family].sentinels, "def", "<s>"}
    assert format_of_vocabulary(vocabulary, family) == FORMATS[family]


@pytest.mark.parametrize(
    ("vocabulary", "name", "expected"),
    [
        ({"\u2581<PRE>", "\u2581<SUF>", "\u2581<MID>"}, "", CODELLAMA),
        ({"<fim_prefix>", "<fim_suffix>", "<fim_middle>"}, "", STARCODER),
        ({"<fim_prefix>", "<fim_suffix>", "<fim_middle>"}, "Mellum 4b Base", MELLUM),
        ({"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"}, "Mellum 4b Base", QWEN),
        ({"<|fim_prefix|>", "<|fim_suffix|>"}, "qwen2.5-coder", None),
        ({"def", "class"}, "qwen2.5-coder", None),
    ],
)
def test_vocabularies(vocabulary: set[str], name: str, expected: FimFormat | None) -> None:
    assert format_of_vocabulary(vocabulary, name) == expected


OTHER = FimFormat("<P>{prefix}<S>{suffix}<M>")
QWEN_TEMPLATE = """{{- if .Suffix }}<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>
{{- else if .Messages }}
{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 -}}
{{- if eq .Role "user" }}<|im_start|>user {{ .Content }}<|im_end|>{{ end }}
{{- end }}
{{- else }}<|im_start|>user
{{ .Prompt }}<|im_end|>
{{ end }}{{ .Response }}{{ if .Response }}<|im_end|>{{ end }}"""
CODESTRAL_TEMPLATE = """
{{- if .Suffix }}[SUFFIX]{{ .Suffix }}[PREFIX] {{ .Prompt }}
{{- else if .Messages }}{{ range .Messages }}{{ .Content }}{{ end }}
{{- else }}[INST] {{ if .System }}{{ .System }} {{ end }}{{ .Prompt }} [/INST]
{{- end }} {{ .Response }}
{{- if .Response }}</s>
{{- end }}
"""


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (QWEN_TEMPLATE, QWEN),
        (CODESTRAL_TEMPLATE, FimFormat("[SUFFIX]{suffix}[PREFIX] {prefix}")),
        ("{{ if .Suffix }}<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>{{ else }}x{{ end }}", CODELLAMA),
        ("<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>", CODELLAMA),
        (
            "{{- if and .Suffix (not .Messages) -}}\n"
            "<｜fim▁begin｜>{{ $.Prompt }}<｜fim▁hole｜>{{- .Suffix -}}  <｜fim▁end｜>\n{{- end }}",
            DEEPSEEK,
        ),
        (
            "{{ if not .Suffix }}{{ .Prompt }}{{ else }}"
            "<fim_prefix>{{.Prompt}}<fim_suffix>{{.Suffix}}<fim_middle>{{end}}",
            STARCODER,
        ),
        (
            '{{/* fills */}}{{ "<fim-prefix>" }}{{ .Prompt }}<fim-suffix>{{ .Suffix }}{{ `<fim-middle>` }}',
            SANTACODER,
        ),
        (
            '{{ $end := "<M>" }}{{ if or .X .Suffix }}<P>{{ .Prompt }}<S>{{ .Suffix }}{{ $end }}{{ end }}',
            OTHER,
        ),
        ("{{ range .Messages }}x{{ else }}<P>{{ .Prompt }}<S>{{ .Suffix }}<M>{{ end }}", OTHER),
    ],
)
def test_templates(template: str, expected: FimFormat) -> None:
    assert format_of_template(template) == expected


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{{ .Prompt }}",
        "{{ if .System }}{{ .Suffix }}{{ end }}{{ .Prompt }}",
        "{{ .Prompt }}{{ .Suffix }}",  # as servers write that want to be taken for fillers
        "<P>{{ .Prompt }}<S>{{ .Suffix }}",  # nothing could be appended
        "<P>{{ .Prompt }}<S>{{ .Suffix }}<M>{{ .Prompt }}",
        "{prefix}<S>{{ .Suffix }}<P>{{ .Prompt }}",
        "<P>{{ .Prompt }}<S>{{ .Suffix }}<M>{{ if gt (len .Messages) 1 }}x{{ end }}",
        "<P>{{ .Prompt | json }}<S>{{ .Suffix }}<M>",
        "<P>{{ .Prompt }}<S>{{ with .Suffix }}{{ . }}{{ end }}<M>",
        "{{ if .Suffix }}<P>{{ .Prompt }}<S>{{ .Suffix }}<M>",
        "<P>{{ .Prompt }}<S>{{ .Suffix }}<M>{{ end }}",
        "<P>{{ .Prompt }}<S>{{ .Suffix }}<M>{{ broken",
        "{{ else }}<P>{{ .Prompt }}<S>{{ .Suffix }}<M>",
        "<P>{{ .Prompt }}<S>{{ .Suffix }}<M>" + " " * 100_000,
        "{{/*" * 16_000,  # and what would take hours, were it matched in every way there is
        "{{" + " " * 60_000 + "{",
        "{{ if " + "(" * 30_000 + "}}",
    ],
)
def test_templates_that_tell_no_format(template: str) -> None:
    assert format_of_template(template) is None


ACTIONS = (
    "if .Suffix",
    "else",
    "end",
    ".Prompt",
    ".Suffix",
    "- .Prompt -",
    "not",
    "(",
    "and .A (not .B",
    '"',
    "/*",
)
action = st.sampled_from(ACTIONS)


@given(st.lists(st.one_of(st.text(max_size=4), action.map("{{{{{}}}}}".format))).map("".join))
def test_any_template_gives_a_usable_format_or_none(template: str) -> None:
    found = format_of_template(template)
    if found is not None:
        assert found.prompt("P1", "S1").count("P1") == 1
        assert found.sentinels


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("starcoder2", "whatever:3b"), STARCODER),
        (("qwen2", "qwen2.5-coder:7b-base"), QWEN),
        (("qwen2", "qwen2.5:7b"), None),
        (("qwen3moe", "hf.co/unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF:Q4_K_M"), QWEN),
        (("llama", "codellama:7b-code"), CODELLAMA),
        (("llama", "codellama:34b"), None),
        (("llama", "CodeLlama-7b-Python-GGUF"), None),
        (("llama", "deepseek-coder:1.3b"), DEEPSEEK),
        (("deepseek2", "deepseek-coder-v2:16b"), DEEPSEEK),
        (("deepseek2", "deepseek-r1:671b"), None),
        (("llama", "mistralai/Codestral-22B-v0.1"), CODESTRAL),
        (("llama", "JetBrains/Mellum-4b-base"), MELLUM),
        (("llama", "granite-code:8b"), STARCODER),
        (("llama", "ibm-granite/granite-3b-code-base"), STARCODER),
        (("granitehybrid", "granite4:micro-h"), QWEN),
        (("granite", "granite3.3:8b"), None),
        (("stablelm", "stable-code:3b"), STARCODER),
        (("gemma", "codegemma:2b-code"), QWEN),
        (("llama", "ByteDance-Seed/Seed-Coder-8B-Base"), SEED_CODER),
        (("gpt2", "bigcode/santacoder"), SANTACODER),
        (("llama", "llama3.1:8b"), None),
        (("", ""), None),
    ],
)
def test_names(names: tuple[str, ...], expected: FimFormat | None) -> None:
    assert format_of_family(*names) == expected


ABC = FimFormat("<a>{prefix}<b>{suffix}<c>")


def metadata(tokens: tuple[str, ...], **ids: object) -> dict[str, object]:
    return {
        "tokenizer.ggml.tokens": tokens,
        **{f"tokenizer.ggml.{key}_token_id": value for key, value in ids.items()},
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (metadata(("a", *QWEN.sentinels), fim_pre=1, fim_suf=2, fim_mid=3), QWEN),
        (metadata(("a", *QWEN.sentinels)), QWEN),
        (metadata(("a", *GLM.sentinels)), GLM),
        (metadata(("\u2581<PRE>", "\u2581<SUF>", "\u2581<MID>"), prefix=0, suffix=1, middle=2), CODELLAMA),
        (metadata(("<a>", "<b>", "<c>"), fim_pre=0, fim_suf=1, fim_mid=2), ABC),
        (metadata(STARCODER.sentinels) | {"general.name": "Mellum 4b Base"}, MELLUM),
        (metadata(("<a>", "<b>", "<c>"), fim_pre=0, fim_suf=7, fim_mid=2), None),
        (metadata(("<a>", "<b>", "<c>"), fim_pre=0, fim_suf=-1, fim_mid="2"), None),
        (metadata(("def",)), None),
        ({}, None),
    ],
)
def test_gguf_metadata(found: dict[str, object], expected: FimFormat | None) -> None:
    assert format_of_gguf(found) == expected
