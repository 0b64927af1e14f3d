"""The equations of one source word with the numbers of this step put in."""

from __future__ import annotations

import numpy as np

from engine.inference.step_by_step.recurrent.opened import OpenedStep
from engine.inference.step_by_step.recurrent.step import Step
from webapp.views.step_by_step import latex


def lines(opened: OpenedStep, word: int) -> list[str]:
    """Score, weight and context of source word `word`, from 0, as LaTeX."""
    return [*score(opened.now, word), weight(opened.now, word), context(opened.now)]


def score(step: Step, word: int) -> list[str]:
    """What the last inner product of the scoring function multiplies, where it ends with one, and its formula."""
    scores, last = step["scores"], step.get("products") or step["scores"]
    formula = latex.equal(latex.indexed(scores.formula, word), *_numbers(step, "scores", word))
    if step.left is None or step.right is None:
        return [formula]
    product = latex.products(step.left, step.right[word])
    whole = latex.equal(rf"{latex.indexed(last.term.symbol, word)} = {product}", *_numbers(step, last.name, word))
    return [whole, formula] if "products" in step else [formula, whole]


def _numbers(step: Step, name: str, word: int) -> tuple[float, float]:
    return float(step[name].computed[word]), float(step[name].value[word])


def weight(step: Step, word: int) -> str:
    """The weight as a share of all scores, where it is one."""
    allowed, numbers = step["allowed"].value > 0.5, _numbers(step, "weights", word)
    fraction, value = latex.share(step["scores"].value, allowed, word)
    name = rf"\alpha_{{{word + 1}}}"
    is_share = np.isclose(value, numbers[0], atol=1e-4) and allowed[word]
    return latex.equal(f"{name} = {fraction}" if is_share else name, *numbers)


def context(step: Step) -> str:
    """The context as the sum of the keys by their weights, or of whatever else was multiplied."""
    formula = step["context"].formula if "context" in step else ""
    if not formula.endswith("h_j"):
        return formula
    return f"{formula} = {latex.weighted(step['weights'].value, 'h_j')}"
