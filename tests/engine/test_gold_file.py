"""Files of linked sentences as visitors bring them: what fits is read, and lines add up."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.pairs import gold_file
from engine.data.pairs.gold_file import MAX_NOTES, MAX_PAIRS, GoldFile, parse
from engine.errors import Refused
from tests.hostile import ODD, PAYLOADS

LINE = "a black cat\tun chat noir\t0-0 1-2 2-1? 1?1"


def read(*lines: str) -> GoldFile:
    return parse("\n".join(lines).encode("utf-8", "surrogatepass"), "links.tsv")


def test_a_line_gives_words_with_sure_and_possible_links():
    (pair,) = read(LINE).pairs
    assert (pair.source, pair.target) == (("a", "black", "cat"), ("un", "chat", "noir"))
    assert pair.sure == {(0, 0), (1, 2)}
    assert pair.possible == {(0, 0), (1, 2), (2, 1), (1, 1)}


def test_json_lines_give_the_same_as_columns():
    given = {"src": ["a", "black", "cat"], "tgt": ["un", "chat", "noir"], "sure": [[0, 0], [1, 2]]}
    given["possible"] = [[2, 1], [1, 1]]
    (one,), (other,) = read(json.dumps(given)).pairs, read(LINE).pairs
    assert one == other


def test_every_line_is_read_or_skipped_with_its_number_or_beyond_the_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gold_file, "MAX_PAIRS", 2)
    found = read(LINE, "", "one column", "a\tb\t0-9", "a\tb\tx", LINE, LINE, LINE)
    assert (found.rows_in, len(found.pairs), found.rows_bad, found.beyond) == (7, 2, 3, 2)
    assert found.rows_in == len(found.pairs) + found.rows_bad + found.beyond
    assert [note.line for note in found.notes] == [3, 4, 5]
    assert [one.id for one in found.pairs] == [1, 6]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a b", "1 column instead of 3"),
        ("a\tb\tc\td", "4 columns"),
        ("\tb\t0-0", "blank"),
        ("a\tb\t0_0", "is no link"),
        ("a\tb\t-1-0", "is no link"),
        ("a\tb\t0-0 0-5", "links 0-5, but its words are 1 in the source and 1 in the target, counted from 0"),
        ("a" * 9000 + "\tb\t0-0", "more than 5,000 characters"),
    ],
)
def test_a_line_that_does_not_fit_is_told_in_a_sentence(line: str, said: str):
    found = read(LINE, line)
    assert (len(found.pairs), found.rows_bad) == (1, 1)
    assert found.notes[0].line == 2 and said in str(found.notes[0].reason)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        "{}",
        json.dumps({"src": "a b", "tgt": ["c"], "sure": [], "possible": []}),
        json.dumps({"src": ["a"], "tgt": ["c"], "sure": [[0]], "possible": []}),
        json.dumps({"src": ["a"], "tgt": ["c"], "sure": [[0, -1]], "possible": []}),
        json.dumps({"src": ["a"], "tgt": ["c"], "sure": [[True, 0]], "possible": []}),
        json.dumps({"src": ["a b"], "tgt": ["c"], "sure": [], "possible": []}),
        "{" + "[" * 100_000,
    ],
)
def test_a_json_line_of_another_kind_is_skipped(line: str):
    good = json.dumps({"src": ["a"], "tgt": ["c"], "sure": [[0, 0]], "possible": []})
    found = read(good, line)
    assert (len(found.pairs), found.rows_bad) == (1, 1)


def test_links_that_count_from_one_are_put_right_and_it_is_said():
    found = read("a black cat\tun chat noir\t1-1 2-3 3-2?", "a\tb\t1-1")
    assert found.first == 1 and not found.doubtful
    assert found.pairs[0] == read("a black cat\tun chat noir\t0-0 1-2 2-1?").pairs[0]


def test_links_without_a_zero_that_fit_either_way_are_read_from_zero_and_doubted():
    found = read("a black cat\tun chat noir\t1-1 2-2")
    assert (found.first, found.doubtful) == (0, True)
    assert found.pairs[0].sure == {(1, 1), (2, 2)}
    assert not read(LINE).doubtful


def test_one_line_that_leaves_its_sentence_does_not_turn_a_file_that_counts_from_zero():
    found = read(LINE, "a\tb\t1-1")
    assert (found.first, len(found.pairs), found.rows_bad) == (0, 1, 1)


def test_too_many_notes_are_counted_and_not_kept():
    found = read(LINE, *["x"] * (MAX_NOTES + 5))
    assert (len(found.notes), found.rows_bad) == (MAX_NOTES, MAX_NOTES + 5)
    assert len(read(*[LINE] * (MAX_PAIRS + 3)).pairs) == MAX_PAIRS


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"\x80abc\t\x81", b"a" * (gold_file.MAX_BYTES + 1)])
def test_what_is_no_text_or_too_large_is_refused(content: bytes):
    with pytest.raises(Refused):
        parse(content, "links.tsv")


@given(st.lists(st.sampled_from([*PAYLOADS, *ODD, LINE, "a\tb\t0-0", "{}", "\t\t", "a\tb\t"]), max_size=12))
def test_hostile_lines_are_read_or_skipped_and_add_up(lines: list[str]):
    try:
        found = read(*lines)
    except Refused:
        return
    assert found.rows_in == len(found.pairs) + found.rows_bad + found.beyond
