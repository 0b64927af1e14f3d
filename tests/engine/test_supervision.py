"""Supervised attention: its loss against the papers' formula, and what training with it comes to."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import Refused
from engine.evaluation.cards.recurrent import mechanism
from engine.inference import load
from engine.models.recurrent.seq2seq import Seq2Seq
from engine.traces import Axis
from engine.training.config import LoopConfig
from engine.training.loop import Trainer
from engine.training.runs import train
from engine.training.supervision import Supervision, wish
from engine.training.tasks import Translating
from tests.engine.test_training import WHOLE, config_at, corpus, tiny

__all__ = ["corpus"]

CPU = torch.device("cpu")


def axis(*words: tuple[str, ...]) -> Axis:
    """Words given as their pieces, and the end."""
    labels = [piece for word in words for piece in word]
    groups = [k for k, word in enumerate(words) for _ in word]
    return Axis((*labels, "</s>"), (*groups, len(words)), (*(False for _ in labels), True))


def test_a_piece_is_wished_to_look_evenly_at_the_words_that_its_word_is_linked_to():
    source, target = axis(("a",), ("b", "c"), ("d",)), axis(("x", "y"), ("z",), ("w",))
    wanted = [[0.5, 0.25, 0.25, 0, 0]] * 2 + [[0, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]]
    np.testing.assert_allclose(wish(source, target, {(0, 0), (1, 0), (2, 2)}), wanted)


def test_a_piece_of_two_words_is_wished_to_look_where_either_is_linked():
    target = Axis(("xy", "z", "</s>"), (0, 1, 2), (False, False, True), shares=((0.5, 0.5), (1.0,), (1.0,)))
    rows = wish(axis(("a",), ("b",)), target, {(0, 0), (1, 1)})
    np.testing.assert_allclose(rows, [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 0]])
    np.testing.assert_allclose(wish(axis(("a",), ("b",)), target, {(0, 0)})[0], [1, 0, 0])


@pytest.mark.parametrize("later", [0, 1, 2])
def test_the_loss_is_the_cross_entropy_of_links_and_attention_at_the_step_asked_for(later):
    generator = torch.Generator().manual_seed(1)
    weights = torch.rand(2, 4, 3, generator=generator).softmax(-1)
    first, second = (
        wish(axis(("a",), ("b",)), axis(("x",), ("y",), ("z",)), {(0, 0), (1, 0), (1, 1), (0, 2)}),
        wish(axis(("a",)), axis(("x",)), {(0, 0)}),
    )
    found = Supervision([first, second], 0.5, later).loss(weights, [0, 1])
    total = 0.0
    for row, own in enumerate((first, second)):
        for t in range(len(own)):
            for i in range(own.shape[1]):
                if t + later < len(own):  # no step of the sentence comes later than its end
                    total -= own[t, i] * math.log(weights[row, t + later, i].item())
    assert found.item() == pytest.approx(0.5 * total, rel=1e-5)


def test_the_loss_counts_pairs_by_their_number_and_stays_finite_where_a_weight_is_nought():
    own = wish(axis(("a",)), axis(("x",)), {(0, 0)})
    supervision = Supervision([np.zeros((2, 2), np.float32), own], 1.0)
    weights = torch.tensor([[[0.0, 1.0], [0.5, 0.5]]], requires_grad=True)
    assert supervision.loss(weights, [0]).item() == 0
    found = supervision.loss(weights, [1])
    found.backward()
    assert math.isfinite(found.item()) and weights.grad is not None and weights.grad.isfinite().all()


def attended(model: Seq2Seq, pairs: list[tuple[list[int], list[int]]], task: Translating) -> float:
    """The share of all attention that lies where it was wished to be, at the step that was supervised."""
    assert task.supervision is not None
    right = rows = 0.0
    with torch.no_grad():
        read = [
            model.eval()(torch.tensor([source]), torch.ones(1, len(source)).bool(), torch.tensor([[2, *target[:-1]]]))
            for source, target in pairs
        ]
    for decoded, own in zip(read, task.supervision.wishes, strict=True):
        for t in np.flatnonzero(own.sum(1)):
            if t + task.supervision.later < len(own):
                right += float((decoded.weights[0, t + task.supervision.later] * torch.from_numpy(own[t] > 0)).sum())
                rows += 1
    return right / rows


@pytest.mark.parametrize("later", [0, 1])
def test_attention_comes_to_look_where_the_links_say_at_the_step_they_were_given_for(later):
    model, pairs = tiny()
    own = wish(axis(("a",), ("b",)), axis(("x",), ("y",)), {(1, 0), (0, 1)})  # against the grain of a copy
    task = Translating(pairs, pairs[:8], supervision=Supervision([own] * len(pairs), 2.0, later))
    before = attended(model, pairs, task)
    loop = LoopConfig(updates=120, batch=8, rate=0.02, warmup=5, precision="no", threads=1, validate_every=120)
    validation = [progress.validation for progress in Trainer(model.train(), task, loop, CPU).run()][-1]
    assert before < 0.5 and attended(model, pairs, task) > 0.85
    plain = Translating(pairs, pairs[:8])
    with torch.no_grad():  # what development measures is translation alone
        read = plain.loss(model, model, list(range(8)), CPU, dev=True, unknown=0.0)
    assert validation == pytest.approx(read.total.item() / read.guesses, rel=1e-4)


def supervised(folder: Path, corpus: Path, links: str, **settings: object) -> Path:
    (folder / "links.txt").write_text(links, encoding="utf-8")
    more = "".join(f", {name} = {value}" for name, value in settings.items())
    config = config_at(folder, corpus)
    asked = f'supervised = {{links = "{folder / "links.txt"}"{more}}}\n[data]'
    config.write_text(config.read_text(encoding="utf-8").replace("[data]", asked), encoding="utf-8")
    return config


def test_links_of_the_pairs_that_are_printed_supervise_a_run_and_the_model_says_how_it_is_read(
    tmp_path: Path, corpus: Path, run, runs: Path
):
    printed = run("data", "pairs", str(config_at(tmp_path, corpus))).lines
    assert printed and all(line.count("\t") == 1 for line in printed)
    assert set(printed).isdisjoint(run("data", "pairs", str(config_at(tmp_path, corpus)), "--split", "dev").lines)
    words = [len(line.split("\t")[0].split()) for line in printed]
    diagonal = "\n".join(" ".join(f"{i}-{i}" for i in range(count)) if k else "" for k, count in enumerate(words))
    config = supervised(tmp_path, corpus, diagonal, later=1, weight=0.5)
    folder = train(config, runs / "pulled", device="cpu")
    info = load.translator("run:pulled", "cpu").info
    assert info.later == 1
    told = json.loads((folder / "training.json").read_text())["supervised"]
    assert info.supervised and (told["weight"], told["later"]) == (0.5, 1)
    assert told["pairs_with_links"] == len(printed) - 1 and re.fullmatch("[0-9a-f]{64}", told["links_sha256"])
    (line,) = mechanism(info)  # of its card
    assert f"links that {len(printed) - 1:,} of its training pairs have, 1 step after the word is written" in line
    given = printed[1] + "\n"
    assert (
        run("align", "run:pulled", given=given).lines == run("align", "run:pulled", "--later", "1", given=given).lines
    )


@pytest.mark.parametrize(
    ("links", "sentence"),
    [
        ("0-0\n", "lines of the file of links are 1 and the sentences"),
        ("all", "links no word"),
        ("far", "links 99-0, but the words of its sentence are"),
        ("bad", "“0=0” is no link"),
    ],
)
def test_links_that_do_not_fit_the_pairs_are_refused_in_a_sentence(tmp_path: Path, corpus: Path, run, links, sentence):
    count = len(run("data", "pairs", str(config_at(tmp_path, corpus))).lines)
    lines = {"all": "\n" * count, "far": "99-0\n" + "\n" * (count - 1), "bad": "0=0\n" + "\n" * (count - 1)}
    with pytest.raises(Refused) as refusal:
        train(supervised(tmp_path, corpus, lines.get(links, links)), tmp_path / "run", device="cpu")
    assert sentence in str(refusal.value)


def test_without_the_section_nothing_changes():
    assert "supervised" not in WHOLE
    model, pairs = tiny()
    with torch.no_grad():
        losses = [
            task.loss(model.eval(), model, [0, 1], CPU, dev=False, unknown=0.0).total.item()
            for task in (
                Translating(pairs, pairs),
                Translating(pairs, pairs, supervision=Supervision([np.zeros((3, 3), np.float32)] * 2, 1.0)),
            )
        ]
    assert losses[0] == losses[1]
