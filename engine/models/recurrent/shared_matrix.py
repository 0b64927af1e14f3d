"""A matrix that many steps of a recurrence share, with its gradient summed once for all of them.

Left to itself, automatic differentiation makes one thin product for each step and adds them up in the type of the
products. In bf16 such a sum loses small steps; kept until the end they are one thick product, added in full.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


class SharedMatrix:
    """`weight` in the type that the products are made in. Lives for one forward pass and its backward."""

    def __init__(self, weight: Float[Tensor, "*parts input output"], kind: torch.dtype) -> None:
        self.weight = weight.to(kind).detach()
        self.inputs: list[Tensor] = []
        self.grads: list[Tensor] = []
        learning = torch.is_grad_enabled() and weight.requires_grad
        self.ticket = _Sum.apply(weight, self) if learning else None  # type: ignore[no-untyped-call]

    def after(
        self, addend: Float[Tensor, "*parts batch output"] | None, state: Float[Tensor, "*parts batch input"]
    ) -> Float[Tensor, "*parts batch output"]:
        """`addend + state @ weight`, or the product alone."""
        if self.ticket is None:
            return _added(addend, state, self.weight)
        result: Tensor = _Product.apply(addend, state, self.ticket, self)  # type: ignore[no-untyped-call]
        return result


def _added(addend: Tensor | None, state: Tensor, weight: Tensor) -> Tensor:
    if addend is None:
        return state @ weight
    return torch.addmm(addend, state, weight) if state.dim() == 2 else torch.baddbmm(addend, state, weight)


class _Sum(torch.autograd.Function):
    """Hands out a ticket that every product takes, so that its backward runs after all of theirs."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, shared: SharedMatrix) -> Tensor:
        ctx.shared, ctx.kind = shared, weight.dtype
        return weight.new_zeros(())

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> tuple[Tensor, None]:
        shared = ctx.shared
        inputs, grads = torch.cat(shared.inputs, -2), torch.cat(shared.grads, -2)
        # The ticket's node points back at `shared`; cut here, or a step's tensors wait for the garbage collector.
        shared.inputs, shared.grads, shared.ticket = [], [], None
        return (inputs.transpose(-1, -2) @ grads).to(ctx.kind), None


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, addend: Tensor | None, state: Tensor, ticket: Tensor, shared: SharedMatrix) -> Tensor:
        ctx.save_for_backward(state)
        ctx.shared, ctx.ticket, ctx.adds = shared, ticket, addend is not None
        return _added(addend, state, shared.weight)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor, Tensor, None]:
        (state,), (grad,) = ctx.saved_tensors, grads
        ctx.shared.inputs.append(state)
        ctx.shared.grads.append(grad)
        into = grad if ctx.adds else None
        return into, grad @ ctx.shared.weight.transpose(-1, -2), torch.zeros_like(ctx.ticket), None
