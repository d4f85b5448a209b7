"""Who may ask, and how far a caller's text may go: the key, the host, the headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from emberline.gateway.callers import Caller
from emberline.gateway.guard import host_of
from emberline.gateway.workspaces import folders_of
from emberline.privacy.labels import Level
from tests.gateway.stand import KEY, Stand, error_of, standing
from tests.gateway.test_refusals import clouded
from tests.routing.served import Place
from tests.servers import Served


@pytest.mark.parametrize(
    "key", [None, "", "Bearer", "Basic abc", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", "Bearer ü"]
)
async def test_nobody_asks_without_the_key(stand: Stand, key: str | None) -> None:
    stand.client.headers.pop("authorization")
    headers = {} if key is None else {"Authorization": key.encode()}
    response = await stand.client.get("/models", headers=headers)  # type: ignore[arg-type]
    assert response.status_code == 401
    assert error_of(response)["type"] == "invalid_request_error"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.5:11435"])
async def test_another_name_that_points_here_is_not_answered(stand: Stand, host: str) -> None:
    for path in ("/models", "../health"):
        response = await stand.client.get(path, headers={"Host": host})
        assert (response.status_code, error_of(response)["code"]) == (403, "foreign_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:11435", "127.0.0.1:11435", "[::1]:11435"])
async def test_this_machines_own_names_are_answered(stand: Stand, host: str) -> None:
    assert (await stand.client.get("/models", headers={"Host": host})).status_code == 200


def test_the_name_in_a_host_header() -> None:
    assert [host_of(each) for each in ("a:1", "a", "[::1]:2", "[::1]", "::1")] == [
        "a",
        "a",
        "::1",
        "::1",
        ":",
    ]


async def test_a_page_in_a_browser_is_not_let_in(stand: Stand) -> None:
    headers = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    response = await stand.client.options("/chat/completions", headers=headers)
    assert response.status_code == 405
    assert not any(name.startswith("access-control") for name in response.headers)


async def test_whether_it_runs_can_be_asked_without_a_key(stand: Stand) -> None:
    response = await stand.client.get("../health", headers={"Authorization": ""})
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("asked", "workspace", "mode", "level"),
    [
        (None, False, Level.OPEN, Level.STRICT),
        (Level.OPEN, False, Level.OPEN, Level.STRICT),
        (None, True, Level.OPEN, Level.OPEN),
        (Level.TRUSTED, True, Level.OPEN, Level.TRUSTED),
        (Level.STRICT, True, Level.OPEN, Level.STRICT),
        (Level.OPEN, True, Level.TRUSTED, Level.TRUSTED),
        (Level.OPEN, True, Level.STRICT, Level.STRICT),
    ],
)
def test_a_header_only_tightens(asked: Level | None, workspace: bool, mode: Level, level: Level) -> None:
    caller = Caller(None, asked, Path("/work") if workspace else None)
    assert caller.label(mode, "default").level is level


async def test_text_goes_as_far_as_the_workspace_and_the_header_let_it(place: Place, cloud: Served) -> None:
    place.configure(clouded(cloud.url))
    here = {"X-Emberline-Workspace": str(place.folder)}
    async with standing() as stand:
        response = await stand.asked(headers=here)
        assert response.status_code == 200
        assert response.headers["x-emberline-route"] == "cloud"
        assert response.headers["x-emberline-privacy"] == "open"
        for headers in ({}, here | {"X-Emberline-Privacy": "strict"}):
            assert (await stand.asked(headers=headers)).status_code in (403, 503)
        place.write(".emberline.yaml", "privacy: {mode: strict}\n")
        inner = place.folder / "inner"
        inner.mkdir()
        (place.folder / ".git").mkdir()
        response = await stand.asked(headers={"X-Emberline-Workspace": str(inner)})
        assert response.status_code in (403, 503)
    assert len(cloud.requests("/v1/chat/completions")) == 1


async def test_a_change_of_the_configuration_counts_for_the_next_request(
    place: Place, cloud: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emberline.gateway.workspaces.RECHECK_SECONDS", 0.0)
    place.configure(clouded(cloud.url))
    here = {"X-Emberline-Workspace": str(place.folder)}
    async with standing() as stand:
        assert (await stand.asked(headers=here)).status_code == 200
        place.configure(clouded(cloud.url).replace("mode: open", "mode: strict"))
        response = await stand.asked(headers=here)
        assert response.status_code in (403, 503)
    assert len(cloud.requests("/v1/chat/completions")) == 1


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Emberline-Task", "poetry"),
        ("X-Emberline-Task", "completion"),
        ("X-Emberline-Privacy", "loose"),
        ("X-Emberline-Privacy", ""),
        ("X-Emberline-Workspace", "here"),
        ("X-Emberline-Workspace", "/no/such/folder"),
        ("X-Emberline-Workspace", ""),
    ],
)
async def test_headers_that_are_not_understood_are_not_passed_over(
    stand: Stand, header: str, value: str
) -> None:
    response = await stand.asked(headers={header: value})
    assert response.status_code == 400
    assert error_of(response)["param"] == header.lower()


async def test_a_header_that_comes_twice_is_not_taken_for_its_looser_half(stand: Stand) -> None:
    for levels in (("strict", "open"), ("open", "strict")):
        headers = [("X-Emberline-Privacy", level) for level in levels]
        response = await stand.client.get("/models", headers=headers)
        assert (response.status_code, error_of(response)["param"]) == (400, "x-emberline-privacy")


def test_the_folders_whose_word_counts(tmp_path: Path) -> None:
    inner = tmp_path / "repository" / "inner"
    inner.mkdir(parents=True)
    assert folders_of(inner) == (inner,)
    (tmp_path / "repository" / ".git").mkdir()
    assert folders_of(inner) == (tmp_path / "repository", inner)


async def test_the_models_that_a_caller_may_use(place: Place, cloud: Served) -> None:
    place.configure(clouded(cloud.url))
    async with standing() as stand:
        listed = (await stand.client.get("/models")).json()
        assert [each["id"] for each in listed["data"]] == ["emberline"]
        here = {"X-Emberline-Workspace": str(place.folder)}
        listed = (await stand.client.get("/models", headers=here)).json()
        assert listed["object"] == "list"
        assert [each["id"] for each in listed["data"]] == ["emberline", "cloud/gpt-4o"]


async def test_one_model_by_its_name(stand: Stand) -> None:
    for name in ("emberline", "gpu/Qwen/Qwen2.5-Coder-7B"):
        found = (await stand.client.get(f"/models/{name}")).json()
        assert (found["id"], found["object"]) == (name, "model")
    assert found["emberline"]["place"] == "this machine"
    assert found["emberline"]["context_tokens"] == 32_768
