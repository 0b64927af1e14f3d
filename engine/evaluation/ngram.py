"""What counting sequences achieves: the baseline beside which a language model's perplexity stands.

An n-gram model with interpolated modified Kneser-Ney smoothing, after Chen & Goodman 1999, "An empirical study of
smoothing techniques for language modeling", Computer Speech and Language 13, section 4.1.6. Each order is a sorted
table of numbers, so that millions of pieces are counted and looked up in a few seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

DISCOUNTS = (0.5, 1.0, 1.5)
"""Where a text is so small that no discount can be estimated from it, or one that takes more than was counted."""

Ids = Int[np.ndarray, " piece"]
Texts = Sequence[Int[np.ndarray, " _"]]


class _Order(NamedTuple):
    """All sequences of one length. A sequence's code is its prefix's place in the table one shorter × vocabulary + its
    last piece; `counts` are 0 for those that only begin a text."""

    codes: Int[np.ndarray, " sequence"]
    counts: Int[np.ndarray, " sequence"]
    totals: Int[np.ndarray, " context"]
    saved: Float[np.ndarray, " context"]
    discounts: tuple[float, float, float]


class KneserNey:
    """Sequences of up to `order` pieces below `vocabulary`, counted in `texts`; `end` stands before and after each."""

    def __init__(self, texts: Texts, order: int, vocabulary: int, end: int) -> None:
        if order < 1 or not texts:
            raise ValueError(f"an n-gram model needs an order of 1 at least and a text, got {order} and {len(texts)}")
        self.order, self.vocabulary, self.end = order, vocabulary, end
        row, wanted = self._row(texts)
        tables: list[Int[np.ndarray, " sequence"]] = []
        places = [np.zeros(len(row), dtype=np.int64)]  # of the sequence that ends at each piece, in each table
        for _ in range(order):
            codes, place = np.unique(self._coded(places[-1], row), return_inverse=True)
            tables.append(codes)
            places.append(place)
        counts = np.bincount(places[order][wanted], minlength=len(tables[-1]))
        orders = []
        for k in range(order, 0, -1):
            contexts = len(tables[k - 2]) if k > 1 else 1
            orders.append(_order(tables[k - 1], counts, contexts, vocabulary))
            if k > 1:
                # Below the highest order what counts is how many different pieces a sequence was seen to follow.
                occurring = np.flatnonzero(counts)
                some = np.zeros(len(tables[k - 1]), dtype=np.int64)
                some[places[k]] = np.arange(len(row))  # a piece at which the sequence ends
                counts = np.bincount(places[k - 1][some[occurring]], minlength=len(tables[k - 2]))
        self._orders = orders[::-1]

    def logprobs(self, texts: Texts) -> list[Float[np.ndarray, " _"]]:
        """ln p of each piece of each text given those before it, and of its end, in nats."""
        row, wanted = self._row(texts)
        probability = np.full(len(row), 1 / self.vocabulary)
        context = np.zeros(len(row), dtype=np.int64)  # the place of what stands before each piece; -1 where unseen
        for order in self._orders:
            probability = _interpolated(order, context, row, probability, self.vocabulary)
            here = _found(order.codes, np.where(context < 0, -1, context * self.vocabulary + row))
            context = np.r_[-1, here[:-1]]
        logs = np.log(probability[wanted])
        return np.split(logs, np.cumsum([len(text) + 1 for text in texts])[:-1])

    def _row(self, texts: Texts) -> tuple[Ids, Bool[np.ndarray, " piece"]]:
        """All texts in one row, each behind `order` - 1 ends (one at least), and which pieces are to be predicted."""
        before = np.full(max(self.order - 1, 1), self.end, dtype=np.int64)
        parts: list[Ids] = []
        wanted = []
        for text in texts:
            parts += [before, np.asarray(text, dtype=np.int64), np.array([self.end])]
            wanted += [np.zeros(len(before), dtype=bool), np.ones(len(text) + 1, dtype=bool)]
        return np.concatenate(parts), np.concatenate(wanted)

    def _coded(self, places: Int[np.ndarray, " piece"], row: Ids) -> Int[np.ndarray, " piece"]:
        """The code of the sequence, one longer, that ends at each piece."""
        return np.r_[0, places[:-1]] * self.vocabulary + row


def _order(
    codes: Int[np.ndarray, " sequence"], counts: Int[np.ndarray, " sequence"], contexts: int, vocabulary: int
) -> _Order:
    prefix = codes // vocabulary
    discounts = _discounts(counts)
    discounted = np.zeros(len(counts))
    for kind, discount in enumerate(discounts, 1):
        discounted[np.minimum(counts, 3) == kind] = discount
    totals = np.bincount(prefix, counts, contexts).astype(np.int64)
    return _Order(codes, counts, totals, np.bincount(prefix, discounted, contexts), discounts)


def _discounts(counts: Int[np.ndarray, " sequence"]) -> tuple[float, float, float]:
    """D1, D2 and D3+ of equation 26, from how many sequences came once to four times."""
    n = np.bincount(np.minimum(counts, 5), minlength=6)[1:5].astype(float)
    if not n.all():
        return DISCOUNTS
    y = n[0] / (n[0] + 2 * n[1])
    discounts = tuple(float(k + 1 - (k + 2) * y * n[k + 1] / n[k]) for k in range(3))
    return (
        (discounts[0], discounts[1], discounts[2])
        if all(0 < d <= k + 1 for k, d in enumerate(discounts))
        else DISCOUNTS
    )


def _interpolated(
    order: _Order,
    context: Int[np.ndarray, " piece"],
    row: Ids,
    shorter: Float[np.ndarray, " piece"],
    vocabulary: int,
) -> Float[np.ndarray, " piece"]:
    """p(piece | context) from `shorter`, which knows one piece of it less: equation 24. Where the context was not seen
    it is the shorter one's."""
    at = np.maximum(context, 0)
    known = (context >= 0) & (order.totals[at] > 0)
    place = _found(order.codes, np.where(known, at * vocabulary + row, -1))
    counts = np.where(place >= 0, order.counts[np.maximum(place, 0)], 0)
    discount = np.array((0.0, *order.discounts))[np.minimum(counts, 3)]
    total = np.where(known, order.totals[at], 1)
    return np.where(known, (counts - discount + order.saved[at] * shorter) / total, shorter)


def _found(codes: Int[np.ndarray, " sequence"], wanted: Int[np.ndarray, " piece"]) -> Int[np.ndarray, " piece"]:
    """The place of each code in the sorted table, -1 where it is not."""
    place = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return np.where(codes[place] == wanted, place, -1)
