"""What counting words alone achieves: the baseline beside which a network's accuracy stands.

Words and pairs of neighbouring words, weighted by TF-IDF with a logarithmic count, and logistic regression (Wang &
Manning 2012, P12-2018, show how far such models go; scikit-learn computes).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from engine.data.documents.reviews import Review, Reviews
from engine.evaluation.classification import confusion, scores
from engine.text.document import document
from engine.text.vocabulary import MAX_WORD, normalise

STRENGTHS = (1.0, 10.0, 100.0)
"""Inverse strengths of regularisation (scikit-learn's C); the best on development is taken, of equals the first."""
MAX_STEPS = 200
MIN_DOCUMENTS = 2
"""In how many documents a word or pair must occur to count."""


class Tfidf:
    """Fit once, then asked. `strength` is scikit-learn's C. Raises ValueError unless two labels occur."""

    def __init__(self, train: Sequence[Review], labels: int, language: str, strength: float = 10.0) -> None:
        self._language = language
        self._labels = labels
        # Few texts repeat nothing, and would leave no word at all.
        least = MIN_DOCUMENTS if len(train) > 100 else 1
        self._vectors = TfidfVectorizer(analyzer=self._parts, min_df=least, sublinear_tf=True, dtype=np.float32)
        self._truth = np.array([review.label for review in train])
        self._fitted_on = self._vectors.fit_transform([review.text for review in train])
        self.refit(strength)

    def refit(self, strength: float) -> None:
        """Fit anew to the same texts."""
        self._model = LogisticRegression(C=strength, max_iter=MAX_STEPS)
        self._model.fit(self._fitted_on, self._truth)

    def probabilities(self, texts: Sequence[str]) -> Float[np.ndarray, "document label"]:
        """Each label's probability; 0 for one that never occurred in training."""
        probabilities = np.zeros((len(texts), self._labels))
        if texts:
            probabilities[:, self._model.classes_] = self._model.predict_proba(self._vectors.transform(texts))
        return probabilities

    def predict(self, texts: Sequence[str]) -> Int[np.ndarray, " document"]:
        """The likeliest label of each text."""
        return self.probabilities(texts).argmax(1)

    def _parts(self, text: str) -> Iterator[str]:
        """Words of the document as the networks read them, and pairs of neighbours within a sentence."""
        read = document(text, self._language)
        for i in range(len(read.sentences)):
            words = [normalise(word[:MAX_WORD]) for word in read.words(i)]
            yield from words
            yield from map(" ".join, pairwise(words))


def baseline(reviews: Reviews) -> dict[str, dict[str, float]]:
    """Accuracy and macro F1 on the test split, with their intervals, as `classification.scores` gives them.

    Fitted to the training split, with the strength that is best on development.
    """
    model = Tfidf(reviews.train, len(reviews.labels), reviews.language, STRENGTHS[0])
    if reviews.dev:
        model.refit(_best(model, reviews.dev))
    truth = np.array([review.label for review in reviews.test])
    predicted = model.predict([review.text for review in reviews.test])
    return scores(confusion(truth, predicted, len(reviews.labels)))


def _best(model: Tfidf, dev: Sequence[Review]) -> float:
    truth = np.array([review.label for review in dev])
    right: dict[float, int] = {}
    for strength in STRENGTHS:
        model.refit(strength)
        right[strength] = int((model.predict([review.text for review in dev]) == truth).sum())
    return max(right, key=lambda strength: right[strength])
