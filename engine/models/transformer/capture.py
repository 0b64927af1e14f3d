"""One attention function for every Hugging Face model: it computes, captures and changes attention.

It is registered with `AttentionInterface` of transformers, and its masks with `AttentionMaskInterface` (a function
without registered masks is given none). What applies to a call travels in a context variable, so that threads which
share a model do not meet, and nothing has to be taken off it again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedConfig, PreTrainedModel
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from engine.errors import Refused
from engine.models.transformer.edits import AttentionKind, Change, Edits, edited, muted

NAME = "alignscope"
HARMLESS = frozenset(
    (
        "cache_position",
        "cu_seq_lens_k",
        "cu_seq_lens_q",
        "deterministic",
        "is_causal",
        "max_length_k",
        "max_length_q",
        "num_items_in_batch",
        "output_attentions",
        "output_hidden_states",
        "output_router_logits",
        "past_key_values",
        "position_ids",
        "return_dict",
        "sliding_window",
        "use_cache",
    )
)
"""What models hand to an attention function without wanting other weights by it; windows are in the mask already."""

Kinds = Mapping[nn.Module, AttentionKind]

_CROSS = re.compile(r"(encoder_attn|EncDecAttention|cross_?attn|cross_?attention)", re.IGNORECASE)
_SIDE = re.compile(r"(?:^|\.)(encoder|decoder)(?:\.|$)")


@dataclass(frozen=True)
class Site:
    """Which attention a module computes; layers are counted from 0 within their kind."""

    kind: AttentionKind
    layer: int


@dataclass(frozen=True, eq=False)
class Attended:
    """One layer's attention as it was computed, for one text: enough to compute any of it again.

    `key` and `value` have fewer heads than `query` where keys are grouped. `bias` is what a model adds for positions,
    `mask` 0 where a key may be seen and the lowest number where not. Scores are query · key × scaling + bias.
    """

    site: Site
    query: Float[Tensor, "head query size"]
    key: Float[Tensor, "group key size"]
    value: Float[Tensor, "group key value_size"]
    scaling: float
    bias: Float[Tensor, "bias_head query key"] | None
    mask: Float[Tensor, "mask_head query key"] | None
    softcap: float | None
    changes: tuple[Change, ...]
    module: nn.Module

    @property
    def heads(self) -> int:
        return len(self.query)

    @property
    def group(self) -> int:
        """How many heads share a key."""
        return len(self.query) // len(self.key)

    def scores(self, head: int | None = None) -> Float[Tensor, "head query key"]:
        """Before mask and softmax, of one head or of all."""
        return _scores(*self._of(head), self.scaling, self._part(self.bias, head), self.softcap)

    def weights(self, head: int | None = None) -> Float[Tensor, "head query key"]:
        """After mask, softmax and changes, in float32."""
        if self.changes and head is not None:  # what a change draws at random is drawn for all heads at once
            return self.weights()[head : head + 1]
        return _weights(_masked(self.scores(head), self._part(self.mask, head)), self.changes).float()

    def _of(self, head: int | None) -> tuple[Tensor, Tensor]:
        if head is None:
            return self.query, _spread(self.key, self.heads)
        return self.query[head : head + 1], self.key[head // self.group].unsqueeze(0)

    @staticmethod
    def _part(table: Tensor | None, head: int | None) -> Tensor | None:
        return table if table is None or head is None or len(table) == 1 else table[head : head + 1]


class Recorder:
    """What is asked of one forward pass. `watch` is called at every layer with what was attended and its weights.

    Layers are counted as they come, since some models (ALBERT) go through one module again and again. With
    `differentiable` gradients reach the weights although those of the model are frozen.
    """

    def __init__(
        self,
        kinds: Kinds,
        edits: Edits,
        watch: Callable[[Attended, Float[Tensor, "head query key"]], None],
        *,
        differentiable: bool = False,
    ) -> None:
        self.kinds = kinds
        self.edits = edits
        self.watch = watch
        self.differentiable = differentiable
        self._counts: Counter[str] = Counter()

    def site(self, module: nn.Module) -> Site | None:
        kind = self.kinds.get(module)
        if kind is None:
            return None
        self._counts[kind] += 1
        return Site(kind, self._counts[kind] - 1)


class _Discoverer(Recorder):
    """Notes who comes for attention, how often, and captures nothing."""

    def __init__(self) -> None:
        super().__init__({}, Edits(), lambda seen, weights: None)
        self.modules: list[nn.Module] = []

    def site(self, module: nn.Module) -> Site | None:
        self.modules.append(module)
        return None


_ACTIVE: ContextVar[Recorder | None] = ContextVar("alignscope_recorder", default=None)


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Forward passes of this thread are captured meanwhile."""
    token = _ACTIVE.set(recorder)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


