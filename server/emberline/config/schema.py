"""Every setting, its type, range and default. `config.yaml` documents them; a test holds the two together.

The marks beside the types (rules.py) say what a workspace may do to a setting; without one it may do nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from emberline.config.hosts import is_place
from emberline.config.patterns import is_pattern
from emberline.config.rules import ADD, FORBID, HIGHER, KEEP_OUT, LOWER, REQUIRE, STRICTER, USERS_FILE_ONLY

Mode = Literal["strict", "trusted", "open"]
Wire = Literal[
    "ollama", "lmstudio", "llamacpp", "openai-compatible", "openai", "anthropic", "mistral", "deepseek"
]
"""The wire protocols that backends/ speaks."""
PROVIDERS = ("openai", "anthropic", "mistral", "deepseek")
"""The protocols of providers, which have an address of their own."""
ENDPOINT = "cloud"
"""What `router.cloud_endpoint` is called where it is no provider's."""


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:  # brackets that do not close, letters that stand for a slash
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or not text.isprintable():
        raise ValueError("must be an address that begins with http:// or https://")
    if "@" in parts.netloc:  # it would be shown and logged with the address
        raise ValueError("must hold no user's name and no password: a key has a setting of its own")
    if not is_place(host):
        raise ValueError("must name a host after http:// or https://, or hold its IP address")
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port:
        raise ValueError("must have a port from 1 to 65535, or none")
    return text.rstrip("/")


def _whole(text: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"there is no home folder for {text.partition('/')[0]}") from None
    if not path.is_absolute():
        raise ValueError(
            "must be a whole path (or one that begins with ~): a relative one has no folder here"
        )
    return path


def _file(value: Any) -> Any:
    return _whole(value) if isinstance(value, str) else value


def _folder(text: str) -> str:
    _whole(text)
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _pattern(text: str) -> str:
    if not is_pattern(text):
        raise ValueError("names no file in .gitignore's notation")
    return text


Address = Annotated[str, AfterValidator(_address)]
Name = Annotated[str, AfterValidator(_filled)]
Names = tuple[Name, ...]
Patterns = tuple[Annotated[Name, AfterValidator(_pattern)], ...]
ApiKey = Annotated[SecretStr, Field(strict=False)]
Folder = Annotated[str, AfterValidator(_folder)]


class Section(BaseModel):
    """Immutable, without keys of its own invention, and without guesses ("yes" is no number and no truth)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Completion(Section):
    """What comes while the user types."""

    enabled: Annotated[bool, FORBID] = True
    disabled_languages: Annotated[Names, ADD] = ()
    menu: Annotated[bool, FORBID] = True
    budget_ms: Annotated[int, Field(ge=1, le=10_000)] = 50
    patience_ms: Annotated[int, Field(ge=0, le=60_000)] = 1500
    max_lines: Annotated[int, Field(ge=1, le=64), LOWER] = 8
    alternatives: Annotated[int, Field(ge=1, le=10), LOWER] = 3
    min_confidence: Annotated[float, Field(ge=0, le=1), HIGHER] = 0.5
    prefix_chars: Annotated[int, Field(ge=200, le=200_000), LOWER] = 3000
    suffix_chars: Annotated[int, Field(ge=0, le=200_000), LOWER] = 400
    recall_min_chars: Annotated[int, Field(ge=4, le=200), HIGHER] = 8
    recall_max_mb: Annotated[int, Field(ge=0, le=1024), LOWER] = 20


class Refactor(Section):
    """What the editor's menu of code actions offers."""

    enabled: Annotated[bool, FORBID] = True
    disabled_actions: Annotated[Names, ADD] = ()


class Engine(Section):
    """The embedded engine: llama.cpp in a process that all editor windows share."""

    embedded: Annotated[bool, FORBID] = True
    model: Name = "qwen2.5-coder-0.5b"
    model_path: Annotated[Path | None, BeforeValidator(_file), USERS_FILE_ONLY] = None
    threads: Annotated[Annotated[int, Field(ge=1, le=512)] | None, LOWER] = None
    context_tokens: Annotated[int, Field(ge=512, le=131_072), LOWER] = 4096
    gpu_layers: Annotated[int, Field(ge=0, le=999), LOWER, USERS_FILE_ONLY] = 0
    idle_minutes: Annotated[int, Field(ge=1, le=1440), LOWER] = 15


class Privacy(Section):
    """Where text may go. Whatever is unclear here counts as strict."""

    mode: Annotated[Mode, STRICTER, USERS_FILE_ONLY] = "strict"
    trusted_hosts: Annotated[Names, USERS_FILE_ONLY] = ()
    exclude: Annotated[Patterns, KEEP_OUT, USERS_FILE_ONLY] = ()
    local_only: Annotated[Patterns, KEEP_OUT, USERS_FILE_ONLY] = ()
    folders: Annotated[dict[Folder, Mode], USERS_FILE_ONLY] = {}


class Thresholds(Section):
    """Where the local models' reach ends. Beyond it lies the cloud, so a workspace can only widen it."""

    max_local_context_tokens: Annotated[int, Field(ge=512, le=10_000_000), HIGHER, USERS_FILE_ONLY] = 24_000
    max_tool_chain_length: Annotated[int, Field(ge=1, le=1000), HIGHER, USERS_FILE_ONLY] = 8
    privacy_enforced: Annotated[bool, REQUIRE, USERS_FILE_ONLY] = True


