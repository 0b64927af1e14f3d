"""Lines in and answers out, one for each line and in order, however they come and whatever is refused."""

from __future__ import annotations

import errno
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.capture.overview import Overview
from engine.cli import lines
from engine.cli.head_parts import Part, numbers
from engine.cli.lines import MAX_LINE, Numbered, each
from engine.cli.notes import note
from engine.cli.table_file import Layout, each_row
from engine.errors import Refused
from engine.runs.faults import refusal_of
from engine.traces import Axis


def chunks(content: bytes, size: int) -> Any:
    """Reads at most `size` bytes at a time, as a pipe does."""
    file = io.BytesIO(content)
    return lambda most: file.read(min(most, size))


@given(
    st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=8),
    st.integers(1, 9),
    st.booleans(),
)
def test_lines_are_the_same_however_many_bytes_come_at_a_time(parts: list[bytes], size: int, ended: bool):
    content = b"\n".join(parts) + (b"\n" if ended and parts else b"")
    expected = content.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    assert list(lines._lines(chunks(content, size))) == expected


def test_a_line_that_is_too_long_is_known_before_it_ends_and_its_rest_is_never_held(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lines, "MAX_LINE", 10)
    found = list(lines._lines(chunks(b"ok\n" + b"x" * 1000 + b"\nalso ok\n" + b"y" * 11, 7)))
    assert [found[0], found[2]] == [b"ok", b"also ok"] and len(found) == 4
    assert 10 < len(found[1]) <= 17 and len(found[3]) == 11
    assert isinstance(lines._text(found[1]), Refused)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"plain", "plain"),
        (b"\xef\xbb\xbfmarked", "marked"),
        (b"windows\r", "windows"),
        ("a\u2028b\x0bc\x85".encode(), "a\u2028b\x0bc\x85"),
        (b"\r", ""),
    ],
)
def test_only_a_line_feed_ends_a_line_and_marks_of_systems_fall_away(line: bytes, text: str):
    assert lines._text(line) == text


def test_a_line_that_is_no_text_is_refused():
    assert str(lines._text(b"\xff\xfe")) == "It is not UTF-8."
    assert str(lines._text(b"x" * (MAX_LINE + 1))) == f"It is longer than {MAX_LINE} bytes."


