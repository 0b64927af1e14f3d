"""Scoring functions: a query and keys in, raw scores out. Mask, window and normalisation live elsewhere.

Every function is built from sizes alone and works in two steps, so that what depends on the sentence alone is
computed once: `project(keys)`, then `score(query, projected)` for one target position or for all at once.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

Keys = Float[Tensor, "batch source key_size"]
Queries = Float[Tensor, "batch target query_size"]
Scores = Float[Tensor, "batch target source"]


class Score(nn.Module):
    """Shared shape of all scoring functions. Page, docs, catalogues and tests read what each says of itself.

    `label` and `meaning` are for visitors and translated where they are shown; `meaning` speaks of the decoder's state
    (the query) and of the words (the keys).
    """

    name: str
    label: str
    meaning: str
    formula: str
    source: str
    reads_keys = True
    """Whether it goes by what stands at a place, and not by the place alone."""

    def project(self, keys: Keys) -> Float[Tensor, "batch source _"]:
        """What of the keys every query needs; computed once per sentence."""
        return keys

    def score(self, query: Queries, projected: Float[Tensor, "batch source _"]) -> Scores:
        raise NotImplementedError(f"{type(self).__name__} must say how it scores")


def _same_sizes(name: str, query_size: int, key_size: int) -> None:
    if query_size != key_size:
        raise ValueError(f"{name} needs equal sizes, got query {query_size} and key {key_size}; use 'general'")


def _weight(*shape: int) -> nn.Parameter:
    """Uniform within 1/√(last size): joined and separate matrices of one hidden layer then start alike."""
    bound = 1 / math.sqrt(shape[-1])
    return nn.Parameter(torch.empty(*shape).uniform_(-bound, bound))


def _hidden(hidden_size: int, input_size: int) -> nn.Parameter:
    """A hidden layer's matrix, its bound from the hidden size, which `additive` and `concat` share."""
    bound = 1 / math.sqrt(hidden_size)
    return nn.Parameter(torch.empty(hidden_size, input_size).uniform_(-bound, bound))


class Dot(Score):
    """How far query and key point the same way, times their lengths."""

    name = "dot"
    label = "dot"
    meaning = (
        "Dot product of the decoder state s and the word's encoding h_j: large when both point the same "
        "way and are long."
    )
    formula = r"s^\top h_j"
    source = "Luong, Pham & Manning 2015, equation 8, arXiv:1508.04025"

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()
        _same_sizes(self.name, query_size, key_size)

    def score(self, query: Queries, projected: Float[Tensor, "batch source query_size"]) -> Scores:
        return query @ projected.transpose(1, 2)


class ScaledDot(Dot):
    """The dot product divided by √size, so that its spread does not grow with the size."""

    name = "scaled_dot"
    label = "scaled dot"
    meaning = "Dot product divided by √d, so that it does not grow with the dimension d."
    formula = r"\frac{s^\top h_j}{\sqrt{d}}"
    source = "Vaswani et al. 2017, equation 1, arXiv:1706.03762"

    def score(self, query: Queries, projected: Float[Tensor, "batch source query_size"]) -> Scores:
        return super().score(query / math.sqrt(query.shape[-1]), projected)


class General(Score):
    """A dot product after the key has been turned by a learnt matrix."""

    name = "general"
    label = "general"
    meaning = "Dot product after a learned linear map W (bilinear)."
    formula = r"s^\top W h_j"
    source = "Luong, Pham & Manning 2015, equation 8, arXiv:1508.04025"

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()
        self.W = _weight(query_size, key_size)

    def project(self, keys: Keys) -> Float[Tensor, "batch source query_size"]:
        return keys @ self.W.T

    def score(self, query: Queries, projected: Float[Tensor, "batch source query_size"]) -> Scores:
        return query @ projected.transpose(1, 2)


class Additive(Score):
    """A one-layer network looks at both states together."""

    name = "additive"
    label = "additive"
    meaning = "A small feed-forward network scores the state and the word together."
    formula = r"v^\top \tanh(W s + U h_j)"
    source = "Bahdanau, Cho & Bengio 2015, appendix A.1.2, arXiv:1409.0473"

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()
        self.W = _hidden(hidden_size, query_size)
        self.U = _hidden(hidden_size, key_size)
        self.v = _weight(hidden_size)

    def project(self, keys: Keys) -> Float[Tensor, "batch source hidden"]:
        return keys @ self.U.T

    def score(self, query: Queries, projected: Float[Tensor, "batch source hidden"]) -> Scores:
        return torch.tanh((query @ self.W.T).unsqueeze(2) + projected.unsqueeze(1)) @ self.v


class Concat(Score):
    """Both states laid end to end, then one layer: `additive` with W and U joined into one matrix."""

    name = "concat"
    label = "concat"
    meaning = "The same small network applied to the concatenation of both."
    formula = r"v^\top \tanh(W [s; h_j])"
    source = "Luong, Pham & Manning 2015, equation 8, arXiv:1508.04025"

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()
        self.W = _hidden(hidden_size, query_size + key_size)
        self.v = _weight(hidden_size)

    def project(self, keys: Keys) -> Float[Tensor, "batch source hidden"]:
        return keys @ self.W[:, -keys.shape[-1] :].T

    def score(self, query: Queries, projected: Float[Tensor, "batch source hidden"]) -> Scores:
        turned = query @ self.W[:, : query.shape[-1]].T
        return torch.tanh(turned.unsqueeze(2) + projected.unsqueeze(1)) @ self.v


