"""Does the picture of where a classifier looked say anything about why it answered as it did?

Four questions, none of which settles it alone. Does the answer go when the words it looked at go (erasure)? Do the
weights order the words as gradients do, and as taking each word away does (agreement)? Would other weights have
given the same answer (permutation)?
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import kendalltau

from engine.evaluation.gradients import Differentiable, integrated
from engine.evaluation.metrics import figure, mean
from engine.evaluation.verdict import Verdict, beside_chance
from engine.text.document import Document

BINS = (0.01, 0.05, 0.1, 0.2, 0.5)
SHARES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Where an erasure curve is measured: shares of the words that are gone."""
SEED = 20200706
FIGURES = (
    "comprehensiveness",
    "random_comprehensiveness",
    "sufficiency",
    "random_sufficiency",
    "area",
    "gradients",
    "effect",
    "permuted",
)
"""What has a mean over texts."""


@dataclass(frozen=True)
class Effort:
    """How often chance is asked: `shuffles` orders of erasure, `permutations` of the weights; and in how many `steps`
    the gradients are integrated."""

    shuffles: int = 19
    permutations: int = 30
    steps: int = 20


ONE_TEXT = Effort()
MANY_TEXTS = Effort(shuffles=1, permutations=10, steps=8)
"""Over many texts chance evens out between them."""


@runtime_checkable
class Judged(Protocol):
    """A reading as far as it is judged: what the model answered, and what the page shades the words by."""

    @property
    def document(self) -> Document: ...
    @property
    def probabilities(self) -> tuple[float, ...]: ...
    @property
    def predicted(self) -> int: ...
    @property
    def without(self) -> frozenset[int]: ...
    @property
    def combined(self) -> Float[np.ndarray, " word"]: ...
    @property
    def effect(self) -> Any: ...


@runtime_checkable
class Erasable(Differentiable, Protocol):
    """A classifier as far as it is judged; words are numbered through the document in reading order."""

    def read(self, text: Any, *, effect: bool = False) -> Any:
        """A `Judged` of a document."""

    def erased(
        self, document: Document, kept: Bool[np.ndarray, "variant word"], how: Literal["remove", "unknown"]
    ) -> Float[np.ndarray, "variant label"]:
        """Probabilities of variants of a document that hold only the words `kept`; one that holds none is <unk>."""

    def permuted(self, document: Document, repeats: int, seed: int) -> Float[np.ndarray, "repeat label"]:
        """Probabilities with the word weights shuffled within each sentence."""


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """What was found for one text. All probabilities are of the answer that the model gave to the whole text.

    `comprehensiveness`: how much of it goes, on average over `BINS`, with the most attended words (higher: those
    words were needed). `sufficiency`: how much goes with all the others (lower: those words were enough). Both lie
    between -1 and 1; `random_…` is what words drawn by chance come to.

    `verdicts` say whether the first three figures are better than chance, each beside the same figure of every order
    by chance, whose lowest and highest values are `by_chance`.

    `most`, `least`, `random`: erasure curves, the probability when that share in `shares` of the words is gone, most
    attended first, least attended first, and one row for each of several shuffles. `area` is what lies between the
    mean of `random` and `most`, between -1 and 1; above 0 the weights find words that matter better than chance.

    `gradients` and `effect` are Kendall's τ_b between the weights and the size of each word's integrated gradient,
    and of its effect on the answer: 1 the same order, 0 none in common. None where one side is all alike, or the text
    is too long for effects. `permuted` is the median total variation distance, 0 to 1, between the answer and the
    answers under shuffled weights; near 0, any other picture would have gone with the same answer.
    """

    words: int
    probability: float
    comprehensiveness: float
    sufficiency: float
    random_comprehensiveness: float
    random_sufficiency: float
    shares: tuple[float, ...]
    most: Float[np.ndarray, " share"]
    least: Float[np.ndarray, " share"]
    random: Float[np.ndarray, "shuffle share"]
    area: float
    gradients: float | None
    effect: float | None
    permuted: float
    effort: Effort
    verdicts: Mapping[str, Verdict]
    by_chance: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class _Erased:
    """p(answer) of the `whole` text and for each order of erasure: the first takes the most attended words first, the
    second the least attended, all others words by chance."""

    whole: float
    gone: Float[np.ndarray, "order bin"]
    alone: Float[np.ndarray, "order bin"]
    curves: Float[np.ndarray, "order share"]

    def figures(self) -> dict[str, float]:
        return {
            "comprehensiveness": self.whole - float(self.gone[0].mean()),
            "sufficiency": self.whole - float(self.alone[0].mean()),
            "area": float(np.trapezoid(self.curves[2:].mean(0) - self.curves[0], SHARES)),
        }

    def by_chance(self) -> dict[str, Float[np.ndarray, " shuffle"]]:
        """The same figures of every order by chance."""
        random = self.curves[2:]
        return {
            "comprehensiveness": self.whole - self.gone[2:].mean(1),
            "sufficiency": self.whole - self.alone[2:].mean(1),
            "area": np.trapezoid(random.mean(0) - random, SHARES),
        }

    def verdicts(self) -> dict[str, Verdict]:
        chances = self.by_chance()
        return {
            name: beside_chance(value, chances[name], lower_is_better=name == "sufficiency")
            for name, value in self.figures().items()
        }


