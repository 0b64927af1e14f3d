"""A model whose attention is imposed on, in the form that every way of decoding takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from engine.attention.imposed import Imposed


@runtime_checkable
class Imposable(Protocol):
    """A `Decodable` whose weights can be replaced right after its selection, where `imposable` says so.

    `keys_more` is how many keys it has beyond the positions of a source.
    """

    @property
    def imposable(self) -> bool: ...

    @property
    def keys_more(self) -> int: ...

    def encode(self, source: Int[Tensor, "batch source"], present: Bool[Tensor, "batch source"]) -> Any: ...

    def begin(self, memory: Any) -> Any: ...

    def decode(
        self,
        memory: Any,
        state: Any,
        previous: Int[Tensor, "batch target"],
        first: int = 0,
        imposed: Imposed | None = None,
    ) -> Any: ...

    def logits(self, read: Float[Tensor, "*any embedding"]) -> Float[Tensor, "*any vocabulary"]: ...

    def parameters(self) -> Iterator[nn.Parameter]: ...


@dataclass(frozen=True, eq=False)
class Imposing:
    """`model` with weights `imposed`, which go by the step and so hold for every row of a batch alike."""

    model: Imposable
    imposed: Imposed

    def encode(self, source: Int[Tensor, "batch source"], present: Bool[Tensor, "batch source"]) -> Any:
        return self.model.encode(source, present)

    def begin(self, memory: Any) -> Any:
        return self.model.begin(memory)

    def decode(self, memory: Any, state: Any, previous: Int[Tensor, "batch target"], first: int = 0) -> Any:
        return self.model.decode(memory, state, previous, first, self.imposed)

    def logits(self, read: Float[Tensor, "*any embedding"]) -> Float[Tensor, "*any vocabulary"]:
        return self.model.logits(read)
