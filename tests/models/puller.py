"""Fetches the test model in a process of its own: `python -m tests.models.puller FOLDER [LIMIT]`.

With LIMIT no file may grow beyond so many bytes: to the program the same as a disk that fills up.
"""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

from emberline.errors import UserError
from emberline.models import fetch
from tests.models.files import model


def main(folder: Path, limit: int | None) -> int:
    if limit is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        with httpx.Client(trust_env=False) as client:
            print(fetch.pull(model(), folder, client))
    except UserError as error:
        print(type(error).__name__, error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None))
