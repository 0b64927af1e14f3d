"""Gold alignments: the format, and files that are not in it."""

import json
import lzma

import pytest

from engine.data.pairs.gold import GoldPair, for_languages, load
from engine.errors import Refused

LINE = {"id": 4, "src": ["Oh", "!"], "tgt": ["Oh", "là", "!"], "sure": [[0, 0]], "possible": [[1, 2]]}
PAIR = GoldPair(4, ("Oh", "!"), ("Oh", "là", "!"), frozenset({(0, 0)}), frozenset({(0, 0), (1, 2)}))


def test_a_line_becomes_a_pair_whose_sure_links_are_possible_too(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(LINE, ensure_ascii=False) + "\n\n", encoding="utf-8")
    assert load(path) == [PAIR]
    assert PAIR.size == (2, 3)


def test_a_packed_file_reads_like_a_plain_one(tmp_path):
    path = tmp_path / "gold.jsonl.xz"
    path.write_bytes(lzma.compress(json.dumps(LINE).encode()))
    assert load(path) == [PAIR]


def test_a_pair_without_id_is_numbered_by_its_place(tmp_path):
    path = tmp_path / "gold.jsonl"
    without = {key: value for key, value in LINE.items() if key != "id"}
    path.write_text(json.dumps(LINE) + "\n" + json.dumps(without), encoding="utf-8")
    assert [pair.id for pair in load(path)] == [4, 1]


def test_lowered_words_keep_their_number_and_links():
    lowered = PAIR.lowered()
    assert lowered.source == ("oh", "!")
    assert lowered.target == ("oh", "là", "!")
    assert (lowered.id, lowered.sure, lowered.possible) == (PAIR.id, PAIR.sure, PAIR.possible)


def test_a_set_serves_both_directions_and_turning_it_twice_gives_it_back(tmp_path):
    (tmp_path / "enfr.jsonl").write_text(json.dumps(LINE), encoding="utf-8")
    assert for_languages(tmp_path, "en", "fr") == [PAIR]
    (turned,) = for_languages(tmp_path, "fr", "en")
    assert (turned.source, turned.possible) == (PAIR.target, {(0, 0), (2, 1)})
    assert turned.turned() == PAIR
    assert for_languages(tmp_path, "en", "zh") is None


@pytest.mark.parametrize(
    "line", ["{", "[]", "{}", '"src"', json.dumps(LINE | {"sure": [[0]]}), json.dumps(LINE | {"possible": "0-0"})]
)
def test_a_line_that_is_no_gold_alignment_is_refused_by_number(tmp_path, line):
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + line, encoding="utf-8")
    with pytest.raises(Refused, match=r"Line 2 of gold\.jsonl holds no gold alignment"):
        load(path)


@pytest.mark.parametrize("link", [[2, 0], [0, 3], [-1, 0]])
def test_a_link_to_a_word_that_is_not_there_is_refused(tmp_path, link):
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(LINE | {"sure": [link]}), encoding="utf-8")
    with pytest.raises(Refused, match=f"links {link[0]}-{link[1]}, .* 2 in the source and 3 in the target"):
        load(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused, match=r"gold\.jsonl cannot be read"):
        load(tmp_path / "gold.jsonl")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_bytes(json.dumps(LINE, ensure_ascii=False).encode("latin-1"))
    with pytest.raises(Refused, match="is not text in UTF-8"):
        load(path)
