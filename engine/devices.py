"""Where the sums are done."""

from __future__ import annotations

import torch

from engine.errors import Refused


def one_thread_a_request() -> None:
    """Let each request compute on one core; to be called in the thread that computes.

    A sentence is hundreds of small products one after another. Shared between cores each waits for the slowest, and
    while anything else runs that wait is tens of times the product itself.
    """
    torch.set_num_threads(1)


def choose(name: str = "auto") -> torch.device:
    """`auto` takes a GPU when there is one, else the CPU. Raises Refused for a device this machine has not."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise Refused("{device} is no device; use auto, cpu, cuda or cuda:1", device=name) from None
    if device.type not in ("cpu", "cuda"):
        raise Refused("{device} is not supported; use auto, cpu, cuda or cuda:1", device=name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise Refused("this machine has no {device}; use cpu", device=name)
    return device


def precision(device: torch.device) -> str:
    """In which numbers training is quickest there, as `LoopConfig.precision` names them: 16 bits where the machine
    multiplies those itself, and "no" (32 bits) where it would have to imitate it, at many times the cost."""
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "no"
    return "bf16" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "no"
