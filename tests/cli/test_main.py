"""The frame of the command line: what it says of itself, of a wrong word, and how errors end."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from emberline import __version__, cli
from emberline.errors import UserError

ROOT = Path(__file__).parents[2]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"emberline {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    output = capsys.readouterr().out
    for name in cli.available():
        assert f"\n  {name} " in output


def test_no_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("usage: emberline COMMAND")


@pytest.mark.parametrize(
    ("word", "words"),
    [("model", "did you mean `emberline models`?"), ("fly", "there is "), ("--fast", "no option '--fast'")],
)
def test_a_wrong_word_is_helped(capsys: pytest.CaptureFixture[str], word: str, words: str) -> None:
    assert cli.main([word]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("name", cli.available())
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: emberline {name}")


@pytest.mark.parametrize("name", cli.available())
def test_every_command_refuses_an_unknown_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--no-such-option"]) == 2


def test_every_module_of_a_command_is_in_the_table() -> None:
    folder = Path(cli.__file__).parent
    modules = (path for path in folder.glob("*.py") if "\nSUMMARY = " in path.read_text())
    commands = {path.stem.replace("_", "-") for path in modules}
    assert commands == set(cli.available())


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (UserError("the disk is gone"), 1, "emberline: the disk is gone\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_become_a_status_and_words(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    words: str,
) -> None:
    from emberline.cli import config

    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(config, "run", fail)
    assert cli.main(["config", "show"]) == status
    assert capsys.readouterr().err == words


def test_a_reader_that_went_away_is_no_error() -> None:
    script = (
        "import sys; from emberline.cli import main; sys.stdin.read(); sys.exit(main(['config', 'show']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None and process.stderr is not None and process.stdin is not None
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_the_frame_imports_nothing_heavy() -> None:
    """`serve` must answer initialize quickly; what the frame imports, every command pays for."""
    script = (
        "import sys; import emberline.cli as cli; cli.main(['--version']);"
        "heavy = {'rich', 'pydantic', 'httpx', 'yaml', 'pygls', 'lsprotocol', 'platformdirs', 'asyncio'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", cli.available())
def test_the_modules_of_commands_wait_with_their_imports(name: str) -> None:
    """`emberline --help` imports them all for their summaries."""
    script = (
        f"import sys; import emberline.cli.{name.replace('-', '_')};"
        "heavy = {'rich', 'pydantic', 'httpx', 'yaml', 'pygls', 'lsprotocol'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_runs_as_a_module() -> None:
    assert importlib.util.find_spec("emberline.__main__") is not None
    done = subprocess.run([sys.executable, "-m", "emberline", "--version"], capture_output=True, text=True)
    assert done.stdout == f"emberline {__version__}\n"
