"""A whole pass of a GRU with its gradient written out.

Left to automatic differentiation each step costs some twenty small operations on the way back, and their overhead
outweighs the arithmetic. Written out, what does not wait for the step behind is computed for all steps at once.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


class GRUPass(torch.autograd.Function):
    """Outputs of all steps of several cells side by side, each from a state of zeros; as `cells.GRU` moves them."""

    @staticmethod
    def forward(
        ctx: Any, known: Float[Tensor, "step cell batch rows"], weight: Float[Tensor, "cell hidden rows"]
    ) -> Float[Tensor, "step cell batch hidden"]:
        """`known` is the input's part of the gates and `weight` the state's, in the type that products are made in."""
        size = weight.shape[-2]
        own, gates = torch.empty_like(known), known.new_empty(*known.shape[:-1], 2 * size)
        new = known.new_empty(*known.shape[:-1], size)
        states = known.new_zeros(len(known) + 1, *new.shape[1:])
        given_gates, given_new = known.split([2 * size, size], -1)
        own_gates, own_new = own.split([2 * size, size], -1)
        reset, update = gates.chunk(2, -1)
        for t in range(len(known)):
            torch.bmm(states[t], weight, out=own[t])
            torch.add(given_gates[t], own_gates[t], out=gates[t]).sigmoid_()
            torch.addcmul(given_new[t], reset[t], own_new[t], out=new[t]).tanh_()
            torch.lerp(new[t], states[t], update[t], out=states[t + 1])
        ctx.save_for_backward(weight, own_new, gates, new, states)
        return states[1:]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        weight, own_new, gates, new, states = ctx.saved_tensors
        (grad,), size, before = grads, weight.shape[-2], states[:-1]
        reset, update = gates.chunk(2, -1)
        to_new = (1 - update) * (1 - new * new)
        to_update = (before - new) * update * (1 - update)
        to_reset = own_new * reset * (1 - reset)
        # Into the state's product: both gates, and the new state's part through the reset gate.
        product, into_new = gates.new_empty(*gates.shape[:-1], 3 * size), torch.empty_like(new)
        into_reset, into_update, through_reset = product.chunk(3, -1)
        back, down = weight.transpose(-1, -2), grad[-1]
        for t in range(len(grad) - 1, -1, -1):
            torch.mul(down, to_new[t], out=into_new[t])
            torch.mul(down, to_update[t], out=into_update[t])
            torch.mul(into_new[t], to_reset[t], out=into_reset[t])
            torch.mul(into_new[t], reset[t], out=through_reset[t])
            if t:
                down = torch.baddbmm(torch.addcmul(grad[t - 1], down, update[t]), product[t], back)
        # One thick product for the weight, as `SharedMatrix` makes it.
        into_weight = _flat(before).transpose(-1, -2) @ _flat(product)
        return torch.cat([product[..., : 2 * size], into_new], -1), into_weight


def _flat(all_steps: Float[Tensor, "step cell batch any"]) -> Float[Tensor, "cell all any"]:
    return all_steps.transpose(0, 1).flatten(1, 2)
