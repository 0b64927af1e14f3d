"""A model with its tokenizer: text in, text and traces out. What pages, command line and evaluation talk to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from engine.decoding.argmax import likeliest
from engine.decoding.beam import beam_search
from engine.decoding.contract import Found
from engine.decoding.effect import drops
from engine.decoding.forced import Said, forced, logprobs, looks
from engine.decoding.greedy import greedy, greedy_one
from engine.decoding.wanted import Wanted
from engine.errors import N_, Refused
from engine.inference.hypotheses import hypotheses_of
from engine.inference.translation import Hypothesis, Translation
from engine.inference.word_matrices import WordMatrix, heads, matrices
from engine.store.catalogue import ModelInfo
from engine.text.given import TYPE_SENTENCE, check_text, check_words, too_long, too_many_words
from engine.text.normalisation import Normalised, normalised
from engine.text.tokenizer import Encoded, Tokenizer
from engine.traces import Axis, Effect, Read

MAX_PIECES = 200
MAX_BEAM = 20
BATCH = 64
"""How many sentences are translated at once, of similar length."""


class _Outputs(NamedTuple):
    """Outputs of one source, with what the model read on the way to them: `logs` are ln p of every piece at each place.

    `finished` says of each whether it came to its end by itself.
    """

    ids: list[tuple[int, ...]]
    axes: list[Axis]
    finished: list[bool]
    passes: Said
    logs: Float[Tensor, "output target vocabulary"]


class Translator:
    """Safe to share between threads: nothing of a call stays on it or on the model."""

    def __init__(self, info: ModelInfo, model: Any, tokenizer: Tokenizer) -> None:
        self.info = info
        self.model = model
        self.tokenizer = tokenizer
        self.device: torch.device = next(model.parameters()).device
        self._likeliest = likeliest(model)

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def networks(self) -> list[Any]:
        """All that it holds in memory."""
        return [self.model]

    def normalised(self, text: str) -> Normalised:
        """The text as those that the model learnt from are written. Raises `Refused` for text that cannot be read."""
        return normalised(
            check_text(text), self.info.source_language or "", lambda word: len(self.tokenizer.ids([word])[0])
        )

    @torch.inference_mode()
    def translate(
        self,
        text: str,
        *,
        beam: int = 1,
        nbest: int = 1,
        choose: int = 0,
        target: str | None = None,
        effect: bool = False,
        length_penalty: float = 1.0,
        wanted: Wanted | None = None,
    ) -> Translation:
        """Translate `text`, or with `target` see how likely that output is and where the model looks meanwhile.

        `beam` 1 takes the likeliest piece at every step. `choose` says which of the `nbest` outputs the trace is of,
        `wanted` what outputs must be. Raises `Refused` for text that cannot be read and numbers out of range.
        """
        began = time.perf_counter()
        _check_search(beam, nbest, choose)
        source = self._encode(text)
        outputs = self._outputs(source, target, beam, nbest, length_penalty, wanted)
        if choose >= len(outputs.ids):
            raise Refused(
                "Only one translation was found; choose the first.",
                plural="Only {count} translations were found; choose one of them.",
                count=len(outputs.ids),
            )
        hypotheses = hypotheses_of(self.tokenizer, outputs.ids, outputs.logs, length_penalty)
        translation = self._translation(text, source, outputs, choose, hypotheses)
        if effect:
            translation = replace(translation, effect=self._effect(source, translation.queries, translation.ids))
        return replace(translation, forced=target is not None, seconds=time.perf_counter() - began)

    @torch.inference_mode()
    def again(self, translation: Translation) -> Translation:
        """The very pieces of an output said once more, without its effect."""
        began = time.perf_counter()
        source, ids = self._encode(translation.text), [translation.ids]
        outputs = _Outputs(ids, [translation.queries], [translation.finished], *self._forced(source, ids))
        hypotheses = hypotheses_of(self.tokenizer, outputs.ids, outputs.logs, 1.0)
        repeated = self._translation(translation.text, source, outputs, 0, hypotheses)
        return replace(repeated, forced=True, seconds=time.perf_counter() - began)

    def _translation(
        self, text: str, source: Encoded, outputs: _Outputs, chosen: int, hypotheses: tuple[Hypothesis, ...]
    ) -> Translation:
        """One output with where it looked, beside all the others."""
        ids, axis = outputs.ids[chosen], outputs.axes[chosen]
        look = looks(outputs.passes, chosen, (source.ids, ids))
        return Translation(
            text=text,
            hypotheses=hypotheses,
            chosen=chosen,
            queries=axis,
            keys=source.axis,
            trace=None if look is None else look.trace(axis, source.axis),
            effect=None,
            forced=False,
            finished=outputs.finished[chosen],
            seconds=0.0,
            ids=ids,
        )

    def with_effect(self, translation: Translation) -> Translation:
        """The same with its effect, which takes longer than all the rest: a page shows that first."""
        if translation.effect is not None:
            return translation
        effect = self._effect(self._encode(translation.text), translation.queries, translation.ids)
        return replace(translation, effect=effect)

    def _effect(self, source: Encoded, axis: Axis, ids: tuple[int, ...]) -> Effect:
        return Effect(axis, source.axis, drops(self.model, [(source.ids, source.axis)], [ids], self.device)[0])

    def align(
        self,
        source: str | Sequence[str],
        target: str | Sequence[str],
        *,
        tokenized: bool,
        read: Read = "attention",
        later: int | None = None,
    ) -> WordMatrix:
        """The matrix over words of one pair. With `tokenized` the words are those given (a text's between spaces),
        each keeping its number; else they are found in the text. Attention is read `later` steps after the one that
        wrote a word; None leaves that to the model, which may have been trained to be read later."""
        return self.align_many([(source, target)], tokenized=tokenized, read=read, later=later)[0]

    def align_many(
        self,
        pairs: Sequence[tuple[Any, Any]],
        *,
        tokenized: bool,
        read: Read,
        later: int | None = None,
        layer: int | None = None,
        head: int | None = None,
    ) -> list[WordMatrix]:
        """`align` for many pairs, which are texts or (`tokenized`) lists of words; `matrices` says what layer and head
        mean."""
        later = self.info.later if later is None else later
        return matrices(self.model, self._encoded(pairs, tokenized), read, self.device, later, layer, head)

    def translate_many(self, texts: Sequence[str], beam: int = 1) -> list[str]:
        """The best output for each text, blank for blank."""
        _check_search(beam, 1, 0)
        encoded = {i: self._encode(text) for i, text in enumerate(texts) if not text.isspace() and text}
        order = sorted(encoded, key=lambda i: len(encoded[i].ids))
        outputs = [""] * len(texts)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            for i, best in zip(batch, self._search([encoded[i].ids for i in batch], beam, 1.0), strict=True):
                outputs[i] = self.tokenizer.decode(best[0].ids)
        return outputs

    def logprobs_many(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, int]]:
        """For each source and target: ln p(target and its end | source), and how many pieces that are, end included."""
        encoded = [(self._encode(source).ids, self._encode(target).ids) for source, target in pairs]
        return [(float(logs.sum(dtype=np.float64)), len(logs)) for logs in logprobs(self.model, encoded, self.device)]

    def heads_many(
        self, pairs: Sequence[tuple[Any, Any]], *, tokenized: bool
    ) -> list[Float[np.ndarray, "shift layer head target source_end"]]:
        """Attention of every head over the words of pairs, given as to `align_many`; `heads` says what shift is."""
        return heads(self.model, self._encoded(pairs, tokenized), self.device)

    def reads(self, source: Sequence[str], target: Sequence[str]) -> bool:
        """Whether two lists of given words are short enough to be aligned."""
        sides = (self.tokenizer.encode_words(check_words(side)) for side in (source, target))
        return all(_pieces(side) <= MAX_PIECES for side in sides)

    def _encoded(self, pairs: Sequence[tuple[Any, Any]], tokenized: bool) -> list[tuple[Encoded, Encoded]]:
        return [
            (self._encode_side(source, tokenized), self._encode_side(target, tokenized)) for source, target in pairs
        ]

    def _encode(self, text: str, blank: str = TYPE_SENTENCE) -> Encoded:
        text = check_text(text, blank)
        encoded = self.tokenizer.encode(text)
        pieces = _pieces(encoded)
        if pieces > MAX_PIECES:
            raise too_long(text, pieces, MAX_PIECES, lambda part: _pieces(self.tokenizer.encode(part)) <= MAX_PIECES)
        return encoded

    def _encode_side(self, side: str | Sequence[str], tokenized: bool) -> Encoded:
        if not tokenized:
            if not isinstance(side, str):
                raise ValueError("words were given where a text is wanted; say tokenized=True")
            return self._encode(side)
        words = check_words(side)
        encoded = self.tokenizer.encode_words(words)
        pieces = _pieces(encoded)
        if pieces > MAX_PIECES:  # no piece crosses from one given word into the next
            raise too_many_words(pieces, MAX_PIECES, encoded.axis.groups[MAX_PIECES])
        return encoded

    def _search(self, sources: Sequence[Sequence[int]], beam: int, alpha: float) -> list[list[Found]]:
        if beam == 1:
            return [[output] for output in greedy(self.model, sources, alpha=alpha, device=self.device)]
        return beam_search(self.model, sources, beam, alpha=alpha, device=self.device)

    def _outputs(
        self, source: Encoded, target: str | None, beam: int, nbest: int, alpha: float, wanted: Wanted | None
    ) -> _Outputs:
        """The given output alone, or those found."""
        if target is not None:
            wished = self._encode(target, N_("Type a translation first."))
            return _Outputs([wished.ids], [wished.axis], [True], *self._forced(source, [wished.ids]))
        if beam == 1 and wanted is None:
            output = greedy_one(self.model, source.ids, self._likeliest, device=self.device)
            passes = Said.of(output.steps)
            axis = self.tokenizer.axis(output.ids)
            return _Outputs([output.ids], [axis], [output.finished], passes, self._logs(passes))
        steps: list[Said] = []
        (ended,) = beam_search(
            self.model, [source.ids], beam, alpha=alpha, device=self.device, steps=steps, wanted=wanted
        )
        best = ended[:nbest]
        ids = [output.ids for output in best]
        axes, finished = [self.tokenizer.axis(each) for each in ids], [output.finished for output in best]
        passes = Said.followed(steps, [output.rows for output in best])
        return _Outputs(ids, axes, finished, passes, self._logs(passes))

    def _forced(
        self, source: Encoded, outputs: Sequence[tuple[int, ...]]
    ) -> tuple[Said, Float[Tensor, "output target vocabulary"]]:
        passes, _, _ = forced(self.model, [(source.ids, output) for output in outputs], self.device)
        return passes, self._logs(passes)

    def _logs(self, passes: Said) -> Float[Tensor, "output target vocabulary"]:
        logs: Tensor = self.model.logits(passes.read).float().log_softmax(-1)
        return logs


def _pieces(encoded: Encoded) -> int:
    return len(encoded.ids) - 1


def _check_search(beam: int, nbest: int, choose: int) -> None:
    if not 1 <= beam <= MAX_BEAM:
        raise Refused("A beam of {beam} is out of range; use 1 to {most}.", beam=beam, most=MAX_BEAM)
    if not 1 <= nbest <= beam:
        raise Refused("{nbest} translations were asked for; a beam of {beam} has 1 to {beam}.", nbest=nbest, beam=beam)
    if not 0 <= choose < nbest:
        raise Refused("There is no translation {number}; choose 1 to {nbest}.", number=choose + 1, nbest=nbest)
