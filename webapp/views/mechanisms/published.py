"""Figures from papers, as they were printed, to stand beside our own."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.i18n import N_

BAHDANAU_2015 = "Bahdanau, Cho & Bengio 2015, arXiv:1409.0473"
LUONG_2015 = "Luong, Pham & Manning 2015, arXiv:1508.04025"
BAHDANAU_TABLE = N_(
    "English–French, newstest2014, all sentences. 30 and 50: the longest sentences learnt from. RNNencdec has no "
    "attention, RNNsearch has it before the cell; * was trained much longer; Moses is a statistical system."
)
TABLE_1 = N_("English–German, newstest2014. Each row adds to the one above, or puts another attention in its place.")
TABLE_4 = N_("English–German, newstest2014, single models. “After” = after replacing unknown words.")
CONCAT = N_("With concat the paper has perplexities of 6.7 (global) and 7.1 (local) and reports no good results.")
KIND = {
    "global": N_("global"),
    "local-m": N_("local-m"),
    "local-p": N_("local-p"),
    "ensemble": N_("ensemble"),
    "Berkeley Aligner": N_("Berkeley Aligner"),
}
TABLE_6 = N_("508 English–German Europarl sentences with gold links (RWTH).")


@dataclass(frozen=True)
class LuongModel:
    """One row of table 4: perplexity as printed, BLEU before and after unknown words are replaced.

    None where the paper prints a cross or nothing.
    """

    attention: str
    perplexity: str
    bleu: float | None
    bleu_after: float | None


@dataclass(frozen=True)
class LuongAlignment:
    """One row of table 6: alignment error rate, 0 to 1, lower is better."""

    method: str
    aer: float


LUONG_TABLE_4 = (
    LuongModel("global (location)", "6.4", 18.1, 19.3),
    LuongModel("global (dot)", "6.1", 18.6, 20.5),
    LuongModel("global (general)", "6.1", 17.3, 19.1),
    LuongModel("local-m (dot)", ">7.0", None, None),
    LuongModel("local-m (general)", "6.2", 18.6, 20.4),
    LuongModel("local-p (dot)", "6.6", 18.0, 19.6),
    LuongModel("local-p (general)", "5.9", 19.0, 20.9),
)

LUONG_TABLE_6 = (
    LuongAlignment("global (location)", 0.39),
    LuongAlignment("local-m (general)", 0.34),
    LuongAlignment("local-p (general)", 0.36),
    LuongAlignment("ensemble", 0.34),
    LuongAlignment("Berkeley Aligner", 0.32),
)


@dataclass(frozen=True)
class System:
    """One row of a table of translations: what was built, and its BLEU."""

    name: str
    bleu: float


LUONG_TABLE_1 = (
    System(N_("base"), 11.3),
    System(N_("+ source reversed"), 12.6),
    System(N_("+ dropout"), 14.0),
    System(N_("+ global attention (location)"), 16.8),
    System(N_("+ input feeding"), 18.1),
    System(N_("+ local-p attention (general) instead"), 19.0),
    System(N_("+ unknown words replaced"), 20.9),
    System(N_("ensemble of 8 models, unknown words replaced"), 23.0),
)
