"""Suggestions in the completion menu of a client that knows no inline completion."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from emberline.completion.types import Lane, Suggestion
from emberline.documents.encoding import PositionEncoding, to_column
from emberline.documents.store import Document
from emberline.documents.text import Point, Text
from emberline.lsp.client import read_client
from emberline.lsp.menu import entry_of
from tests.lsp.raw import PATIENCE, URI, Raw, over_stdio
from tests.lsp.test_documents_over_the_wire import change, span

METHOD_NOT_FOUND, INVALID_PARAMS, CANCELLED = -32601, -32602, -32800
EMPTY = {"isIncomplete": True, "items": []}
INVOKED, TYPED_ON = {"triggerKind": 1}, {"triggerKind": 3}
MARKDOWN = {"completionItem": {"documentationFormat": ["markdown", "plaintext"]}}


@pytest.fixture
async def menu() -> AsyncIterator[Raw]:
    """A client that knows completion only, as most do."""
    async with over_stdio() as client:
        await client.initialize(capabilities={"textDocument": {"completion": MARKDOWN}})
        yield client


def place(line: int, character: int, **more: Any) -> dict[str, Any]:
    position = {"line": line, "character": character}
    return {"textDocument": {"uri": URI}, "position": position, "context": INVOKED} | more


def ask(client: Raw, line: int, character: int, **more: Any) -> int:
    return client.request("textDocument/completion", place(line, character, **more))


async def entries(client: Raw, line: int, character: int, **more: Any) -> list[dict[str, Any]]:
    answer = await client.call("textDocument/completion", place(line, character, **more))
    assert answer["isIncomplete"] is True
    items: list[dict[str, Any]] = answer["items"]
    return items


async def asked(client: Raw) -> list[Any]:
    return [event[1:] for event in await client.events() if event[0] == "asked"]


@pytest.mark.parametrize(
    ("params", "offered"),
    [
        ({}, True),
        ({"capabilities": {"textDocument": {"completion": MARKDOWN}}}, True),
        ({"capabilities": {"textDocument": {"inlineCompletion": None}}}, True),
        ({"initializationOptions": {"emberline": {"completion": {"menu": True}}}}, True),
        ({"capabilities": {"textDocument": {"inlineCompletion": {}}}}, False),
        ({"capabilities": {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}}, False),
        ({"initializationOptions": {"emberline": {"refresh": True}}}, False),
        ({"initializationOptions": {"emberline": {"completion": {"menu": False}}}}, False),
    ],
)
async def test_it_is_there_only_for_clients_without_inline_completion(
    params: dict[str, Any], offered: bool
) -> None:
    async with over_stdio() as client:
        capabilities = (await client.initialize(**params))["capabilities"]
        assert ("completionProvider" in capabilities) == offered
        assert "inlineCompletionProvider" in capabilities
        client.open("x = ")
        if offered:
            assert " " not in capabilities["completionProvider"]["triggerCharacters"]
            assert len(await entries(client, 0, 4)) == 1
        else:
            assert await client.error("textDocument/completion", place(0, 4)) == METHOD_NOT_FOUND


async def test_an_entry_is_plain_text_with_the_command_of_acceptance(menu: Raw) -> None:
    menu.open("x = pri")
    (entry,) = await entries(menu, 0, 7)
    assert entry == {
        "label": "pridone()",
        "kind": 1,
        "detail": "Emberline",
        "documentation": {"kind": "markdown", "value": "```python\npridone()\n```"},
        "filterText": "pridone()",
        "sortText": "pri~00",
        "insertTextFormat": 1,
        "insertTextMode": 1,
        "textEdit": {
            "range": {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 7}},
            "newText": "pridone()",
        },
        "command": {
            "title": "Accepted",
            "command": "emberline.accepted",
            "arguments": [{"id": "s-1", "lane": "recalled", "elapsedMs": 1.25}],
        },
    }
    await menu.call("workspace/executeCommand", entry["command"])
    assert (await menu.events())[-1] == ["accepted", "s-1"]


# Where the cursor stands ("|"), the word before it, and the line after the entry was taken.
PLACES = [
    ("x = pri|", "pri", "x = pridone()"),
    ("x = |", "", "x = done()"),
    ("|", "", "done()"),
    ("\tx_1|", "x_1", "\tx_1done()"),
    ("pri|nt(x)", "pri", "pridone()nt(x)"),
    ("f(|) + 1", "", "f(done()) + 1"),
    ("covered(a.b|) + 1", "b", "covered(a.bdone() + 1"),
    ("😀 = naïve|", "naïve", "😀 = naïvedone()"),
    ('"😀" + 名前|', "名前", '"😀" + 名前done()'),
    ("𝑥|", "𝑥", "𝑥done()"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_the_edit_is_around_the_cursor_in_its_line(encoding: str) -> None:
    def units(text: str) -> int:
        wide = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
        return len(text.encode(wide)) // {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]

    async with over_stdio() as client:
        await client.initialize(capabilities={"general": {"positionEncodings": [encoding]}})
        client.open("".join(f"{marked.replace('|', '')}\n" for marked, _, _ in PLACES))
        for number, (marked, word, after) in enumerate(PLACES):
            before, _, behind = marked.partition("|")
            (entry,) = await entries(client, number, units(before))
            start, end = entry["textEdit"]["range"]["start"], entry["textEdit"]["range"]["end"]
            assert start["line"] == end["line"] == number
            assert start["character"] == units(before) - units(word)
            assert end["character"] >= units(before)
            line, known = before + behind, PositionEncoding(encoding)
            taken = line[: to_column(line, start["character"], known)] + entry["textEdit"]["newText"]
            assert taken + line[to_column(line, end["character"], known) :] == after
            assert entry["filterText"].startswith(word) and entry["filterText"] != word
            assert entry["label"].startswith(word)


async def test_several_lines_keep_the_documents_ends(menu: Raw) -> None:
    menu.open("x\r\n    block\r\n")
    (entry,) = await entries(menu, 1, 9)
    assert entry["textEdit"]["newText"] == "block()\r\n    done()"
    assert entry["insertTextMode"] == 1
    assert entry["label"] == "block()…"
    assert entry["documentation"]["value"] == "```python\nblock()\ndone()\n```"


async def test_a_key_a_newer_request_or_closing_ends_it_empty(menu: Raw) -> None:
    menu.open("slow\nquick")
    first, second = ask(menu, 0, 4), ask(menu, 1, 5)
    assert (await menu.answer(first))["result"] == EMPTY
    assert len((await menu.answer(second))["result"]["items"]) == 1
    waiting = ask(menu, 0, 4, context=TYPED_ON)
    menu.notify("textDocument/didChange", change(2, span(0, 4, 4, "!")))
    assert (await menu.answer(waiting))["result"] == EMPTY
    waiting = ask(menu, 0, 5, context=TYPED_ON)
    menu.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert (await menu.answer(waiting))["result"] == EMPTY
    await menu.quiet()


async def test_it_can_be_cancelled(menu: Raw) -> None:
    menu.open("slow")
    waiting = ask(menu, 0, 4)
    menu.notify("$/cancelRequest", {"id": waiting})
    assert (await menu.answer(waiting))["error"]["code"] == CANCELLED
    await menu.quiet()


async def test_a_paused_server_has_no_entries(menu: Raw) -> None:
    menu.open("slow\nquick")
    waiting = ask(menu, 0, 4)
    await menu.call("emberline/pause")
    assert (await menu.answer(waiting))["result"] == EMPTY
    assert await entries(menu, 1, 5) == []
    await menu.call("emberline/resume")
    assert len(await entries(menu, 1, 5)) == 1
    await menu.quiet()


async def test_what_cannot_be_answered(menu: Raw) -> None:
    assert await entries(menu, 0, 0) == []  # not open
    for nonsense in (None, {}, place(0, 0, position=None), place(0, 0, context={"triggerKind": 99})):
        assert await menu.error("textDocument/completion", nonsense) == INVALID_PARAMS
    await menu.quiet()


async def test_who_asks_again_where_nothing_changed_does_so_by_hand(menu: Raw) -> None:
    """The protocol's "invoked" does not tell: clients say it for what is merely typed as well."""
    menu.open("choice")
    assert len(await entries(menu, 0, 6)) == 1
    assert len(await entries(menu, 0, 6, context=TYPED_ON)) == 1
    first, second = await entries(menu, 0, 6, context=None)
    assert first["label"] == "choicedone()" and second["label"] == "choiceother()"
    assert "choice" < "choices" < first["sortText"] < second["sortText"]
    assert len(await entries(menu, 0, 3)) == 1
    menu.notify("textDocument/didChange", change(2, span(0, 6, 6, "s")))
    assert len(await entries(menu, 0, 3)) == 1
    by_hand = [invoked for _, _, invoked in await asked(menu)]
    assert by_hand == [False, False, True, False, False]


