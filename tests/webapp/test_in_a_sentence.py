"""The sentence under a map says what its numbers say, and nothing where they say nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from webapp.figures.scenes.scene import MatrixScene
from webapp.views.shared.in_a_sentence import difference, sentence

ROWS, COLUMNS = ("Je", "aime", "*noir*", "."), ("I", "like", "black", ".")
LOOKED = [[0.2, 0.3, 0.2, 0.3], [0.1, 0.8, 0.1, 0.0], [0.02, 0.04, 0.92, 0.02], [0.0, 0.0, 0.01, 0.99]]
MATTERED = [[4.0, 0.1, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 9.0]]


def scene(values: object, links: frozenset[tuple[int, int]] = frozenset(), rows: tuple[str, ...] = ROWS) -> MatrixScene:
    numbers = np.array(values, dtype=float)
    return MatrixScene(rows, COLUMNS, numbers, np.clip(numbers, 0, 1), "share", links=links)


def test_of_attention_the_clearest_and_the_vaguest_word_are_named_and_signs_are_not():
    assert sentence(scene(LOOKED), "attention", both_ways=False) == (
        r"*\*noir\** looked at *black* (92 %). *Je* looked at nothing in particular (at most 30 % at one word)."
    )


def test_a_map_without_a_clear_row_is_said_to_have_none():
    vague = sentence(scene(np.full((4, 4), 0.25)), "attention", both_ways=False)
    assert vague == "No row points at one word: the highest weight is that of *Je* on *I*, 25 %."
    assert sentence(scene(np.full((4, 4), 0.2)), "effect", both_ways=False) == "No source word mattered much by itself."
    assert sentence(scene(np.full((4, 4), 0.9)), "effect", both_ways=True) == "No two words belong together clearly."
    assert sentence(scene(np.zeros((0, 4)), rows=()), "attention", both_ways=False) == ""


def test_of_effect_the_word_that_mattered_most_is_named_by_how_much_less_likely_it_makes_another():
    mattered = sentence(scene(MATTERED), "effect", both_ways=False)
    assert mattered == "*I* mattered most: without it, *Je* is 55 times less likely."
    assert "1,000+ times" in sentence(scene(np.array(MATTERED) * 3), "effect", both_ways=False)
    agreed = sentence(scene(LOOKED, frozenset({(2, 2)})), "consensus", both_ways=False)
    assert agreed == r"*\*noir\** and *black* belong together most clearly (92 %)."


def test_a_word_that_looked_elsewhere_than_where_it_mattered_is_named():
    differs = "For *Je* the model looked at *like* most, but *I* is what mattered."
    assert difference(scene(LOOKED), scene(MATTERED), both_ways=False) == differs
    linked = scene(np.array(MATTERED) / 9, frozenset({(0, 0)}))
    assert difference(scene(LOOKED), linked, both_ways=True) == differs
    assert difference(scene(LOOKED), scene(np.array(MATTERED) / 9), both_ways=True) == "", "no link, no claim"
    assert difference(scene(LOOKED), scene(LOOKED), both_ways=False) == ""
    at_a_sign = [[0.2, 0.1, 0.0, 0.7], *LOOKED[1:]]
    assert difference(scene(at_a_sign), scene(MATTERED), both_ways=False) == "", "a sign is where nothing is looked at"
    assert difference(scene(LOOKED), scene(MATTERED, rows=("Tu", *ROWS[1:])), both_ways=False) == ""


@given(arrays.arrays(float, (4, 4), elements=st.floats(0, 1)), st.sampled_from(["attention", "effect", "consensus"]))
def test_every_word_that_is_named_has_the_number_that_is_said(values: np.ndarray, kind: str):
    shown = sentence(scene(values), kind, both_ways=False)  # type: ignore[arg-type]
    if shown.startswith("*") and "looked at *" in shown:
        share = int(shown.partition("(")[2].partition(" %")[0])
        assert share == round(100 * values[:3, :3].max()) and share >= 50
