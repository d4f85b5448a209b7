"""Which staged files a model may read, and which are named and no more."""

from __future__ import annotations

import fnmatch
import re
from enum import StrEnum

MOST_BYTES = 400_000
"""Of a file's content; a longer one is named alone."""
_LOCK_NAMES = """
package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb poetry.lock pdm.lock uv.lock
pipfile.lock cargo.lock go.sum gemfile.lock composer.lock mix.lock pubspec.lock packages.lock.json flake.lock
gradle.lockfile podfile.lock deno.lock conan.lock .terraform.lock.hcl module.bazel.lock
"""
_GENERATED_NAMES = """
*.min.js *.min.css *.min.mjs *.map *_pb2.py *_pb2_grpc.py *_pb2.pyi *.pb.go *.pb.cc *.pb.h *.g.dart
*.freezed.dart *.generated.* *.gen.go *.designer.cs *.snap *.bundle.js *.csv *.svg *.lock
"""
_OTHERS_FOLDERS = "node_modules vendor third_party dist site-packages __generated__ __snapshots__"
_MINIFIED_SUFFIXES = "js mjs cjs css html json"
_LOCKS = frozenset(_LOCK_NAMES.split())
_GENERATED = re.compile("|".join(map(fnmatch.translate, _GENERATED_NAMES.split())))
_OTHERS = frozenset(_OTHERS_FOLDERS.split())
_MINIFIED = frozenset(_MINIFIED_SUFFIXES.split())
_MARK = re.compile(
    r"@generated\b|\bcode generated\b.*\bdo not edit\b|\bauto-?generated\b.*\bdo not (?:edit|modify)", re.I
)
_LFS = "version https://git-lfs.github.com/spec/"
_HEAD_LINES = 10
_LONG_LINE = 2000


class Reading(StrEnum):
    """Whether a file's content counts, and why not."""

    WHOLE = "read"
    PRIVATE = "kept from models by its name, an ignore file or privacy.exclude"
    LOCK = "a lock file"
    GENERATED = "generated"
    MINIFIED = "minified"
    BINARY = "binary"
    LARGE = "too large"
    STORED_ELSEWHERE = "stored in Git LFS"
    SUBMODULE = "a submodule"
    LINK = "a link"


def by_name(path: str) -> Reading:
    """As far as the name tells."""
    *folders, name = path.lower().split("/")
    if name in _LOCKS:
        return Reading.LOCK
    if _GENERATED.match(name) or not _OTHERS.isdisjoint(folders):
        return Reading.GENERATED
    return Reading.WHOLE


def by_content(path: str, content: bytes) -> Reading:
    """As far as the content tells, of what its name does not."""
    if b"\0" in content[:8192]:
        return Reading.BINARY
    text = content[:20_000].decode("utf-8", "replace")
    if text.startswith(_LFS):
        return Reading.STORED_ELSEWHERE
    head = text.split("\n", _HEAD_LINES)[:_HEAD_LINES]
    if any(map(_MARK.search, head)):
        return Reading.GENERATED
    is_code = path.rpartition(".")[2].lower() in _MINIFIED
    if is_code and any(len(line) > _LONG_LINE for line in head):
        return Reading.MINIFIED
    return Reading.WHOLE