def faithfulness(
    classifier: Erasable,
    reading: Judged,
    *,
    weights: Float[np.ndarray, " word"] | None = None,
    effort: Effort = ONE_TEXT,
    effect: bool = True,
    seed: int = SEED,
) -> Faithfulness:
    """Judge how the words of one `reading` are shaded: by `weights`, else as on the page, by `reading.combined`.

    Comprehensiveness is the mean over k in `BINS` of p(answer | text) - p(answer | text without the top k), and
    sufficiency that of p(answer | text) - p(answer | the top k alone), where the top k are the ⌈k·n⌉ words of highest
    weight, in their order, and n all words (DeYoung et al. 2020, "Measuring faithfulness", arXiv:1911.03429; the mean
    is over the five bins as in their released scorer, while their equation divides by one more, the empty bin). Words
    of equal weight are ordered by chance, with `seed`. Of a text with no word left an unknown word stays.

    Order is compared by Kendall's τ_b, as in Jain & Wallace 2019 (arXiv:1902.10186): it asks of each two words which
    of them counts more, allows for ties and does not care for the scale, in which weights and gradients have nothing
    in common. Weights have no sign, so what speaks against the answer counts as what speaks for it. The permutations
    are theirs too ("Attention permutation"). Where each word's `effect` is not known already, asking for it costs one
    more reading for each word.
    """
    document, there = _read_part(reading)
    shown = np.asarray(reading.combined if weights is None else weights, dtype=np.float64)[there]
    answer = reading.predicted
    orders = _orders(shown, effort.shuffles, np.random.default_rng(seed))
    erased = _Erased(float(reading.probabilities[answer]), *_erasures(classifier, document, answer, orders))
    changed = classifier.permuted(document, effort.permutations, seed)
    return Faithfulness(
        words=len(shown),
        probability=erased.whole,
        **erased.figures(),
        random_comprehensiveness=erased.whole - float(erased.gone[2:].mean()),
        random_sufficiency=erased.whole - float(erased.alone[2:].mean()),
        shares=SHARES,
        most=erased.curves[0],
        least=erased.curves[1],
        random=erased.curves[2:],
        gradients=_tau(shown, integrated(classifier, document, answer, effort.steps)),
        effect=_tau(shown, _effects(classifier, reading, document, there)) if effect else None,
        permuted=float(np.median(np.abs(changed - np.asarray(reading.probabilities)).sum(1) / 2)),
        effort=effort,
        verdicts=erased.verdicts(),
        by_chance={name: (float(drawn.min()), float(drawn.max())) for name, drawn in erased.by_chance().items()},
    )


