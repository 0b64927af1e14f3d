"""A Transformer on the Documents page: three ways to weigh its words, and a long text that it does not read whole."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
import torch

from engine.errors import Refused
from engine.models.transformer.encoder import Encoder, EncoderConfig
from engine.store import names
from engine.store.library_format import save_model
from engine.text.wordpieces import WordPieces
from tests.webapp.conftest import Open, figures, words
from tests.webapp.test_documents import TEXT, captions, page, picture
from webapp.examples.reviews import REVIEWS
from webapp.gateway.current import gateway
from webapp.shell import view_file

MODEL = "classification/imdb-transformer"
LONG = "I liked it. " + "And so it goes on. " * 40 + "Dull."


@pytest.fixture
def encoder(door: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the flat model, so that two stand side by side."""
    folder = tmp_path / "pretrained" / "classification"
    copytree(names.PRETRAINED / "classification" / "imdb-bilstm", folder / "imdb-bilstm")
    words = WordPieces.train(REVIEWS["en"].values(), 300)
    torch.manual_seed(1)
    labels = ("negative", "positive")
    sizes = {"size": 16, "inner": 16, "layers": 2, "heads": 2, "limit": 100}
    model = Encoder.new(EncoderConfig(vocabulary=len(words), labels=labels, **sizes))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)
    meta = {"task": "classification", "source_language": "en", "corpora": ["imdb"], "labels": list(labels)}
    save_model(folder / "imdb-transformer", model, words, meta, {"seconds": 60.0})
    monkeypatch.setattr(names, "PRETRAINED", tmp_path / "pretrained")


@pytest.mark.parametrize(("shade", "by"), [("combined", "rollout"), ("gradient", "gradient"), ("last", "last")])
def test_each_way_to_weigh_words_is_drawn_and_told(encoder: None, visit: Open, shade: str, by: str) -> None:
    app = page(visit, m=MODEL, t=TEXT, r=shade)
    assert words(picture(app), "word") == [
        w for i in range(3) for w in gateway.documents.read(MODEL, TEXT).document.words(i)
    ]
    told = {"rollout": "Rollout follows", "gradient": "Chefer", "last": "the last layer alone"}
    assert told[by] in captions(app)
    more = {} if by == "rollout" else {"by": by}
    reading = gateway.documents.read(MODEL, TEXT, **more)
    assert reading.by == by and reading.word_weights.sum() == pytest.approx(1, abs=1e-5)


def test_a_long_text_says_which_words_were_left_out(encoder: None, visit: Open) -> None:
    reading = gateway.documents.read(MODEL, LONG)
    assert reading.cut is not None
    first, after = reading.cut
    app = page(visit, m=MODEL, t=LONG)
    assert f"words {first + 1} to {after} of {reading.document.size} were left out" in captions(app)
    assert "were left out" not in captions(page(visit, m=MODEL, t=TEXT))
    record = json.loads(view_file.document(reading, gateway.listing.models("classification")[MODEL], {}))
    assert record["cut"] == [first, after] and record["by"] == "rollout"


def test_beside_a_model_that_has_one_way_alone_both_are_drawn(encoder: None, visit: Open) -> None:
    app = page(visit, m=MODEL, t=TEXT, r="gradient", c="1")
    small = [figure for key, figure in figures(app).items() if key.startswith("documents_small")]
    assert len(small) == 2


def test_its_weights_come_from_many_heads_and_are_not_offered_to_be_changed(encoder: None, visit: Open) -> None:
    app = page(visit, m=MODEL, t=TEXT, w="words-uniform-0")
    assert not app.exception and "documents_figure_changed" not in figures(app)
    reading = gateway.documents.read(MODEL, TEXT)
    with pytest.raises(Refused, match="no attention over words that could be changed"):
        gateway.documents.imposed(MODEL, reading, ["words-uniform-0"])


def test_its_picture_is_judged_by_the_weights_that_are_shown(encoder: None) -> None:
    text = "A dull start. But the end is good."
    found = {by: gateway.documents.judge(MODEL, text, by=by) for by in (None, "gradient")}
    assert (
        not np.array_equal(found[None].most, found["gradient"].most) or found[None].effect != found["gradient"].effect
    )
