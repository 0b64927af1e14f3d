"""BLEU from Bahdanau, Cho & Bengio 2015, table 1, as it is printed there: all sentences, unknown words among them."""

from __future__ import annotations

BAHDANAU_TABLE_1 = {
    "RNNencdec-30": 13.93,
    "RNNsearch-30": 21.50,
    "RNNencdec-50": 17.82,
    "RNNsearch-50": 26.75,
    "RNNsearch-50*": 28.45,
    "Moses": 33.30,
}
