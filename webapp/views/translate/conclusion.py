"""What the tests of a map come to for one sentence: yes, no, or undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.i18n import N_, joined, t

if TYPE_CHECKING:
    from engine.evaluation.verdict import Verdict
    from engine.inference.translation_faithfulness import Erasure, Shuffled

WORDS: dict[tuple[Verdict, bool], str] = {
    ("better", True): N_(
        "Yes. The translation becomes unlikely faster when the words that the map highlights are taken away first than "
        "when random ones are."
    ),
    ("better", False): N_(
        "The translation becomes unlikely faster when the words that the map highlights are taken away first than when "
        "random ones are. But the words with most effect do no better than chance, so this sentence is a poor test of "
        "the map."
    ),
    ("worse", True): N_(
        "No. The translation becomes unlikely more slowly when the words that the map highlights are taken away first "
        "than when random ones are."
    ),
    ("worse", False): N_(
        "The translation becomes unlikely more slowly when the words that the map highlights are taken away first than "
        "when random ones are. But the words with most effect do no better than chance either, so this sentence is a "
        "poor test of the map."
    ),
    ("undecided", True): N_(
        "Undecided: the words that the map highlights cannot be told from random ones, though the words with most "
        "effect can, so there was something to find."
    ),
    ("undecided", False): N_(
        "Undecided: even the words with most effect cannot be told from random ones, so this sentence is no test of "
        "the map."
    ),
}
"""Whether the words that are highlighted matter, by the verdict on attention and by whether effect, the positive
control, is better than chance: where it is not, no answer is a plain yes or no."""
WEIGHTS: dict[Verdict, str] = {
    "better": N_("Its own weights make the translation likelier than all {times} shuffled ones do."),
    "worse": N_("All {times} shuffled weights make the translation likelier than its own do."),
    "undecided": N_("Whether the weights matter is undecided: some of {times} shuffled ones do as well."),
}
"""Whether the weights themselves matter."""


def conclusion(erased: Erasure, other: Shuffled | None) -> str:
    """What both tests come to for this sentence, as a sentence; `other` is None where weights cannot be shuffled."""
    words = t(WORDS[erased.verdicts["attention"], erased.verdicts["effect"] == "better"])
    weights = "" if other is None else t(WEIGHTS[other.verdict]).format(times=len(other.logprobs))
    return joined(f"**{t('Do the words that the map highlights matter here?')}** {words}", weights)
