"""What every source writes into: a growing file that is always a prefix of the model."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from emberline.models.catalogue import Model
from emberline.models.errors import Cancelled, DiskFull, ModelError, NoSpace, SourceFailed

# EFBIG is a file size limit: for us the same as a full disk, and how the tests make one.
_FULL = frozenset({errno.ENOSPC, errno.EFBIG} | ({errno.EDQUOT} if hasattr(errno, "EDQUOT") else set()))


class Progress(NamedTuple):
    """How far a fetch is, in bytes of the model's file, and the name of the source that gives them."""

    done: int
    total: int
    source: str


Report = Callable[[Progress], None]
IsCancelled = Callable[[], bool]


class Transfer:
    """One fetch: the partial file, the caller's wish to stop, and whom to tell.

    Unbuffered, so that after a kill everything received is there for the next fetch.
    """

    def __init__(self, model: Model, path: Path, report: Report, is_cancelled: IsCancelled) -> None:
        self.model = model
        self.path = path
        self.source = ""
        self._told = 0
        self._report = report
        self._is_cancelled = is_cancelled

    def __enter__(self) -> Self:
        try:
            self._descriptor = os.open(
                self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644
            )
        except OSError as error:
            raise self._translated(error) from error
        self.length = os.fstat(self._descriptor).st_size
        if self.length > self.model.size:  # no prefix of this model: leftovers of something else
            self.restart()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    @property
    def missing(self) -> int:
        """Bytes still to come."""
        return self.model.size - self.length

    def check(self) -> None:
        """Raise Cancelled when the caller wants to stop."""
        if self._is_cancelled():
            raise Cancelled(
                f"stopped; {self.length:,} of {self.model.size:,} bytes are kept for the next time"
            )

    def tell(self, ahead: int = 0) -> None:
        """Report progress; `ahead` counts bytes that are on this machine but not yet in the file.

        It never goes back while they move into the file, only when a restart throws bytes away.
        """
        self._told = max(self._told, min(self.length + ahead, self.model.size))
        self._report(Progress(self._told, self.model.size, self.source))

    def append(self, data: bytes) -> None:
        """Add the next bytes of the file. Raises SourceFailed beyond its end, NoSpace, Cancelled."""
        self.check()
        if len(data) > self.missing:
            raise SourceFailed(f"sends more than the {self.model.size:,} bytes of the model")
        rest = memoryview(data)
        while rest:
            try:
                written = os.write(self._descriptor, rest)
            except OSError as error:
                raise self._translated(error) from error
            self.length += written
            rest = rest[written:]
        self.tell()

    def restart(self) -> None:
        """Throw away what is there."""
        os.ftruncate(self._descriptor, 0)
        self.length = self._told = 0

    def flush(self) -> None:
        """Have the bytes on the disk itself: the rename that follows must never name an unwritten file."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._translated(error) from error

    def no_space(self, needed: int, free: int) -> NoSpace:
        """The error of a disk that has `free` bytes where `needed` are to come."""
        return NoSpace(
            f"no room for {self.model.name}: {needed / 1e6:,.0f} MB needed, {free / 1e6:,.0f} MB free in "
            f"{self.path.parent}. Free some, or name another folder in $EMBERLINE_MODELS"
        )

    def _translated(self, error: OSError) -> ModelError:
        if error.errno in _FULL:
            return DiskFull(
                f"the disk filled up while {self.model.name} was fetched into {self.path.parent}: "
                "what had come is removed again. Free some space, or name another folder in $EMBERLINE_MODELS"
            )
        return ModelError(f"cannot write {self.path}: {error.strerror}")
