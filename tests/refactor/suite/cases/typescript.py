"""A queue of HTTP calls in TypeScript."""

from __future__ import annotations

from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.cases.python import renamed
from tests.refactor.suite.checkers import CommentsKept, Documented, Gone, Has, Linked, Small
from tests.refactor.suite.grounds import TYPESCRIPT, Files
from tests.refactor.suite.texts import before, block, cursor, once, within, without

BACKOFF, HEAP, INDEX = "src/backoff.ts", "src/heap.ts", "src/index.ts"
QUEUE, TRANSPORT, TYPES = "src/queue.ts", "src/transport.ts", "src/types.ts"


def _promised(files: Files) -> Changed:
    transport, queue = files[TRANSPORT], files[QUEUE]
    transport = once(
        transport, "send(job: Job, done: (ending: Ending) => void): void;", "send(job: Job): Promise<Ending>;"
    )

    def method(own: str) -> str:
        own = once(
            own, "send(job: Job, done: (ending: Ending) => void): void {", "send(job: Job): Promise<Ending> {"
        )
        own = once(own, "    this.fetch(", "    return this.fetch(")
        own = once(
            own,
            "done(describe(answer.status, await answer.text())))",
            "describe(answer.status, await answer.text()))",
        )
        return once(own, "done({ kind", "({ kind")

    def settled(own: str) -> str:
        return once(
            own, "this.transport.send(job, (ending) => {", "void this.transport.send(job).then((ending) => {"
        )

    return {
        TRANSPORT: within(transport, block(transport, r"^  send\(job: Job, done"), method),
        QUEUE: within(queue, block(queue, r"^  private start\("), settled),
    }


def _statuses_moved(files: Files) -> Changed:
    types, transport = files[TYPES], files[TRANSPORT]
    span = block(types, r"^export function isRetryable")
    own = f'import {{ RETRYABLE }} from "./types";\n\n{span.of(types)}'
    transport = once(transport, "import { Ending, isRetryable, Job }", "import { Ending, Job }")
    return {
        TYPES: without(types, span).rstrip("\n") + "\n",
        "src/status.ts": own,
        TRANSPORT: before(transport, r"^import \{ Ending", 'import { isRetryable } from "./status";\n'),
    }


_PEEK = "The smallest item, which stays; undefined where there is none."


CASES = (
    Case(
        "ts-rename-concept",
        "typescript",
        TYPESCRIPT,
        BACKOFF,
        "rename-concept",
        cursor(r"^export function (delayFor)"),
        lambda files: renamed(files, "delayFor", "pauseBefore"),
        (Gone("delayFor"), Linked(), Has("", r"\bpauseBefore\(", 3), CommentsKept(BACKOFF)),
        answer="pauseBefore",
    ),
    Case(
        "ts-convert-promise",
        "typescript",
        TYPESCRIPT,
        TRANSPORT,
        "convert-promise",
        cursor(r"^  (send)\(job: Job, done: \(ending: Ending\) => void\): void \{"),
        _promised,
        (
            Linked(),
            Has(TRANSPORT, r"send\(job: Job\): Promise<Ending>", 2),
            Has(TRANSPORT, r"\bdone\(", 0),
            Has(QUEUE, r"(?:await|\.then\()", 1),
            CommentsKept(QUEUE),
        ),
    ),
    Case(
        "ts-move-symbol",
        "typescript",
        TYPESCRIPT,
        TYPES,
        "move-symbol",
        cursor(r"^export function (isRetryable)"),
        _statuses_moved,
        (
            Linked(),
            Has("src/status.ts", r"^export function isRetryable\(", 1),
            Has(TYPES, r"\bisRetryable\b", 0),
            CommentsKept(TYPES),
        ),
        answer="src/status.ts",
    ),
    Case(
        "ts-document",
        "typescript",
        TYPESCRIPT,
        HEAP,
        "document",
        cursor(r"^  (peek)\(\)"),
        lambda files: {HEAP: before(files[HEAP], r"^  peek\(\)", f"  /** {_PEEK} */\n")},
        (Documented(HEAP, "peek"), Small(HEAP, 3)),
        words=_PEEK,
    ),
)
