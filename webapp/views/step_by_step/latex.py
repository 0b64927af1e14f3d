"""Numbers, sums and shares as they stand in an equation with the current values put in."""

from __future__ import annotations

import re

import numpy as np

MOST = 4  # terms of a sum that are written out


def written(value: float) -> str:
    """Two decimals, more where they would be nothing but noughts."""
    return f"{value:.2f}" if abs(value) >= 0.1 or not value else f"{value:.3g}"


def factor(value: float) -> str:
    """A number in a product."""
    return f"({written(value)})" if value < 0 else written(value)


def indexed(formula: str, first: int, second: int | None = None) -> str:
    """A formula for any words i and j as that of single ones, counted from 0; of a formula with one of the two letters
    alone, or of word t of a sentence i, that word is the first."""
    if second is not None:
        formula = re.sub(r"_\{ij\}", f"_{{{first + 1},{second + 1}}}", formula)
        formula = re.sub(r"_j(?![a-z])", f"_{{{second + 1}}}", formula)
        return re.sub(r"_i(?![a-z])", f"_{{{first + 1}}}", formula)
    formula = formula.replace("_{it}", f"_{{i,{first + 1}}}").replace(",j}", f",{first + 1}}}")
    return re.sub(r"_[ij](?![a-z])", f"_{{{first + 1}}}", formula)


def equal(left: str, computed: float, value: float) -> str:
    """A formula with the number that came out of it, and the one that was put in its place."""
    return f"{left} = {written(computed)}" + ("" if computed == value else rf" \;\to\; {written(value)}")


def products(left: np.ndarray, right: np.ndarray) -> str:
    """An inner product as the sum that it is."""
    return total(
        [rf"{factor(float(a))} \cdot {factor(float(b))}" for a, b in zip(left[:MOST], right, strict=False)], len(left)
    )


def total(terms: list[str], count: int) -> str:
    """The first terms of a sum of so many."""
    return " + ".join([*terms[:MOST], *([r"\cdots"] if count > MOST else [])])


def share(scores: np.ndarray, allowed: np.ndarray, chosen: int) -> tuple[str, float]:
    """The softmax of one score among those allowed, as a fraction and as a number."""
    powers = np.where(allowed, np.exp(scores - scores[allowed].max(initial=-np.inf)), 0)
    value = float(powers[chosen] / powers.sum()) if powers.sum() else np.nan
    below = total([f"e^{{{written(float(score))}}}" for score in scores[allowed][:MOST]], int(allowed.sum()))
    return rf"\frac{{e^{{{written(float(scores[chosen]))}}}}}{{{below}}}", value


def weighted(weights: np.ndarray, symbol: str) -> str:
    """A mean by weights as a sum, its largest terms written out; `symbol` bears the letter j."""
    order = np.argsort(-weights, kind="stable")[:MOST]
    terms = [rf"{written(float(weights[j]))}\, {indexed(symbol, j)}" for j in sorted(order.tolist())]
    return total(terms, len(weights))
