"""The four decoders as they are taught, and those of them that have no attention.

All that these know of a sentence is one vector of fixed size, the encoder's summary c.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from engine.attention import SELECTIONS
from engine.models.recurrent.cells import CELLS, State
from engine.models.recurrent.mixture import MixtureSeq2Seq
from engine.models.recurrent.part import Part
from engine.models.recurrent.seq2seq import EncoderDecoder, Seq2Seq, Seq2SeqConfig
from engine.models.recurrent.source_order import ordered
from engine.text.tokenizer import START_ID
from engine.traces import Rows

DECODERS: dict[str, Part] = {
    decoder.name: decoder
    for decoder in (
        Part(
            name="decoder1",
            label="summary alone",
            meaning="The encoder's summary c is the decoder's first state, and nothing enters after that: the decoder "
            "does not even know which word it wrote last.",
            formula=r"h_0 = c, \quad h_t = f(h_{t-1}), \quad p_t = g(h_t)",
            source="Sutskever, Vinyals & Le 2014, section 2, arXiv:1409.3215, without feeding back the last word",
        ),
        Part(
            name="decoder2",
            label="last word fed back",
            meaning="The summary c is the first state, and each word that was written enters the next step.",
            formula=r"h_0 = c, \quad h_t = f(h_{t-1}, y_{t-1}), \quad p_t = g(h_t)",
            source="Sutskever, Vinyals & Le 2014, section 2, arXiv:1409.3215",
        ),
        Part(
            name="decoder3",
            label="summary at every step",
            meaning="The summary c enters the cell and the output layer at every step, beside the word that was "
            "written last.",
            formula=r"h_0 = \tanh(V' c), \quad h_t = f(h_{t-1}, y_{t-1}, c), \quad p_t = g(h_t, y_{t-1}, c)",
            source="Cho et al. 2014, section 2.2 and appendix A.1, arXiv:1406.1078",
        ),
        Part(
            name="decoder4",
            label="attention",
            meaning="In place of one summary, each step gets its own mean of all the source words' states.",
            formula=r"c_t = \sum_j \alpha_{tj} h_j",
            source="Bahdanau, Cho & Bengio 2015, section 3.1, arXiv:1409.0473",
        ),
    )
}


class Summary(NamedTuple):
    """All that an encoder leaves for a decoder without attention."""

    vector: Float[Tensor, "batch decoder"]


class Decoded(NamedTuple):
    """`read` is what `logits` turns into the vocabulary. There are no weights and no scores: nothing was looked at."""

    read: Float[Tensor, "batch target embedding"]
    state: State
    weights: None = None
    scores: None = None
    rows: Rows = "sum_to_one"
    centre: None = None
    width: None = None
    nowhere: bool = False


class WithoutAttention(EncoderDecoder):
    """Decoders 1 to 3: the source is known by its summary alone.

    Where Cho et al. 2014 have a layer of maxout before the vocabulary, g is one of tanh, as in all our translators.
    """

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__(config)
        summary = config.decoder * (config.design == "decoder3")
        self.cell = CELLS[config.cell](config.embedding + summary, 0, config.decoder)
        outputs = config.decoder + (summary + config.embedding if summary else 0)
        self.readout = nn.Linear(outputs, config.embedding)
        self.initial = nn.Linear(config.decoder, config.decoder, bias=False) if summary else None

    def encode(self, source: Int[Tensor, "batch source"], present: Bool[Tensor, "batch source"]) -> Summary:
        read = ordered(source, present, self.config.source_order)
        _, vector = self.encoder(self.embed(read.ids), read.present)
        return Summary(vector)

    def begin(self, memory: Summary) -> State:
        """The decoder's state before the first word."""
        first = memory.vector if self.initial is None else torch.tanh(self.initial(memory.vector))
        return (first, torch.zeros_like(first)) if self.cell.state == 2 else (first,)

    def decode(self, memory: Summary, state: State, previous: Int[Tensor, "batch target"], first: int = 0) -> Decoded:
        """The words after `previous`, for one step or a whole target."""
        if self.config.design == "decoder1":  # the same at every step, whatever was written
            previous = torch.full_like(previous, START_ID)
        entering = self.embed(previous)
        if self.initial is not None:
            entering = torch.cat([entering, memory.vector.unsqueeze(1).expand(-1, previous.shape[1], -1)], -1)
        hidden, state = self._states(state, self.cell.input(entering))
        joined = hidden if self.initial is None else torch.cat([hidden, entering], -1)
        return Decoded(self.dropout(torch.tanh(self.readout(self.dropout(joined)))), state)

    def forward(
        self,
        source: Int[Tensor, "batch source"],
        present: Bool[Tensor, "batch source"],
        previous: Int[Tensor, "batch target"],
    ) -> Decoded:
        memory = self.encode(source, present)
        return self.decode(memory, self.begin(memory), previous)


def build(config: Seq2SeqConfig) -> Seq2Seq | WithoutAttention:
    """The network of a configuration, with attention or without."""
    if config.design != "decoder4":
        return WithoutAttention(config)
    selection = SELECTIONS.get(config.selection)
    return MixtureSeq2Seq(config) if selection is not None and selection.mixes else Seq2Seq(config)
