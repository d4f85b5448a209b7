"""Secrets inside ordinary text stay at home: placeholders travel in their place, and are put back in answers.

Only what has the form of a secret is replaced: a provider's own key format, a private key, a password in a
URL, or a literal that is assigned to something named like a secret and looks random. A table of formats
(each provider documents its own), not a model and not entropy alone: ordinary code must pass untouched.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_HEAD = "EMBERLINE_SECRET_"
_TAIL = "X"
"""Behind the number, so that a digit that follows in the text is none of it."""
_DIGITS = 9
_PLACEHOLDER = re.compile(f"{_HEAD}([0-9]{{1,{_DIGITS}}}){_TAIL}")


_STAND_INS = frozenset(
    (
        "change", "changeme", "changeit", "dummy", "example", "fake", "foo", "insert", "mock", "mysecret",
        "none", "null", "placeholder", "redacted", "replace", "sample", "test", "testing", "todo", "xxx",
        "xxxx", "xxxxx", "xxxxxx", "xxxxxxxx", "your",
    )
)  # fmt: skip
"""Words in a value that stands where a secret will be."""
_WORDS = re.compile(r"[a-z]+")
_TEMPLATE = re.compile(
    r"^<.*>$|^\[.*\]$|^\{.*\}$|^\$\w+$|^%\w+%$|\$[{(]|\{\w*\}|%\(\w+\)|%s|\*{4}|\.{3}", re.ASCII
)
_ORDINARY = re.compile(r"pass(w(or)?d)?|secret|token|user(name)?|admin|root|postgres|guest", re.IGNORECASE)


def _is_chosen(value: str) -> bool:
    """Whether someone chose it: no template, no look-up, no "changeme", no example, no word for itself."""
    return not (
        _TEMPLATE.search(value)
        or _ORDINARY.fullmatch(value)
        or not _STAND_INS.isdisjoint(_WORDS.findall(value.lower()))
    )


def _is_key(value: str) -> bool:
    """Whether it is a key and not the example of one, as documentation has it."""
    lowered = value.lower()
    return "example" not in lowered and "xxxx" not in lowered and _bits(value) >= 2.5


def _has_key(value: str) -> bool:
    """Whether more than the header of a private key is there."""
    return _BASE64.search(value) is not None


_BASE64 = re.compile(r"[A-Za-z0-9+/=]{32}")


def _looks_random(value: str) -> bool:
    """Whether it was chosen to be hard to guess: no name, no path, no sentence.

    Letters with digits or with marks that names do not have, and at least 3 bits a character.
    """
    letters = any(map(str.isalpha, value))
    others = any(map(str.isdigit, value)) or any(mark in value for mark in "!@#$%^&*+=?~")
    return letters and others and _bits(value) >= 3.0 and _is_chosen(value)


def _is_random(value: str) -> bool:
    """The same without quotes around it, where code could stand: several digits, and hardly a repetition."""
    digits = sum(map(str.isdigit, value))
    is_name = "://" in value or value.startswith(("/", "./", "~")) or _DOTTED.fullmatch(value)
    return digits >= 3 and not is_name and _bits(value) >= 3.5 and _looks_random(value)


_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


def _bits(value: str) -> float:
    """Shannon's entropy of its characters, in bits a character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


