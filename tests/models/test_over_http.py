"""Fetching over HTTP, against a real server on loopback that behaves well or badly."""

from __future__ import annotations

import hashlib
import shutil
from collections import namedtuple
from pathlib import Path

import httpx
import pytest

from emberline.models import fetch, store
from emberline.models.errors import Cancelled, FetchFailed, HashMismatch, ModelError, NoSpace
from emberline.models.transfer import Progress
from tests.models.files import CONTENT, OVER_HTTP, OVER_PIP, WRONG, File, Handler, Server, model, serving


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch):
    """Make this server the site that the catalogue's files come from."""

    def use(server: Server) -> Server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        return server

    return use


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_fetches_the_whole_file_and_reports_the_way(at, client: httpx.Client, folder: Path) -> None:
    seen: list[Progress] = []
    with serving(File()) as server:
        path = fetch.pull(model(), folder, at(server) and client, report=seen.append)
    assert path.read_bytes() == CONTENT
    assert store.look(model(), folder).state is store.State.READY
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    assert seen[-1] == Progress(len(CONTENT), len(CONTENT), "huggingface")
    assert left_in(folder) == [".tiny.gguf.checked", "tiny.gguf"]


def test_a_model_that_is_there_asks_nobody(at, client: httpx.Client, folder: Path) -> None:
    with serving(File()) as server:
        at(server)
        fetch.pull(model(), folder, client)
        fetch.pull(model(), folder, client)
        assert len(server.ranges) == 1


def test_goes_on_where_the_connection_broke(at, client: httpx.Client, folder: Path) -> None:
    with serving(File(cuts=(1_200_000, 700_000))) as server:
        at(server)
        assert fetch.pull(model(), folder, client).read_bytes() == CONTENT
        assert server.ranges == [None, "bytes=1200000-", "bytes=1900000-"]


def test_goes_on_where_an_earlier_fetch_broke_off(at, client: httpx.Client, folder: Path) -> None:
    with serving(File(cuts=(500_000, 0, 0, 0, 0, 0))) as server:
        at(server)
        with pytest.raises(FetchFailed, match=r"500,000 of 3,000,004 bytes\) is kept"):
            fetch.pull(model(), folder, client)
        assert left_in(folder) == ["tiny.gguf.partial"]
        assert store.look(model(), folder) == store.Entry(
            model(), folder / "tiny.gguf", store.State.PARTIAL, 500_000
        )
    with serving(File()) as server:
        at(server)
        assert fetch.pull(model(), folder, client).read_bytes() == CONTENT
        assert server.ranges == ["bytes=500000-"]


def test_a_server_without_ranges_sends_it_all_again(at, client: httpx.Client, folder: Path) -> None:
    with serving(File(with_ranges=False, cuts=(1_000_000,))) as server:
        at(server)
        assert fetch.pull(model(), folder, client).read_bytes() == CONTENT


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_an_error_is_named_and_leaves_nothing_broken(
    at, client: httpx.Client, folder: Path, status: int
) -> None:
    with serving(lambda handler, _: handler.head(status, Content_Length=0)) as server:
        at(server)
        with pytest.raises(FetchFailed, match=f"huggingface: answers {status}"):
            fetch.pull(model(), folder, client)
        assert len(server.ranges) == 1  # nothing came, so asking again at once has no use
    assert store.look(model(), folder).state is not store.State.READY


def test_wrong_bytes_are_refused_by_both_hashes_and_removed(at, client: httpx.Client, folder: Path) -> None:
    with serving(File(content=WRONG)) as server:
        at(server)
        with pytest.raises(HashMismatch) as caught:
            fetch.pull(model(), folder, client)
    assert model().sha256 in str(caught.value)
    assert hashlib.sha256(WRONG).hexdigest() in str(caught.value)
    assert left_in(folder) == []


def test_a_wrong_beginning_is_fetched_again(at, client: httpx.Client, folder: Path) -> None:
    folder.mkdir()
    store.partial_of(model(), folder).write_bytes(WRONG[:800_000])
    with serving(File()) as server:
        at(server)
        assert fetch.pull(model(), folder, client).read_bytes() == CONTENT
        assert server.ranges == ["bytes=800000-", None]


def test_leftovers_longer_than_the_model_are_thrown_away(at, client: httpx.Client, folder: Path) -> None:
    folder.mkdir()
    store.partial_of(model(), folder).write_bytes(CONTENT + b"more")
    with serving(File()) as server:
        at(server)
        assert fetch.pull(model(), folder, client).read_bytes() == CONTENT


