"""What a result has to be. Each checker says what is wrong; none compares a text with a wanted one."""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import tree_sitter_go
import tree_sitter_java
import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_rust
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from tests.refactor.suite.grounds import Files, lay

_GRAMMARS = {
    ".py": tree_sitter_python.language,
    ".js": tree_sitter_javascript.language,
    ".ts": tree_sitter_typescript.language_typescript,
    ".go": tree_sitter_go.language,
    ".rs": tree_sitter_rust.language,
    ".java": tree_sitter_java.language,
}
SECONDS = 120.0
"""A program that runs so long has hung."""


@dataclass(frozen=True, slots=True)
class Result:
    """A workspace before and after."""

    before: Files
    after: Files

    @property
    def changed(self) -> frozenset[str]:
        names = self.before.keys() | self.after.keys()
        return frozenset(name for name in names if self.before.get(name) != self.after.get(name))


class Check(Protocol):
    """Yields what is wrong; nothing where all is well."""

    def __call__(self, result: Result) -> Iterator[str]: ...


# -- of every result -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Only:
    """No other files than these are changed, made or taken away, and at least one is."""

    names: frozenset[str]

    def __call__(self, result: Result) -> Iterator[str]:
        for name in sorted(result.changed - self.names):
            yield f"{name} is another file's business"
        if not result.changed:
            yield "nothing changed"


@dataclass(frozen=True, slots=True)
class Parses:
    """No changed file has more syntax errors than it had; Python's own parser reads what is Python."""

    def __call__(self, result: Result) -> Iterator[str]:
        for name in sorted(result.changed & result.after.keys()):
            text = result.after[name]
            if mistakes(name, text) > mistakes(name, result.before.get(name, "")):
                yield f"{name} does not parse"
            elif name.endswith(".py"):
                try:
                    ast.parse(text)
                except SyntaxError as error:
                    yield f"{name}: {error}"


@dataclass(frozen=True, slots=True)
class Tidy:
    """Line ends, the file's end, and tabs or spaces are as they were; no line ends in white space anew."""

    def __call__(self, result: Result) -> Iterator[str]:
        for name in sorted(result.changed & result.after.keys() & result.before.keys()):
            old, new = result.before[name], result.after[name]
            if old.endswith("\n") != new.endswith("\n"):
                yield f"{name} ends in another way"
            if ("\r" in old) != ("\r" in new):
                yield f"{name} has other line ends"
            if ("\n\t" in new) and "\n\t" not in old:
                yield f"{name} has tabs now"
            for line in set(new.split("\n")) - set(old.split("\n")):
                if line.rstrip("\r") != line.rstrip():
                    yield f"{name}: white space at the end of {line!r}"


@cache
def mistakes(name: str, text: str) -> int:
    """Syntax errors in a file; 0 where there is no grammar."""
    language = _GRAMMARS.get(Path(name).suffix)
    if language is None:
        return 0
    root = Parser(Language(language())).parse(text.encode()).root_node
    return sum(node.is_error or node.is_missing for node in _nodes(root)) if root.has_error else 0


