"""`emberline doctor`: what each check says, and the whole of it with and without a model."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emberline import cli
from emberline.backends.base import BackendUnavailable
from emberline.backends.engine import Engine as AnEngine
from emberline.backends.engine import EngineSettings, RunningEngine
from emberline.cli import doctor
from emberline.cli.diagnosis import configuration, engines, folders, installation, machine, models, speed
from emberline.cli.diagnosis.finding import Finding, State, works
from emberline.config.load import load_file
from emberline.config.schema import Completion, Engine

GB = 1_000_000_000


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folders of the test's own: no configuration but an empty one, no model, no engine."""
    (tmp_path / "config.yaml").write_text("{}\n")
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("EMBERLINE_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("EMBERLINE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("EMBERLINE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def found(capsys: pytest.CaptureFixture[str], status: int) -> dict[str, dict[str, Any]]:
    """The findings by name, after a run with this exit status."""
    assert cli.main(["doctor", "--json"]) == status
    result = json.loads(capsys.readouterr().out)
    assert result["works"] == (status == 0)
    return {finding["name"]: finding for finding in result["findings"]}


def test_without_a_model(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    findings = found(capsys, 1)
    assert findings["model"]["state"] == "error"
    assert findings["model"]["remedy"] == "emberline models pull qwen2.5-coder-0.5b"
    assert findings["configuration"]["state"] == "ok"
    assert "none in" in findings["installed models"]["detail"]
    assert "engine" not in findings


def test_plain_lines_name_the_remedy(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 1
    output = capsys.readouterr().out
    assert "NO model            qwen2.5-coder-0.5b is not here yet\n" in output
    assert "\n                    → emberline models pull qwen2.5-coder-0.5b\n" in output
    assert "Emberline cannot complete here yet" in output and "\x1b" not in output


def test_without_the_engines_library(
    alone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = importlib.metadata.version

    def missing(name: str) -> str:
        if name == installation.LIBRARY:
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    finding = found(capsys, 1)["engine library"]
    assert finding["state"] == "error"
    assert finding["remedy"].startswith(f"{sys.executable} -m pip install xllamacpp==")


def test_switched_off(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (alone / "work" / ".emberline.yaml").write_text("completion: {enabled: false}\n")
    finding = found(capsys, 1)["switched off"]
    assert finding["remedy"] == f"set completion.enabled: true in {alone / 'work' / '.emberline.yaml'}:1"


def test_an_unknown_model(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (alone / "config.yaml").write_text("engine: {model: qwen2.5-coder-0.5}\n")
    finding = found(capsys, 1)["model"]
    assert "did you mean qwen2.5-coder-0.5b?" in finding["detail"]


def test_a_model_file_that_the_engine_cannot_load(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = alone / "own.gguf"
    own.write_bytes(b"GGUF\x03\x00\x00\x00")
    (alone / "config.yaml").write_text(f"engine: {{model_path: {str(own)!r}}}\n")
    findings = found(capsys, 1)
    assert findings["model"]["state"] == "ok"
    assert findings["engine"]["state"] == "error" and "own.gguf" in findings["engine"]["detail"]
    assert Path(findings["engine"]["remedy"].removeprefix("cat ")).is_file()


def test_mistakes_in_the_configuration_do_not_prevent_completion(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("completion:\n  budget_ms: soon\n  max_line: 3\n")
    loaded = load_file(path)
    findings = tuple(configuration.problems(loaded, path))
    assert [finding.data["line"] for finding in findings] == [2, 3]
    assert [finding.data["key"] for finding in findings] == ["completion.budget_ms", "completion.max_line"]
    assert all(finding.state is State.WARNING for finding in findings) and works(findings)
    assert [finding.detail.split(": ")[0] for finding in findings] == [f"{path}:2", f"{path}:3"]
    assert [bool(finding.remedy) for finding in findings] == [False, True]  # once is enough


def test_a_file_of_the_users_own_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("milk, bread")
    finding = models.in_use(Engine(model_path=path), tmp_path)
    assert finding.state is State.ERROR and "is not a GGUF file" in finding.detail


def test_bytes_that_are_not_the_models(tmp_path: Path) -> None:
    (tmp_path / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf").write_bytes(b"GGUF")
    finding = models.in_use(Engine(), tmp_path)
    assert finding.state is State.ERROR
    assert finding.remedy.startswith("emberline models remove qwen2.5-coder-0.5b && emberline models pull")
    assert "unchecked" in models.installed(tmp_path).detail


@pytest.mark.parametrize(
    ("version", "wanted", "state"),
    [
        ("1.2", "xllamacpp==1.2", State.OK),
        ("1.3", "xllamacpp==1.2", State.WARNING),
        ("1.3", "xllamacpp", State.OK),
        (None, "xllamacpp==1.2", State.ERROR),
    ],
)
def test_the_librarys_version(version: str | None, wanted: str, state: State) -> None:
    finding = installation.judge_library(version, wanted)
    assert finding.state is state
    assert (finding.remedy == "") == (state is State.OK)


@pytest.mark.parametrize(
    ("configured", "busy", "state", "used"),
    [
        (None, 0.1, State.OK, None),
        (64, 0.1, State.WARNING, 4),
        (2, 0.1, State.OK, 2),
        (2, 0.9, State.WARNING, 2),
    ],
)
def test_threads(configured: int | None, busy: float, state: State, used: int | None) -> None:
    finding = machine.threads(configured, machine.Cores(4, 8, 4, busy))
    assert finding.state is state
    if used is not None:
        assert finding.data["threads"] == used


@pytest.mark.parametrize(
    ("available", "model", "running", "state"),
    [
        (4 * GB, GB, False, State.OK),
        (GB, GB, False, State.WARNING),
        (GB, GB, True, State.OK),  # its memory is taken already
        (GB // 10, 0, False, State.OK),  # no model, so nothing to fit
    ],
)
def test_memory(available: int, model: int, running: bool, state: State) -> None:
    assert machine.judge_memory(available, 8 * GB, model, running).state is state


@pytest.mark.parametrize(
    ("free", "missing", "state"),
    [(2 * GB, GB, State.OK), (GB, GB, State.WARNING), (0, 0, State.OK)],
)
def test_disk(free: int, missing: int, state: State) -> None:
    assert machine.judge_disk(free, Path("models"), missing).state is state


def test_the_disk_of_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    assert machine.disk(tmp_path / "a" / "b", 0).state is State.OK


def test_engines_in_use_and_left_behind() -> None:
    used = engines.EngineProcess(11, "/run/a", 700_000_000, 300.0, True, 2)
    starting = engines.EngineProcess(12, "/run/b", 10_000_000, 1.0, False, 1)
    lost = engines.EngineProcess(13, "/run/c", 700_000_000, 300.0, False, 0)
    findings = engines.judge([used, starting, lost], [Path("/run/d/state.json")])
    assert [finding.state for finding in findings] == [State.OK, State.OK, State.WARNING, State.OK]
    assert findings[2].remedy == "kill 13"
    assert "2 client(s)" in findings[0].detail
    assert engines.judge([], [])[0].detail.startswith("none yet")


@pytest.fixture
def pretended_engine(tmp_path: Path) -> Iterator[int]:
    """A process that looks like an engine's, in a folder like an engine's. Its id."""
    command = [sys.executable, "-c", "input()", engines.MODULE]
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE) as process:
        yield process.pid
        process.communicate(b"\n")


def test_an_engine_is_found_by_its_process(pretended_engine: int, tmp_path: Path) -> None:
    def look() -> engines.EngineProcess:
        return next(process for process in engines.running() if process.pid == pretended_engine)

    assert not look().findable
    (tmp_path / "state.json").write_text(json.dumps({"pid": pretended_engine}))
    seen = look()
    assert seen.findable and seen.clients == 0 and seen.memory > 0


def test_what_a_dead_engine_left(tmp_path: Path) -> None:
    for name, content in (("a", '{"pid": 999999999}'), ("b", f'{{"pid": {os.getpid()}}}'), ("c", "nonsense")):
        (tmp_path / f"engine-{name}").mkdir()
        (tmp_path / f"engine-{name}" / "state.json").write_text(content)
    assert {path.parent.name for path in engines.stale(tmp_path)} == {"engine-a", "engine-c"}


def test_a_folder_that_can_be_written_to_or_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert folders.folder_trouble(tmp_path) == ""
    assert folders.folder_trouble(tmp_path / "a" / "b") == ""
    assert folders.folder_trouble(file) == f"{file} is no folder"
    assert folders.folder_trouble(file / "a" / "b") == f"{file} is no folder"
    assert folders.file_trouble(file) == ""
    assert folders.file_trouble(file / "a") == f"{file} is no folder"
    assert not (tmp_path / "a").exists()


def test_folders_that_only_another_user_may_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write everywhere, so the system's answer is stood in for."""
    (tmp_path / "ledger").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.F_OK or path == tmp_path)
    assert folders.folder_trouble(tmp_path / "a") == ""
    assert folders.file_trouble(tmp_path / "ledger") == f"{tmp_path / 'ledger'} may not be written to"
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert folders.folder_trouble(tmp_path / "a") == f"{tmp_path} may not be written to"


def test_what_is_remembered_needs_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBERLINE_STATE", str(tmp_path / "state"))
    assert folders.state().detail == str(tmp_path / "state") and folders.state().state is State.OK
    (tmp_path / "state").touch()
    finding = folders.state()
    assert finding.state is State.WARNING and "EMBERLINE_STATE" in finding.remedy
    assert finding.detail == (
        f"no request is remembered: {tmp_path / 'state'} is no folder; nothing can leave this machine, as it "
        f"could not be written down: {tmp_path / 'state'} is no folder"
    )


def measured(prefill: float, generation: float) -> speed.Measurement:
    return speed.Measurement(prefill, generation, "m.gguf", 8192, 7, True, 1.5)


def test_what_follows_from_the_speed() -> None:
    engine, rate, window, deadline = speed.judge(measured(133, 34), Completion())
    assert engine.detail == "m.gguf answers; process 7 started in 1.5 s"
    assert rate.state is State.OK and "reads 133 and writes 34 tokens" in rate.detail
    assert window.data["prefix_chars"] == 2713 and "of 3000 configured" in window.detail
    assert deadline.data["budget_ms"] == 50 and deadline.data["patience_ms"] == 1500


def test_a_slow_machine_is_told_so_and_gets_a_small_window() -> None:
    _, rate, window, _ = speed.judge(measured(20, 4), Completion())
    assert rate.state is State.WARNING and rate.remedy
    assert window.data["prefix_chars"] == 408


def test_findings_decide_whether_it_works() -> None:
    fine = Finding("a", State.OK, "")
    assert works((fine, Finding("b", State.WARNING, "", "mend it")))
    assert not works((fine, Finding("b", State.ERROR, "", "mend it")))


class SlowBackend:
    """Answers nothing but its health check."""

    def __init__(self, healthy: bool) -> None:
        self._healthy = healthy

    async def props(self) -> dict[str, Any]:
        return {}

    async def timed_completion(self, prompt: str, tokens: int) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def healthy(self) -> bool:
        return self._healthy


@pytest.mark.parametrize(("healthy", "error"), [(True, speed.EngineBusy), (False, BackendUnavailable)])
async def test_an_engine_without_time_is_no_dead_one(
    healthy: bool, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "PATIENCE_SECONDS", 0.01)
    engine = AnEngine(EngineSettings("model.gguf", 1), tmp_path)

    async def connect() -> SlowBackend:
        return SlowBackend(healthy)

    monkeypatch.setattr(engine, "connect", connect)
    monkeypatch.setattr(AnEngine, "running", RunningEngine(7, "http://127.0.0.1:1", "", 1.0))
    with pytest.raises(error):
        await speed.measure(engine)
    assert speed.busy(speed.EngineBusy(7)).state is State.WARNING


@pytest.mark.model
def test_with_the_real_model(
    alone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EMBERLINE_MODELS")
    monkeypatch.setattr(speed, "PATIENCE_SECONDS", 300.0)  # the other tests leave it little time
    subprocess.run([sys.executable, "-m", "emberline", "models", "pull"], check=True)
    findings = {finding.name: finding for finding in doctor.examine(Path.cwd())}
    assert works(tuple(findings.values()))
    assert findings["engine"].data["started"] is True
    assert findings["speed"].data["prefill"] != 0 and findings["speed"].data["generation"] != 0
    assert findings["window"].data["prefix_chars"] != 0
    assert findings["deadline"].data["budget_ms"] == 50
