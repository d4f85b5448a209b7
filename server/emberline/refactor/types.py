"""What a refactoring is made of. All of it is immutable; offsets count code points."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from emberline.privacy.labels import Label
from emberline.routing.request import Task
from emberline.syntax.types import Definition, Span

# -- what there is ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it is now: the editor's text where it is open there, else the disk's."""

    name: str
    """As the model and the user see it: relative to its workspace folder, with slashes; with several folders
    the folder's name stands before it. Unique in one refactoring."""
    path: Path
    uri: str
    """As the editor spells it where it is open."""
    language_id: str
    text: str
    """With its own line ends."""
    label: Label
    version: int | None = None
    """The editor's; None where it is not open."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something that an editor's tools complain about."""

    span: Span
    message: str
    source: str = ""
    """The tool."""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Directive:
    """A comment `emberline: …`: words of the user's at the place that they mean."""

    words: str
    span: Span
    """What the edit removes: the comment; its whole line and line end where nothing else stands there."""


# -- what can be asked --------------------------------------------------------------------------------


class Form(StrEnum):
    """How the answer is given: as little as the action needs, so that a small model gets it right."""

    EDITS = "edits"
    """Anchored edits in any of the files sent; files made, moved and deleted."""
    REGION = "region"
    """New code for one region of one file."""
    DOCUMENTATION = "documentation"
    """The words of a docstring, which syntax puts into place."""
    FILE = "file"
    """One new file, whose path we choose."""
    NAME = "name"
    """One name; syntax does the rest."""
    PROSE = "prose"
    """Words for the user; nothing is edited."""
    NONE = "none"
    """No model is asked: syntax alone suffices."""


class Reach(StrEnum):
    """What an action may change."""

    REGION = "region"
    """The symbol or selection alone, and its file's imports."""
    FILE = "file"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Question:
    """What the user has to say first."""

    words: str
    """"Rename to"."""
    default: str = ""
    choices: tuple[str, ...] = ()
    """Likely answers; another one is still possible."""


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the catalogue (actions.py)."""

    id: str
    """As `emberline refactor --action` names it: "extract-function"."""
    kind: str
    """LSP's: "refactor.extract"."""
    title: str
    """With `{symbol}` where its name stands: "Change the signature of {symbol}"."""
    task: Task
    form: Form
    reach: Reach
    instruction: str = ""
    """What the model is told, with `{symbol}`, `{answer}` and `{diagnostic}`."""
    question: str = ""
    """What the user is asked first, with `{symbol}`; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a refactoring is about."""

    source: Source
    span: Span
    """The selection; empty where it is only a cursor."""
    symbol: Definition | None = None
    """The definition that it names or lies in."""
    name: str = ""
    """The identifier at the place, whether or not it is defined in this file."""
    diagnostics: tuple[Diagnostic, ...] = ()
    directive: Directive | None = None

    @property
    def region(self) -> Span:
        """What is meant: the selection, or without one the symbol, or the whole file."""
        if self.span.start < self.span.end:
            return self.span
        return self.symbol.core if self.symbol is not None else Span(0, len(self.source.text))


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that syntax allows at a target. No model was asked, and nothing was read but the index."""

    action: Action
    target: Target
    files: int = 1
    """How many files it is likely to change or has to understand together."""
    input_tokens: int = 0
    """About how much would be sent."""
    disabled: str = ""
    """Why it cannot be done here, where it is worth saying."""
    question: Question | None = None
    answer: str = ""
    """The assignment's, where the offer says it itself: a directive's words, which of several imports."""
    is_preferred: bool = False
    """What most people want here: an editor's "fix this" key takes it."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """An action that someone wants done."""

    action: Action
    target: Target
    answer: str = ""
    """What the user said: the new name, the target file, or the whole instruction in their own words."""


# -- what is sent -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What the model sees of a file."""

    source: Source
    spans: tuple[Span, ...]
    """In order, whole lines; one span over everything where all of it is shown."""
    editable: bool
    """The model may change it; else it is there to be understood."""
    why: str
    """"defines Store", "calls close() in 3 places"."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that belongs together, cut to the model's room."""

    excerpts: tuple[Excerpt, ...]
    """The target's first, then the weightiest first."""
    left_out: tuple[str, ...] = ()
    """What did not fit or may not be read, in words for the user."""
    batches: tuple[tuple[int, ...], ...] = ()
    """Where the whole is too much for one request: which excerpts go together after a plan, by their indices.
    Empty where all go at once."""
    destination: str = ""
    """The file that new code goes to where we choose it (`Form.FILE`), by the name that it has or will have;
    one of the excerpts if it is there already."""


# -- what comes back ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replace:
    """`anchor`, which must stand exactly once in the file, becomes `text`."""

    file: str
    """A source's name."""
    anchor: str
    text: str
    at: Span | None = None
    """Where the anchor stands, if it was us who chose it; then it may stand elsewhere as well. Never the
    model's word."""


@dataclass(frozen=True, slots=True)
class Create:
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    file: str
    to: str


@dataclass(frozen=True, slots=True)
class Delete:
    file: str


Operation = Replace | Create | Move | Delete


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a model, or an exact refactoring, wants done."""

    operations: tuple[Operation, ...]
    summary: str = ""
    """A sentence by whoever made it, shown as theirs."""


class Deed(StrEnum):
    """What becomes of a file, in the words of `emberline/confirm` and of `emberline refactor --json`."""

    EDIT = "edit"
    CREATE = "create"
    MOVE = "move"
    """It may be edited as well."""
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after. `before` None: it is new; `after` None: it goes."""

    name: str
    path: Path
    uri: str
    before: str | None
    after: str | None
    moved_to: Path | None = None
    version: int | None = None
    """The editor's version of `before`; None where it is not open."""

    @property
    def deed(self) -> Deed:
        if self.before is None:
            return Deed.CREATE
        if self.after is None:
            return Deed.DELETE
        return Deed.EDIT if self.moved_to is None else Deed.MOVE


@dataclass(frozen=True, slots=True)
class Change:
    """A whole refactoring, landed in the texts. Only files that really change are in it, by name."""

    files: tuple[FileChange, ...]
    proposal: Proposal
    """It came from this; landed anew where a text has changed meanwhile."""


class Unfit(Exception):
    """Why a proposal is not taken, each complaint in words that help a model to mend it and a user to
    understand. They name files, symbols and lines; longer pieces of code they do not quote."""

    def __init__(self, *complaints: str) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints
