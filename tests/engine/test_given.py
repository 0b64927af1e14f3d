"""What people type, as it is read: controls that were meant as quotation marks and dashes are those."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Refused
from engine.text.document import document
from engine.text.given import check_text, check_words, mended, strays

CONTROLS = "".join(map(chr, range(0x80, 0xA0)))


def test_controls_are_what_they_are_in_windows_1252() -> None:
    assert mended("It\x92s \x93good\x94 \x96 really\x85") == "It’s “good” – really…"
    assert mended(CONTROLS).encode("cp1252", "replace").replace(b"?", b"") == bytes(
        code for code in range(0x80, 0xA0) if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    )
    assert strays(CONTROLS) == 32 and strays("It’s good – really…") == 0


@given(st.text(st.characters() | st.sampled_from(CONTROLS), max_size=60))
def test_no_character_changes_its_place_and_all_others_stay(text: str) -> None:
    found = mended(text)
    assert len(found) == len(text) and strays(found) == 0
    assert all(one == other or one in CONTROLS for one, other in zip(text, found, strict=True))


def test_a_text_with_such_controls_is_read_as_meant() -> None:
    assert check_text("a \x96 b") == "a – b"
    assert check_words(["a", "\x85"]) == ["a", "…"] == check_words("a \x85")
    found = document("It\x92s a film\x85 Go\x96now!", "en")
    assert found.text == "It’s a film… Go–now!" and found.words(0)[:2] == ("It", "’s")


@pytest.mark.parametrize("control", ["\0", "\x1b", "\x7f"])
def test_what_means_nothing_anywhere_is_refused_by_its_place(control: str) -> None:
    with pytest.raises(Refused, match="Character 3 of this text, U\\+00"):
        document(f"ab{control}", "en")
