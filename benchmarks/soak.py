"""A long day at the keyboard: does a server that is typed into 100,000 times stay as small and as fast?

A simulated typist types real code through a real `emberline serve` over standard input and output, as an
editor that asks after every key. Once with a stand-in for the model, which costs next to nothing, so that
many keys fit into the time; and, for as many `--minutes` as are given, with the real engine.

`python -m benchmarks.soak --svg docs/images/soak.svg --json soak.json --minutes 20`; Ctrl-C ends a run early.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import psutil
from tests.servers.engine import environment, model_file

from benchmarks.common import print_table
from benchmarks.data import unseen
from benchmarks.soak_picture import picture
from benchmarks.soak_report import Sample, summary
from emberline.replay.client import Client
from emberline.replay.editor import Answer, Editor, Manners
from emberline.replay.judge import is_right
from emberline.replay.run import warm
from emberline.replay.segments import Segment, choose, source_files
from emberline.replay.typist import Rhythm, Typist, next_key

SEED = 1
KEYS = 100_000
SAMPLES = 200
"""Over the whole run."""
EAGER = Manners("eager", 0.0, 0.0, True)
"""Asks after every key, at once: more requests than any editor makes."""
FAST, REAL = Rhythm().faster(25.0), Rhythm().faster(2.0)
"""Some 8 ms between keys for the stand-in, and a fast typist's for the real engine."""
ACCEPTED = 0.15
"""Of the right ghost texts."""
LINES = 12
SETTLE_SECONDS = 30.0


@dataclass(slots=True)
class Run:
    """What was typed and what came of it."""

    keys: int = 0
    accepted: int = 0
    answers: list[tuple[int, float, bool]] = field(default_factory=list)
    """Keys typed before, milliseconds, whether something was shown."""
    samples: list[Sample] = field(default_factory=list)
    lost: int = 0
    """Requests without an answer when all was over."""
    errors: int = 0
    """Requests that were answered with an error."""
    seconds: float = 0.0