@dataclass(frozen=True, slots=True)
class Form:
    """What a secret of one kind looks like.

    The text is searched for the literal `mark` first, which costs next to nothing, and `pattern` is tried
    only there. The secret is the pattern's group 1, or all of it. No pattern may go back over what it has
    read (possessive or bounded repetition), so that the search stays linear in the text.
    """

    kind: str
    mark: str
    pattern: re.Pattern[str]
    is_real: Callable[[str], bool] = _is_key

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where such secrets stand."""
        at = text.find(self.mark)
        while at >= 0:
            found = self.pattern.match(text, at)
            if found is not None and self.is_real(found[found.lastindex or 0]):
                yield found.span(found.lastindex or 0)
                at = text.find(self.mark, found.end())
            else:
                at = text.find(self.mark, at + len(self.mark))


def _key(kind: str, mark: str, rest: str) -> Form:
    """A key that is told by how it begins; it does not begin in the middle of a word."""
    return Form(kind, mark, re.compile(rf"(?<![A-Za-z0-9]){re.escape(mark)}{rest}"))


_FORMS = (
    *(_key("AWS key id", mark, r"[A-Z2-7]{16}(?![A-Za-z0-9])") for mark in ("AKIA", "ASIA", "ABIA", "ACCA")),
    _key("Google API key", "AIza", r"[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    _key("Google OAuth secret", "GOCSPX-", r"[A-Za-z0-9_-]{28}"),
    _key("Google OAuth token", "ya29.", r"[A-Za-z0-9_-]{30,}+"),
    _key("Azure account key", "AccountKey=", r"([A-Za-z0-9+/]{86}==)"),
    _key("Azure access key", "SharedAccessKey=", r"([A-Za-z0-9+/]{43}=)"),
    _key("Azure signature", "sig=", r"([A-Za-z0-9%]{43,128}+)"),
    *(_key("GitHub token", f"gh{kind}_", r"[A-Za-z0-9]{36,255}+") for kind in "pousr"),
    _key("GitHub token", "github_pat_", r"[A-Za-z0-9_]{50,255}+"),
    *(
        _key("GitLab token", f"gl{kind}-", r"[A-Za-z0-9_-]{20,255}+")
        for kind in ("pat", "dt", "rt", "cbt", "ptt", "ft", "imt", "agent", "oas", "soat")
    ),
    *(_key("Slack token", f"xox{kind}-", r"[A-Za-z0-9-]{20,255}+") for kind in "abceoprs"),
    _key("Slack token", "xapp-", r"[0-9]-[A-Za-z0-9-]{20,255}+"),
    _key("Slack webhook", "hooks.slack.com/", r"(?:services|workflows|triggers)/([A-Za-z0-9/_+-]{30,255}+)"),
    *(
        _key("Stripe key", f"{kind}_{mode}_", r"[A-Za-z0-9]{16,255}+")
        for kind in ("sk", "rk")
        for mode in ("live", "test")
    ),
    _key("Stripe webhook secret", "whsec_", r"[A-Za-z0-9+/=]{32,255}+"),
    _key("npm token", "npm_", r"[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    _key("PyPI token", "pypi-", r"AgE[A-Za-z0-9_-]{50,}+"),
    _key("Anthropic key", "sk-ant-", r"[A-Za-z0-9_-]{20,}+"),
    *(
        _key("OpenAI key", f"sk-{kind}-", r"[A-Za-z0-9_-]{20,}+")
        for kind in ("proj", "svcacct", "admin", "or-v1")
    ),
    _key("API key", "sk-", r"[A-Za-z0-9]{32,}+(?![_-])"),
    _key("Hugging Face token", "hf_", r"[A-Za-z0-9]{34,}+"),
    _key("Groq key", "gsk_", r"[A-Za-z0-9]{40,}+"),
    _key("xAI key", "xai-", r"[A-Za-z0-9]{60,}+"),
    _key("Perplexity key", "pplx-", r"[A-Za-z0-9]{40,}+"),
    _key("SendGrid key", "SG.", r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _key("Databricks token", "dapi", r"[a-f0-9]{32}(?:-[0-9])?"),
    *(_key("DigitalOcean token", f"do{kind}_v1_", r"[a-f0-9]{64}") for kind in "opr"),
    *(_key("Vault token", f"hv{kind}.", r"[A-Za-z0-9_-]{24,}+") for kind in "sbr"),
    *(_key("Shopify token", f"shp{kind}_", r"[a-fA-F0-9]{32}") for kind in ("at", "ca", "pa", "ss")),
    _key("Docker token", "dckr_pat_", r"[A-Za-z0-9_-]{20,}+"),
    _key("age key", "AGE-SECRET-KEY-1", r"[0-9A-Z]{58}"),
    Form(
        "JSON web token",
        "eyJ",
        re.compile(r"(?<![\w.-])eyJ[\w-]{8,}+\.eyJ[\w-]{8,}+\.[\w-]{16,}+", re.ASCII),
    ),
    Form("bearer token", "Bearer ", re.compile(r"Bearer ([A-Za-z0-9._~+/-]{16,}+=*+)"), _is_random),
    Form("basic authorization", "Basic ", re.compile(r"Basic ([A-Za-z0-9+/]{16,}+=*+)"), _is_random),
    Form(
        # An end that is not there was cut off: the rest is as secret. In source code there may be quotes
        # around each line, and `\\n` for its end.
        "private key",
        "-----BEGIN ",
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
            # Not possessive: Python before 3.11.5 loses its place in such groups. Nothing here is slow: the
            # parts exclude each other, and two dashes end them.
            r"(?:(?:[A-Za-z0-9+/=\s\\:,.\"'()]|-(?!-))*-----END [A-Z0-9 ]{1,60}-----"
            r"|(?:[A-Za-z0-9+/=\s\\:,.]|-(?!-))*)"
        ),
        _has_key,
    ),
    Form(
        "password in a URL",
        "://",
        re.compile(r"""://[^\s/:@"'`<>]{0,128}+:([^\s/@"'`<>]{3,256}+)@"""),
        _is_chosen,
    ),
)

