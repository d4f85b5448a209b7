"""`emberline gateway` as a user runs it: its key, its port, its end."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from emberline import cli
from emberline.config.load import load
from emberline.errors import UserError
from emberline.gateway.key import gateway_key, key_file
from emberline.gateway.visit import Visit
from tests.gateway.process import COMMAND, gateway
from tests.routing.served import Place
from tests.servers import PATIENCE, Served


@pytest.fixture
def running(knows_vllm: Place) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and its address."""
    with gateway() as found:
        yield found


def ask(url: str, key: str) -> str:
    """The text of an answer."""
    body = {"messages": [{"role": "user", "content": "a secret question"}]}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        text: str = json.loads(answer.read())["choices"][0]["message"]["content"]
    return text


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_it_answers_logs_and_ends(
    running: tuple[subprocess.Popen[str], str],
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
    status: int,
) -> None:
    process, url = running
    assert cli.main(["gateway", "--show-key"]) == 0
    key = capsys.readouterr().out.strip()
    assert ask(url, key) == "Hello from a fake model."
    process.send_signal(number)
    out, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == status
    assert errors == ""
    [line] = [json.loads(line) for line in out.splitlines()]
    assert (line["event"], line["status"], line["task"]) == ("request", 200, "question")
    assert "secret" not in out
    assert key not in out


def test_it_ends_although_somebody_still_listens(
    running: tuple[subprocess.Popen[str], str], vllm: Served
) -> None:
    process, url = running
    vllm.script(answers=[{"text": ["begun "], "stall": True}])
    body = json.dumps({"stream": True, "messages": [{"role": "user", "content": "x"}]}).encode()
    key = gateway_key(load().settings).value.get_secret_value()
    request = urllib.request.Request(f"{url}/chat/completions", body, {"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        answer.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 143
    assert vllm.until_gone("/v1/chat/completions")


def test_a_port_that_is_taken_is_told(running: tuple[subprocess.Popen[str], str]) -> None:
    port = running[1].rpartition(":")[2].partition("/")[0]
    second = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert f"port {port} of 127.0.0.1 is not to be had" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def test_the_key_is_made_once_and_is_the_users_alone(place: Place) -> None:
    found = gateway_key(load().settings)
    key = found.value.get_secret_value()
    assert key.startswith("emb-") and len(key) > 40
    assert found.origin == str(key_file())
    assert gateway_key(load().settings).value.get_secret_value() == key
    if os.name == "posix":
        assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
        assert [path.name for path in key_file().parent.glob("gateway*")] == ["gateway.key"]
        key_file().chmod(0o644)
        with pytest.raises(UserError, match="others can read"):
            gateway_key(load().settings)


def test_the_users_own_key_is_taken(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.configure('gateway: {api_key: "my-own"}\n')
    found = gateway_key(load().settings)
    assert (found.value.get_secret_value(), found.origin) == ("my-own", "gateway.api_key")
    assert not key_file().exists()


def test_a_key_that_cannot_be_kept_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = place.write("state-file", "")
    monkeypatch.setenv("EMBERLINE_STATE", str(blocked / "inner"))
    with pytest.raises(UserError, match="cannot be kept"):
        gateway_key(load().settings)


def test_without_its_libraries_it_says_what_brings_them(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert cli.main(["gateway", "--port", "0"]) == 1
    assert "pip install 'emberline[gateway]'" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "x", "65536"])
def test_a_port_that_is_none(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["gateway", "--port", port]) == 2


def test_a_line_of_the_log() -> None:
    visit = Visit("POST", "/v1/chat/completions", at=0.0, status=200, task="question", ms=12.3)
    visit.model, visit.place, visit.level = "gpu/a", "this machine", "strict"
    visit.input_tokens, visit.output_tokens = 10, 5
    words = "200 POST /v1/chat/completions question → gpu/a (this machine, strict) 10+5 tokens 12 ms"
    assert visit.line().endswith(words)
    assert Visit("GET", "/x", error="left").line().endswith("--- GET /x 0 ms left")


def test_a_path_steers_no_terminal() -> None:
    line = Visit("GET", "/v1/models/a\x1b]0;b\x07\r\n12:00:00 200 POST /forged", at=0.0).line()
    assert line.isprintable()
