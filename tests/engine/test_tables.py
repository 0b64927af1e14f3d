"""Whatever a file of texts looks like, its rows are read or skipped with a reason, and the counts add up."""

from __future__ import annotations

import csv
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.tables import table as table_file
from engine.data.tables.labels import matched
from engine.data.tables.table import MAX_ROWS, guess, read, texts
from engine.errors import Refused
from engine.text.document import MAX_CHARACTERS
from tests.endless import CELLS

LABELS = ("negative", "positive")


def cells(content: str | bytes) -> list[list[str]]:
    return [list(row) for row in read(content.encode() if isinstance(content, str) else content).rows]


def notes(found: table_file.Table | table_file.Texts) -> list[str]:
    return [str(note) for note in found.notes]


def chosen(content: str | bytes) -> table_file.Texts:
    table = read(content.encode() if isinstance(content, str) else content)
    return texts(table, *guess(table, LABELS))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str):
    rows = ["text label", *(f"review {k}: fine {k % 2}" for k in range(9))]
    table = read("\n".join(separator.join(row.rsplit(" ", 1)) for row in rows).encode())
    assert table.about.separator == separator
    assert table.names == ("text", "label")
    assert table.rows[3] == ("review 3: fine", "1")


def test_commas_in_plain_lines_part_nothing():
    lines = ["Good, cheap, near.", "Bad.", "Well, I liked it", "So, so, so, so", '"Never again," she said.']
    table = read("\n".join(lines).encode())
    assert (table.about.separator, table.names) == (None, None)
    assert [row[0] for row in table.rows] == lines


def test_a_single_column_of_quoted_texts_is_read():
    assert cells('review\n"Good, cheap."\nbad\n"two\nlines"') == [["Good, cheap."], ["bad"], ["two\nlines"]]


def test_quoted_cells_may_hold_separators_marks_and_line_ends():
    content = 'text,label\r\n"She said ""no"", twice",0\r\n"one,\r\ntwo", 1\r\nplain,"0" \r\n'
    assert cells(content) == [['She said "no", twice', "0"], ["one,\ntwo", " 1"], ["plain", "0"]]


@pytest.mark.parametrize(
    "content",
    [
        'text,label\n"He left,1\nb,0\nc,1\n',
        'text,label\n"He left,1\nb,0\nc,1\nd 12",0\n',
        'text,label\n"He" left,1\nb,0\nc,1\n',
        'text\tlabel\n"He left\t1\nb\t0\n"c\t1\n',
    ],
)
def test_a_mark_that_is_never_closed_swallows_no_row(content: str):
    found = cells(content)
    assert [row[1] for row in found[:3]] == ["1", "0", "1"]
    assert found[0][0].startswith('"He')


def test_marks_far_apart_swallow_no_row():
    rows = [f"{q}row {k}{p},{k % 2}" for k, (q, p) in enumerate([('"', ""), *[("", "")] * 8, ("", '"')])]
    assert len(cells("text,label\n" + "\n".join(rows))) == 10


def test_cells_as_spreadsheets_write_them_with_tabs():
    assert cells('text\tlabel\n"a ""big"" one"\t1\n"b" c\t0') == [['a "big" one', "1"], ['"b" c', "0"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_line_breaks_in_quoted_cells_are_kept_between_tabs_as_between_commas(encoding: str):
    rows = [["text", "label"], ['One,\n"two"\n\nthree', "1"], ["plain", "0"], ["“x”\ny", "1"]]
    written = [io.StringIO(newline="") for _ in range(2)]
    for out, separator in zip(written, "\t,", strict=True):
        csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    tabs, commas = (cells(out.getvalue().encode(encoding)) for out in written)
    assert tabs == commas == rows[1:]


def test_a_mark_that_is_closed_rows_later_swallows_none_of_them_between_tabs():
    assert len(cells('text\tlabel\n"He left\t1\nb\t0\nc"\t1\n')) == 3


@pytest.mark.parametrize(
    ("first", "rest", "separator"),
    [
        ("sep=;", "text;label\r\nGood, but dear;1\r\nBad;0\r\n", ";"),
        ('"sep=|"', "text|label\nGood, but dear|1\nBad|0\n", "|"),
        ("SEP=\t", "text\tlabel\nGood, but dear\t1\nBad\t0\n", "\t"),
        ("sep=^", "text^label\nGood, but dear^1\nBad^0\n", "^"),
    ],
)
def test_a_first_line_that_names_the_separator_is_obeyed_and_is_no_row(first: str, rest: str, separator: str):
    table = read(f"{first}\n{rest}".encode("utf-16"))
    assert (table.about.separator, table.names, table.rows_in) == (separator, ("text", "label"), 2)
    assert table.rows[0] == ("Good, but dear", "1") and table.numbers == (2, 3)


def test_a_text_that_only_looks_like_a_separator_stays():
    assert cells("sep=|") == [["sep=", ""]]
    assert len(cells("sep=good\nfine\nbad")) == 3


# JSON lines


def test_objects_one_a_line_are_rows_and_their_keys_the_columns():
    table = read('{"id": 7, "text": "Good, \\"very\\"\\nso", "label": true}\n{"text": "差评", "more": [1]}\n'.encode())
    assert table.names == ("id", "text", "label", "more")
    assert table.rows == (("7", 'Good, "very"\nso', "true", ""), ("", "差评", "", "[1]"))
    assert (table.about.format, table.numbers, guess(table, LABELS)) == ("json", (1, 2), (1, 2))


def test_one_list_of_objects_is_read_too():
    assert chosen('[{"text": "good"},\n {"text": "bad"}]').texts == ("good", "bad")


def test_lines_that_are_no_objects_are_skipped_and_told():
    found = chosen('{"text": "good"}\n{"text": \n[1]\n{"text": "x\\ud800y"}')
    assert (found.texts, notes(found)) == (
        ("good", "x\ufffdy"),
        ["row 2: no JSON object, skipped", "row 3: no JSON object, skipped"],
    )


@pytest.mark.parametrize("content", ["{'text': 1}\n{'text': 2}", "[1, 2]", "{ok}\nno", "[" * 100_000, "{" * 9])
def test_what_only_looks_like_json_is_text(content: str):
    assert read(content.encode()).about.format == "separated"


# Why nothing could be read


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"text,label\n{'x' * (MAX_CHARACTERS + 1)},1\n,0", f"row 2: {MAX_CHARACTERS + 1} characters"),
        ("text,label\na\nb\n", "row 2: 1 column instead of 2, skipped"),
        ("text,label\na\0,1\n", "row 2: a NUL character, skipped"),
    ],
)
def test_where_all_rows_are_skipped_the_reason_is_the_true_one(content: str, reason: str):
    with pytest.raises(Refused, match=r"None of the 2 rows can be used|The only row cannot be used") as refused:
        chosen(content)
    assert reason in str(refused.value)


