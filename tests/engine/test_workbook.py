"""A sheet of a workbook is the table that it shows, and no workbook can do harm."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from engine.data.tables import workbook as workbooks
from engine.data.tables.table import MAX_ROWS, Table, guess, read, texts
from engine.errors import Refused
from tests.workbooks import cell, workbook

ROWS = [["text", "label"], ["Good,\n“very” good", 1], ["差评", 0.5], [None, True], ["=1+1", None]]


def written(table: Table) -> list[list[str]]:
    return [list(table.names or ()), *map(list, table.rows)]


def test_a_sheet_is_the_table_that_it_shows():
    table = read(workbook({"Reviews": ROWS}))
    assert written(table) == [
        ["text", "label"],
        ["Good,\n“very” good", "1"],
        ["差评", "0.5"],
        ["", "TRUE"],
        ["=1+1", ""],
    ]
    assert (table.about.format, table.about.encoding, table.numbers) == ("workbook", None, (2, 3, 4, 5))
    assert texts(table, *guess(table, ("negative", "positive"))).rows_bad == 1


def test_the_first_sheet_that_holds_anything_is_read_unless_another_is_asked_for():
    content = workbook({"Empty": [], "A & B": ROWS, "Third": [["review"], ["fine"], ["bad"]]})
    assert read(content).about.sheet == "A & B"
    assert read(content).about.sheets == ("Empty", "A & B", "Third")
    assert read(content, sheet="Third").rows == (("fine",), ("bad",))
    assert read(content, sheet="gone").about.sheet == "A & B"
    with pytest.raises(Refused, match="empty"):
        read(content, sheet="Empty")


def test_rows_are_numbered_as_the_spreadsheet_numbers_them():
    inside = "".join(
        f'<row r="{number}">{cell(f"C{number}", text)}{cell(f"D{number}", label)}</row>'
        for number, text, label in [(4, "text", "label"), (5, "good", 1), (8, "bad", 0)]
    )
    table = read(workbook({"Low": inside}))
    assert (table.names, table.numbers, table.rows_in) == (("text", "label"), (5, 6, 7, 8), 4)


def test_a_long_sheet_is_read_up_to_a_limit_and_says_so():
    table = read(workbook({"Long": [["text"], *([f"row {k}"] for k in range(MAX_ROWS + 5))]}))
    assert (len(table.rows), table.about.cut) == (MAX_ROWS, True)


@pytest.mark.parametrize(
    "content",
    [
        workbook({"Far": f'<row r="1">{cell("A1", "text")}</row><row r="9">{cell("XFD1048576", "x")}</row>'}),
        workbook({"A": ROWS})[:-200],
        workbook({"A": "<row><c"}),
        workbooks.SIGNS[1] + b"\0" * 5000,
    ],
    ids=["a cell in the last corner", "cut short", "broken XML", "an old workbook of zeros"],
)
def test_what_cannot_be_read_gets_a_sentence_and_ends_nothing(content: bytes):
    with pytest.raises(Refused, match=r"CSV and try again|workbook \(XLSX\)|empty"):
        read(content)


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workbooks.subprocess, "run", lambda *a, **k: pytest.fail("it was unpacked"))
    out = io.BytesIO(workbook({"A": ROWS}))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for k in range(3):
            archive.writestr(f"xl/media/{k}.bin", bytes(workbooks.MAX_UNPACKED // 2))
    with pytest.raises(Refused, match="too large"):
        read(out.getvalue())


def test_other_archives_are_no_workbooks():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("reviews.csv", "text\ngood")
    with pytest.raises(Refused, match="not text"):
        read(out.getvalue())


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(k, marks=pytest.mark.long) for k in range(4, 60))])
def test_damaged_workbooks_are_read_or_refused(seed: int):
    dice = random.Random(seed)
    content = bytearray(workbook({"A": ROWS}))
    for _ in range(dice.randrange(1, 6)):
        content[dice.randrange(4, len(content))] = dice.randrange(256)
    try:
        assert read(bytes(content)).rows_in
    except Refused as reason:
        assert str(reason)
