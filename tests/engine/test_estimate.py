"""What a training will take is told before it starts, and a run that may take so many minutes is made to fit them."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.cli import app
from engine.errors import Refused
from engine.runs import activity, outcome, queue
from engine.runs.files import CONFIG
from engine.schemas import estimates
from engine.training import checkpoint, estimate, fitting, measuring, memory, runs
from engine.training.config import LoopConfig, NarrowingConfig, TrainConfig, read
from engine.training.data_sections import PairsConfig
from engine.training.estimate import StageEstimate, fitted, seconds_of, updates_for
from engine.training.measuring import Cost, from_the_middle, numbers, spread
from engine.training.prepare import by_task
from tests import pairs
from tests.engine.terminal import valid
from tests.engine.test_training import CONFIG as TOML
from tests.engine.test_training import config_at, last_state

CPU = torch.device("cpu")
COST = Cost(0.5, 2.0, 1000)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = config_at(tmp_path, pairs.write(tmp_path))
    path.write_text(path.read_text().replace("bf16", "no"))
    return path


def steady() -> float:
    return float(next(TICKS))


TICKS = itertools.count()
"""A clock that is one second further each time it is looked at."""


def test_the_steps_that_are_tried_reach_from_the_shortest_examples_to_the_longest() -> None:
    examples = [([1] * (1 + i % 40), [2] * (i % 7)) for i in range(400)]
    batches = [[(i * 7 + j) % 400 for j in range(4)] for i in range(50)] + [[0, 1]]
    sizes = [numbers(examples[batch[2]]) for batch in spread(batches, examples, 8)]
    whole = [numbers(examples[batch[2]]) for batch in batches if len(batch) == 4]
    assert len(sizes) == 8 and sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (min(whole), max(whole))
    assert len(spread([[0], [1]], examples, 8)) == 2, "where there are fewer, all of them"
    assert from_the_middle([[n] for n in range(6)]) == [[2], [0], [5], [1], [4], [3]]
    assert from_the_middle([[7]]) == [[7]]


def test_all_ids_of_an_example_count_however_it_is_put_together() -> None:
    assert numbers(((1, 2, 3), ([4, 5], 6))) == 6 and numbers(7) == 1 and numbers(([], ())) == 0
    assert numbers((torch.arange(3).numpy(), 1)) == 4


def test_measuring_times_steps_after_warming_up_and_leaves_everything_as_it_was(config: Path, tmp_path: Path) -> None:
    wanted = read(config)
    prepared = by_task.prepare(wanted, tmp_path)
    before = {name: tensor.clone() for name, tensor in prepared.model.state_dict().items()}
    chance, done = torch.get_rng_state(), []
    real = measuring.Trainer.update
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring.Trainer, "update", lambda own, places: done.append(len(places)) or real(own, places))
        cost = measuring.measured(prepared.model, prepared.task, wanted.loop, CPU, steady)
    assert len(done) == 2 + 6 and cost.update == 1, "two steps warm up and are not timed, and 6 s are enough"
    assert cost.validation == len(prepared.task.dev_batches(wanted.loop.batch)) and cost.peak > 1_000_000
    assert all(torch.equal(before[name], tensor) for name, tensor in prepared.model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), chance) and prepared.model.training


@given(st.floats(0.001, 10_000), st.floats(0, 100), st.floats(0, 1000))
def test_what_fits_takes_no_longer_than_it_may(minutes: float, update: float, validation: float) -> None:
    cost = Cost(update, validation, 0)
    updates, every = updates_for(minutes, cost)
    assert updates >= 1 <= every
    validations = math.ceil(updates / every)
    assert validations <= estimate.VALIDATIONS
    if updates > 1:
        assert updates * update + validations * validation <= 60 * minutes * 1.0001
        assert len(str(updates).rstrip("0")) <= 2
    if validation * 5 < 60 * minutes and validations > 1:
        assert validations * validation <= estimate.SHARE * 60 * minutes * 1.0001


def test_a_config_is_shortened_or_lengthened_to_the_minutes_and_stays_one() -> None:
    loop = LoopConfig(1000, warmup=300, restarts=(200, 600), restart_rates=(1e-3, 5e-4), stop=900, validate_every=100)
    whole = TrainConfig("a/b", PairsConfig(("tatoeba/en-fr",), "en", "fr"), loop)
    (stage,) = stages = [StageEstimate("training", loop, 5, COST)]
    assert stage.seconds == 900 * 0.5 + 9 * 2
    short = fitted(whole, 2.0, stages).loop
    assert short.updates == short.ends == 190 and short.warmup == 19, "120 s, a fifth of them for 12 validations"
    assert short.validate_every == 16 and seconds_of(short, COST) <= 120
    assert short.restarts == (42, 127) and short.restart_rates == loop.restart_rates
    assert replace(short, updates=1000, warmup=300, stop=900, validate_every=100, restarts=(200, 600)) == loop
    narrowing = fitted(replace(whole, narrowing=NarrowingConfig(6, 800)), 2.0, stages).narrowing
    assert narrowing == NarrowingConfig(6, 190), "a window reaches its width before the end"
    long = fitted(whole, 600.0, stages).loop
    assert long.updates > 70_000 and long.warmup == 300 and len(long.restarts) == 2
    least = fitted(whole, 0.001, stages).loop
    assert (least.updates, least.warmup, least.validate_every, least.restarts) == (1, 1, 1, ())


def test_what_is_learnt_before_has_its_share_of_the_minutes(tmp_path: Path) -> None:
    path = tmp_path / "train.toml"
    path.write_text(
        'name = "classification/x"\n[data]\ndocuments = ["imdb"]\n[model]\nkind = "encoder"\n'
        "[pretraining]\nupdates = 300\nvalidate_every = 300\n[loop]\nupdates = 100\nvalidate_every = 100\n"
    )
    config = read(path)
    assert config.pretraining is not None
    cost = Cost(1.0, 0.0, 0)
    stages = [
        StageEstimate("pretraining", config.pretraining, 5, cost),
        StageEstimate("training", config.loop, 5, cost),
    ]
    short = fitted(config, 4.0, stages)
    assert short.pretraining is not None and (short.pretraining.updates, short.loop.updates) == (180, 60)
    assert short.pretraining.length == config.pretraining.length


def minutes(run_of: Path, minutes: float, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in the queue that may take so many."""
    monkeypatch.setenv("ALIGNSCOPE_RUNS", str(run_of.parent / "runs"))
    (run_of.parent / "runs").mkdir(exist_ok=True)
    return queue.add(run_of.read_bytes(), "one", "", minutes=minutes).folder


