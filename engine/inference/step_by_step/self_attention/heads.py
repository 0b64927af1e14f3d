"""A self-attention layer computed quantity by quantity for one of its heads, as the model itself computes it."""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.errors import Refused
from engine.inference.step_by_step.quantities import Book, Changes, Note, Stages, unnoted
from engine.inference.step_by_step.self_attention.layer import Layer
from engine.inference.step_by_step.softmax import softmax
from engine.inference.step_by_step.terms import Axes

WORDS: Axes = ("word", "number")
PAIRS: Axes = ("query", "key")
ATTENTION = "Vaswani et al. 2017, equation 1, arXiv:1706.03762"
SECTION = "Vaswani et al. 2017, section 3.2.2, arXiv:1706.03762"
MASKING = "Vaswani et al. 2017, section 3.2.3, arXiv:1706.03762"
TURNING = "Su et al. 2021, section 3.2.2, arXiv:2104.09864"


@torch.inference_mode()
def take_apart(layer: Layer, head: int, changes: Changes | None = None, mistake: str = "") -> Stages:
    """The layer by way of head `head`, from 0, with numbers put in the place of others and one of `MISTAKES` made.
    Raises `Refused` for a change to a number that is not there, and for a head that is not."""
    if not 0 <= head < layer.heads:
        raise Refused("There is no head {head}; this layer has {heads}.", head=head + 1, heads=layer.heads)
    book = Book(changes or {})
    _Layer(layer, head, book, mistake).run()
    book.close()
    return Stages(tuple(book.quantities))


