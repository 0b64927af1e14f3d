"""Pairs that flow past: what is held does not grow with the corpus, and who goes on reads as if nothing had been."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import torch

from engine.data.pairs.streamed import Place, Streamed
from engine.data.tsv import Pair
from engine.errors import Refused
from engine.training import checkpoint, runs
from engine.training.config import parse, read
from engine.training.flowing import FlowingTranslating
from engine.training.prepare import by_task, model_section
from webapp.gateway import allowed

CONFIG = """
name = "translation/streamed"
pieces = 60
[data]
streamed = ["{corpus}"]
development = "{dev}"
source = "en"
target = "fr"
buffer = 20
sample = 40
batch_pieces = 60
[model]
embedding = 8
encoder = 8
decoder = 16
attention = 8
[loop]
updates = 24
precision = "no"
threads = 1
warmup = 5
validate_every = 12
"""


def rows(first: int, last: int) -> list[tuple[str, str]]:
    return [(f"a dog {'sees ' * (i % 6)}{i}", f"UN CHIEN {'VOIT ' * (i % 4)}{i}") for i in range(first, last)]


def corpus(folder: Path) -> Path:
    """The same sixty pairs in five kinds of files."""
    folder.mkdir()
    tsv = ["".join(f"{s}\t{t}\tby nobody\n" for s, t in rows(*part)) for part in ((0, 10), (10, 20), (20, 30))]
    (folder / "one.tsv").write_text(tsv[0])
    (folder / "two.tsv.gz").write_bytes(gzip.compress(tsv[1].encode()))
    (folder / "three.tsv.xz").write_bytes(lzma.compress(tsv[2].encode()))
    for side, language in enumerate(("en", "fr")):
        text = "".join(f"{row[side]}\n" for row in rows(30, 40))
        (folder / f"news.{language}.gz").write_bytes(gzip.compress(text.encode()))
    table = pa.table({"translation": [{"en": s, "fr": t} for s, t in rows(40, 60)]})
    parquet.write_table(table, folder / "more.parquet", row_group_size=7)
    return folder


def test_all_forms_of_files_give_their_pairs_once_in_each_pass(tmp_path: Path):
    stream = Streamed((str(corpus(tmp_path / "c")),), ("en", "fr"), 1)
    flown = [tuple(pair) for _, pair in islice(stream.pairs(Place()), 120)]
    assert sorted(flown[:60]) == sorted(flown[60:]) == sorted(rows(0, 60))
    assert flown[:60] != flown[60:], "the files have another order in the next pass"


def test_from_every_place_the_stream_goes_on_as_it_would_have(tmp_path: Path):
    stream = Streamed((str(corpus(tmp_path / "c")),), ("en", "fr"), 1)
    flown = list(islice(stream.pairs(Place()), 130))
    for done, (place, _) in enumerate(flown[:125], 1):
        assert list(islice(stream.pairs(place), 3)) == flown[done : done + 3]


def test_a_row_that_lacks_a_side_is_left_out_and_a_file_without_pairs_is_refused(tmp_path: Path):
    (tmp_path / "a.tsv").write_text("a dog\tun chien\n\nno target\n\tpas de source\nyes\toui\n")
    stream = Streamed((str(tmp_path),), ("en", "fr"), 1)
    assert [pair for _, pair in islice(stream.pairs(Place()), 2)] == [Pair("a dog", "un chien"), Pair("yes", "oui")]
    (tmp_path / "a.tsv").write_text("nothing here\n")
    with pytest.raises(Refused, match="no pair"):
        next(stream.pairs(Place()))
    with pytest.raises(Refused, match="are wanted"):
        Streamed((str(tmp_path / "a.txt"),), ("en", "fr"), 1)
    (tmp_path / "a.tsv.gz").write_bytes(b"no gzip")
    with pytest.raises(Refused, match=r"a.tsv.gz cannot be read"):
        next(Streamed((str(tmp_path / "a.tsv.gz"),), ("en", "fr"), 1).pairs(Place()))


class Counted:
    """Pairs by the number, over and over, that count how many were read."""

    def __init__(self, count: int) -> None:
        self.count, self.read = count, 0

    def __call__(self, place: Place) -> Iterator[tuple[Place, Pair]]:
        row = place.row
        while True:
            self.read += 1
            row += 1
            yield Place(0, 0, row), Pair("a" * (row % self.count % 7 + 1), "b" * (row % self.count % 5 + 1))


def flowing(pairs: Any, buffer: int = 20, pieces: int = 40) -> FlowingTranslating:
    def encode(texts: Any) -> list[Any]:
        return [([3] * len(pair.source) + [2], [4] * len(pair.target) + [2]) for pair in texts]

    choices: dict[str, Any] = {"buffer": buffer, "pieces": pieces, "ratio": (1.0, 1.0), "seed": 1}
    return FlowingTranslating(pairs, encode, [([3, 2], [4, 2])], 0.0, **choices)


@pytest.mark.parametrize("count", [100, 10_000_000])
def test_what_is_held_and_read_ahead_does_not_grow_with_the_corpus(count: int):
    pairs = Counted(count)
    task = flowing(pairs)
    for pools in range(1, 6):
        assert len(task._texts) == len(task.train) == 20 and pairs.read == 20 * pools
        while task.position()[3] < pools:
            task.next_batch()


def test_a_batch_has_at_most_so_many_pieces_with_padding_and_each_pair_of_a_pool_comes_once():
    task = flowing(Counted(100))
    batches = []
    while not batches or task.position()[4] < len(task._batches):
        batches.append(task.next_batch())
    assert sorted(i for batch in batches for i in batch) == list(range(20))
    for batch in batches:
        longest = max(len(side) + 1 for i in batch for side in task._texts[i])
        assert len(batch) * longest <= 40


def test_who_goes_on_from_a_position_gets_the_very_same_batches():
    task = flowing(Counted(100))
    flown = []
    for _ in range(30):
        position = task.position()
        flown.append((position, [task._texts[i] for i in task.next_batch()]))
    for number, (position, _) in enumerate(flown[:25]):
        again = flowing(Counted(100))
        again.go_to(position)
        assert [[again._texts[i] for i in again.next_batch()] for _ in range(5)] == [
            texts for _, texts in flown[number : number + 5]
        ]


@pytest.mark.parametrize("position", [None, [0, 0, 0, 0], [0, 0, 0, 0, -1], [0, 0, 0, 0, "1"], [0, 0, 0, 0, 99]])
def test_a_position_that_is_none_is_refused(position: Any):
    with pytest.raises(ValueError, match="stream"):
        flowing(Counted(100)).go_to(position)


def test_a_run_that_was_interrupted_ends_with_the_very_same_weights(tmp_path: Path):
    dev = tmp_path / "dev.tsv"
    dev.write_text("".join(f"{s}\t{t}\n" for s, t in rows(60, 70)))
    config = tmp_path / "streamed.toml"
    config.write_text(CONFIG.format(corpus=corpus(tmp_path / "c"), dev=dev))

    def stop(progress: Any) -> None:
        if progress.step == 17:
            raise KeyboardInterrupt

    runs.train(config, tmp_path / "whole", device="cpu")
    with pytest.raises(KeyboardInterrupt):
        runs.train(config, tmp_path / "broken", device="cpu", watch=stop)
    runs.train(config, tmp_path / "broken", device="cpu", resume=True)
    ends = []
    for name in ("whole", "broken"):
        last = checkpoint.latest(tmp_path / name / "checkpoint")
        assert last is not None
        ends.append(checkpoint.read(last))
    assert ends[0][1]["stream"] == ends[1][1]["stream"] and ends[0][1]["stream"][3] > 0
    assert all(torch.equal(tensor, ends[1][0][name]) for name, tensor in ends[0][0].items())


def test_a_page_cannot_read_files_of_the_server_by_a_stream():
    config = parse(CONFIG.format(corpus="tatoeba/en-fr", dev="/etc/passwd"), "t.toml")
    with pytest.raises(Refused, match="names corpora and no files"):
        allowed.check(config, "")


def test_the_large_training_that_ships_has_as_many_parameters_as_its_arithmetic_says(tmp_path: Path):
    file = Path("pretrained/translation/en-fr-wmt14.toml")
    config = read(file)

    assert f"{model_section.check(config) / 1e6:.1f} million" in file.read_text()
    with pytest.raises(Refused, match="wmt14/fr-en"):
        by_task.prepare(config, tmp_path)