def test_ragged_rows_are_skipped_and_told():
    table = read(b"text,label\ngood,1\nbad\nso,so,0\nfine,1,,\n\nlast,0\n")
    assert [row[0] for row in table.rows] == ["good", "fine", "last"]
    assert table.numbers == (2, 5, 7)
    assert notes(table) == [
        "row 3: 1 column instead of 2, skipped",
        "row 4: 3 columns instead of 2, skipped",
        "row 6: no text, skipped",
    ]
    assert (table.rows_in, len(table.rows), table.rows_bad) == (6, 3, 3)


def test_rows_that_cannot_be_read_are_told_with_their_number():
    content = f"text,label\ngood,1\n,0\n \u200b,1\na\0b,0\n{'x' * (MAX_CHARACTERS + 1)},1\n"
    found = chosen(content)
    assert (found.rows_in, found.rows_ok, found.rows_bad) == (5, 1, 4)
    assert notes(found) == [
        "row 3: no text, skipped",
        "row 4: no text, skipped",
        "row 5: a NUL character, skipped",
        f"row 6: {MAX_CHARACTERS + 1} characters, at most {MAX_CHARACTERS} are read, skipped",
    ]


def test_only_line_ends_end_a_row():
    odd = "one\u2028two\u0085three\x0bfour\x0cfive\x1csix"
    assert cells(f"text,label\n{odd},1\nb,0") == [[odd, "1"], ["b", "0"]]


def test_old_line_ends_are_line_ends_where_there_are_no_others():
    assert cells(b"text,label\ra,1\rb,0\r") == [["a", "1"], ["b", "0"]]
    assert cells(b"text,label\na\rb,1\n") == [["a\rb", "1"]]


@pytest.mark.parametrize("word", ["NA", "null", "None", "nan", "N/A", "TRUE", "1e5", "=1+1"])
def test_words_stay_words(word: str):
    assert chosen(f"text,label\n{word},1\nfine,0").texts == (word, "fine")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_other_encodings_give_the_same_table(encoding: str):
    table = read("评论,标签\n房间很小，很吵,差评\n早餐很好,好评\n服务很好,好评\n".encode(encoding))
    found = texts(table, *guess(table, LABELS))
    assert found.texts[0] == "房间很小，很吵" and found.labels == ("差评", "好评", "好评")


@pytest.mark.parametrize(
    ("content", "text", "label"),
    [
        ("id,review,sentiment\n1,Good film,positive\n2,Bad,negative\n", 1, 2),
        ("label,id,text\n1,7,Good film\n0,8,Bad film\n", 2, 0),
        ("label,review\n1,房间很好\n0,太吵\n", 1, 0),
        ("1,A long and winding review\n0,Another of these\n1,And a third one\n", 1, 0),
        ("number;said\n17;A long and winding review\n28;Another\n", 1, None),
        ("A long review\nAnother one\n", 0, None),
        ("pos\tA long review\nneg\tAnother one\n", 1, 0),
    ],
)
def test_columns_are_found_by_name_or_by_what_they_hold(content: str, text: int, label: int | None):
    table = read(content.encode())
    assert guess(table, LABELS) == (text, label)
    assert table.rows_in == 2 + (content.startswith("1,"))


