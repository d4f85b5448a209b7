"""Real clients from the package index, pointed at a gateway that runs as users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from emberline.config.load import load
from emberline.gateway.key import gateway_key
from tests.gateway import clients
from tests.gateway.process import gateway
from tests.routing.served import Place
from tests.servers import Served

pytestmark = pytest.mark.download

HELLO = "Hello from a fake model."
SDK = """\
import json
import openai
from openai import OpenAI
from pydantic import BaseModel

client = OpenAI(max_retries=0)
MESSAGES = [{"role": "user", "content": "Say hello."}]


class Sum(BaseModel):
    n: int


def weather(name):
    parameters = {"type": "object", "properties": {"place": {"type": "string"}}}
    function = {"name": name, "description": "", "parameters": parameters}
    return {"type": "function", "function": function}


def refused(kind, **change):
    try:
        client.chat.completions.create(**{"model": "emberline", "messages": MESSAGES} | change)
    except kind as error:
        return error
    raise AssertionError(f"no {kind}")

"""


@dataclass(frozen=True)
class Desk:
    """A user's shell, with the two variables set."""

    programs: Path
    environment: dict[str, str]
    folder: Path

    def runs(self, *command: str, given: str = "") -> str:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.folder,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, text: str) -> str:
        return self.runs(str(self.programs / "python"), "-", given=text)


@pytest.fixture
def desk(knows_vllm: Place, tmp_path: Path) -> Iterator[Desk]:
    programs = clients.folder()
    with gateway() as (_, url):
        key = gateway_key(load().settings).value.get_secret_value()
        environment = {
            **os.environ,
            "OPENAI_BASE_URL": url,
            "OPENAI_API_KEY": key,
            "LLM_USER_PATH": str(tmp_path / "llm"),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks the network for prices
            "PATH": os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"])),
            "NO_PROXY": "*",
        }
        yield Desk(programs, environment, knows_vllm.folder)


def test_the_recipe_for_curl(desk: Desk) -> None:
    assert HELLO in desk.runs("sh", "-c", clients.recipe("curl", "sh"))


def test_the_recipe_for_openais_sdk(desk: Desk) -> None:
    out = desk.python(clients.recipe("OpenAI's Python SDK", "python"))
    assert out.splitlines()[0] == HELLO
    assert out.splitlines()[1].startswith("gpu/Qwen/Qwen2.5-Coder-7B because ")
    assert out.splitlines()[2] == HELLO
    assert out.splitlines()[3].endswith(" tokens")


def test_the_recipe_for_litellm(desk: Desk) -> None:
    out = desk.python(clients.recipe("LiteLLM", "python"))
    assert [line for line in out.splitlines() if line] == [HELLO, HELLO]


def test_the_recipe_for_llm(desk: Desk, vllm: Served) -> None:
    user = Path(desk.environment["LLM_USER_PATH"])
    user.mkdir()
    settings = clients.recipe("llm, on the command line", "yaml")
    usual = "http://127.0.0.1:11435/v1"
    assert usual in settings
    (user / "extra-openai-models.yaml").write_text(
        settings.replace(usual, desk.environment["OPENAI_BASE_URL"])
    )
    keep, *ask = clients.recipe("llm, on the command line", "sh").splitlines()
    desk.runs("sh", "-c", keep)
    for line in ask:
        asked = line.replace("git diff --staged", "echo a difference")
        assert desk.runs("sh", "-c", asked).strip() == HELLO
    streamed, with_system = vllm.requests("/v1/chat/completions")
    assert streamed["json"]["messages"][-1]["content"] == "Say hello."
    assert [each["role"] for each in with_system["json"]["messages"]] == ["system", "user"]


def test_openais_sdk_with_tools_forms_embeddings_and_errors(desk: Desk, vllm: Served) -> None:
    call = {"name": "weather", "arguments": {"place": "Rome"}}
    vllm.script(answers=[{"calls": [call, call]}, {"text": '{"n": 3}'}])
    desk.python(
        SDK
        + """
tools = [weather("weather")]
with client.chat.completions.stream(model="emberline", messages=MESSAGES, tools=tools) as stream:
    stream.until_done()
    message = stream.get_final_completion().choices[0].message
assert [json.loads(each.function.arguments) for each in message.tool_calls] == [{"place": "Rome"}] * 2
assert len({each.id for each in message.tool_calls}) == 2

formed = client.chat.completions.parse(model="auto", messages=MESSAGES, response_format=Sum)
assert formed.choices[0].message.parsed == Sum(n=3)

assert "emberline" in [each.id for each in client.models.list()]
text = client.completions.create(model="auto", prompt="a", suffix="b").choices[0].text
assert text == "Hello from a fake model."

assert refused(openai.BadRequestError, n=2).param == "n"
assert refused(openai.NotFoundError, model="gpt-9").code == "model_not_found"
wrong = OpenAI(api_key="wrong", max_retries=0)
try:
    wrong.models.list()
except openai.AuthenticationError as error:
    assert error.code == "invalid_api_key"
else:
    raise AssertionError
"""
    )


def test_openais_sdk_takes_embeddings_as_it_likes_them(desk: Desk, place: Place) -> None:
    from tests.servers import serving
    from tests.servers.talking import vector

    with serving("tests.servers.ollama") as ollama:
        server = f'{{name: near, protocol: ollama, url: "{ollama.url}"}}'
        place.configure(f"backends:\n  discover: false\n  servers:\n    - {server}\n")
        with gateway() as (_, url):
            desk.environment["OPENAI_BASE_URL"] = url
            found = desk.python(
                SDK
                + """
found = client.embeddings.create(model="emberline", input=["one", "two"])
print([each.embedding for each in found.data])
"""
            )
    assert found.strip() == str([vector("one"), vector("two")])


@pytest.mark.model
def test_a_real_answer_of_the_default_model_streamed_to_the_real_sdk(
    place: Place, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warm engine that editors use answers, and a second question finds it warm."""
    place.patch.delenv("EMBERLINE_MODELS")
    place.configure("backends: {discover: false}\n")
    with gateway() as (_, url):
        desk.environment["OPENAI_BASE_URL"] = url
        out = desk.python(
            SDK
            + """
for number in range(2):
    stream = client.chat.completions.create(
        model="emberline",
        messages=[{"role": "user", "content": "What is the capital of France? One word."}],
        max_tokens=20,
        temperature=0,
        seed=1,
        stream=True,
        stream_options={"include_usage": True},
    )
    text, usage = "", None
    for chunk in stream:
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
        usage = chunk.usage or usage
    assert usage.completion_tokens > 0, usage
    print(text)
prompt = "def add(a, b):\\n    return "
gap = client.completions.create(
    model="auto", prompt=prompt, suffix="\\n", max_tokens=12, stop="\\n", temperature=0
)
text = gap.choices[0].text
print(text)
"""
        )
    lines = out.splitlines()
    assert "Paris" in lines[0] and "Paris" in lines[1]
    assert lines[2].strip().startswith("a")