class LocalModels(Section):
    """Models at the local endpoint."""

    default: Annotated[Name, USERS_FILE_ONLY] = "llama3.1:8b"
    high_precision: Annotated[Name, USERS_FILE_ONLY] = "qwen2.5:14b"
    quantization: Annotated[Name, USERS_FILE_ONLY] = "Q4_K_M"


class CloudModels(Section):
    """Models at the cloud endpoint."""

    default: Annotated[Name, USERS_FILE_ONLY] = "gpt-4o"
    fallback: Annotated[Name, USERS_FILE_ONLY] = "claude-3-5-sonnet"


class ModelRouting(Section):
    """Which model for what."""

    local: LocalModels = LocalModels()
    cloud: CloudModels = CloudModels()


class HealthCheck(Section):
    """How often a backend is asked whether it is there. Impatience would send more to the cloud."""

    interval_seconds: Annotated[float, Field(gt=0, le=86_400), USERS_FILE_ONLY] = 30
    timeout_ms: Annotated[int, Field(ge=1, le=600_000), USERS_FILE_ONLY] = 2000
    retry_count: Annotated[int, Field(ge=0, le=100), USERS_FILE_ONLY] = 2


class Validation(Section):
    """How strictly a model's structured answer is taken."""

    strict_json: Annotated[bool, REQUIRE, USERS_FILE_ONLY] = True
    max_retries_on_failure: Annotated[int, Field(ge=0, le=20), LOWER, USERS_FILE_ONLY] = 3
    temperature_reduction: Annotated[float, Field(ge=0, le=2)] = 0.1


class Router(Section):
    """Local or cloud: the seed's own section."""

    local_endpoint: Annotated[Address, USERS_FILE_ONLY] = "http://localhost:11434"
    cloud_endpoint: Annotated[Address, USERS_FILE_ONLY] = "https://api.openai.com/v1"
    cloud_api_key: Annotated[ApiKey | None, USERS_FILE_ONLY] = None
    thresholds: Thresholds = Thresholds()
    model_routing: ModelRouting = ModelRouting()
    health_check: HealthCheck = HealthCheck()
    validation: Validation = Validation()


class Named(Section):
    """One of a list, told apart by its name."""

    name: Name


class Server(Named):
    """A model server that is not found by itself, or a cloud provider."""

    protocol: Wire
    url: Address | None = None
    api_key: ApiKey | None = None
    models: Names = ()

    @model_validator(mode="after")
    def _has_a_name_of_its_own(self) -> Server:
        # Keys go by name: one for a provider must not reach a gateway, nor the gateway's the provider.
        is_provider = self.name in PROVIDERS and self.name == self.protocol and self.url is None
        if self.name in (*PROVIDERS, ENDPOINT) and not is_provider:
            where = "router.cloud_endpoint" if self.name == ENDPOINT else "the provider at its own address"
            raise ValueError(f"needs another name: {self.name} is what {where} is called")
        return self

    @model_validator(mode="after")
    def _is_somewhere(self) -> Server:
        if self.url is None and self.protocol not in PROVIDERS:
            raise ValueError(f"needs a url: only {', '.join(PROVIDERS)} have an address of their own")
        return self


class Backends(Section):
    """Other model servers: this machine's, the user's own hosts', a cloud's."""

    discover: Annotated[bool, FORBID] = True
    keep_alive_minutes: Annotated[int, Field(ge=1, le=1440), LOWER, USERS_FILE_ONLY] = 30
    servers: Annotated[tuple[Server, ...], USERS_FILE_ONLY] = ()


class Budget(Section):
    """What the cloud may cost."""

    usd_per_month: Annotated[float, Field(ge=0, le=1_000_000), LOWER, USERS_FILE_ONLY] = 10
    usd_per_day: Annotated[Annotated[float, Field(ge=0, le=1_000_000)] | None, LOWER, USERS_FILE_ONLY] = None
    usd_per_request: Annotated[float, Field(ge=0, le=10_000), LOWER, USERS_FILE_ONLY] = 1
    unknown_price_usd: Annotated[Annotated[float, Field(ge=0, le=10_000)] | None, USERS_FILE_ONLY] = None


class Memory(Section):
    """How full the machine's memory may become."""

    limit_percent: Annotated[int, Field(ge=10, le=100), LOWER, USERS_FILE_ONLY] = 85


class Observe(Section):
    """What is kept of every request: figures and names, never text.

    The month's spending is counted from it, so who could end it could spend more.
    """

    ledger: Annotated[bool, USERS_FILE_ONLY] = True
    keep_days: Annotated[int, Field(ge=1, le=3650), USERS_FILE_ONLY] = 400
    metrics_port: Annotated[Annotated[int, Field(ge=1024, le=65_535)] | None, USERS_FILE_ONLY] = None


class Gateway(Section):
    """`emberline gateway`: the router for other programs on this machine."""

    port: Annotated[int, Field(ge=1, le=65_535), USERS_FILE_ONLY] = 11435
    api_key: Annotated[ApiKey | None, USERS_FILE_ONLY] = None


class Settings(Section):
    """The whole configuration."""

    completion: Completion = Completion()
    refactor: Refactor = Refactor()
    engine: Engine = Engine()
    privacy: Privacy = Privacy()
    router: Router = Router()
    backends: Backends = Backends()
    budget: Budget = Budget()
    memory: Memory = Memory()
    observe: Observe = Observe()
    gateway: Gateway = Gateway()
