"""Why the last request went where it went, and settings that change while the server runs."""

from __future__ import annotations

from tests.lsp.raw import URI, Raw


async def test_the_explanation_is_one_request_away(client: Raw) -> None:
    explained = await client.call("emberline/explainRoute", {"uri": URI})
    assert explained == {"text": "it stays here", "route": {"task": "completion"}}
    assert await client.call("emberline/explainRoute") == explained
    assert [event for event in await client.events() if event[0] == "explained"] == [
        ["explained", URI],
        ["explained", None],
    ]


async def test_the_command_shows_it_in_any_editor(client: Raw) -> None:
    explained = await client.call("workspace/executeCommand", {"command": "emberline.explainRoute"})
    assert explained["text"] == "it stays here"
    shown = [message for message in client.seen if message.get("method") == "window/showMessage"]
    assert [message["params"]["message"] for message in shown] == ["it stays here"]


async def test_new_settings_of_the_editor_are_passed_on(client: Raw) -> None:
    new = {"completion": {"max_lines": 2}}
    client.notify("workspace/didChangeConfiguration", {"settings": {"emberline": new}})
    assert (await client.events())[-1] == ["configured", new]


async def test_settings_that_are_not_ours_change_nothing(client: Raw) -> None:
    for settings in (None, {}, {"python": {"path": "x"}}, {"emberline": None}, []):
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
    assert all(event[0] == "started" for event in await client.events())


async def test_settings_that_come_before_the_server_is_ready_are_kept(fresh: Raw) -> None:
    await fresh.shake_hands()
    fresh.notify("workspace/didChangeConfiguration", {"settings": {"emberline": {"completion": {}}}})
    while (await fresh.receive()).get("params", {}).get("message") != "ready":
        pass
    assert ["configured", {"completion": {}}] in await fresh.events()
