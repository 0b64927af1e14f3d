"""A mechanism: scoring function · window · selection, freely combined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from engine.attention.imposed import Imposed
from engine.attention.scores import SCORES
from engine.attention.selection import SELECTIONS
from engine.attention.windows import WIDTH, WINDOWS, View, lengths, masked
from engine.errors import N_, Contradiction
from engine.traces import Rows


class Attended(NamedTuple):
    """`scores` are raw; `weights` come after mask, selection and window; `context` is the values' sum by weight.

    `rows` says what a row of weights adds up to. `centre` and `width` say where a window stood, in positions from 0;
    None where there is none. `nowhere` says that the last key of each source is a null key.
    `shares` are those that keys were drawn by, where the choice is learnt by trying; None when reading.
    """

    context: Float[Tensor, "batch target value_size"]
    weights: Float[Tensor, "batch target source"]
    scores: Float[Tensor, "batch target source"]
    rows: Rows = "sum_to_one"
    centre: Float[Tensor, "batch target"] | None = None
    width: Float[Tensor, "batch target"] | None = None
    nowhere: bool = False
    shares: Float[Tensor, "batch target source"] | None = None

    @classmethod
    def joined(cls, steps: Sequence[Attended]) -> Attended:
        """One step or more of the same mechanism, laid end to end."""

        def along(parts: Sequence[Tensor | None]) -> Tensor | None:
            tensors = [part for part in parts if part is not None]
            return torch.cat(tensors, 1) if tensors else None

        context, weights, scores = (torch.cat(parts, 1) for parts in list(zip(*steps, strict=True))[:3])
        centre, width, shares = (
            along([getattr(step, name) for step in steps]) for name in ("centre", "width", "shares")
        )
        return cls(context, weights, scores, steps[0].rows, centre, width, steps[0].nowhere, shares)


class Mechanism(nn.Module):
    """Attention over one sentence. Raises ValueError for a name no table knows and for parts that do not fit together.

    With `null_key` there is a place to look at that is no word: a learnt vector behind each source, key and value in
    one, as the leak of Chen, Sun & Liu 2021, arXiv:2012.07162. No window shuts it out.
    """

    def __init__(
        self,
        query_size: int,
        key_size: int,
        hidden_size: int = 128,
        *,
        score: str = "additive",
        window: str = "global",
        selection: str = "soft",
        window_width: int = WIDTH,
        null_key: bool = False,
    ) -> None:
        super().__init__()
        for kind, name, table in (
            ("scoring function", score, SCORES),
            ("window", window, WINDOWS),
            ("selection", selection, SELECTIONS),
        ):
            if name not in table:
                raise ValueError(f"no {kind} is called {name!r}; there are {', '.join(table)}")
        self.scoring = SCORES[score](query_size, key_size, hidden_size)
        self.window = WINDOWS[window](query_size, key_size, hidden_size, window_width)
        self.selection = SELECTIONS[selection]()
        if null_key and not self.scoring.reads_keys:
            raise Contradiction(
                N_("{score} goes by places, and a null key has none: choose another score, or null_key = false."),
                score=score,
            )
        self.nowhere = nn.Parameter(torch.empty(key_size).normal_(std=key_size**-0.5)) if null_key else None

    def extended(
        self, values: Float[Tensor, "batch source value_size"], present: Bool[Tensor, "batch source"]
    ) -> tuple[Float[Tensor, "batch keys value_size"], Bool[Tensor, "batch keys"]]:
        """The values of a source, and which are no padding, with the null key behind the last of each where there is
        one. What comes out is what `project` and `forward` take."""
        if self.nowhere is None:
            return values, present
        values = torch.cat([values, torch.zeros_like(values[:, :1])], 1)
        last = torch.arange(values.shape[1], device=values.device) == lengths(present)
        present = torch.cat([present, torch.zeros_like(present[:, :1])], 1) | last
        return torch.where(last.unsqueeze(-1), self.nowhere.to(values.dtype), values), present

    def project(self, keys: Float[Tensor, "batch source key_size"]) -> Float[Tensor, "batch source _"]:
        return self.scoring.project(keys)

    def forward(
        self,
        query: Float[Tensor, "batch target query_size"],
        values: Float[Tensor, "batch source value_size"],
        projected: Float[Tensor, "batch source _"],
        present: Bool[Tensor, "batch source"],
        steps: Int[Tensor, " target"],
        imposed: Imposed | None = None,
    ) -> Attended:
        """With `imposed` the weights are as it says wherever it says anything, and the context is of those; scores stay
        the model's own."""
        scores = self.scoring.score(query, projected)
        view = self.view(query, steps, present)
        if imposed is not None:
            view = imposed.in_sight(view, present)
        logs = masked(scores if view.favour is None or self.lessens else scores + view.favour, view)
        weights = self.selection(logs)
        if view.favour is not None and self.lessens:
            weights = weights * view.favour.exp()
        if imposed is not None:
            weights = imposed.weigh(weights, steps, view.allowed, present)
        shares = logs.softmax(-1) if self.selection.by_reward and self.training else None
        context, nowhere = weights.to(values.dtype) @ values, self.nowhere is not None
        return Attended(context, weights, scores, self.rows, view.centre, view.width, nowhere, shares)

    @property
    def lessens(self) -> bool:
        """Whether the window multiplies the weights. Where one key is chosen there are none to multiply yet, and the
        logarithm is added to the scores instead, before the choice."""
        return self.window.favours and not self.selection.chooses

    @property
    def rows(self) -> Rows:
        """What a row of weights adds up to."""
        return "at_most_one" if self.lessens else "sum_to_one"

    def view(
        self,
        query: Float[Tensor, "batch target query_size"],
        steps: Int[Tensor, " target"],
        present: Bool[Tensor, "batch source"],
        centre: Float[Tensor, "batch target"] | None = None,
    ) -> View:
        """What the window lets through of the words, and the null key whatever it says. With `centre` the window lies
        there and not where it would by itself."""
        last = torch.zeros_like(present)
        if self.nowhere is not None:
            last = torch.arange(1, present.shape[1] + 1, device=present.device) == lengths(present)
        words = present & ~last
        view: View = self.window(query, steps, words) if centre is None else self.window.around(centre, words)
        if self.nowhere is None:
            return view
        favour = None if view.favour is None else view.favour.masked_fill(last.unsqueeze(1), 0)
        return view._replace(allowed=view.allowed | last.unsqueeze(1), favour=favour)
