"""Parallel text is read row by row, whatever the bytes are."""

from __future__ import annotations

import codecs
import lzma
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.data.tsv import MAX_CHARACTERS, MAX_NOTES, Pair, decode, parse, read
from engine.errors import Refused

TEXTS = {
    "french": 'Où est « l\'élève » ?\tWhere is the "pupil"?\nÇa va !\tFine!\n',
    "chinese": "我们试试吧。\tLet's try it.\n你好\tHello\n",
    "rare": "a\u2028b\x0bc\x0cd\x85e\x1cf\tx\u2029y\n🦄 ﷺ\t\u200fשלום\n",
    "ascii": "Go.\tVa !\nRun!\tCours !\n",
}
READ = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
ENCODINGS = (*READ, "latin-1", "cp1252", "gb18030", "shift_jis", "big5", "euc-kr", "iso-2022-jp", "hz")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_is_read_truly_or_refused_but_never_read_wrongly(encoding: str, text: str) -> None:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        data = text.encode(encoding, "replace")
        text = data.decode(encoding)
    try:
        read_text, told = decode(data, "pairs.tsv")
    except Refused as refused:
        assert encoding not in READ and "UTF-8" in str(refused)
    else:
        assert read_text == text
        assert told in {encoding, encoding.removesuffix("-sig"), f"{encoding}-le", "utf-8"}


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20)] * 2), min_size=1
    ),
    st.sampled_from(READ),
)
def test_every_pair_that_shows_something_comes_back_in_any_unicode_encoding(
    rows: list[tuple[str, str]], encoding: str
) -> None:
    data = "".join(f"x{a}\ty{b}\n" for a, b in rows).encode(encoding)
    table = parse(data, "pairs.tsv")
    composed = [tuple(unicodedata.normalize("NFC", side.strip()) for side in (f"x{a}", f"y{b}")) for a, b in rows]
    assert table.pairs == composed


@settings(max_examples=2000)
@given(st.binary(max_size=200))
@example(codecs.BOM_UTF16_LE + b"\x00")
@example(codecs.BOM_UTF32_LE)
@example(codecs.BOM_UTF8)
@example(b"\n")
@example(b"\t\n\t\t\n\x00")
def test_any_bytes_give_rows_that_add_up_or_one_sentence(data: bytes) -> None:
    for header in (None, ("en", "zh")):
        try:
            table = parse(data, "junk", header)
        except Refused as refused:
            assert str(refused)
        else:
            assert len(table.pairs) + table.rows_bad == table.rows_in
            assert len(table.notes) == min(table.rows_bad, MAX_NOTES)
            assert all(side.strip() and "\n" not in side and "\t" not in side for pair in table.pairs for side in pair)


@settings(max_examples=300)
@given(st.lists(st.text(st.sampled_from('ab "\t\r\0\x0b\u2028\u0085'), max_size=12), max_size=12))
def test_a_ragged_row_never_moves_another(lines: list[str]) -> None:
    data = "".join(f"{line}\nleft\tright\n" for line in lines).encode()
    if data:
        table = parse(data, "pairs.tsv")
        assert table.rows_in == 2 * len(lines)
        assert table.pairs.count(Pair("left", "right")) >= len(lines)


def test_a_skipped_row_is_told_with_its_number() -> None:
    rows = ["a\tb", "alone", "a\tb\tc", "a\tb\tc\td", "", "a\t \u200d", "a\0\tb", "x" * (MAX_CHARACTERS + 1) + "\ty"]
    table = parse("\r\n".join(rows).encode(), "pairs.tsv")
    assert table.pairs == [("a", "b"), ("a", "b")]
    assert [str(note) for note in table.notes] == [
        "row 2: 1 column instead of 2, skipped",
        "row 4: 4 columns instead of 2, skipped",
        "row 5: 1 column instead of 2, skipped",
        "row 6: one side is blank, skipped",
        "row 7: a NUL character, skipped",
        "row 8: 5001 characters on one side, at most 5000 are read, skipped",
    ]


def test_words_that_other_readers_take_for_missing_stay_words() -> None:
    words = ["NA", "null", "None", "nan", '"', "'quoted", "-1", "=1+1"]
    data = "".join(f"{word}\t{word}\n" for word in words).encode()
    assert [pair.source for pair in parse(data, "pairs.tsv").pairs] == words


def test_named_columns_are_found_by_their_header() -> None:
    data = "turn\tzh\ten\n0\t好\tgood\n1\tonly\n".encode()
    table = parse(data, "dialogues.tsv", ("en", "zh"))
    assert table.pairs == [("good", "好")]
    assert [str(note) for note in table.notes] == ["row 3: 2 columns instead of 3, skipped"]
    with pytest.raises(Refused, match="no columns en and it"):
        parse(data, "dialogues.tsv", ("en", "it"))


def test_text_is_composed_and_otherwise_left_as_it_is() -> None:
    assert parse("E\u0301LAN ﬁn!\tÇa\u202f?".encode(), "x").pairs == [("ÉLAN ﬁn!", "Ça\u202f?")]


def test_a_hostile_pile_of_accents_takes_no_time() -> None:
    pile = "a" + "\u0316\u0301" * 50_000
    assert parse(f"{pile}\tb\nc\td\n".encode(), "x").pairs == [("c", "d")]


def test_packed_files_are_read_and_bombs_refused(tmp_path: Path) -> None:
    good = tmp_path / "good.tsv.xz"
    good.write_bytes(lzma.compress(b"a\tb\n"))
    assert read(good).pairs == [("a", "b")]
    bomb = tmp_path / "bomb.tsv.xz"
    bomb.write_bytes(lzma.compress(b"a\tb\n" * 2_000_000))
    broken = tmp_path / "broken.tsv.xz"
    broken.write_bytes(good.read_bytes()[:-9])
    for path, sentence in ((bomb, "times its size"), (broken, "broken or incomplete"), (tmp_path / "no", "cannot be")):
        with pytest.raises(Refused, match=sentence):
            read(path)