def attention(
    module: nn.Module,
    query: Float[Tensor, "batch head query size"],
    key: Float[Tensor, "batch group key size"],
    value: Float[Tensor, "batch group key value_size"],
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    position_bias: Tensor | None = None,
    softcap: float | None = None,
    **others: Any,
) -> tuple[Float[Tensor, "batch query head value_size"], Float[Tensor, "batch head query key"]]:
    """Scaled dot-product attention (Vaswani et al. 2017, equation 1), as transformers' own "eager" computes it.

    Raises `Refused` for a keyword that may mean other weights than these.
    """
    unknown = sorted(name for name, given in others.items() if given is not None and name not in HARMLESS)
    if unknown:
        raise Refused(
            "This model asks its attention for {names}, which is not understood here, so nothing is drawn of it.",
            names=", ".join(unknown),
        )
    scaling = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
    heads = query.shape[1]
    scores = _scores(query, _spread(key, heads), scaling, position_bias, softcap)
    logits = _masked(scores, attention_mask)
    recorder = _ACTIVE.get()
    site = None if recorder is None else recorder.site(module)
    if recorder is None or site is None:
        weights = nn.functional.dropout(_weights(logits, ()), dropout, module.training)
        return (weights @ _spread(value, heads)).transpose(1, 2).contiguous(), weights
    changes = recorder.edits.at(site.kind, site.layer)
    _check_heads(changes, heads)
    weights = _weights(logits[0], changes).unsqueeze(0)
    if recorder.differentiable and not weights.requires_grad:
        weights.requires_grad_()
    seen = Attended(
        site,
        query[0],
        key[0],
        value[0],
        scaling,
        None if position_bias is None else position_bias[0],
        None if attention_mask is None else attention_mask[0],
        softcap,
        changes,
        module,
    )
    whole = weights[0]
    recorder.watch(seen, whole)
    read = whole.unsqueeze(0) @ _spread(value, heads)
    silent = muted(changes, heads)
    if silent:
        read = read.index_fill(1, torch.tensor(silent, device=read.device), 0)
    return read.transpose(1, 2).contiguous(), weights


def _check_heads(changes: tuple[Change, ...], heads: int) -> None:
    for change in changes:
        if change.head is not None and not 0 <= change.head < heads:
            raise Refused("There is no head {head}; this layer has {heads}.", head=change.head + 1, heads=heads)


def _spread(table: Float[Tensor, "*batch group key size"], heads: int) -> Float[Tensor, "*batch head key size"]:
    """Keys or values as often as heads share them."""
    groups = table.shape[-3]
    return table if groups == heads else table.repeat_interleave(heads // groups, -3)


def _scores(query: Tensor, key: Tensor, scaling: float, bias: Tensor | None, softcap: float | None) -> Tensor:
    scores = query @ key.transpose(-1, -2) * scaling
    if bias is not None:
        scores = scores + bias
    return scores if softcap is None else torch.tanh(scores / softcap) * softcap


def _masked(scores: Tensor, mask: Tensor | None) -> Tensor:
    return scores if mask is None else scores + mask


def _weights(logits: Tensor, changes: tuple[Change, ...]) -> Tensor:
    weights = logits.softmax(-1, dtype=torch.float32).to(logits.dtype)
    return edited(weights, logits, changes) if changes else weights


def prepare(model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> dict[nn.Module, AttentionKind]:
    """Let the model compute attention here, and find in one pass over `inputs` which of its modules does which.

    Empty where it has attention of its own (DeBERTa-v2, BLOOM, MPNet: setting the name only logs). Raises `Refused`
    where some layers come here and others do not, since a picture with layers missing would be a wrong one.
    """
    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, eager_mask)
    model.set_attn_implementation(NAME)
    found = _Discoverer()
    with torch.no_grad(), recording(found):
        model(**inputs)
    if not found.modules:
        return {}
    wanted = _layers(model.config)
    if len(found.modules) != wanted:
        raise Refused(
            "Only {found} of the {wanted} attention layers of this model can be captured, so nothing is drawn of it.",
            found=len(found.modules),
            wanted=wanted,
        )
    paths = {module: path for path, module in model.named_modules()}
    paired = bool(model.config.is_encoder_decoder)
    return {module: _kind(paths[module], module, paired) for module in found.modules}


def _layers(config: PreTrainedConfig) -> int:
    """How many times a model attends in one pass; decoders of pairs do it twice a layer."""
    if not config.is_encoder_decoder:
        return int(config.num_hidden_layers)
    sides = [getattr(config, name, None) for name in ("encoder_layers", "decoder_layers")]
    if None in sides:
        sides = [config.num_layers, config.num_decoder_layers]
    return sum(int(str(count)) for count in (*sides, sides[1]))


def _kind(path: str, module: nn.Module, paired: bool) -> AttentionKind:
    if _CROSS.search(path):
        return "cross"
    if paired:
        side = _SIDE.search(path)
        return "encoder" if side is None or side[1] == "encoder" else "decoder"
    return "decoder" if getattr(module, "is_causal", False) else "encoder"
