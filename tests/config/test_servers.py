"""A list of sections: every server is checked by itself, told by its line, and left out alone."""

from __future__ import annotations

import pytest

from emberline.config.layers import Layer, Level, Loaded, combine
from emberline.config.schema import Server
from emberline.config.source import Source, parse

SECRET = "sk-very-secret"


def loaded(text: str, **environment: str) -> Loaded:
    return combine([Layer(Level.USER, parse("user.yaml", text))], environment)


def of(*entries: str) -> str:
    return "backends:\n  servers:\n" + "".join(f"    - {entry}\n" for entry in entries)


PROTOCOLS = "ollama, lmstudio, llamacpp, openai-compatible, openai, anthropic, mistral, deepseek"
GOOD = "{name: good, protocol: ollama, url: 'http://gpu:11434/', models: [a, b]}"


def test_servers_are_read() -> None:
    found = loaded(of(GOOD, "{name: anthropic, protocol: anthropic, api_key: k}"))
    assert found.problems == ()
    first, second = found.settings.backends.servers
    assert first == Server(name="good", protocol="ollama", url="http://gpu:11434", models=("a", "b"))
    assert second.url is None and second.api_key is not None
    assert second.api_key.get_secret_value() == "k"


@pytest.mark.parametrize(
    ("entry", "key", "words"),
    [
        (
            "{name: x, protocol: ollma, url: 'http://x'}",
            "backends.servers.1.protocol",
            f"must be one of {PROTOCOLS}; found 'ollma': did you mean ollama?",
        ),
        (
            "{name: x, protocol: OpenAI}",
            "backends.servers.1.protocol",
            f"must be one of {PROTOCOLS}; found 'OpenAI': did you mean openai?",
        ),
        ("{name: x}", "backends.servers.1.protocol", "is missing; it must be one of ollama, lmstudio"),
        ("{protocol: openai}", "backends.servers.1.name", "is missing; it must be text"),
        ("{name: ' ', protocol: openai}", "backends.servers.1.name", "must not be empty; found ' '"),
        ("{name: 7, protocol: openai}", "backends.servers.1.name", "must be text; found 7"),
        (
            "{name: x, protocol: ollama, url: 'gpu:11434'}",
            "backends.servers.1.url",
            "must be an address that begins with http:// or https://; found 'gpu:11434'",
        ),
        ("{name: x, protocol: ollama}", "backends.servers.1", "needs a url: only openai, anthropic, mistral"),
        ("{name: x, protocol: openai-compatible}", "backends.servers.1", "needs a url"),
        (
            "{name: x, protocol: openai, models: gpt}",
            "backends.servers.1.models",
            "must be a list of texts, such as [one, two]; found 'gpt'",
        ),
        (
            "{name: x, protocol: openai, ulr: 'http://gateway'}",
            "backends.servers.1.ulr",
            "there is no such key: did you mean backends.servers.1.url?",
        ),
        ("{name: good, protocol: openai}", "backends.servers.1.name", "good is the name of one above"),
        (
            "{name: openai, protocol: openai, url: 'http://gateway'}",
            "backends.servers.1",
            "needs another name: openai is what the provider at its own address is called",
        ),
        ("{name: openai, protocol: mistral}", "backends.servers.1", "needs another name: openai is what"),
        (
            "{name: cloud, protocol: openai}",
            "backends.servers.1",
            "needs another name: cloud is what router.cloud_endpoint is called",
        ),
        ("text", "backends.servers.1", "must be a section with keys such as name, protocol, url"),
        ("", "backends.servers.1", "must be a section with keys such as name, protocol, url"),
    ],
)
def test_a_wrong_server_is_left_out_alone(entry: str, key: str, words: str) -> None:
    found = loaded(of(GOOD, entry, "{name: last, protocol: mistral}"))
    assert [server.name for server in found.settings.backends.servers] == ["good", "last"]
    (problem,) = found.problems
    assert (problem.severity, problem.key, problem.line) == ("error", key, 4)
    assert problem.message.startswith(words)
    assert found.settings.privacy.mode == "strict" and "privacy" not in problem.message


