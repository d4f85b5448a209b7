"""A summary from first to last: of documents, or of a folder of code."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from emberline.backends.failure import Failure
from emberline.backends.messages import Chat
from emberline.errors import UserError
from emberline.privacy.labels import Label, strictest
from emberline.routing.request import Task
from emberline.routing.router import Answer, Router
from emberline.tasks import wording
from emberline.tasks.documents import gathering, plain, prompts
from emberline.tasks.documents.cards import Card, card
from emberline.tasks.documents.faithful import kept
from emberline.tasks.documents.gathering import Gathered
from emberline.tasks.documents.parts import Part, divided
from emberline.tasks.long import Ask, digest, read_through
from emberline.tasks.types import Audience, Material, Product

LEAST_SHARE, OVERVIEW_SHARE = 0.3, 0.6
"""Of the telling words of a sentence that the text must have: a summary of prose may use words of its own, an
overview of a program is asked for what its lines show. A small model fills up with what others are like."""
LEAST_CHARS = 60
"""Below this a summary says too little."""
MOST_OWN = 30
"""Files that lie in the folder itself and are told of for the overview."""
_LINE = re.compile(r"\s*(?:[-*•]\s*|\d+[.)]\s*)?[*`]*(?P<name>[^:*`]+?)/?[*`]*/?\s*[:–—-]+\s+(?P<words>\S.*)")
_SELF = "(in the folder itself)"


async def summary(router: Router, paths: Sequence[Path], audience: Audience) -> Product:
    """Markdown about files, or about one folder: what they say, what each part of it does.

    Where no model can or may word it, the texts' own words stand there, and a note says why. Raises
    `UserError` for what cannot be read.
    """
    folders = [each for each in paths if each.is_dir()]
    if len(folders) > 1 or (folders and len(paths) > 1):
        raise UserError("either files or one folder can be summarized at a time")
    if folders:
        return await _of_folder(router, folders[0].absolute(), audience)
    gathered = await asyncio.to_thread(gathering.documents, paths, router.boundaries)
    return await summary_of(router, gathered.material, audience)


async def summary_of(router: Router, material: Sequence[Material], audience: Audience) -> Product:
    """The same of texts that are at hand."""
    try:
        product = await digest(router, Task.DOC_SUMMARY, material, prompts.whole, prompts.joined, audience)
    except Failure as failure:
        return Product(plain.extract(material), notes=(_unworded(failure),))
    evidence = "\n".join(f"{each.name}\n{each.text}" for each in material)
    is_cut = _is_cut(product.answers[-1:])
    text, dropped = await asyncio.to_thread(kept, product.text, evidence, is_cut, LEAST_SHARE)
    notes = (*product.notes, *_dropped(dropped))
    if not text or (len(text) < LEAST_CHARS and len(evidence) > LEAST_CHARS * 4):
        text = plain.extract(material)
        notes = (*product.notes, "The model's words did not hold against the text, which is told by its own.")
    return Product(text, product.answers, product.parts, notes)


async def _of_folder(router: Router, root: Path, audience: Audience) -> Product:
    audience.begin(3)
    audience.step("reading the files")
    exclude, opened = router.settings.privacy.exclude, router.folders
    gathered = await asyncio.to_thread(gathering.folder, root, router.boundaries, exclude, opened)
    cards = await asyncio.to_thread(lambda: [card(each.name, each.text) for each in gathered.material])
    parts = await asyncio.to_thread(divided, cards)
    said = {each.folder: each.words for each in parts if each.words}
    left_out = tuple(f"{each[:1].upper()}{each[1:]}." for each in gathered.left_out)
    silent = [each for each in parts if not each.words]
    answers: list[Answer] = []
    notes: tuple[str, ...] = ()
    count, overview = 1, ""
    try:
        if silent:
            sheets = await asyncio.to_thread(_sheets, silent, gathered)
            read = await read_through(router, Task.DOC_SUMMARY, sheets, _lines_about(silent), audience)
            answers += read.answers
            count, notes = len(read.texts), read.notes
            texts = [each.text for each in read.answers]
            said |= await asyncio.to_thread(lambda: dict(_understood(texts, silent)))
        about = await asyncio.to_thread(gathering.project, root, router.boundaries, opened)
        told = await asyncio.to_thread(_told, root.name, cards, parts, said)
        own = Material(root.name, told, _strictest(gathered))
        material = [*about, own]
        product = await digest(
            router, Task.DOC_SUMMARY, material, prompts.overview, prompts.overview_joined, audience
        )
        answers += product.answers
        evidence = "\n".join(each.text for each in material)
        overview, dropped = kept(product.text, evidence, _is_cut(product.answers[-1:]), OVERVIEW_SHARE)
        notes = (*(notes or product.notes), *_dropped(dropped))
    except Failure as failure:
        notes = (*notes, _unworded(failure))
    text = await asyncio.to_thread(plain.page, root.name, overview, parts, said, len(cards))
    return Product(text, tuple(answers), count, (*notes, *left_out))


def _sheets(parts: Sequence[Part], gathered: Gathered) -> list[Material]:
    """The cards of each part as a text."""
    label = _strictest(gathered)
    return [Material(each.name, each.told, label) for each in parts]


def _lines_about(parts: Sequence[Part]) -> Ask:
    def ask(text: str, part: int, of: int) -> Chat:
        here = [each.name for each in parts if f"=== {each.name} " in text or len(parts) == 1]
        return prompts.lines(text, here or [each.name for each in parts[:3]])

    return ask


def _understood(answers: Sequence[str], parts: Sequence[Part]) -> Iterator[tuple[str, str]]:
    """What the answers say of each folder, where it holds; a later line about the same is not taken."""
    by_name = {each.folder.casefold() or _SELF: each for each in parts}
    seen: set[str] = set()
    for line in (line for answer in answers for line in answer.splitlines()):
        found = _LINE.match(line)
        part = by_name.get(found["name"].strip().strip("/").casefold()) if found else None
        if found is None or part is None or part.folder in seen:
            continue
        words, _ = kept(found["words"], f"{part.name}\n{part.told}")
        if len(words) > 10 and "what it is for" not in words:
            seen.add(part.folder)
            yield part.folder, words[:1].upper() + words[1:]


def _told(root: str, cards: Sequence[Card], parts: Sequence[Part], said: dict[str, str]) -> str:
    """What the overview is made of."""
    own = [f"{each.name}: {each.told}" for each in cards if not each.folder]
    rows = [f"{part.name}: {said.get(part.folder) or plain.defined(part)}" for part in parts if part.folder]
    return "\n".join((f"{root}: {plain.counted(cards)}", *own[:MOST_OWN], *rows))


def _strictest(gathered: Gathered) -> Label:
    return strictest(each.label for each in gathered.material)


def _is_cut(answers: Sequence[Answer]) -> bool:
    return bool(answers) and answers[-1].done.ending == "length"


def _dropped(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    noun = "sentence" if count == 1 else "sentences"
    return (f"{count} {noun} of the model's said what the text does not hold, and went.",)


def _unworded(failure: Failure) -> str:
    return f"{wording.NO_MODEL} These are the text's own words: {str(failure).rstrip('.')}."