class Upper:
    """Work that refuses texts with a question mark and remembers how many it was given at once."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> list[str]:
        self.calls.append(list(texts))
        if any("?" in text for text in texts):
            raise Refused("No questions.")
        return [text.upper() for text in texts]


LINE = st.sampled_from(["a", "b c", "", "  ", "what?", "d"])


@given(st.lists(LINE | st.just(Refused("It is not UTF-8.")), max_size=8), st.integers(1, 50))
def test_each_line_has_its_own_answer_whatever_else_is_refused(given_: list[Any], start: int):
    work = Upper()
    found = list(lines._answers(start, given_, work))
    assert len(found) == len(given_)
    for number, (line, answer) in enumerate(zip(given_, found, strict=True), start):
        if isinstance(line, Refused) or "?" in line:
            assert isinstance(answer, Numbered) and answer.number == number
            assert answer.sentence == (str(line) if isinstance(line, Refused) else "No questions.")
        else:
            assert answer == ("" if not line.strip() else line.upper())
    texts = [line for line in given_ if isinstance(line, str) and line.strip()]
    if texts:
        assert work.calls[0] == texts
    if not any("?" in text for text in texts):
        assert len(work.calls) <= 1  # nobody is asked twice


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    def type_in(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    return type_in


def test_answers_are_printed_up_to_the_line_that_is_refused(typed: Any, capsys: pytest.CaptureFixture[str]):
    typed(b"a\n\nwhat?\nb\n")
    with pytest.raises(Refused, match="Line 3: No questions"):
        each(Upper())
    assert capsys.readouterr().out == "A\n\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_skipping_goes_on_and_says_how_many_were_refused(typed: Any, capsys: pytest.CaptureFixture[str], as_json: bool):
    typed(b"a\nwhat?\nb\n\xff\nc")
    each(Upper(), skip=True, as_json=as_json)
    out, err = capsys.readouterr()
    answers = out.split("\n")[:-1]
    assert [answers[k] for k in (0, 2, 4)] == ["A", "B", "C"] and "2 of 5 lines were refused" in err
    if as_json:
        assert json.loads(answers[1]) == {"format": 1, "line": 2, "refused": "No questions."}
        assert json.loads(answers[3])["line"] == 4
    else:
        assert answers[1] == answers[3] == ""


def test_left_out_characters_are_told_with_their_line(typed: Any, capsys: pytest.CaptureFixture[str]):
    typed(b"plain\na\x00b\x01\n")
    each(Upper())
    assert "Line 2: control characters left out: 2." in capsys.readouterr().err


def test_without_standard_input_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Refused, match="no standard input"):
        each(Upper())


def test_an_input_that_breaks_off_is_told_after_the_lines_before_it(monkeypatch: pytest.MonkeyPatch, capsys: Any):
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if content := super().read(size):
                return content
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Broken(b"a\nb\n")))
    with pytest.raises(Refused, match="cannot be read: Input/output error"):
        each(Upper())
    assert capsys.readouterr().out == "A\nB\n"


# --- layers and heads by number


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 5)), min_size=1, max_size=5))
def test_ranges_of_numbers_are_all_that_lie_in_them_in_order_and_once(ranges: list[tuple[int, int]]):
    text = ",".join(str(first) if not more else f"{first}-{first + more}" for first, more in ranges)
    expected = sorted({number for first, more in ranges for number in range(first, first + more + 1)})
    assert numbers("--layers", text) == tuple(expected)


@pytest.mark.parametrize(
    "text", ["", "0", "a", "1-", "-1", "1,,2", "1 2", "1;2", "01", "99999", "٣", "1-2-3", "3-1", "1,9-2", "1," * 50]
)
def test_what_is_no_list_of_numbers_is_refused_with_an_example(text: str):
    with pytest.raises(Refused, match=r"--layers wants numbers from 1 such as 1-3,7 and got"):
        numbers("--layers", text)


def test_without_an_option_all_is_wanted():
    assert numbers("--heads", None) is None


def test_parts_count_from_nought_and_name_what_is_not_there():
    nothing, side = np.zeros((3, 4), np.float32), Axis.of(["a"])
    whole = Overview("encoder", side, side, np.zeros((3, 4, 1, 1), np.uint8), (1, 1), nothing, nothing, {})
    assert Part().layers_of(whole) == [0, 1, 2] and Part().heads_of(whole) == [0, 1, 2, 3]
    some = Part(layers=(1, 3), heads=(4,))
    assert some.layers_of(whole) == [0, 2] and some.heads_of(whole) == [3]
    with pytest.raises(Refused, match="no layer 4; this model has 3"):
        Part(layers=(1, 4)).layers_of(whole)
    with pytest.raises(Refused, match="no head 5; this layer has 4"):
        Part(heads=(5,)).heads_of(whole)


# --- what the machine refuses


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left", "/out"), "The disk is full (/out): No space left."),
        (OSError(errno.EDQUOT, "Quota", None), "The disk is full (the output): Quota."),
        (
            PermissionError(errno.EACCES, "Permission denied", "x"),
            "x cannot be written or read: Permission denied. Choose",
        ),
        (OSError(errno.EROFS, "Read-only", "x"), "Choose another place."),
        (FileNotFoundError(errno.ENOENT, "No such file", "x"), "x cannot be used: No such file."),
        (OSError("odd"), "the output cannot be used: odd."),
        (MemoryError(), "There is not enough memory for this"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you"), "not enough memory"),
        (RuntimeError("CUDA out of memory. Tried"), "not enough memory"),
    ],
)
def test_what_the_machine_refuses_is_one_sentence(error: Exception, sentence: str):
    assert sentence in str(refusal_of(error))


def test_a_refusal_stays_itself_and_a_fault_of_the_program_is_none():
    reason = Refused("x")
    assert refusal_of(reason) is reason
    for error in (RuntimeError("shapes do not fit"), ValueError("x"), KeyError("x")):
        assert refusal_of(error) is None


def test_a_note_that_nobody_can_read_disturbs_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    note("told", end="!")
    assert capsys.readouterr() == ("", "told!")
    monkeypatch.setattr(sys, "stderr", None)
    note("lost")
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    note("lost too")
    assert capsys.readouterr().out == ""


# --- a table


def rows(path: Path, capsys: pytest.CaptureFixture[str], sheet: str | None = None) -> tuple[list[str], list[str]]:
    each_row(path, Layout(sheet=sheet), (), Upper())
    out, err = capsys.readouterr()
    return out.split("\n")[:-1], err.split("\n")[:-1]


def test_answers_of_a_table_stand_on_the_lines_of_their_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "texts.csv"
    path.write_text("text,label\nfirst,a\n,b\nthird,a\n", encoding="utf-8")
    answers, notes = rows(path, capsys)
    assert answers == ["FIRST", "", "THIRD"] and notes
    path.write_text("first\n\nthird\n", encoding="utf-8")
    assert rows(path, capsys)[0] == ["FIRST", "", "THIRD"]


def test_answers_of_objects_one_a_line_stand_on_their_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "first"}\nbroken\n{"text": "third"}\n', encoding="utf-8")
    answers, notes = rows(path, capsys)
    assert answers == ["FIRST", "", "THIRD"] and notes


def test_a_table_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(Refused, match="cannot be read; check the name"):
        each_row(tmp_path / "none.csv", Layout(), (), Upper())
