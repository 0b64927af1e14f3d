"""A model that replies to what somebody says, its replies weighed by a model of the way back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from engine.decoding.forced import logprobs
from engine.decoding.mmi import LIKELIEST, Mmi, Reply, ranked
from engine.errors import N_, Refused
from engine.inference.hypotheses import hypotheses_of
from engine.inference.translation import Translation
from engine.inference.translator import BATCH, MAX_BEAM, MAX_PIECES, Translator
from engine.store import replying
from engine.store.catalogue import ModelInfo
from engine.store.replying import Generic
from engine.text.given import TYPE_SENTENCE, check_text
from engine.text.tokenizer import Encoded, Tokenizer
from engine.text.utterance import plain

TYPE_MESSAGE = N_("First type what somebody says.")
BEAM = 10
"""How many replies are followed, and weighed."""


@dataclass(frozen=True, eq=False)
class Answer:
    """All replies to one message, best first by `mmi`. Those of `translation` stand in the same order, and its trace is
    of the chosen one."""

    translation: Translation
    replies: tuple[Reply, ...]
    mmi: Mmi

    @property
    def reply(self) -> Reply:
        """The chosen one."""
        return self.replies[self.translation.chosen]


class Responder(Translator):
    """Replies: a translator from utterances into utterances. `way_back` gives the model that says how likely a message
    is by a reply, and raises `Refused` where it cannot be had; None where no model is named."""

    def __init__(
        self, info: ModelInfo, model: Any, tokenizer: Tokenizer, way_back: Callable[[], Translator] | None = None
    ) -> None:
        super().__init__(info, model, tokenizer)
        self._way_back = way_back

    @cached_property
    def reverse(self) -> Translator | None:
        """The model of the way back; None without one. Raises `Refused` where one is named that cannot be had."""
        return None if self._way_back is None else self._way_back()

    @property
    def _at_hand(self) -> Translator | None:
        """The model of the way back where it can be had; replies that are not weighed do without it."""
        with suppress(Refused):
            return self.reverse
        return None

    @property
    def networks(self) -> list[Any]:
        reverse = self._at_hand
        return [self.model, *([] if reverse is None else reverse.networks)]

    @property
    def mmi(self) -> Mmi:
        """The weights that were chosen for it on development data; where no model of the way back is named the
        likeliest reply is the best."""
        return LIKELIEST if self._way_back is None else replying.weights(self.info)

    @torch.inference_mode()
    def reply(self, message: str, *, beam: int = BEAM, mmi: Mmi | None = None, choose: int = 0) -> Answer:
        """Replies of a search that follows so many, blank ones and repetitions left out; `choose` says which of them
        the trace is of, from 0 for the best by `mmi` (None: the model's own weights).

        Raises `Refused` for a message that cannot be read, numbers out of range, where there is no such reply, and
        where the model that shall weigh it cannot be had.
        """
        began = time.perf_counter()
        if not 2 <= beam <= MAX_BEAM:
            raise Refused("{beam} replies are out of range; follow 2 to {most}.", beam=beam, most=MAX_BEAM)
        mmi = self.mmi if mmi is None else mmi
        if mmi.weight and self.reverse is None:
            raise Refused("This model names no model of the way back: its replies cannot be weighed by one.")
        source = self._encode(message, TYPE_MESSAGE)
        outputs = self._outputs(source, None, beam, beam, 0.0, None)
        hypotheses = hypotheses_of(self.tokenizer, outputs.ids, outputs.logs, 0.0)
        places = self._kept([hypothesis.text for hypothesis in hypotheses])
        written = [(hypotheses[i].text, hypotheses[i].logprob, len(outputs.ids[i])) for i in places]
        replies = self._weighed([message] * len(written), written)
        order = ranked(replies, mmi)
        if not 0 <= choose < len(order):
            raise Refused(
                "There is no reply {number}; the search came to {count}.", number=choose + 1, count=len(order)
            )
        drawn = self._translation(message, source, outputs, places[order[choose]], hypotheses)
        best_first = tuple(hypotheses[places[i]] for i in order)
        seconds = time.perf_counter() - began
        return Answer(
            replace(drawn, hypotheses=best_first, chosen=choose, seconds=seconds), tuple(replies[i] for i in order), mmi
        )

    def _encode(self, text: str, blank: str = TYPE_SENTENCE) -> Encoded:
        return super()._encode(plain(check_text(text, blank)), blank)

    def fits(self, text: str) -> bool:
        """Whether a text is short enough to be read."""
        return len(_pieces(self, [text])[0]) <= MAX_PIECES

    @torch.inference_mode()
    def replies_many(self, messages: Sequence[str], beam: int = BEAM) -> list[list[Reply]]:
        """All replies to each message, the likeliest first; blank ones and repetitions are left out."""
        encoded = [self._encode(message, TYPE_MESSAGE).ids for message in messages]
        order = sorted(range(len(messages)), key=lambda i: len(encoded[i]))
        written: list[list[tuple[str, float, int]]] = [[] for _ in messages]
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            for i, outputs in zip(batch, self._search([encoded[i] for i in batch], beam, 0.0), strict=True):
                texts = [self.tokenizer.decode(output.ids) for output in outputs]
                written[i] = [(texts[k], outputs[k].logprob, len(outputs[k].ids)) for k in self._kept(texts)]
        asked = [message for message, own in zip(messages, written, strict=True) for _ in own]
        weighed = iter(self._weighed(asked, [each for own in written for each in own]))
        return [[next(weighed) for _ in own] for own in written]

    def _weighed(self, messages: Sequence[str], written: Sequence[tuple[str, float, int]]) -> list[Reply]:
        """Each output (text, ln p, pieces) with how likely its message is by it."""
        back, reverse = [0.0] * len(written), self._at_hand
        if reverse is not None:
            pairs = zip(_pieces(reverse, [text for text, _, _ in written]), _pieces(reverse, messages), strict=True)
            logs = logprobs(reverse.model, list(pairs), reverse.device)
            back = [float(each.sum(dtype=np.float64)) for each in logs]
        return [Reply(text, own, other, pieces) for (text, own, pieces), other in zip(written, back, strict=True)]

    def generic(self, text: str) -> Generic | None:
        """How often this reply was offered when the model was measured; None where that was not."""
        return replying.generic(self.info, text)

    def _kept(self, texts: Sequence[str]) -> list[int]:
        """The numbers of the texts that are not blank and that the model of the way back can read, each text once."""
        cut = _pieces(self._at_hand or self, texts)
        readable = [bool(text.strip()) and len(ids) <= MAX_PIECES for text, ids in zip(texts, cut, strict=True)]
        return [i for i, text in enumerate(texts) if readable[i] and text not in texts[:i]]


def _pieces(model: Translator, texts: Sequence[str]) -> list[list[int]]:
    """The pieces of utterances as `Responder._encode` reads them, of whatever length."""
    return model.tokenizer.ids([plain(text) for text in texts])
