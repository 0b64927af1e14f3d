"""The equations of one source word with the numbers of this step put in."""

from __future__ import annotations

import re

import numpy as np

from engine.inference.step_by_step.opened import Opened
from engine.inference.step_by_step.quantities import Quantity
from engine.inference.step_by_step.step import Step

MOST = 4  # terms of a sum that are written out


def lines(opened: Opened, word: int) -> list[str]:
    """Score, weight and context of source word `word`, from 0, as LaTeX."""
    return [*score(opened.now, word), weight(opened, word), context(opened.now)]


def written(value: float) -> str:
    """Two decimals, more where they would be nothing but noughts."""
    return f"{value:.2f}" if abs(value) >= 0.1 or not value else f"{value:.3g}"


def _factor(value: float) -> str:
    return f"({written(value)})" if value < 0 else written(value)


def of_word(formula: str, word: int) -> str:
    """A formula for any word j as that of one word, from 0."""
    return re.sub(r"_j(?![a-z])", f"_{{{word + 1}}}", formula)


def score(step: Step, word: int) -> list[str]:
    """What the last inner product of the scoring function multiplies, where it ends with one, and its formula."""
    last = step.get("products") or step["scores"]
    formula = _equal(step["scores"], word, of_word(step["scores"].formula, word))
    if step.left is None or step.right is None:
        return [formula]
    product = _sum(step.left, step.right[word])
    whole = _equal(last, word, rf"{of_word(last.term.symbol, word)} = {product}")
    return [whole, formula] if "products" in step else [formula, whole]


def _equal(quantity: Quantity, word: int, left: str) -> str:
    """A formula with the number that came out of it, and the one that was put in its place."""
    computed, value = float(quantity.computed[word]), float(quantity.value[word])
    return f"{left} = {written(computed)}" + _by_hand(computed, value)


def _sum(left: np.ndarray, right: np.ndarray) -> str:
    terms = [rf"{_factor(float(a))} \cdot {_factor(float(b))}" for a, b in zip(left, right, strict=True)]
    more = [r"\cdots"] if len(terms) > MOST else []
    return " + ".join([*terms[:MOST], *more])


def weight(opened: Opened, word: int) -> str:
    """The weight as a share of all scores, where it is one."""
    step = opened.now
    weights, scores, allowed = step["weights"], step["scores"].value, step["allowed"].value > 0.5
    computed, value = float(weights.computed[word]), float(weights.value[word])
    name = rf"\alpha_{{{word + 1}}}"
    powers = np.where(allowed, np.exp(scores - scores[allowed].max(initial=-np.inf)), 0)
    share = powers[word] / powers.sum() if powers.sum() else np.nan
    if not np.isclose(share, computed, atol=1e-4) or not allowed[word]:
        return f"{name} = {written(computed)}" + _by_hand(computed, value)
    terms = [f"e^{{{written(float(score))}}}" for score in scores[allowed]]
    below = " + ".join([*terms[:MOST], *([r"\cdots"] if len(terms) > MOST else [])])
    return rf"{name} = \frac{{e^{{{written(float(scores[word]))}}}}}{{{below}}} = {written(computed)}" + _by_hand(
        computed, value
    )


def context(step: Step) -> str:
    """The context as the sum of the keys by their weights, or of whatever else was multiplied."""
    formula = step["context"].formula if "context" in step else ""
    if not formula.endswith("h_j"):
        return formula
    order = np.argsort(-step["weights"].value, kind="stable")[:MOST]
    terms = [rf"{written(float(step['weights'].value[j]))}\, h_{{{j + 1}}}" for j in sorted(order.tolist())]
    return f"{formula} = " + " + ".join([*terms, *([r"\cdots"] if len(step["weights"].value) > MOST else [])])


def _by_hand(computed: float, value: float) -> str:
    return "" if computed == value else rf" \;\to\; {written(value)}"
