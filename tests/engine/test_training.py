"""Training: what a run leaves behind, and what no crash may take away."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from engine.attention import SCORES
from engine.errors import Refused
from engine.models.recurrent.seq2seq import Seq2Seq, Seq2SeqConfig
from engine.training import checkpoint
from engine.training.batches import batch_of, order, with_unknown
from engine.training.config import LoopConfig, read
from engine.training.loop import Diverged, Trainer
from engine.training.loss import cross_entropy_sum
from engine.training.runs import train
from engine.training.tasks import Translating
from tests import pairs
from tests.seeds import seeds

CONFIG = """
name = "translation/tiny"
pieces = 60
[data]
corpora = ["{corpus}"]
source = "en"
target = "fr"
[model]
embedding = 8
encoder = 8
decoder = 16
attention = 8
[loop]
updates = {updates}
batch = 8
rate = {rate}
warmup = 5
precision = "bf16"
threads = 1
validate_every = 8
"""
WHOLE = CONFIG.format(corpus="tatoeba/en-fr", updates=24, rate=0.01)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return pairs.write(tmp_path)


def config_at(folder: Path, corpus: Path, updates: int = 24, rate: float = 0.01) -> Path:
    path = folder / f"config-{updates}-{rate}.toml"
    path.write_text(CONFIG.format(corpus=corpus, updates=updates, rate=rate), encoding="utf-8")
    return path


def command(config: Path, run: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "engine", "train", str(config), "--run", str(run), "--device", "cpu", *more]


def finish(config: Path, run: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(config, run, *more), capture_output=True, text=True, timeout=120)


def last_state(run: Path) -> dict[str, torch.Tensor]:
    found = checkpoint.latest(run / "checkpoint")
    assert found is not None
    return load_file(found / checkpoint.TENSORS)


def test_a_killed_and_resumed_run_ends_with_the_very_same_weights(tmp_path: Path, corpus: Path) -> None:
    config = config_at(tmp_path, corpus, updates=96)
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    assert finish(config, straight).returncode == 0

    process = subprocess.Popen(command(config, broken), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            if checkpoint.latest(broken / "checkpoint") is not None or process.poll() is not None:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    assert not (broken / "model.safetensors").exists(), "the run was over before it could be killed"
    assert finish(config, broken, "--resume").returncode == 0

    wanted, got = last_state(straight), last_state(broken)
    assert wanted.keys() == got.keys()
    assert [name for name in wanted if not torch.equal(wanted[name], got[name])] == []
    assert (straight / "model.safetensors").read_bytes() == (broken / "model.safetensors").read_bytes()
    steps = [json.loads(line)["step"] for line in (broken / "progress.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps)), "an update is told of twice"


def trainer_that_did_best_early(updates: int = 4) -> Trainer:
    """Its validation losses are given: 3 after update 1, then 1, 2, 2."""
    torch.manual_seed(1)
    sizes = {"embedding": 4, "encoder": 4, "decoder": 8, "attention": 4}
    pairs = [([5, 6, 2], [7, 2])] * 8
    config = LoopConfig(updates=updates, batch=4, warmup=1, precision="no", validate_every=1)
    trainer = Trainer(Seq2Seq(Seq2SeqConfig(20, **sizes)), Translating(pairs, pairs), config, torch.device("cpu"))
    trainer.validate = lambda: [3.0, 1.0, 2.0, 2.0][trainer.done - 1]
    return trainer


def weights_of(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in trainer.net.state_dict().items()}


@pytest.mark.parametrize("stop", [None, 1, 2, 3])
def test_what_did_best_on_development_data_is_what_a_run_leaves_also_when_it_was_stopped(stop: int | None) -> None:
    trainer, wanted = trainer_that_did_best_early(), {}
    for progress in trainer.run():
        if progress.step == 2:
            wanted = weights_of(trainer)
        if progress.step == stop:
            left = {name: tensor.clone() for name, tensor in trainer.tensors().items()}, trainer.facts()
    if stop is not None:
        trainer = trainer_that_did_best_early()
        trainer.restore(*left)
        for progress in trainer.run():
            if progress.step == 2:
                assert all(torch.equal(tensor, wanted[name]) for name, tensor in trainer.net.state_dict().items())
    last = weights_of(trainer)
    trainer.take_best()
    assert (trainer.done, trainer.best_at, trainer.best) == (4, 2, 1.0)
    assert all(torch.equal(tensor, wanted[name]) for name, tensor in trainer.net.state_dict().items())
    assert not all(torch.equal(tensor, wanted[name]) for name, tensor in last.items())


def early_best(run: Path, monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> dict[str, Any]:
    """What a run leaves whose validations come to these losses, one after each eight updates."""
    given = iter(losses)
    monkeypatch.setattr(Trainer, "validate", lambda trainer: next(given))
    train(config_at(run.parent, pairs.write(run.parent)), run, device="cpu", resume=run.exists())
    return json.loads((run / "training.json").read_text(encoding="utf-8"))


def test_a_run_stores_the_weights_that_did_best_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = early_best(tmp_path / "early", monkeypatch, [2.0, 1.0, 3.0])
    assert (facts["updates"], facts["best_update"], facts["validation_nats_per_piece"]) == (24, 16, 1.0)
    early_best(tmp_path / "late", monkeypatch, [3.0, 2.0, 1.0])
    early, late = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("early", "late"))
    assert early != late
    kept = checkpoint.read(tmp_path / "late" / "checkpoint" / "16")[0]
    best = {name.removeprefix("best."): t for name, t in last_state(tmp_path / "early").items() if "best." in name}
    assert best and all(torch.equal(tensor, kept[f"model.{name}"]) for name, tensor in best.items())


def test_a_run_that_an_older_version_had_ended_can_be_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    early_best(run, monkeypatch, [2.0, 1.0, 3.0])
    for name in ("model.safetensors", "training.json", "config.json"):
        (run / name).unlink()
    last = checkpoint.latest(run / "checkpoint")
    assert last is not None
    tensors, facts = checkpoint.read(last)
    older = {name: tensor for name, tensor in tensors.items() if not name.startswith("best.")}
    del facts["best_at"]
    checkpoint.write(run / "checkpoint", 24, older, facts)
    told = early_best(run, monkeypatch, [2.5])
    assert (told["updates"], told["best_update"], told["validation_nats_per_piece"]) == (24, 24, 2.5)


def test_a_run_of_which_no_validation_is_a_number_is_stored_as_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = early_best(tmp_path / "run", monkeypatch, [math.nan] * 4)
    assert (facts["best_update"], facts["validation_nats_per_piece"]) == (24, None)


def test_where_no_validation_is_a_number_the_last_weights_stay() -> None:
    trainer = trainer_that_did_best_early()
    trainer.restore(trainer.tensors(), trainer.facts())
    trainer.validate = lambda: math.nan
    list(trainer.run())
    last = weights_of(trainer)
    trainer.take_best()
    assert trainer.best_at == 0
    assert all(torch.equal(tensor, last[name]) for name, tensor in trainer.net.state_dict().items())


def test_a_checkpoint_of_an_older_version_goes_on_and_one_without_its_best_weights_does_not() -> None:
    trainer = trainer_that_did_best_early()
    for progress in trainer.run():
        if progress.step == 3:
            break
    tensors, facts = trainer.tensors(), trainer.facts()
    older = {name: tensor for name, tensor in tensors.items() if not name.startswith("best.")}
    with pytest.raises(ValueError, match="the weights that did best"):
        trainer_that_did_best_early().restore(older, facts)
    again = trainer_that_did_best_early()
    again.restore(older, {name: fact for name, fact in facts.items() if name != "best_at"})
    list(again.run())
    assert (again.best_at, again.best) == (4, 2.0)


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_step(tmp_path: Path, corpus: Path) -> None:
    run = tmp_path / "run"
    done = finish(config_at(tmp_path, corpus, rate=3e38), run)
    assert done.returncode == 2
    told = [json.loads(line) for line in (run / "progress.jsonl").read_text().splitlines()][-1]
    assert told["diverged"] and f"update {told['step']}" in done.stderr
    assert not (run / "model.safetensors").exists()
    found = checkpoint.latest(run / "checkpoint")
    if found is not None:
        assert all(tensor.isfinite().all() for tensor in load_file(found / checkpoint.TENSORS).values())


def test_a_folder_that_holds_a_run_is_not_written_over(tmp_path: Path, corpus: Path) -> None:
    config, run = config_at(tmp_path, corpus), tmp_path / "run"
    assert finish(config, run).returncode == 0
    before = (run / "model.safetensors").read_bytes()
    again = finish(config, run)
    assert again.returncode == 2 and "--resume" in again.stderr and "Traceback" not in again.stderr
    assert (run / "model.safetensors").read_bytes() == before


def tiny(seed: int = 1, **more: object) -> tuple[Seq2Seq, list[tuple[list[int], list[int]]]]:
    torch.manual_seed(seed)
    model = Seq2Seq(Seq2SeqConfig(vocabulary=20, embedding=8, encoder=4, decoder=8, attention=4, dropout=0.0))
    pairs = [([4 + i % 9, 5 + i % 7, 3], [4 + i % 9, 5 + i % 7, 3]) for i in range(40)]
    return model, pairs


def test_nothing_is_changed_by_an_update_that_diverges() -> None:
    model, pairs = tiny()
    trainer = Trainer(
        model, Translating(pairs, pairs), LoopConfig(updates=9, batch=8, precision="bf16"), torch.device("cpu")
    )
    steps = trainer.run()
    next(steps)
    with torch.no_grad():
        model.bias[5] = math.inf
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(Diverged, match="update 2"):
        next(steps)
    assert all(torch.equal(tensor, model.state_dict()[name]) for name, tensor in before.items())


def test_training_learns_to_copy() -> None:
    model, pairs = tiny()
    config = LoopConfig(updates=300, batch=8, rate=0.03, warmup=10, unknown=0.0, validate_every=300)
    trainer = Trainer(model, Translating(pairs, pairs), config, torch.device("cpu"))
    before = trainer.validate()
    *_, last = trainer.run()
    assert last.validation is not None and last.validation < 0.2 < before


def test_training_of_one_precision_may_follow_on_another() -> None:
    model, pairs = tiny()
    for precision in ("no", "bf16", "no"):
        config = LoopConfig(updates=1, batch=8, precision=precision)
        trainer = Trainer(model, Translating(pairs, pairs), config, torch.device("cpu"))
        assert trainer.accelerator.mixed_precision == precision
        assert [progress.step for progress in trainer.run()] == [1]


def test_training_stops_when_validation_no_longer_improves() -> None:
    model, pairs = tiny()
    config = LoopConfig(updates=50, batch=8, rate=1e-12, validate_every=2, patience=3)
    trainer = Trainer(model, Translating(pairs, pairs), config, torch.device("cpu"))
    trainer.best = 0.0  # better than any loss can be
    assert [p.step for p in trainer.run()][-1] == 6


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_the_loss_and_its_gradient_are_those_of_torch(smoothing: float) -> None:
    torch.manual_seed(3)
    read, weight, bias = (torch.randn(*shape, requires_grad=True) for shape in ((700, 6), (11, 6), (11,)))
    target = torch.randint(11, (700,))
    ours = cross_entropy_sum(read, weight, bias, target, smoothing)
    into = torch.autograd.grad(ours * 0.5, (read, weight, bias))
    logits = read @ weight.T + bias
    theirs = torch.nn.functional.cross_entropy(logits, target, reduction="sum", label_smoothing=smoothing)
    wanted = torch.autograd.grad(theirs * 0.5, (read, weight, bias))
    torch.testing.assert_close(ours, theirs)
    for a, b in zip(into, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 3))
def test_a_pass_sees_every_pair_once(count: int, size: int, number: int) -> None:
    pairs = [([4] * (1 + i % 5), [4] * (1 + i % 3)) for i in range(count)]
    batches = order(pairs, size, 1, number)
    assert sorted(i for batch in batches for i in batch) == list(range(count))
    assert len(batches) == -(-count // size)
    assert batches == order(pairs, size, 1, number)


def test_only_text_is_replaced_by_the_unknown_word() -> None:
    batch = batch_of([([7, 8, 9, 3], [5, 3]), ([7, 3], [5, 6, 3])])
    changed = with_unknown(batch.source, 0.999999)
    assert changed.tolist() == [[1, 1, 1, 3], [1, 3, 0, 0]]
    assert batch.previous.tolist() == [[2, 5, 3], [2, 5, 6]]


def test_the_rate_climbs_and_then_falls_to_nothing() -> None:
    rates = [LoopConfig(updates=100, warmup=10, rate=1.0).rate_at(step) for step in range(101)]
    assert rates[0] == 0.1 and max(rates) == rates[9] == 1.0 and rates[100] == 0.0
    assert all(a > b for a, b in pairwise(rates[10:]))


def test_at_a_restart_the_rate_climbs_and_falls_anew() -> None:
    plain, twice = LoopConfig(updates=60, warmup=10), LoopConfig(updates=100, warmup=10, restarts=(60,))
    rates = [twice.rate_at(step) for step in range(100)]
    assert rates[:60] == [plain.rate_at(step) for step in range(60)]
    assert rates[60] < rates[65] < rates[69] == max(rates) and rates[99] < rates[60]


def test_each_restart_may_climb_to_a_rate_of_its_own() -> None:
    usual = LoopConfig(updates=100, warmup=10, restarts=(30, 60), rate=1.0)
    own = LoopConfig(updates=100, warmup=10, restarts=(30, 60), rate=1.0, restart_rates=(1.0, 0.25))
    rates, wanted = ([one.rate_at(step) for step in range(100)] for one in (own, usual))
    assert rates[:60] == wanted[:60]
    assert rates[60:] == [0.25 * rate for rate in wanted[60:]]


@pytest.mark.parametrize("rates", [(0.1,), (0.1, 0.2, 0.3), (0.1, 0.0)])
def test_rates_that_do_not_fit_the_restarts_are_refused(rates: tuple[float, ...]) -> None:
    with pytest.raises(Refused, match="restart_rates must hold a rate above 0 for each restart, of which there are 2"):
        LoopConfig(updates=100, restarts=(30, 60), restart_rates=rates)


@pytest.mark.parametrize("restarts", [(100,), (0,), (60, 60), (70, 30), (200,)])
def test_restarts_out_of_order_are_refused(restarts: tuple[int, ...]) -> None:
    with pytest.raises(Refused, match="restarts must rise"):
        LoopConfig(updates=100, restarts=restarts)


def test_every_shipped_config_can_be_read_and_the_lab_differs_in_the_score_alone() -> None:
    configs = {f"{p.parent.parent.name}/{p.parent.name}": read(p) for p in Path("pretrained").glob("*/*/train.toml")}
    lab = [configs[f"translation/en-fr-{score.replace('_', '-')}"] for score in SCORES]
    rest = {(c.data, c.loop, c.pieces, json.dumps({**c.model, "score": ""}, sort_keys=True)) for c in lab}
    assert len(rest) == 1 and [c.model["score"] for c in lab] == list(SCORES)


def test_forms_that_are_compared_learn_from_the_same_pairs_for_as_long_with_the_same_sizes() -> None:
    configs = [read(path) for path in Path("pretrained/translation").glob("en-fr-*/train.toml")]
    once = [c for c in configs if c.loop.updates == 2800 and c.model.get("kind") != "transformer"]
    sizes = ("cell", "embedding", "encoder", "decoder", "attention", "dropout")
    rest = {(c.data, c.loop, c.pieces, *(c.model[size] for size in sizes)) for c in once}
    assert len(once) > 10 and len(rest) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "no TOML"),
        ("wheels = 4\n" + WHOLE, "wheels"),
        (WHOLE.replace("= 24", "= 0"), "at least 1"),
        (WHOLE.replace("= 24", '= "many"'), "whole number"),
        (WHOLE.replace("= 24", "= true"), r"loop\.updates must be a whole number, got true"),
        (WHOLE.replace("updates = 24", ""), r"lacks what has no default: loop\.updates$"),
        ("narrowing = {}\n" + WHOLE, r"lacks what has no default: narrowing\.width, narrowing\.updates$"),
        ('name = "x"', r"lacks what has no default: data\.corpora, data\.source, data\.target$"),
    ],
)
def test_a_bad_config_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "train.toml"
    path.write_text(text)
    with pytest.raises(Refused, match=said):
        read(path)


def test_a_checkpoint_is_the_old_or_the_new_whatever_call_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each k-th call of write, fsync and replace fails once; then the whole write succeeds."""
    folder = tmp_path / "checkpoint"
    checkpoint.write(folder, 1, {"w": torch.ones(3)}, {"done": 1})
    real = {name: getattr(os, name) for name in ("fsync", "replace", "open")}
    for k in range(60):
        calls = 0

        def failing(name: str, k: int = k) -> object:
            def call(*args: object, **kwargs: object) -> object:
                nonlocal calls
                calls += 1
                if calls == k + 1:
                    raise OSError(28, "No space left on device")
                return real[name](*args, **kwargs)

            return call

        with monkeypatch.context() as patch:
            for name in real:
                patch.setattr(os, name, failing(name))
            try:
                checkpoint.write(folder, 2, {"w": torch.full((3,), 2.0)}, {"done": 2})
                over = True
            except OSError:
                over = False
        found = checkpoint.latest(folder)
        assert found is not None
        tensors, facts = checkpoint.read(found)
        assert tensors["w"].tolist() == [float(facts["done"])] * 3
        if over:
            break
    assert over and k > 5 and facts["done"] == 2


