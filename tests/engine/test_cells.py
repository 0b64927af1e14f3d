"""Cells and encodings of tables as people have them, against the csv module and texts whose encoding is known."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.tables import single_byte
from engine.data.tables.cells import MAX_COLUMNS, SEPARATORS, records, separator
from engine.data.tables.single_byte import GROUPS, guess
from engine.data.tables.sources import source
from engine.data.tables.table import LABEL_NAMES, TEXT_NAMES
from engine.errors import Refused

CELL = st.text('ab "x,;|é猫', max_size=8)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=6)
NAMES = TEXT_NAMES | LABEL_NAMES

TEXTS = {
    "cp1252": "Ça a été très agréable, à côté de l'hôtel. L'élève était déçu : « où êtes-vous ? »",
    "cp1251": "Очень хороший фильм, мне понравилась игра актёров и музыка в конце.",
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy, řekl český učitel dětem včera.",
    "cp1253": "Η ταινία ήταν πολύ καλή και οι ηθοποιοί έπαιξαν ωραία στο τέλος της.",
    "cp1254": "Film çok güzeldi, oyuncular iyiydi ama müziği hiç beğenmedim doğrusu, şimdi ağlıyorum.",
    "cp1255": "הסרט היה טוב מאוד והשחקנים שיחקו יפה אבל הסוף היה ארוך מדי",
    "cp1256": "كان الفيلم جيدا جدا والممثلون رائعون ولكن النهاية كانت طويلة",
    "koi8-r": "Очень хороший фильм, мне понравилась игра актёров и музыка в конце.",
}


@given(ROWS, st.sampled_from([",", ";", "|"]))
def test_cells_that_the_csv_module_quotes_are_read_back(rows: list[list[str]], mark: str):
    out = io.StringIO()
    csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert list(records(out.getvalue().removesuffix("\n"), mark, 2)) == rows


@given(st.text('a"\n,; \t', max_size=60), st.sampled_from([*SEPARATORS, None]), st.none() | st.integers(1, 4))
def test_no_character_of_a_text_but_marks_and_separators_is_lost(text: str, mark: str | None, width: int | None):
    read = "".join(cell for row in records(text, mark, width) for cell in row)
    assert [c for c in read if c == "a"] == [c for c in text if c == "a"]
    assert len(list(records(text, mark, width))) <= text.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('"a","b"', [["a", "b"]]),
        ('"a""b",c', [['a"b', "c"]]),
        ('"a\nb",c', [["a\nb", "c"]]),
        ('a "b",c', [['a "b"', "c"]]),
        ('"a,b\nc,d', [['"a', "b"], ["c", "d"]]),
        ('"a"b,c', [['"a"b', "c"]]),
        (' "a" ,b', [["a", "b"]]),
        ("", [[""]]),
        ("a,b\n", [["a", "b"], [""]]),
    ],
)
def test_a_mark_counts_only_around_a_whole_cell(text: str, rows: list[list[str]]):
    assert list(records(text, ",", 2)) == rows


def test_rows_hold_no_more_cells_than_a_little_over_the_limit():
    wide = ",".join(["x"] * 500)
    (row,) = records(wide, ",", None)
    assert len(row) == MAX_COLUMNS + 1
    (quoted,) = records(f'"a",{wide}', ",", None)
    assert len(quoted) == MAX_COLUMNS + 1


@pytest.mark.parametrize("mark", SEPARATORS)
def test_what_parts_all_rows_into_as_many_is_the_separator(mark: str):
    text = "\n".join(mark.join(("a text", "1")) for _ in range(10))
    assert separator(text, NAMES) == mark


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\nthree", None),
        ("a, b\nc\nd\ne\nf", None),
        ("text,label\nA film, good, long,1\nBad,0\nAh, well,1", ","),
        ("text;label\na;1", ";"),
        ("a\tb\nc\td\ne", "\t"),
        ('text\n"a, b"\n"c"', ","),
    ],
)
def test_commas_in_sentences_are_no_columns_and_known_names_are(text: str, expected: str | None):
    assert separator(text, NAMES) == expected


# --- encodings of one byte


@pytest.mark.parametrize(("encoding", "text"), TEXTS.items(), ids=TEXTS)
def test_a_text_is_read_in_the_encoding_in_which_its_letters_are_as_frequent_as_in_its_language(
    encoding: str, text: str
):
    content = text.encode(encoding, "replace")
    found = guess(content)
    assert content.decode(found.encoding) == content.decode(encoding) and found.plausible and found.thinkable


def test_bytes_that_read_the_same_either_way_are_not_doubtful():
    content = "Ça a été très agréable".encode("latin-1")  # these letters stand at the same places in Windows-1252
    assert not guess(content * 3).doubtful
    assert guess(b"x\xe9").encoding in GROUPS


@given(st.binary(min_size=1, max_size=80))
@settings(max_examples=100)
def test_any_bytes_get_the_likeliest_of_the_known_encodings(content: bytes):
    if not any(byte >= 0x80 for byte in content):
        content += b"\xe9"
    found = guess(content)
    high = [pair for pair in zip(b" " + content, content, strict=False) if pair[1] >= 0x80]
    fits = {name: sum(single_byte._fit(name, *pair) for pair in high) + GROUPS[name][1] for name in GROUPS}
    assert fits[found.encoding] == pytest.approx(max(fits.values()))
    assert found.fit == pytest.approx((fits[found.encoding] - GROUPS[found.encoding][1]) / len(high))
    assert not found.plausible or found.thinkable


@pytest.mark.parametrize("letters", sorted({letters for letters, _ in GROUPS.values()}))
def test_the_chances_of_letters_fall_in_the_order_of_their_list_and_leave_something_for_the_rest(letters: str):
    chances = single_byte._chances(letters)
    small = [chances[letter] for letter in dict.fromkeys(letters) if letter not in single_byte._MARKS]
    assert small == sorted(small, reverse=True) and 0.5 < sum(small) < 0.75
    assert min(chances.values()) >= single_byte._RARE
    if letters[0].upper() != letters[0]:
        assert chances[letters[0]] > chances[letters[0].upper()]


# --- files of any format


def read(content: bytes, width: int | None = None, **more: Any) -> tuple[list[list[str]], Any]:
    found = source(content, NAMES, more.get("encoding"), more.get("sheet"), 100)
    return [list(row) for row in found.rows(width)], found


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_rows_end_as_their_system_ends_them(ends: str):
    rows, found = read(ends.join(("text,label", "a,1", "b,0", "")).encode())
    assert rows == [["text", "label"], ["a", "1"], ["b", "0"]] and found.about.separator == "," and found.first == 1


def test_a_return_inside_a_line_is_no_end_where_there_are_line_feeds():
    rows, _ = read(b"text,label\na\rb,1\nc,0\n")
    assert rows[1] == ["a\rb", "1"]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"'])
def test_a_line_that_names_the_separator_is_obeyed(first: str):
    rows, found = read(f"{first}\na,b;1\nc;0".encode())
    assert rows == [["a,b", "1"], ["c", "0"]] and found.about.separator == ";"


@pytest.mark.parametrize("content", [b"", b"   \n \r\n", b"\xef\xbb\xbf"])
def test_a_file_without_text_is_refused(content: bytes):
    with pytest.raises(Refused, match="empty"):
        read(content)


OBJECTS: list[dict[str, Any]] = [{"text": "a, b", "label": 1}, {"label": None, "text": "c\nd"}, {"other": [1, "é"]}]


@pytest.mark.parametrize("how", ["lines", "list"])
def test_objects_have_a_column_for_each_key_in_the_order_in_which_keys_come(how: str):
    content = json.dumps(OBJECTS) if how == "list" else "\n".join(map(json.dumps, OBJECTS))
    rows, found = read(content.encode())
    assert rows == [["text", "label", "other"], ["a, b", "1", ""], ["c\nd", "", ""], ["", "", '[1, "é"]']]
    assert (found.first, found.names, found.about.format) == (0, True, "json")


def test_what_is_no_object_has_no_cells_and_half_a_character_reads_as_unreadable():
    rows, _ = read(b'{"text": "a"}\n3\n{broken\n{"text": "\\ud800"}')
    assert rows == [["text"], ["a"], [], [], ["\ufffd"]]


@pytest.mark.parametrize("content", [b"[1, 2]", b"[]", b"3", b'"a"', b"{}x", b"[{]"])
def test_what_only_begins_like_json_is_lines_of_text(content: bytes):
    rows, found = read(content)
    assert found.about.format == "separated" and "".join(rows[0]).replace(" ", "") in content.decode().replace(
        ",", ""
    ).replace(" ", "")


def test_what_was_read_says_how_many_characters_will_be_changed_or_left_out():
    _, found = read("text\na\x93b\x94\x01\n".encode())
    assert (found.about.strays, found.about.controls, found.about.encoding) == (2, 1, "utf-8")