def test_a_misspelt_key_is_told_at_its_line_and_is_no_wish_for_privacy() -> None:
    found = loaded(
        "privacy: {mode: open}\n"
        "backends:\n"
        "  servers:\n"
        "    - name: gpu\n"
        "      protocol: ollama\n"
        "      url: http://gpu\n"
        "      modles: [a]\n"
        "      mode: strict\n"
    )
    assert [str(problem) for problem in found.problems] == [
        f"user.yaml:{line}: backends.servers.0.{name}: there is no such key: "
        "did you mean backends.servers.0.models?"
        for line, name in ((7, "modles"), (8, "mode"))
    ]
    assert found.settings.privacy.mode == "open"


def test_origins_follow_the_servers_that_are_left() -> None:
    found = loaded(of("{name: x}", GOOD))
    assert str(found.origins["backends.servers"]) == "user.yaml:2"
    assert str(found.origins["backends.servers.0"]) == "user.yaml:4"
    assert str(found.origins["backends.servers.0.url"]) == "user.yaml:4"
    assert str(found.origin("backends.servers.0.api_key")) == "default"


@pytest.mark.parametrize(
    "text",
    [
        of(f"{{name: x, protocol: openai, api_key: [{SECRET}]}}"),
        of(f"{{name: x, protocol: openai, key: {SECRET}}}"),
        of(SECRET),
        f"backends: {{servers: {SECRET}}}",
        f"backends: {SECRET}",
        of(f"{{name: x, protocol: openai, url: u, api_key: {SECRET}}}"),
        of(f"{{name: x, protocol: openai, url: 'https://me:{SECRET}@gpu'}}"),
        f"router: {{local_endpoint: 'http://me:{SECRET}@gpu'}}",
        of(f"{{name: x, protocol: openai, api_key: {SECRET}}}"),
    ],
)
def test_a_secret_is_in_no_message(text: str) -> None:
    found = loaded(text)
    assert SECRET not in f"{found!r} {[str(problem) for problem in found.problems]}"


@pytest.mark.parametrize(
    "text",
    [
        "router: {local_endpoint: '${KEY}'}",
        "engine: {threads: '${KEY}'}",
        "privacy: {trusted_hosts: '${KEY}'}",
        "privacy: {folders: {/work: '${KEY}'}}",
        of("{name: x, protocol: '${KEY}'}"),
        of("{name: x, protocol: openai, models: '${KEY}'}"),
        of("{name: x, protocol: openai, url: 'http:/${KEY}'}"),
    ],
)
def test_what_a_variable_holds_is_in_no_message(text: str) -> None:
    found = loaded(text, KEY=SECRET)
    assert "${KEY}" in str(found.errors) and SECRET not in str(found.errors)


@pytest.mark.parametrize(
    "nothing", ["backends: {servers: }", "privacy: {folders: }", "backends:\n  servers: []"]
)
def test_a_list_whose_entries_are_commented_out_is_no_mistake(nothing: str) -> None:
    found = loaded(nothing)
    assert found.problems == () and found.settings.backends.servers == ()


def test_variables_within_a_server() -> None:
    found = loaded(
        of(
            "{name: '${NAME}', protocol: ollama, url: 'http://${HOST}:1', api_key: '${K}', models: ['${M}']}",
            "{name: x, protocol: openai, url: '${GATEWAY}'}",
        ),
        NAME="gpu",
        HOST="10.0.0.1",
    )
    (server,) = found.settings.backends.servers
    assert (server.name, server.url, server.models) == ("gpu", "http://10.0.0.1:1", ())
    assert not server.api_key
    assert [(problem.severity, problem.key, problem.line) for problem in found.problems] == [
        ("note", "backends.servers.0.api_key", 3),
        ("note", "backends.servers.0.models.0", 3),
        ("note", "backends.servers.1.url", 4),
        # Not the provider's own address instead of the gateway that was meant.
        ("error", "backends.servers.1.url", 4),
    ]


def test_only_the_users_own_words_name_servers() -> None:
    entries = [{"name": "evil", "protocol": "openai-compatible", "url": "https://evil"}]
    found = combine(
        [
            Layer(Level.USER, parse("user.yaml", of(GOOD))),
            Layer(Level.EDITOR, Source("editor", {"backends": {"servers": entries}})),
            Layer(Level.WORKSPACE, Source("workspace", {"backends": {"servers": entries}})),
        ],
        {},
    )
    assert [server.name for server in found.settings.backends.servers] == ["good"]
    assert [str(problem.severity) for problem in found.problems] == ["warning", "warning"]
