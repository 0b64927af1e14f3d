"""What people type, as it is read: controls that were meant as quotation marks and dashes are those."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import given as typed
from engine.text.document import document
from engine.text.given import check_text, check_words, controls, looks_like, mended, strays

CONTROLS = "".join(map(chr, range(0x80, 0xA0)))


def test_controls_are_what_they_are_in_windows_1252() -> None:
    assert mended("It\x92s \x93good\x94 \x96 really\x85") == "It’s “good” – really…"
    assert mended(CONTROLS).encode("cp1252", "replace").replace(b"?", b"") == bytes(
        code for code in range(0x80, 0xA0) if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    )
    assert strays(CONTROLS) == 32 and strays("It’s good – really…") == 0


@given(st.text(st.characters() | st.sampled_from(CONTROLS), max_size=60))
def test_all_characters_but_controls_stay_in_their_order(text: str) -> None:
    read = mended(text)
    assert len(read) == len(text) - controls(text) and strays(read) == controls(read) == 0
    left = [character for character in text if not controls(character)]
    assert all(before == after or before in CONTROLS for before, after in zip(left, read, strict=True))


def test_a_text_with_such_controls_is_read_as_meant() -> None:
    assert check_text("a \x96 b") == "a – b"
    assert check_words(["a", "\x85"]) == ["a", "…"] == check_words("a \x85")
    found = document("It\x92s a film\x85 Go\x96now!", "en")
    assert found.text == "It’s a film… Go–now!" and found.words(0)[:2] == ("It", "’s")


@pytest.mark.parametrize("control", ["\0", "\x1b", "\x7f", "\x01\x07"])
def test_what_means_nothing_anywhere_is_left_out_and_counted(control: str) -> None:
    assert document(f"a{control}b c", "en").text == "ab c" == check_text(f"a{control}b c")
    assert controls(f"a{control}b c") == len(control)


@pytest.mark.parametrize(
    ("text", "language", "may"),
    [
        ("A good film.", "en", True),
        ("A good film.", "zh", False),
        ("房间很好", "zh", True),
        ("房间很好", "en", False),
        ("Отличный фильм", "en", False),
        ("とても良い映画", "ja", True),
        ("42 :-)", "zh", True),
    ],
)
def test_letters_tell_of_another_language(text: str, language: str, may: bool) -> None:
    assert looks_like(text, language) is may


def test_what_can_be_printed_needs_no_mending_and_is_seen_but_for_the_space() -> None:
    """Texts are let through by that, without looking at each character."""
    printable = "".join(c for c in map(chr, range(0x110000)) if c.isprintable())
    assert typed._CONTROL.sub("", printable.translate(typed._MEANT)).translate(typed._UNMEANT) == printable
    assert typed.SEEN.sub("", printable) == " "
    assert printable.replace(" ", "").strip() == printable.replace(" ", ""), "nothing else is space at an end"
    assert [typed.visible(text) for text in ("", "  ", " a ", "\u00ad\n", "\n.", "\u3000")] == [
        *(False, False, True, False, True, False)
    ]