async def test_who_was_cut_short_and_asks_again_is_not_by_hand(menu: Raw) -> None:
    menu.open("slow")
    for count in (1, 2):
        waiting = ask(menu, 0, 4)
        async with asyncio.timeout(PATIENCE):
            while len(seen := await asked(menu)) < count:
                pass
        assert seen == [[0, 4, False]] * count
        menu.notify("$/cancelRequest", {"id": waiting})
        await menu.answer(waiting)


CLIENT = {"capabilities": {"textDocument": {"completion": MARKDOWN}}}


@pytest.mark.parametrize(
    ("before", "text", "label"),
    [
        ("x = ", "a + b", "a + b"),
        ("", "    pass", "pass"),
        ("f", "(a,\tb)", "f(a, b)"),
        ("if x:", "\n    y()\n", "y()"),
        ("pass", "\n    y()", "pass⏎y()"),
        ("pass", "\n\n    y()\n    z()", "pass⏎y()…"),
        ("x = ", "a" * 60, "a" * 60),
        ("x = ", "a" * 61, "a" * 59 + "…"),
        ("x = ", "\n", "⏎"),
    ],
)
def test_labels(before: str, text: str, label: str) -> None:
    document, cursor = Document(URI, "python", 1, Text.of(before)), Point(0, len(before))
    suggestion = Suggestion("s", text, cursor, cursor, Lane.GENERATED, 1)
    assert entry_of(suggestion, 0, document, cursor, read_client(CLIENT)).label == label


