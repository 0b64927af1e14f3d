"""Kept links of a statistical aligner: their file, and that they still fit the words we count."""

import os

import pytest

from engine.data.pairs import corpora, links
from engine.text.tokenizer import words

ABOUT = {"corpus": "by/hand", "aligner": "hand 1.0"}
FOUND = {
    links.key(["l'", "été"], ["summer"]): frozenset({(1, 0)}),
    links.key(["oh"], ["oh"]): frozenset(),
}


def test_links_written_and_read_again_are_the_same(tmp_path):
    path = tmp_path / "links.jsonl"
    path.write_text(links.dump(ABOUT, FOUND), encoding="utf-8")
    again = links.load(path)
    assert again.links == FOUND
    assert again.about == {"format": 1, **ABOUT}


def test_the_same_links_give_the_same_bytes_in_whatever_order_they_come():
    assert links.dump(ABOUT, FOUND) == links.dump(ABOUT, dict(reversed(FOUND.items())))


def test_a_pair_is_found_in_both_directions_and_only_with_the_very_same_words():
    kept = links.AlignerLinks(ABOUT, FOUND)
    assert kept.of(["l'", "été"], ["summer"]) == {(1, 0)}
    assert kept.of(["summer"], ["l'", "été"]) == {(0, 1)}
    assert kept.of(["l'été"], ["summer"]) is None
    assert kept.of(["L'", "été"], ["summer"]) is None


def test_words_do_not_run_together_in_a_key():
    assert len({links.key(["a", "b"], ["c"]), links.key(["a"], ["b", "c"]), links.key(["ab"], ["c"])}) == 3


def test_a_file_of_another_format_is_not_read(tmp_path):
    path = tmp_path / "links.jsonl"
    path.write_text('{"format": 2}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"links\.jsonl has format 2, wanted 1"):
        links.load(path)


def test_kept_files_name_their_corpus_their_aligner_and_the_licence_of_the_text():
    paths = sorted(links.FOLDER.glob("*.jsonl"))
    assert paths
    for path in paths:
        kept = links.load(path)
        assert kept.links
        corpus = corpora.CORPORA[kept.about["corpus"]]
        assert (kept.about["licence"], kept.about["attribution"]) == (corpus.licence, corpus.attribution)
        assert kept.about["aligner"].startswith("eflomal ")
        assert links.for_corpus(corpus.name) == kept


def test_both_directions_of_a_corpus_share_one_file_and_an_unknown_corpus_has_none():
    assert links.for_corpus("tatoeba/fr-en") == links.for_corpus("tatoeba/en-fr")
    assert links.for_corpus("./mine.tsv") is None


@pytest.mark.skipif("ALIGNSCOPE_DATA" not in os.environ, reason="ALIGNSCOPE_DATA names no folder with tatoeba/ in it")
def test_every_test_pair_has_links_that_stay_within_its_words():
    kept = links.for_corpus("tatoeba/en-fr")
    for source, target in corpora.load("tatoeba/en-fr", "test"):
        first, second = words(source), words(target)
        found = kept.of(first, second)
        assert found is not None, (first, second)
        assert all(i < len(first) and j < len(second) for i, j in found)
