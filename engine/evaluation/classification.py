"""All that is measured of a classifier, as the one object that its `metrics.json` holds.

It holds no time, date or machine, so that the same model and the same texts give the same bytes again. What it looks
like is said in `engine/schemas/metrics-classification.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from engine.evaluation.bootstrap import RESAMPLES, SEED, interval
from engine.evaluation.faithfulness import MANY_TEXTS, Effort, Erasable, Faithfulness, faithfulness, summary
from engine.evaluation.metrics import figure
from engine.evaluation.people import Marked, Reads, agreement
from engine.text.document import Document
from engine.text.version import READING

FORMAT = 1
EFFECTS = 0.25
"""On what share of the sample the effect of each word is read, which is one more reading a word."""
ERASED = ("comprehensiveness", "random_comprehensiveness", "sufficiency", "random_sufficiency", "area")
AT_ONCE = 500
"""How many documents are cut and answered between two reports of progress."""


@runtime_checkable
class Labelled(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def label(self) -> int: ...


@runtime_checkable
class Measurable(Erasable, Reads, Protocol):
    """A classifier as far as it is measured."""

    @property
    def name(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def sample(self) -> int:
        """On how many test documents faithfulness is measured, unless it is on all."""

    @property
    def readings(self) -> tuple[str, ...]:
        """Ways to weigh words of which `read` takes one as `by`, the first its own; none where there is but one."""

    def document(self, text: str) -> Document: ...

    def probabilities(self, documents: Sequence[Document]) -> Float[np.ndarray, "document label"]: ...


def evaluate(
    classifier: Measurable,
    test: Sequence[Labelled],
    *,
    corpus: str | None = None,
    marked: Mapping[str, Sequence[Marked]] | None = None,
    with_effect: Sequence[str] = (),
    baseline: Mapping[str, Any] | None = None,
    full: bool = False,
    effort: Effort = MANY_TEXTS,
    progress: Callable[[str], object] = lambda step: None,
) -> dict[str, Any]:
    """Measure `classifier` on labelled `test` documents and on texts in which people `marked` words.

    `marked` holds texts by the name that they get in the report; those named in `with_effect` are also compared with
    each word's effect, which costs a reading a word. `baseline` holds figures of other methods on the same
    documents, as they are to stand in the report. Faithfulness is measured with `effort` on as many
    documents as the classifier's `sample`, those whose text has the lowest SHA-256, and each word's effect on the
    first `EFFECTS` of them, or with `full` both on all. Where there are several ways to weigh words, erasure is
    measured of the others too. `progress` is told what is being done. Shares lie between 0 and 1. Raises `Refused`
    where the classifier does.
    """
    documents, answers = _answers(classifier, test, progress)
    truth = np.array([labelled.label for labelled in test])
    counts = confusion(truth, answers, len(classifier.labels))
    report: dict[str, Any] = {
        "format": FORMAT,
        "reading": READING["classification"],
        "task": "classification",
        "model": classifier.name,
        "test": {"corpus": corpus, "documents": len(test), "words": sum(document.size for document in documents)},
        "labels": list(classifier.labels),
        **scores(counts),
        "confusion": counts.tolist(),
    }
    if baseline:
        report["baseline"] = dict(baseline)
    size = len(test) if full else classifier.sample
    chosen = [documents[i] for i in sample([labelled.text for labelled in test], size)]
    effects = len(test) if full else int(EFFECTS * classifier.sample)
    report["faithfulness"] = _faithfulness(classifier, chosen, effort, effects, progress)
    if classifier.readings:
        report["readings"] = {by: _erasure(classifier, chosen, by, progress) for by in classifier.readings}
    if marked:
        report["people"] = _people(classifier, marked, with_effect, progress)
    return report


def confusion(
    truth: Int[np.ndarray, " document"], answers: Int[np.ndarray, " document"], labels: int
) -> Int[np.ndarray, "truth answer"]:
    """How many documents of each true label (rows) got each answer (columns)."""
    return np.bincount(truth * labels + answers, minlength=labels * labels).reshape(labels, labels)


def scores(counts: Int[np.ndarray, "truth answer"]) -> dict[str, dict[str, float]]:
    """Accuracy and macro F1 with their 95 % bootstrap intervals over documents.

    Both depend on the confusion matrix alone, and the matrix of documents drawn with replacement is a draw from the
    multinomial of its cells, so no document has to be drawn.
    """
    total = int(counts.sum())
    cells = np.random.default_rng(SEED).multinomial(total, counts.ravel() / total, size=RESAMPLES)
    drawn = cells.reshape(-1, *counts.shape).astype(np.float64)
    return {
        name: figure(float(score(counts[None].astype(np.float64))[0]), interval(score(drawn)))
        for name, score in (("accuracy", accuracy), ("macro_f1", macro_f1))
    }


def accuracy(counts: Float[np.ndarray, "matrix truth answer"]) -> Float[np.ndarray, " matrix"]:
    return np.trace(counts, axis1=1, axis2=2) / counts.sum((1, 2))


def macro_f1(counts: Float[np.ndarray, "matrix truth answer"]) -> Float[np.ndarray, " matrix"]:
    """The mean over labels of 2·hits / (true + answered), which is 0 for a label that neither has, as in
    scikit-learn."""
    hits = np.diagonal(counts, axis1=1, axis2=2)
    both = counts.sum(1) + counts.sum(2)
    return np.divide(2 * hits, both, out=np.zeros_like(hits), where=both > 0).mean(1)


def sample(texts: Sequence[str], size: int) -> list[int]:
    """The places of at most `size` texts, chosen and ordered by what they say, whatever order they come in."""
    digests = [sha256(text.encode()).hexdigest() for text in texts]
    return sorted(range(len(texts)), key=lambda i: digests[i])[:size]


def _answers(
    classifier: Measurable, test: Sequence[Labelled], progress: Callable[[str], object]
) -> tuple[list[Document], Int[np.ndarray, " document"]]:
    documents: list[Document] = []
    answers = []
    for start in range(0, len(test), AT_ONCE):
        cut = [classifier.document(labelled.text) for labelled in test[start : start + AT_ONCE]]
        answers.append(classifier.probabilities(cut).argmax(1))
        documents += cut
        progress(f"classified {len(documents)} of {len(test)} documents")
    return documents, np.concatenate(answers)


def _people(
    classifier: Measurable,
    marked: Mapping[str, Sequence[Marked]],
    with_effect: Sequence[str],
    progress: Callable[[str], object],
) -> dict[str, Any]:
    """How far the model agrees with people, for each set of texts in which they marked words."""

    def compared(name: str, done: int) -> None:
        if done % 100 == 0 or done == len(marked[name]):
            progress(f"compared with people: {done} of {len(marked[name])} texts of {name}")

    return {
        name: agreement(classifier, texts, effect=name in with_effect, progress=partial(compared, name))
        for name, texts in marked.items()
    }


def _erasure(
    classifier: Measurable, documents: Sequence[Document], by: str, progress: Callable[[str], object]
) -> dict[str, Any]:
    """What falls when words go in the order of one way to weigh them; nothing else is asked."""
    least = Effort(shuffles=1, permutations=1, steps=1)
    read: Callable[..., Any] = classifier.read
    judged = [faithfulness(classifier, read(document, by=by), effort=least, effect=False) for document in documents]
    progress(f"judged {by} in {len(judged)} documents")
    whole = summary(judged)
    return {name: whole[name] for name in ("documents", *ERASED)}


def _faithfulness(
    classifier: Measurable,
    documents: Sequence[Document],
    effort: Effort,
    effects: int,
    progress: Callable[[str], object],
) -> dict[str, Any]:
    judged: list[Faithfulness] = []
    for document in documents:
        reading = classifier.read(document)
        judged.append(faithfulness(classifier, reading, effort=effort, effect=len(judged) < effects))
        if len(judged) % 100 == 0 or len(judged) == len(documents):
            progress(f"judged attention in {len(judged)} of {len(documents)} documents")
    return summary(judged)
