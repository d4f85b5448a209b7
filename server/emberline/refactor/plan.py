"""Planning first, where all files together are too much: their outlines are shown, and a plan comes back that
every later request carries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from emberline.backends.messages import Chat
from emberline.completion.sentinels import restore
from emberline.refactor import prompt
from emberline.refactor.related import mentions
from emberline.refactor.types import Assignment, Dossier, Excerpt, Unfit
from emberline.routing import estimate
from emberline.syntax.outline import outline
from emberline.syntax.types import Definition

_WORDS = """\
First make a plan; the edits come later, some files at a time. Answer with one JSON object: a summary in one \
sentence that says what all files must agree on (new names, parameters, paths), and steps, each a file and \
what changes in it."""
_TOKENS = 800
_LEAST_TOKENS = 1_500
_SHOWN_HEADERS = 60
_SHOWN_MENTIONS = 12


@dataclass(frozen=True, slots=True)
class Step:
    file: str
    what: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of which file, and what all of them must agree on."""

    summary: str
    steps: tuple[Step, ...]

    def concerns(self, files: Sequence[str]) -> bool:
        """Whether any of these files has something to do."""
        return any(step.file in files for step in self.steps)

    def words(self, files: Sequence[str]) -> str:
        """As it is told for these files; of the others' steps only their files are named."""
        own = [f"- {prompt.name(step.file)}: {step.what}" for step in self.steps if step.file in files]
        others = dict.fromkeys(prompt.name(step.file) for step in self.steps if step.file not in files)
        told = [f"The plan for all files: {self.summary}", *own]
        if others:
            told.append(f"Others see to: {', '.join(list(others)[:20])}")
        return "\n".join(told)


def ask(assignment: Assignment, dossier: Dossier) -> Chat:
    """The question for a plan. It is kept as short as the longest of the batches."""
    schema = {
        "type": "object",
        "properties": {
            "summary": {"type": "string"},
            "steps": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "enum": [each.source.name for each in dossier.excerpts]},
                        "what": {"type": "string"},
                    },
                    "required": ["file", "what"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["summary", "steps"],
        "additionalProperties": False,
    }
    files = _outlines(assignment, dossier)
    end = f"{prompt.place(assignment)}\n\nTask: {prompt.task(assignment)}".strip()
    return prompt.chat(_WORDS, (*files, end), _TOKENS, schema)


def read(value: Any, dossier: Dossier) -> Plan:
    """The plan that an answer holds. Raises `Unfit` where it plans nothing for any of the files."""
    names = {each.source.name for each in dossier.excerpts}
    steps = tuple(
        Step(restore(step["file"]), " ".join(restore(step["what"]).split())) for step in value["steps"]
    )
    if not any(step.file in names and step.what for step in steps):
        raise Unfit("the plan has no step for any of the files")
    strange = [step.file for step in steps if step.file not in names]
    if strange:
        raise Unfit(f"the plan names files that were not sent: {', '.join(dict.fromkeys(strange))}")
    return Plan(" ".join(restore(value["summary"]).split()), tuple(step for step in steps if step.what))


def _outlines(assignment: Assignment, dossier: Dossier) -> Iterator[str]:
    """Every file by its headers and the lines that matter, ever shorter until all fit."""
    room = max(_LEAST_TOKENS, _longest(dossier))
    for headers, lines in ((_SHOWN_HEADERS, _SHOWN_MENTIONS), (20, 4), (8, 2), (0, 1)):
        shown = [_outline(assignment, each, headers, lines) for each in dossier.excerpts]
        if estimate.tokens("\n\n".join(shown)) <= room:
            break
    else:
        shown = [f"File {prompt.name(each.source.name)}: {each.why}" for each in dossier.excerpts]
        shown = ["\n".join(shown)]
    yield from shown


def _longest(dossier: Dossier) -> int:
    """What the fullest batch takes: so much is known to fit."""
    return max(
        (
            sum(estimate.tokens(prompt.block(dossier.excerpts[index])) for index in batch)
            for batch in dossier.batches
        ),
        default=0,
    )


def _outline(assignment: Assignment, excerpt: Excerpt, headers: int, lines: int) -> str:
    source, target = excerpt.source, assignment.target
    shape = outline(source.text, source.language_id)
    shown = [
        "  " * _depth(each) + _one_line(each.header.of(source.text))
        for each in (shape.definitions if shape is not None else ())[:headers]
    ]
    names = [target.symbol.name if target.symbol is not None else target.name]
    places = mentions(source.text, names)
    used = dict.fromkeys(prompt.line_at(source.text, span.start).strip() for span in places)
    told = [line for line in used if line not in map(str.strip, shown)][:lines]
    head = f"File {prompt.name(source.name)} ({excerpt.why}):"
    return f"{head}\n{prompt.fenced(chr(10).join((*shown, *told)), source.language_id)}"


def _depth(definition: Definition) -> int:
    return definition.container.count(".") + 1 if definition.container else 0


def _one_line(header: str) -> str:
    return " ".join(header.split())[:200]