def _nodes(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children


# -- of some -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Has:
    """A pattern stands in a file (empty: in all of them together) so many times, or at least once."""

    file: str
    pattern: str
    times: int | None = None

    def __call__(self, result: Result) -> Iterator[str]:
        text = result.after.get(self.file, "") if self.file else "\n".join(result.after.values())
        count = len(re.findall(self.pattern, text, re.MULTILINE))
        if count != self.times if self.times is not None else not count:
            wanted = "at least once" if self.times is None else f"{self.times} times"
            yield f"{self.pattern!r} stands {count} times in {self.file or 'all files'}, not {wanted}"


@dataclass(frozen=True, slots=True)
class Gone:
    """A word stands nowhere any more; `file` restricts that to one."""

    word: str
    file: str = ""

    def __call__(self, result: Result) -> Iterator[str]:
        for name, text in result.after.items():
            if self.file in ("", name) and re.search(rf"(?<!\w){re.escape(self.word)}(?!\w)", text):
                yield f"{name} still has {self.word}"


@dataclass(frozen=True, slots=True)
class Shorter:
    """A file got no longer."""

    file: str

    def __call__(self, result: Result) -> Iterator[str]:
        if len(result.after.get(self.file, "")) >= len(result.before[self.file]):
            yield f"{self.file} got no shorter"


@dataclass(frozen=True, slots=True)
class Small:
    """At most so many lines of a file differ: what was not asked for is as it was."""

    file: str
    lines: int

    def __call__(self, result: Result) -> Iterator[str]:
        old = result.before.get(self.file, "").splitlines()
        new = result.after.get(self.file, "").splitlines()
        lines = [line for line in difflib.ndiff(old, new) if line[:2] in ("+ ", "- ")]
        if not 0 < len(lines) <= self.lines:
            yield f"{len(lines)} lines of {self.file} changed, {self.lines} are enough"


@dataclass(frozen=True, slots=True)
class CommentsKept:
    """Every comment line of a file that was there is still somewhere in the workspace."""

    file: str

    def __call__(self, result: Result) -> Iterator[str]:
        everything = "\n".join(result.after.values())
        for line in result.before[self.file].splitlines():
            if re.match(r"\s*(?:#|//|/\*|\*|--)", line) and line.strip() not in everything:
                yield f"the comment {line.strip()!r} is lost"


@dataclass(frozen=True, slots=True)
class Documented:
    """A Python definition has a docstring of at least so many words; any other a comment above it."""

    file: str
    name: str
    words: int = 4

    def __call__(self, result: Result) -> Iterator[str]:
        text = result.after.get(self.file, "")
        said = _docstring(text, self.name) if self.file.endswith(".py") else _comment(text, self.name)
        if len(said.split()) < self.words:
            yield f"{self.name} in {self.file} is documented by {said!r}"
        if _code_of(self.file, result.before[self.file]) != _code_of(self.file, text):
            yield f"the code of {self.file} changed with the documentation"


def _docstring(text: str, name: str) -> str:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            return ast.get_docstring(node) or ""
    return ""


def _comment(text: str, name: str) -> str:
    above: list[str] = []
    for line in text.splitlines():
        if re.match(r"\s*(?://|/\*|\*|--)", line):
            above.append(line.strip(" /*\t-"))
        elif re.search(rf"\b{name}\b\s*[(<{{:=]|\b(?:struct|type|enum|class)\s+{name}\b", line):
            return " ".join(above)
        else:
            above = []
    return ""


def _code_of(file: str, text: str) -> str:
    """What the file does: without its documentation."""
    if not file.endswith(".py"):
        return "\n".join(line for line in text.splitlines() if not re.match(r"\s*(?://|/\*|\*|--)", line))
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)


@dataclass(frozen=True, slots=True)
class Linked:
    """Every name that one file takes from another of the workspace is there (JavaScript and TypeScript)."""

    def __call__(self, result: Result) -> Iterator[str]:
        for name, text in result.after.items():
            for names, module in re.findall(r"import (?:type )?\{([^}]*)\} from \"(\.[^\"]*)\"", text):
                path = os.path.normpath(Path(name).parent / module)
                there = next(
                    (result.after[each] for each in (path, f"{path}.ts") if each in result.after), None
                )
                if there is None:
                    yield f"{name} imports from {module}, which is not there"
                    continue
                for each in filter(None, (one.split(" as ")[0].strip() for one in names.split(","))):
                    sorts = "function|class|const|let|type|interface|enum"
                    own = rf"export (?:default )?(?:async )?(?:{sorts}) {each}\b"
                    passed = rf"export \{{[^}}]*\b{each}\b[^}}]*\}}"
                    if not re.search(f"{own}|{passed}", there):
                        yield f"{name} imports {each} from {module}, which does not export it"


@dataclass(frozen=True, slots=True)
class Imports:
    """Python imports these modules of the workspace without a warning."""

    modules: tuple[str, ...]

    def __call__(self, result: Result) -> Iterator[str]:
        said = _python(result.after, "".join(f"import {each}\n" for each in self.modules) + "print(0)")
        if said != 0:
            yield f"it does not import: {said}"


@dataclass(frozen=True, slots=True)
class Behaves:
    """A Python program that prints JSON says the same as before, or what is wanted."""

    program: str
    wanted: str = ""
    """JSON; empty: as before."""

    def __call__(self, result: Result) -> Iterator[str]:
        wanted = json.loads(self.wanted) if self.wanted else _python(result.before, self.program)
        assert not isinstance(wanted, Broken), f"the probe does not even run before: {wanted}"
        said = _python(result.after, self.program)
        if said != wanted:
            yield f"it says {said!r}, and {wanted!r} is wanted"


class Broken(str):
    """What a program said that failed."""


def _python(files: Files, program: str) -> Any:
    return _ran(tuple(sorted(files.items())), program)