_NAMES = ("password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "key")
_KINDS_OF_KEY = re.compile(
    r"(?:api|access|auth|account|private|secret|signing|encryption|master|shared)[_-]?$", re.IGNORECASE
)
"""What stands before "key" where it is a secret: any other key is one of a mapping."""
_ASSIGNED = re.compile(
    r"""
    [sS]? ["'\]]{0,2} [ \t]{0,8}+
    (?: : [ \t]{0,4}+ [A-Za-z_][\w.\[\] |]{0,40}? [ \t]{0,4} (?==) )?  # a type: `password: str = …`
    (?: :=|=>|[:=] ) (?![=>]) [ \t]{0,8}+
    (?: (?P<quote>["'`]) (?P<literal>[^"'`\s]{8,256}+) (?P=quote)
      | (?P<bare>[^\s"'`,;(){}\[\]<>]{12,256}+) (?=["'`] | [ \t\r]{0,8}+ $) )
    """,
    re.VERBOSE | re.MULTILINE,
)
"""A value behind a name that ends like a secret's: quoted, or the rest of its line (YAML, .properties)."""


def _assigned(text: str) -> Iterator[tuple[int, int]]:
    lowered = text.replace("İ", "i").lower()  # the one letter whose small form is longer
    for name in _NAMES:
        at = lowered.find(name)
        while at >= 0:
            end = at + len(name)
            found = _ASSIGNED.match(text, end)
            if found and (name != "key" or _KINDS_OF_KEY.search(text[max(0, at - 11) : at])):
                if found["literal"] and _looks_random(found["literal"]):
                    yield found.span("literal")
                elif found["bare"] and _is_random(found["bare"]):
                    yield found.span("bare")
            at = lowered.find(name, end)


def secrets_in(text: str) -> list[tuple[int, int]]:
    """Where secrets stand: spans in order that do not overlap. Linear in the text's length."""
    spans = [span for form in _FORMS for span in form.spans(text)]
    return _merged([*spans, *_assigned(text)])


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


_SOUGHT = 100
"""So many known secrets are looked for wherever they stand; each costs one pass over the text."""
_TELLING = 10
"""A shorter one may be an ordinary word elsewhere."""


class Vault:
    """The secrets of one request. The same secret has the same placeholder throughout.

    Hide whole texts before they are cut to a window: half a secret has no form. A text that happens to hold
    the spelling of a placeholder is safe: the spelling is hidden like a secret, and comes back as it was.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._secrets: list[str] = []

    def __len__(self) -> int:
        """How many secrets it keeps."""
        return len(self._secrets)

    def hide(self, text: str) -> str:
        """The text with placeholders where secrets stood, also where only their value is repeated."""
        found = secrets_in(text)
        known = dict.fromkeys((*self._secrets, *(text[start:end] for start, end in found)))
        telling = [secret for secret in known if len(secret) >= _TELLING][:_SOUGHT]
        repeated = [span for secret in telling for span in _occurrences(text, secret)]
        spelt = [match.span() for match in _PLACEHOLDER.finditer(text)]
        parts: list[str] = []
        done = 0
        for start, end in _merged([*found, *repeated, *spelt]):
            parts += (text[done:start], self._placeholder(text[start:end]))
            done = end
        return "".join((*parts, text[done:]))

    def reveal(self, text: str) -> str:
        """The text with the secrets put back. In JSON text use `reveal_json`."""
        return _PLACEHOLDER.sub(self._secret, text)

    def reveal_json(self, text: str) -> str:
        """The same for JSON that is not parsed yet: secrets come back as they are written in its strings."""
        return _PLACEHOLDER.sub(self._secret_in_json, text)

    def revealer(self) -> Revealer:
        """For an answer that comes in pieces."""
        return Revealer(self.reveal)

    def json_revealer(self) -> Revealer:
        """For JSON that comes in pieces."""
        return Revealer(self.reveal_json)

    def _placeholder(self, secret: str) -> str:
        number = self._numbers.setdefault(secret, len(self._secrets))
        if number == len(self._secrets):
            self._secrets.append(secret)
        return f"{_HEAD}{number + 1}{_TAIL}"

    def _secret(self, placeholder: re.Match[str]) -> str:
        number = int(placeholder[1]) - 1
        # `01` is no number that was given out, so its spelling stays.
        is_ours = 0 <= number < len(self._secrets) and placeholder[1] == str(number + 1)
        return self._secrets[number] if is_ours else placeholder[0]

    def _secret_in_json(self, placeholder: re.Match[str]) -> str:
        return json.dumps(self._secret(placeholder), ensure_ascii=False)[1:-1]


def _occurrences(text: str, secret: str) -> Iterator[tuple[int, int]]:
    at = text.find(secret)
    while at >= 0:
        yield at, at + len(secret)
        at = text.find(secret, at + len(secret))


class Revealer:
    """Puts secrets back in a text that comes in pieces; holds back only what may become a placeholder."""

    def __init__(self, reveal: Callable[[str], str]) -> None:
        self._reveal = reveal
        self._held = ""

    def feed(self, piece: str) -> str:
        """The next piece of the answer, as far as it can be told yet."""
        text = self._held + piece
        ready = len(text) - _unfinished(text)
        self._held = text[ready:]
        return self._reveal(text[:ready])

    def flush(self) -> str:
        """The rest: the answer has ended."""
        held, self._held = self._held, ""
        return held


def _unfinished(text: str) -> int:
    """How many characters at the end could be the beginning of a placeholder."""
    for length in range(min(len(text), len(_HEAD) + _DIGITS), 0, -1):
        end = text[-length:]
        if _HEAD.startswith(end) or (end.startswith(_HEAD) and end[len(_HEAD) :].isdecimal()):
            return length
    return 0