# Starts quickly because a process that has torch already forks the writers; each line says where one of them goes on.
WRITERS = """
import os, sys, torch
from pathlib import Path
from engine.training import checkpoint
torch.set_num_threads(1)
for line in sys.stdin:
    writer = os.fork()
    step = int(line)
    while not writer:
        step += 1
        checkpoint.write(Path(sys.argv[1]), step, {"w": torch.full((20000,), float(step))}, {"done": step})
    print(writer, flush=True)
    os.waitpid(writer, 0)
"""


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_random_kills_never_leave_a_broken_checkpoint(tmp_path: Path, seed: int) -> None:
    folder, random, acknowledged = tmp_path / "checkpoint", torch.Generator().manual_seed(seed), 0
    start = [sys.executable, "-c", WRITERS, str(folder)]
    with subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writers:
        assert writers.stdin is not None and writers.stdout is not None
        for _ in range(10):
            print(acknowledged, file=writers.stdin, flush=True)
            writer = int(writers.stdout.readline())
            while (found := checkpoint.latest(folder)) is None:
                time.sleep(0.01)
            time.sleep(float(torch.rand((), generator=random)) * 0.1)
            os.kill(writer, signal.SIGKILL)
            found = checkpoint.latest(folder)
            assert found is not None
            tensors, facts = checkpoint.read(found)
            assert torch.equal(tensors["w"], torch.full((20000,), float(facts["done"])))
            assert facts["done"] >= acknowledged, "an acknowledged checkpoint was lost"
            acknowledged = facts["done"]
        writers.stdin.close()
