"""A JSON file that is opened gives a view or one sentence, whatever is in it."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Refused
from tests.hostile import ODD, PAYLOADS
from webapp.shell import fields, view_file
from webapp.shell.view_file import LARGEST, opened

VIEW = {
    "v": "1",
    "m": "classification/imdb-han",
    "t": "A film.\nGood, 很好 👍🏽",
    "x": "1.2",
    "b": "3",
    "r": "both",
    "e": "1",
}
WHOLE = {"format": 1, "model": VIEW["m"], "text": VIEW["t"], "traces": [{"weights": [[[[0.5, 0.5]]]]}], "view": VIEW}
FIELDS = {
    "model": fields.choice("m", [VIEW["m"], "other"]),
    "text": fields.text("t", lines=True),
    "line": fields.text("t"),
    "off": fields.numbers("x"),
    "beam": fields.count("b", 1, 10),
    "reading": fields.choice("r", ["attention", "both"]),
    "shown": fields.several("r", ["attention", "both"]),
    "end": fields.flag("e"),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def check(content: bytes) -> bool:
    try:
        view = opened(content)
    except Refused as reason:
        assert str(reason)
        return False
    for field in FIELDS.values():
        try:
            value = field.read(view[field.param]) if field.param in view else field.default
        except ValueError:
            continue
        assert field.holds(value)
        if isinstance(value, str):
            value.encode()
    return True


def test_what_was_written_is_opened():
    assert opened(json.dumps(WHOLE).encode()) == VIEW
    assert opened(b"\xef\xbb\xbf" + json.dumps(WHOLE, ensure_ascii=False).encode()) == VIEW


def test_two_thousand_damaged_files_are_opened_or_refused():
    dice = random.Random(5)
    originals = [
        json.dumps(WHOLE, ensure_ascii=ascii, indent=indent).encode() for ascii in (0, 1) for indent in (None, 1)
    ]
    found = 0
    for number in range(2_000):
        content = bytearray(dice.choice(originals) if number % 4 else dice.randbytes(dice.randrange(200)))
        for _ in range(dice.randrange(4)):
            place = dice.randrange(len(content) + 1)
            piece = dice.choice(
                [b"", b'"', b"{", b"]", b"\\ud800", b"\\u0000", b"\xff", b"1e999", b"NaN", dice.randbytes(2)]
            )
            content[place : place + dice.randrange(3)] = piece
        found += check(bytes(content))
    assert found > 300


@given(JSON, st.booleans())
@settings(deadline=None, max_examples=300)
def test_any_json_is_opened_or_refused(value: object, as_view: bool):
    check(json.dumps({"view": value} if as_view else value).encode())


@pytest.mark.parametrize("text", [*PAYLOADS, *ODD, "\ud800", "x" * 300_000])
def test_texts_of_all_kinds_come_through_or_are_marked(text: str):
    assert check(json.dumps({"view": {**VIEW, "t": text}}).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"view": {}}',
        b'{"view": {"t": 1}}',
        b'{"view": [["t", "x"]]}',
        b"[" * 1_000_000,
        b'{"a":' * 500_000,
        b"1" * 1_000_000,
        b'{"view": ' + b"9" * 100_000 + b"}",
        b'"' + b"\\ud800" * 500_000 + b'"',
        b" " * (LARGEST + 1),
        b"PK\x03\x04",
        json.dumps(WHOLE).encode("utf-16"),
    ],
    ids=range(15),
)
def test_what_is_no_view_gets_a_sentence(content: bytes):
    with pytest.raises(Refused, match="was not created by Alignscope"):
        view_file.opened(content)
