"""A window that is wide while a model begins to learn, and as wide as the model says by the end."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.attention.windows import WINDOWS
from engine.errors import Refused
from engine.models.recurrent.seq2seq import Seq2Seq, Seq2SeqConfig
from engine.training import runs as training_runs
from engine.training.config import LoopConfig, NarrowingConfig, read
from engine.training.loop import Trainer
from engine.training.prepare import model_section
from engine.training.runs import train
from engine.training.tasks import Translating
from tests.engine.test_training import WHOLE, config_at, corpus

__all__ = ["corpus"]

CPU = torch.device("cpu")
PRESENT = torch.ones(1, 9, dtype=torch.bool)


def test_it_narrows_evenly_and_stays_at_the_width_of_the_model():
    narrowing = NarrowingConfig(width=10, updates=4)
    assert [narrowing.width_at(done, 2) for done in range(7)] == [10, 8, 6, 4, 2, 2, 2]


@pytest.mark.parametrize("name", ["local_m", "local_p"])
def test_a_window_is_wider_only_while_it_learns(name: str):
    window = WINDOWS[name](4, 4, 4, 1)
    window.width_while_learning = 3.0
    centre = torch.tensor([[4.0]])
    learning, reading = window.train().around(centre, PRESENT), window.eval().around(centre, PRESENT)
    assert learning.allowed.nonzero()[:, -1].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert reading.allowed.nonzero()[:, -1].tolist() == [3, 4, 5]
    assert (learning.width.item(), reading.width.item()) == (3, 1)
    if reading.favour is not None:  # Luong 2015, equation 10, with the deviation D / 2
        assert learning.favour[0, 0, 5].exp().item() == pytest.approx(torch.tensor(-1 / (2 * 1.5**2)).exp().item())
        assert reading.favour[0, 0, 5].exp().item() == pytest.approx(torch.tensor(-1 / (2 * 0.5**2)).exp().item())


def test_the_loop_says_before_each_update_how_many_were_done_also_after_it_was_resumed():
    torch.manual_seed(1)
    pairs = [([4 + i % 9, 3], [4 + i % 9, 3]) for i in range(40)]
    sizes = {"embedding": 8, "encoder": 4, "decoder": 8, "attention": 4}
    config = LoopConfig(updates=6, batch=8, precision="no", threads=1)
    done: list[int] = []
    first = Trainer(Seq2Seq(Seq2SeqConfig(20, **sizes)), Translating(pairs, pairs), config, CPU, done.append)
    steps = first.run()
    for _ in range(4):
        next(steps)
    second = Trainer(Seq2Seq(Seq2SeqConfig(20, **sizes)), Translating(pairs, pairs), config, CPU, done.append)
    second.restore(first.tensors(), first.facts())
    list(second.run())
    assert done == [0, 1, 2, 3, 4, 5]


def narrowing(folder: Path, corpus: Path, choices: str, narrowed: str) -> Path:
    path = config_at(folder, corpus)
    whole = path.read_text(encoding="utf-8").replace("[model]", f"[model]\n{choices}")
    path.write_text(whole.replace("[data]", f"narrowing = {{{narrowed}}}\n[data]", 1), encoding="utf-8")
    return path


def test_a_run_learns_through_a_window_that_narrows_to_the_one_it_is_stored_with(
    tmp_path: Path, corpus: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
):
    config = narrowing(tmp_path, corpus, 'window = "local_p"\nwindow_width = 2', "width = 6, updates = 20")
    widths: list[float] = []

    class Watched(Trainer):
        def update(self, places: list[int]) -> tuple[float, int]:
            done = super().update(places)
            widths.append(self.net.attention.window.reach)
            return done

    monkeypatch.setattr(training_runs, "Trainer", Watched)
    train(config, runs / "narrowed", device="cpu")
    assert widths[0] == 6 and widths[10] == 4 and set(widths[20:]) == {2}


@pytest.mark.parametrize(
    ("choices", "narrowed", "reason"),
    [
        ("", "width = 6, updates = 20", "narrowing is for models with a window"),
        (
            'window = "local_m"\ndesign = "decoder1"\ndirection = "forward"',
            "width = 6, updates = 20",
            "narrowing is for models with a window",
        ),
        ('window = "local_p"\nwindow_width = 6', "width = 6, updates = 20", "must be more than model.window_width = 6"),
        ('window = "local_m"', "width = 0, updates = 20", "narrowing.width"),
        ('window = "local_m"', "width = 6, updates = 0", "narrowing.updates"),
        ('window = "local_m"', "width = 6, updates = 99", "narrowing.updates must be at most 24"),
        ('window = "local_m"', "width = 6", "narrowing.updates"),
    ],
)
def test_a_window_that_cannot_narrow_is_refused(tmp_path: Path, corpus: Path, choices: str, narrowed: str, reason: str):
    with pytest.raises(Refused, match=reason):
        model_section.check(read(narrowing(tmp_path, corpus, choices, narrowed)))


def test_the_configuration_this_is_tried_on_is_sound(tmp_path: Path):
    (tmp_path / "config.toml").write_text(WHOLE, encoding="utf-8")
    model_section.check(read(tmp_path / "config.toml"))
