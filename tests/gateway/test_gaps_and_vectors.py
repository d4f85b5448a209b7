"""The older completions, with and without a suffix, and embeddings."""

from __future__ import annotations

import array
import base64

import pytest

from emberline.privacy import audit
from tests.gateway.stand import CODER, Stand, error_of, standing
from tests.gateway.test_chat import recorded
from tests.routing.served import Place
from tests.servers import Served, serving
from tests.servers.talking import vector


async def test_a_gap_is_filled_by_the_models_own_format(stand: Stand, vllm: Served) -> None:
    response = await stand.client.post(
        "/completions",
        json={"model": "auto", "prompt": "def f(", "suffix": "):", "max_tokens": 9, "stop": "\n", "seed": 3},
    )
    assert response.status_code == 200
    answer = response.json()
    assert (answer["object"], answer["model"]) == ("text_completion", CODER)
    [choice] = answer["choices"]
    assert choice == {
        "index": 0,
        "text": "Hello from a fake model.",
        "logprobs": None,
        "finish_reason": "stop",
    }
    body = vllm.requests("/v1/completions")[-1]["json"]
    assert body["prompt"] == "<|fim_prefix|>def f(<|fim_suffix|>):<|fim_middle|>"
    assert (body["max_tokens"], body["stop"], body["seed"]) == (9, ["\n"], 3)
    assert stand.visits[-1].task == "completion"


async def test_a_text_goes_on_as_it_is(stand: Stand, vllm: Served) -> None:
    chunks = await stand.chunks("/completions", prompt=["Once"], stream_options={"include_usage": True})
    assert "".join(each["choices"][0]["text"] for each in chunks[:-1]) == "Hello from a fake model."
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["completion_tokens"] == 5
    assert vllm.requests("/v1/completions")[-1]["json"]["prompt"] == "Once"


@pytest.mark.parametrize(
    ("change", "param"),
    [({"prompt": ["a", "b"]}, "prompt"), ({"best_of": 3}, "best_of"), ({"echo": True}, "echo")],
)
async def test_what_a_completion_cannot_be(stand: Stand, change: dict[str, object], param: str) -> None:
    response = await stand.client.post("/completions", json={"prompt": "a", **change})
    assert response.status_code == 400
    assert error_of(response)["param"] == param


async def test_a_suffix_wants_a_model_that_sees_it(place: Place, vllm: Served) -> None:
    vllm.script(models=["house/chatter"], vocabulary=[])
    server = f'{{name: gpu, protocol: openai-compatible, url: "{vllm.url}"}}'
    place.configure(
        f"engine: {{embedded: false}}\nbackends:\n  discover: false\n  servers:\n    - {server}\n"
    )
    async with standing() as stand:
        body = {"prompt": "a", "suffix": "b", "model": "gpu/house/chatter"}
        response = await stand.client.post("/completions", json=body)
        assert response.status_code == 400
        assert error_of(response)["param"] == "suffix"
        assert (await stand.client.post("/completions", json=body | {"suffix": ""})).status_code == 200
    vllm.script(vocabulary=["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"])


@pytest.mark.parametrize("module", ["ollama", "lmstudio", "llamacpp", "openai vllm"])
async def test_embeddings_of_every_backend_that_has_them(place: Place, module: str) -> None:
    name, *arguments = module.split()
    with serving(f"tests.servers.{name}", *arguments) as served:
        if name == "llamacpp":
            served.script(embeds=True)
        if name == "openai":
            served.script(embeds=["house/embed"], models=["Qwen/Qwen2.5-Coder-7B", "house/embed"])
        protocol = "openai-compatible" if name == "openai" else name
        server = f'{{name: gpu, protocol: {protocol}, url: "{served.url}"}}'
        place.configure(
            f"memory: {{limit_percent: 100}}\nbackends:\n  discover: false\n  servers:\n    - {server}\n"
        )
        async with standing() as stand:
            listed = (await stand.client.get("/models")).json()["data"]
            able = [each["id"] for each in listed if each["emberline"].get("can") == ["embeddings"]]
            assert len(able) == 1
            texts = ["one", "another text"]
            for model in ("emberline", able[0]):
                body = {"model": model, "input": texts}
                response = await stand.client.post("/embeddings", json=body)
                assert response.status_code == 200, response.text
                answer = response.json()
                assert answer["model"] == able[0]
                assert [each["index"] for each in answer["data"]] == [0, 1]
                assert [each["embedding"] for each in answer["data"]] == [vector(text) for text in texts]
                assert answer["usage"]["prompt_tokens"] > 0
            packed = (
                await stand.client.post(
                    "/embeddings", json={"model": able[0], "input": "one", "encoding_format": "base64"}
                )
            ).json()
            floats = array.array("f", base64.b64decode(packed["data"][0]["embedding"]))
            assert floats.tolist() == vector("one")
            response = await stand.client.post("/embeddings", json={"input": "a", "dimensions": 64})
            assert error_of(response)["param"] == "dimensions"
        assert recorded()[0] == ("embedding", "gpu", "ok")
        assert [send.reason for send in audit.stayed()].count("embedding") == 4


async def test_no_model_that_embeds(stand: Stand) -> None:
    response = await stand.client.post("/embeddings", json={"input": "a"})
    assert response.status_code == 503
    error_of(response)
    response = await stand.client.post("/embeddings", json={"input": "a", "model": CODER})
    assert response.status_code == 404


@pytest.mark.parametrize("given", [[], [""], "", [1, 2], ["a"] * 2049])
async def test_what_cannot_be_embedded(stand: Stand, given: object) -> None:
    response = await stand.client.post("/embeddings", json={"input": given})
    assert response.status_code == 400
    assert error_of(response)["param"].startswith("input")
