"""What is known of servers, painted as candidates. Nobody is asked anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emberline.backends.health import Standing, View
from emberline.config.schema import CloudModels, LocalModels, ModelRouting
from emberline.models.fim import QWEN
from emberline.models.info import Capability, KvShape, ModelInfo, Warmth
from emberline.models.planner import Gpu, Machine
from emberline.privacy.labels import Place
from emberline.routing import paint
from emberline.routing.fleet import EMBEDDED, Candidate, Health, Role, Speed
from emberline.routing.paint import Ground, Known
from emberline.routing.posts import Post

GB = 10**9
UP = View(Standing.UP)
LOCAL = Post("ollama", "ollama", "http://127.0.0.1:11434", Place.MACHINE)
CLOUD = Post("openai", "openai", "https://api.openai.com/v1", Place.CLOUD)
ROUTING = ModelRouting(
    local=LocalModels(default="llama3.1:8b", high_precision="qwen2.5:14b"),
    cloud=CloudModels(default="gpt-4o", fallback="claude-3-5-sonnet"),
)
LAPTOP = Machine(16 * GB, 12 * GB)


def model(name: str, billions: float = 8.0, warmth: Warmth = Warmth.COLD) -> ModelInfo:
    """One in Q4_K_M, some 0.6 GB for each billion."""
    size = int(billions * 0.6 * GB)
    return ModelInfo(
        name,
        warmth=warmth,
        quantization="Q4_K_M",
        parameters=billions,
        size_bytes=size,
        kv=KvShape(32, 8, 128, 128),
    )


def warm(name: str, billions: float = 1.0) -> ModelInfo:
    return model(name, billions, Warmth.WARM)


def inserting(info: ModelInfo) -> ModelInfo:
    return replace(info, capabilities=info.capabilities | {Capability.INFILL})


def seen(post: Post, *listed: ModelInfo, ground: Ground | None = None, **known: bool) -> dict[str, Candidate]:
    """By the model's name."""
    server = Known(post, UP, listed, **known)
    return {each.model.name: each for each in paint.painted((server,), ground or Ground(ROUTING))}


@pytest.mark.parametrize("standing", Standing)
def test_health_and_trouble_are_the_servers(standing: Standing) -> None:
    (only,) = paint.painted((Known(LOCAL, View(standing, "why"), (model("a"),)),), Ground())
    expected = {"RESTING": "TRIPPED"}.get(standing.name, standing.name)
    assert (only.health, only.trouble) == (Health[expected], "why")
    assert (only.key, only.protocol, only.address) == ("ollama/a", "ollama", LOCAL.url)


@pytest.mark.parametrize(
    ("name", "place", "role"),
    [
        ("llama3.1:8b", Place.MACHINE, Role.LOCAL_DEFAULT),
        ("qwen2.5:14b", Place.HOST, Role.LOCAL_PRECISE),
        ("llama3.1:70b", Place.MACHINE, Role.NONE),
        ("gpt-4o", Place.MACHINE, Role.NONE),  # a cloud's name on this machine is another model
        ("gpt-4o", Place.CLOUD, Role.CLOUD_DEFAULT),
        ("gpt-4o-2024-11-20", Place.CLOUD, Role.CLOUD_DEFAULT),
        ("gpt-4o-mini", Place.CLOUD, Role.NONE),
        ("claude-3-5-sonnet-latest", Place.CLOUD, Role.CLOUD_FALLBACK),
        ("llama3.1:8b", Place.CLOUD, Role.NONE),
    ],
)
def test_roles(name: str, place: Place, role: Role) -> None:
    assert paint.role_of(name, place, ROUTING) is role


def test_a_name_without_a_tag_is_the_latest() -> None:
    routing = ModelRouting(local=LocalModels(default="mistral"))
    assert paint.role_of("mistral:latest", Place.MACHINE, routing) is Role.LOCAL_DEFAULT
    assert paint.role_of("mistral:7b", Place.MACHINE, routing) is Role.NONE