def summary(judged: Sequence[Faithfulness]) -> dict[str, Any]:
    """Means over documents with their 95 % intervals, and how they were come by.

    A figure that not every document has says how many have it.
    """
    means = {name: mean(np.array([getattr(each, name) for each in judged], dtype=np.float64)) for name in FIGURES}
    curves = {name: np.mean([getattr(each, name) for each in judged], 0) for name in ("most", "least")}
    curves["random"] = np.mean([each.random.mean(0) for each in judged], 0)
    return {
        "documents": len(judged),
        "words": sum(each.words for each in judged),
        "bins": list(BINS),
        "seed": SEED,
        **asdict(judged[0].effort),
        **{name: value for name, value in means.items() if value is not None},
        "erasure": {"shares": list(SHARES), **{name: _curve(curve) for name, curve in curves.items()}},
    }


def _curve(values: Float[np.ndarray, " share"]) -> list[float]:
    return [figure(value)["value"] for value in values]


def _read_part(reading: Judged) -> tuple[Document, Bool[np.ndarray, " word"]]:
    """The sentences that were read, as a document of their own, and which of all words are theirs."""
    document = reading.document
    read = [i not in reading.without for i in range(len(document.sentences))]
    sentences = tuple(sentence for sentence, there in zip(document.sentences, read, strict=True) if there)
    sizes = [len(sentence.words) for sentence in document.sentences]
    return replace(document, sentences=sentences), np.repeat(read, sizes)


def _orders(
    weights: Float[np.ndarray, " word"], shuffles: int, chance: np.random.Generator
) -> Int[np.ndarray, "order word"]:
    """Most attended first, least attended first, and `shuffles` by chance; equals come in an order of chance too, as
    the model does not prefer the one that stands first."""
    drawn = [chance.permutation(len(weights)) for _ in range(1 + shuffles)]
    most = np.lexsort((drawn[0], -weights))
    return np.stack([most, most[::-1], *drawn[1:]])


def _top(share: float, words: int) -> int:
    return math.ceil(round(share * words, 9))  # 0.07 * 100 is a little over 7


def _erasures(
    classifier: Erasable, document: Document, answer: int, orders: Int[np.ndarray, "order word"]
) -> tuple[Float[np.ndarray, "order bin"], Float[np.ndarray, "order bin"], Float[np.ndarray, "order share"]]:
    """p(answer) for each order: without the top of each bin, with the top alone, and at each share of a curve.

    The top alone is what stays when the reverse order has taken the rest, which for an order by chance is chance too.
    """
    words = orders.shape[1]
    tops = [_top(share, words) for share in BINS]
    removed = np.array([*tops, *(_top(share, words) for share in SHARES)])
    rank = orders.argsort(1)[:, None, :]
    without = rank >= removed[None, :, None]
    alone = rank < np.array(tops)[None, :, None]
    kept = np.concatenate([without, alone], 1)
    rows, which = np.unique(kept.reshape(-1, words), axis=0, return_inverse=True)
    likelihoods = classifier.erased(document, rows, "remove")[which.reshape(-1), answer].reshape(kept.shape[:2])
    return likelihoods[:, : len(tops)], likelihoods[:, len(removed) :], likelihoods[:, len(tops) : len(removed)]


def _effects(
    classifier: Erasable, reading: Judged, document: Document, there: Bool[np.ndarray, " word"]
) -> Float[np.ndarray, " read"] | None:
    """Each read word's effect in nats; None for a text that is too long."""
    if reading.effect is not None:
        return None if reading.effect.words is None else reading.effect.words[there]
    return classifier.read(document, effect=True).effect.words


def _tau(weights: Float[np.ndarray, " word"], sizes: Float[np.ndarray, " word"] | None) -> float | None:
    if sizes is None or np.ptp(weights) == 0 or np.ptp(np.abs(sizes)) == 0:
        return None
    return float(kendalltau(weights, np.abs(sizes)).statistic)
