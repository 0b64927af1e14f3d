"""The README's tables of forms of attention say what was measured of the models that ship."""

from __future__ import annotations

from typing import Any

from tests.readme_tables import cell, metrics, readme, row

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


def of_form(name: str) -> dict[str, Any]:
    return metrics(f"translation/en-fr-{name}")


def test_the_table_of_forms_says_what_was_measured() -> None:
    rows = []
    for name, label in FORMS.items():
        found = of_form(name)
        aer = found["alignment"]["gold"]["attention"]["aer"]
        perplexity = cell(found["perplexity"]["per_piece"], 2, interval=False)
        rows.append(row([label, cell(found["bleu"]["beam5"], 1), perplexity, cell(aer, 1, 100)]))
    assert "\n".join(rows) in readme(), "\n".join(rows)


def test_the_table_of_readings_says_what_was_measured() -> None:
    rows = []
    for name, label in FORMS.items():
        gold = of_form(name)["alignment"]["gold"]
        rows.append(row([label, *(cell(gold[read]["aer"], 1, 100) for read in READ)]))
    assert "\n".join(rows) in readme(), "\n".join(rows)
