"""Models on disk: which names find one, what is stored of it, and that nothing else is ever loaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from engine.errors import Refused
from engine.inference import load as inference_load
from engine.store import catalogue, names
from engine.store.own_format import FAMILIES, save_model
from engine.store.quantise import SCALE, STEPS, layout, quantise, restore
from engine.store.stored import load_model
from engine.store.weights import MAX_PARAMETERS
from tests.watching import room

PRETRAINED = names.PRETRAINED


def described(folder: Path) -> dict:
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


def rewrite(folder: Path, weights: bytes | None = None, **changes: object) -> None:
    """Change a stored model as somebody might who also mends the hash."""
    if weights is not None:
        (folder / "model.safetensors").write_bytes(weights)
        changes["weights_sha256"] = sha256(weights).hexdigest()
    (folder / "config.json").write_text(json.dumps(described(folder) | changes), encoding="utf-8")


def test_a_stored_model_comes_back_as_it_went_in_but_for_its_rounding(stored, make_model, tokenizer):
    model, pieces, config = load_model(stored.folder)
    before = make_model(len(tokenizer)).state_dict()
    assert model.state_dict().keys() == before.keys()
    for name, tensor in model.state_dict().items():
        most = before[name].abs().amax(-1, keepdim=True) / (2 * STEPS) if tensor.ndim == 2 else 0
        assert ((tensor - before[name]).abs() <= most + 1e-6).all(), name
    assert pieces.encode("A man.") == tokenizer.encode("A man.")
    assert config["source_language"] == "en" and not model.training
    assert not any(p.requires_grad for p in model.parameters())


def test_storing_what_was_loaded_changes_no_byte(stored, tmp_path):
    model, pieces, config = load_model(stored.folder)
    digest = save_model(tmp_path / "again", model, pieces, {"task": "translation"})
    assert digest == config["weights_sha256"]
    assert sha256((tmp_path / "again" / "model.safetensors").read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("score", ["additive", "cosine", "location"])
@pytest.mark.parametrize("choices", [{"cell": "lstm"}, {"placement": "after", "feeding": True}], ids=str)
def test_every_kind_of_model_can_be_stored(tmp_path, make_model, tokenizer, score, choices):
    model = make_model(len(tokenizer), score=score, **choices)
    save_model(tmp_path / "m", model, tokenizer, {"task": "translation"})
    assert load_model(tmp_path / "m")[0].config == model.config


def test_matrices_are_stored_as_bytes_with_one_scale_a_row():
    weights = {"w": torch.tensor([[1.0, -2.0], [0.0, 0.0], [1e-6, 4.96e-7]]), "b": torch.tensor([0.3])}
    stored = quantise(weights)
    assert stored["w"].dtype == torch.int8 and stored["w"].tolist() == [[64, -127], [0, 0], [127, 63]]
    assert stored["w" + SCALE].shape == (3,) and stored["b"].dtype == torch.float32
    assert {name: (tuple(t.shape)) for name, t in stored.items()} == {n: s for n, (_, s) in layout(weights).items()}
    again = restore(stored)
    torch.testing.assert_close(again["w"], weights["w"], atol=0.01, rtol=0.01)
    assert torch.equal(again["b"], weights["b"])


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_no_numbers_are_not_stored(value):
    with pytest.raises(ValueError, match="not finite"):
        quantise({"w": torch.tensor([[value]])})


def test_a_model_is_listed_with_what_is_known_of_it(stored, runs):
    (runs / "tiny" / "metrics.json").write_text('{"bleu": 1}')
    found = next(info for info in catalogue.models() if info.name == "run:tiny")
    assert (found.task, found.source_language, found.target_language) == ("translation", "en", "fr")
    assert found.metrics == {"bleu": 1} and found.training == {"updates": 1}
    assert found.score == "additive" and len(found.weights_sha256) == 64


def test_a_folder_without_a_whole_model_is_not_listed(stored, runs):
    (runs / "going-on").mkdir()
    (runs / "a file").write_text("")
    for broken in ("config.json", "model.safetensors", "tokenizer.json"):
        shutil.copytree(runs / "tiny", runs / f"no-{broken[0]}")
        (runs / f"no-{broken[0]}" / broken).unlink()
    assert [info.name for info in catalogue.models() if info.name.startswith("run:")] == ["run:tiny"]


def test_a_model_of_the_other_direction_is_found_by_score_first(stored):
    from dataclasses import replace

    back = replace(stored, name="b", source_language="fr", target_language="en")
    other = replace(back, name="o", config={"model": {"score": "dot"}})
    assert catalogue.reverse(stored, [stored, other, back]) is back
    assert catalogue.reverse(stored, [stored, other]) is other
    assert catalogue.reverse(stored, [stored]) is None


def test_a_model_that_was_told_where_to_look_goes_with_its_like_and_no_other_does(stored):
    from dataclasses import replace

    told = {"supervised": {"pairs_with_links": 9}}
    back = replace(stored, name="b", source_language="fr", target_language="en")
    supervised = replace(stored, name="s", training=told)
    back_supervised = replace(back, name="bs", training=told)
    assert supervised.supervised and not supervised.plain
    assert not replace(stored, training={"supervised": "yes"}).supervised
    assert catalogue.reverse(supervised, [back, back_supervised]) is back_supervised
    assert catalogue.reverse(supervised, [back]) is back
    assert catalogue.reverse(stored, [back_supervised, back]) is back


@pytest.mark.parametrize("how", ["run:tiny", "folder"])
def test_a_model_is_loaded_by_name_or_by_folder(stored, how):
    name = how if how.startswith("run:") else str(stored.folder)
    translator = inference_load.model(name, "cpu", folders=True)
    assert translator.name == name
    assert translator.translate("A man rides.").output.tokens[-1].text == "</s>"


def test_a_folder_is_no_name_where_none_is_expected(stored):
    with pytest.raises(Refused, match="is no model name"):
        inference_load.model(str(stored.folder), "cpu")


NAMES = [
    "", "..", "/", "/etc", "/etc/passwd", "../../x", "translation/..", "translation/../../etc", "run:", "run:..",
    "run:a/b", "run:.hidden", "translation/a/b", "C:\\", "a\x00b", "run:a\x00b", "run:" + "x" * 300, "file:///etc",
    "http://169.254.169.254/", "translation/én", "translation/ｅｎ", "TRANSLATION/x", "tiny",
    "run:tiny\n", " run:tiny", "\ud800", "~/x", "./tiny",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_name_is_refused_before_any_file_is_looked_at(stored, name):
    with pytest.raises(Refused, match="is no model name") as refusal:
        catalogue.find(name)
    str(refusal.value).encode("utf-8")
    assert len(str(refusal.value)) < 300


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40) | st.from_regex(r"(run:|translation/|\./|/)[a-z./\\\x00]{0,12}"))
def test_whatever_the_name_it_finds_a_model_inside_its_root_or_nothing(stored, name):
    try:
        found = catalogue.find(name)
    except Refused:
        return
    root = PRETRAINED if "/" in name else names.runs_folder()
    assert found.folder.resolve().is_relative_to(root.resolve())


@pytest.mark.parametrize("name", ["/nowhere", "./nowhere", "../x\x00y", "/" + "x" * 5000, "/etc/passwd", "/etc"])
def test_a_folder_that_holds_no_model_is_refused(name):
    with pytest.raises(Refused, match="There is no model"):
        catalogue.find(name, folders=True)


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_link_out_of_the_root_is_not_followed(stored, runs, tmp_path, file):
    outside = tmp_path / "outside"
    shutil.move(runs / "tiny" / file, outside)
    (runs / "tiny" / file).symlink_to(outside)
    with pytest.raises(Refused, match="There is no model"):
        catalogue.find("run:tiny")


def test_a_folder_that_is_a_link_out_of_the_root_is_not_followed(stored, runs, tmp_path):
    shutil.move(runs / "tiny", tmp_path / "elsewhere")
    (runs / "tiny").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="There is no model"):
        catalogue.find("run:tiny")


def test_links_in_a_circle_are_no_model(runs):
    (runs / "ring").symlink_to(runs / "ring")
    assert [info for info in catalogue.models() if info.name.startswith("run:")] == []


CONFIGS = {
    "hidden size": {"decoder": 10**6},
    "many parameters": {"decoder": 16_000, "encoder": 16_000, "embedding": 16_000},
    "huge vocabulary": {"vocabulary": 10**12},
    "negative": {"embedding": -1},
    "zero": {"embedding": 0},
    "text for a number": {"embedding": "8"},
    "true for a number": {"embedding": True},
    "fraction": {"embedding": 8.5},
    "no number": {"dropout": float("nan")},
    "dropout of all": {"dropout": 1},
    "unknown cell": {"cell": "transformer"},
    "unknown score": {"score": "nonsense"},
    "long score": {"score": "x" * 10_000},
    "unknown field": {"layers": 2_000},
    "list": {"attention": [8]},
    "kind inside": {"model_type": "alignscope-seq2seq"},
    "contradiction": {"feeding": True, "placement": "before"},
}


@pytest.mark.parametrize("changes", CONFIGS.values(), ids=CONFIGS)
def test_a_configuration_that_cannot_be_is_refused_and_costs_no_memory(stored, changes):
    rewrite(stored.folder, model=described(stored.folder)["model"] | changes)
    with room(50), pytest.raises(Refused, match="tiny"):
        load_model(stored.folder)


def test_a_model_over_the_limit_says_how_much_it_needs(stored):
    rewrite(stored.folder, model=described(stored.folder)["model"] | {"decoder": 8_000, "encoder": 8_000})
    with pytest.raises(Refused, match=rf"needs .* GB of memory; the limit is {MAX_PARAMETERS * 4e-9:.1f} GB"):
        load_model(stored.folder)


@pytest.mark.parametrize(
    "changes",
    [{"model_type": "bert"}, {"model_type": ["alignscope-seq2seq"]}, {"format": 2}, {"model": None}, {"model": {}}],
    ids=str,
)
def test_another_kind_of_model_is_refused(stored, changes):
    rewrite(stored.folder, **changes)
    with pytest.raises(Refused):
        load_model(stored.folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"a":' * 100_000, "\xff", " " * 5_000_000], ids=lambda text: text[:6]
)
def test_a_config_that_is_no_object_is_refused(stored, text):
    (stored.folder / "config.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(Refused):
        load_model(stored.folder)
    with pytest.raises(Refused):
        catalogue.find("run:tiny")


def header_of(value: object) -> bytes:
    text = json.dumps(value).encode()
    return len(text).to_bytes(8, "little") + text


def changed(folder: Path, change) -> bytes:
    tensors = load((folder / "model.safetensors").read_bytes())
    change(tensors)
    return save(tensors)


WEIGHTS = {
    "empty": lambda folder: b"",
    "text": lambda folder: b"PK\x03\x04 not safetensors at all",
    "a pickle": lambda folder: b"\x80\x02c" + b"os\nsystem\n(S'true'\ntR.",
    "header longer than the file": lambda folder: (10**15).to_bytes(8, "little") + b"{}",
    "header of a list": lambda folder: header_of([1, 2]),
    "30,000 empty tensors": lambda folder: header_of(
        {f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(30_000)}
    ),
    "a tensor more": lambda folder: changed(folder, lambda t: t.update(more=torch.zeros(1))),
    "a tensor less": lambda folder: changed(folder, lambda t: t.pop("bias")),
    "other shape": lambda folder: changed(folder, lambda t: t.update(bias=torch.zeros(1, t["bias"].shape[0]))),
    "other type": lambda folder: changed(folder, lambda t: t.update(bias=t["bias"].to(torch.int32))),
    "not a number": lambda folder: changed(folder, lambda t: t["bias"].fill_(torch.nan)),
    "infinite scale": lambda folder: changed(folder, lambda t: t["embedding.weight.scale"].fill_(torch.inf)),
    "cut off": lambda folder: (folder / "model.safetensors").read_bytes()[:-1],
    "longer": lambda folder: (folder / "model.safetensors").read_bytes() + b"\0",
}


@pytest.mark.parametrize("made", WEIGHTS.values(), ids=WEIGHTS)
def test_weights_that_do_not_fit_are_refused_and_cost_no_memory(stored, made):
    rewrite(stored.folder, made(stored.folder))
    with room(50), pytest.raises(Refused, match=r"(weights|safetensors) of tiny"):
        load_model(stored.folder)


def test_a_tensor_that_claims_more_than_the_file_holds_is_refused(stored):
    content = (stored.folder / "model.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["bias"]["data_offsets"] = [0, 10**9]
    text = json.dumps(header).encode()
    rewrite(stored.folder, len(text).to_bytes(8, "little") + text + content[8 + length :])
    with pytest.raises(Refused, match="weights of tiny"):
        load_model(stored.folder)


def test_weights_of_another_model_are_noticed(stored, make_model, tokenizer, tmp_path):
    save_model(tmp_path / "other", make_model(len(tokenizer), seed=1), tokenizer, {})
    shutil.copy(tmp_path / "other" / "model.safetensors", stored.folder)
    with pytest.raises(Refused, match="not those that its config"):
        load_model(stored.folder)


@pytest.mark.parametrize("text", ["", "{}", "\xff", '{"version": "1.0"}'])
def test_a_tokenizer_of_another_kind_is_refused(stored, text):
    (stored.folder / "tokenizer.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(Refused, match=r"tokenizer\.json of tiny is no tokenizer of ours"):
        load_model(stored.folder)


def test_a_tokenizer_of_another_size_is_refused(stored):
    config = json.loads((stored.folder / "tokenizer.json").read_text(encoding="utf-8"))
    config["model"]["vocab"]["extra"] = len(config["model"]["vocab"])
    (stored.folder / "tokenizer.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(Refused, match="pieces and its configuration"):
        load_model(stored.folder)


def test_every_family_of_ours_has_a_name_of_ours():
    assert all(name.startswith("alignscope-") for name in FAMILIES)


def test_saving_leaves_no_half_written_file(stored):
    assert {path.name for path in stored.folder.iterdir()} == {
        "config.json", "model.safetensors", "tokenizer.json", "training.json",
    }  # fmt: skip


@pytest.mark.parametrize("folder", sorted(PRETRAINED.glob("*/*/model.safetensors")), ids=lambda p: p.parent.name)
def test_every_pretrained_model_loads(folder):
    load_model(folder.parent)


def test_listing_models_imports_no_torch(stored):
    code = "import sys; from engine.store import catalogue; print(len(catalogue.models()), 'torch' in sys.modules)"
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=dict(os.environ), capture_output=True, text=True, check=True
    )
    count, loaded = done.stdout.split()
    assert int(count) >= 1 and loaded == "False"


@pytest.mark.parametrize(
    "open_as",
    [inference_load.model, inference_load.translator, inference_load.classifier, inference_load.language_model],
)
def test_a_task_that_is_no_text_is_refused_in_a_sentence_that_can_be_sent(stored, open_as):
    rewrite(stored.folder, task="\ud800")
    with pytest.raises(Refused, match="task") as refused:
        open_as(str(stored.folder), folders=True)
    assert "\N{REPLACEMENT CHARACTER}".encode() in str(refused.value).encode()
