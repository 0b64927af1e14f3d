"""What the quantities that are taken apart are called, and the letters they have in formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AxisName = Literal["number", "source", "vocabulary", "word", "query", "key", "sentence", "class"]
"""What the places along an axis are: numbers of a vector, source words, pieces of the vocabulary, words of a text, its
words as queries and as keys, its sentences, or the classes that it may be of."""
Axes = tuple[AxisName, ...]


@dataclass(frozen=True)
class Term:
    """What a quantity is called, and the letter it has in formulas, with i and j for the word along its axes."""

    name: str
    label: str
    symbol: str


RECURRENT = (
    Term(name="embedded", label="Previous word, as a vector", symbol="y_{t-1}"),
    Term(name="state_before", label="Decoder state before", symbol="s_{t-1}"),
    Term(name="memory_before", label="Cell memory before", symbol="m_{t-1}"),
    Term(name="fed", label="Attentional vector of the step before", symbol=r"\tilde{h}_{t-1}"),
    Term(name="keys", label="Keys: the source words as the encoder read them", symbol="h_j"),
    Term(name="query", label="Query", symbol="s"),
    Term(name="projected_query", label="Query, projected", symbol="q"),
    Term(name="projected_keys", label="Keys, projected", symbol="k_j"),
    Term(name="products", label="Products of query and keys", symbol="z_j"),
    Term(name="first_hidden", label="First hidden layer", symbol="g_j"),
    Term(name="hidden", label="Hidden layer", symbol="g_j"),
    Term(name="scores", label="Scores", symbol="e_j"),
    Term(name="centre", label="Centre of the window", symbol="p_t"),
    Term(name="allowed", label="Mask and window: who may take part (1) and who not (0)", symbol="m_j"),
    Term(name="favour", label="Factor of the window", symbol="w_j"),
    Term(name="selected", label="Weights before the window's factor", symbol=r"\alpha'_j"),
    Term(name="weights", label="Weights", symbol=r"\alpha_j"),
    Term(name="context", label="Context", symbol="c_t"),
    Term(name="state", label="New decoder state", symbol="s_t"),
    Term(name="memory", label="New cell memory", symbol="m_t"),
    Term(name="attentional", label="Attentional vector", symbol=r"\tilde{h}_t"),
    Term(name="readout", label="Readout vector", symbol="r_t"),
    Term(name="logits", label="Scores of the output words", symbol="o_t"),
    Term(name="probabilities", label="Output probabilities", symbol="p_t(y)"),
)
SELF_ATTENTION = (
    Term(name="inputs", label="X: what the layer reads, a vector for each word", symbol="x_i"),
    Term(name="queries", label="Q: queries", symbol="q_i"),
    Term(name="head_keys", label="K: keys", symbol="k_i"),
    Term(name="head_values", label="V: values", symbol="v_i"),
    Term(name="turned_queries", label="Queries, turned by their positions", symbol="q'_i"),
    Term(name="turned_keys", label="Keys, turned by their positions", symbol="k'_i"),
    Term(name="dot_products", label="QKᵀ: products of queries and keys", symbol="z_{ij}"),
    Term(name="scaled_scores", label="Scores: the products, scaled", symbol="e_{ij}"),
    Term(name="visible", label="Mask: who may be seen (1) and who not (0)", symbol="m_{ij}"),
    Term(name="attention_weights", label="Weights: the softmax of each row", symbol=r"\alpha_{ij}"),
    Term(name="head_context", label="Context of this head", symbol="c_i"),
    Term(name="heads_joined", label="Contexts of all heads, end to end", symbol="d_i"),
    Term(name="layer_output", label="Output of the layer", symbol="o_i"),
)
HIERARCHY = (
    Term(name="word_states", label="Words, as the word encoder read them", symbol="h_{it}"),
    Term(name="word_hidden", label="Hidden layer of words", symbol="u_{it}"),
    Term(name="word_scores", label="Scores of words", symbol="e_{it}"),
    Term(name="word_allowed", label="Mask of words: word (1) or padding (0)", symbol="m_{it}"),
    Term(name="word_weights", label="Weights of words", symbol=r"\alpha_{it}"),
    Term(name="sentence_vector", label="Vector of this sentence", symbol="s_i"),
    Term(name="sentence_vectors", label="Vectors of all sentences", symbol="s_i"),
    Term(name="sentence_states", label="Sentences, as the sentence encoder read them", symbol="h_i"),
    Term(name="sentence_hidden", label="Hidden layer of sentences", symbol="u_i"),
    Term(name="sentence_scores", label="Scores of sentences", symbol="e_i"),
    Term(name="sentence_allowed", label="Mask of sentences: sentence (1) or padding (0)", symbol="m_i"),
    Term(name="sentence_weights", label="Weights of sentences", symbol=r"\alpha_i"),
    Term(name="document_vector", label="Vector of the text", symbol="v"),
    Term(name="class_scores", label="Scores of the classes", symbol="o"),
    Term(name="class_probabilities", label="Probabilities of the classes", symbol="p"),
)
TERMS: dict[str, Term] = {term.name: term for term in (*RECURRENT, *SELF_ATTENTION, *HIERARCHY)}
