"""What decoding asks of a model, and no more, so that a recurrent model and a Transformer fit alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.text.tokenizer import END_ID, PAD_ID, START_ID, UNKNOWN_ID
from engine.traces import Rows


@runtime_checkable
class Decoded(Protocol):
    """One step or many. A model of several layers and heads gives weights [batch, layer, head, target, source], one
    without attention none.

    `rows`, `centre` and `width` are as in a trace, the last two [batch, target], None for a model without a window.
    `nowhere` says that the last key of each source is no piece of it but a null key.
    """

    @property
    def read(self) -> Float[Tensor, "batch target *embedding"]: ...

    @property
    def weights(self) -> Float[Tensor, "batch *heads target source"] | None: ...

    @property
    def scores(self) -> Float[Tensor, "batch *heads target source"] | None: ...

    @property
    def state(self) -> Any: ...

    @property
    def rows(self) -> Rows: ...

    @property
    def centre(self) -> Float[Tensor, "batch target"] | None: ...

    @property
    def width(self) -> Float[Tensor, "batch target"] | None: ...

    @property
    def nowhere(self) -> bool: ...


@runtime_checkable
class Decodable(Protocol):
    """A model that reads a source once and then gives words step by step, or for a whole target at once.

    Memory and state are tensors whose first axis is the batch, alone or in tuples, nested as the model likes.
    """

    def encode(self, source: Int[Tensor, "batch source"], present: Bool[Tensor, "batch source"]) -> Any: ...

    def begin(self, memory: Any) -> Any: ...

    def decode(self, memory: Any, state: Any, previous: Int[Tensor, "batch target"], first: int = 0) -> Any: ...

    def logits(self, read: Float[Tensor, "*any embedding"]) -> Float[Tensor, "*any vocabulary"]: ...


@dataclass(frozen=True)
class Marks:
    """The ids that mean something to a search.

    A search never gives out `banned`: padding and the start mark were never targets in training, so their
    probability means nothing, and an unknown word is none that anyone can read.
    """

    start: int = START_ID
    end: int = END_ID
    pad: int = PAD_ID
    unknown: int = UNKNOWN_ID
    banned: tuple[int, ...] = (PAD_ID, UNKNOWN_ID, START_ID)


MARKS = Marks()


@dataclass(frozen=True)
class Found:
    """One output: its ids, `</s>` last, the sum of their log-probabilities in nats, and that after length penalty.

    `finished` is false where the output had reached the limit and was ended there. `rows`, which a beam search gives,
    are the places in its batch that each piece was read off, step by step.
    """

    ids: tuple[int, ...]
    logprob: float
    score: float
    finished: bool
    rows: tuple[int, ...] = ()


def limit(source: int) -> int:
    """The most pieces an output may have, its end included, for a source of so many pieces (its end not included)."""
    return max(20, 2 * source + 10)


def length_penalty(length: int, alpha: float) -> float:
    """What a log-probability is divided by: ((5 + length) / 6) ** alpha.

    Wu et al. 2016, equation 14, arXiv:1609.08144. `length` counts pieces with the end; alpha 0 leaves
    log-probabilities as they are.
    """
    return float(((5 + length) / 6) ** alpha)


def take(tree: Any, rows: Int[Tensor, " row"]) -> Any:
    """The rows of every tensor in a memory or a state, in the order given; a row may come twice."""
    if isinstance(tree, Tensor):
        return tree.index_select(0, rows)
    if isinstance(tree, tuple):
        parts = [take(part, rows) for part in tree]
        return tree._make(parts) if hasattr(tree, "_make") else type(tree)(parts)
    raise TypeError(f"memory and state are made of tensors and tuples, got {type(tree).__name__}")
