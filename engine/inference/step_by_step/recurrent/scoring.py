"""Each scoring function in the steps in which it is computed by hand, for one query and the keys of one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from engine.attention import Score
from engine.inference.step_by_step.quantities import NUMBERS, SOURCE, SOURCE_NUMBERS, Book

Query = Float[Tensor, " query_size"]
Keys = Float[Tensor, "source key_size"]
Scores = Float[Tensor, " source"]
Parts = Callable[[Any, Query, Keys, Book, str], Scores]


def scores(scoring: Score, query: Query, keys: Keys, book: Book, mistake: str = "") -> Scores:
    """The raw scores. One that has no steps of its own here is computed in the two that every function has."""
    raw = PARTS.get(scoring.name, _unknown)(scoring, query, keys, book, mistake)
    return book.note("scores", raw, SOURCE, f"e_j = {scoring.formula}", scoring.source)


def _unknown(scoring: Score, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    projected = scoring.project(keys.unsqueeze(0))
    if projected.shape[-1]:
        noted = book.note("projected_keys", projected[0], SOURCE_NUMBERS, r"k_j = \mathrm{project}(h_j)")
        projected = noted.unsqueeze(0)
    return scoring.score(query.view(1, 1, -1), projected)[0, 0]


def _dot(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    return book.multiplied(query, keys)


def _scaled_dot(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    products = book.note("products", book.multiplied(query, keys), SOURCE, r"z_j = s^\top h_j")
    return products if mistake == "scaling" else products / math.sqrt(len(query))


def _general(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    projected = book.note("projected_keys", keys @ scoring.W.T, SOURCE_NUMBERS, r"k_j = W h_j")
    return book.multiplied(query, projected)


def _hidden(total: Tensor, book: Book, mistake: str, inner: str, name: str = "hidden") -> Tensor:
    left_out = mistake == "tanh" and name == "hidden"
    formula = f"g_j = {inner}" if left_out else rf"g_j = \tanh({inner})"
    return book.note(name, total if left_out else torch.tanh(total), SOURCE_NUMBERS, formula)


def _additive(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    turned = book.note("projected_query", scoring.W @ query, NUMBERS, r"q = W s")
    projected = book.note("projected_keys", keys @ scoring.U.T, SOURCE_NUMBERS, r"k_j = U h_j")
    hidden = _hidden(turned + projected, book, mistake, "W s + U h_j")
    return book.multiplied(scoring.v, hidden)


def _halves(weight: Tensor, letter: str, query: Query, keys: Keys, book: Book) -> Tensor:
    """One matrix times query and key laid end to end: a part of it for each."""
    left, right = weight[:, : len(query)], weight[:, -keys.shape[-1] :]
    turned = book.note("projected_query", left @ query, NUMBERS, rf"q = {letter}^{{(s)}} s")
    projected = book.note("projected_keys", keys @ right.T, SOURCE_NUMBERS, rf"k_j = {letter}^{{(h)}} h_j")
    return turned + projected


def _concat(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    hidden = _hidden(_halves(scoring.W, "W", query, keys, book), book, mistake, "W [s; h_j]")
    return book.multiplied(scoring.v, hidden)


def _mlp(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    first = _hidden(_halves(scoring.W1, "W_1", query, keys, book), book, mistake, "W_1 [s; h_j]", "first_hidden")
    hidden = _hidden(first @ scoring.W2.T, book, mistake, r"W_2 \tanh(W_1 [s; h_j])")
    return book.multiplied(scoring.v, hidden)


def _cosine(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    unit = torch.nn.functional.normalize(query, dim=-1)
    turned = book.note("projected_query", unit, NUMBERS, r"q = \frac{s}{\lVert s \rVert}")
    units = torch.nn.functional.normalize(keys, dim=-1)
    projected = book.note("projected_keys", units, SOURCE_NUMBERS, r"k_j = \frac{h_j}{\lVert h_j \rVert}")
    products = book.note("products", book.multiplied(turned, projected), SOURCE, r"z_j = q^\top k_j")
    return products if mistake == "scaling" else scoring.log_beta.exp() * products


def _linear(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    turned = book.note("projected_query", (query @ scoring.u).unsqueeze(0), NUMBERS, r"q = u^\top s")
    projected = book.note("projected_keys", keys @ scoring.w, SOURCE, r"k_j = w^\top h_j")
    return turned + projected


def _key_only(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    return book.multiplied(scoring.w, keys)


def _location(scoring: Any, query: Query, keys: Keys, book: Book, mistake: str) -> Scores:
    return book.multiplied(query, scoring.W[: len(keys)])


PARTS: dict[str, Parts] = {
    "dot": _dot,
    "scaled_dot": _scaled_dot,
    "general": _general,
    "additive": _additive,
    "concat": _concat,
    "cosine": _cosine,
    "mlp": _mlp,
    "linear": _linear,
    "key_only": _key_only,
    "location": _location,
}
