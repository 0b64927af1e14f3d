"""The README's tables of forms of attention say what was measured of the models that ship."""

from __future__ import annotations

from tests.engine import readme

FORMS = {
    "after-feeding": "soft, over all words, after the cell with input feeding",
    "after": "without input feeding",
    "before": "before the cell",
    "local-m": "window local-m, D = 2",
    "local-p": "window local-p, D = 2",
    "sparsemax": "sparsemax",
    "entmax15": "1.5-entmax",
    "hard-gumbel": "hard, by Gumbel-softmax",
    "hard-exact": "hard, exactly, without input feeding",
    "hard-reinforce": "hard, by reward (REINFORCE)",
    "null-key": "with a null key",
    "supervised": "told where to look (supervised)",
}
READ = ("attention", "attention_step_1", "effect", "attention_both", "effect_both")


def test_the_table_of_forms_says_what_was_measured() -> None:
    known, rows = readme.measured("translation"), []
    for name, label in FORMS.items():
        metrics = known[f"en-fr-{name}"]
        bleu, perplexity = metrics["bleu"]["beam5"], metrics["perplexity"]["per_piece"]
        aer = metrics["alignment"]["gold"]["attention"]["aer"]
        cells = readme.cell(bleu, 1, 1), readme.cell(perplexity, 1, 2, within=False), readme.cell(aer, 100, 1)
        rows.append(readme.row(label, *cells))
    assert readme.holds(rows), "\n".join(rows)


def test_the_table_of_readings_says_what_was_measured() -> None:
    known, rows = readme.measured("translation"), []
    for name, label in FORMS.items():
        gold = known[f"en-fr-{name}"]["alignment"]["gold"]
        rows.append(readme.row(label, *(readme.cell(gold[read]["aer"], 100, 1) for read in READ)))
    assert readme.holds(rows), "\n".join(rows)
