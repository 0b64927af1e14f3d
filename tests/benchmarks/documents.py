"""Documents: one review warm, a thousand of them, texts up to 10,000 words, and how fast a network learns."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import torch

from engine import devices
from engine.errors import Refused
from engine.inference import load
from engine.inference.classifier import Classifier
from engine.models.documents.han import HAN, HANConfig
from engine.training.config import LoopConfig
from engine.training.loop import Trainer
from engine.training.memory import keep_freed_memory
from engine.training.tasks import Classifying, LabelledDocument
from tests.benchmarks.measuring import Figure, Settings, Skipped, milliseconds, quantile, timed

MODEL = "classification/imdb-han"
ONE, THOUSAND, LEARNT = 60.0, 30.0, 70_000  # ms, s, words a second
WORDS = (
    "the",
    "film",
    "that",
    "nobody",
    "wanted",
    "was",
    "long",
    "loud",
    "in",
    "end",
    "moving",
    "but",
    "plot",
    "makes",
    "no",
)
LENGTHS = (250, 500, 1_000, 2_500, 5_000, 10_000)


def measure(settings: Settings) -> list[Figure]:
    """Reading on one thread, as the app computes; learning on all cores."""
    threads = torch.get_num_threads()
    devices.one_thread_a_request()
    try:
        reading = _reading(settings)
    finally:
        torch.set_num_threads(threads)
    return [*reading, _learning(settings)]


def _reading(settings: Settings) -> list[Figure]:
    try:
        model = load.classifier(MODEL, "cpu")
    except Refused as reason:
        raise Skipped(str(reason)) from reason
    repeats = 5 if settings.short else 50
    text = _text(250)
    one = timed(lambda: model.read(text), repeats=repeats)
    effect = timed(lambda: model.read(text, effect=True), repeats=repeats // 5)
    return [
        _figure("a review of 250 words with its traces", one, ONE),
        _figure("the same with the effect of each word and sentence", effect, None),
        _growth(model, repeats // 5),
        _thousand(model, 20 if settings.short else 1000),
    ]


def _growth(model: Classifier, repeats: int) -> Figure:
    """Straight in the number of words if the time for each stays the same."""
    texts = {length: _text(length) for length in LENGTHS}
    seconds = {n: quantile(timed(lambda one=one: model.read(one), repeats=repeats), 0.5) for n, one in texts.items()}
    each = {f"{length} words, microseconds a word": round(1e6 * took / length, 1) for length, took in seconds.items()}
    return Figure("10,000 words with traces, median", 1000 * seconds[LENGTHS[-1]], "ms", details=each)


def _thousand(model: Classifier, count: int) -> Figure:
    texts = [_text(n, seed) for seed, n in enumerate(_sizes(count))]
    began = time.perf_counter()
    model.probabilities([model.document(text) for text in texts])
    took = time.perf_counter() - began
    return Figure(f"{count} reviews of 230 words on average, one thread", took, "s", THOUSAND)


def _learning(settings: Settings) -> Figure:
    """HAN with embedding 128, GRU 64, 30,000 words, batches of 64 documents of IMDB's lengths.

    The first pass over the documents does not count: memory is still being taken from the system then, which a training
    of thousands of updates does once. Last of all, since memory is kept from here on as in every training.
    """
    keep_freed_memory()
    random = np.random.default_rng(1)
    documents = [LabelledDocument(_sentences(size, random), int(size) % 2) for size in _sizes(640)]
    updates, warm_up = (4, 2) if settings.short else (40, 10)
    config = LoopConfig(updates=updates, batch=64, validate_every=10**6, threads=torch.get_num_threads())
    trainer = Trainer(HAN(HANConfig(30_000)), Classifying(documents, documents[:64]), config, torch.device("cpu"))
    trainer.validate = lambda: 0.0  # type: ignore[method-assign]  # it is learning that is measured
    speeds = [progress.speed for progress in trainer.run()][warm_up:]
    words = len(speeds) / sum(1 / speed for speed in speeds)
    about = {"threads": config.threads, "batch": config.batch, "precision": config.precision}
    return Figure("words a second while a hierarchical network learns", words, "words/s", LEARNT, ">=", details=about)


def _text(words: int, seed: int = 0) -> str:
    """Sentences that all differ, since equal ones are read once."""
    random = np.random.default_rng(seed)
    sentences: list[str] = []
    while words > 0:
        size = min(words, int(random.integers(8, 30)))
        sentences.append(" ".join([*random.choice(WORDS, size - 1), "."]))
        words -= size
    return " ".join(sentences)


def _sizes(count: int) -> list[int]:
    """Words of reviews: a mean near 230 and a long tail, as IMDB's."""
    return [max(10, int(n)) for n in np.random.default_rng(2).lognormal(5.2, 0.65, count)]


def _sentences(size: int, random: np.random.Generator) -> tuple[tuple[int, ...], ...]:
    ends = np.minimum(np.cumsum(np.maximum(2, random.gamma(2.5, 8.0, size))).astype(int), size)
    starts = [0, *np.unique(ends)]
    ids = random.integers(2, 30_000, size)
    return tuple(tuple(ids[a:b].tolist()) for a, b in pairwise(starts))


def _figure(what: str, seconds: list[float], goal: float | None) -> Figure:
    details = {"model": MODEL, "calls": len(seconds), **milliseconds(seconds)}
    return Figure(f"{what}, median", 1000 * quantile(seconds, 0.5), "ms", goal, details=details)