class Soak:
    """One server, typed into until there are enough keys or the time is over."""

    def __init__(self, client: Client, engine: Path, rhythm: Rhythm, keys: int, seconds: float) -> None:
        self.run = Run()
        self._client = client
        self._engine = engine
        self._typist = Typist(rhythm, SEED)
        self._chooser = random.Random(SEED)
        self._keys = keys
        self._seconds = seconds
        self._began = time.monotonic()
        self.editor: Editor | None = None

    @property
    def _done(self) -> float:
        """0..1 of the way, by keys or by time."""
        return max(self.run.keys / self._keys, (time.monotonic() - self._began) / self._seconds)

    async def type(self, segments: Iterator[Segment]) -> None:
        due = 0.0
        while self._done < 1:
            segment = next(segments)
            editor = self.editor = Editor(
                self._client, EAGER, segment.path.as_uri(), segment.language_id, segment.before, segment.after
            )
            editor.on_answer = self._answered
            editor.open()
            async for _ in self._pressed(editor, segment.target):
                if self._done >= due:
                    due += 1 / SAMPLES
                    print(f"\r{self._done:.1%}", end="", file=sys.stderr, flush=True)
                    await self._sample()
                if self._done >= 1:
                    break
            editor.close()
        await self.settle()

    async def _pressed(self, editor: Editor, remaining: str) -> Any:
        previous = "\n"
        while remaining:
            key = next_key(remaining)
            await asyncio.sleep(self._typist.pause(previous, key))
            ghost = editor.ghost
            if ghost is not None and is_right(ghost.text, remaining) and self._chooser.random() < ACCEPTED:
                key = ghost.text
                editor.accept(key, whole=True)
                self.run.accepted += 1
            else:
                editor.type(key)
            remaining, previous = remaining[len(key) :], key
            self.run.keys += 1
            yield key

    def _answered(self, answer: Answer) -> None:
        self.run.answers.append((self.run.keys, answer.milliseconds, bool(answer.text)))

    async def _sample(self) -> None:
        stats = (await self._client.request("emberline/status", None))["stats"]
        server = psutil.Process(self._client.pid)
        mine, engines = _resident(server), self._engine_memory()
        with server.oneshot():
            self.run.samples.append(
                Sample(
                    keys=self.run.keys,
                    seconds=time.monotonic() - self._began,
                    server=mine[0],
                    engine=engines[0],
                    server_own=mine[1],
                    engine_own=engines[1],
                    descriptors=server.num_fds(),
                    threads=server.num_threads(),
                    tasks=stats["tasks"],
                    open_requests=stats["open requests"],
                    open_questions=stats["open questions"],
                    ledger=stats["ledger waiting"],
                )
            )

    def _engine_memory(self) -> tuple[int, int]:
        for state in self._engine.glob("*/state.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, psutil.Error):
                return _resident(psutil.Process(orjson.loads(state.read_bytes())["pid"]))
        return 0, 0

    async def settle(self) -> None:
        """Everything that was asked is answered, or counts as lost."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while self._client.unanswered and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        self.run.lost, self.run.errors = self._client.unanswered, self._client.errors
        await self._sample()
        self.run.seconds = time.monotonic() - self._began


def _resident(process: psutil.Process) -> tuple[int, int]:
    """All resident bytes, and those that no file holds (all, where the system does not tell them apart)."""
    memory = process.memory_info()
    return memory.rss, memory.rss - getattr(memory, "shared", 0)


def _segments(seed: int) -> Iterator[Segment]:
    """Without end; always other ones."""
    files = source_files([unseen()])
    while True:
        yield from choose(files, 50, LINES, seed)
        seed += 1


async def _soak(rhythm: Rhythm, keys: int, seconds: float, folder: Path, env: Mapping[str, str]) -> Run:
    soaks: list[Soak] = []

    def on_notification(method: str, params: Any) -> None:
        if soaks and soaks[0].editor is not None:
            soaks[0].editor.notified(method, params)

    client = await Client.start(unseen(), on_notification, environment=env)
    try:
        status = await warm(client)
        if "warm" not in status["message"]:
            raise SystemExit(f"the server is not ready: {status['kind']}, {status['message']}")
        soaks.append(Soak(client, folder / "run", rhythm, keys, seconds))
        try:
            await soaks[0].type(_segments(SEED))
        except asyncio.CancelledError:  # Ctrl-C: what there is so far is told
            await soaks[0].settle()
        return soaks[0].run
    finally:
        await client.stop()


def _homes(folder: Path) -> dict[str, str]:
    """A configuration, a ledger and an engine of the benchmark's own."""
    return {
        "EMBERLINE_CONFIG": str(folder / "config.yaml"),
        "EMBERLINE_STATE": str(folder / "state"),
        "EMBERLINE_RUNTIME": str(folder / "run"),
    }


def with_stand_in(keys: int) -> Run:
    """Everything but the model is real."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        corpus = folder / "corpus.txt"
        corpus.write_text("\n".join(_texts()))
        engine = f"engine: {{model_path: {model_file(folder)}, threads: 1}}\n"
        (folder / "config.yaml").write_text(f"{engine}backends: {{discover: false}}\n")
        env = environment(text=corpus) | _homes(folder)
        return asyncio.run(_soak(FAST, keys, float("inf"), folder, env))


def with_the_engine(minutes: float) -> Run:
    """The default model, as many keys as a fast typist presses."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text("backends: {discover: false}\n")
        env = {**os.environ, **_homes(folder)}
        return asyncio.run(_soak(REAL, sys.maxsize, minutes * 60, folder, env))


def _texts() -> Iterator[str]:
    for file in source_files([unseen()]):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            yield file.read_text(encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keys", type=int, default=KEYS, help="typed with the stand-in; 0: leave it out")
    parser.add_argument("--minutes", type=float, default=0.0, help="typed with the real engine")
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--svg", type=Path, help="file for the picture")
    args = parser.parse_args()
    runs: dict[str, Run] = {}
    if args.keys:
        runs["with a stand-in for the model"] = with_stand_in(args.keys)
    if args.minutes:
        runs["with the real engine"] = with_the_engine(args.minutes)
    results = {name: summary(run.samples, run.answers) | _counts(run) for name, run in runs.items()}
    for name, result in results.items():
        print_table(f"Soak {name}", result)
    if args.json is not None:
        samples = {name: run.samples for name, run in runs.items()}
        args.json.write_bytes(
            orjson.dumps({"results": results, "samples": samples}, option=orjson.OPT_INDENT_2)
        )
    if args.svg is not None:
        args.svg.write_text(picture({name: (run.samples, run.answers) for name, run in runs.items()}))


def _counts(run: Run) -> dict[str, object]:
    return {
        "keystrokes": run.keys,
        "answers": len(run.answers),
        "accepted": run.accepted,
        "lost requests": run.lost,
        "errors": run.errors,
        "seconds": round(run.seconds),
    }


if __name__ == "__main__":
    main()
