"""Two stages in one run, and a model that continues text: learnt, resumed, stored and measured."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.errors import Refused
from engine.evaluation.language import evaluate
from engine.inference import load
from engine.store.files import read_json
from engine.text.bytepieces import END, END_ID, BytePieces, plain
from engine.text.wordpieces import MASK_ID
from engine.training import runs
from engine.training.config import LoopConfig, read
from engine.training.streams import Masking, Stretches, stream
from tests.engine.terminal import valid

STAGES = """
name = "classification/tiny"
pieces = 120
[data]
documents = ["{table}"]
[model]
kind = "encoder"
size = 16
inner = 24
layers = 2
heads = 2
limit = 40
dropout = 0.0
[pretraining]
length = 16
masked = 0.2
updates = 20
stop = {first}
batch = 16
rate = 0.02
warmup = 5
threads = 1
validate_every = 5
[loop]
updates = {second}
batch = 16
rate = 0.01
warmup = 5
threads = 1
validate_every = 10
"""
CONTINUING = """
name = "language/tiny"
pieces = 300
[data]
texts = ["{table}"]
[model]
size = 16
layers = 2
heads = 2
limit = 16
[loop]
updates = 60
batch = 16
rate = 0.02
warmup = 5
unknown = 0.0
threads = 1
validate_every = 30
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reviews that one word decides, wherever it stands."""
    path = tmp_path_factory.mktemp("table") / "own.csv"
    lines = ["text,label"]
    for i in range(400):
        own = f"It was {('bad', 'good')[i % 2]} on day {i}."
        rest = [f"We saw film {i % 7}.", f"Then came {i % 11} more people.", "The end."][: 1 + i % 3]
        lines.append(f'"{" ".join([*rest[: i // 2 % 2], own, *rest[i // 2 % 2 :]])}",{("negative", "positive")[i % 2]}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def staged(folder: Path, table: Path, first: int = 0, second: int = 60) -> Path:
    path = folder / f"stages-{first}-{second}.toml"
    path.write_text(STAGES.format(table=table, first=first, second=second), encoding="utf-8")
    return path


def test_an_encoder_guesses_masked_pieces_and_then_learns_which_word_decides(tmp_path: Path, table: Path) -> None:
    run = runs.train(staged(tmp_path, table), tmp_path / "run", device="cpu")
    model = load.classifier(str(run), "cpu", folders=True)
    for word, label in (("bad", 0), ("good", 1)):
        assert model.read(f"We saw film 3. It was {word} on day 4. The end.").predicted == label
    facts = read_json(run / "training.json")
    assert (
        facts["pretraining"]["updates"] == 20 and facts["updates"] == 60 and facts["validation_nats_per_document"] < 0.3
    )
    assert facts["pretraining"]["validation_nats_per_piece"] < math.log(120) - 1


@pytest.mark.parametrize("at", [12, 32])
def test_a_run_broken_off_in_either_stage_ends_with_the_very_same_weights(tmp_path: Path, table: Path, at: int) -> None:
    config = staged(tmp_path, table, first=15, second=20)
    whole = runs.train(config, tmp_path / "whole", device="cpu")
    seen = []

    def stop(progress: object) -> None:
        seen.append(progress)
        if len(seen) == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.train(config, tmp_path / "broken", device="cpu", watch=stop)
    with pytest.raises(Refused, match="--resume"):
        runs.train(config, tmp_path / "broken", device="cpu")
    again = runs.train(config, tmp_path / "broken", device="cpu", resume=True)
    assert (whole / "model.safetensors").read_bytes() == (again / "model.safetensors").read_bytes()


def test_a_stage_that_stops_early_has_the_rate_of_the_whole() -> None:
    early, whole = (LoopConfig(updates=20, warmup=5, stop=stop) for stop in (10, 0))
    assert [early.rate_at(k) for k in range(10)] == [whole.rate_at(k) for k in range(10)] and early.rate_at(9) > 0
    with pytest.raises(Refused, match="stop must lie between 0 and updates"):
        LoopConfig(updates=20, stop=21)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("length = 16", "length = 4", "length must be at least 8"),
        ("masked = 0.2", "masked = 1.0", "masked must be above 0 and at most 0.99"),
        ("masked = 0.2", "hidden = 1", "pretraining.hidden means nothing here"),
    ],
)
def test_pretraining_that_cannot_be_is_refused(tmp_path: Path, table: Path, old: str, new: str, sentence: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(STAGES.format(table=table, first=0, second=5).replace(old, new), encoding="utf-8")
    with pytest.raises(Refused, match=sentence):
        read(path)


def test_each_pass_cuts_the_stream_elsewhere_and_loses_less_than_two_stretches() -> None:
    row = stream([np.arange(5, 60), np.arange(70, 101)], between=3)
    assert row[0] == row[56] == row[-1] == 3
    task = Stretches(row, row, 10)
    firsts = []
    for number in range(4):
        places = sorted(place for batch in task.batches(3, 1, number) for place in batch)
        assert np.diff(places).tolist() == [10] * (len(places) - 1) and places[-1] + 10 < len(row)
        assert len(places) == len(task.train) >= len(row) // 10 - 2
        firsts.append(places[0])
    assert len(set(firsts)) > 1 and task.batches(3, 1, 0) == task.batches(3, 1, 0)
    assert task.rows([20], 11, dev=False)[0].tolist() == row[20:31].tolist()


def test_only_masked_pieces_are_guessed_and_none_of_those_that_part_texts() -> None:
    seen = []

    class Uniform(torch.nn.Module):
        weight, bias = torch.zeros(200, 4), torch.zeros(200)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            seen.append(ids)
            return torch.zeros(*ids.shape, 4)

        def last(self, read: torch.Tensor) -> torch.Tensor:
            return read

    row = stream([np.arange(5, 60), np.arange(70, 101)], between=3)
    task, net = Masking(row, row, 12, 0.3), Uniform()
    torch.manual_seed(1)
    found = task.loss(net, net, [0, 10, 55], torch.device("cpu"), dev=False, unknown=0.1)
    (ids,) = seen
    assert (ids[:, 0] == 2).all() and (ids[:, -1] == 3).all() and (ids == MASK_ID).sum() == found.guesses > 0
    text = task.rows([0, 10, 55], 10, dev=False)
    same = (ids[:, 1:-1] == text) | (ids[:, 1:-1] == MASK_ID) | (ids[:, 1:-1] == 1)
    assert same.all() and (ids[:, 1:-1] == 1).any() and ((ids[:, 1:-1] == 3) == (text == 3)).all()
    assert found.total.item() == pytest.approx(found.guesses * math.log(200), rel=1e-3)


@pytest.fixture(scope="module")
def continuing(tmp_path_factory: pytest.TempPathFactory, table: Path) -> Path:
    folder = tmp_path_factory.mktemp("language")
    (folder / "train.toml").write_text(CONTINUING.format(table=table), encoding="utf-8")
    return runs.train(folder / "train.toml", folder / "run", device="cpu")


def test_a_language_model_learns_and_others_load_it_and_agree(continuing: Path) -> None:
    model = load.language_model(str(continuing), "cpu", folders=True)
    text = "We saw film 3."
    found = model.logprobs(model.ids([text]))[0]
    assert found.mean() > math.log(1 / 300) + 2
    tokenizer, net = AutoTokenizer.from_pretrained(continuing), AutoModelForCausalLM.from_pretrained(continuing)
    ids = tokenizer(END.join(["", text, ""]), return_tensors="pt")["input_ids"]
    typed = tokenizer(text)["input_ids"]
    assert ids[0].tolist() != [END_ID, *typed, END_ID], "what somebody types is text"
    row = torch.tensor([[END_ID, *typed, END_ID]])
    with torch.inference_mode():
        logs = net.float()(input_ids=row).logits[0, :-1].log_softmax(-1).gather(1, row[0, 1:, None])[:, 0]
    np.testing.assert_allclose(found, logs, atol=2e-3)
    assert tokenizer.decode(typed) == text


def test_a_long_text_is_read_in_windows_that_look_back_half_their_length(continuing: Path) -> None:
    model = load.language_model(str(continuing), "cpu", folders=True)
    ids = [np.concatenate(model.ids(["We saw film 3. It was good on day 4. "] * 5)), *model.ids(["", "It was"])]
    found = model.logprobs(ids)
    assert [len(one) for one in found] == [len(one) + 1 for one in ids] and not np.isnan(np.concatenate(found)).any()
    row = [END_ID, *ids[0].tolist(), END_ID]
    for k in (0, 10, 16, 24, 30, len(row) - 2):
        start = 0 if k < 16 else (k - 8) // 8 * 8  # windows of 16 begin at every eighth piece
        with torch.inference_mode():
            window = torch.tensor([row[start : k + 1]])
            logs = model.network.net(input_ids=window).logits[0, -1].log_softmax(-1)
        assert found[0][k] == pytest.approx(logs[row[k + 1]].item(), abs=1e-4)


def test_a_language_model_is_measured_beside_sequences_that_were_counted(continuing: Path, table: Path) -> None:
    model = load.language_model(str(continuing), "cpu", folders=True)
    test = [f"We saw film {i}. It was good on day {i}.<br /><br />The end." for i in range(6)]
    found = evaluate(model, test, [f"It was bad on day {i}. The end." for i in range(50)], corpus="own")
    assert found["test"]["documents"] == 6 and found["test"]["characters"] == sum(len(plain(text)) for text in test)
    nats = sum(-one.sum() for one in model.logprobs(model.ids(test)))
    assert found["perplexity"]["per_piece"]["value"] == pytest.approx(
        math.exp(nats / found["test"]["pieces"]), rel=1e-4
    )
    assert found["perplexity"]["per_word"]["value"] > found["perplexity"]["per_piece"]["value"]
    gained = found["nats_gained_per_piece"]["value"]
    beside = found["baseline"]["five_gram"]["per_piece"]["value"]
    assert gained == pytest.approx(math.log(beside / found["perplexity"]["per_piece"]["value"]), abs=1e-4)


def test_the_command_line_measures_it_and_refuses_to_translate_or_classify_with_it(
    continuing: Path, table: Path, run, tmp_path: Path
) -> None:
    told = run("evaluate", str(continuing), "--on", str(table))
    assert told.code == 0 and valid("metrics-language", told.out)["task"] == "language"
    for command, sentence in (("translate", "does not translate"), ("classify", "does not classify")):
        refused = run(command, str(continuing), given="x\n")
        assert refused.code == 2 and sentence in refused.err and "language" in refused.err


def test_bytes_are_never_unknown_and_joined_pieces_are_the_text() -> None:
    words = BytePieces.train(["a film", "the film"] * 5, 270)
    for text in ("a film", "中文 \N{GRINNING FACE}\n end ", f"{END} typed"):
        (ids,) = words.ids([text])
        assert words.decode(ids) == text and END_ID not in ids
    assert plain("One.<br /><br />Two.<BR>") == "One.\nTwo."
