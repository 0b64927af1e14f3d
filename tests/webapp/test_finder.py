"""What the Translate page says of a Transformer's heads comes from what was measured of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.store.catalogue import ModelInfo
from engine.traces import Axis, Trace
from webapp.views.shared import best_head
from webapp.views.shared.chosen_heads import Heads


def info(*rows: tuple[int, int | None, int, float], where: str = "gold") -> ModelInfo:
    table = [
        {"layer": layer, "head": head, "shift": shift, "end": True, "aer": {"value": aer}}
        for layer, head, shift, aer in rows
    ]
    metrics = {"alignment": {where: {"heads": {"best": table[0], "table": table}}}}
    return ModelInfo("translation/x", "translation", "en", "fr", Path("x"), {}, metrics, None)


def test_the_page_opens_with_the_layer_that_aligns_best_on_average_while_a_word_is_written():
    found = best_head.best(info((0, 3, 1, 0.4), (0, None, 1, 0.5), (2, None, 0, 0.6), (1, None, 0, 0.7)))
    assert found is not None and (found.layer, found.head, found.shift) == (2, None, 0)


def test_the_best_single_head_is_said_with_its_step():
    later, now = info((0, None, 0, 0.3), (0, 3, 1, 0.452)), info((1, 0, 0, 0.2), where="aligner")
    assert best_head.sentence(later) == (
        "Best-aligned head: layer 1, head 4, read one step later (AER 45 %, lower is better)."
    )
    assert "layer 2, head 1, read at the same step (AER 20 %, lower is better)" in best_head.sentence(now)


def test_nothing_is_said_of_a_model_nobody_measured():
    bare = ModelInfo("run:x", "translation", "en", "fr", Path("x"), {}, None, None)
    assert best_head.best(bare) is None and best_head.sentence(bare) == ""


@pytest.mark.parametrize(
    ("later", "rows", "said"),
    [(0, [0, 1, 2], "."), (1, [1, 2, 2], "at the step after the one"), (2, [2, 2, 2], "two steps after the one")],
)
def test_read_later_the_row_of_a_later_step_is_drawn(later, rows, said):
    weights = np.eye(3, dtype=np.float32)[None, None].repeat(2, 1)
    trace = Trace("cross", Axis.of(["x", "y", "</s>"], end=True), Axis.of(["a", "b", "</s>"], end=True), weights)
    read = Heads(0, 1, later=later)
    assert read.of(trace).matrix().argmax(1).tolist() == rows
    assert read.name(trace).startswith("Head 2 of 2 in layer 1 of 1.") and said in read.name(trace)