@pytest.mark.parametrize(
    ("params", "kind", "value"),
    [
        (CLIENT, "markdown", "````markdown\nan ```x``` b\n````"),
        ({}, "plaintext", "an ```x``` b"),
    ],
)
def test_what_is_shown_beside_it(params: object, kind: str, value: str) -> None:
    document, cursor = Document(URI, "markdown", 1, Text.of("  an")), Point(0, 4)
    suggestion = Suggestion("s", " ```x``` b", cursor, cursor, Lane.GENERATED, 1)
    shown = entry_of(suggestion, 0, document, cursor, read_client(params)).documentation
    assert shown is not None and not isinstance(shown, str)
    assert (shown.kind, shown.value) == (kind, value)


def test_what_replaces_more_than_the_word() -> None:
    document, cursor = Document(URI, "python", 1, Text.of("x =   y")), Point(0, 7)
    suggestion = Suggestion("s", "yes", Point(0, 4), Point(0, 6), Lane.GENERATED, 1)
    edit = entry_of(suggestion, 0, document, cursor, read_client({})).text_edit
    assert edit is not None
    assert (edit.new_text, edit.range.start.character, edit.range.end.character) == ("yes", 4, 7)


REPEATED = "first_value = compute_total(items, 1)\nsecond = 2\n" * 3 + "first_value = compute_tot\n"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file in it, and a configuration beside it that has no engine."""
    (tmp_path / "config.yaml").write_text("engine: {embedded: false}\nbackends: {discover: false}\n")
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(tmp_path / "run"))
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


async def opened(client: Raw, folder: Path, text: str) -> dict[str, Any]:
    """Has the real server open `text`; what asks about the end of its last line but one."""
    await client.shake_hands(workspaceFolders=[{"uri": folder.as_uri(), "name": "work"}])
    uri = (folder / "a.py").as_uri()
    client.open(text, uri)
    lines = text.split("\n")
    position = {"line": len(lines) - 2, "character": len(lines[-2])}
    return {"textDocument": {"uri": uri}, "position": position, "context": INVOKED}


async def entry_with(client: Raw, params: dict[str, Any], text: str) -> dict[str, Any]:
    """Asks until the first entry inserts what begins with `text`."""
    async with asyncio.timeout(3 * PATIENCE):
        while True:
            for entry in (await client.call("textDocument/completion", params))["items"][:1]:
                if entry["textEdit"]["newText"].startswith(text):
                    return dict(entry)
            await asyncio.sleep(0.05)


async def emptied(client: Raw, params: dict[str, Any]) -> None:
    """Asks until there are no entries any more."""
    async with asyncio.timeout(PATIENCE):
        while await client.call("textDocument/completion", params) != EMPTY:
            await asyncio.sleep(0.05)


async def test_the_menu_can_be_switched_off_while_the_server_runs(work: Path) -> None:
    async with over_stdio("-m", "emberline", "serve") as client:
        params = await opened(client, work, REPEATED)
        for menu in (True, False, True):
            settings = {"emberline": {"completion": {"menu": menu}}}
            client.notify("workspace/didChangeConfiguration", {"settings": settings})
            await (entry_with(client, params, "compute_total(items, 1)") if menu else emptied(client, params))


async def test_the_users_file_switches_it_off_and_ghost_text_stays(work: Path) -> None:
    with (work.parent / "config.yaml").open("a") as file:
        file.write("completion: {menu: false}\n")
    async with over_stdio("-m", "emberline", "serve") as client:
        params = await opened(client, work, REPEATED)
        inline = await client.call("textDocument/inlineCompletion", params | {"context": {"triggerKind": 2}})
        assert inline["items"]
        assert await client.call("textDocument/completion", params) == EMPTY


@pytest.mark.model
async def test_with_the_real_model(work: Path) -> None:
    (work.parent / "config.yaml").write_text("backends: {discover: false}\n")
    async with over_stdio("-m", "emberline", "serve") as client:
        code = "def mean(values):\n    total = sum(values)\n    return total / le\n"
        entry = await entry_with(client, await opened(client, work, code), "len(values)")
        assert entry["label"].startswith("len(values)")
        assert entry["filterText"] == entry["textEdit"]["newText"]
        assert entry["textEdit"]["range"]["start"] == {"line": 2, "character": 19}
        assert entry["command"]["arguments"][0]["lane"] in ("generated", "typed through")
        assert await client.call("workspace/executeCommand", entry["command"]) is None