def test_a_run_of_so_many_minutes_says_in_its_file_what_was_done_and_goes_on_by_it(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doing: list[str] = []
    real = activity.write
    monkeypatch.setattr(activity, "write", lambda run, what, *more: doing.append(what) or real(run, what, *more))
    monkeypatch.setattr(estimate, "measured", lambda *_: Cost(1.0, 0.0, 0))
    run = minutes(config, 0.3, monkeypatch)

    def watch(progress: object) -> None:
        assert activity.read(run) is None, "it learns"
        if progress.step == 7:  # type: ignore[attr-defined]
            queue.stop("one")

    runs.train(run / CONFIG, run, device="cpu", watch=watch)
    assert doing == ["reading", "cutting", "encoding", "measuring"] and activity.read(run) is None
    wanted = read(run / CONFIG)
    assert (wanted.loop.updates, wanted.loop.warmup, wanted.loop.validate_every) == (18, 1, 1)
    assert replace(wanted, loop=read(config).loop) == read(config)
    assert "0.3 minutes" in (run / CONFIG).read_text()
    stopped = queue.find("one")
    assert (stopped.state, stopped.outcome and stopped.outcome.update, stopped.stored) == ("stopped", 7, True)
    monkeypatch.setattr(fitting.estimate, "of", lambda *_: pytest.fail("it is settled"))
    queue.resume("one")
    runs.train(run / CONFIG, run, device="cpu", resume=True)
    assert queue.find("one").state == "finished"
    straight = runs.train(run / CONFIG, tmp_path / "straight", device="cpu")
    assert (run / "model.safetensors").read_bytes() == (straight / "model.safetensors").read_bytes()
    ours, theirs = last_state(run), last_state(straight)
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_time_is_measured_again_where_nothing_was_learnt_by_it(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "measured", lambda *_: Cost(1.0, 0.0, 0))
    run = minutes(config, 0.5, monkeypatch)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(checkpoint, "write", full)
        runs.train(run / CONFIG, run, device="cpu")
    assert read(run / CONFIG).loop.updates == 30 and queue.find("one").state == "failed"
    monkeypatch.setattr(estimate, "measured", lambda *_: Cost(2.0, 0.0, 0))
    runs.train(run / CONFIG, run, device="cpu", resume=True)
    assert read(run / CONFIG).loop.updates == 15 and queue.find("one").state == "finished"


def test_the_command_says_what_a_training_will_take(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "measured", lambda *_: COST)
    asked = ["estimate", str(config), "--device", "cpu", "--minutes", "1"]
    for more in ([], ["--json"]):
        with pytest.raises(SystemExit) as left:
            app.main([*asked, *more])
        assert left.value.code == 0
    *lines, last = capsys.readouterr().out.splitlines()
    record = valid("estimate", last)
    assert record["stages"][0]["examples"] == len(by_task.prepare(read(config), config.parent).task.train)
    assert record["seconds"] == 24 * 0.5 + 3 * 2 and record["fits"]["seconds"] <= 60
    assert f"parameters\t{record['parameters']}" in lines and "minutes to the end\t0.3" in lines
    assert "training: updates in 1 minutes\t96" in lines
    assert record["bytes"]["weights"] + record["bytes"]["optimiser"] == 16 * record["parameters"]
    assert json.loads(last)["bytes"]["peak"] == 1000


def test_what_watches_a_folder_sees_what_is_done_and_why_it_could_not_be(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    doing: list[str] = []
    real = activity.write
    monkeypatch.setattr(activity, "write", lambda run, what, *more: doing.append(what) or real(run, what, *more))
    monkeypatch.setattr(estimate, "measured", lambda *_: COST)
    asked = ["estimate", str(config), "--device", "cpu", "--json", "--folder", str(folder)]
    with pytest.raises(SystemExit):
        app.main(asked)
    assert doing == ["reading", "cutting", "encoding", "measuring"]
    wanted, record = read(config), json.loads(capsys.readouterr().out)
    estimated = estimates.read(record, wanted)
    assert estimates.record(wanted, estimated, 0.0) == record and estimated.stages[0].cost == COST
    monkeypatch.setattr(memory, "available", lambda device: 20_000)
    with pytest.raises(SystemExit) as left:
        app.main(asked)
    end = outcome.read(folder)
    assert left.value.code == 2 and end is not None and "needs 1 MB to learn" in str(end.refusal)


def test_what_no_memory_can_hold_is_refused_before_anything_is_read(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available", lambda device: 20_000)
    sentence = r"needs 1 MB to learn and 0 MB are free"
    with pytest.raises(Refused, match=sentence):
        estimate.estimate(read(config), CPU)
    with pytest.raises(Refused, match=sentence):
        runs.train(config, tmp_path / "run", device="cpu")
    assert not (tmp_path / "run" / "tokenizer.json").exists()


def test_the_most_that_is_held_counts_from_when_it_was_forgotten() -> None:
    memory.forget_peak(CPU)
    before = memory.peak(CPU)
    held = torch.ones(60_000_000)  # too much for what the allocator may hold already
    assert memory.peak(CPU) - before > 120_000_000
    del held


def test_losses_that_are_no_numbers_from_the_start_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "train.toml"
    path.write_text(
        TOML.format(corpus=pairs.write(tmp_path), updates=24, rate=1e30).replace("warmup = 5", "warmup = 1")
    )
    with pytest.raises(Refused, match="lower the rate"):
        estimate.estimate(read(path), CPU)
