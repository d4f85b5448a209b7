"""Where the code and cases to measure on lie: beside the checkout, or this project's own source instead."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


def unseen() -> Path:
    """A folder of code that the model never saw: the shared set, or this project itself, which is as new."""
    folder = SHARED / "unseen"
    return folder if folder.is_dir() else ROOT / "server"


def infilling_cases() -> Iterator[dict[str, str]]:
    """The single-line cases of HumanEval-Infilling; none where the data is not there."""
    path = SHARED / "human-eval-infilling" / "HumanEval-SingleLineInfilling.jsonl.gz"
    if path.is_file():
        with gzip.open(path) as lines:
            for line in lines:
                yield orjson.loads(line)
