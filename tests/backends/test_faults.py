"""What the user is told when a server misbehaves, and that the same backend works again afterwards."""

from __future__ import annotations

import asyncio
import datetime
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from emberline.backends.build import build
from emberline.backends.failure import PASSING, Failure, Kind
from emberline.backends.messages import Chat, Message, Written
from emberline.backends.port import Backend
from emberline.privacy import egress
from emberline.privacy.egress import Gate
from tests.backends.hosted import SENT, all_of, text_of
from tests.servers import Served, serving
from tests.servers.faults import FORMS, steps
from tests.servers.talking import KEY

SECRET = "def the_users_own_function(argument): ..."
QUESTION = Chat((Message("user", f"Explain this: {SECRET}"),), max_tokens=10)
ANSWER = "Hello from a fake model."
MODELS = {"ollama": "llama3.1:8b", "openai": "gpt-4o", "anthropic": "claude-sonnet-4-5"}

FAULTS = [
    # mode, kind, what is said
    ("closed", Kind.UNREACHABLE, "closed the connection without an answer"),
    ("cut", Kind.BROKEN, "the answer broke off"),
    ("ended early", Kind.BROKEN, "the answer broke off"),
    ("429 with a delay", Kind.RATE_LIMITED, "Too many requests"),
    ("429", Kind.RATE_LIMITED, "Too many requests"),
    ("500", Kind.OVERLOADED, "Internal error"),
    ("503 loading", Kind.LOADING, "Loading model"),
    ("529", Kind.OVERLOADED, "Overloaded"),
    ("a proxy's page", Kind.OVERLOADED, "overloaded .status 502."),
    ("malformed JSON", Kind.BROKEN, "not valid JSON"),
    ("no object", Kind.BROKEN, "not valid JSON|no JSON object"),
    ("another shape", Kind.BROKEN, "form|format"),
    ("wrong content type", Kind.BROKEN, "answered with text/html"),
    ("endless", Kind.BROKEN, "did not end"),
    ("endless line", Kind.BROKEN, "did not end"),
    ("wrong encoding", Kind.BROKEN, "content encoding"),
    ("wrong characters", Kind.BROKEN, "not valid JSON|not UTF-8"),
    ("no HTTP", Kind.BROKEN, "not HTTP"),
    ("redirect", Kind.NOT_FOUND, "redirects to http://elsewhere.example/login:"),
]
INSIDE = {
    "ollama": (Kind.BROKEN, "an error was encountered while running the model"),
    "openai": (Kind.OVERLOADED, "The server had an error"),
    "anthropic": (Kind.OVERLOADED, "Overloaded"),
}


def backend_at(protocol: str, url: str) -> Backend:
    return build(protocol, "team", url, SecretStr(KEY), Gate(), 30)


def check_words(failure: Failure) -> None:
    """One line that begins with the server's name, and holds no class name, prompt or key."""
    said = str(failure)
    assert re.match(r"team\b.{10,250}$", said), said
    assert not re.search(r"Error\b|Exception|Traceback|\bNone\b|[{}]", said), said
    assert SECRET not in said and "users_own" not in said and KEY not in said


@pytest.fixture(scope="module", params=FORMS)
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[str, Served]]:
    with serving(*FORMS[request.param].arguments) as served:
        yield request.param, served


@pytest.fixture
async def backend(pair: tuple[str, Served]) -> AsyncIterator[Backend]:
    pair[1].script(path=FORMS[pair[0]].path, steps=[])
    backend = backend_at(pair[0], pair[1].url)
    yield backend
    await backend.close()


async def answer(backend: Backend, protocol: str) -> str:
    return text_of(await all_of(backend.chat(MODELS[protocol], QUESTION, SENT)))


@pytest.mark.parametrize(("mode", "kind", "words"), FAULTS)
async def test_a_fault_is_told_and_the_next_request_works(
    pair: tuple[str, Served], backend: Backend, mode: str, kind: Kind, words: str
) -> None:
    protocol, served = pair
    form = FORMS[protocol]
    assert await answer(backend, protocol) == ANSWER  # the connection that the fault meets may be a kept one
    served.script(path=form.path, steps=steps(mode, form))
    with pytest.raises(Failure, match=words) as caught:
        await answer(backend, protocol)
    served.script(path=form.path, steps=[])
    check_words(caught.value)
    assert caught.value.kind is kind
    assert caught.value.retry_after == (7.0 if mode == "429 with a delay" else None)
    assert await answer(backend, protocol) == ANSWER


