"""Sequence to sequence with attention, before the decoder's cell (Bahdanau 2015) or after it (Luong 2015)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from engine.attention import Mechanism
from engine.models.recurrent.cells import CELLS, State
from engine.models.recurrent.dropout import Dropout
from engine.models.recurrent.encoder import Direction, Encoder
from engine.models.recurrent.shared_matrix import SharedMatrix
from engine.models.recurrent.source_order import SourceOrder

Placement = Literal["before", "after"]
Design = Literal["decoder1", "decoder2", "decoder3", "decoder4"]
"""Which of the decoders that `decoders.DECODERS` describes; decoder4 is the one with attention."""
MAX_ENCODER_LAYERS = 8


@dataclass(frozen=True)
class Seq2SeqConfig:
    """Sizes and choices. `feeding` (Luong 2015, section 3.3) goes with placement "after".

    `source_order` goes with designs that have no attention: of what a mechanism looks at, each place is a word's own.
    These take the last state of a forward encoder (Cho et al. 2014, Sutskever et al. 2014); read backwards, the first
    word would be the freshest, which is what "reversed" is there to show.
    """

    vocabulary: int
    embedding: int = 256
    encoder: int = 256
    decoder: int = 512
    attention: int = 256
    cell: Literal["gru", "lstm"] = "gru"
    score: str = "additive"
    window: str = "global"
    selection: str = "soft"
    placement: Placement = "before"
    feeding: bool = False
    dropout: float = 0.1
    design: Design = "decoder4"
    direction: Direction = "both"
    encoder_layers: int = 1
    source_order: SourceOrder = "as_is"
    model_type: Literal["alignscope-seq2seq"] = "alignscope-seq2seq"

    def __post_init__(self) -> None:
        if self.feeding and self.placement == "before":
            raise ValueError("input feeding goes with attention after the cell; before it the context enters anyway")
        if self.design != "decoder4" and self.direction == "both":
            raise ValueError(
                "decoders without attention go with direction = forward, whose last state sums all words up"
            )
        if self.encoder_layers > MAX_ENCODER_LAYERS:
            raise ValueError(f"an encoder has at most {MAX_ENCODER_LAYERS} layers")
        if self.source_order != "as_is" and self.design == "decoder4":
            raise ValueError("attention reads the words as they stand; another source_order goes with decoders 1 to 3")


class Memory(NamedTuple):
    """What the encoder leaves for the decoder."""

    values: Float[Tensor, "batch source key_size"]
    projected: Float[Tensor, "batch source _"]
    present: Bool[Tensor, "batch source"]
    start: Float[Tensor, "batch decoder"]


class Decoded(NamedTuple):
    """`read` is what `Seq2Seq.logits` turns into the vocabulary; `weights` and `scores` as in a trace."""

    read: Float[Tensor, "batch target embedding"]
    weights: Float[Tensor, "batch target source"]
    scores: Float[Tensor, "batch target source"]
    state: State


class EncoderDecoder(nn.Module):
    """What translators with and without attention have in common: one embedding serves the source, the target and the
    output."""

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.embedding)
        nn.init.normal_(self.embedding.weight, std=config.embedding**-0.5)
        self.encoder = Encoder(
            config.cell, config.embedding, config.encoder, config.decoder, config.direction, config.encoder_layers
        )
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.dropout = Dropout(config.dropout)

    def embed(self, ids: Int[Tensor, "batch position"]) -> Float[Tensor, "batch position embedding"]:
        embedded: Tensor = self.dropout(self.embedding(ids) * float(self.config.embedding**0.5))
        return embedded

    def logits(self, read: Float[Tensor, "*any embedding"]) -> Float[Tensor, "*any vocabulary"]:
        """Before the softmax over the vocabulary."""
        return nn.functional.linear(read, self.embedding.weight, self.bias)


class Seq2Seq(EncoderDecoder):
    """Encoder, attention, decoder."""

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__(config)
        keys = config.encoder * (2 if config.direction == "both" else 1)
        before = config.placement == "before"
        late = keys if before else config.decoder * config.feeding
        self.cell = CELLS[config.cell](config.embedding, late, config.decoder)
        if before:
            self.readout = nn.Linear(config.decoder + keys + config.embedding, config.embedding)
        else:
            # Luong's attentional vector has the decoder's size; a last layer brings it to the tied embedding's.
            self.attentional = nn.Linear(config.decoder + keys, config.decoder, bias=False)
            self.readout = nn.Linear(config.decoder, config.embedding)
        # Built last: models that differ in attention alone then start from the very same other weights.
        self.attention = Mechanism(
            config.decoder,
            keys,
            config.attention,
            score=config.score,
            window=config.window,
            selection=config.selection,
        )

    def encode(self, source: Int[Tensor, "batch source"], present: Bool[Tensor, "batch source"]) -> Memory:
        values, start = self.encoder(self.embed(source), present)
        return Memory(values, self.attention.project(values), present, start)

    def begin(self, memory: Memory) -> State:
        """The decoder's state before the first word."""
        zeros = torch.zeros_like(memory.start)
        state = (memory.start, zeros) if self.cell.state == 2 else (memory.start,)
        return (*state, zeros) if self.config.feeding else state

    def decode(self, memory: Memory, state: State, previous: Int[Tensor, "batch target"], first: int = 0) -> Decoded:
        """The words after `previous`, for one step or a whole target; `first` numbers its first step."""
        embedded = self.embed(previous)
        steps = torch.arange(first, first + previous.shape[1], device=previous.device)
        if self.config.placement == "before":
            return self._attend_before(memory, state, embedded, steps)
        return self._attend_after(memory, state, embedded, steps)

    def forward(
        self,
        source: Int[Tensor, "batch source"],
        present: Bool[Tensor, "batch source"],
        previous: Int[Tensor, "batch target"],
    ) -> Decoded:
        memory = self.encode(source, present)
        return self.decode(memory, self.begin(memory), previous)

    def _attend_before(self, memory: Memory, state: State, embedded: Tensor, steps: Tensor) -> Decoded:
        """Bahdanau 2015, appendix A.2: the query is s_{t-1} and the context enters the cell."""
        known = self.cell.input(embedded)
        step = self.cell.stepper(known.dtype)
        outputs, contexts, weights, scores = [], [], [], []
        for t, given in enumerate(known.unbind(1)):
            seen = self.attention(
                state[0].unsqueeze(1), memory.values, memory.projected, memory.present, steps[t : t + 1]
            )
            context = seen.context.squeeze(1)
            state = step(given, context, state)
            outputs.append(state[0])
            contexts.append(context)
            weights.append(seen.weights)
            scores.append(seen.scores)
        joined = torch.cat([torch.stack(outputs, 1), torch.stack(contexts, 1), embedded], -1)
        read = self.dropout(torch.tanh(self.readout(joined)))
        return Decoded(read, torch.cat(weights, 1), torch.cat(scores, 1), state)

    def _attend_after(self, memory: Memory, state: State, embedded: Tensor, steps: Tensor) -> Decoded:
        """Luong 2015, section 3: the query is s_t; equation 5 joins it with the context."""
        known = self.cell.input(embedded)
        if self.config.feeding:
            return self._attend_fed(memory, state, known, steps)
        step, outputs = self.cell.stepper(known.dtype), []
        for given in known.unbind(1):
            state = step(given, None, state)
            outputs.append(state[0])
        query = torch.stack(outputs, 1)
        seen = self.attention(query, memory.values, memory.projected, memory.present, steps)
        attentional = torch.tanh(self.attentional(torch.cat([query, seen.context], -1)))
        return Decoded(self._read(attentional), seen.weights, seen.scores, state)

    def _attend_fed(self, memory: Memory, state: State, known: Tensor, steps: Tensor) -> Decoded:
        own, fed = state[:-1], state[-1]
        step = self.cell.stepper(known.dtype)
        joins = SharedMatrix(self.attentional.weight.T, known.dtype)
        attentionals, weights, scores = [], [], []
        for t, given in enumerate(known.unbind(1)):
            own = step(given, fed, own)
            query = own[0].unsqueeze(1)
            seen = self.attention(query, memory.values, memory.projected, memory.present, steps[t : t + 1])
            fed = torch.tanh(joins.after(None, torch.cat([own[0], seen.context.squeeze(1)], -1)))
            attentionals.append(fed)
            weights.append(seen.weights)
            scores.append(seen.scores)
        read = self._read(torch.stack(attentionals, 1))
        return Decoded(read, torch.cat(weights, 1), torch.cat(scores, 1), (*own, fed))

    def _read(self, attentional: Tensor) -> Tensor:
        return self.dropout(torch.tanh(self.readout(self.dropout(attentional))))
