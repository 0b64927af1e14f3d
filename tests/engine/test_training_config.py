"""A config that no training can follow is refused in one sentence, before a file is made or a text is read."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import Refused
from engine.training import runs
from engine.training.config import read
from engine.training.prepare import model_section
from tests.engine.test_training import WHOLE

ENCODER = (
    'name = "classification/x"\n[data]\ndocuments = ["imdb"]\n[model]\nkind = "encoder"\nsize = 16\ninner = 16\n'
    "layers = 1\nheads = 2\n[loop]\nupdates = 2\n[pretraining]\nupdates = 2\nlength = 16\n"
)
HAN = 'name = "classification/x"\n[data]\ndocuments = ["imdb"]\n[model]\nkind = "han"\n[loop]\nupdates = 2\n'
NUMBERS = ("-1", "nan", "inf", "-inf", "1e400", "true", '"a"', "[]", "1" + "0" * 30)
"""What none of the fields of a loop can be."""
FAULTY = [
    *((WHOLE, "rate = 0.01", f"rate = {value}") for value in (*NUMBERS[:-1], "0")),
    *((WHOLE, "batch = 8", f"batch = {value}") for value in (*NUMBERS, "0", "8.5")),
    *((WHOLE, "threads = 1", f"threads = {value}") for value in (*NUMBERS, "0", "1000000")),
    *((WHOLE, "pieces = 60", f"pieces = {value}") for value in (*NUMBERS, "0", "1000000000")),
    *((WHOLE, "warmup = 5", f"warmup = 5\nclip = {value}") for value in (*NUMBERS[:-1], "0")),
    *((WHOLE, "warmup = 5", f"warmup = 5\npatience = {value}") for value in (*NUMBERS, "0.5")),
    *((WHOLE, "warmup = 5", f"warmup = 5\nseed = {value}") for value in (*NUMBERS, "0.5")),
    *((WHOLE, "warmup = 5", f"warmup = 5\nunknown = {value}") for value in (*NUMBERS, "1")),
    *((WHOLE, "warmup = 5", f"warmup = 5\nrestarts = [{value}]") for value in NUMBERS),
    *((WHOLE, "warmup = 5", f"warmup = 5\nrestarts = [9]\nrestart_rates = [{value}]") for value in NUMBERS[1:-1]),
    *((WHOLE, "decoder = 16", f"decoder = {value}") for value in (*NUMBERS, "0")),
    *((WHOLE, "decoder = 16", f"decoder = 16\ndropout = {value}") for value in (*NUMBERS, "1")),
    *((WHOLE, "decoder = 16", f"decoder = 16\n{name} = {value}") for name, value in (
        ("placement", '"behind"'), ("cell", '"rnn"'), ("score", '"best"'), ("window", '"wide"'), ("selection", '"no"'),
        ("score", "1"), ("feeding", '"yes"'), ("feeding", "true"), ("kind", '"han"'), ("kind", "1"), ("wheels", "4"),
        ("vocabulary", "9"), ("model_type", '"alignscope-seq2seq"'), ("window_width", "0"), ("window_width", "1.5"),
        ("null_key", "1"), ("selection", '"exact"'), ("score", '"location"\nnull_key = true'),
        ("selection", '"exact"\nplacement = "after"\nfeeding = true'),
    )),
    (WHOLE + "smoothing = 0.1\n", "decoder = 16", 'decoder = 16\nselection = "exact"\nplacement = "after"'),
    *((WHOLE, 'corpora = ["tatoeba/en-fr"]', f"corpora = {value}") for value in ("[]", "[1]", '""', '[""]', "1")),
    *((WHOLE, 'source = "en"', f"source = {value}") for value in ('""', '"English"', "1", "[]")),
    *((WHOLE, "[data]", f"max_pieces = 3\n[data]\nmax_pieces = {value}") for value in ("0", "-1")),
    *((WHOLE, "[data]", f'supervised = {{links = "{__file__}", {value}}}\n[data]') for value in (
        "weight = 0.0", "weight = 1e9", "later = 3", "later = -1", "later = 0.5", "later = true", "weigh = 1.0",
    )),
    (WHOLE, "[data]", 'supervised = {links = "nowhere.txt"}\n[data]'),
    (WHOLE, "[data]", 'consensus = "x"\n[data]'),
    (WHOLE, "[data]", 'consensus = [[1]]\n[data]'),
    (WHOLE, "[data]", 'consensus = ["translation/en-fr-additive"]\n[data]'),
    (WHOLE, "[data]", 'consensus = [{model = "translation/en-fr-additive", read = "minds"}]\n[data]'),
    (WHOLE, "[data]", "supervised = {weight = 1.0}\n[data]"),
    (WHOLE, "[data]", "supervised = 1\n[data]"),
    (WHOLE, "embedding = 8", "embedding = 16000\nencoder = 16000"),
    (WHOLE, 'name = "translation/tiny"', 'name = "../../x"'),
    (WHOLE, "[model]", "[[model]]"),
    (WHOLE, 'name = "translation/tiny"', 'name = "x/y"\nmodel = 4\nloop = 5'),
    *((HAN, 'kind = "han"', f'kind = "han"\n{value}') for value in (
        'score = "location"', 'pooling = "sum"', "word = 0", 'selection = "x"', "labels = 3", 'selection = "exact"',
        'selection = "hard_reinforce"', 'window = "local_p"',
    )),
    (HAN, 'kind = "han"', 'kind = "cnn"'),
    *((ENCODER, "heads = 2", f"heads = {value}") for value in ("3", "0", "65", "-1")),
    *((ENCODER, "length = 16", f"length = {value}") for value in (*NUMBERS, "7", "600")),
    *((ENCODER, "length = 16", f"length = 16\nmasked = {value}") for value in (*NUMBERS, "0", "1")),
]  # fmt: skip


@pytest.mark.parametrize(("whole", "old", "new"), FAULTY, ids=lambda value: value[-24:].replace("\n", " "))
def test_a_faulty_config_is_refused_before_anything_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: str, old: str, new: str
) -> None:
    monkeypatch.setattr(runs, "_train", lambda *arguments: pytest.fail("training began"))
    assert old in whole
    path = tmp_path / "config.toml"
    path.write_text(whole.replace(old, new), encoding="utf-8")
    with pytest.raises(Refused) as refusal:
        runs.train(path, tmp_path / "run", device="cpu")
    assert not re.search(r"\{\w+\}", str(refusal.value)) and not (tmp_path / "run").exists()


def test_every_shipped_config_passes() -> None:
    for path in sorted(Path("pretrained").glob("*/*/train.toml")):
        config = read(path)
        if config.supervised is not None:  # links are no part of a model; its train.toml says how they are made
            assert "align" in path.read_text(encoding="utf-8")
            config = replace(config, supervised=replace(config.supervised, links=__file__))
        model_section.check(config)


HEADS = WHOLE[: WHOLE.index("[model]")] + '[model]\nkind = "transformer"\n' + WHOLE[WHOLE.index("[loop]") :]


@pytest.mark.parametrize("whole", [HEADS, WHOLE.replace("[model]", '[model]\ndesign = "decoder2"'), HAN])
def test_links_supervise_recurrent_translators_with_attention_alone(tmp_path: Path, whole: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(whole.replace("[data]", f'supervised = {{links = "{__file__}"}}\n[data]'), encoding="utf-8")
    with pytest.raises(Refused, match="supervised is for recurrent models that translate with attention"):
        model_section.check(read(path))


@pytest.mark.parametrize("selection", ["hard", "hard_reinforce"])
def test_links_pull_at_no_position_that_is_drawn_by_chance(tmp_path: Path, selection: str) -> None:
    path = tmp_path / "config.toml"
    whole = WHOLE.replace("[model]", f'[model]\nselection = "{selection}"')
    path.write_text(whole.replace("[data]", f'supervised = {{links = "{__file__}"}}\n[data]'), encoding="utf-8")
    with pytest.raises(Refused, match=f"the selection {selection} draws one position"):
        model_section.check(read(path))
