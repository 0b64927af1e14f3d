"""Both levels of attention computed quantity by quantity, as the network itself computes them."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.errors import N_, Refused
from engine.inference.step_by_step.hierarchy.text import MOST_WORDS, Text
from engine.inference.step_by_step.mistakes import PADDING
from engine.inference.step_by_step.quantities import NUMBERS, Book, Changes, Note, Stages, unnoted
from engine.inference.step_by_step.softmax import softmax
from engine.inference.step_by_step.terms import Axes, AxisName
from engine.models.documents.pooling import AttentionPool


class LongSentence(Refused):
    """The sentence that is to be taken apart has too many words; others of the text may not."""


PAPER = "Yang et al. 2016, {}, doi:10.18653/v1/N16-1174"


@torch.inference_mode()
def take_apart(
    text: Text, sentence: int, changes: Changes | None = None, mistake: str = "", *, bare: bool = False, padded: int = 0
) -> Stages:
    """The words of sentence `sentence`, from 0, and then all sentences; with numbers put in the place of others and one
    of `MISTAKES` made, in all sentences alike. `bare` leaves the hidden layers of equations 5 and 8 out, of all
    sentences too. With `padded` every sentence and the text have so many places of padding. Raises `Refused` for a
    change to a number that is not there, and for a sentence that is too long.
    """
    if len(text.words[sentence]) > MOST_WORDS:
        raise LongSentence(
            N_("A sentence is taken apart for {most} words at most, and this one has {count}; choose another."),
            most=MOST_WORDS,
            count=len(text.words[sentence]),
        )
    book = Book(changes or {})
    _Levels(text, sentence, book, mistake, bare=bare, padded=padded).run()
    book.close()
    return Stages(tuple(book.quantities))


class _Levels:
    """The computation itself: each method is one part of it."""

    def __init__(self, text: Text, sentence: int, book: Book, mistake: str, *, bare: bool, padded: int) -> None:
        self.text, self.sentence, self.book, self.mistake = text, sentence, book, mistake
        self.bare, self.padded = bare, padded

    def run(self) -> None:
        text, book, pool = self.text, self.book, self.text.pools[1]
        vectors = book.note("sentence_vectors", self._vectors(), ("sentence", "number"), "s_1, s_2, \\ldots", "")
        read = torch.ones(1, len(vectors), dtype=torch.bool, device=vectors.device)
        encoded = _longer(text.network.sentences(vectors.unsqueeze(0), read)[0], self.padded)
        formula = r"h_i = [\overrightarrow{h}_i; \overleftarrow{h}_i]"
        encoded = book.note("sentence_states", encoded, ("sentence", "number"), formula, PAPER.format("section 2.2"))
        level = _Level(self, "sentence", "i", "s", (8, 9, 10), book.note)
        whole, _ = level.attended(pool, encoded, len(vectors), encoded.new_zeros(0, len(vectors)))
        self._classes(whole)

    def _vectors(self) -> Float[Tensor, "sentence size"]:
        """One of each sentence. The others are computed as the one that is shown is, only that nothing is noted."""
        text, pool = self.text, self.text.pools[0]
        scores = _scores(pool, text.states.flatten(0, 1), tanh=self.mistake != "tanh", bare=self.bare)
        table = scores.view(text.present.shape).masked_fill(~text.present, -torch.inf)
        vectors: dict[int, Tensor] = {}
        for sentence in sorted(range(len(table)), key=lambda k: k != self.sentence):
            note = self.book.note if sentence == self.sentence else unnoted
            count = len(text.words[sentence])
            states = _longer(text.states[sentence, :count], self.padded)
            formula = r"h_{it} = [\overrightarrow{h}_{it}; \overleftarrow{h}_{it}]"
            states = note("word_states", states, ("word", "number"), formula, PAPER.format("section 2.2"))
            beside = table[:0]
            if self.mistake == "axis":  # nothing else looks beside
                beside = torch.cat([table[:sentence], table[sentence + 1 :]])
            level = _Level(self, "word", "it", "w", (5, 6, 7), note)
            vectors[sentence], hidden = level.attended(pool, states, count, beside)
            # The sentence that is shown comes first: where its scores were changed, the others stand beside these.
            table[sentence, :count] = hidden[:count]
        return torch.stack([vectors[sentence] for sentence in range(len(table))])

    def _classes(self, vector: Float[Tensor, " size"]) -> None:
        logits = self.book.note("class_scores", self.text.network.output(vector), ("class",), "o = W_c v + b_c")
        formula = r"p = \mathrm{softmax}(W_c v + b_c)"
        self.book.note("class_probabilities", logits.softmax(-1), ("class",), formula, PAPER.format("equation 11"))


class _Level:
    """Attention over words, or over sentences: quantities of the `kind`, `index` as formulas have it, `letter` of the
    matrices, the paper's `equations` of hidden layer, weights and vector, and what takes a `note` of each quantity."""

    def __init__(
        self, levels: _Levels, kind: AxisName, index: str, letter: str, equations: tuple[int, int, int], note: Note
    ) -> None:
        self.levels, self.note, self.kind = levels, note, kind
        self.index, self.letter, self.equations = f"{{{index}}}", letter, equations
        self.axes: Axes = (kind,)

    def attended(
        self,
        pool: AttentionPool,
        states: Float[Tensor, "place size"],
        count: int,
        beside: Float[Tensor, "other place_of_other"],
    ) -> tuple[Float[Tensor, " size"], Float[Tensor, " place"]]:
        """The vector made of `states`, the first `count` of which are no padding, and the scores that it came of, minus
        infinity where something is hidden; `beside` are such scores of what stands beside them in the same batch."""
        i, letter = self.index, self.letter
        kind, hidden = self.kind, states
        if not self.levels.bare:
            hidden = self._hidden(pool, states)
        formula = rf"e_{i} = {'h' if self.levels.bare else 'u'}_{i}^\top u_{letter}"
        scores = self._noted("scores", hidden @ pool.query, formula, PAPER.format(f"equation {self.equations[1]}"))
        allowed = torch.arange(len(states), device=states.device) < count
        unmasked = self.levels.mistake == "padding"
        allowed = self._noted("allowed", (allowed | unmasked).float(), rf"m_{i}", "") > 0.5
        weights = self._weights(scores, allowed, beside)
        name, symbol = ("sentence_vector", "s_i") if kind == "word" else ("document_vector", "v")
        over = "t" if kind == "word" else "i"
        formula = rf"{symbol} = \sum_{over} \alpha_{i} h_{i}"
        vector = self.note(name, weights @ states, NUMBERS, formula, PAPER.format(f"equation {self.equations[2]}"))
        return vector, scores.masked_fill(~allowed, -torch.inf)

    def _hidden(self, pool: AttentionPool, states: Float[Tensor, "place size"]) -> Float[Tensor, "place hidden"]:
        i, letter, tanh = self.index, self.letter, self.levels.mistake != "tanh"
        inner = f"W_{letter} h_{i} + b_{letter}"
        formula = rf"u_{i} = \tanh({inner})" if tanh else f"u_{i} = {inner}"
        hidden = pool.turn(states) if pool.turn is not None else states
        hidden = torch.tanh(hidden) if tanh else hidden
        paper = PAPER.format(f"equation {self.equations[0]}")
        return self.note(f"{self.kind}_hidden", hidden, (self.kind, "number"), formula, paper)

    def _weights(
        self, scores: Float[Tensor, " place"], allowed: Bool[Tensor, " place"], beside: Tensor
    ) -> Float[Tensor, " place"]:
        i, mistake = self.index, self.levels.mistake
        over = "t" if self.kind == "word" else "i"
        formula = rf"\alpha_{i} = \frac{{m_{i} \exp e_{i}}}{{\sum_{over} m_{i} \exp e_{i}}}"
        paper = PAPER.format(f"equation {self.equations[1]}")
        if mistake == "mean":
            share = allowed.float() / allowed.sum().clamp(min=1)
            return self._noted("weights", share, rf"\alpha_{i} = \frac{{m_{i}}}{{\sum_{over} m_{i}}}", "")
        if mistake == "axis":
            across = torch.full((len(beside) + 1, max(len(scores), beside.shape[1])), -torch.inf, device=scores.device)
            across[0, : len(scores)] = scores.masked_fill(~allowed, -torch.inf)
            across[1:, : beside.shape[1]] = beside
            share = softmax(across, across > -torch.inf, 0)[0, : len(scores)]
            other = "i" if self.kind == "word" else r"\text{texts}"
            formula = rf"\alpha_{i} = \frac{{m_{i} \exp e_{i}}}{{\sum_{{{other}}} m_{i} \exp e_{i}}}"
            return self._noted("weights", share, formula, "")
        return self._noted("weights", softmax(scores, allowed), formula, paper)

    def _noted(self, what: str, value: Tensor, formula: str, paper: str) -> Tensor:
        return self.note(f"{self.kind}_{what}", value, self.axes, formula, paper)


def _scores(pool: AttentionPool, states: Float[Tensor, "place size"], *, tanh: bool, bare: bool) -> Tensor:
    if bare or pool.turn is None:
        return states @ pool.query
    hidden = pool.turn(states)
    return (torch.tanh(hidden) if tanh else hidden) @ pool.query


def _longer(states: Float[Tensor, "place size"], padding: int) -> Float[Tensor, "longer size"]:
    return torch.nn.functional.pad(states, (0, 0, 0, padding))


def padding_of(mistake: str) -> int:
    """How many places of padding both levels are to have."""
    return PADDING if mistake == "padding" else 0
