"""No test sentence is ever learnt from, whatever edition of a corpus comes in."""

from __future__ import annotations

import lzma
import os
import random
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data import splits
from engine.data.pairs.corpora import CORPORA, Corpus, read
from engine.data.splits import HeldOut, Split, carve, hashed, keys_of, normalise, part
from engine.data.tsv import Pair

# Dialogues are parted by their publisher, and none of their pairs is known by a hash.
FORWARD = [corpus for corpus in CORPORA.values() if not corpus.swapped and not corpus.utterances]
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def made(count: int, seed: int = 0) -> list[Pair]:
    """Pairs of which many share a side, as in Tatoeba."""
    draw = random.Random(seed)
    return [
        Pair(" ".join(draw.choices(WORDS, k=3)).capitalize() + ".", " ".join(draw.choices(WORDS, k=3))[::-1] + " !")
        for _ in range(count)
    ]


def assert_apart(split: Split) -> None:
    held_out = [*split.dev, *split.test]
    for side in (0, 1):
        learnt = {normalise(pair[side]) for pair in split.train}
        assert learnt.isdisjoint(normalise(pair[side]) for pair in held_out)


SHIPPED = {
    "tatoeba/en-fr": (162_019, 1_781, 1_586, 0),
    "tatoeba/en-zh": (19_191, 656, 628, 0),
    "couplets": (56_241, 1_068, 1_079, 0),
    "xdailydialog/en-zh": (51_088, 7_576, 3_877, 7_209),  # "Thank you ." and the like stand in every split
}


@pytest.mark.skipif(not os.environ.get("ALIGNSCOPE_DATA"), reason="ALIGNSCOPE_DATA is not set; made pairs are audited")
@pytest.mark.parametrize("corpus", FORWARD, ids=lambda corpus: corpus.slug)
def test_no_training_pair_shares_a_side_with_development_or_test(corpus: Corpus) -> None:
    loaded = read(corpus.name)
    split = loaded.split
    assert (len(split.train), len(split.dev), len(split.test), len(split.dropped)) == SHIPPED[corpus.name]
    assert loaded.rows_bad == 0
    assert_apart(split)


@pytest.mark.parametrize("corpus", FORWARD, ids=lambda corpus: corpus.slug)
def test_hashes_are_kept_small_sorted_and_apart(corpus: Corpus) -> None:
    held_out = HeldOut.load(corpus.slug)
    assert held_out.dev.isdisjoint(held_out.test)
    for split in ("dev", "test"):
        path = splits.FOLDER / f"{corpus.slug}.{split}.npy"
        rows = np.load(path, allow_pickle=False)
        assert rows.dtype == np.dtype("<u8")
        assert [tuple(row) for row in rows.tolist()] == sorted({tuple(row) for row in rows.tolist()})
        assert path.stat().st_size < 130_000


@given(st.integers(0, 10_000))
def test_a_later_edition_keeps_each_test_pair_in_test_and_both_its_sides_out_of_training(seed: int) -> None:
    pairs = made(300, seed)
    first = carve(pairs)
    held_out = HeldOut(frozenset(keys_of(first.dev)), frozenset(keys_of(first.test)))
    later = [Pair(source.replace(".", " ?!").upper(), target.lower() + "…") for source, target in pairs] + made(
        100, -seed
    )
    random.Random(seed).shuffle(later)
    second = part(later, held_out)
    assert_apart(second)
    for name in ("dev", "test"):
        assert set(keys_of(getattr(second, name))) == set(keys_of(getattr(first, name)))
    assert sum(map(len, (second.train, second.dev, second.test, second.dropped))) == len(later)


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8))))
def test_carving_parts_every_pair_once_and_keeps_the_splits_apart(rows: list[tuple[str, str]]) -> None:
    pairs = [Pair(*row) for row in rows]
    split = carve(pairs)
    assert_apart(split)
    assert sorted(chain(split.train, split.dev, split.test, split.dropped)) == sorted(pairs)
    test_sides = [{normalise(pair[side]) for pair in split.test} for side in (0, 1)]
    assert not any(normalise(pair[side]) in test_sides[side] for pair in split.dev for side in (0, 1))


def test_rows_added_later_move_no_row_out_of_test() -> None:
    few, many = carve(made(500)), carve(made(500) + made(500, seed=1))
    assert set(few.test) <= set(many.test)


def test_carving_gives_about_a_twentieth_to_each() -> None:
    pairs = [Pair(f"sentence number {n}", f"phrase {n}") for n in range(10_000)]
    split = carve(pairs)
    assert 400 < len(split.test) < 600 and 400 < len(split.dev) < 600 and len(split.train) > 8_800


@pytest.mark.parametrize(
    ("one", "other"),
    [("Go.", "go !"), ("Ｇｏ", "go"), ("Je t'aime.", "je taime"), ("你好！", "你好。"), ("ÉLÈVE", "e\u0301le\u0300ve")],
)
def test_case_width_and_punctuation_do_not_tell_sentences_apart(one: str, other: str) -> None:
    assert hashed(one) == hashed(other)


def test_sentences_without_a_letter_are_told_apart() -> None:
    assert hashed("?") != hashed("!") and hashed("🦄") != hashed("🐎")
    assert hashed("eleve") != hashed("élève")


def test_a_hash_is_the_same_on_every_machine() -> None:
    assert hashed("Go.") == 0x9B1C8AA7DC5DE534  # of "go"


def test_the_hashes_are_made_by_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "FOLDER", tmp_path / "hashes")
    splits.FOLDER.mkdir()
    for corpus in FORWARD:
        for split in ("dev", "test"):
            path = tmp_path / corpus.files[split]
            path.parent.mkdir(exist_ok=True)
            header = "" if corpus.header is None else "\t".join(corpus.header) + "\n"
            path.write_bytes(lzma.compress(f"{header}{split} a\tb\n".encode()))
    assert splits.main([str(tmp_path)]) == 0
    assert HeldOut.load("tatoeba.en-fr").test == {(hashed("test a"), hashed("b"))}
    assert splits.main([]) == 2
    assert splits.main([str(tmp_path / "nothing")]) == 2