@pytest.mark.parametrize(
    ("wanted", "listed", "found"),
    [
        ("gpt-4o", ("gpt-4o-2024-05-13", "gpt-4o", "gpt-4o-2024-11-20"), "gpt-4o"),
        ("gpt-4o", ("gpt-4o-2024-05-13", "gpt-4o-2024-11-20", "gpt-4o-mini"), "gpt-4o-2024-11-20"),
        ("claude-3-5-sonnet", ("claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022"), "…-20241022"),
        ("claude-3-5-sonnet", ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-latest"), "…-latest"),
        ("mistral", ("mistral-large-2411", "mistral:latest"), "mistral:latest"),
        ("gpt-4o", ("gpt-4o-mini", "gpt-4o-audio-preview"), None),
    ],
)
def test_the_newest_dated_version_stands_for_a_name(
    wanted: str, listed: tuple[str, ...], found: str | None
) -> None:
    newest = paint.newest(wanted, tuple(ModelInfo(name) for name in listed))
    assert (newest and newest.name) == (found and found.replace("…", wanted))


def test_of_a_cloud_the_routings_models_count_and_of_a_server_all_that_talk() -> None:
    embedding = ModelInfo("embed", frozenset((Capability.EMBED,)))
    listed = (ModelInfo("gpt-4o-2024-11-20"), ModelInfo("o1"), ModelInfo("claude-3-5-sonnet"), embedding)
    assert list(seen(CLOUD, *listed)) == ["gpt-4o-2024-11-20", "claude-3-5-sonnet"]
    assert list(seen(LOCAL, *listed)) == ["gpt-4o-2024-11-20", "o1", "claude-3-5-sonnet"]
    assert list(seen(replace(LOCAL, only=("o1", "gone", "embed")), *listed)) == ["o1"]
    assert list(seen(replace(CLOUD, only=("o1",)), *listed)) == ["o1"]


def test_who_has_said_nothing_is_taken_at_the_users_word() -> None:
    def names(post: Post, **hosted: tuple[str, ...]) -> list[str]:
        found = paint.painted((Known(post, View()),), Ground(ROUTING, hosted=hosted))
        assert all(each.model.warmth is Warmth.HOSTED for each in found if each.place is Place.CLOUD)
        return [each.model.name for each in found]

    assert names(LOCAL) == []
    assert names(replace(LOCAL, only=("a", "b"))) == ["a", "b"]
    assert names(replace(CLOUD, only=("o1",)), openai=("gpt-4o",)) == ["o1"]
    assert names(CLOUD) == ["gpt-4o"]  # as long as nobody knows better
    claude = replace(CLOUD, name="anthropic", protocol="anthropic")
    assert names(claude, openai=("gpt-4o",), anthropic=("claude-3-5-sonnet",)) == ["claude-3-5-sonnet"]


def test_the_price_data_knows_who_hosts_what() -> None:
    hosted = paint.hosted(ROUTING.cloud)
    assert hosted["openai"] == ("gpt-4o",)
    assert hosted["anthropic"] == ("claude-3-5-sonnet",)
    assert hosted["mistral"] == hosted["deepseek"] == ()


def test_what_a_local_server_passes_on_is_in_the_cloud() -> None:
    remote = replace(model("gpt-oss:120b-cloud", 120), remote_host="https://ollama.com")
    found = seen(LOCAL, remote, model("llama3.1:8b"), ground=Ground(ROUTING, machine=LAPTOP))
    passed, here = found["gpt-oss:120b-cloud"], found["llama3.1:8b"]
    assert (passed.place, passed.metered, passed.fits, passed.evicts) == (Place.CLOUD, True, True, "")
    assert (here.place, here.metered, here.role) == (Place.MACHINE, False, Role.LOCAL_DEFAULT)


@pytest.mark.parametrize(
    ("wanted", "post", "machine", "limit", "fits"),
    [
        (model("a", 8), LOCAL, LAPTOP, 85, True),
        (model("a", 70), LOCAL, LAPTOP, 85, False),
        (model("a", 14), LOCAL, LAPTOP, 85, True),
        (model("a", 14), LOCAL, LAPTOP, 50, False),
        (model("a", 70, Warmth.WARM), LOCAL, LAPTOP, 85, True),  # it has its memory
        (model("a", 70), LOCAL, None, 85, True),  # nobody has looked
        (model("a", 70), replace(LOCAL, place=Place.HOST), LAPTOP, 85, True),
        (ModelInfo("a"), LOCAL, LAPTOP, 85, True),  # of unknown size
        (
            model("a", 14),
            LOCAL,
            replace(LAPTOP, ram_available=4 * GB, gpus=(Gpu(24 * GB, 23 * GB),)),
            85,
            True,
        ),
    ],
)
def test_whether_it_fits(
    wanted: ModelInfo, post: Post, machine: Machine | None, limit: float, fits: bool
) -> None:
    found = seen(post, wanted, ground=Ground(machine=machine, limit_percent=limit))
    assert found["a"].fits is fits


SMALL, TYPES = warm("small"), inserting(warm("types"))


@pytest.mark.parametrize(
    ("loaded", "keeps_one", "typed_by", "evicts"),
    [
        ((), True, "", ""),
        ((SMALL,), True, "", "small"),  # LM Studio: one at a time
        ((SMALL,), False, "", ""),  # Ollama: as long as there is room, up to three
        ((SMALL, warm("b"), warm("c")), False, "", "small"),
        ((SMALL, TYPES, warm("c")), False, "", "types"),  # it could serve typing
        ((SMALL, TYPES, warm("c")), False, "ollama/c", "c"),  # it does
        ((SMALL, replace(warm("raw"), fim=QWEN)), True, "", "raw"),
        ((SMALL, TYPES), True, "elsewhere/small", "types"),
        ((SMALL, warm("wanted"), TYPES), True, "", ""),  # it is loaded itself
    ],
)
def test_what_it_throws_out(
    loaded: tuple[ModelInfo, ...], keeps_one: bool, typed_by: str, evicts: str
) -> None:
    listed = loaded if any(each.name == "wanted" for each in loaded) else (*loaded, model("wanted"))
    ground = Ground(machine=LAPTOP, typed_by=typed_by)
    assert seen(LOCAL, *listed, ground=ground, keeps_one=keeps_one)["wanted"].evicts == evicts


def test_ollama_makes_room_where_there_is_none() -> None:
    full = Ground(machine=replace(LAPTOP, ram_available=3 * GB))
    assert seen(LOCAL, SMALL, model("wanted"), ground=full)["wanted"].evicts == "small"
    elsewhere = replace(LOCAL, place=Place.HOST)
    assert seen(elsewhere, SMALL, model("wanted"), ground=full)["wanted"].evicts == ""


def test_speeds_are_of_the_very_server() -> None:
    speed = Speed(100.0, 10.0)
    ground = Ground(speeds={(LOCAL.url, "a"): speed, (paint.AT_HOME, "b"): speed})
    assert seen(LOCAL, model("a"), model("b"), ground=ground)["a"].speed == speed
    assert seen(LOCAL, model("a"), model("b"), ground=ground)["b"].speed is None
    assert seen(replace(LOCAL, url="http://127.0.0.1:1"), model("a"), ground=ground)["a"].speed is None
    assert paint.embedded(ModelInfo("b"), "", ground).speed == speed


@pytest.mark.parametrize(("trouble", "health"), [("", Health.UP), ("no file", Health.DOWN)])
def test_our_own_engine(trouble: str, health: Health) -> None:
    ours = paint.embedded(model("a", 70), trouble, Ground(machine=LAPTOP))
    assert (ours.backend, ours.place, ours.health, ours.trouble) == (EMBEDDED, Place.MACHINE, health, trouble)
    assert (ours.evicts, ours.fits, ours.metered, ours.speed) == ("", True, False, None)
