"""Words measured, cut, pictured and broken into lines, in any script."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.figures.drawing.typeset import (
    END,
    ISOLATE,
    Label,
    clusters,
    escape,
    is_cjk,
    is_right_to_left,
    is_spaced,
    isolated,
    legal,
    runs_right_to_left,
    width,
    wrapped,
)

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
PLAIN = st.text("abcdefgh ", max_size=80)


@given(TEXT, TEXT)
def test_a_text_is_as_wide_as_its_parts_unless_they_join(first: str, second: str):
    if not first.endswith("\u200d"):
        assert width(first + second) == pytest.approx(width(first) + width(second))


@given(TEXT, st.floats(1, 40))
def test_width_grows_with_the_size_of_letters_and_is_never_below_zero(text: str, size: float):
    assert width(text, size) == pytest.approx(width(text, 1) * size) and width(text, size) >= 0


def test_marks_take_no_room_and_wide_characters_a_whole_em():
    assert width("e\u0301\u0302", 10) == width("e", 10)
    assert width("\u200b\u200e", 10) == 0
    assert width("猫", 10) == width("ア", 10) == width("Ａ", 10) == 10
    assert width("👍🏽", 10) == width("👍", 10)  # a colour of skin is no picture of its own
    assert width("👩\u200d💻", 10) == width("👩", 10)  # two joined are drawn as one
    assert width("il", 10) < width("ab", 10) < width("MW", 10)


@given(TEXT)
def test_clusters_put_together_are_the_text_and_none_begins_with_a_mark_but_the_first(text: str):
    found = clusters(text)
    assert "".join(found) == text and all(found)
    for cluster in found[1:]:
        assert unicodedata.category(cluster[0]) not in ("Mn", "Me", "Mc") and cluster[0] != "\u200d"


@pytest.mark.parametrize(
    ("word", "cjk", "spaced"),
    [
        ("猫", True, False),
        ("アイ", True, False),
        ("。", True, False),
        ("cat", False, True),
        ("c猫", False, True),
        (".", False, False),
        ("...", False, False),
        ("!?", False, False),
        ("%", False, False),
        (")", False, False),
        ("”", False, False),
        ("(", False, True),
        ("“", False, True),
        ("'s", False, True),
        ("3", False, True),
        ("３", True, False),
        ("", False, False),
    ],
)
def test_white_space_stands_before_a_word_unless_it_is_chinese_or_closes_something(word: str, cjk: bool, spaced: bool):
    assert is_cjk(word) is cjk and is_spaced(word) is spaced


@pytest.mark.parametrize(
    ("word", "leftward"),
    [("مرحبا", True), ("שלום", True), ("1 שלום", True), ("a שלום", False), ("123", False), ("", False)],
)
def test_the_first_letter_that_has_a_direction_says_where_a_word_begins(word: str, leftward: bool):
    assert is_right_to_left(word) is leftward


def test_a_sentence_runs_to_the_left_only_where_more_than_half_of_its_words_do():
    assert runs_right_to_left(("שלום", "עולם", "Tel"))
    assert not runs_right_to_left(("שלום", "Tel"))
    assert runs_right_to_left(("שלום", "123", "!", "..."))  # numbers and signs have no vote
    assert not runs_right_to_left(()) and not runs_right_to_left(("1", "2"))


@given(PLAIN, st.floats(5, 300), st.floats(8, 20))
def test_lines_hold_all_words_in_order_and_none_is_wider_than_its_room_but_for_a_single_word(
    text: str, room: float, size: float
):
    lines = wrapped(text, room, size)
    assert " ".join(lines).split() == text.split()
    assert all(width(line, size) <= room or " " not in line for line in lines)
    # None could have taken the first word of the next one.
    for line, after in itertools.pairwise(lines):
        assert width(f"{line} {after.split()[0]}", size) > room


@given(st.text("每行之和小于（）《》，。：“”", max_size=60), st.floats(30, 300))
def test_chinese_is_broken_between_any_two_characters_but_not_before_what_closes_or_after_what_opens(
    text: str, room: float
):
    lines = wrapped(text, room, 11)
    assert "".join(lines) == text
    for line, after in itertools.pairwise(lines):
        assert after[0] not in "）》，。：”" and line[-1] not in "（《“"
    # Nothing is wider than its room but for what must stay together.
    assert all(width(line, 11) <= room or not re.search("[每行之和小于]{2}", line) for line in lines)


def test_a_sentence_with_both_scripts_fills_its_lines():
    lines = wrapped("每行之和小于 100%：其余部分被窗口取走。", 99, 11)
    assert lines == ["每行之和小于", "100%：其余部分被", "窗口取走。"]


@given(PLAIN, PLAIN, PLAIN, st.floats(20, 200))
def test_what_is_isolated_stays_so_on_each_line_that_it_reaches(before: str, inside: str, after: str, room: float):
    lines = wrapped(f"{before} {isolated(inside)} {after}", room, 11)
    depth = 0
    for line in lines:
        assert line.count(ISOLATE) == line.count(END)
        for character in line:
            depth += (character == ISOLATE) - (character == END)
            assert depth in (0, 1)
    bare = "".join(lines).translate({ord(ISOLATE): None, ord(END): None, ord(" "): None})
    assert bare == f"{before}{inside}{after}".replace(" ", "")


@given(TEXT)
def test_a_word_with_room_is_drawn_whole_and_says_its_own_width(word: str):
    label = Label.of(word, math.inf, 12)
    assert label.shown and label.width == pytest.approx(width(label.shown, 12))
    if word.isalnum() and len(word) <= 40:
        assert (label.shown, label.full) == (word, None)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        (" the", "␣the"),
        ("the ", "the␣"),
        ("  x", "␣␣x"),
        ("\tx", "⇥x"),
        ("a\nb", "a↵b"),
        ("a b", "a b"),
        ("\u3000字", "␣字"),
    ],
)
def test_white_space_at_an_edge_of_a_piece_is_seen_and_inside_it_is_white(word: str, shown: str):
    label = Label.of(word)
    assert (label.shown, label.full) == (shown, None if shown == word else word)


def test_nothing_is_shown_as_the_empty_set():
    assert (Label.of("").shown, Label.of("").full) == ("∅", "∅")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("\u200b", "U+200B ZERO WIDTH SPACE"),
        ("\n", "U+000A control character"),
        ("\u200b" * 6, "U+200B ZERO WIDTH SPACE, " * 3 + "U+200B ZERO WIDTH SPACE … (6 characters)"),
    ],
)
def test_what_cannot_be_seen_is_told_by_name(word: str, name: str):
    assert Label.of(word).full == name


def test_an_endless_word_is_cut_however_much_room_there_is():
    label = Label.of("x" * 1000)
    assert len(label.shown) <= 65 and label.shown.endswith("…") and label.full == "x" * 1000


@given(st.text("abcdefgh猫é", min_size=4, max_size=60), st.floats(50, 120))
def test_a_cut_word_begins_as_the_word_does_and_could_not_hold_one_character_more(word: str, budget: float):
    label = Label.of(word, budget, 14)
    if label.full is None:
        assert width(word, 14) <= budget
        return
    kept = label.shown.removesuffix("…")
    assert label.shown == kept + "…" and word.startswith(kept)
    assert label.width <= budget + 1e-6 or len(kept) == 1
    longer = word[: len(kept) + 1]
    assert width(longer, 14) + width("…", 14) > budget - 1e-6


@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_what_is_legal_stays_legal_and_every_other_character_keeps_its_place(text: str):
    clean = legal(text)
    assert legal(clean) == clean and len(clean) == len(text)
    clean.encode()
    assert all(a == b for a, b in zip(text, clean, strict=True) if b != "\ufffd")


@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_an_attribute_of_any_text_is_one_attribute(text: str):
    node = ElementTree.fromstring(f'<a one="{escape(text)}" two="2"/>')
    assert set(node.attrib) == {"one", "two"} and "var(" not in escape(text)
