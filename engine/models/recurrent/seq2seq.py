"""Sequence to sequence with attention, before the decoder's cell (Bahdanau 2015) or after it (Luong 2015)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from engine.attention import SELECTIONS, Attended, Mechanism
from engine.attention.imposed import Imposed
from engine.attention.windows import WIDTH
from engine.errors import N_, Contradiction
from engine.models.recurrent.cells import CELLS, Cell, State
from engine.models.recurrent.dropout import Dropout
from engine.models.recurrent.encoder import Direction, Encoder
from engine.models.recurrent.shared_matrix import SharedMatrix
from engine.models.recurrent.source_order import SourceOrder
from engine.traces import Rows

Placement = Literal["before", "after"]
Design = Literal["decoder1", "decoder2", "decoder3", "decoder4"]
"""Which of the decoders that `decoders.DECODERS` describes; decoder4 is the one with attention."""
MAX_ENCODER_LAYERS = 8


@dataclass(frozen=True)
class Seq2SeqConfig:
    """Sizes and choices. `feeding` (Luong 2015, section 3.3) goes with placement "after".

    `window_width` is how far a window reaches to either side of its centre, in pieces; a global one has no need of it.
    With `null_key` a word may look nowhere: there is one key more than the source has pieces.

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
    window_width: int = WIDTH
    null_key: bool = False
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
            raise Contradiction(
                N_("Decoders without attention go with direction = forward, whose last state sums all words up.")
            )
        if self.encoder_layers > MAX_ENCODER_LAYERS:
            raise Contradiction(
                N_("encoder_layers must be at most {most}, got {count}."),
                most=MAX_ENCODER_LAYERS,
                count=self.encoder_layers,
            )
        if self.source_order != "as_is" and self.design == "decoder4":
            raise Contradiction(
                N_(
                    "Attention reads the words as they stand: source_order = {order} goes with design = decoder1, "
                    "decoder2 or decoder3."
                ),
                order=self.source_order,
            )
        selection = SELECTIONS.get(self.selection)
        if selection is not None and selection.mixes and (self.feeding or self.placement == "before"):
            raise Contradiction(
                N_(
                    "With selection = {selection} the output is worked out for each word apart, so nothing of it may "
                    "enter the next step: choose placement = after and feeding = false."
                ),
                selection=self.selection,
            )


class Memory(NamedTuple):
    """What the encoder leaves for the decoder."""

    values: Float[Tensor, "batch source key_size"]
    projected: Float[Tensor, "batch source _"]
    present: Bool[Tensor, "batch source"]
    start: Float[Tensor, "batch decoder"]


class Decoded(NamedTuple):
    """`read` is what `logits` turns into the vocabulary, `shares` those that keys were drawn by; the rest, but for the
    state, as in a trace."""

    read: Float[Tensor, "batch target *embedding"]
    weights: Float[Tensor, "batch target source"]
    scores: Float[Tensor, "batch target source"]
    state: State
    rows: Rows = "sum_to_one"
    centre: Float[Tensor, "batch target"] | None = None
    width: Float[Tensor, "batch target"] | None = None
    nowhere: bool = False
    shares: Float[Tensor, "batch target source"] | None = None

    @classmethod
    def of(cls, read: Tensor, attended: Attended, state: State) -> Decoded:
        window = attended.rows, attended.centre, attended.width
        return cls(read, attended.weights, attended.scores, state, *window, attended.nowhere, attended.shares)