class _Layer:
    """The computation itself: each method is one part of it."""

    def __init__(self, layer: Layer, head: int, book: Book, mistake: str) -> None:
        self.layer, self.head, self.book, self.mistake = layer, head, book, mistake

    def run(self) -> None:
        layer, book, number = self.layer, self.book, self.head + 1
        formula = r"X = \mathrm{LayerNorm}(X')" if layer.normalised else "X"
        inputs = book.note("inputs", layer.inputs, WORDS, formula)
        if self.mistake == "heads":
            context = self._attended(inputs, slice(None), book.note, "")
            joined = book.note("heads_joined", context, WORDS, "D = C")
        else:
            contexts = []
            for head in range(layer.heads):
                columns = slice(head * layer.size, (head + 1) * layer.size)
                note = book.note if head == self.head else unnoted
                contexts.append(self._attended(inputs, columns, note, f"^{{({number})}}"))
            joined = book.note("heads_joined", torch.cat(contexts, -1), WORDS, _joined(layer.heads), SECTION)
        if self.mistake == "output":
            book.note("layer_output", joined, WORDS, "O = D")
            return
        output = layer.output.some(joined, slice(None))
        book.note("layer_output", output, WORDS, "O = D W^O" + _plus(layer.output.bias, "O"), SECTION)

    def _attended(
        self, inputs: Float[Tensor, "word size"], columns: slice, note: Note, mark: str
    ) -> Float[Tensor, "word part"]:
        """What one head reads; `mark` is its number in formulas."""
        queries, keys, values = self._projected(inputs, columns, note, mark)
        products = note("dot_products", queries @ keys.T, PAIRS, r"z_{ij} = q_i^\top k_j", "")
        scores = self._scaled(products, queries.shape[1], note)
        weights = self._weights(scores, self._allowed(note), note)
        if self.mistake == "scores_weighted":
            mean = (weights * scores).sum(1, keepdim=True).expand(-1, values.shape[1])
            return note("head_context", mean, WORDS, r"c_i = \sum_j \alpha_{ij} e_{ij}", "")
        return note("head_context", weights @ values, WORDS, r"c_i = \sum_j \alpha_{ij} v_j", ATTENTION)

    def _projected(
        self, inputs: Float[Tensor, "word size"], columns: slice, note: Note, mark: str
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, the first two turned by their positions where the model does so."""
        layer = self.layer
        parts = []
        for name, letter, linear in (
            ("queries", "Q", layer.query),
            ("head_keys", "K", layer.key),
            ("head_values", "V", layer.value),
        ):
            formula = _projection(letter, mark) + _plus(linear.bias, letter)
            parts.append(note(name, linear.some(inputs, columns), WORDS, formula, SECTION))
        queries, keys, values = parts
        if layer.turn is None:
            return queries, keys, values
        queries = note("turned_queries", _turned(queries, *layer.turn), WORDS, r"q'_i = R_i q_i", TURNING)
        keys = note("turned_keys", _turned(keys, *layer.turn), WORDS, r"k'_i = R_i k_i", TURNING)
        return queries, keys, values

    def _scaled(self, products: Float[Tensor, "word word"], size: int, note: Note) -> Float[Tensor, "word word"]:
        layer, by_size = self.layer, self.layer.by_size and self.mistake != "scaling"
        under = [*([str(layer.divisor)] if layer.divisor != 1 else []), *([r"\sqrt{d_k}"] if by_size else [])]
        if not under:
            return note("scaled_scores", products, PAIRS, r"e_{ij} = z_{ij}", "")
        formula = r"e_{ij} = \frac{z_{ij}}{" + r" \, ".join(under) + "}" + (rf", \quad d_k = {size}" if by_size else "")
        divided = products / (layer.divisor * (math.sqrt(size) if by_size else 1))
        return note("scaled_scores", divided, PAIRS, formula, ATTENTION if under == [r"\sqrt{d_k}"] else "")

    def _allowed(self, note: Note) -> Bool[Tensor, "word word"]:
        layer = self.layer
        allowed, formula = layer.allowed, r"m_{ij} = 1"
        if self.mistake in ("padding", "causal"):
            allowed = torch.ones_like(allowed)
        elif layer.causal:
            formula = r"m_{ij} = \begin{cases} 1 & j \le i \\ 0 & j > i \end{cases}"
        elif not bool(layer.present.all()):
            formula = r"m_{ij} = \begin{cases} 1 & j \text{ is a word} \\ 0 & j \text{ is padding} \end{cases}"
        return note("visible", allowed.float(), PAIRS, formula, MASKING if layer.causal else "") > 0.5

    def _weights(
        self, scores: Float[Tensor, "word word"], allowed: Bool[Tensor, "word word"], note: Note
    ) -> Float[Tensor, "word word"]:
        if self.mistake == "axis":
            formula = r"\alpha_{ij} = \frac{m_{ij} \exp e_{ij}}{\sum_k m_{kj} \exp e_{kj}}"
            return note("attention_weights", softmax(scores, allowed, 0), PAIRS, formula, "")
        formula = r"\alpha_{ij} = \frac{m_{ij} \exp e_{ij}}{\sum_k m_{ik} \exp e_{ik}}"
        return note("attention_weights", softmax(scores, allowed), PAIRS, formula, ATTENTION)


def _joined(heads: int) -> str:
    """[C(1); C(2)], of more than three with dots between."""
    numbers = [str(k) for k in range(1, heads + 1)] if heads <= 3 else ["1", "", str(heads)]
    return "D = [" + "; ".join(f"C^{{({number})}}" if number else r"\ldots" for number in numbers) + "]"


def _projection(letter: str, mark: str) -> str:
    """Q = X W^Q, of one head by its number."""
    number = mark.removeprefix("^{").removesuffix("}")
    return f"{letter}{mark} = X W^{{{letter}{number}}}"


def _plus(bias: Tensor | None, letter: str) -> str:
    return "" if bias is None else f" + b^{letter}"


def _turned(
    vectors: Float[Tensor, "word part"], cos: Float[Tensor, "word part"], sin: Float[Tensor, "word part"]
) -> Float[Tensor, "word part"]:
    """Each pair of numbers, k and k + d / 2, turned by an angle that grows with the position. Of heads that were not
    split, each by itself."""
    parts = vectors.view(len(vectors), -1, cos.shape[1])
    half = cos.shape[1] // 2
    across = torch.cat([-parts[..., half:], parts[..., :half]], -1)
    return (parts * cos.unsqueeze(1) + across * sin.unsqueeze(1)).flatten(1)
