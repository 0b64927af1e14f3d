"""One decoding step computed quantity by quantity, as the model itself computes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from engine.attention.windows import View, masked
from engine.decoding.contract import MARKS
from engine.inference.step_by_step.quantities import (
    NUMBERS,
    SOURCE,
    SOURCE_NUMBERS,
    VOCABULARY,
    Book,
    Changes,
    Stages,
)
from engine.inference.step_by_step.recurrent import scoring
from engine.inference.step_by_step.recurrent.walk import Walk
from engine.models.recurrent.seq2seq import Seq2Seq

CELL = {
    "gru": "Cho et al. 2014, section 2.3, arXiv:1406.1078",
    "lstm": "Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735",
}
ALIGNING = "Bahdanau, Cho & Bengio 2015, equation 5, arXiv:1409.0473"
ATTENTIONAL = "Luong, Pham & Manning 2015, equation 5, arXiv:1508.04025"
FEEDING = "Luong, Pham & Manning 2015, section 3.3, arXiv:1508.04025"
MIXED = "Deng et al. 2018, section 3, arXiv:1807.03756"
TOP = 10


@dataclass(frozen=True, eq=False)
class Step(Stages):
    """All quantities of one step in the order they are computed, and the likeliest pieces after it, best first.

    `left` and `right` are what a score's last inner product multiplies: with each row of `right`, one a source word,
    `left` gives a number. None where a score ends with none.
    """

    top: tuple[int, ...]
    left: Float[np.ndarray, " number"] | None
    right: Float[np.ndarray, "word number"] | None


@torch.inference_mode()
def take_apart(model: Seq2Seq, walk: Walk, place: int, changes: Changes | None = None, mistake: str = "") -> Step:
    """The step that gives piece `place` of the output, from 0, with numbers put in the place of others and one of
    `MISTAKES` made. Raises `Refused` for a change to a number that is not there."""
    book = Book(changes or {})
    _Step(model, walk, place, book, mistake).run()
    book.close()
    logits = book.quantities[-1].value.copy()
    logits[list(MARKS.banned)] = -np.inf
    top = np.argsort(-logits, kind="stable")[: min(TOP, len(logits) - len(MARKS.banned))]
    left, right = (None, None) if book.factors is None else (part.float().cpu().numpy() for part in book.factors)
    return Step(tuple(book.quantities), tuple(map(int, top)), left, right)


class _Step:
    """The computation itself: each method is one part of it, for one sentence and one step."""

    def __init__(self, model: Seq2Seq, walk: Walk, place: int, book: Book, mistake: str) -> None:
        self.model, self.walk, self.place, self.book, self.mistake = model, walk, place, book, mistake
        self.before = model.config.placement == "before"

    def run(self) -> None:
        state = [part[0] for part in self.walk.states[self.place]]
        embedded = self._embedded()
        own = self._own(state)
        keys_of = self.walk.memory.values[0]
        if self.before:
            keys = self._keys(keys_of)
            context = self._attended(own[0], keys, "s_{t-1}")
            hidden = self._moved(embedded, context, own, r"[y_{t-1}; c_t]")
            joined = torch.cat([hidden, context, embedded])
            self._output(joined, r"r_t = \tanh(W_r [s_t; c_t; y_{t-1}] + b_r)")
            return
        fed = self._fed(state[-1]) if self.model.config.feeding else None
        entering = r"[y_{t-1}; \tilde{h}_{t-1}]" if self.model.config.feeding else "y_{t-1}"
        hidden = self._moved(embedded, fed, own, entering)
        keys = self._keys(keys_of)
        if self.model.attention.selection.mixes:
            self._mixed(hidden, keys)
            return
        context = self._attended(hidden, keys, "s_t")
        attentional = torch.tanh(self.model.attentional(torch.cat([hidden, context])))
        attentional = self.book.note(
            "attentional", attentional, NUMBERS, r"\tilde{h}_t = \tanh(W_c [s_t; c_t])", ATTENTIONAL
        )
        self._output(attentional, r"r_t = \tanh(W_r \tilde{h}_t + b_r)")

    def _mixed(self, hidden: Tensor, keys: Tensor) -> None:
        """What follows from each key by itself, and the mean of the probabilities by the weights."""
        model, book = self.model, self.book
        weights = self._looked(hidden, keys, "s_t")[0]
        joined = torch.cat([hidden.expand(len(keys), -1), keys], -1)
        formula = r"\tilde{h}_{tj} = \tanh(W_c [s_t; h_j])"
        each = book.note("attentional", torch.tanh(model.attentional(joined)), SOURCE_NUMBERS, formula, ATTENTIONAL)
        formula = r"r_{tj} = \tanh(W_r \tilde{h}_{tj} + b_r)"
        read = book.note("readout", torch.tanh(model.readout(each)), SOURCE_NUMBERS, formula)
        logits = model.logits(torch.cat([read, weights.log().unsqueeze(-1)], -1).unsqueeze(0))[0]
        self._shares(logits, r"o_t = \ln \sum_j \alpha_j \, \mathrm{softmax}(E r_{tj} + b)", MIXED)

    def _embedded(self) -> Tensor:
        previous = torch.tensor([[self.walk.previous[self.place]]], device=self.walk.memory.values.device)
        return self.book.note(
            "embedded", self.model.embed(previous)[0, 0], NUMBERS, r"y_{t-1} = \sqrt{d}\, E[\text{word}_{t-1}]"
        )

    def _own(self, state: list[Tensor]) -> list[Tensor]:
        """The cell's own state: its output and, of an LSTM, its memory."""
        names = ["state_before", "memory_before"][: self.model.cell.state]
        formulas = [r"s_{t-1}", r"m_{t-1}"]
        return [
            self.book.note(name, part, NUMBERS, formula)
            for name, part, formula in zip(names, state, formulas, strict=False)
        ]

    def _fed(self, attentional: Tensor) -> Tensor:
        return self.book.note("fed", attentional, NUMBERS, r"\tilde{h}_{t-1}", FEEDING)

    def _keys(self, values: Tensor) -> Tensor:
        both = self.model.config.direction == "both"
        formula = r"h_j = [\overrightarrow{h}_j; \overleftarrow{h}_j]" if both else r"h_j = \overrightarrow{h}_j"
        paper = "Bahdanau, Cho & Bengio 2015, section 3.2, arXiv:1409.0473" if both else ""
        return self.book.note("keys", values, SOURCE_NUMBERS, formula, paper)

    def _looked(self, state: Tensor, keys: Tensor, symbol: str) -> tuple[Tensor, Tensor]:
        """Weights and scores."""
        query = self.book.note("query", state, NUMBERS, f"s = {symbol}")
        scores = scoring.scores(self.model.attention.scoring, query, keys, self.book, self.mistake)
        return self._weights(query, scores), scores

    def _attended(self, state: Tensor, keys: Tensor, symbol: str) -> Tensor:
        weights, scores = self._looked(state, keys, symbol)
        if self.mistake == "scores_weighted":
            context = (weights * scores).sum().expand(keys.shape[-1])
            return self.book.note("context", context, NUMBERS, r"c_t = \sum_j \alpha_j e_j")
        return self.book.note("context", weights @ keys, NUMBERS, r"c_t = \sum_j \alpha_j h_j", ALIGNING)

    def _weights(self, query: Tensor, scores: Tensor) -> Tensor:
        attention, book = self.model.attention, self.book
        view, window, selection = self._view(query), attention.window, attention.selection
        allowed = book.note("allowed", view.allowed[0, 0].float(), SOURCE, window.formula, window.source)
        factor = None
        if view.favour is not None:
            formula = r"w_j = e^{-\frac{(j - p_t)^2}{2 (D / 2)^2}}"
            factor = book.note("favour", view.favour[0, 0].exp(), SOURCE, formula, window.source)
        logs = scores if factor is None or attention.lessens else scores + factor.log()
        hidden = masked(logs.view(1, 1, -1), view._replace(allowed=(allowed > 0.5).view(1, 1, -1)))
        weights = self._selected(hidden)
        if factor is not None and attention.lessens:
            selected = book.note("selected", weights, SOURCE, selection.formula, selection.source)
            return book.note("weights", selected * factor, SOURCE, r"\alpha_j = \alpha'_j w_j", window.source)
        return book.note("weights", weights, SOURCE, selection.formula, selection.source)

    def _view(self, query: Tensor) -> View:
        """What may take part; around another place where its centre was changed."""
        present = self.walk.memory.present
        if self.mistake == "padding":
            present = torch.ones_like(present)
        attention, steps = self.model.attention, torch.tensor([self.place], device=query.device)
        view = attention.view(query.view(1, 1, -1), steps, present)
        if view.centre is None:
            return view
        window = attention.window
        centre = self.book.note("centre", view.centre[0], NUMBERS, window.formula, window.source)
        moved = not torch.equal(centre, view.centre[0])
        return attention.view(query.view(1, 1, -1), steps, present, centre.unsqueeze(0)) if moved else view

    def _selected(self, hidden: Float[Tensor, "1 1 source"]) -> Float[Tensor, " source"]:
        if self.mistake == "axis":
            # Over the axis of output words, of which a single step has one. A key that is shut out would give 0 / 0.
            return self.model.attention.selection(hidden.transpose(1, 2))[0, :, 0].nan_to_num(0)
        return self.model.attention.selection(hidden)[0, 0]

    def _moved(self, embedded: Tensor, late: Tensor | None, own: list[Tensor], entering: str) -> Tensor:
        """The state that the cell makes of what enters it."""
        cell, kind = self.model.cell, self.model.config.cell
        known = cell.input(embedded.unsqueeze(0))
        forgets = self.mistake == "state"
        state = tuple((torch.zeros_like(part) if forgets else part).unsqueeze(0) for part in own)
        moved = cell.stepper(known.dtype)(known, None if late is None else late.unsqueeze(0), state)
        name = rf"\mathrm{{{kind.upper()}}}"
        formula = f"s_t = {name}({entering}, {'0' if forgets else 's_{t-1}'})"
        hidden = self.book.note("state", moved[0][0], NUMBERS, formula, CELL[kind])
        if len(moved) > 1:
            self.book.note("memory", moved[1][0], NUMBERS, formula.replace("s_t =", "m_t =", 1), CELL[kind])
        return hidden

    def _output(self, joined: Tensor, formula: str) -> None:
        read = self.book.note("readout", torch.tanh(self.model.readout(joined)), NUMBERS, formula)
        self._shares(self.model.logits(read), "o_t = E r_t + b")

    def _shares(self, logits: Tensor, formula: str, paper: str = "") -> None:
        """The probabilities of all pieces of the vocabulary."""
        logits = self.book.note("logits", logits, VOCABULARY, formula, paper)
        shares = logits.float().softmax(-1)
        self.book.note("probabilities", shares, VOCABULARY, r"p_t(y) = \frac{\exp o_{t,y}}{\sum_v \exp o_{t,v}}")
