"""A scoring function, a window or a selection that somebody adds: found in a training file, on the command line and on
the pages, with no other line changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from engine.attention import SCORES, SELECTIONS, WINDOWS, Score, Selection, Window
from engine.attention.windows import View
from engine.cli.app import app as command
from tests import pairs
from tests.webapp.conftest import Open

TRAINING = """
name = "translation/new"
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
{field} = "{name}"
[loop]
updates = 2
batch = 8
warmup = 1
threads = 1
validate_every = 2
"""


class Same(Score):
    """All words alike, whatever they are."""

    name = "same"
    label = "all the same"
    meaning = "Every word has the score 1."
    formula = r"e_j = 1"
    source = "this test"

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()

    def score(self, query: Tensor, projected: Tensor) -> Tensor:
        return torch.ones(query.shape[0], query.shape[1], projected.shape[1], dtype=query.dtype)


class First(Window):
    """The first word alone."""

    name = "first"
    label = "the first word"
    meaning = "Only the first word may take part."
    formula = r"j = 1"
    source = "this test"

    def forward(self, query: Tensor, steps: Tensor, present: Tensor) -> View:
        allowed = torch.zeros(present.shape[0], len(steps), present.shape[1], dtype=torch.bool)
        allowed[:, :, 0] = True
        return View(allowed)


class Even(Selection):
    """Every word that may take part gets as much as the others."""

    name = "even"
    label = "an even share"
    meaning = "Every word gets the same share."
    formula = r"\alpha_j = \frac{1}{S}"
    source = "this test"

    def forward(self, scores: Tensor) -> Tensor:
        allowed = scores.isfinite().to(scores.dtype)
        return allowed / allowed.sum(-1, keepdim=True)


ADDED = {"score": (SCORES, Same), "window": (WINDOWS, First), "selection": (SELECTIONS, Even)}


@pytest.mark.parametrize("field", ADDED)
def test_what_is_added_to_its_table_is_trained_traced_and_shown(
    visit: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
):
    table, added = ADDED[field]
    monkeypatch.setitem(table, added.name, added)

    training = tmp_path / "new.toml"
    training.write_text(TRAINING.format(corpus=pairs.write(tmp_path), field=field, name=added.name), encoding="utf-8")
    run = CliRunner().invoke(command, ["train", str(training), "--device", "cpu"])
    assert run.exit_code == 0, run.output

    traced = CliRunner().invoke(command, ["trace", "run:new", "--device", "cpu"], input="a man sees the dog\n")
    assert traced.exit_code == 0, traced.output
    (weights,) = np.array(json.loads(traced.stdout)["traces"][0]["weights"])[0]
    wanted = np.eye(1, weights.shape[1])[0] if field == "window" else np.full(weights.shape[1], 1 / weights.shape[1])
    np.testing.assert_allclose(weights, np.broadcast_to(wanted, weights.shape), atol=1e-6)

    app = visit("step_by_step", m="small")
    menu = next(box for box in app.selectbox if box.key.endswith(field))
    menu.select(added.name).run()
    assert not app.exception
    assert added.label in menu.options
    assert added.formula in " ".join(latex.value for latex in app.latex)
    translate = visit(m="run:new", t="a man sees the dog")
    assert not translate.exception
    assert any(added.label in option for option in translate.selectbox[0].options)