def test_the_next_source_finishes_what_the_first_began(
    at, client: httpx.Client, folder: Path, links: Path
) -> None:
    both = model(OVER_HTTP, OVER_PIP)
    seen: list[Progress] = []
    with serving(File(cuts=(1_500_000, 0))) as server:
        path = fetch.pull(both, folder, at(server) and client, report=seen.append)
    assert path.read_bytes() == CONTENT
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    assert {step.source for step in seen} == {"huggingface", "packages"}


def test_the_next_source_replaces_wrong_bytes(at, client: httpx.Client, folder: Path, links: Path) -> None:
    with serving(File(content=WRONG)) as server:
        path = fetch.pull(model(OVER_HTTP, OVER_PIP), folder, at(server) and client)
    assert path.read_bytes() == CONTENT


def test_no_network_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, client: httpx.Client, folder: Path
) -> None:
    with serving(File()) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
    with pytest.raises(FetchFailed, match="when the network is back"):
        fetch.pull(model(), folder, client)


def test_a_file_of_another_size_is_not_even_fetched(at, client: httpx.Client, folder: Path) -> None:
    with serving(File(content=CONTENT[:-1])) as server:
        at(server)
        with pytest.raises(FetchFailed, match="offers 3,000,003 bytes instead of 3,000,004"):
            fetch.pull(model(), folder, client)


def test_an_endless_answer_stops_at_the_size(at, client: httpx.Client, folder: Path) -> None:
    def endless(handler: Handler, _: int) -> None:
        handler.head(200, Connection="close")
        # In writes that go on past the model's end: where one ends, a whole file has come, and it is right.
        for _ in range(50):
            handler.wfile.write(CONTENT * 2)

    with serving(endless) as server:
        at(server)
        with pytest.raises(FetchFailed, match="sends more than"):
            fetch.pull(model(), folder, client)
    assert store.look(model(), folder).bytes <= len(CONTENT)


def test_a_shorter_file_there_than_the_part_here(at, client: httpx.Client, folder: Path) -> None:
    folder.mkdir()
    store.partial_of(model(), folder).write_bytes(CONTENT[:1000])
    with serving(lambda handler, _: handler.head(416, Content_Length=0)) as server:
        at(server)
        with pytest.raises(FetchFailed, match="shorter file"):
            fetch.pull(model(), folder, client)
    assert store.look(model(), folder).bytes == 0


@pytest.mark.parametrize("content_range", ["", "bytes 5-9/10"])
def test_a_range_that_was_not_asked_for(at, client: httpx.Client, folder: Path, content_range: str) -> None:
    folder.mkdir()
    store.partial_of(model(), folder).write_bytes(CONTENT[:1000])
    with serving(lambda handler, _: handler.head(206, Content_Range=content_range)) as server:
        at(server)
        with pytest.raises(FetchFailed, match=r"begins at byte 5|without saying which"):
            fetch.pull(model(), folder, client)
    assert store.look(model(), folder).bytes == 1000


def test_a_cancelled_fetch_keeps_what_came(at, client: httpx.Client, folder: Path) -> None:
    seen: list[Progress] = []
    with serving(File()) as server:
        at(server)
        with pytest.raises(Cancelled):
            fetch.pull(
                model(),
                folder,
                client,
                report=seen.append,
                is_cancelled=lambda: bool(seen) and seen[-1].done > 10**6,
            )
        kept = store.look(model(), folder)
        assert kept.state is store.State.PARTIAL and kept.bytes > 10**6
        assert fetch.pull(model(), folder, client).read_bytes() == CONTENT
        assert server.ranges[-1] == f"bytes={kept.bytes}-"


def test_a_user_interrupt_keeps_what_came(at, client: httpx.Client, folder: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done > 10**6:
            raise KeyboardInterrupt

    with serving(File()) as server:
        at(server)
        with pytest.raises(KeyboardInterrupt):
            fetch.pull(model(), folder, client, report=interrupt)
        assert store.look(model(), folder).bytes > 10**6
        assert fetch.pull(model(), folder, client).read_bytes() == CONTENT


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    at, client: httpx.Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1_000_000))
    with serving(File()) as server:
        at(server)
        with pytest.raises(NoSpace, match="70 MB needed, 1 MB free"):
            fetch.pull(model(), folder, client)
        assert server.ranges == []


def test_a_folder_that_cannot_be_made(client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot make the models' folder"):
        fetch.pull(model(), tmp_path / "file" / "models", client)


def test_the_users_own_copy_is_checked_and_kept(client: httpx.Client, folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(CONTENT)
    assert fetch.pull(model(), folder, client, sources=()).read_bytes() == CONTENT


def test_a_wrong_file_under_the_models_name_is_replaced(at, client: httpx.Client, folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(WRONG)
    with serving(File()) as server:
        at(server)
        assert fetch.pull(model(), folder, client).read_bytes() == CONTENT
