"""What is typed, and that the same is typed again."""

from pathlib import Path

import pytest

from emberline.replay.segments import LONGEST_LINE, NothingToType, choose, source_files

CODE = "".join(f"def function_{n}(value):\n    return value + {n}\n\n" for n in range(30))


def test_a_segment_and_what_stands_around_it_are_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(CODE)
    for segment in choose([path], 20, 4, 7):
        assert segment.target.strip()
        assert segment.language_id == "python"
        assert (segment.before + segment.target + segment.after).split() == CODE.split()
        assert segment.before + segment.target == CODE[: len(segment.before + segment.target)]
        assert segment.before.count("\n") == segment.line


def test_a_seed_chooses_the_same_again(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(CODE)
    files = source_files([tmp_path])
    assert choose(files, 10, 4, 1) == choose(files, 10, 4, 1)
    assert choose(files, 10, 4, 1) != choose(files, 10, 4, 2)


def test_data_is_not_typed(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(("x" * (LONGEST_LINE + 1) + "\n") * 20)
    with pytest.raises(NothingToType, match="lines in a row"):
        choose([path], 1, 4, 1)


def test_only_source_files_are_found_in_a_stable_order(tmp_path: Path) -> None:
    for name in ("b.py", "a.go", "notes.txt"):
        (tmp_path / name).write_text("x\n")
    assert [path.name for path in source_files([tmp_path])] == ["a.go", "b.py"]
    with pytest.raises(NothingToType, match="neither"):
        source_files([tmp_path / "none"])
    with pytest.raises(NothingToType, match="no source file"):
        source_files([])


def test_a_file_that_is_no_text_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xff\xfe\x00" * 50)
    (tmp_path / "b.py").write_text(CODE)
    assert {segment.path.name for segment in choose(source_files([tmp_path]), 5, 3, 1)} == {"b.py"}
