"""Do people mark the words that the model looked at?

Annotators marked words as they stand between spaces; the model cuts words in its own way. Both are laid over the same
text, the annotators' words joined by one space, and compared there by characters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int
from sklearn.metrics import average_precision_score

from engine.evaluation.metrics import Figure, ratio
from engine.text.document import Document


@runtime_checkable
class Marked(Protocol):
    """A text as annotators saw it, and for each of them the numbers, from 0, of the words they marked."""

    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def annotators(self) -> tuple[frozenset[int], ...]: ...


@runtime_checkable
class Reads(Protocol):
    """A classifier as far as it is compared with people."""

    def read(self, text: Any, *, effect: bool = False) -> Any:
        """A reading with its document, `word_weights`, `combined` and, where asked for, `effect.words`."""


def agreement(
    classifier: Reads,
    texts: Sequence[Marked],
    *,
    effect: bool = False,
    progress: Callable[[int], object] = lambda done: None,
) -> dict[str, Any]:
    """How well the model's words are those that people marked, over all annotations that mark anything.

    For each shading of the page (`combined`, `word`, and with `effect` also the signed effect on the model's answer):
    `auprc`, the area under the precision-recall curve (scikit-learn's average precision), and `f1` of the model's top
    k words, where k is how many this annotator marked. `random` is what an order by chance is expected to reach in
    both, and `people` the F1 of each two annotators of a text, where texts have several. Texts are drawn again for
    the intervals; every annotation weighs the same. `progress` is told how many texts are done.
    """
    views: tuple[str, ...] = ("combined", "word", *(("effect",) if effect else ()))
    rows: dict[tuple[str, str], list[float]] = {(view, name): [] for view in views for name in ("auprc", "f1")}
    for done, text in enumerate(texts):
        marked = marks(text)
        shown = _shown(classifier.read(" ".join(text.words), effect=effect), text.words)
        for view in views:
            rows[view, "auprc"].append(sum(average_precision(shown[view], gold) for gold in marked))
            rows[view, "f1"].append(sum(top_f1(shown[view], gold) for gold in marked))
        progress(done + 1)
    counts = np.array([len(marks(text)) for text in texts], dtype=np.float64)
    report = _about(texts)
    for (view, name), sums in rows.items():
        report.setdefault(view, {})[name] = ratio(np.array(sums, dtype=np.float64), counts)
    return report


def marks(text: Marked) -> list[Bool[np.ndarray, " word"]]:
    """Each annotator's words as a mask; who marked nothing is left out."""
    return [np.isin(np.arange(len(text.words)), list(marked)) for marked in text.annotators if marked]


def human_f1(texts: Sequence[Marked]) -> Figure | None:
    """The mean F1, 2·|A ∩ B| / (|A| + |B|), of all pairs of annotators of one text, every pair weighing the same;
    None where no text has two. A pair that marked nothing between them has no F1 and is left out."""
    sums, counts = [], []
    for text in texts:
        pairs = [pair for pair in combinations(text.annotators, 2) if pair[0] or pair[1]]
        sums.append(sum(2 * len(a & b) / (len(a) + len(b)) for a, b in pairs))
        counts.append(len(pairs))
    if not any(counts):
        return None
    return ratio(np.array(sums, dtype=np.float64), np.array(counts, dtype=np.float64))


def on_tokens(
    tokens: Sequence[str], document: Document, weights: Float[np.ndarray, " word"]
) -> Float[np.ndarray, " token"]:
    """The document's word weights for `tokens`, which its text holds joined by single spaces.

    A token takes the highest weight among the words that share a character with it: "great." is looked at as much as
    "great" is. One that shares none has 0.
    """
    ends = np.cumsum([len(token) + 1 for token in tokens]) - 1
    starts = ends - [len(token) for token in tokens]
    spans: Int[np.ndarray, "word 2"] = np.array([span for sentence in document.sentences for span in sentence.words])
    firsts = np.searchsorted(ends, spans[:, 0], side="right")
    lasts = np.searchsorted(starts, spans[:, 1], side="left")
    token_scores = np.full(len(tokens), -np.inf)
    for weight, first, last in zip(weights, firsts, lasts, strict=True):
        token_scores[first:last] = np.maximum(token_scores[first:last], weight)
    return np.where(np.isneginf(token_scores), 0, token_scores)


def average_precision(scores: Float[np.ndarray, " word"], gold: Bool[np.ndarray, " word"]) -> float:
    return float(average_precision_score(gold, scores))


def top_f1(scores: Float[np.ndarray, " word"], gold: Bool[np.ndarray, " word"]) -> float:
    """F1 of the k words of highest score with the k that are `gold`, so precision, recall and F1 are one.

    Where words of equal score straddle the k-th place, what a choice among them by chance is expected to reach.
    """
    count = int(gold.sum())
    cut = np.sort(scores)[-count]
    above, level = scores > cut, scores == cut
    hits = (gold & above).sum() + (count - above.sum()) * (gold & level).sum() / level.sum()
    return float(hits / count)


def random_precision(count: int, words: int) -> float:
    """The average precision that an order by chance of `words` words, `count` of them marked, is expected to reach.

    At rank i a marked word finds itself and (i-1)(count-1)/(words-1) others among the first i, so the mean over ranks
    of their share is (H + (words - H)(count-1)/(words-1)) / words with H the harmonic number of `words`: a little
    more than count / words, the more so the shorter the text.
    """
    harmonic = float((1 / np.arange(1, words + 1)).sum())
    others = (count - 1) / (words - 1) if words > 1 else 0.0
    return (harmonic + (words - harmonic) * others) / words


def _shown(reading: Any, tokens: Sequence[str]) -> dict[str, Float[np.ndarray, " token"]]:
    """Effects of a text too long for them are all alike: they order nothing."""
    views = {"combined": reading.combined, "word": reading.word_weights}
    if reading.effect is not None:
        words = reading.effect.words
        views["effect"] = np.zeros(reading.document.size) if words is None else words
    return {
        name: on_tokens(tokens, reading.document, np.asarray(values, dtype=np.float64))
        for name, values in views.items()
    }


def _about(texts: Sequence[Marked]) -> dict[str, Any]:
    """What was compared with, and what chance and people reach."""
    counts = [[int(gold.sum()) for gold in marks(text)] for text in texts]
    sizes = [len(text.words) for text in texts]
    annotations = np.array([len(marked) for marked in counts], dtype=np.float64)
    shares = [sum(count / words for count in marked) for marked, words in zip(counts, sizes, strict=True)]
    precisions = [
        sum(random_precision(count, words) for count in marked) for marked, words in zip(counts, sizes, strict=True)
    ]
    share = ratio(np.array(shares, dtype=np.float64), annotations)
    people = human_f1(texts)
    return {
        "texts": len(texts),
        "words": sum(sizes),
        "annotations": int(annotations.sum()),
        "marked_nothing": sum(not marks for text in texts for marks in text.annotators),
        "highlighted": share,
        "random": {"auprc": ratio(np.array(precisions, dtype=np.float64), annotations), "f1": share},
        **({} if people is None else {"people": {"f1": people}}),
    }
