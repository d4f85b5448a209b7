"""HTTP as all protocols need it: JSON asked and answered, streams read piece by piece, failures in words.

A protocol builds one `Wire` for its server and says by `judge` what a refusal means; everything else that can
go wrong is told here, always as a `Failure` that repeats nothing of the prompt:

    wire = Wire(client, "ollama", judge)
    tags = await wire.get_json("/api/tags", sent)
    async with aclosing(wire.ndjson("/api/chat", body, sent, chat.max_tokens)) as lines:
        async for line in lines:
            ...

A reader that returns has come to the stream's end, which is no proof of a whole answer: the protocol raises
`wire.cut_off()` where its own last event is missing. Closing a reader closes the connection, and that is how
a request is cancelled.
"""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from emberline.backends import complaint
from emberline.backends.complaint import Complaint
from emberline.backends.failure import Failure, Kind
from emberline.privacy.egress import (
    AsyncClient,
    ConnectionFailed,
    EgressRefused,
    NotConnected,
    TimedOut,
    carrying,
)
from emberline.privacy.labels import Manifest

CONNECT_SECONDS = 3.0
SILENCE_SECONDS = 600.0
"""Longest wait for the next byte. A model may load for minutes; who wants it shorter cancels."""
LONGEST_LINE = 4 << 20
LONGEST_JSON = 32 << 20
"""Bytes of an answer that is read whole."""
BYTES_PER_TOKEN = 4096
"""No protocol wraps one token in more, ten alternatives with their probabilities included."""
SLACK = 1 << 20
"""Bytes beside the tokens: progress reports, keep-alive comments, the closing statistics."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that is an error: its HTTP status (200 for one in mid-stream) and what the server said."""

    status: int
    complaint: Complaint = field(default_factory=Complaint)
    retry_after: float | None = None
    """Seconds, where the server named a delay."""
    location: str = ""
    """Where a redirect points, without its query; nothing follows one."""


