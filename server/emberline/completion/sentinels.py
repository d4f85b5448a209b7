"""Tokens that a model reads as commands, kept from acting when they are merely part of the user's code.

A prompt is text, and a tokenizer turns the spelling of a special token into that token. A user whose code
holds `<|fim_suffix|>` must still get sensible completions, so each spelling in user text gets an invisible
break behind its first character. The mapping is a bijection onto its image: a spelling that already holds n
breaks gets n + 1, so text that holds broken spellings of its own comes back unchanged as well.
"""

from __future__ import annotations

import re

BREAK = "\u200b"
"""Zero-width space: no tokenizer of the families below has it inside a special token."""

# What a model may emit where it means "stop" or "another part begins". Cutting a candidate here is always
# right, because no program text needs these spellings (but see filters/sentinels.py for those that do).
_COMMANDS = (
    r"<\|[A-Za-z][A-Za-z0-9_]{1,30}\|>",  # Qwen, CodeGemma, Granite 3, Llama 3, chat templates
    r"<｜[^\s<>｜]{1,40}｜>",  # DeepSeek
    r"<fim[_-](?:prefix|suffix|middle|pad)>",  # StarCoder, Stable Code, Granite, Mellum; SantaCoder
    r"<\[fim-(?:prefix|suffix|middle)\]>",  # Seed-Coder
    r"<(?:file_sep|repo_name|reponame|gh_stars|endoftext)>",
    r"<(?:PRE|SUF|MID|EOT)>",  # CodeLlama
    r"<(?:start|end)_of_turn>",  # Gemma
    r"\[(?:SUFFIX|PREFIX|MIDDLE)\]",  # Codestral
)
# Also special to some tokenizer, but ordinary in documentation and markup: broken in prompts, never cut at.
_AMBIGUOUS = (
    r"</?s>",
    r"<filename>",
    r"<(?:bos|eos|pad|unk|mask)>",
    r"\[/?INST\]",
    r"<commit_(?:before|msg|after)>",
)


def _spread(pattern: str) -> str:
    """The same pattern with any number of breaks allowed behind its first character."""
    head = re.match(r"\\?.", pattern)
    assert head is not None
    return f"{head[0]}{BREAK}*{pattern[head.end() :]}"


_EITHER = re.compile("|".join(map(_spread, (*_COMMANDS, *_AMBIGUOUS))))
_COMMAND = re.compile("|".join(_COMMANDS))


def neutralise(text: str) -> str:
    """`text` with every sentinel spelling broken; `restore` gives back the original, exactly."""
    if "<" not in text and "[" not in text:
        return text
    return _EITHER.sub(lambda found: found[0][0] + BREAK + found[0][1:], text)


def restore(text: str) -> str:
    """The reverse of `neutralise`, also for text of a model that repeats what it was shown."""
    if BREAK not in text:
        return text
    return _EITHER.sub(
        lambda found: found[0].replace(BREAK, "", 1) if found[0][1] == BREAK else found[0], text
    )


def find_command(text: str, start: int = 0) -> re.Match[str] | None:
    """The first sentinel in `text` that a model can only have meant as a command."""
    return _COMMAND.search(text, start)
