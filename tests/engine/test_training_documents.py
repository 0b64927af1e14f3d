"""Training classifiers: on an own table, to a model that has learnt it, and resumed like any other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from engine.errors import Refused
from engine.inference import load
from engine.models.documents.batch import DocumentBatch
from engine.store import catalogue
from engine.training import runs
from engine.training.config import read
from engine.training.tasks import Classifying, LabelledDocument

CONFIG = """
name = "classification/tiny"
pieces = 40
[data]
documents = ["{table}"]
[model]
kind = "{kind}"
{sizes}
dropout = 0.0
[loop]
updates = {updates}
batch = 16
rate = 0.02
warmup = 5
precision = "bf16"
threads = 1
validate_every = 20
"""
SIZES = {"han": "embedding = 8\nword = 6\nsentence = 6\nattention = 8", "bilstm": "embedding = 8\nhidden = 8"}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reviews that one word decides, wherever it stands."""
    path = tmp_path_factory.mktemp("table") / "own.csv"
    lines = ["text,label"]
    for i in range(400):
        good = i % 2
        place = i // 2 % 2
        own = f"It was {('bad', 'good')[good]} on day {i}."
        rest = [f"We saw film {i % 7}.", f"Then came {i % 11} more people and sat down.", "The end."][: 1 + i % 3]
        lines.append(f'"{" ".join([*rest[:place], own, *rest[place:]])}",{("negative", "positive")[good]}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def config_at(folder: Path, table: Path, kind: str, updates: int) -> Path:
    path = folder / f"{kind}-{updates}.toml"
    path.write_text(CONFIG.format(table=table, kind=kind, sizes=SIZES.get(kind, ""), updates=updates), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", SIZES)
def test_a_network_learns_which_word_decides(tmp_path: Path, table: Path, kind: str) -> None:
    run = runs.train(config_at(tmp_path, table, kind, 240), tmp_path / "run", device="cpu")
    model = load.classifier(str(run), "cpu", folders=True)
    assert model.kind == kind and model.labels == ("negative", "positive") and model.language == "en"
    for word, label in (("bad", 0), ("good", 1)):
        texts = [f"It was {word} on day 4.", f"We saw film 3. It was {word} on day 4. The end."]
        assert [model.read(text).predicted for text in texts] == [label, label]


def test_a_resumed_run_ends_with_the_very_same_weights(tmp_path: Path, table: Path) -> None:
    whole = runs.train(config_at(tmp_path, table, "han", 40), tmp_path / "whole", device="cpu")
    steps = []

    def stop(progress: object) -> None:
        steps.append(progress)
        if len(steps) == 25:
            raise KeyboardInterrupt

    broken = tmp_path / "broken"
    with pytest.raises(KeyboardInterrupt):
        runs.train(config_at(tmp_path, table, "han", 40), broken, device="cpu", watch=stop)
    runs.train(config_at(tmp_path, table, "han", 40), broken, resume=True, device="cpu")
    assert (whole / "model.safetensors").read_bytes() == (broken / "model.safetensors").read_bytes()


def test_an_unknown_kind_is_refused(tmp_path: Path, table: Path) -> None:
    with pytest.raises(Refused, match="han, bilstm"):
        runs.train(config_at(tmp_path, table, "forest", 10), tmp_path / "run", device="cpu")


def test_hidden_words_are_unknown_in_training_alone() -> None:
    examples = [LabelledDocument(((5, 6, 7), (8,)), 1), LabelledDocument(((9,),), 0)]
    seen = []

    class Network(torch.nn.Module):
        def forward(self, batch: DocumentBatch) -> SimpleNamespace:
            seen.append(batch.ids[batch.present].tolist())
            return SimpleNamespace(logits=torch.zeros(2, 2))

    model = Network()
    task = Classifying(examples, examples)
    loss = task.loss(model, None, [0, 1], torch.device("cpu"), dev=False, unknown=0.999999)
    task.loss(model, None, [0, 1], torch.device("cpu"), dev=True, unknown=0.0)
    assert seen == [[1, 1, 1, 1, 1], [5, 6, 7, 8, 9]]
    assert (loss.guesses, loss.words) == (2, 5) and loss.total.item() == pytest.approx(2 * 0.693147, abs=1e-4)


def test_the_siblings_that_ship_differ_in_pooling_alone() -> None:
    folder = Path("pretrained/classification")
    configs = [read(folder / name / "train.toml") for name in ("imdb-han", "imdb-hn-ave", "imdb-hn-max")]
    assert len({str(c.data) + str(c.loop) + str(c.pieces) for c in configs}) == 1
    assert len({tuple(sorted((k, v) for k, v in c.model.items() if k != "pooling")) for c in configs}) == 1
    assert [c.model["pooling"] for c in configs] == ["attention", "average", "max"]


def test_a_command_trains_a_classifier(tmp_path: Path, table: Path) -> None:
    command = [sys.executable, "-m", "engine", "train", str(config_at(tmp_path, table, "bilstm", 3)), "--device", "cpu"]
    done = subprocess.run([*command, "--run", str(tmp_path / "run")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert catalogue.find(str(tmp_path / "run"), folders=True).task == "classification"


def test_training_a_translator_needs_nothing_that_cuts_documents() -> None:
    unwanted = {"sentencex", "rjieba", "sklearn", "captum", "charset_normalizer", "streamlit"}
    code = f"import sys, engine.training.runs; print(sorted({unwanted!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