class EncoderDecoder(nn.Module):
    """What translators with and without attention have in common: one embedding serves the source, the target and the
    output."""

    cell: Cell

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

    def _states(self, state: State, known: Tensor) -> tuple[Float[Tensor, "batch target decoder"], State]:
        """The cell's outputs at all steps, where nothing that was looked at enters it, and its last state."""
        step, outputs = self.cell.stepper(known.dtype), []
        for now in known.unbind(1):
            state = step(now, None, state)
            outputs.append(state[0])
        return torch.stack(outputs, 1), state


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
            window_width=config.window_width,
            null_key=config.null_key,
        )

    def encode(self, source: Int[Tensor, "batch source"], present: Bool[Tensor, "batch source"]) -> Memory:
        values, start = self.encoder(self.embed(source), present)
        values, present = self.attention.extended(values, present)
        return Memory(values, self.attention.project(values), present, start)

    def begin(self, memory: Memory) -> State:
        """The decoder's state before the first word."""
        zeros = torch.zeros_like(memory.start)
        state = (memory.start, zeros) if self.cell.state == 2 else (memory.start,)
        return (*state, zeros) if self.config.feeding else state

    @property
    def imposable(self) -> bool:
        """Whether weights can be imposed: not where they say how likely each key is the one."""
        return not self.attention.selection.mixes

    @property
    def keys_more(self) -> int:
        """How many keys there are beyond the positions of a source."""
        return int(self.attention.nowhere is not None)

    def decode(
        self,
        memory: Memory,
        state: State,
        previous: Int[Tensor, "batch target"],
        first: int = 0,
        imposed: Imposed | None = None,
    ) -> Decoded:
        """The words after `previous`, for one step or a whole target; `first` numbers its first step. Weights may be
        `imposed`, and all that follows is worked out from them."""
        embedded = self.embed(previous)
        steps = torch.arange(first, first + previous.shape[1], device=previous.device)
        attend = self._attend_before if self.config.placement == "before" else self._attend_after
        return attend(memory, state, embedded, steps, imposed)

    def forward(
        self,
        source: Int[Tensor, "batch source"],
        present: Bool[Tensor, "batch source"],
        previous: Int[Tensor, "batch target"],
    ) -> Decoded:
        memory = self.encode(source, present)
        return self.decode(memory, self.begin(memory), previous)

    def _attend_before(
        self, memory: Memory, state: State, embedded: Tensor, steps: Tensor, imposed: Imposed | None
    ) -> Decoded:
        """Bahdanau 2015, appendix A.2: the query is s_{t-1} and the context enters the cell."""
        known = self.cell.input(embedded)
        step = self.cell.stepper(known.dtype)
        outputs, looks = [], []
        for t, entering in enumerate(known.unbind(1)):
            query, at = state[0].unsqueeze(1), steps[t : t + 1]
            attended = self.attention(query, memory.values, memory.projected, memory.present, at, imposed)
            state = step(entering, attended.context.squeeze(1), state)
            outputs.append(state[0])
            looks.append(attended)
        looked = Attended.joined(looks)
        joined = torch.cat([torch.stack(outputs, 1), looked.context, embedded], -1)
        return Decoded.of(self.dropout(torch.tanh(self.readout(joined))), looked, state)

    def _attend_after(
        self, memory: Memory, state: State, embedded: Tensor, steps: Tensor, imposed: Imposed | None
    ) -> Decoded:
        """Luong 2015, section 3: the query is s_t; equation 5 joins it with the context."""
        known = self.cell.input(embedded)
        if self.config.feeding:
            return self._attend_fed(memory, state, known, steps, imposed)
        query, state = self._states(state, known)
        attended = self.attention(query, memory.values, memory.projected, memory.present, steps, imposed)
        attentional = torch.tanh(self.attentional(torch.cat([query, attended.context], -1)))
        return Decoded.of(self._read(attentional), attended, state)

    def _attend_fed(
        self, memory: Memory, state: State, known: Tensor, steps: Tensor, imposed: Imposed | None
    ) -> Decoded:
        own, fed = state[:-1], state[-1]
        step = self.cell.stepper(known.dtype)
        joins = SharedMatrix(self.attentional.weight.T, known.dtype)
        attentionals, looks = [], []
        for t, entering in enumerate(known.unbind(1)):
            own = step(entering, fed, own)
            query, at = own[0].unsqueeze(1), steps[t : t + 1]
            attended = self.attention(query, memory.values, memory.projected, memory.present, at, imposed)
            fed = torch.tanh(joins.after(None, torch.cat([own[0], attended.context.squeeze(1)], -1)))
            attentionals.append(fed)
            looks.append(attended)
        return Decoded.of(self._read(torch.stack(attentionals, 1)), Attended.joined(looks), (*own, fed))

    def _read(self, attentional: Tensor) -> Tensor:
        return self.dropout(torch.tanh(self.readout(self.dropout(attentional))))
