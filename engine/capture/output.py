"""What a Transformer makes of a text, as numbers that can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jaxtyping import Float, Int
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedTokenizerBase

from engine.capture.inputs import Tokens

CANDIDATES = 5
Problem = Literal["single_label", "multi_label", "regression"]
"""What a classifier was taught: one label for each text, any number of them, or a number for each."""


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
    or labels; neither where a model has no head for either. `text` is an answer it gave itself.

    With a label goes its probability, which with several labels a text is one of its own for each; in a regression the
    number itself.
    """

    tokens: tuple[SaidToken, ...] = ()
    labels: tuple[tuple[str, float], ...] = ()
    text: str | None = None
    problem: Problem = "single_label"

    @property
    def logprob(self) -> float:
        """ln p of all tokens together, in nats."""
        return sum(token.logprob for token in self.tokens)

    def measured(self, digits: int) -> dict[str, Any]:
        """What stands of the labels in JSON: their probabilities, or the numbers of a regression, so many digits each.

        The schema is `engine/schemas/trace.json`.
        """
        values = {label: round(value, digits) for label, value in self.labels}
        if self.problem == "regression":
            return {"problem": self.problem, "scores": values}
        return {"probabilities": values} | ({} if self.problem == "single_label" else {"problem": self.problem})


def problem_of(config: PreTrainedConfig) -> Problem:
    """What its configuration says, or else what the library takes it for: one number is a regression."""
    stated = getattr(config, "problem_type", None)
    if stated == "multi_label_classification":
        return "multi_label"
    return "regression" if stated == "regression" or (stated is None and config.num_labels == 1) else "single_label"


def labels(logits: Float[Tensor, " label"], names: Mapping[int, str], problem: Problem = "single_label") -> Output:
    """How likely a classifier finds each of its labels: by a softmax over them all, or by a sigmoid for each."""
    scores = logits.double()
    values = scores.softmax(-1) if problem == "single_label" else scores
    values = scores.sigmoid() if problem == "multi_label" else values
    pairs = tuple((str(names[i]), value) for i, value in enumerate(values.tolist()))
    return Output(labels=pairs, problem=problem)


def masks(
    tokenizer: PreTrainedTokenizerBase, ids: Int[Tensor, " position"], logits: Float[Tensor, "position vocabulary"]
) -> Output:
    """What a masked language model puts in place of each mask."""
    if tokenizer.mask_token_id is None:
        return Output()
    places = (ids == tokenizer.mask_token_id).nonzero().flatten().tolist()
    predictions = []
    for place in places:
        best = _candidates(tokenizer, logits[place].float().log_softmax(-1))
        predictions.append(SaidToken(best[0].text, place, best[0].logprob, best))
    return Output(tuple(predictions))


def answer(
    tokenizer: PreTrainedTokenizerBase,
    answered: Tokens,
    places: Sequence[int],
    logits: Float[Tensor, "position vocabulary"],
    text: str | None = None,
) -> Output:
    """How likely each token of an answer was; row i of `logits` is about the i-th of `places`."""
    tokens = []
    for row, place in zip(logits, places, strict=False):
        logs = row.float().log_softmax(-1)  # of all rows at once it would take as much memory again
        likeliest = _candidates(tokenizer, logs)
        tokens.append(SaidToken(answered.axis.labels[place], place, float(logs[answered.ids[place]]), likeliest))
    return Output(tuple(tokens), text=text)


def compared(before: Output, after: Output) -> list[tuple[str, float]]:
    """For each token of the answer by how many nats ln p rose; the answers must be of the same tokens."""
    pairs = list(zip(before.tokens, after.tokens, strict=True))
    if any(token.text != other.text for token, other in pairs):
        raise ValueError("only outputs of the same tokens can be compared")
    return [(token.text, other.logprob - token.logprob) for token, other in pairs]


def _candidates(tokenizer: PreTrainedTokenizerBase, logs: Float[Tensor, " vocabulary"]) -> tuple[Candidate, ...]:
    values, ids = logs.topk(min(CANDIDATES, len(logs)))
    return tuple(Candidate(_piece(tokenizer, i), v) for v, i in zip(values.tolist(), ids.tolist(), strict=True))


def _piece(tokenizer: PreTrainedTokenizerBase, number: int) -> str:
    # Some models have more places than their tokenizer has pieces.
    return str(tokenizer.decode([number]) or tokenizer.convert_ids_to_tokens(number) or f"<{number}>")
