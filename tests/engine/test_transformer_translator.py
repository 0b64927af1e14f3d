"""A Transformer translates here as the library that built it does, and is stored as that library reads it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from engine.decoding.beam import beam_search
from engine.decoding.contract import Decodable, Decoded, limit, take
from engine.decoding.forced import forced, logprobs
from engine.decoding.greedy import greedy
from engine.errors import Refused
from engine.inference import load as inference_load
from engine.models.transformer.translator import TransformerConfig, TransformerTranslator
from engine.store import library_format
from engine.store.stored import load_model
from engine.text.padding import padded
from engine.text.tokenizer import START_ID
from engine.training.config import LoopConfig
from engine.training.loop import Trainer
from engine.training.runs import train
from engine.training.tasks import Translating
from tests import pairs
from tests.engine.conftest import META, SENTENCES

CPU = torch.device("cpu")
SOURCES = [[5, 6, 3], [4, 3], [7, 7, 8, 9, 10, 3], [11, 5, 3], [6, 3]]


def make(vocabulary: int = 12, seed: int = 0) -> TransformerTranslator:
    """Random, with weights large enough for outputs that differ and end."""
    torch.manual_seed(seed)
    model = TransformerTranslator.new(TransformerConfig(vocabulary, size=16, inner=24, layers=2, heads=2, dropout=0.3))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "layer_norm" not in name and "positions" not in name:
                parameter.copy_(torch.randn_like(parameter) * 0.5)
    return model.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def model() -> TransformerTranslator:
    return make()


@pytest.fixture
def stored(tmp_path: Path, tokenizer) -> Path:
    folder = tmp_path / "tiny-transformer"
    library_format.save_model(folder, make(len(tokenizer)), tokenizer, META, {"updates": 1})
    return folder


def generated(model: TransformerTranslator, source: list[int], beam: int) -> list[int]:
    ids = torch.tensor([source])
    found = model.net.generate(
        ids, num_beams=beam, do_sample=False, max_length=None, max_new_tokens=limit(len(source) - 1), length_penalty=0.0
    )
    return [i for i in found[0].tolist() if i != START_ID]


def test_it_fulfils_the_contract_of_decoding(model):
    assert isinstance(model, Decodable)
    memory = model.encode(*padded(SOURCES, CPU))
    assert isinstance(model.decode(memory, model.begin(memory), torch.full((5, 1), START_ID)), Decoded)


@pytest.mark.parametrize("seed", range(8))
def test_greedy_search_finds_what_the_library_generates(seed):
    model = make(seed=seed)
    for source, found in zip(SOURCES, greedy(model, SOURCES, device=CPU), strict=True):
        assert list(found.ids[: len(found.ids) - (not found.finished)]) == [
            *generated(model, source, 1)[: len(found.ids) - (not found.finished)]
        ]


@pytest.mark.parametrize("seed", range(8))
def test_beam_search_finds_at_least_what_the_library_finds(seed):
    """Without a length penalty both look for the likeliest output; the library may stop a little sooner."""
    model = make(seed=seed)
    for source, found in zip(SOURCES, beam_search(model, SOURCES, 4, alpha=0.0, device=CPU), strict=True):
        theirs = generated(model, source, 4)
        if theirs[-1] == 3 and found[0].finished:
            likely = float(logprobs(model, [(source, theirs)], CPU)[0].sum())
            assert list(found[0].ids) == theirs or found[0].logprob >= likely - 1e-4


def test_steps_one_by_one_are_the_whole_target_at_once(model):
    source, present = padded(SOURCES, CPU)
    memory = model.encode(source, present)
    previous = torch.tensor([[START_ID, 5, 6, 7]] * len(SOURCES))
    whole = model.decode(memory, model.begin(memory), previous)
    state, reads, weights = model.begin(memory), [], []
    for step in range(4):
        one = model.decode(memory, state, previous[:, step : step + 1], step)
        state = one.state
        reads.append(one.read)
        weights.append(one.weights)
    torch.testing.assert_close(torch.cat(reads, 1), whole.read, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(torch.cat(weights, -2), whole.weights, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(model(source, present, previous).read, whole.read, atol=1e-5, rtol=1e-5)


def test_memory_and_state_are_taken_row_by_row(model):
    memory = model.encode(*padded(SOURCES, CPU))
    first = model.decode(memory, model.begin(memory), torch.full((5, 1), START_ID))
    rows = torch.tensor([2, 0, 2])
    some = model.decode(take(memory, rows), take(first.state, rows), torch.tensor([[5], [6], [7]]), 1)
    every = model.decode(memory, first.state, torch.tensor([[6], [4], [5], [4], [4]]), 1)
    torch.testing.assert_close(some.read[:2], every.read[[2, 0]])
    assert some.weights.shape == (3, 2, 2, 1, 6)


def test_weights_sum_to_one_and_padding_gets_none(model):
    said, _, _ = forced(model, [(source, [5, 3]) for source in SOURCES], CPU)
    assert said.weights.shape == (5, 2, 2, 2, 6) and said.scores is None
    torch.testing.assert_close(said.weights.sum(-1), torch.ones(5, 2, 2, 2))
    for row, source in enumerate(SOURCES):
        assert (said.weights[row, ..., len(source) :] == 0).all()


def test_the_library_loads_a_stored_model_and_says_the_same(stored, tokenizer):
    model, words, described = load_model(stored)
    library, cutter = (
        AutoModelForSeq2SeqLM.from_pretrained(stored, dtype=torch.float32),
        AutoTokenizer.from_pretrained(stored),
    )
    assert described["source_language"] == "en" and not model.training
    for text in (*SENTENCES, "<s> typed </s> by hand"):
        ids = cutter(text, return_tensors="pt").input_ids
        assert ids[0].tolist() == list(words.encode(text).ids) == list(tokenizer.encode(text).ids)
        found = greedy(model, [ids[0].tolist()], device=CPU)[0]
        theirs = library.generate(ids, max_length=None, max_new_tokens=len(found.ids))[0]
        kept = len(found.ids) - (not found.finished)  # what ended at the limit has its end put there
        assert theirs[1 : 1 + kept].tolist() == list(found.ids[:kept])
        said = cutter.decode(theirs[1 : 1 + kept], skip_special_tokens=True)
        assert words.decode(found.ids[:kept]) == said


def test_it_is_stored_in_half_precision_and_read_in_single(stored, tokenizer):
    kept = load((stored / "model.safetensors").read_bytes())
    assert {tensor.dtype for tensor in kept.values()} == {torch.float16}
    assert not any("embed" in name for name in kept), "shared matrices are kept once, positions not at all"
    model, _, _ = load_model(stored)
    before = make(len(tokenizer)).state_dict()
    for name, tensor in model.state_dict().items():
        assert tensor.dtype == torch.float32
        torch.testing.assert_close(tensor, before[name].half().float() if "positions" not in name else before[name])


def test_storing_what_was_loaded_changes_no_byte(stored, tmp_path):
    model, words, described = load_model(stored)
    digest = library_format.save_model(tmp_path / "again", model, words, META)
    assert digest == described["weights_sha256"]
    assert (tmp_path / "again" / "tokenizer.json").read_bytes() == (stored / "tokenizer.json").read_bytes()


def rewrite(folder: Path, weights: bytes | None = None, **changes: object) -> None:
    """Change a stored model as somebody might who also mends the hash."""
    if weights is not None:
        (folder / "model.safetensors").write_bytes(weights)
        changes["weights_sha256"] = sha256(weights).hexdigest()
    described = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(described))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 2}, "no model of ours"),
        ({"d_model": 10**9}, "which no model of ours can have"),
        ({"encoder_layers": 65}, "which no model of ours can have"),
        ({"d_model": -1}, "which no model of ours can have"),
        ({"vocab_size": 400_000, "d_model": 4096}, "GB of memory"),
        ({"d_model": "much"}, "does not fit together"),
        ({"decoder_attention_heads": 3}, "does not fit together"),
        ({"decoder_ffn_dim": 25}, "another size"),
        ({"weights_sha256": "0" * 64}, "not those that its config.json names"),
    ],
    ids=str,
)
def test_a_configuration_that_does_not_fit_is_refused(stored, changes, says):
    rewrite(stored, **changes)
    with pytest.raises(Refused, match=says):
        load_model(stored)


def test_weights_that_do_not_fit_are_refused(stored):
    kept = load((stored / "model.safetensors").read_bytes())
    name = "model.decoder.layers.0.fc1.bias"
    rewrite(stored, save(kept | {name: torch.full_like(kept[name], torch.inf)}, {"format": "pt"}))
    with pytest.raises(Refused, match="not finite"):
        load_model(stored)
    rewrite(stored, save({("x" + key if key == name else key): value for key, value in kept.items()}))
    with pytest.raises(Refused, match=r"another size|do not fit"):
        load_model(stored)


def test_a_configuration_can_ask_for_no_code_of_its_own(stored):
    rewrite(stored, auto_map={"AutoModelForSeq2SeqLM": "x.Y"}, quantization_config={"quant_method": "gptq"}, foreign=1)
    model, _, _ = load_model(stored)
    assert type(model) is TransformerTranslator


def test_it_learns_and_a_resumed_run_ends_with_the_very_same_weights(tmp_path):
    torch.manual_seed(0)
    pairs = [([4 + i % 5, 5 + i % 3, 3], [6 + i % 5, 5 + i % 3, 3]) for i in range(24)]
    config = LoopConfig(updates=30, batch=8, rate=5e-3, warmup=5, smoothing=0.1, precision="bf16", validate_every=15)
    through = Trainer(make(), Translating(pairs, pairs, 0.1), config, CPU)
    through.net.requires_grad_(True).train()
    before = through.validate()
    for progress in through.run():
        if progress.step == 15:
            halfway = {name: tensor.clone() for name, tensor in through.tensors().items()}, through.facts()
    assert through.best < before / 2
    resumed = Trainer(make(seed=1), Translating(pairs, pairs, 0.1), config, CPU)
    resumed.net.requires_grad_(True).train()
    resumed.restore(*halfway)
    list(resumed.run())
    for (name, one), other in zip(through.net.state_dict().items(), resumed.net.state_dict().values(), strict=True):
        assert torch.equal(one, other), name


RUN = """
name = "translation/tiny"
pieces = 60
[data]
corpora = ["{corpus}"]
source = "en"
target = "fr"
[model]
kind = "transformer"
size = 16
inner = 16
layers = 2
heads = {heads}
[loop]
updates = 6
batch = 8
warmup = 2
smoothing = 0.1
threads = 1
validate_every = 3
"""


def configured(folder: Path, heads: int = 2) -> Path:
    config = folder / "config.toml"
    config.write_text(RUN.format(corpus=pairs.write(folder), heads=heads))
    return config


def test_a_run_leaves_a_translator_that_its_name_finds(runs, tmp_path):
    train(configured(tmp_path), runs / "mine", device="cpu")
    found = inference_load.translator("run:mine", "cpu")
    assert found.info.cross_heads == (2, 2) and "transformers" in (found.info.training or {})["versions"]
    translation = found.translate("a man sees the dog", beam=2, nbest=2, effect=True)
    assert translation.trace.weights.shape[:2] == (2, 2) and translation.effect is not None
    assert found.translate("a man sees the dog", target="A MAN SEES").output.text == "A MAN SEES"


def test_sizes_that_do_not_go_together_are_refused(tmp_path):
    with pytest.raises(Refused, match="section model does not fit together"):
        train(configured(tmp_path, heads=3), tmp_path / "run", device="cpu")