class Refusal(Failure):
    """A server's own refusal; what it said, which may quote the prompt, is kept for a protocol that can mend
    the request."""

    def __init__(self, message: str, kind: Kind, refused: Refused) -> None:
        super().__init__(message, kind, refused.retry_after)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a refusal means, and what mends it where that is known."""

    kind: Kind
    remedy: str = ""


Judge = Callable[[Refused], Judgement]


def by_status(refused: Refused) -> Judgement:
    """What the status alone says; for a protocol to fall back on."""
    match refused.status:
        case 401 | 403:
            return Judgement(Kind.DENIED)
        case 404 | 410:
            return Judgement(Kind.NOT_FOUND)
        case 402:
            return Judgement(Kind.QUOTA)
        case 429:
            return Judgement(Kind.RATE_LIMITED)
        case 408:
            return Judgement(Kind.UNREACHABLE)
        case 503 if refused.complaint.names("loading"):  # llama.cpp and what is built on it
            return Judgement(Kind.LOADING)
        case status if status >= 500:
            return Judgement(Kind.OVERLOADED)
        case status if 300 <= status < 400:
            where = refused.location or "another address"
            return Judgement(
                Kind.NOT_FOUND, f"it redirects to {where}: if that is right, configure that address"
            )
        case 200:
            return Judgement(Kind.BROKEN)
    return Judgement(Kind.BAD_REQUEST)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The delay in seconds that `retry-after-ms` or `retry-after` (seconds or a date, RFC 9110) names."""
    try:
        if "retry-after-ms" in headers:
            return max(float(headers["retry-after-ms"]) / 1000, 0.0)
        named = headers.get("retry-after", "")
        if not named:
            return None
        if named.replace(".", "", 1).isdigit():
            return float(named)
        return max(email.utils.parsedate_to_datetime(named).timestamp() - time.time(), 0.0)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event. `data` is its JSON object; None for a text that is none, `[DONE]` mostly."""

    name: str
    data: dict[str, Any] | None
    text: str


@dataclass(frozen=True, slots=True)
class Wire:
    """One server's HTTP. Every method raises `Failure` and nothing else."""

    client: AsyncClient
    name: str
    """The backend's, as messages begin with it."""
    judge: Judge = by_status
    patience: float = SILENCE_SECONDS
    """Seconds until the next byte has come."""

    async def get_json(self, path: str, sent: Manifest, patience: float | None = None) -> Any:
        """The JSON that a GET answers; `patience` where it is to be another than usual."""
        async with self._answer("GET", path, None, sent, patience) as response:
            return await self._whole(response)

    async def post_json(self, path: str, body: Mapping[str, Any], sent: Manifest) -> Any:
        """The JSON that a POST of this JSON answers."""
        async with self._answer("POST", path, body, sent) as response:
            return await self._whole(response)

    async def sse(
        self, path: str, body: Mapping[str, Any], sent: Manifest, max_tokens: int
    ) -> AsyncGenerator[Event, None]:
        """The events of a streamed answer (WHATWG HTML, "Server-sent events"), `[DONE]` among them."""
        async with self._answer("POST", path, body, sent) as response:
            self._expect(response, "text/event-stream")
            name, data = "", list[bytes]()
            async with aclosing(self._lines(response, max_tokens)) as lines:
                async for line in lines:
                    label, _, value = line.partition(b":")
                    value = value.removeprefix(b" ")
                    if label == b"data":
                        data.append(value)
                    elif label == b"event":
                        name = self._text(value)
                    elif label == b"error":  # llama.cpp's own field
                        yield self._event("error", value)
                    elif not line:
                        if data:
                            yield self._event(name, b"\n".join(data))
                        name, data = "", []
            if data:
                yield self._event(name, b"\n".join(data))

    async def ndjson(
        self, path: str, body: Mapping[str, Any], sent: Manifest, max_tokens: int
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The objects of an answer with one JSON object a line."""
        async with self._answer("POST", path, body, sent) as response:
            self._expect(response, "application/x-ndjson", "application/ndjson", "application/json")
            async with aclosing(self._lines(response, max_tokens)) as lines:
                async for line in lines:
                    if line:
                        yield self._object(line)

    def failure(self, refused: Refused, body: Mapping[str, Any] | None = None) -> Refusal:
        """The failure for a refusal; `body` is what was asked, so that none of it is quoted."""
        judged = self.judge(refused)
        keys = (self.client.headers.get(header, "") for header in ("authorization", "x-api-key"))
        private = [*_texts(body), *(key.removeprefix("Bearer ") for key in keys)]
        said = complaint.quotable(refused.complaint.message, private)
        if judged.kind is Kind.DENIED:  # providers quote a wrong key, shortened
            said = ""
        words = said or (f"{judged.kind} (status {refused.status})" if refused.status != 200 else judged.kind)
        remedy = f"; {judged.remedy}" if judged.remedy else ""
        return Refusal(f"{self.name}: {words}{remedy}", judged.kind, refused)

    @contextmanager
    def parsing(self) -> Iterator[None]:
        """Within it, an answer of another form than the code expects is a `Failure`, too."""
        try:
            yield
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._broken("the answer has not the form that it promises") from error

    def cut_off(self) -> Failure:
        """The failure for a stream that ended before its last event."""
        return self._broken("the answer broke off")

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        sent: Manifest,
        patience: float | None = None,
    ) -> AsyncIterator[Any]:
        """The response, its status 200, its body still to be read."""
        begun = False
        patience = self.patience if patience is None else patience
        content = None if body is None else _encoded(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            async with self.client.stream(
                method,
                path,
                content=content,
                headers=headers,
                extensions=carrying(sent),
                timeout=(min(CONNECT_SECONDS, patience), patience, patience, patience),
            ) as response:
                begun = True
                if response.status_code != 200:
                    raise self.failure(await self._refused(response), body)
                yield response
        except EgressRefused as refused:
            raise Failure(str(refused), Kind.FORBIDDEN) from refused
        except ConnectionFailed as error:
            raise self._explained(error, begun) from error

    async def _refused(self, response: Any) -> Refused:
        try:
            said = complaint.read(orjson.loads(await self._bounded(response)))
        except orjson.JSONDecodeError:  # a proxy's page, mostly; the status says enough
            said = Complaint()
        location = response.headers.get("location", "").partition("?")[0]
        return Refused(response.status_code, said, retry_after(response.headers), location)

    async def _whole(self, response: Any) -> Any:
        self._expect(response, "application/json")
        try:
            return orjson.loads(await self._bounded(response))
        except orjson.JSONDecodeError as error:
            raise self._broken("the answer is not valid JSON") from error

    async def _bounded(self, response: Any) -> bytes:
        content = bytearray()
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > LONGEST_JSON:
                raise self._broken("the answer did not end")
        return bytes(content)

    async def _lines(self, response: Any, max_tokens: int) -> AsyncGenerator[bytes, None]:
        """The body's lines, split at LF alone, as both formats want it: JSON may hold U+2028 as it is."""
        left = max_tokens * BYTES_PER_TOKEN + SLACK
        rest = b""
        async with aclosing(response.aiter_bytes()) as pieces:
            async for piece in pieces:
                left -= len(piece)
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    yield line.removesuffix(b"\r")
                if left < 0 or len(rest) > LONGEST_LINE:
                    raise self._broken("the answer did not end")
        if rest:
            yield rest

    def _expect(self, response: Any, *types: str) -> None:
        found = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if found not in types:
            raise self._broken(f"it answered with {found or 'no content type'} instead of {types[0]}")

    def _event(self, name: str, data: bytes) -> Event:
        if data.lstrip().startswith(b"{"):
            return Event(name, self._object(data), "")
        return Event(name, None, self._text(data))

    def _object(self, data: bytes) -> dict[str, Any]:
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise self._broken("a piece of the answer is not valid JSON") from error
        if not isinstance(value, dict):
            raise self._broken("a piece of the answer is no JSON object")
        return value

    def _text(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise self._broken("a piece of the answer is not UTF-8") from error

    def _broken(self, words: str) -> Failure:
        return Failure(f"{self.name}: {words}", Kind.BROKEN)

    def _explained(self, error: Exception, begun: bool) -> Failure:
        """A transport's error in words; `begun` when the answer's head had come."""
        said = str(error)
        if isinstance(error, NotConnected):
            address = str(self.client.base_url).rstrip("/")
            tls = next((words for words in _causes(error) if "SSL" in words or "certificate" in words), "")
            if tls:
                return Failure(f"{self.name}: no TLS connection to {address}: {tls}", Kind.UNREACHABLE)
            # One that speaks no TLS waits in silence for the rest of what it takes for a request.
            ask = "is it running, and does it speak TLS?" if address.startswith("https") else "is it running?"
            return Failure(f"{self.name} does not answer at {address}: {ask}", Kind.UNREACHABLE)
        if isinstance(error, TimedOut):
            silent = "fell silent" if begun else "did not answer in time"
            return Failure(f"{self.name} {silent}", Kind.UNREACHABLE)
        if begun:
            is_garbled = "decod" in said.lower() or "decompress" in said.lower()
            return self._broken("a broken content encoding") if is_garbled else self.cut_off()
        if "disconnected" in said or not said:
            return Failure(f"{self.name} closed the connection without an answer", Kind.UNREACHABLE)
        return self._broken("the answer is not HTTP")


def _causes(error: BaseException | None) -> Iterator[str]:
    """The words of an error and of what led to it."""
    while error is not None:
        yield str(error)
        error = error.__cause__ or error.__context__


def text_in(value: object) -> str:
    """A text that may be missing. Raises TypeError for anything else (see `Wire.parsing`)."""
    if value is None or isinstance(value, str):
        return value or ""
    raise TypeError(f"a {type(value).__name__} where a text belongs")


_PUBLIC = frozenset(("model", "role", "type", "name", "keep_alive", "tool_choice"))
"""Fields of a request whose values a message may repeat."""


def _encoded(body: Mapping[str, Any]) -> bytes:
    """The body as JSON; half a surrogate pair, which no JSON of UTF-8 can hold, becomes a question mark."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return json.dumps(body, ensure_ascii=False).encode(errors="replace")


def _texts(value: object) -> Iterator[str]:
    """All text within a request's JSON that may be the user's."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if key not in _PUBLIC:
                yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