@cache
def _ran(files: tuple[tuple[str, str], ...], program: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        lay(dict(files), Path(folder))
        command = [sys.executable, "-W", "error", "-B", "-c", program]
        done = _done(command, Path(folder), PYTHONPATH=folder)
    try:
        return json.loads(done.stdout) if done.returncode == 0 else Broken(done.stderr[-600:])
    except ValueError:
        return Broken(done.stdout[-600:])


def _done(command: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | more
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


@dataclass(frozen=True, slots=True)
class Passes:
    """A file of tests is there, has at least so many, and pytest is content with them."""

    file: str
    least: int = 1

    def __call__(self, result: Result) -> Iterator[str]:
        code, said = _tested(self.file, tuple(sorted(result.after.items())))
        passed = re.search(r"(\d+) passed", said)
        if code != 0 or passed is None or int(passed[1]) < self.least:
            yield f"the tests do not pass: {said[-600:]}"


_BARE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
"""A pytest that loads no plugins, and leaves nothing behind."""


@cache
def _tested(file: str, files: tuple[tuple[str, str], ...]) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay(dict(files), folder)
        options = ["-q", "-p", "no:cacheprovider", "--rootdir", name]
        command = [sys.executable, "-m", "pytest", *options, file]
        done = _done(command, folder, PYTHONPATH=name, **_BARE)
    return done.returncode, done.stdout + done.stderr


@dataclass(frozen=True, slots=True)
class Compiles:
    """The language's own compiler is content, where this machine has one; with `says`, the program that comes
    of it prints that."""

    language: str
    says: str = ""

    def __call__(self, result: Result) -> Iterator[str]:
        yield from _compiled(self.language, self.says, tuple(sorted(result.after.items())))


COMPILERS = {"go": "go", "rust": "rustc", "java": "javac", "javascript": "node"}
"""What is run, by language; JavaScript is only run (`Runs`)."""


@cache
def _compiled(language: str, says: str, files: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    if shutil.which(COMPILERS[language]) is None:
        return ()
    texts = dict(files)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay(texts, folder)
        for command in _compiling(language, texts):
            done = _done(command, folder, GOFLAGS="-mod=mod", GOPROXY="off")
            if done.returncode != 0:
                return (f"{command[0]}: {(done.stderr or done.stdout)[-600:]}",)
        if says:
            done = _done(_RUNNING[language], folder, GOFLAGS="-mod=mod", GOPROXY="off")
            if says not in done.stdout:
                return (f"it prints {done.stdout[-300:]!r} without {says!r}{done.stderr[-300:]}",)
    return ()


_RUNNING = {"go": ["go", "run", ".", "heard"], "java": ["java", "-cp", "out", "ledger.Main"]}


def _compiling(language: str, files: Files) -> list[list[str]]:
    match language:
        case "go":
            return [["go", "vet", "./..."]]
        case "rust":
            out = ["--emit=metadata", "-o", "out.rmeta"]
            return [["rustc", "--edition", "2021", "--crate-type", "lib", *out, "src/lib.rs"]]
        case "java":
            sources = [each for each in files if each.endswith(".java")]
            return [["javac", "-Xlint:all", "-Werror", "-d", "out", *sources]]
    raise ValueError(language)


@dataclass(frozen=True, slots=True)
class Runs:
    """A JavaScript module that imports the workspace's prints this, where there is a node to run it."""

    program: str
    wanted: str

    def __call__(self, result: Result) -> Iterator[str]:
        if shutil.which(COMPILERS["javascript"]) is None:
            return
        said = _run(self.program, tuple(sorted(result.after.items())))
        if said != self.wanted:
            yield f"it says {said!r}, and {self.wanted!r} is wanted"


@cache
def _run(program: str, files: tuple[tuple[str, str], ...]) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay({**dict(files), "probe.mjs": program}, folder)
        done = _done([COMPILERS["javascript"], "probe.mjs"], folder)
    return done.stdout.strip() if done.returncode == 0 else done.stderr[-600:]


USUAL: tuple[Check, ...] = (Parses(), Tidy())


def complaints(checks: tuple[Check, ...], names: frozenset[str], result: Result) -> Iterator[str]:
    """All that is wrong with a result, which was to change nothing but these files; the cheapest first."""
    for check in (Only(names), *USUAL, *sorted(checks, key=lambda each: isinstance(each, _RUN))):
        yield from check(result)


_RUN = (Imports, Behaves, Passes, Compiles, Runs)
"""What starts a process."""


def broken(checks: tuple[Check, ...], result: Result) -> Iterator[str]:
    """What worked before and does not any more, whether or not the result is what was asked for."""
    for check in USUAL:
        yield from check(result)
    for check in checks:
        match check:
            case Imports(modules):
                known = tuple(each for each in modules if _module(each) & result.before.keys())
                yield from Imports(known)(result)
            case Behaves(program, wanted) if not isinstance(_python(result.before, program), Broken):
                if not wanted or isinstance(_python(result.after, program), Broken):
                    yield from check(result)
            case Compiles() | Runs() | Linked():
                if not list(check(Result(result.before, result.before))):
                    yield from check(result)


def _module(name: str) -> set[str]:
    path = name.replace(".", "/")
    return {f"{path}.py", f"{path}/__init__.py"}
