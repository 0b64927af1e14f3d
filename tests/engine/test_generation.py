"""What a model of others says of how it answers changes neither how long it goes on nor by which search."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import GenerationConfig

from engine.capture import request
from engine.errors import Refused
from engine.inference import load
from engine.inference.transformer import Request
from engine.store import files, hugging_face
from engine.store.generation import FIELDS, allowed, generation
from tests.engine.tiny_transformers import LENGTH, VOCABULARY, tiny, tokenizer

CPU = torch.device("cpu")
HOSTILE: dict[str, Mapping[str, Any]] = {
    "a length of its own": {"max_length": 10**6, "max_new_tokens": 10**6},
    "no end": {"min_length": 10**6, "min_new_tokens": 10**6, "max_new_tokens": 10**6},
    "another search": {"num_beams": 8, "num_return_sequences": 8, "early_stopping": False, "length_penalty": 5.0},
    "beams in groups": {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 1.0, "constraints": [1]},
    "chance": {"do_sample": True, "temperature": 100.0, "top_k": 99},
    "an answer in another form": {"return_dict_in_generate": True, "output_attentions": True, "output_scores": True},
    "probabilities of its own": {"repetition_penalty": 1e9, "guidance_scale": 9.0, "sequence_bias": [[[5], 99.0]]},
    "code of its own": {"custom_generate": "evil/repo", "penalty_alpha": 0.6, "dola_layers": "high"},
    "an assistant": {"prompt_lookup_num_tokens": 10, "is_assistant": True, "assistant_early_exit": 1},
    "memory of its own": {"cache_implementation": "static", "max_cache_len": 10**9, "use_cache": False},
    "a compiler": {"compile_config": {"backend": "evil"}, "cache_config": {"backend": "quanto"}},
    "a clock": {"max_time": 1e-9, "stop_strings": ["a"]},
    "a watermark": {"watermarking_config": {"bias": 99.0}},
    "tokens that there are none of": {
        "bos_token_id": VOCABULARY,
        "forced_bos_token_id": -1,
        "suppress_tokens": [10**9],
    },
    "words without end": {"bad_words_ids": [[5] * 100_000], "suppress_tokens": [5] * 100_000},
    "values of another kind": {"eos_token_id": "1", "bad_words_ids": {"a": 1}, "no_repeat_ngram_size": True},
    "fields that are none": {"_from_model_config": True, "generate": "x", "to_dict": 1, "validate": None},
}
ENDLESS: dict[str, Any] = {"eos_token_id": None, "bos_token_id": 0, "bad_words_ids": None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model whose answers do not end by themselves."""
    tiny("marian").save_pretrained(tmp_path / "mine")
    tokenizer().save_pretrained(tmp_path / "mine")
    say(tmp_path / "mine", eos_token_id=None, forced_eos_token_id=None)
    return tmp_path / "mine"


def say(folder: Path, file: str = "generation_config.json", **fields: Any) -> None:
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def answer(folder: Path) -> list[tuple[str, float]]:
    output = load.transformer(str(folder), "cpu", folders=True).look(Request("the cat sat")).output
    return [(token.text, token.logprob) for token in output.tokens]


@pytest.mark.parametrize("fields", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_said_of_length_search_and_code_is_not_heard(fields: Mapping[str, Any], folder: Path) -> None:
    config = hugging_face.checked("mine", files.read_json(folder / "config.json"))
    before = generation("mine", folder, config).to_dict()
    say(folder, **{field: value for field, value in fields.items() if before.get(field) is None})
    assert generation("mine", folder, config).to_dict() == before


def test_the_answer_stays_as_it_was_and_goes_on_for_as_long_as_is_allowed_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "MAX_SAID", LENGTH)
    before = answer(folder)
    assert len(before) == LENGTH
    say(folder, **{field: value for fields in HOSTILE.values() for field, value in fields.items()} | ENDLESS)
    assert answer(folder) == before


def test_which_tokens_may_come_is_kept(folder: Path) -> None:
    assert {token for token, _ in answer(folder)} != {tokenizer().convert_ids_to_tokens(5)}
    say(folder, suppress_tokens=[number for number in range(VOCABULARY) if number != 5])
    assert {token for token, _ in answer(folder)} == {tokenizer().convert_ids_to_tokens(5)}


def test_fields_that_contradict_each_other_are_refused(folder: Path) -> None:
    say(folder, forced_eos_token_id=7, suppress_tokens=[7])
    with pytest.raises(Refused, match="The configuration of mine does not fit together"):
        hugging_face.load("mine", folder, CPU)


def test_older_models_say_it_in_their_config(folder: Path) -> None:
    (folder / "generation_config.json").unlink()
    say(folder, "config.json", suppress_tokens=[7, 9], max_length=10**6, num_beams=8)
    settings = hugging_face.load("mine", folder, CPU)[0].generation_config
    assert settings.suppress_tokens == [7, 9] and settings.decoder_start_token_id == 0
    assert settings.max_length != 10**6 and settings.num_beams != 8


def test_a_file_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / "generation_config.json").write_text("{")
    with pytest.raises(Refused, match=r"generation_config.json of mine is not JSON"):
        hugging_face.load("mine", folder, CPU)


@given(
    st.dictionaries(
        st.sampled_from([*vars(GenerationConfig()), "auto_map", "custom_generate"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4),
    )
)
def test_no_other_field_is_ever_taken_over(fields: dict[str, Any]) -> None:
    taken = allowed(fields, 10)
    assert taken.keys() <= FIELDS.keys()
    plain, changed = vars(GenerationConfig()), vars(GenerationConfig(**taken))
    assert {name for name, value in changed.items() if value != plain[name]} <= taken.keys()
