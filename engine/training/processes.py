"""Several processes that learn one model together, as `torchrun` or `accelerate launch` begins them.

Each works on its share of every batch; what they agree on they tell each other here, so that all take the very same
step. The first alone reads and writes the run's folder: the others learn from it what they need.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import torch
from torch import Tensor, distributed, nn

from engine.devices import choose
from engine.errors import N_, Refused

PATIENCE = timedelta(days=1)
"""How long one waits for another: while the first fetches a corpus, say. Of one that ended it is told at once."""


class Left(Refused):
    """Another of the processes has ended."""


@dataclass(frozen=True)
class Processes:
    """This process is number `rank`, from 0, of `count`; of those on its machine number `local`."""

    rank: int = 0
    count: int = 1
    local: int = 0

    @property
    def first(self) -> bool:
        return self.rank == 0

    def device(self, name: str) -> torch.device:
        """Where this one computes: each process has a GPU of its own. Raises Refused as `devices.choose` does, and for
        one GPU that is named for all."""
        device = choose(name)
        if self.count == 1 or device.type == "cpu":
            return device
        if ":" in name:
            raise Refused(
                "{device} is one GPU, and each of {processes} processes takes its own: say cuda or auto, or cpu",
                device=name,
                processes=self.count,
            )
        return choose(f"cuda:{self.local}")

    def share(self, examples: Sequence[int]) -> list[int]:
        """Which examples of a batch are for this process; none where there are fewer than processes. Neighbours, which
        are of like length, go to different ones, so that all have like much to do."""
        return list(examples[self.rank :: self.count])

    def seed(self, seed: int, done: int) -> None:
        """Let every process but the first draw what follows from the seed, from how many updates were done, and from
        its number: other numbers than the others draw, and the same when a run goes on. The first goes on drawing from
        its own state, as it does where it is alone."""
        if not self.first:
            torch.manual_seed(int(np.random.SeedSequence([seed, done, self.rank]).generate_state(1, np.uint64)[0]))

    def summed(self, numbers: Sequence[float]) -> list[float]:
        """The sums of these numbers over all processes, the same in each of them."""
        if self.count == 1:
            return list(numbers)
        tensor = torch.tensor(numbers, dtype=torch.float64)
        self.add_up(tensor)
        return tensor.tolist()

    def asked(self, first: bool) -> bool:
        """What the first process says, whatever the others do."""
        return bool(self.summed([float(first and self.first)])[0])

    def from_first(self, content: bytes = b"") -> bytes:
        """The `content` that the first process has, in all of them."""
        if self.count == 1:
            return content
        size = int(self.summed([float(len(content) if self.first else 0)])[0])
        sent = torch.zeros(size, dtype=torch.uint8)
        if self.first and size:
            sent.copy_(torch.frombuffer(bytearray(content), dtype=torch.uint8))
        with _unless_left():
            distributed.broadcast(sent, 0)
        return sent.numpy().tobytes()

    def add_up(self, tensor: Tensor) -> None:
        """Put the sum over all processes in its place."""
        if self.count > 1:
            with _unless_left():
                distributed.all_reduce(tensor)

    def join_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Add up the gradients of all processes. A parameter that none of them used has none afterwards either."""
        if self.count == 1:
            return
        used = torch.tensor([float(each.grad is not None) for each in parameters])
        rows = [torch.zeros_like(each) if each.grad is None else each.grad for each in parameters]
        joined = torch.cat([*(row.reshape(-1) for row in rows), used.to(rows[0])])
        self.add_up(joined)
        *parts, users = joined.split([*(each.numel() for each in parameters), len(parameters)])
        for each, part, count in zip(parameters, parts, users.tolist(), strict=True):
            each.grad = part.view_as(each) if count else None

    def join_means(self, means: Sequence[Tensor], before: Sequence[Tensor], share: float) -> None:
        """Let running means, which each process moved by its `share` of the batch, move as the joined batch would have
        moved them. One that nobody moved stays the same to the bit."""
        for mean, was in zip(means, before, strict=True):
            moved = (mean - was) * share
            self.add_up(moved)
            mean.copy_(was + moved)


ALONE = Processes()


@contextmanager
def joined(device: str) -> Iterator[Processes]:
    """The processes that this one was begun with, which have found each other; `ALONE` where there is no other.

    On processors they speak by gloo, on GPUs by nccl. Raises Refused as `Processes.device` does.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1 or "RANK" not in os.environ:
        yield ALONE
        return
    processes = Processes(int(os.environ["RANK"]), count, int(os.environ.get("LOCAL_RANK", "0")))
    place = processes.device(device)
    if place.type == "cuda":
        torch.cuda.set_device(place)
    distributed.init_process_group("gloo" if place.type == "cpu" else "cpu:gloo,cuda:nccl", timeout=PATIENCE)
    try:
        yield processes
    finally:
        distributed.destroy_process_group()


@contextmanager
def _unless_left() -> Iterator[None]:
    """Raises Left where another process no longer answers."""
    try:
        yield
    except distributed.DistError as error:
        raise Left(_LEFT) from error
    except RuntimeError as error:  # gloo's own, which bear no other name
        if "gloo" not in str(error).lower() and "connection" not in str(error).lower():
            raise
        raise Left(_LEFT) from error


_LEFT = N_(
    "Another process of this training has ended, and the rest cannot go on without it: what it said tells why. The "
    "last checkpoint is kept; go on from it with --resume."
)