class Cosine(Score):
    """The angle between query and key alone, sharpened by a learnt factor β."""

    name = "cosine"
    label = "cosine"
    meaning = "Cosine of the angle between both, times a learned factor that sharpens the weights."
    formula = r"\beta \, \frac{s^\top h_j}{\lVert s \rVert \, \lVert h_j \rVert}"
    source = "Graves, Wayne & Danihelka 2014, equations 5 and 6, arXiv:1410.5401"

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()
        _same_sizes(self.name, query_size, key_size)
        # β = exp(2) ≈ 7 at the start: with β = 1 no row could ever prefer one key more than e² to 1.
        self.log_beta = nn.Parameter(torch.tensor(2.0))

    def project(self, keys: Keys) -> Float[Tensor, "batch source query_size"]:
        return nn.functional.normalize(keys, dim=-1)

    def score(self, query: Queries, projected: Float[Tensor, "batch source query_size"]) -> Scores:
        unit = nn.functional.normalize(query, dim=-1)
        return self.log_beta.exp() * (unit @ projected.transpose(1, 2))


class MLP(Score):
    """Two layers where `concat` has one."""

    name = "mlp"
    label = "MLP"
    meaning = "A feed-forward network of two layers scores both."
    formula = r"v^\top \tanh(W_2 \tanh(W_1 [s; h_j]))"
    source = (
        "Luong, Pham & Manning 2015, equation 8 (concat), arXiv:1508.04025, made deeper as Pavlopoulos, Malakasiotis & "
        "Androutsopoulos 2017 do for attention without a query, doi:10.18653/v1/D17-1117"
    )

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()
        self.W1 = _hidden(hidden_size, query_size + key_size)
        self.W2 = _weight(hidden_size, hidden_size)
        self.v = _weight(hidden_size)

    def project(self, keys: Keys) -> Float[Tensor, "batch source hidden"]:
        return keys @ self.W1[:, -keys.shape[-1] :].T

    def score(self, query: Queries, projected: Float[Tensor, "batch source hidden"]) -> Scores:
        turned = query @ self.W1[:, : query.shape[-1]].T
        first = torch.tanh(turned.unsqueeze(2) + projected.unsqueeze(1))
        return torch.tanh(first @ self.W2.T) @ self.v


class Linear(Score):
    """A sum of one number for the query and one for the key: the query's cannot change which key wins."""

    name = "linear"
    label = "linear"
    meaning = (
        "A word score plus a state score; the state term is the same for every word, so it cancels in the softmax."
    )
    formula = r"w^\top h_j + u^\top s"
    source = "Seo et al. 2017, equation 1 without its product term, arXiv:1611.01603"

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()
        self.w = _weight(key_size)
        self.u = _weight(query_size)

    def project(self, keys: Keys) -> Float[Tensor, "batch source 1"]:
        return (keys @ self.w).unsqueeze(-1)

    def score(self, query: Queries, projected: Float[Tensor, "batch source 1"]) -> Scores:
        return (query @ self.u).unsqueeze(-1) + projected.transpose(1, 2)


class KeyOnly(Score):
    """The key alone decides: every target word looks at the same place."""

    name = "key_only"
    label = "key-only"
    meaning = "The word alone decides, so all rows are alike."
    formula = r"w^\top h_j"
    source = "Raffel & Ellis 2016, equation 1 with a linear a(h), arXiv:1512.08756"

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()
        self.w = _weight(key_size)

    def project(self, keys: Keys) -> Float[Tensor, "batch source 1"]:
        return (keys @ self.w).unsqueeze(-1)

    def score(self, query: Queries, projected: Float[Tensor, "batch source 1"]) -> Scores:
        return projected.transpose(1, 2).expand(-1, query.shape[1], -1)


class Location(Score):
    """The query alone names positions, whatever words stand there."""

    name = "location"
    label = "location"
    meaning = "The state picks positions, regardless of the words there."
    formula = r"(W s)_j"
    source = "Luong, Pham & Manning 2015, equation 9, arXiv:1508.04025"
    positions = 256
    reads_keys = False

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()
        self.W = _weight(self.positions, query_size)

    def project(self, keys: Keys) -> Float[Tensor, "batch source 0"]:
        if keys.shape[1] > self.positions:
            raise ValueError(f"location knows {self.positions} positions, got {keys.shape[1]} keys")
        return keys[..., :0]

    def score(self, query: Queries, projected: Float[Tensor, "batch source 0"]) -> Scores:
        return query @ self.W[: projected.shape[1]].T


SCORES: dict[str, type[Score]] = {
    cls.name: cls for cls in (Dot, ScaledDot, General, Additive, Concat, Cosine, MLP, Linear, KeyOnly, Location)
}
