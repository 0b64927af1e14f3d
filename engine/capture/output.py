"""What a Transformer makes of a text, as numbers that can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from engine.capture.inputs import Tokens

CANDIDATES = 5


@dataclass(frozen=True)
class Candidate:
    """What a model thought of saying, and the natural logarithm of its probability."""

    text: str
    logprob: float


@dataclass(frozen=True)
class SaidToken:
    """A token of the answer at `position` of the axis it is read from, with ln p; `candidates` are the likeliest."""

    text: str
    position: int
    logprob: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Output:
    """What a model makes of its text: tokens (a language model's own text, an answer, or what stands behind each mask),
    or labels with probabilities; neither where a model has no head for either. `text` is an answer it gave itself."""

    tokens: tuple[SaidToken, ...] = ()
    labels: tuple[tuple[str, float], ...] = ()
    text: str | None = None

    @property
    def logprob(self) -> float:
        """ln p of all tokens together, in nats."""
        return sum(token.logprob for token in self.tokens)


def labels(logits: Float[Tensor, " label"], names: Mapping[int, str]) -> Output:
    """How likely a classifier finds each of its labels."""
    shares = logits.double().softmax(-1).tolist()
    return Output(labels=tuple((str(names[i]), share) for i, share in enumerate(shares)))


def masks(
    tokenizer: PreTrainedTokenizerBase, ids: Int[Tensor, " position"], logits: Float[Tensor, "position vocabulary"]
) -> Output:
    """What a masked language model puts in place of each mask."""
    if tokenizer.mask_token_id is None:
        return Output()
    places = (ids == tokenizer.mask_token_id).nonzero().flatten().tolist()
    found = []
    for place in places:
        best = _candidates(tokenizer, logits[place].float().log_softmax(-1))
        found.append(SaidToken(best[0].text, place, best[0].logprob, best))
    return Output(tuple(found))


def answer(
    tokenizer: PreTrainedTokenizerBase,
    given: Tokens,
    places: Sequence[int],
    logits: Float[Tensor, "position vocabulary"],
    text: str | None = None,
) -> Output:
    """How likely each token of an answer was; row i of `logits` is about the i-th of `places`."""
    found = []
    for row, place in zip(logits, places, strict=False):
        logs = row.float().log_softmax(-1)  # of all rows at once it would take as much memory again
        likeliest = _candidates(tokenizer, logs)
        found.append(SaidToken(given.axis.labels[place], place, float(logs[given.ids[place]]), likeliest))
    return Output(tuple(found), text=text)


def compared(before: Output, after: Output) -> list[tuple[str, float]]:
    """For each token of the answer by how many nats ln p rose; the answers must be of the same tokens."""
    pairs = list(zip(before.tokens, after.tokens, strict=True))
    if any(one.text != other.text for one, other in pairs):
        raise ValueError("only outputs of the same tokens can be compared")
    return [(one.text, other.logprob - one.logprob) for one, other in pairs]


def _candidates(tokenizer: PreTrainedTokenizerBase, logs: Float[Tensor, " vocabulary"]) -> tuple[Candidate, ...]:
    values, ids = logs.topk(min(CANDIDATES, len(logs)))
    return tuple(Candidate(_piece(tokenizer, i), v) for v, i in zip(values.tolist(), ids.tolist(), strict=True))


def _piece(tokenizer: PreTrainedTokenizerBase, number: int) -> str:
    return str(tokenizer.decode([number]) or tokenizer.convert_ids_to_tokens(number))
