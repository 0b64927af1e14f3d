"""Windows: which keys may take part for a query, and how much each is favoured for where it stands."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

WIDTH = 2
"""How far a window reaches to either side of its centre, unless a model says otherwise."""


class View(NamedTuple):
    """`allowed` keys share the weight. The others are None where a window has none.

    `favour` is the logarithm of what multiplies the weights afterwards, at most 0. `centre` is the place that a query
    looks around, in positions from 0, and may lie between two; the window holds the positions within `width` of it.
    """

    allowed: Bool[Tensor, "batch 1 source"] | Bool[Tensor, "batch target source"]
    favour: Float[Tensor, "batch target source"] | None = None
    centre: Float[Tensor, "batch target"] | None = None
    width: Float[Tensor, "batch target"] | None = None


class Window(nn.Module):
    """Shared shape of all windows. Built from sizes alone, and described, as scoring functions are."""

    name: str
    label: str
    meaning: str
    formula: str
    source: str
    favours = False
    """Whether it multiplies the weights, so that a row may add up to less than 1."""

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128, width: int = WIDTH) -> None:
        """`width` is how far it reaches to either side, in positions, at least 1."""
        super().__init__()
        if width < 1:
            raise ValueError(f"a window must reach at least 1 position to either side, got {width}")
        self.width = width
        self.width_while_learning: float | None = None

    @property
    def reach(self) -> float:
        """How far it reaches now: while a model learns its window may be wider than the one it is read with."""
        wide = self.width_while_learning
        return float(self.width) if wide is None or not self.training else wide

    def forward(
        self,
        query: Float[Tensor, "batch target query_size"],
        steps: Int[Tensor, " target"],
        present: Bool[Tensor, "batch source"],
    ) -> View:
        """`steps` number the target positions from 0; `present` is false for padding."""
        raise NotImplementedError(f"{type(self).__name__} must say what it lets through")

    def around(self, centre: Float[Tensor, "batch target"], present: Bool[Tensor, "batch source"]) -> View:
        """What it lets through where it lies around a place, for windows that lie around one."""
        raise NotImplementedError(f"{type(self).__name__} lies around no place")


class Global(Window):
    """Every word of the source may take part."""

    name = "global"
    label = "global"
    meaning = "Every word of the source may take part."
    formula = r"j \in \{1, \dots, S\}"
    source = "Bahdanau, Cho & Bengio 2015, equation 6, arXiv:1409.0473"

    def forward(
        self,
        query: Float[Tensor, "batch target query_size"],
        steps: Int[Tensor, " target"],
        present: Bool[Tensor, "batch source"],
    ) -> View:
        return View(present.unsqueeze(1))


class LocalM(Window):
    """The words around the place that is as far along the source as the output is already long."""

    name = "local_m"
    label = "local-m"
    meaning = (
        "Only the words within D places of place t of the source may take part, where t counts the output; "
        "beyond the end of the source it is the last place."
    )
    formula = r"|j - p_t| \le D, \quad p_t = \min(t, S - 1)"
    source = "Luong, Pham & Manning 2015, section 3.2, arXiv:1508.04025"

    def forward(
        self,
        query: Float[Tensor, "batch target query_size"],
        steps: Int[Tensor, " target"],
        present: Bool[Tensor, "batch source"],
    ) -> View:
        return self.around(torch.minimum(steps.unsqueeze(0), lengths(present) - 1).float(), present)

    def around(self, centre: Float[Tensor, "batch target"], present: Bool[Tensor, "batch source"]) -> View:
        allowed, _ = around(centre, present, self.reach)
        return View(allowed, None, centre, torch.full_like(centre, self.reach))


class LocalP(Window):
    """The words around a place that the query names, the nearer the more."""

    name = "local_p"
    label = "local-p"
    meaning = (
        "The state names a place; only the words within D places of it may take part, and a Gaussian around it "
        "lessens the weights of those further off."
    )
    formula = (
        r"|j - p_t| \le D, \quad p_t = S \, \sigma(v_p^\top \tanh(W_p s)), \quad "
        r"\alpha_j \, e^{-\frac{(j - p_t)^2}{2 (D / 2)^2}}"
    )
    source = "Luong, Pham & Manning 2015, section 3.2, arXiv:1508.04025"
    favours = True

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128, width: int = WIDTH) -> None:
        super().__init__(query_size, key_size, hidden_size, width)
        bound = hidden_size**-0.5
        self.W = nn.Parameter(torch.empty(hidden_size, query_size).uniform_(-bound, bound))
        self.v = nn.Parameter(torch.empty(hidden_size).uniform_(-bound, bound))

    def forward(
        self,
        query: Float[Tensor, "batch target query_size"],
        steps: Int[Tensor, " target"],
        present: Bool[Tensor, "batch source"],
    ) -> View:
        named = (torch.tanh(query @ self.W.T) @ self.v).float()
        return self.around(lengths(present) * torch.sigmoid(named), present)

    def around(self, centre: Float[Tensor, "batch target"], present: Bool[Tensor, "batch source"]) -> View:
        allowed, distance = around(centre, present, self.reach)
        deviation = self.reach / 2
        favour = -distance.square() / (2 * deviation**2)
        return View(allowed, favour, centre, torch.full_like(centre.detach(), self.reach))


WINDOWS: dict[str, type[Window]] = {cls.name: cls for cls in (Global, LocalM, LocalP)}


def lengths(present: Bool[Tensor, "batch source"]) -> Int[Tensor, "batch 1"]:
    """Up to which position each source reaches, `</s>` counted: one behind the last that is present."""
    places = torch.arange(1, present.shape[1] + 1, device=present.device)
    return (places * present).amax(1, keepdim=True)


def around(
    centre: Float[Tensor, "batch target"], present: Bool[Tensor, "batch source"], width: float
) -> tuple[Bool[Tensor, "batch target source"], Float[Tensor, "batch target source"]]:
    """Which present keys lie within `width` of the centre, and how far away each key is, `width` at most.

    Where none lies so near the nearest ones are let through, so that no row is ever empty.
    """
    places = torch.arange(present.shape[1], device=present.device)
    distance = (places - centre.unsqueeze(-1)).abs()
    nearest = distance.detach().masked_fill(~present.unsqueeze(1), torch.inf).amin(-1, keepdim=True)
    allowed = present.unsqueeze(1) & (distance <= nearest.clamp(min=width))
    return allowed, distance.clamp(max=width)


def masked(scores: Float[Tensor, "batch target source"], view: View) -> Float[Tensor, "batch target source"]:
    """Scores with minus infinity where a key may not take part, so that any selection gives it exactly 0."""
    return scores.masked_fill(~view.allowed, -torch.inf)
