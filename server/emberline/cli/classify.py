"""`emberline classify`: texts sorted into labels of the user's own; its JSON always validates."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from emberline.errors import UserError

if TYPE_CHECKING:
    from emberline.routing.router import Router
    from emberline.tasks.labels import Choice, Verdict
    from emberline.tasks.types import Audience, Material

SUMMARY = "sort lines or files into labels of your own, as JSON that always validates"

STDIN = "-"
WHOLE_BYTES = 1 << 20
"""Of a longer file only the beginning and the end are read: what is between would be cut anyway."""
_ENDS_BYTES = 128 << 10
_SHOWN_CHARS = 100
_EXAMPLES = """\
examples:
  emberline classify --labels bug,feature,question issues/*.md
  emberline classify --labels "bug=something is broken,feature=a wish" --lines --json titles.txt
  git log --format=%s | emberline classify --labels fix,feature,docs,chore --lines -
  emberline classify --labels spam,ham --output sorted.jsonl mail/*   (again later: goes on where it stopped)

Exit status 0 when every text has a label, 1 when some have none (their reason is told) or nothing could be
done, 2 for wrong usage."""


@dataclass(frozen=True, slots=True)
class Item:
    """A text to be sorted, as the user names it."""

    name: str
    line: int | None
    """From 1; None for a whole file."""
    text: str
    path: Path | None
    """None for standard input."""

    @property
    def key(self) -> tuple[str, int | None, str | None]:
        """What tells it again in an earlier output: a line also by its text."""
        return self.name, self.line, None if self.line is None else self.text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLES
    parser.add_argument("files", metavar="FILE", nargs="+", help="a text file; - for standard input")
    parser.add_argument(
        "--labels",
        required=True,
        metavar="A,B,C",
        help="the labels; with a meaning as in bug=something is broken",
    )
    parser.add_argument(
        "--lines", action="store_true", help="every line is a text of its own (default: every file)"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--json", action="store_true", help="JSON Lines: one object for each text, as soon as it stands"
    )
    how.add_argument("--array", action="store_true", help="one JSON array of the same objects")
    how.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="append JSON Lines to FILE; what it holds already is not asked again",
    )


def run(args: argparse.Namespace) -> int:
    from emberline.cli import routed
    from emberline.cli.place import workspace_of
    from emberline.tasks.labels import Choice

    choices = Choice.parse(args.labels)
    if args.files.count(STDIN) > 1:
        raise UserError("standard input can be read only once")
    items = [item for name in args.files for item in items_of(name, by_line=args.lines)]
    if args.output is not None:
        done = already(args.output, [each.name for each in choices])
        items = [each for each in items if each.key not in done]
        if done:
            print(f"{len(done):,} texts stand in {args.output} already", file=sys.stderr)
    if not items:
        _sink(args).__exit__()
        return 0
    folder = workspace_of((items[0].path or Path("x")).resolve())
    tally = Tally()

    async def work(router: Router, audience: Audience) -> None:
        with _sink(args) as sink:
            await _sorted(router, items, choices, sink, tally, audience)

    try:
        routed.run(folder, "looking for models", work)
    finally:
        tally.tell()
    return 0 if tally.without == 0 else 1


def items_of(name: str, *, by_line: bool) -> Iterator[Item]:
    """The texts of a file or of standard input; empty ones are none. Raises `UserError`."""
    if name == STDIN:
        text, path = sys.stdin.buffer.read().decode("utf-8", "replace"), None
        shown = "standard input"
    else:
        path, shown = Path(name), name
        text = _read(path, whole=by_line)
    if not by_line:
        if text.strip():
            yield Item(shown, None, text, path)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Item(shown, number, line.strip(), path)


def _read(path: Path, *, whole: bool) -> str:
    from emberline.cli.place import BadPlace, size_of

    size = size_of(path)
    try:
        with path.open("rb") as file:
            if whole or size <= WHOLE_BYTES:
                data = file.read()
            else:
                data = file.read(_ENDS_BYTES) + b"\n"
                file.seek(-_ENDS_BYTES, 2)
                data += file.read()
    except OSError as error:
        raise BadPlace(f"{path} cannot be read: {error.strerror}") from error
    if b"\0" in data[:8000]:
        raise BadPlace(f"{path} is not text")
    return data.decode("utf-8-sig", "replace")


def already(path: Path, names: Sequence[str]) -> set[tuple[str, int | None, str | None]]:
    """The texts that an earlier run has labelled in this file. A line that breaks off is none. Raises
    `UserError` where it holds anything else, or other labels."""
    if not path.exists():
        return set()
    found = set()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            key, label = (row["item"], row["line"], row.get("text")), row["label"]
        except (ValueError, KeyError, TypeError):
            if number == len(lines) and not line.endswith("\n"):
                break
            raise UserError(f"{path}:{number} is no output of `emberline classify`") from None
        if label is not None:
            if label not in names:
                raise UserError(f"{path}:{number} has the label {label!r}, which is not among --labels")
            found.add(key)
    return found


# -- output -------------------------------------------------------------------------------------------------


class Sink:
    """Where verdicts go, each at once. Whatever ends the run, what was written is valid."""

    def __init__(self, stream: TextIO, row: Callable[[Item, Verdict], str]) -> None:
        self._stream = stream
        self._row = row

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def put(self, item: Item, verdict: Verdict) -> None:
        self._stream.write(self._row(item, verdict) + "\n")
        self._stream.flush()


class ArraySink(Sink):
    """One JSON array, closed also where the run is broken off."""

    def __init__(self, stream: TextIO, row: Callable[[Item, Verdict], str]) -> None:
        super().__init__(stream, row)
        self._begun = False

    def put(self, item: Item, verdict: Verdict) -> None:
        self._stream.write((",\n  " if self._begun else "[\n  ") + self._row(item, verdict))
        self._begun = True
        self._stream.flush()

    def __exit__(self, *_: object) -> None:
        self._stream.write("\n]\n" if self._begun else "[]\n")
        self._stream.flush()


class FileSink(Sink):
    """JSON Lines behind what the file holds already; a last line that broke off is taken out first."""

    def __init__(self, path: Path) -> None:
        try:
            if path.exists():
                data = path.read_bytes()
                if data and not data.endswith(b"\n"):
                    with path.open("r+b") as file:
                        file.truncate(data.rfind(b"\n") + 1)
            stream = path.open("a", encoding="utf-8")
        except OSError as error:
            raise UserError(f"{path} cannot be written: {error.strerror}") from error
        super().__init__(stream, as_json)

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def _sink(args: argparse.Namespace) -> Sink:
    if args.output is not None:
        return FileSink(args.output)
    if args.array:
        return ArraySink(sys.stdout, as_json)
    return Sink(sys.stdout, as_json if args.json else _painted(sys.stdout))


def as_json(item: Item, verdict: Verdict) -> str:
    """One object: item, line, text (of a line), label or null, reason of a null, shortened."""
    row: dict[str, Any] = {"item": item.name, "line": item.line}
    if item.line is not None:
        row["text"] = item.text
    row |= {"label": verdict.label, "reason": verdict.why or None, "shortened": verdict.is_cut}
    return json.dumps(row, ensure_ascii=False)


def _painted(stream: TextIO) -> Callable[[Item, Verdict], str]:
    """For people: the label, and which text it is; bold in a terminal."""
    is_terminal = stream.isatty()

    def row(item: Item, verdict: Verdict) -> str:
        label = verdict.label or "(none)"
        text = item.name if item.line is None else item.text
        if verdict.label is None:
            text += f"  ({verdict.why})"
        elif is_terminal and item.line is not None and len(text) > _SHOWN_CHARS:
            text = f"{text[: _SHOWN_CHARS - 1]}…"
        return f"\x1b[1m{label}\x1b[0m\t{text}" if is_terminal else f"{label}\t{text}"

    return row


# -- work ---------------------------------------------------------------------------------------------------


async def _sorted(
    router: Router,
    items: Sequence[Item],
    choices: Sequence[Choice],
    sink: Sink,
    tally: Tally,
    audience: Audience,
) -> None:
    """Puts a verdict for each text into the sink, in their order."""
    from contextlib import aclosing

    from emberline.tasks.labels import classify

    materials = [_material(router, each) for each in items]
    readable = [each for each in materials if each is not None]
    async with aclosing(classify(router, readable, choices, audience)) as verdicts:
        for number, (item, material) in enumerate(zip(items, materials, strict=True)):
            verdict = _unread(number) if material is None else await anext(verdicts)
            sink.put(item, verdict)
            tally.add(verdict)


def _material(router: Router, item: Item) -> Material | None:
    """The text with its label; None where no model may read it."""
    from emberline.cli.routed import label_of
    from emberline.tasks.types import Material

    label = label_of(router, item.path)
    return None if label is None else Material(item.name, item.text, label)


def _unread(number: int) -> Verdict:
    from emberline.tasks.labels import Verdict

    return Verdict(number, None, "no model may read this file (`emberline privacy show` says why)")


class Tally:
    """What is told at the end."""

    def __init__(self) -> None:
        self.without = 0
        self._cut = 0
        self._last: Verdict | None = None

    def add(self, verdict: Verdict) -> None:
        self.without += verdict.label is None
        self._cut += verdict.is_cut
        if verdict.answer is not None:
            self._last = verdict

    def tell(self) -> None:
        from emberline.cli.say import say
        from emberline.tasks import wording

        if self._last is not None and self._last.answer is not None:
            say(wording.where((self._last.answer,), self._last.answer.decision.reasons), aside=True)
        if self._cut:
            say(
                f"{self._cut:,} texts were too long: of each the beginning and the end were read.", aside=True
            )
        if self.without:
            say(f"{self.without:,} texts have no label; each says why.", aside=True)
