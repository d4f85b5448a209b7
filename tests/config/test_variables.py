"""Settings by environment variables: the user's own word, over the user's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emberline.config.load import Loaded, load
from emberline.config.schema import Settings


def loaded(tmp_path: Path, text: str = "", editor: dict[str, Any] | None = None, **variables: str) -> Loaded:
    (tmp_path / "user.yaml").write_text(text)
    return load((), editor, {"EMBERLINE_CONFIG": str(tmp_path / "user.yaml"), **variables})


@pytest.mark.parametrize(
    ("name", "text", "key", "expected"),
    [
        ("COMPLETION__BUDGET_MS", "30", "completion.budget_ms", 30),
        ("COMPLETION__ENABLED", "false", "completion.enabled", False),
        ("COMPLETION__DISABLED_LANGUAGES", "[a, b]", "completion.disabled_languages", ("a", "b")),
        ("ENGINE__MODEL_PATH", "null", "engine.model_path", None),
        ("ENGINE__MODEL_PATH", "/a: b", "engine.model_path", Path("/a: b")),
        ("ENGINE__MODEL", "7", "engine.model", "7"),
        ("ENGINE__MODEL", "'quoted'", "engine.model", "quoted"),
        ("ENGINE__MODEL", "{a", "engine.model", "{a"),
        ("PRIVACY__MODE", "open", "privacy.mode", "open"),
        ("PRIVACY__FOLDERS", "{/a: open}", "privacy.folders", {"/a": "open"}),
        ("ROUTER__THRESHOLDS__PRIVACY_ENFORCED", "false", "router.thresholds.privacy_enforced", False),
        ("ROUTER__THRESHOLDS", "{max_tool_chain_length: 3}", "router.thresholds.max_tool_chain_length", 3),
        ("ROUTER__MODEL_ROUTING__LOCAL__DEFAULT", "a:8b", "router.model_routing.local.default", "a:8b"),
        ("ROUTER__LOCAL_ENDPOINT", "http://${HOST}:1", "router.local_endpoint", "http://gpu:1"),
    ],
)
def test_a_variable_sets_and_is_named(
    tmp_path: Path, name: str, text: str, key: str, expected: object
) -> None:
    found = loaded(tmp_path, **{f"EMBERLINE_{name}": text, "HOST": "gpu"})
    value: Any = found.settings
    for part in key.split("."):
        value = getattr(value, part)
    assert value == expected
    assert str(found.origins[key]) == f"$EMBERLINE_{name}"
    assert found.problems == ()


def test_a_key_that_looks_like_a_number(tmp_path: Path) -> None:
    found = loaded(tmp_path, EMBERLINE_ROUTER__CLOUD_API_KEY="0123")
    key = found.settings.router.cloud_api_key
    assert key is not None and key.get_secret_value() == "0123" and found.problems == ()


def test_a_whole_list_of_servers(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "backends: {servers: [{name: old, protocol: openai}]}",
        EMBERLINE_BACKENDS__SERVERS='[{name: gpu, protocol: ollama, url: "http://gpu:11434"}]',
    )
    (server,) = found.settings.backends.servers
    assert server.name == "gpu" and found.problems == ()
    assert str(found.origins["backends.servers.0.name"]) == "$EMBERLINE_BACKENDS__SERVERS"


def test_between_the_file_and_the_editor(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "completion: {budget_ms: 10, patience_ms: 2}",
        {"completion": {"patience_ms": 4}},
        EMBERLINE_COMPLETION__BUDGET_MS="20",
        EMBERLINE_COMPLETION__PATIENCE_MS="3",
    )
    assert (found.settings.completion.budget_ms, found.settings.completion.patience_ms) == (20, 4)


def test_what_names_no_setting_is_left_alone(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        EMBERLINE_MODELS="a",
        EMBERLINE_RUNTIME="b",
        EMBERLINE_STATE="c",
        EMBERLINE_CONNECT_TIMEOUT="d",
        EMBERLINE_COMPLETION="{max_lines: 2}",
        OTHER__COMPLETION__MAX_LINES="2",
    )
    assert found.problems == () and found.settings == Settings()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "COMPLETION__BUDGET_M",
            "30",
            "completion.budget_m: there is no such key: did you mean completion.budget_ms?",
        ),
        ("COMPLETON__BUDGET_MS", "30", "completon: there is no such key: did you mean completion?"),
        ("COMPLETION__BUDGET_MS", "fast", "completion.budget_ms: must be a whole number from 1 to 10000"),
        (
            "COMPLETION__BUDGET_MS",
            "",
            "completion.budget_ms: must be a whole number from 1 to 10000; found nothing",
        ),
        ("COMPLETION__BUDGET_MS__X", "1", "completion.budget_ms: must be a whole number from 1 to 10000"),
        ("COMPLETION__DISABLED_LANGUAGES", "[a", "completion.disabled_languages: is not valid YAML"),
    ],
)
def test_a_mistake_names_the_variable(tmp_path: Path, name: str, text: str, words: str) -> None:
    found = loaded(tmp_path, **{f"EMBERLINE_{name}": text})
    (problem,) = found.problems
    assert str(problem).startswith(f"$EMBERLINE_{name}: {words}")
    assert found.settings == Settings()


@pytest.mark.parametrize("name", ["PRIVACY__MODE", "PRIVACY__MOD", "PRIVCY__MODE", "PRIVACY__FOLDERS"])
def test_unclear_privacy_fails_closed(tmp_path: Path, name: str) -> None:
    found = loaded(tmp_path, "privacy: {mode: open}", **{f"EMBERLINE_{name}": "loose"})
    assert found.settings.privacy.mode == "strict"
    assert found.origins["privacy.mode"].file == f"$EMBERLINE_{name}"


def test_what_was_unclear_stays_closed_whatever_is_said_later(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "privacy: {mode: loose}",
        EMBERLINE_PRIVACY__MODE="open",
        EMBERLINE_ROUTER__THRESHOLDS__PRIVACY_ENFORCED="false",
    )
    assert found.settings.privacy.mode == "strict"
    assert found.settings.router.thresholds.privacy_enforced
