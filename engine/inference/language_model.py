"""A model that continues text, with its pieces: text in, the probability of each piece out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int

from engine.models.transformer.encoder import BeforeOutput
from engine.store.catalogue import ModelInfo
from engine.text.bytepieces import END_ID, BytePieces, plain
from engine.text.padding import padded

AT_ONCE = 16
"""Windows that are read together; their logits are what fills the memory."""

Texts = Sequence[Int[np.ndarray, " _"]]


class _Window(NamedTuple):
    """`ids` of one text from its piece `start` on; the first `known` guesses were made in the window before."""

    text: int
    start: int
    ids: list[int]
    known: int


class LanguageModel:
    """Safe to share between threads: nothing of a call stays on it or on the model."""

    def __init__(self, info: ModelInfo, network: BeforeOutput, words: BytePieces) -> None:
        self.info = info
        self.network = network
        self.words = words
        self.limit = int(network.net.config.max_position_embeddings)
        self.device: torch.device = next(network.parameters()).device

    @property
    def name(self) -> str:
        return self.info.name

    def ids(self, texts: Sequence[str]) -> list[Int[np.ndarray, " _"]]:
        """Each text in pieces, as it was learnt: line feeds for `<br />`."""
        return [np.array(pieces, dtype=np.int64) for pieces in self.words.ids([plain(text) for text in texts])]

    @torch.inference_mode()
    def logprobs(self, texts: Texts) -> list[Float[np.ndarray, " _"]]:
        """ln p of each piece of each text given those before it, and of its end, in nats.

        A text longer than the model looks back is read in windows that overlap by half: but for those at its
        beginning, every piece is guessed from half a window before it at least.
        """
        logprobs = [np.full(len(text) + 1, np.nan) for text in texts]
        windows = sorted(self._windows(texts), key=lambda window: len(window.ids))
        for first in range(0, len(windows), AT_ONCE):
            chosen = windows[first : first + AT_ONCE]
            ids = padded([window.ids for window in chosen], self.device).ids
            read = self.network.last(self.network(ids[:, :-1]))
            logits = torch.nn.functional.linear(read, self.network.weight, self.network.bias)
            logs = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0].double().cpu().numpy()
            for window, row in zip(chosen, logs, strict=True):
                logprobs[window.text][window.start + window.known : window.start + len(window.ids) - 1] = row[
                    window.known : len(window.ids) - 1
                ]
        return logprobs

    def _windows(self, texts: Texts) -> list[_Window]:
        step = self.limit // 2
        made = []
        for number, text in enumerate(texts):
            row = [END_ID, *text.tolist(), END_ID]
            for start in range(0, max(1, len(row) - 1 - self.limit + step), step):
                ids = row[start : start + self.limit + 1]
                made.append(_Window(number, start, ids, self.limit - step if start else 0))
        return made
