"""Which layer's word holds, and that a workspace can only tighten (invariant 2)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emberline.config.layers import Layer, Level, Loaded, combine
from emberline.config.rules import MODES
from emberline.config.schema import Settings
from emberline.config.source import Source, parse
from emberline.config.words import FIELDS


def loaded(
    user: str = "", editor: dict[str, Any] | None = None, workspace: str = "", **environment: str
) -> Loaded:
    return combine(
        [
            Layer(Level.USER, parse("user.yaml", user)),
            Layer(Level.EDITOR, Source("editor", editor or {})),
            Layer(Level.WORKSPACE, parse("workspace.yaml", workspace)),
        ],
        environment,
    )


def told(found: Loaded) -> list[str]:
    return [f"{problem.severity} {problem}" for problem in found.problems]


def test_without_files_the_defaults_hold() -> None:
    found = loaded()
    assert found.settings == Settings() and found.problems == ()
    assert {str(origin) for origin in found.origins.values()} == {"default"}
    assert found.require() is found.settings


def test_a_later_layer_replaces_and_is_named() -> None:
    found = loaded("completion:\n  budget_ms: 30\n  max_lines: 4\n", {"completion": {"budget_ms": 70}})
    assert found.problems == ()
    assert (found.settings.completion.budget_ms, found.settings.completion.max_lines) == (70, 4)
    assert str(found.origins["completion.budget_ms"]) == "editor"
    assert str(found.origins["completion.max_lines"]) == "user.yaml:3"


@pytest.mark.parametrize(
    ("key", "user", "workspace", "expected"),
    [
        ("completion.enabled", True, False, False),
        ("completion.max_lines", 8, 2, 2),
        ("completion.min_confidence", 0.5, 0.9, 0.9),
        ("completion.disabled_languages", ["python"], ["markdown", "python"], ("python", "markdown")),
        ("completion.recall_max_mb", 20, 0, 0),
        ("engine.embedded", True, False, False),
        ("engine.threads", None, 2, 2),
        ("engine.threads", 4, 2, 2),
        ("privacy.mode", "open", "trusted", "trusted"),
        ("privacy.exclude", ["a"], ["b"], ("a", "b")),
        ("router.thresholds.privacy_enforced", False, True, True),
        ("budget.usd_per_month", 20, 5, 5),
        ("budget.usd_per_day", None, 5, 5),
        ("budget.usd_per_day", 3, 2.5, 2.5),
        ("budget.usd_per_request", 1.5, 0.5, 0.5),
        ("privacy.local_only", ["a"], ["b"], ("a", "b")),
        ("router.thresholds.max_local_context_tokens", 24_000, 30_000, 30_000),
        ("router.thresholds.max_tool_chain_length", 8, 9, 9),
        ("backends.keep_alive_minutes", 30, 5, 5),
        ("memory.limit_percent", 85, 50, 50),
    ],
)
def test_a_workspace_tightens(key: str, user: Any, workspace: Any, expected: Any) -> None:
    found = loaded(_yaml(key, user), workspace=_yaml(key, workspace))
    assert _get(found, key) == expected
    assert found.problems == ()
    assert found.origins[key].file == "workspace.yaml"


@pytest.mark.parametrize(
    ("key", "user", "workspace", "words"),
    [
        ("completion.enabled", False, True, "may only set it to false here; it stays false"),
        ("completion.max_lines", 8, 9, "may only lower it here; it stays 8"),
        ("completion.min_confidence", 0.5, 0.1, "may only raise it here; it stays 0.5"),
        ("engine.threads", 2, None, "may only lower it here; it stays 2"),
        ("privacy.mode", "strict", "open", "may only make it stricter here; it stays 'strict'"),
        ("router.thresholds.privacy_enforced", True, False, "may only set it to true here; it stays true"),
        ("completion.budget_ms", 50, 20, "only the user's own configuration file may set this; ignored here"),
        ("privacy.trusted_hosts", ["mine"], ["evil"], "only the user's own configuration file"),
        ("engine.model_path", "/own.gguf", "/evil.gguf", "only the user's own configuration file"),
        ("router.local_endpoint", "http://a", "http://evil", "only the user's own configuration file"),
        ("router.cloud_endpoint", "https://a", "https://evil", "only the user's own configuration file"),
        ("router.cloud_api_key", "k", "evil", "only the user's own configuration file"),
        ("router.thresholds.max_tool_chain_length", 8, 1, "may only raise it here; it stays 8"),
        ("router.health_check.timeout_ms", 2000, 1, "only the user's own configuration file"),
        ("budget.usd_per_day", 2, None, "may only lower it here; it stays 2"),
        ("budget.unknown_price_usd", 5, 0, "only the user's own configuration file"),
        ("observe.ledger", True, False, "only the user's own configuration file"),
        ("privacy.folders", {"/a": "strict"}, {"/": "open"}, "only the user's own configuration file"),
        (
            "backends.servers",
            [],
            [{"name": "x", "protocol": "openai"}],
            "only the user's own configuration file",
        ),
    ],
)
def test_a_workspace_cannot_loosen(key: str, user: Any, workspace: Any, words: str) -> None:
    found = loaded(_yaml(key, user), workspace=_yaml(key, workspace))
    assert found.settings == loaded(_yaml(key, user)).settings
    (problem,) = found.problems
    assert problem.severity == "warning" and problem.key == key and words in problem.message
    assert problem.file == "workspace.yaml" and problem.line > 0


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("privacy.mode", "open"),
        ("privacy.trusted_hosts", ["evil"]),
        ("router.thresholds.privacy_enforced", False),
        ("router.local_endpoint", "http://evil"),
        ("router.cloud_endpoint", "https://evil"),
        ("router.cloud_api_key", "evil"),
        ("engine.model_path", "/evil.gguf"),
        ("budget.usd_per_month", 1000),
        ("budget.usd_per_request", 1000),
        ("budget.unknown_price_usd", 0),
        ("privacy.folders", {"/": "open"}),
        ("backends.servers", [{"name": "x", "protocol": "openai"}]),
        ("router.thresholds.max_local_context_tokens", 512),
        ("router.health_check.retry_count", 0),
        ("router.model_routing.cloud.default", "evil"),
        ("observe.keep_days", 1),
    ],
)
def test_editor_settings_may_come_from_the_folder_and_cannot_send_elsewhere(key: str, wanted: Any) -> None:
    found = loaded(editor=yaml.safe_load(_yaml(key, wanted)))
    assert found.settings == Settings()
    assert [problem.key for problem in found.problems] == [key]


def test_editor_settings_can_make_privacy_stricter() -> None:
    found = loaded("privacy: {mode: open}", {"privacy": {"mode": "strict"}})
    assert found.settings.privacy.mode == "strict" and found.problems == ()


MAY_ONLY_FALL = {
    "completion.enabled",
    "completion.max_lines",
    "completion.menu",
    "completion.alternatives",
    "completion.prefix_chars",
    "completion.suffix_chars",
    "completion.recall_max_mb",
    "refactor.enabled",
    "engine.embedded",
    "engine.threads",
    "engine.context_tokens",
    "engine.gpu_layers",
    "engine.idle_minutes",
    "router.validation.max_retries_on_failure",
    "backends.discover",
    "backends.keep_alive_minutes",
    "budget.usd_per_month",
    "budget.usd_per_day",
    "budget.usd_per_request",
    "memory.limit_percent",
}
MAY_ONLY_RISE = {
    "completion.min_confidence",
    "completion.recall_min_chars",
    "router.thresholds.max_local_context_tokens",
    "router.thresholds.max_tool_chain_length",
    "router.thresholds.privacy_enforced",
    "router.validation.strict_json",
}
MAY_ONLY_GROW = {
    "completion.disabled_languages",
    "refactor.disabled_actions",
    "privacy.exclude",
    "privacy.local_only",
}
# What the user's file alone may loosen, whether it says anything or not.
HELD_AGAINST_THE_EDITOR = {
    "engine.model_path",
    "engine.gpu_layers",
    *(key for key in map(".".join, FIELDS) if key.startswith(("privacy.", "budget.", "memory.", "observe."))),
    *(key for key in map(".".join, FIELDS) if key.startswith("router.")),
    "backends.servers",
    "backends.keep_alive_minutes",
} - {"router.validation.temperature_reduction"}
# What has no tighter side is a matter of taste: the editor's to set as it likes.
TASTE = {
    "completion.budget_ms",
    "completion.patience_ms",
    "engine.model",
    "router.validation.temperature_reduction",
}


def is_no_looser(key: str, before: Any, after: Any) -> bool:
    if key == "privacy.mode":
        return MODES.index(after) <= MODES.index(before)
    if key in MAY_ONLY_GROW:
        return set(after) >= set(before)
    if key in MAY_ONLY_FALL:
        return before is None or bool(after <= before)
    if key in MAY_ONLY_RISE:
        return bool(after >= before)
    return bool(after == before)


_JUNK = st.sampled_from([None, 7, -1, "off", "open", [], ["open"], [7], {}, {"mode": "open"}])
_VALUES = (
    st.booleans()
    | st.integers(0, 600)
    | st.sampled_from([1_000, 30_000, 0.3, 0.7])
    | st.sampled_from([*MODES, "http://a", "https://b", "/a.gguf"])
    | st.lists(st.sampled_from(["a", "b"]), max_size=2)
    | st.sampled_from(
        [{"/": "open"}, {"/a": "strict"}, [{"name": "a", "protocol": "openai", "api_key": "k"}]]
    )
    | _JUNK
)
# As many settings at once, and a name that is none.
_CONTENT = st.dictionaries(
    st.sampled_from([*FIELDS, ("privacy", "modus"), ("mode",), ("backends", "server")]), _VALUES, max_size=8
).map(lambda content: _tree(content))


@given(_CONTENT, _CONTENT)
def test_whatever_a_workspace_says_nothing_gets_looser(user: Any, workspace: Any) -> None:
    before = loaded(yaml.safe_dump(user))
    after = loaded(yaml.safe_dump(user), workspace=yaml.safe_dump(workspace))
    for key in map(".".join, FIELDS):
        assert is_no_looser(key, _get(before, key), _get(after, key)), key


@given(_CONTENT, _CONTENT)
def test_whatever_an_editor_says_it_does_not_loosen_what_the_user_set(user: Any, editor: Any) -> None:
    before = loaded(yaml.safe_dump(user))
    after = loaded(yaml.safe_dump(user), editor)
    for key in map(".".join, FIELDS):
        is_set = str(before.origins[key]) != "default"
        if key in HELD_AGAINST_THE_EDITOR or (is_set and key not in TASTE):
            assert is_no_looser(key, _get(before, key), _get(after, key)), key


@pytest.mark.parametrize(
    ("key", "mine", "editors", "kept"),
    [
        ("completion.enabled", False, True, False),
        ("completion.disabled_languages", ["python"], [], ("python",)),
        ("completion.min_confidence", 0.9, 0.0, 0.9),
        ("completion.max_lines", 1, 64, 1),
        ("backends.discover", False, True, False),
        ("backends.keep_alive_minutes", 1, 1000, 1),
        ("engine.embedded", False, True, False),
        ("engine.gpu_layers", 0, 99, 0),
        ("engine.threads", 2, None, 2),
        ("memory.limit_percent", 50, 100, 50),
        ("router.validation.strict_json", True, False, True),
        ("router.validation.max_retries_on_failure", 0, 20, 0),
    ],
)
def test_what_the_user_has_set_an_editor_does_not_loosen(
    key: str, mine: Any, editors: Any, kept: Any
) -> None:
    found = loaded(_yaml(key, mine), yaml.safe_load(_yaml(key, editors)))
    assert _get(found, key) == kept and found.origins[key].file == "user.yaml"
    assert [problem.key for problem in found.problems] == ([] if editors == [] else [key])


def test_what_the_user_has_not_set_is_the_editors_to_set() -> None:
    wanted = {"completion": {"max_lines": 64, "min_confidence": 0.1}, "engine": {"threads": 4}}
    found = loaded("completion: {alternatives: 1}", wanted)
    assert found.problems == () and found.settings.engine.threads == 4
    assert (found.settings.completion.max_lines, found.settings.completion.min_confidence) == (64, 0.1)


def test_a_pattern_that_takes_back_is_the_users_alone() -> None:
    taken_back = {"exclude": ["!secrets/", "more/"], "local_only": ["!models/"]}
    found = loaded(
        "privacy: {exclude: [secrets/, '!secrets/a.py'], local_only: [models/]}",
        {"privacy": taken_back},
        workspace=yaml.safe_dump({"privacy": taken_back}),
    )
    assert found.settings.privacy.exclude == ("secrets/", "!secrets/a.py", "more/")
    assert found.settings.privacy.local_only == ("models/",)
    assert [str(problem) for problem in found.problems] == [
        "editor: privacy.exclude: may only add to it here; left out: '!secrets/'",
        "editor: privacy.local_only: may only add to it here; left out: '!models/'",
        "workspace.yaml:2: privacy.exclude: may only add to it here; left out: '!secrets/'",
        "workspace.yaml:5: privacy.local_only: may only add to it here; left out: '!models/'",
    ]


def test_a_workspace_cannot_reach_past_an_editor() -> None:
    found = loaded(
        "privacy: {mode: open}", {"privacy": {"mode": "trusted"}}, workspace="privacy: {mode: open}"
    )
    assert found.settings.privacy.mode == "trusted"


@pytest.mark.parametrize(
    "workspace",
    [
        "privacy: {mode: loose}",
        "privacy: {mod: trusted}",
        "privacy: strict",
        "privcy: {mode: strict}",
        "mode: strict",
        "privacy:\n  mode: open\n  exclude: secrets",
        "router: {thresholds: {privacy_enforced: 'yes'}}",
        "completion: [unclosed",
        "- a list",
        "privacy: {mode: !!python/object:os.system x}",
        "privacy: {mode: open}\nprivacy: {mode: strict}",
    ],
)
def test_unclear_privacy_fails_closed(workspace: str) -> None:
    open_to_all = "privacy: {mode: open}\nrouter: {thresholds: {privacy_enforced: false}}"
    found = loaded(open_to_all, workspace=workspace)
    assert found.settings.privacy.mode == "strict"
    assert found.settings.router.thresholds.privacy_enforced is True
    assert found.origins["privacy.mode"].file == "workspace.yaml"
    assert "Until then privacy is strict" in found.problems[0].message


@pytest.mark.parametrize("key", ["exclude", "local_only"])
@pytest.mark.parametrize("pattern", ["!", "foo\\", "[z-a]", "[a", "/", "# a comment"])
@pytest.mark.parametrize("layer", ["user", "editor", "workspace"])
def test_a_pattern_that_is_none_is_told_and_the_others_hold(key: str, pattern: str, layer: str) -> None:
    text = yaml.safe_dump({"privacy": {key: ["secrets/", pattern, "*.gold"]}})
    words = {layer: yaml.safe_load(text) if layer == "editor" else text}
    words["user"] = words.get("user", "") + "router: {thresholds: {privacy_enforced: false}}"
    found = loaded(**words)
    assert getattr(found.settings.privacy, key) == ("secrets/", "*.gold")
    place = "editor" if layer == "editor" else f"{layer}.yaml:4"
    assert told(found) == [
        f"error {place}: privacy.{key}.1: names no file in .gitignore's notation; found {pattern!r}. "
        "Until then privacy is strict"
    ]
    assert found.settings.privacy.mode == "strict"
    assert found.settings.router.thresholds.privacy_enforced is True


def test_unclear_privacy_of_the_users_own_fails_closed_too() -> None:
    assert loaded("privacy: {mode: open, trusted_hosts: mine}").settings.privacy.mode == "strict"


def test_another_mistake_leaves_privacy_alone() -> None:
    found = loaded("privacy: {mode: open}\nengine: {model: 7, thread: 2}\ncompletion: {budget_ms: x}")
    assert found.settings.privacy.mode == "open"
    assert len(found.errors) == 3


def test_every_mistake_is_told_at_its_line_with_what_is_right() -> None:
    found = loaded(
        "completion:\n"
        "  budget_ms: fast\n"
        "  max_line: 3\n"
        "  disabled_languages: python\n"
        "  min_confidence: 1.5\n"
        "budget_ms: 7\n"
        "engine:\n"
        "  model_path: own.gguf\n"
        "  threads: true\n"
        "  model: ''\n"
        "router:\n"
        "  local_endpoint: localhost:11434\n"
        "  model_routing: llama\n"
        "backends:\n"
    )
    assert told(found) == [
        "error user.yaml:2: completion.budget_ms: must be a whole number from 1 to 10000; found 'fast'",
        "error user.yaml:3: completion.max_line: there is no such key: did you mean completion.max_lines?",
        "error user.yaml:4: completion.disabled_languages: must be a list of texts, such as [one, two]; "
        "found 'python'",
        "error user.yaml:5: completion.min_confidence: must be a number from 0 to 1; found 1.5",
        "error user.yaml:6: budget_ms: there is no such key here: did you mean completion.budget_ms?",
        "error user.yaml:8: engine.model_path: must be a whole path (or one that begins with ~): "
        "a relative one has no folder here; found 'own.gguf'",
        "error user.yaml:9: engine.threads: must be a whole number from 1 to 512, or null; found true",
        "error user.yaml:10: engine.model: must not be empty; found ''",
        "error user.yaml:12: router.local_endpoint: must be an address that begins with http:// or https://; "
        "found 'localhost:11434'",
        "error user.yaml:13: router.model_routing: must be a section with keys such as local, cloud",
    ]
    assert found.settings == Settings()


def test_require_raises_with_every_error() -> None:
    from emberline.config.errors import ConfigError

    found = loaded("completion:\n  budget_ms: fast\n  max_lines: 0\n")
    with pytest.raises(ConfigError) as caught:
        found.require()
    assert caught.value.problems == found.errors and len(found.errors) == 2
    assert "user.yaml:2" in str(caught.value) and "user.yaml:3" in str(caught.value)


def test_a_misplaced_key_is_not_repeated() -> None:
    found = loaded("router:\n  cloud_api_key: [sk-secret]\n")
    assert found.errors and "sk-secret" not in str(found.problems)


def test_variables_are_filled_in_from_the_environment() -> None:
    text = "privacy:\n  trusted_hosts: ['${HOST}', '${UNSET}']\nrouter: {local_endpoint: 'http://${HOST}:1'}"
    found = loaded(text, HOST="gpu")
    assert found.settings.privacy.trusted_hosts == ("gpu",)
    assert found.settings.router.local_endpoint == "http://gpu:1"
    assert [(problem.severity, problem.key) for problem in found.problems] == [
        ("note", "privacy.trusted_hosts.1")
    ]


def test_items_close_up_where_a_variable_is_not_set() -> None:
    text = "privacy:\n  exclude:\n    - '${UNSET}'\n    - fine\n    - '${SECRET}'\n"
    problem = loaded(text, SECRET="[z-a]").errors[0]
    assert problem.line == 5 and "found '${SECRET}'" in problem.message


def test_neither_editor_nor_workspace_reads_the_environment() -> None:
    found = loaded(
        editor={"completion": {"disabled_languages": ["${HOME}"]}},
        workspace="privacy: {exclude: ['${HOME}']}",
        HOME="/home/user",
    )
    assert found.settings.completion.disabled_languages == ("${HOME}",)
    assert found.settings.privacy.exclude == ("${HOME}",)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([part for key in FIELDS for part in key] + ["x"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_no_content_raises(content: Any) -> None:
    found = loaded(
        yaml.safe_dump(content),
        content if isinstance(content, dict) else None,
        yaml.safe_dump(content),
    )
    assert isinstance(found.settings, Settings)


def _yaml(key: str, value: Any) -> str:
    tree: Any = value
    for part in reversed(key.split(".")):
        tree = {part: tree}
    return str(yaml.safe_dump(tree))


def _tree(values: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        here = tree
        for part in key[:-1]:
            here = here.setdefault(part, {})
        here[key[-1]] = value
    return tree


def _get(found: Loaded, key: str) -> Any:
    value: Any = found.settings
    for part in key.split("."):
        value = getattr(value, part)
    return value