async def test_an_error_inside_an_answer(pair: tuple[str, Served], backend: Backend) -> None:
    protocol, served = pair
    form, (kind, words) = FORMS[protocol], INSIDE[protocol]
    served.script(path=form.path, steps=steps("error inside", form))
    begun = []
    with pytest.raises(Failure, match=words) as caught:
        async for event in backend.chat(MODELS[protocol], QUESTION, SENT):
            begun.append(event)
    served.script(path=form.path, steps=[])
    check_words(caught.value)
    assert begun == [Written("begun ")]
    assert caught.value.kind is kind
    assert await answer(backend, protocol) == ANSWER


@pytest.mark.parametrize("mode", ["slow headers", "stall"])
async def test_a_silent_server_is_left_as_soon_as_the_caller_gives_up(
    pair: tuple[str, Served], backend: Backend, mode: str
) -> None:
    protocol, served = pair
    form = FORMS[protocol]
    served.script(path=form.path, steps=steps(mode, form))
    before = len(served.requests(form.path))
    heard = asyncio.Event()

    async def listen() -> None:
        async with aclosing(backend.chat(MODELS[protocol], QUESTION, SENT)) as events:
            async for _ in events:
                heard.set()

    listening = asyncio.create_task(listen())
    if mode == "stall":
        await heard.wait()
    else:
        while len(served.requests(form.path)) == before:
            await asyncio.sleep(0.01)
    listening.cancel()
    await asyncio.wait([listening])
    served.until_gone(form.path)
    served.script(path=form.path, steps=[])
    assert await answer(backend, protocol) == ANSWER


@pytest.mark.parametrize("protocol", FORMS)
async def test_a_server_that_is_not_there_yet(protocol: str) -> None:
    port = free_port()
    backend = backend_at(protocol, f"http://127.0.0.1:{port}")
    with pytest.raises(Failure, match=f"does not answer at http://127.0.0.1:{port}: is it running") as caught:
        await answer(backend, protocol)
    check_words(caught.value)
    assert caught.value.kind is Kind.UNREACHABLE
    with serving("tests.servers.faults", protocol, str(port)):
        assert await answer(backend, protocol) == ANSWER
    await backend.close()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """A certificate authority that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    egress.certificates.cache_clear()
    yield authority
    egress.certificates.cache_clear()


@pytest.mark.parametrize("protocol", FORMS)
@pytest.mark.parametrize("wrong", ["unknown authority", "expired", "another host"])
async def test_a_certificate_that_does_not_hold(
    protocol: str, wrong: str, authority: trustme.CA, tmp_path: Path
) -> None:
    ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    certificate = {
        "unknown authority": lambda: trustme.CA().issue_cert("127.0.0.1"),
        "expired": lambda: authority.issue_cert("127.0.0.1", not_after=ago),
        "another host": lambda: authority.issue_cert("elsewhere.example"),
    }[wrong]()
    port = free_port()
    backend = backend_at(protocol, f"https://127.0.0.1:{port}")

    def started(certificate: trustme.LeafCert) -> tuple[str, ...]:
        file = tmp_path / "server.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(file)
        return ("tests.servers.faults", protocol, str(port), str(file))

    with serving(*started(certificate)):
        with pytest.raises(Failure, match="TLS") as caught:
            await answer(backend, protocol)
        check_words(caught.value)
        assert caught.value.kind is Kind.UNREACHABLE
    with serving(*started(authority.issue_cert("127.0.0.1"))):
        assert await answer(backend, protocol) == ANSWER
    await backend.close()


def test_what_may_pass_is_told_apart_from_what_does_not() -> None:
    """A fallback follows the first group and a message to the user the second."""
    lasting = {kind for _, kind, _ in FAULTS} - PASSING
    assert lasting == {Kind.NOT_FOUND}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
