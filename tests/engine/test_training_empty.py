"""A corpus of which a part is empty is refused before training begins, whatever is to be trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data import splits
from engine.data.documents import reviews
from engine.data.pairs import corpora
from engine.errors import Refused
from engine.training import runs

LOOP = "[loop]\nupdates = 2\nbatch = 4\nrate = 0.01\nwarmup = 1\nthreads = 1\nvalidate_every = 1\n"
TINY = "size = 16\nlayers = 1\nheads = 2\nlimit = 16\n"
CONFIGS = {
    "a translator": '[data]\ncorpora = ["{pairs}"]\nsource = "en"\ntarget = "fr"\n[model]\nembedding = 8\n',
    "a Transformer": '[data]\ncorpora = ["{pairs}"]\nsource = "en"\ntarget = "fr"\n[model]\nkind = "transformer"\n'
    "size = 16\ninner = 16\nlayers = 1\nheads = 2\n",
    "a classifier": '[data]\ndocuments = ["{table}"]\n[model]\nkind = "han"\n',
    "an encoder": '[data]\ndocuments = ["{table}"]\n[model]\nkind = "encoder"\ninner = 16\n' + TINY,
    "an encoder in two stages": '[data]\ndocuments = ["{table}"]\n[model]\nkind = "encoder"\ninner = 16\n'
    + TINY
    + LOOP.replace("loop", "pretraining")
    + "length = 8\n",
    "a language model": '[data]\ntexts = ["{table}"]\n[model]\n' + TINY,
}


PAIRS = [f"a man {i}\tun homme {i}" for i in range(60)]
REVIEWS = [f"It was {i} days long.,{('bad', 'good')[i % 2]}" for i in range(60)]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Pairs and labelled texts of which none happens to fall into development."""
    pairs, table = tmp_path / "pairs.tsv", tmp_path / "table.csv"
    pairs.write_text("\n".join(PAIRS), encoding="utf-8")
    table.write_text("\n".join(("text,label", *REVIEWS)), encoding="utf-8")
    held_out = {pair.source for pair in corpora.read(str(pairs)).split.dev}
    held_out |= {review.text for review in reviews.read(str(table)).dev}
    pairs.write_text("\n".join(row for row in PAIRS if row.split("\t")[0] not in held_out), encoding="utf-8")
    rows = (row for row in REVIEWS if row.split(",")[0] not in held_out)
    table.write_text("\n".join(("text,label", *rows)), encoding="utf-8")
    return {"pairs": pairs, "table": table}


@pytest.mark.parametrize("part", ["for development", "to learn from"])
@pytest.mark.parametrize("kind", CONFIGS)
def test_an_empty_part_is_refused_before_training_begins(
    kind: str, part: str, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if part == "to learn from":
        for module in (splits, reviews):
            monkeypatch.setattr(module, "DEV_AND_TEST_PERCENT", 50)  # all is held out
    monkeypatch.setattr(runs, "_stage", lambda *given: pytest.fail("training began"))
    config = tmp_path / "train.toml"
    text = 'name = "x/y"\npieces = 300\n' + CONFIGS[kind].format(**files) + LOOP
    config.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=rf"(pairs\.tsv|table\.csv) leaves nothing {part}"):
        runs.train(config, tmp_path / "run", device="cpu")
