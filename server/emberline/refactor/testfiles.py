"""How tests are laid out and named, by language, and where a new one belongs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

_SCRIPTS = ("javascript", "javascriptreact", "typescript", "typescriptreact")
_NAMES = {
    "python": re.compile(r"test_.*\.py|.*_test\.py"),
    "go": re.compile(r".*_test\.go"),
    "java": re.compile(r".*(?:Test|Tests|IT)\.java|Test.*\.java"),
    "rust": re.compile(r"tests?\.rs|.*_tests?\.rs"),
    **dict.fromkeys(_SCRIPTS, re.compile(r".*[.-](?:test|spec)\.[cm]?[jt]sx?")),
}
_ANY = re.compile(r"(?i)(?:test|spec)[_.-].*|.*[_.-](?:test|tests|spec)\.\w+")
_FOLDERS = frozenset(("tests", "test", "__tests__", "spec"))
WORDS = {
    "python": ("assert", "unittest", "pytest"),
    "go": ("testing",),
    "java": ("Test",),
    "rust": ("test",),
    **dict.fromkeys(_SCRIPTS, ("describe", "expect", "test")),
}
"""Words that hardly any test of the language lacks."""


def is_test(name: str, language_id: str) -> bool:
    """Whether a file of this name (with slashes) holds tests."""
    path = PurePosixPath(name)
    if _NAMES.get(language_id, _ANY).fullmatch(path.name):
        return True
    helps = path.name.startswith(("conftest.", "__init__."))
    return language_id in ("rust", *_SCRIPTS) and not helps and not _FOLDERS.isdisjoint(path.parts[:-1])


def tests_lie_inside(language_id: str) -> bool:
    """Whether unit tests stand in the very file that they test, as in Rust."""
    return language_id == "rust"


def destination(
    name: str, symbol: str, language_id: str, tests: Iterable[str], is_there: Callable[[str], bool]
) -> str:
    """The file that tests of `symbol`, of the file `name`, belong to. `tests`: the workspace's, the
    nearest to this code first.

    What tests this file already goes on doing so, by its name; else a new file where the workspace keeps its
    tests, named as the others are. Rust's stand in the file itself.
    """
    if tests_lie_inside(language_id):
        return name
    path, known = PurePosixPath(name), [PurePosixPath(each) for each in tests]
    for test in known:
        if _subject(test) == _plain(path.stem):
            return str(test)
    sample = known[0] if known else None
    folder = _folder(path, sample, language_id)
    wanted = folder / _file_name(path, sample, language_id)
    if is_there(str(wanted)) and symbol:
        named = path.with_name(f"{path.stem}_{symbol}{path.suffix}")
        wanted = folder / _file_name(named, sample, language_id)
    number = 2
    candidate = wanted
    while is_there(str(candidate)):
        numbered = path.with_name(f"{path.stem}_{number}{path.suffix}")
        candidate = folder / _file_name(numbered, sample, language_id)
        number += 1
    return str(candidate)


def _plain(stem: str) -> str:
    return re.sub(r"[^a-z0-9]", "", stem.lower())


def _subject(test: PurePosixPath) -> str:
    """What a test file is named after: "store" of test_store.py, StoreTest.java and store.spec.ts."""
    stem = re.sub(r"[.-](?:test|spec)$", "", test.stem)
    stem = re.sub(r"^tests?_|_tests?$|(?<=[a-z0-9])(?:Tests?|IT)$|^Test(?=[A-Z])", "", stem)
    return _plain(stem)


def _folder(path: PurePosixPath, sample: PurePosixPath | None, language_id: str) -> PurePosixPath:
    if language_id == "java":
        return PurePosixPath(str(path.parent).replace("src/main/java", "src/test/java"))
    if language_id == "go" or (sample is None and language_id in _SCRIPTS):
        return path.parent
    if sample is None:
        return path.parent / "tests"
    at = next((index for index, part in enumerate(sample.parts[:-1]) if part in _FOLDERS), None)
    if at is None:
        return path.parent
    if sample.parts[at] == "__tests__":
        return path.parent / "__tests__"
    top = PurePosixPath(*sample.parts[: at + 1])
    mirrors = sample.parent != top  # the tests lie in folders like those of the code
    return top / path.parent.name if mirrors else top


def _file_name(path: PurePosixPath, sample: PurePosixPath | None, language_id: str) -> str:
    stem, end = path.stem, path.suffix
    if language_id == "go":
        return f"{stem}_test{end}"
    if language_id == "java":
        return f"{stem}Test{end}"
    if language_id in _SCRIPTS:
        found = re.search(r"[.-](?:test|spec)(?=\.\w+$)", sample.name) if sample is not None else None
        return f"{stem}{found[0] if found else '.test'}{end}"
    if sample is not None and re.search(r"_test\.\w+$", sample.name):
        return f"{stem}_test{end}"
    return f"test_{stem}{end}"
