"""The small parts of a training: batches, streams, checkpoints and rates, each by itself."""

from __future__ import annotations

import json
import math
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from engine.decoding.contract import length_penalty, limit, take
from engine.decoding.forced import CELLS, FEWEST, Said, looks
from engine.decoding.forced import batches as forced_batches
from engine.errors import Refused
from engine.text.padding import padded
from engine.text.tokenizer import END_ID, PAD_ID, START_ID, UNKNOWN_ID
from engine.text.wordpieces import FIRST_ID, LAST_ID, MASK_ID
from engine.text.wordpieces import UNKNOWN_ID as MISSING_ID
from engine.training import checkpoint
from engine.training.batches import POOL, batch_of, in_order, with_unknown
from engine.training.config import LoopConfig
from engine.training.streams import Continuing, Masking, Stretches, stream

PIECES = st.lists(st.integers(5, 40), min_size=1, max_size=7)
PAIRS = st.lists(st.tuples(PIECES, PIECES), min_size=1, max_size=8)


@given(PAIRS)
def test_a_batch_holds_each_pair_and_knows_its_padding(pairs: list[tuple[list[int], list[int]]]):
    batch = batch_of(pairs)
    for row, (source, target) in enumerate(pairs):
        assert batch.source[row][batch.present[row]].tolist() == source
        assert batch.target[row][batch.wanted[row]].tolist() == target
        assert batch.previous[row, : len(target)].tolist() == [START_ID, *target[:-1]]
    assert (batch.source[~batch.present] == PAD_ID).all() and (batch.target[~batch.wanted] == PAD_ID).all()
    assert padded([[7], [8, 9]]).ids.tolist() == [[7, PAD_ID], [8, 9]]


@given(st.integers(1, 300), st.integers(1, 20), st.integers(0, 5), st.integers(0, 3))
@settings(max_examples=40)
def test_a_pass_has_every_example_once_in_full_batches_and_is_the_same_each_time(
    count: int, size: int, seed: int, number: int
):
    lengths = [(k * 7 % 23, k % 5) for k in range(count)]
    batches = in_order(lengths, size, seed, number)
    assert sorted(chain(*batches)) == list(range(count))
    assert sorted(map(len, batches))[1:] == [size] * (len(batches) - 1) or count > size * POOL
    assert batches == in_order(lengths, size, seed, number)
    if len(batches) >= 10:
        assert batches != in_order(lengths, size, seed + 1, number) != in_order(lengths, size, seed, number + 1)


def test_examples_of_one_batch_are_of_like_length():
    lengths = [(k % 40, 0) for k in range(800)]
    spread = [
        max(lengths[i][0] for i in batch) - min(lengths[i][0] for i in batch) for batch in in_order(lengths, 20, 1, 0)
    ]
    assert max(spread) <= 1


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_so_large_a_share_of_the_text_becomes_unknown_and_marks_never(share: float):
    torch.manual_seed(0)
    source = torch.full((50, 100), 9)
    source[:, -1], source[:, -2], source[:, -3] = END_ID, PAD_ID, START_ID
    found = with_unknown(source, share)
    assert torch.equal(found[:, -3:], source[:, -3:])
    assert float((found[:, :-3] == UNKNOWN_ID).float().mean()) == pytest.approx(share, abs=0.03)
    assert ((found == source) | (found == UNKNOWN_ID)).all()


# --- running text


def text_of(*lengths: int) -> list[np.ndarray]:
    return [np.arange(10 * k + 10, 10 * k + 10 + length) for k, length in enumerate(lengths)]


def test_texts_in_a_row_have_the_mark_before_each_and_at_the_end():
    assert stream(text_of(2, 0, 3), 7).tolist() == [7, 10, 11, 7, 7, 30, 31, 32, 7]


@given(st.integers(12, 90), st.integers(2, 8), st.integers(1, 5), st.integers(0, 4), st.integers(0, 4))
@settings(max_examples=60)
def test_stretches_of_a_pass_do_not_overlap_and_every_piece_comes_up_in_some_pass(
    size: int, length: int, batch: int, seed: int, number: int
):
    whole = np.arange(size, dtype=np.int32)
    stretches = Stretches(whole, whole, length)
    if not len(stretches.train):
        return
    starts = list(chain(*stretches.batches(batch, seed, number)))
    assert len(starts) == len(stretches.train) == len(set(starts))
    assert len({start % length for start in starts}) == 1  # cut elsewhere in each pass, at like distances within one
    assert max(starts) + length < size
    dev = list(chain(*stretches.dev_batches(batch)))
    assert dev == list(range(0, size - 1, length))
    rows = stretches.rows(dev, length, dev=True)
    assert rows.flatten().tolist() == [min(k, size - 1) for start in dev for k in range(start, start + length)]


