"""Does the map of a translation say anything about why the model writes this translation?

Two questions, neither of which settles it alone. Does the translation become unlikely sooner when the source words that
were looked at most go first (erasure)? And does it need these very weights, or would others have done as well
(shuffled weights)? Both are asked beside chance: `SHUFFLES` orders, and as many shuffles of the weights, so that what
lies beyond all of them on one side does so by chance once in 20 times (`engine.evaluation.verdict`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from engine.attention.imposed import Imposed, Permute
from engine.decoding.contract import MARKS
from engine.decoding.forced import logprobs
from engine.errors import Refused
from engine.evaluation.verdict import Verdict, beside_chance
from engine.inference.imposed import under
from engine.inference.sentence_maps import one_head
from engine.inference.translation import Translation
from engine.inference.translator import Translator
from engine.traces import Axis, Trace

SHUFFLES = 19
SEED = 20200706
MOST_POINTS = 12
"""Of a long sentence the curves are measured at so many places at most."""
FEWEST_WORDS = 2


@dataclass(frozen=True, eq=False)
class Erasure:
    """ln p of one translation, in nats, once `gone` source words are away, all of whose pieces are then `<unk>`.

    `curves` are by the orders in which words go: most `attention` first, most `effect` first. Each row of `random` is
    an order by chance. `falls` says for every order how far ln p has fallen on the mean of all places but the first and
    the last, where all orders meet; `chance` holds the same of the orders by chance. By the `verdicts` an order is
    better than chance that has fallen further than all of those.
    """

    words: int
    logprob: float
    gone: tuple[int, ...]
    curves: Mapping[str, Float[np.ndarray, " place"]]
    random: Float[np.ndarray, "order place"]

    @property
    def falls(self) -> dict[str, float]:
        return {name: float(_fall(curve)) for name, curve in self.curves.items()}

    @property
    def chance(self) -> Float[np.ndarray, " order"]:
        return np.array([_fall(curve) for curve in self.random])

    @property
    def verdicts(self) -> dict[str, Verdict]:
        return {name: beside_chance(fall, self.chance) for name, fall in self.falls.items()}


@dataclass(frozen=True, eq=False)
class Shuffled:
    """What becomes of one translation when the weights of every step are shuffled, once for each seed.

    `logprobs` are those of the very same pieces, in nats, `logprob` as the model is. `text` is what the model writes
    greedily by itself, and `texts` what it writes then.
    """

    logprob: float
    logprobs: Float[np.ndarray, " shuffle"]
    text: str
    texts: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether the model's own weights make the translation likelier than shuffled ones do."""
        return beside_chance(self.logprob, self.logprobs)

    @property
    def others(self) -> tuple[str, ...]:
        """The texts that are not the one that the model writes as it is."""
        return tuple(text for text in self.texts if text != self.text)


def erasure(
    translator: Translator,
    translation: Translation,
    *,
    layer: int | None = None,
    head: int | None = None,
    shuffles: int = SHUFFLES,
    seed: int = SEED,
) -> Erasure:
    """Take the source words of a translation away, one after the other, in each order.

    A word has the attention of all steps together: of the head that is named, or of the mean of all heads of a layer.
    Its effect is by how much ln p of the whole translation falls without it alone. Words that are equal go in an order
    of chance, drawn with `seed`. Raises Refused where there is no attention or no such head, or fewer than two words.

    After DeYoung et al. 2020, section 4 (arXiv:1911.03429), and Samek et al. 2017 (arXiv:1509.06321), who take the
    area over such curves.
    """
    if translation.trace is None:
        raise Refused("This model has no attention, so there is no picture to test.")
    translation = translator.with_effect(translation)
    assert translation.trace is not None and translation.effect is not None
    words = _words(translation.keys)
    if len(words) < FEWEST_WORDS:
        raise Refused("A source of one word leaves no order to test.")
    dice = np.random.default_rng(seed)
    shades = {
        "attention": _of_words(_looked(translation.trace, layer, head), translation.keys, words),
        "effect": _of_words(translation.effect.drops.sum(0), translation.keys, words, repeated=True),
    }
    ranked = [np.lexsort((dice.permutation(len(words)), -shade)) for shade in shades.values()]
    orders = np.stack([*ranked, *(dice.permutation(len(words)) for _ in range(shuffles))])
    gone = np.unique(np.linspace(0, len(words), min(len(words) + 1, MOST_POINTS)).round().astype(int))
    curves = _curves(translator, translation, orders, gone, words)
    return Erasure(
        len(words),
        float(curves[0, 0]),
        tuple(gone.tolist()),
        dict(zip(shades, curves, strict=False)),
        curves[len(shades) :],
    )


def shuffled(translator: Translator, translation: Translation, *, shuffles: int = SHUFFLES) -> Shuffled:
    """Have the model say and write its translation with the weights of every step shuffled (Jain & Wallace 2019,
    section 4.2.1, arXiv:1902.10186). Raises Refused where the attention of a model cannot be changed."""
    others = [under(translator, Imposed((Permute(seed=seed),)), translation) for seed in range(shuffles)]
    return Shuffled(
        translator.again(translation).output.logprob,
        np.array([other.again(translation).output.logprob for other in others]),
        translator.translate(translation.text).output.text,
        tuple(other.translate(translation.text).output.text for other in others),
    )


def _words(axis: Axis) -> list[int]:
    """The numbers of the words that can be taken away, by `Axis.units`."""
    return sorted({unit for unit, special in zip(axis.units(), axis.special, strict=True) if not special})


def _looked(trace: Trace, layer: int | None, head: int | None) -> Float[np.ndarray, " source"]:
    """What each position of the source got from all steps together."""
    return one_head(trace, layer, head).matrix().sum(0, dtype=np.float64)


def _of_words(
    values: Float[np.ndarray, " source"], axis: Axis, words: list[int], *, repeated: bool = False
) -> Float[np.ndarray, " word"]:
    """The sum over the pieces of each word, or one of them where the number of the whole word is `repeated` in each."""
    units = np.array(axis.units())
    values = values[: len(units)]  # a null key is no word
    return np.array([values[units == word][0] if repeated else values[units == word].sum() for word in words])


def _fall(curve: Float[np.ndarray, " place"]) -> float:
    return float(curve[0] - curve[1:-1].mean())


def _curves(
    translator: Translator,
    translation: Translation,
    orders: Int[np.ndarray, "order word"],
    gone: Int[np.ndarray, " place"],
    words: list[int],
) -> Float[np.ndarray, "order place"]:
    rank = orders.argsort(1)
    away: Bool[np.ndarray, "order place word"] = rank[:, None, :] < gone[None, :, None]
    rows, which = np.unique(away.reshape(-1, len(words)), axis=0, return_inverse=True)
    source = np.array(translation.keys.ids)
    units = np.array(translation.keys.units())
    sources = [np.where(np.isin(units, np.array(words)[row]), MARKS.unknown, source).tolist() for row in rows]
    by_variant = logprobs(translator.model, [(each, translation.ids) for each in sources], translator.device)
    totals = np.array([pieces.sum(dtype=np.float64) for pieces in by_variant])
    return totals[which.reshape(-1)].reshape(away.shape[:2])
