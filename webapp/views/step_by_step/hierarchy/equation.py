"""The equations of one word and of its sentence with the numbers of this text put in."""

from __future__ import annotations

import numpy as np

from engine.inference.step_by_step.hierarchy.opened import OpenedText
from engine.inference.step_by_step.quantities import Stages
from webapp.views.step_by_step import latex


def lines(opened: OpenedText, word: int) -> list[str]:
    """Score, weight and vector of word `word` of the sentence that is open, then of the sentence; as LaTeX."""
    sentence = opened.sentence
    queries = [pool.query.cpu().numpy() for pool in opened.text.pools]
    words = _level(opened.now, "word", word, f"{{{sentence + 1},{word + 1}}}", queries[0])
    return [*words, *_level(opened.now, "sentence", sentence, f"{{{sentence + 1}}}", queries[1])]


def _level(stages: Stages, kind: str, at: int, index: str, query: np.ndarray) -> list[str]:
    """One level; `index` is how formulas name the place `at`."""
    scores, weights = stages[f"{kind}_scores"], stages[f"{kind}_weights"]
    left = (stages.get(f"{kind}_hidden") or stages[f"{kind}_states"]).value[at]
    plain = "it" if kind == "word" else "i"
    formula = scores.formula.replace(f"_{{{plain}}}", f"_{index}")
    score = latex.equal(
        f"{formula} = {latex.products(left, query)}", float(scores.computed[at]), float(scores.value[at])
    )
    allowed, computed = stages[f"{kind}_allowed"].value > 0.5, float(weights.computed[at])
    fraction, value = latex.share(scores.value, allowed, at)
    name = rf"\alpha_{index}"
    is_share = bool(allowed[at]) and bool(np.isclose(value, computed, atol=1e-4))
    weight = latex.equal(f"{name} = {fraction}" if is_share else name, computed, float(weights.value[at]))
    first = index.strip("{}").split(",")[0]
    symbol = f"s_{{{first}}}" if kind == "word" else "v"
    own = rf"h_{{{first},j}}" if kind == "word" else "h_j"
    return [score, weight, f"{symbol} = {latex.weighted(weights.value, own)}"]
