"""Secrets stay at home: what counts as one, and that every text comes back as it was."""

from __future__ import annotations

import json
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.privacy.secrets import Vault, secrets_in

_RANDOM = random.Random(7)


def _some(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Made here, so that no scanner finds a key in this repository."""
    return "".join(_RANDOM.choice(alphabet) for _ in range(length))


_BASE64 = string.ascii_letters + string.digits + "+/"
_PEM = f"-----BEGIN RSA PRIVATE {'KEY'}-----\n" + "\n".join(_some(64, _BASE64) for _ in range(5))

SECRETS = {
    "AWS key id": "AKIA" + _some(16, string.ascii_uppercase + "234567"),
    "Google API key": "AIza" + _some(35),
    "Google OAuth secret": "GOCSPX-" + _some(28),
    "GitHub token": "ghp_" + _some(36),
    "GitHub fine-grained token": "github_pat_" + _some(22) + "_" + _some(59),
    "GitLab token": "glpat-" + _some(20),
    "Slack token": "xoxb-" + _some(12, string.digits) + "-" + _some(24),
    "Stripe key": "sk_live_" + _some(24),
    "npm token": "npm_" + _some(36),
    "PyPI token": "pypi-AgEIcHlwaS5vcmc" + _some(60),
    "Anthropic key": "sk-ant-api03-" + _some(93),
    "OpenAI project key": "sk-proj-" + _some(60),
    "older OpenAI key": "sk-" + _some(48),
    "Hugging Face token": "hf_" + _some(34),
    "SendGrid key": "SG." + _some(22) + "." + _some(43),
    "JSON web token": f"eyJ{_some(20)}.eyJ{_some(60)}.{_some(43)}",
    "private key": f"{_PEM}\n-----END RSA PRIVATE KEY-----",
    "private key in JSON": f"{_PEM}\n-----END RSA PRIVATE KEY-----\n".replace("\n", "\\n").rstrip("\\n"),
    "private key cut off": _PEM,
}

IN_CONTEXT = {
    "url": ("postgres://app:{}@db.example.net:5432/app", "q7Rtz!pw"),
    "Azure storage": ("AccountName=x;AccountKey={};EndpointSuffix=core", _some(86, _BASE64) + "=="),
    "Azure signature": ("https://x.blob.core.windows.net/c?sv=1&sig={}&se=2", _some(43) + "%3D"),
    "Slack webhook": ("https://hooks.slack.com/services/{}", f"T{_some(8)}/B{_some(8)}/{_some(24)}"),
    "keyword argument": ('connect(host, password="{}")', "tr0ub4dor&3xyz"),
    "typed constant": ('API_KEY: Final[str] = "{}"', "9f8e7d6c5b4a39281706"),
    "JSON": ('{{"client_secret": "{}", "id": 3}}', "a1b2c3d4-e5f6g7h8"),
    "subscript": ("os.environ['DB_PASSWORD'] = '{}'", "Wint3rIsHere!"),
    "Ruby": ("secret_key => '{}'", "zq81pmxn20vbty"),
    "Go": ("authToken := `{}`", "zq81pmxn20vbty"),
    "YAML": ("  POSTGRES_PASSWORD: {}\n  other: x", "hK29fPq81LmZ0xW4"),
    "properties": ("aws_secret_access_key={}\r\nregion=eu", _some(40, _BASE64[:-2])),
    "header": ("curl -H 'Authorization: Bearer {}' https://api", "k81Zx0pQ92mNvb37LsTy"),
    "after a letter that grows in lower case": ('İİ password = "{}"', "tr0ub4dor&3xyz"),
}

ORDINARY = (
    'password = os.environ["DB_PASSWORD"]',
    'password = getpass("Password: ")',
    'token = "access_token"',
    'api_key = "OPENAI_API_KEY"',
    'api_key = "${OPENAI_API_KEY}"',
    'api_key = "<your-key-here-123>"',
    'password = "changeme123"',
    'secret = "{secret_2}"',
    'pad_token = "<|fim_pad_0|>"',
    'if token == "identifier_2a!":',
    'key = "a1b2c3d4e5f6g7h8"',
    "tokens: list[str] = tokenize(text_2024)",
    "private_key = settings.keys2024.primary1",
    "postgres://user:password@localhost/db",
    "postgres://user:${DB_PASSWORD}@localhost/db",
    "https://example.net:8080/a@b",
    "AKIAIOSFODNN7EXAMPLE",
    'if "-----BEGIN RSA PRIVATE KEY-----" in text: return load(text)',
    "sha256 = '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32'",
    "sk-learn-is-a-package-with-a-long-name",
    "Basic authentication is explained below",
)


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_key_is_told_by_its_form(secret: str) -> None:
    text = f'value = "{secret}"\n'
    hidden = Vault().hide(text)
    assert hidden == 'value = "EMBERLINE_SECRET_1X"\n'


@pytest.mark.parametrize(("template", "secret"), IN_CONTEXT.values(), ids=IN_CONTEXT)
def test_a_value_is_told_by_its_place(template: str, secret: str) -> None:
    vault = Vault()
    assert vault.hide(template.format(secret)) == template.format("EMBERLINE_SECRET_1X")
    assert len(vault) == 1


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_code_passes(text: str) -> None:
    assert secrets_in(text) == []


def test_one_secret_has_one_placeholder_in_all_texts_and_places() -> None:
    vault = Vault()
    first = vault.hide('password = "tr0ub4dor&3xyz"\nother_secret = "zq81pmxn20vbty"\n')
    second = vault.hide("login('ann', 'tr0ub4dor&3xyz')  # no name tells it here\n")
    assert first == 'password = "EMBERLINE_SECRET_1X"\nother_secret = "EMBERLINE_SECRET_2X"\n'
    assert second == "login('ann', 'EMBERLINE_SECRET_1X')  # no name tells it here\n"


def test_answers_get_their_secrets_back_and_invented_ones_do_not() -> None:
    vault = Vault()
    vault.hide('password = "tr0ub4dor&3xyz"')
    answer = "use(EMBERLINE_SECRET_1X, EMBERLINE_SECRET_2X, EMBERLINE_SECRET_01X, EMBERLINE_SECRET_1)"
    assert vault.reveal(answer) == answer.replace("EMBERLINE_SECRET_1X", "tr0ub4dor&3xyz")


def test_json_stays_json() -> None:
    vault = Vault()
    text = f'key = """{SECRETS["private key"]}"""'
    written = json.dumps({"text": vault.hide(text)})
    assert json.loads(vault.reveal_json(written)) == {"text": text}
    revealer = vault.json_revealer()
    streamed = "".join(map(revealer.feed, written)) + revealer.flush()
    assert json.loads(streamed) == {"text": text}


# Texts made of what could be confused: secrets, placeholders, their parts, and anything else.
PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        (
            "EMBERLINE_SECRET_1X",
            "EMBERLINE_SECRET_2X",
            "EMBERLINE_SECRET_",
            "EMBERLINE_",
            "1X",
            "2",
            "E",
            'password = "tr0ub4dor&3xyz"',
            "tr0ub4dor&3xyz",
            SECRETS["GitHub token"],
            SECRETS["private key"],
            "postgres://app:q7Rtz!pw@db",
            "\n",
        )
    ),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@given(st.lists(TEXTS, max_size=4))
def test_what_was_hidden_comes_back_as_it_was(texts: list[str]) -> None:
    vault = Vault()
    hidden = [vault.hide(text) for text in texts]
    assert [vault.reveal(text) for text in hidden] == texts


@given(TEXTS, st.lists(st.integers(1, 30), max_size=40))
def test_a_stream_reveals_what_the_whole_would(text: str, sizes: list[int]) -> None:
    vault = Vault()
    hidden = vault.hide('password = "tr0ub4dor&3xyz"') + text
    revealer = vault.revealer()
    revealed, at = "", 0
    for size in (*sizes, len(hidden)):
        revealed += revealer.feed(hidden[at : at + size])
        at += size
    assert revealed + revealer.flush() == vault.reveal(hidden)


@pytest.mark.parametrize(
    ("piece", "at_once"),
    [
        ("def f():", "def f():"),
        ("return E", "return "),
        ("x = EMBERLINE_SEC", "x = "),
        ("EMBERLINE_SECRET_12", ""),
        ("EMBERLINE_SECRET_X", "EMBERLINE_SECRET_X"),
        ("EMBERLINE_SECURE", "EMBERLINE_SECURE"[:-1]),
    ],
)
def test_a_stream_holds_back_only_what_may_become_a_placeholder(piece: str, at_once: str) -> None:
    revealer = Vault().revealer()
    assert revealer.feed(piece) == at_once
    assert revealer.flush() == piece[len(at_once) :]