def test_each_pass_cuts_the_stream_elsewhere():
    stretches = Stretches(np.arange(500, dtype=np.int32), np.arange(5, dtype=np.int32), 10)
    cuts = {stretches.batches(4, 1, number)[0][0] % 10 for number in range(40)}
    assert len(cuts) > 5


class Table(nn.Module):
    """Reads nothing but the piece at each place; `last` gives it on."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = torch.eye(size) * 5
        self.bias = torch.zeros(size)
        self.seen: list[torch.Tensor] = []

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        self.seen.append(ids)
        return torch.eye(len(self.weight))[ids]

    def last(self, read: torch.Tensor) -> torch.Tensor:
        return read


@pytest.mark.parametrize("masked", [0.2, 0.6])
def test_masked_pieces_are_guessed_as_many_as_asked_for_and_marks_are_none_of_them(masked: float):
    whole = np.tile(np.r_[np.arange(20, 60), LAST_ID], 60).astype(np.int32)
    task, net = Masking(whole, whole, 66, masked), Table(64)
    places = task.batches(20, 0, 0)[0]
    torch.manual_seed(1)
    loss = task.loss(net, net, places, torch.device("cpu"), dev=False, unknown=0.1)
    (ids,) = net.seen
    text = task.rows(places, task.length, dev=False)
    assert (ids[:, 0] == FIRST_ID).all() and (ids[:, -1] == LAST_ID).all() and ids.shape[1] == 66
    inner = ids[:, 1:-1]
    assert ((inner == text) | (inner == MASK_ID) | (inner == MISSING_ID)).all()
    assert (inner[text == LAST_ID] == LAST_ID).all()
    assert float((inner == MASK_ID).float().mean()) == pytest.approx(masked, abs=0.05)
    assert loss.guesses == int((inner == MASK_ID).sum())
    # A model that reads the mask alone finds each guess as likely as its one large number says.
    logits = torch.zeros(64)
    logits[MASK_ID] = 5
    expected = loss.guesses * (math.log(math.exp(5) + 63))
    assert float(loss.total) == pytest.approx(expected, rel=1e-5)


def test_development_is_always_asked_the_same():
    whole = np.arange(20, 320, dtype=np.int32) % 40 + 20
    task, net = Masking(whole, whole, 34, 0.3), Table(64)
    for _ in range(2):
        task.loss(net, net, [0, 32], torch.device("cpu"), dev=True, unknown=0.0)
    assert torch.equal(net.seen[0], net.seen[1])


def test_continuing_text_asks_for_the_next_piece_at_every_place():
    whole = np.arange(2, 60, dtype=np.int32)
    task, net = Continuing(whole, whole, 8), Table(64)
    loss = task.loss(net, net, [0, 16], torch.device("cpu"), dev=True, unknown=0.0)
    assert net.seen[0].tolist() == [list(range(2, 10)), list(range(18, 26))]
    assert loss.guesses == 16
    assert float(loss.total) == pytest.approx(16 * math.log(math.exp(5) + 63), rel=1e-5)


# --- checkpoints


def tensors(value: float) -> dict[str, torch.Tensor]:
    return {"a": torch.full((2, 3), value), "b": torch.tensor([1, 2])}


def test_of_many_checkpoints_the_newest_stay_and_the_one_that_is_named_comes_first(tmp_path: Path):
    for step in (5, 10, 20, 15):
        checkpoint.write(tmp_path, step, tensors(step), {"step": step}, keep=2)
    assert checkpoint.latest(tmp_path) == tmp_path / "15"
    assert [path.name for path in checkpoint.candidates(tmp_path)] == ["15", "20", "10"][
        : len(checkpoint.candidates(tmp_path))
    ]
    found, facts = checkpoint.read(tmp_path / "15")
    assert facts == {"step": 15} and torch.equal(found["a"], tensors(15)["a"]) and found["b"].dtype == torch.int64


def test_without_a_name_the_newest_is_gone_on_from_and_what_is_no_checkpoint_is_none(tmp_path: Path):
    assert checkpoint.latest(tmp_path) is None and checkpoint.latest(tmp_path / "none") is None
    for name in ("3", "12", "x", "７", ".9.partial"):
        (tmp_path / name).mkdir()
    assert [path.name for path in checkpoint.candidates(tmp_path)] == ["12", "3"]
    (tmp_path / checkpoint.LATEST).write_bytes(b"\xff")
    assert checkpoint.latest(tmp_path) == tmp_path / "12"
    (tmp_path / checkpoint.LATEST).write_text("3\n")
    assert checkpoint.latest(tmp_path) == tmp_path / "3"


def test_a_checkpoint_whose_tensors_changed_is_refused_and_one_from_before_hashes_is_read(tmp_path: Path):
    path = checkpoint.write(tmp_path, 1, tensors(1), {"step": 1})
    facts = json.loads((path / checkpoint.FACTS).read_text())
    (path / checkpoint.FACTS).write_text(json.dumps({"step": 1}))
    assert checkpoint.read(path)[1] == {"step": 1}
    (path / checkpoint.FACTS).write_text(json.dumps({**facts, checkpoint.DIGEST: "0" * 64}))
    with pytest.raises(Refused, match="has changed since it was written"):
        checkpoint.read(path)
    for content in ("[]", "{", ""):
        (path / checkpoint.FACTS).write_text(content)
        with pytest.raises(Refused, match="is no whole checkpoint"):
            checkpoint.read(path)


def test_what_layers_share_is_kept_once_under_its_first_name():
    shared = nn.Linear(3, 3, bias=False)
    model = nn.ModuleDict({"first": shared, "second": shared, "own": nn.Linear(3, 3, bias=False)})
    kept = checkpoint.untied(model.state_dict())
    assert list(kept) == ["first.weight", "own.weight"]
    empty = {"a": torch.zeros(0), "b": torch.zeros(0)}
    assert checkpoint.untied(empty).keys() == empty.keys()


def test_an_optimiser_goes_on_from_flat_tensors_as_if_nothing_had_happened():
    def step(model: nn.Linear, optimiser: torch.optim.Optimizer) -> None:
        optimiser.zero_grad()
        model(torch.ones(1, 3)).sum().backward()
        optimiser.step()

    torch.manual_seed(0)
    one, other = nn.Linear(3, 2), nn.Linear(3, 2)
    first, second = (torch.optim.AdamW(model.parameters(), lr=0.1) for model in (one, other))
    step(one, first)
    other.load_state_dict(one.state_dict())
    flat = {name: value.clone() for name, value in checkpoint.flatten_optimiser(first.state_dict()).items()}
    assert all(name.startswith("optimiser.") for name in flat)
    checkpoint.restore_optimiser(second, {**flat, "model.x": torch.zeros(1)})
    for _ in range(3):
        step(one, first)
        step(other, second)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


# --- rates


@given(st.integers(2, 400), st.integers(1, 60), st.floats(1e-5, 1))
def test_the_rate_never_passes_its_peak_climbs_once_and_falls_once(updates: int, warmup: int, peak: float):
    loop = LoopConfig(updates=updates, warmup=warmup, rate=peak)
    rates = [loop.rate_at(step) for step in range(updates)]
    assert min(rates) > 0 and max(rates) <= peak
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1]) and rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[0] == pytest.approx(peak * min(1 / warmup, updates / max(1, updates - warmup)))
    assert loop.rate_at(updates) == 0


def test_after_a_restart_the_rate_is_that_of_a_training_of_its_own():
    loop = LoopConfig(updates=90, warmup=5, rate=0.1, restarts=(30, 60), restart_rates=(0.2, 0.05))
    for start, end, peak in ((0, 30, 0.1), (30, 60, 0.2), (60, 90, 0.05)):
        alone = LoopConfig(updates=end - start, warmup=5, rate=peak)
        assert [loop.rate_at(step) for step in range(start, end)] == pytest.approx(
            [alone.rate_at(step) for step in range(end - start)]
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"updates": 0},
        {"rate": 0.0},
        {"rate": math.inf},
        {"rate": math.nan},
        {"clip": -1.0},
        {"smoothing": 1.0},
        {"unknown": -0.1},
        {"stop": 11},
        {"batch": 0},
        {"threads": 257},
        {"restarts": (0,)},
        {"restarts": (10,)},
        {"restarts": (5, 5)},
        {"restarts": (5,), "restart_rates": (0.0,)},
    ],
)
def test_a_number_out_of_its_range_is_refused(wrong: dict[str, Any]):
    LoopConfig(updates=10)
    with pytest.raises(Refused, match=r"must (be|lie|rise|hold)"):
        LoopConfig(**{"updates": 10, **wrong})


# --- what decoding asks of a model


@given(st.integers(0, 200))
def test_outputs_may_be_twice_as_long_and_the_penalty_grows_with_length(length: int):
    assert limit(length) >= 20 and limit(length) >= 2 * length
    assert length_penalty(length, 0.0) == 1 and length_penalty(1, 1.0) == 1
    assert length_penalty(length + 1, 0.6) > length_penalty(length, 0.6)


def test_rows_are_taken_through_tuples_of_any_kind():
    first, second = torch.arange(4), torch.arange(8).reshape(4, 2)
    state = (first, (second, (first + 10,)))
    found = take(state, torch.tensor([3, 0, 3]))
    assert found[0].tolist() == [3, 0, 3] and found[1][1][0].tolist() == [13, 10, 13]
    assert found[1][0].tolist() == [[6, 7], [0, 1], [6, 7]]
    with pytest.raises(TypeError, match="tensors and tuples, got list"):
        take([first], torch.tensor([0]))


@given(st.lists(st.tuples(st.integers(1, 80), st.integers(1, 80)), max_size=60))
@settings(max_examples=40)
def test_pairs_go_together_where_they_are_of_like_length_and_little_is_padding(lengths: list[tuple[int, int]]):
    pairs = [([0] * source, [0] * target) for source, target in lengths]
    batches = list(forced_batches(pairs))
    assert sorted(chain(*batches)) == list(range(len(pairs)))
    for batch in batches:
        cells = len(batch) * max(lengths[i][0] for i in batch) * max(lengths[i][1] for i in batch)
        assert len(batch) <= FEWEST or cells <= CELLS


def steps_of(count: int, rows: int, seed: int) -> list[Said]:
    chance = torch.Generator().manual_seed(seed)
    return [
        Said(
            torch.randn(rows, 1, 4, generator=chance),
            torch.randn(rows, 2, 3, 1, 5, generator=chance),
            torch.randn(rows, 2, 3, 1, 5, generator=chance),
        )
        for _ in range(count)
    ]


def test_what_an_output_read_is_gathered_along_the_rows_that_it_went_by():
    steps = steps_of(3, 4, 0)
    paths = [(0, 2, 1), (3, 3)]
    found = Said.followed(steps, paths)
    for row, path in enumerate(paths):
        for step, beam in enumerate(path):
            assert torch.equal(found.read[row, step], steps[step].read[beam, 0])
            assert torch.equal(found.weights[row, :, :, step], steps[step].weights[beam, :, :, 0])
            assert torch.equal(found.scores[row, :, :, step], steps[step].scores[beam, :, :, 0])
    assert torch.equal(found.read[1, 2], steps[2].read[3, 0])  # padding says the last row again


def test_one_pairs_looks_are_cut_to_its_own_words():
    said = Said.of(steps_of(4, 2, 1))
    assert said.weights.shape == (2, 2, 3, 4, 5)
    found = looks(said, 1, ([7, 8, 9], [1, 2]))
    assert found.weights.shape == (2, 3, 2, 3) and found.scores.shape == (2, 3, 2, 3)
    np.testing.assert_array_equal(found.weights, said.weights[1, :, :, :2, :3])
    flat = Said(said.read, said.weights[:, 0, 0], None)
    one = looks(flat, 0, ([7, 8], [1]))
    assert one.weights.shape == (1, 1, 1, 2) and one.scores is None
    assert (
        Said.of(
            [
                SimpleNamespace(
                    read=said.read,
                    weights=said.weights,
                    scores=None,
                    state=None,
                    rows="sum_to_one",
                    centre=None,
                    width=None,
                    nowhere=False,
                )
            ]
        ).scores
        is None
    )
