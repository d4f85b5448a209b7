"""config.yaml, the seed's template and the schema say the same."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import ValidationError

from emberline.config.layers import Level
from emberline.config.load import load_file
from emberline.config.rules import is_users_file_only, tighten_of
from emberline.config.schema import Server, Settings, Wire
from emberline.config.source import read
from emberline.config.words import FIELDS, describe

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "config.yaml"

# The seed's template, key for key.
SEED = """\
router:
  local_endpoint: "http://localhost:11434"
  cloud_endpoint: "https://api.openai.com/v1"
  cloud_api_key: "${OPENAI_API_KEY}"
  thresholds:
    max_local_context_tokens: 24000
    max_tool_chain_length: 8
    privacy_enforced: true
  model_routing:
    local:
      default: "llama3.1:8b"
      high_precision: "qwen2.5:14b"
      quantization: "Q4_K_M"
    cloud:
      default: "gpt-4o"
      fallback: "claude-3-5-sonnet"
  health_check:
    interval_seconds: 30
    timeout_ms: 2000
    retry_count: 2
  validation:
    strict_json: true
    max_retries_on_failure: 3
    temperature_reduction: 0.1
"""


def test_the_reference_holds_every_key_with_its_default() -> None:
    loaded = load_file(REFERENCE, {})
    assert loaded.problems == ()
    assert loaded.settings == Settings()
    assert {key for key, origin in loaded.origins.items() if origin.line} == {".".join(key) for key in FIELDS}


def test_the_reference_states_what_a_workspace_and_an_editor_may_do() -> None:
    lines = REFERENCE.read_text(encoding="utf-8").splitlines()
    source = read(REFERENCE)
    words = {
        "only lower it": "[w: lower]",
        "only raise it": "[w: raise]",
        "only set it to false": "[w: set to false]",
        "only set it to true": "[w: set to true]",
        "only add to it": "[w: add]",
        "only make it stricter": "[w: stricter]",
    }
    for key, info in FIELDS.items():
        line = lines[source.lines[key] - 1]
        rule = tighten_of(info.metadata)
        assert ("[w:" in line) == (rule is not None), key
        assert rule is None or words[rule.words] in line, key
        assert ("[file]" in line) == is_users_file_only(info.metadata), key


def test_the_reference_shows_what_a_server_takes() -> None:
    """The example in the comments is one, and every protocol is named beside it."""
    text = REFERENCE.read_text(encoding="utf-8")
    lines = text[text.index("  servers: []") : text.index("# What the cloud may cost")].splitlines()[1:]
    example = "\n".join(line.replace("#", " ", 1) for line in lines if line.strip())
    (entry,) = yaml.safe_load(example)
    assert set(entry) == set(Server.model_fields)
    assert Server.model_validate(entry | {"models": tuple(entry["models"])}).url
    assert all(protocol in example for protocol in get_args(Wire))


def test_the_seed_template_loads_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)
    loaded = load_file(path, {"OPENAI_API_KEY": "sk-secret"})
    assert loaded.problems == ()
    key = loaded.settings.router.cloud_api_key
    assert key is not None and key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in repr(loaded.settings)
    assert loaded.settings.router.model_copy(update={"cloud_api_key": None}) == Settings().router
    assert str(loaded.origins["router.validation.strict_json"]) == f"{path}:22"


def test_the_seed_template_loads_without_a_key_in_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)
    loaded = load_file(path, {})
    assert loaded.settings == Settings()
    assert [str(problem) for problem in loaded.problems] == [
        f"{path}:4: router.cloud_api_key: "
        "the environment variable OPENAI_API_KEY is not set, so this is empty"
    ]
    assert loaded.errors == ()


def test_settings_are_immutable() -> None:
    with pytest.raises(ValidationError):
        Settings().completion.budget_ms = 7  # type: ignore[misc]


def test_every_setting_can_be_described() -> None:
    for key, info in FIELDS.items():
        assert "None" not in describe(info), key
    assert describe(FIELDS["engine", "threads"]) == "a whole number from 1 to 512, or null"
    assert describe(FIELDS["privacy", "mode"]) == "one of strict, trusted, open"
    assert {str(level) for level in Level} == {"user", "editor", "workspace"}
