from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from emberline.completion.recall.index import LineIndex
from emberline.completion.recall.workspace import Limits, Progress, scan
from emberline.privacy.files import Boundaries, looks_secret
from emberline.privacy.labels import Level
from emberline.privacy.walk import read_text, walk


def _write(root: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _found(root: Path, limits: Limits | None = None) -> list[str]:
    steps = walk(root, limits or Limits())
    return [path.relative_to(root).as_posix() for path in steps if path is not None]


async def _scan(index: LineIndex, root: Path, limits: Limits | None = None) -> list[Progress]:
    return [progress async for progress in scan(index, (root,), limits or Limits())]


def test_ignore_files_apply_as_git_reads_them(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            ".gitignore": "*.gen.py\n/build/\nlogs\n!keep.gen.py\n",
            ".emberlineignore": "vendor/\n",
            "a.py": "x",
            "b.gen.py": "x",
            "keep.gen.py": "x",
            "build/c.py": "x",
            "sub/build/d.py": "x",
            "sub/logs/e.py": "x",
            "vendor/f.py": "x",
            "sub/.gitignore": "!g.gen.py\nh.py\n",
            "sub/g.gen.py": "x",
            "sub/h.py": "x",
            "sub/deeper/h.py": "x",
            "sub/deeper/.emberlineignore": "!h.py\ni.py",
            "sub/deeper/i.py": "x",
            "h.py": "x",
        },
    )
    assert _found(tmp_path) == [
        "a.py",
        "h.py",
        "keep.gen.py",
        "sub/g.gen.py",
        "sub/build/d.py",
        "sub/deeper/h.py",
    ]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Without the tester's own configuration of git."""
    monkeypatch.setenv("HOME", str(tmp_path / ".home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / ".home"


def test_ignore_files_above_the_folder_apply_as_well(tmp_path: Path, home: Path) -> None:
    _write(home, {".config/git/ignore": "*.scratch.py\n"})
    _write(
        tmp_path,
        {
            "top/.git/info/exclude": "private/\n!\n",
            "top/.gitignore": "*.gen.py\n/jobs/out/\n",
            "top/.emberlineignore": "*.gold.py\n",
            "top/jobs/.gitignore": "!kept.gen.py\n",
            **{
                f"top/jobs/{name}": "x"
                for name in ("a.py", "b.gen.py", "kept.gen.py", "c.gold.py", "out/d.py", "sub/out/e.py")
            },
            "top/jobs/private/f.py": "x",
            "top/jobs/g.scratch.py": "x",
        },
    )
    work = tmp_path / "top" / "jobs"
    readable = ["a.py", "kept.gen.py", "sub/out/e.py"]
    assert _found(work) == readable
    assert _found(work / "out") == []  # what lies in an ignored folder stays ignored
    boundaries = Boundaries((work,), mode=Level.OPEN)
    files = (path for path in work.rglob("*.py"))
    open_to_all = [path for path in files if (label := boundaries.label(path)) and label.level is Level.OPEN]
    assert sorted(path.relative_to(work).as_posix() for path in open_to_all) == readable


def test_a_linked_folder_is_walked_by_the_rules_of_both_its_places(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "real/.gitignore": "*.gen.py\n",
            "real/.git/HEAD": "",
            "real/jobs/a.py": "x",
            "real/jobs/b.gen.py": "x",
            "real/jobs/c.mine.py": "x",
            "real/jobs/sub/d.py": "x",
            "here/.git/HEAD": "",
            "here/.gitignore": "*.mine.py\n",
        },
    )
    link = tmp_path / "here" / "link"
    link.symlink_to(tmp_path / "real" / "jobs", target_is_directory=True)
    assert _found(link) == ["a.py", "sub/d.py"]
    steps = walk(link, Limits(), exclude=("sub/*.py",))
    assert [path.name for path in steps if path is not None] == ["a.py"]


def test_ignore_files_of_an_opened_folder_around_it_apply(tmp_path: Path) -> None:
    _write(tmp_path, {".gitignore": "*.gen.py\n", "jobs/a.py": "x", "jobs/b.gen.py": "x"})
    steps = walk(tmp_path / "jobs", Limits(), opened=(tmp_path, tmp_path / "jobs"))
    assert [path.name for path in steps if path is not None] == ["a.py"]


def test_a_folder_of_keys_is_passed_over_though_it_was_opened(tmp_path: Path) -> None:
    _write(tmp_path, {".ssh/config": "x", ".ssh/notes/a.txt": "x"})
    assert _found(tmp_path / ".ssh") == []


def test_a_file_in_an_ignored_folder_cannot_be_included_again(tmp_path: Path) -> None:
    _write(tmp_path, {".gitignore": "out/\n!out/a.py\n", "out/a.py": "x", "out/.gitignore": "!a.py"})
    assert _found(tmp_path) == []


def test_hidden_linked_large_and_secret_files_are_passed_over(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            ".hidden/a.py": "x",
            ".env": "TOKEN=1",
            "server.pem": "x",
            "id_rsa": "x",
            "aws_credentials.json": "{}",
            "node_modules/a.js": "x",
            "bundle.min.js": "x",
            "empty.py": "",
            "large.py": "x" * 600_000,
            "fine.py": "x",
        },
    )
    (tmp_path / "link.py").symlink_to(tmp_path / "fine.py")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert _found(tmp_path) == ["fine.py"]


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".env.local",
        "prod.env",
        "key.pem",
        "ID_RSA.bak",
        "my-secrets.yaml",
        "terraform.tfvars",
        ".npmrc",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name", ["environment.py", "keyboard.py", "secrets.py", "credentials.py", "config.json"]
)
def test_names_of_code(name: str) -> None:
    assert not looks_secret(name)


