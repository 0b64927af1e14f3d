"""One sentence of ten words, warm: how long until its translation, its effects and its ten maps are there."""

from __future__ import annotations

import torch

from engine import devices
from engine.attention import SCORES
from engine.errors import Refused
from engine.inference import load
from engine.inference.translator import Translator
from engine.store import catalogue
from tests.benchmarks.measuring import Figure, Settings, Skipped, milliseconds, quantile, timed
from tests.benchmarks.sentences import TEN_WORDS

GREEDY, EFFECT, TEN = 20.0, 60.0, 200.0  # ms


def measure(settings: Settings) -> list[Figure]:
    """Medians of whole calls of `Translator.translate`, from text to record, no result kept from before; on one thread,
    as the app computes."""
    threads = torch.get_num_threads()
    devices.one_thread_a_request()
    try:
        return _measured(settings)
    finally:
        torch.set_num_threads(threads)


def _measured(settings: Settings) -> list[Figure]:
    repeats = 5 if settings.short else 200
    try:
        translator = load.model(settings.model, "cpu")
    except Refused as reason:
        raise Skipped(str(reason)) from reason
    pieces = len(translator.translate(TEN_WORDS).trace.queries)
    about = {"model": settings.model, "text": TEN_WORDS, "output_pieces": pieces}
    plain = timed(lambda: translator.translate(TEN_WORDS), repeats=repeats)
    effect = timed(lambda: translator.translate(TEN_WORDS, effect=True), repeats=repeats)
    beam = timed(lambda: translator.translate(TEN_WORDS, beam=5, nbest=5), repeats=repeats)
    return [
        _figure("one sentence of ten words with its trace, greedy", plain, GREEDY, about),
        _figure("the same with effect", effect, EFFECT, about),
        _figure("the same with beam 5 and five translations, no effect", beam, None, about),
        *_lab(repeats),
    ]


def _lab(repeats: int) -> list[Figure]:
    """All scoring functions that English to French has a model for, one after another, and each alone."""
    found: dict[str, Translator] = {}
    for info in catalogue.models():
        score = str(info.config.get("model", {}).get("score", ""))
        if (info.source_language, info.target_language) == ("en", "fr") and not info.name.startswith("run:"):
            found.setdefault(score, load.model(info.name, "cpu"))
    lab = {name: found[name] for name in SCORES if name in found}
    if not lab:
        return []

    def all_of_them() -> None:
        for translator in lab.values():
            translator.translate(TEN_WORDS)

    goal = TEN if len(lab) == len(SCORES) else None
    whole = timed(all_of_them, repeats=max(5, repeats // 10))
    each = {
        name: timed(lambda one=one: one.translate(TEN_WORDS), repeats=repeats // 4 + 1) for name, one in lab.items()
    }
    figures = [_figure(f"{len(lab)} scoring functions on it, with traces", whole, goal, {"models": len(lab)})]
    return figures + [
        _figure(f"one sentence, scoring function {name}", seconds, None, {"model": lab[name].name})
        for name, seconds in each.items()
    ]


def _figure(what: str, seconds: list[float], goal: float | None, about: dict[str, object]) -> Figure:
    spread = {**about, "calls": len(seconds), **milliseconds(seconds)}
    return Figure(f"{what}, median", 1000 * quantile(seconds, 0.5), "ms", goal, details=spread)
