"""A translator, a writer of couplets or a model that replies, looked at as it learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from engine.data.pairs.gold import GoldPair
from engine.errors import Refused
from engine.evaluation.alignment import aer, entropy, links
from engine.evaluation.bleu import TOKENIZERS, grouped, scores_of, statistics
from engine.inference.replay.frames import About, Probe, View, bytes_of
from engine.inference.replay.observing import Look
from engine.inference.replay.probes import Wish, chosen, spread
from engine.inference.sentence_maps import one_way, words_of
from engine.inference.translation import Translation
from engine.inference.translator import Translator
from engine.text.tokenizer import words

SCORED = 100
"""Different sources of the development data by which BLEU is measured."""
ALIGNED = 60
"""Sentences by which AER is measured: the shortest that people linked."""
LEAST, MOST = 4, 12
"""Words of a probe that nobody asked for."""
MAX_ROWS = 60
"""What a network that has learnt little may write without an end is cut here."""


class _Made(NamedTuple):
    view: View
    bits: list[float]


class TranslatorObserver:
    """Shows the map that `sentence_maps.one_way` draws of the likeliest output, or of a probe's target; as the page
    Translate and the command `map` open with it. It is opened anew for each look: for its search a translator makes the
    weights of the output ready as they are when it is opened."""

    def __init__(
        self,
        opened: Callable[[], Translator],
        pairs: Sequence[tuple[str, str]],
        wishes: Sequence[Wish],
        gold: Sequence[GoldPair],
    ) -> None:
        """`pairs` are of development, `gold` those whose links people drew. Raises `Refused` without any probe."""
        self._opened = opened
        self._translator = translator = opened()
        probes = [probe for wish in wishes if (probe := self._probe(wish))]
        if not probes:
            texts = chosen([source for source, _ in pairs], lambda text: len(words(text)), LEAST, MOST)
            probes = [probe for text in texts if (probe := self._probe(Wish(text)))]
        if not probes:
            raise Refused("There is no text of development short enough to be looked at.")
        self._scored = spread(list(grouped(pairs).items()), SCORED)
        reads = [pair for pair in gold if translator.reads(pair.source, pair.target)]
        self._gold = sorted(reads, key=lambda pair: sum(pair.size))[:ALIGNED] if translator.info.attends else []
        info = translator.info
        languages = info.source_language, info.target_language
        counts = len(self._scored), len(self._gold)
        self.about = About(info.name, info.task, *languages, "bleu", *counts, tuple(probes))

    def _probe(self, wish: Wish) -> Probe | None:
        """None for a text that the network cannot read."""
        with suppress(Refused):
            _, columns = words_of(self._translator.translate(wish.text, target=wish.target or wish.text))
            return Probe(wish.text, columns, wish.target) if columns else None
        return None

    def look(self) -> Look:
        self._translator = self._opened()
        made = [self._view(probe) for probe in self.about.probes]
        bits = [value for each in made for value in each.bits]
        return Look(tuple(each.view for each in made), self._bleu(), _mean(bits), self._aer())

    def _view(self, probe: Probe) -> _Made:
        written = self._translator.translate(probe.text)
        text = written.output.text
        if probe.target is not None:
            written = self._translator.translate(probe.text, target=probe.target)
        if written.trace is None:
            return _Made(View(text, words_of(written)[0][:MAX_ROWS], None), [])
        return self._attended(written, text)

    def _attended(self, written: Translation, text: str) -> _Made:
        drawn = one_way(written, "attention", later=self._translator.info.later)
        matrix = drawn.matrix[:MAX_ROWS]
        return _Made(View(text, drawn.rows[:MAX_ROWS], bytes_of(matrix)), entropy(matrix).tolist())

    def _bleu(self) -> float | None:
        if not self._scored:
            return None
        outputs = self._translator.translate_many([source for source, _ in self._scored])
        cut = TOKENIZERS.get(self.about.target_language or "", "13a")
        sums = statistics(outputs, [own for _, own in self._scored], cut).sum(0, keepdims=True)
        return float(np.clip(scores_of(sums)[0], 0, 100))

    def _aer(self) -> float | None:
        if not self._gold:
            return None
        asked = [(pair.source, pair.target) for pair in self._gold]
        aligned = self._translator.align_many(asked, tokenized=True, read="attention")
        return aer([links(each.matrix, ends=each.ends, rows=each.rows) for each in aligned], self._gold).aer


def _mean(bits: Sequence[float]) -> float | None:
    return float(np.mean(bits)) if bits else None