def test_what_is_no_text_is_not_read(tmp_path: Path) -> None:
    _write(tmp_path, {"a": b"a\0b", "b": b"\xff\xfe", "c": b"\xef\xbb\xbfx = 1"})
    assert [read_text(tmp_path / name) for name in ("a", "b", "c", "missing")] == [None, None, "x = 1", None]


def test_a_walk_ends_at_its_limit(tmp_path: Path) -> None:
    _write(tmp_path, {f"{number:03}.py": "x" for number in range(50)})
    assert len(_found(tmp_path, Limits(visited=10))) <= 10


async def test_a_scan_fills_the_index(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "a.py": "value = registry.lookup(name)\r\nother = 1\r\n",
            "deep/b.py": "x = compute_something(first)\n",
            "binary.py": b"value\0",
        },
    )
    index = LineIndex()
    reports = await _scan(index, tmp_path)
    assert reports[-1] == Progress(
        2, sum(map(len, ("value = registry.lookup(name)other = 1", "x = compute_something(first)"))), True
    )
    assert index.sources == {(tmp_path / "a.py").as_uri(), (tmp_path / "deep" / "b.py").as_uri()}
    recall = index.match("value = registry.lookup(", [])
    assert recall is not None
    assert recall.text == "name)"


async def test_open_documents_are_newer_than_their_files(tmp_path: Path) -> None:
    _write(tmp_path, {"a.py": "value = registry.lookup(name)\n"})
    index = LineIndex()
    index.add((tmp_path / "a.py").as_uri(), ["value = registry.lookup(key)"])
    await _scan(index, tmp_path)
    recall = index.match("value = registry.lookup(", [])
    assert recall is not None
    assert recall.text == "key)"


async def test_a_scan_keeps_its_bounds(tmp_path: Path) -> None:
    _write(tmp_path, {f"{number:02}.py": f"name_{number} = {number}\n" * 100 for number in range(30)})
    by_files = await _scan(LineIndex(), tmp_path, Limits(files=5))
    assert by_files[-1].files == 5
    by_bytes = await _scan(LineIndex(), tmp_path, Limits(total_bytes=6_000))
    assert by_bytes[-1].bytes <= 6_000
    small = LineIndex(max_bytes=400_000)
    await _scan(small, tmp_path)
    assert small.size <= 400_000


async def test_a_scan_can_be_cancelled_and_leaves_the_loop_to_others(tmp_path: Path) -> None:
    _write(tmp_path, {f"{number:02}.py": "some_name = some_value\n" * 2_000 for number in range(20)})
    index = LineIndex()
    reached = asyncio.Event()

    async def run() -> None:
        async for _ in scan(index, (tmp_path,)):
            reached.set()

    task = asyncio.create_task(run())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 < len(index.sources) < 20


async def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert await _scan(LineIndex(), tmp_path / "nowhere") == [Progress(0, 0, True)]


async def test_files_do_not_displace_open_documents(tmp_path: Path) -> None:
    _write(tmp_path, {f"{number:02}.py": f"name_{number} = {number}\n" * 2_000 for number in range(30)})
    index = LineIndex(max_bytes=400_000)
    index.add("untitled:1", ["value = registry.lookup(name)"])
    await _scan(index, tmp_path)
    assert "untitled:1" in index
    assert len(index.sources) > 1
