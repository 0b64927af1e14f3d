"""How much is computed at most; plain numbers, so that a page knows them before any model is loaded."""

from __future__ import annotations

MAX_FLOW = 40
"""The most tokens of which the flow is computed: it is a problem of its own for each pair of them."""
MAX_WEIGHTS = 50_000_000
"""The most weights of all layers and heads at once: 12 layers of 12 heads at 589 tokens. A gradient takes about four
tables of that size."""