def test_the_line_of_names_can_be_said_to_be_none():
    assert read(b"text,label\na,1\n", names=False).rows == (("text", "label"), ("a", "1"))
    assert read(b"good film,1\nbad film,0\n", names=True).names == ("good film", "1")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n\n\r\n", "empty"),
        (b"text,label\n", "no row under it"),
        (b"text,label,more\n", "no row under it"),
        (b"1,2\n3,4\n5,6\n", "No column"),
        (b"text,label\n,1\n ,0\n", "no text in any of 2 rows"),
        (b"text,label\na\nb\n", "None of the 2 rows"),
        (b"PK\x03\x04\x14\0\0\0", "not text"),
        (b"text" + b",a" * 300 + b"\n", "more than 50 columns"),
    ],
)
def test_a_file_without_texts_gets_one_sentence(content: bytes, said: str):
    with pytest.raises(Refused, match=said):
        chosen(content)


def test_a_long_file_is_read_up_to_a_limit_and_says_so():
    table = read(b"text,label\n" + b"fine,1\n" * (MAX_ROWS + 5))
    assert (len(table.rows), table.rows_in, table.about.cut) == (MAX_ROWS, MAX_ROWS, True)


@pytest.mark.parametrize("unit", CELLS)
def test_any_repetition_is_read_or_refused(unit: str):
    content = (unit * (4_000_000 // len(unit))).encode()
    try:
        found = chosen(content)
        assert found.rows_ok + found.rows_bad == found.rows_in
    except Refused:
        pass


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('",\n;\t|\r '), max_size=30)


@given(
    st.lists(st.tuples(CELL, st.sampled_from(["0", "1"])), min_size=1, max_size=12), st.sampled_from([",", ";", "|"])
)
@settings(deadline=None, max_examples=200)
def test_what_the_csv_module_writes_comes_back(rows: list[tuple[str, str]], separator: str):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [("text", "label"), *rows]
    )
    table = read(out.getvalue().encode(), encoding="utf-8")
    written = [(text.replace("\r\n", "\n"), label) for text, label in rows]
    assert [tuple(row) for row in table.rows] == written


@given(st.binary(max_size=400) | st.text(st.sampled_from('ab1,;\t|"\n\r\0 评\u2028'), max_size=200).map(str.encode))
@settings(deadline=None, max_examples=400)
def test_any_bytes_are_a_table_or_refused(content: bytes):
    check(content)


def check(content: bytes) -> bool:
    try:
        table = read(content)
        assert len(table.rows) + table.rows_bad == table.rows_in
        assert len(notes(table)) == min(table.rows_bad, table_file.MAX_NOTES)
        assert {len(row) for row in table.rows} == {table.width}
        found = texts(table, *guess(table, LABELS))
        assert found.rows_ok + found.rows_bad == found.rows_in and len(found.labels or found.texts) == found.rows_ok
    except Refused as reason:
        assert str(reason)
        return False
    return True


def test_two_thousand_damaged_files_are_read_or_refused():
    dice = random.Random(11)
    whole = "text,label\n" + "".join(
        f'"It was ""{k}"", and cosy.\nReally.",{k % 2}\nplain {k} 很好,0\n' for k in range(6)
    )
    originals = [whole.encode(code) for code in ("utf-8", "utf-8-sig", "utf-16", "gb18030")]
    read_whole = 0
    for number in range(2000):
        content = bytearray(dice.choice(originals) if number % 4 else dice.randbytes(dice.randrange(300)))
        for _ in range(dice.randrange(8)):
            place = dice.randrange(len(content) + 1)
            piece = dice.choice([b"", b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\t;", dice.randbytes(3)])
            content[place : place + dice.randrange(4)] = piece
        read_whole += check(bytes(content[: dice.choice([None, dice.randrange(len(content) + 1)])]))
    assert read_whole > 1000


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["0", "1"], {"0": 0, "1": 1}),
        (["-1", "+1", "1.0"], {"-1": 0, "+1": 1, "1.0": 1}),
        (["1", "2"], {"1": 0, "2": 1}),
        (["1", "2", "3", "5"], {"1": 0, "2": 0, "5": 1}),
        (["1", "7", "10", "5"], {"1": 0, "7": 1, "10": 1}),
        (["neg", " Positive", "POS", "?"], {"neg": 0, " Positive": 1, "POS": 1}),
        (["差评", "好评", "中评"], {"差评": 0, "好评": 1}),
        (["17", "0"], {}),
        (["", "nan", "inf", "١"], {}),
    ],
)
def test_labels_as_people_write_them(written: list[str], meant: dict[str, int]):
    assert matched(written, LABELS) == meant


def test_labels_of_other_models_are_matched_as_they_are_written():
    assert matched(["Sports", "world ", "1"], ("world", "sports")) == {"Sports": 1, "world ": 0}
