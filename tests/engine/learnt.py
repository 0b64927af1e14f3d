"""What small models learn by in tests, and what is known of their training."""

from __future__ import annotations

from typing import Any

NETWORK = """
[model]
score = "additive"
placement = "after"
feeding = true
cell = "gru"
embedding = 8
encoder = 4
decoder = 8
attention = 4
[loop]
updates = 2
batch = 8
threads = 1
validate_every = 2
precision = "no"
"""
"""The end of a training file, the same for whatever a tiny recurrent model is taught."""


def facts(corpus: str) -> dict[str, Any]:
    """As training.json of a model that learnt from one corpus."""
    return {
        "updates": 1,
        "seconds": 60.0,
        "parameters": 1,
        "pairs": 8,
        "threads": 1,
        "device": "cpu",
        "precision": "no",
        "seed": 1,
        "versions": {"torch": "2"},
        "corpora_sha256": {corpus: {"train.tsv.xz": "ab"}},
    }
