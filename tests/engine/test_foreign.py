"""Models that others made are opened whole and safely, or refused in a sentence before anything is built."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Refused
from engine.inference import load
from engine.inference.transformer import Request
from engine.store import catalogue, hub, hugging_face
from tests.engine.tiny_transformers import tiny, tokenizer

CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return stored("bert", tmp_path / "models" / "mine")


def stored(name: str, place: Path) -> Path:
    place.mkdir(parents=True)
    tiny(name).save_pretrained(place)
    tokenizer().save_pretrained(place)
    return place


def changed(folder: Path, **fields: Any) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    return folder


def test_a_folder_is_opened_and_reads_as_the_model_that_was_stored(folder: Path) -> None:
    model, _ = hugging_face.load("mine", folder, CPU)
    given = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        assert torch.allclose(model(given).logits, tiny("bert")(given).logits, atol=1e-5)


@pytest.mark.parametrize("name", ["gpt2", "llama", "t5", "marian"])
def test_a_model_keeps_the_head_it_was_stored_with(name: str, tmp_path: Path) -> None:
    model = load.transformer(str(stored(name, tmp_path / "one")), "cpu", folders=True)
    assert type(model.model) is type(tiny(name))
    assert model.look(Request("the cat sat")).output.tokens


def test_a_folder_of_models_is_listed_and_opened_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(folder.parent))
    assert catalogue.foreign_models() == ["folder:mine"]
    assert load.transformer("folder:mine", "cpu").look(Request("the cat")).overviews


@pytest.mark.parametrize(
    "name", ["folder:..", "folder:../mine", "folder:other", "folder:", "folder:a/b", "folder:a\x00b"]
)
def test_no_name_leads_out_of_the_folder_of_models(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(folder.parent))
    with pytest.raises(Refused):
        load.transformer(name, "cpu")


def test_a_link_that_leads_out_of_the_folder_is_not_followed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "inner").mkdir()
    (folder.parent / "inner" / "link").symlink_to(folder)
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(folder.parent / "inner"))
    assert catalogue.foreign_models() == []
    with pytest.raises(Refused, match="no model"):
        load.transformer("folder:link", "cpu")


BAD: dict[str, dict[str, Any]] = {
    "code of its own": {"auto_map": {"AutoModel": "evil.Evil"}},
    "quantised": {"quantization_config": {"bits": 4}},
    "kind None": {"model_type": None},
    "kind 'gpt9'": {"model_type": "gpt9"},
    "kind \\['bert'\\]": {"model_type": ["bert"]},
    "1000000 for hidden_size": {"hidden_size": 1_000_000},
    "2001 for num_hidden_layers": {"num_hidden_layers": 2001},
    "1000000000000 for vocab_size": {"vocab_size": 10**12},
    "nan for initializer_range": {"initializer_range": float("nan")},
    "fit together": {"hidden_size": -4},
    "does not fit": {"num_attention_heads": 5},
    "Infinity|inf": {"layer_norm_eps": float("inf")},
}


@pytest.mark.parametrize("said", BAD)
def test_a_configuration_that_is_not_safe_or_not_sound_is_refused(said: str, folder: Path) -> None:
    with pytest.raises(Refused, match=said):
        hugging_face.load("mine", changed(folder, **BAD[said]), CPU)


def test_a_model_too_large_is_refused_with_both_sizes_and_without_being_built(folder: Path) -> None:
    changed(folder, hidden_size=4096, num_hidden_layers=96, num_attention_heads=32, intermediate_size=16384)
    tracemalloc.start()
    with pytest.raises(Refused, match=r"needs 7\d\.\d GB of memory and 8\.0 GB are free"):
        hugging_face.load("mine", folder, CPU, free=lambda: 8_000_000_000)
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[]", '"bert"', "\x00\xff"])
def test_a_configuration_that_is_no_json_object_is_refused(text: str, folder: Path) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(Refused):
        hugging_face.load("mine", folder, CPU)


words = st.text(max_size=8)
values = st.none() | st.booleans() | st.integers() | st.floats() | words | st.lists(st.integers(), max_size=3)
keys = st.sampled_from(sorted(json.loads(tiny("bert").config.to_json_string()))) | words


@given(fields=st.dictionaries(keys, values, max_size=6))
def test_no_configuration_does_anything_but_open_or_be_refused(fields: dict[str, Any]) -> None:
    given_fields = json.loads(tiny("bert").config.to_json_string()) | fields
    try:
        config = hugging_face.checked("any", given_fields)
        hugging_face.fits(
            "any", hugging_face.size("any", config, hugging_face.head_of(config), CPU), CPU, lambda: 10**9
        )
    except Refused as refused:
        assert str(refused)


def damaged(folder: Path, change: Any) -> Path:
    path = folder / "model.safetensors"
    tensors = safetensors.torch.load(path.read_bytes())
    change(tensors)
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})
    return folder


LAYER = "bert.encoder.layer.1.attention.self.query.weight"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tensors: tensors.pop(LAYER), "lacks 1 of its weights"),
        (lambda tensors: tensors.update({LAYER: torch.zeros(3, 3)}), "lacks|do not fit"),
        (lambda tensors: tensors[LAYER].fill_(float("nan")), "not finite"),
    ],
)
def test_weights_that_are_not_whole_are_refused(change: Any, said: str, folder: Path) -> None:
    with pytest.raises(Refused, match=said):
        hugging_face.load("mine", damaged(folder, change), CPU)


@pytest.mark.parametrize(
    ("size", "said"), [(n, "are no safetensors file") for n in (0, 7, 200, 5000)] + [(50_000, "cannot be read")]
)
def test_a_broken_weights_file_is_refused(size: int, said: str, folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(Refused, match=said):
        hugging_face.load("mine", folder, CPU)


def test_a_folder_without_a_tokenizer_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    with pytest.raises(Refused, match=r"tokenizer"):
        hugging_face.load("mine", folder, CPU)


def told(folder: Path, file: str, **fields: Any) -> Path:
    """The same model with other words in one of its JSON files."""
    found = json.loads((folder / file).read_text()) | fields
    (folder / file).write_text(json.dumps(found))
    return folder


@pytest.mark.parametrize("length", ["many", [1], {}, -1])
def test_a_tokenizer_whose_longest_text_is_no_number_is_refused(length: Any, folder: Path) -> None:
    with pytest.raises(Refused, match="cannot read"):
        load.transformer(str(told(folder, "tokenizer_config.json", model_max_length=length)), "cpu", folders=True)


def test_a_tokenizer_that_names_a_mark_that_it_lacks_is_refused(folder: Path) -> None:
    marks = [{"SpecialToken": {"id": "<script>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    made = {"type": "TemplateProcessing", "single": marks, "pair": marks, "special_tokens": {}}
    with pytest.raises(Refused, match="which none here can have"):
        load.transformer(str(told(folder, "tokenizer.json", post_processor=made)), "cpu", folders=True)


def test_a_text_with_a_piece_that_the_weights_do_not_know_is_refused(folder: Path) -> None:
    model = load.transformer(str(folder), "cpu", folders=True)
    model.tokenizer.add_tokens([f"odd{k}" for k in range(90)])
    assert model.look(Request("the cat")).overviews
    with pytest.raises(Refused, match=r"numbered 1[0-9][0-9], and its weights know 99"):
        model.look(Request("the odd89"))


@pytest.mark.parametrize("named", [1, "x", [5], [None], {}])
def test_a_head_that_no_name_tells_is_left_out(named: Any, folder: Path) -> None:
    config = hugging_face.checked(
        "mine", json.loads((changed(folder, architectures=named) / "config.json").read_text())
    )
    assert hugging_face.head_of(config).__name__ == "BertModel"


NO_NAMES = [
    "hf:",
    "hf:..",
    "hf:../x",
    "hf:/etc/passwd",
    "hf:a/b/c",
    "hf:http://x/y",
    "hf:file:///etc",
    "hf:a b",
    "hf:a/..b",
]


@pytest.mark.parametrize("name", [*NO_NAMES, "hf:" + "a" * 300, "hf:a\x00b", "hf:169.254.169.254/x/y", "hf:а/b"])
def test_what_is_no_name_of_the_hub_is_refused_before_anybody_is_asked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *given: pytest.fail("somebody was asked"))
    with pytest.raises(Refused, match="no model of the hub"):
        load.transformer(name, "cpu")


def test_without_a_network_a_model_of_the_hub_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(Refused, match="could not be fetched"):
        hub.folder("hf:google-bert/bert-base-uncased", CPU)


def test_models_with_one_attention_are_sent_to_their_own_page() -> None:
    with pytest.raises(Refused, match="on its own page"):
        load.transformer("classification/imdb-han", "cpu")
