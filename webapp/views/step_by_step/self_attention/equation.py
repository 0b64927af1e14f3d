"""The equations of one pair of words with the numbers of this head put in."""

from __future__ import annotations

import numpy as np

from engine.inference.step_by_step.quantities import Stages
from webapp.views.step_by_step import latex


def lines(stages: Stages, asking: int, asked: int, divisor: int = 1) -> list[str]:
    """Product, score, weight and context of a pair of words, from 0, as LaTeX. `divisor` is what products are divided
    by besides √d_k."""
    return [*scores(stages, asking, asked, divisor), weight(stages, asking, asked), context(stages, asking)]


def _numbers(stages: Stages, name: str, asking: int, asked: int) -> tuple[float, float]:
    return float(stages[name].computed[asking, asked]), float(stages[name].value[asking, asked])


def scores(stages: Stages, asking: int, asked: int, divisor: int = 1) -> list[str]:
    """The inner product of query and key written out, and what is made of it."""
    left = (stages.get("turned_queries") or stages["queries"]).value[asking]
    right = (stages.get("turned_keys") or stages["head_keys"]).value[asked]
    product = latex.indexed(r"z_{ij} = q_i^\top k_j = ", asking, asked) + latex.products(left, right)
    lines = [latex.equal(product, *_numbers(stages, "dot_products", asking, asked))]
    value = latex.written(float(stages["dot_products"].value[asking, asked]))
    root = rf"\sqrt{{{left.size}}}" if "sqrt" in stages["scaled_scores"].formula else ""
    under = r" \cdot ".join(part for part in (str(divisor) if divisor != 1 else "", root) if part)
    above = rf"\frac{{{value}}}{{{under}}}" if under else value
    name = latex.indexed("e_{ij}", asking, asked)
    return [*lines, latex.equal(f"{name} = {above}", *_numbers(stages, "scaled_scores", asking, asked))]


def weight(stages: Stages, asking: int, asked: int) -> str:
    """The weight as a share of all scores of its row, where it is one."""
    allowed, numbers = stages["visible"].value[asking] > 0.5, _numbers(stages, "attention_weights", asking, asked)
    fraction, value = latex.share(stages["scaled_scores"].value[asking], allowed, asked)
    name = latex.indexed(r"\alpha_{ij}", asking, asked)
    if not allowed[asked]:
        name += latex.indexed(r" \quad (m_{ij} = 0)", asking, asked)
        return latex.equal(name, *numbers)
    is_share = np.isclose(value, numbers[0], atol=1e-4)
    return latex.equal(f"{name} = {fraction}" if is_share else name, *numbers)


def context(stages: Stages, asking: int) -> str:
    """The context as the sum of the values by their weights, or of whatever else was multiplied."""
    formula = stages["head_context"].formula
    left = latex.indexed(r"c_i", asking)
    if not formula.endswith("v_j"):
        return formula
    return f"{left} = {latex.weighted(stages['attention_weights'].value[asking], 'v_j')}"
