"""One attention function for every Hugging Face model: it computes, captures and changes attention.

It is registered with `AttentionInterface` of transformers, and its masks with `AttentionMaskInterface` (a function
without registered masks is given none). What applies to a call travels in a context variable, so that threads which
share a model do not meet, and nothing has to be taken off it again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedConfig, PreTrainedModel
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from engine.capture.attended import CapturedLayer, Room, Site, masked, scores_of, spread, weights_of
from engine.capture.edits import AttentionKind, Change, Edits, muted
from engine.errors import Refused

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


class Recorder:
    """What is asked of one forward pass. `watch` is called at every layer with what was attended and its weights.

    Layers are counted as they come, since some models (ALBERT) go through one module again and again. With
    `differentiable` gradients reach the weights although those of the model are frozen. With `parted` it is called with
    the weights of a few heads at a time where a text is long, which it must not hold on to: the next ones take their
    place, so that those of a whole layer are never there. The model's own weights are frozen then.
    """

    def __init__(
        self,
        kinds: Kinds,
        edits: Edits,
        watch: Callable[[CapturedLayer, Float[Tensor, "head query key"]], None],
        *,
        differentiable: bool = False,
        parted: bool = False,
    ) -> None:
        self.kinds = kinds
        self.edits = edits
        self.watch = watch
        self.differentiable = differentiable
        self.room = Room() if parted else None
        self._counts: Counter[str] = Counter()

    def site(self, module: nn.Module) -> Site | None:
        kind = self.kinds.get(module)
        if kind is None:
            return None
        self._counts[kind] += 1
        return Site(kind, self._counts[kind] - 1)


class _Discoverer(Recorder):
    """Notes who comes for attention, how often, and whether its mask hides what is ahead; captures nothing."""

    def __init__(self) -> None:
        super().__init__({}, Edits(), lambda layer, weights: None)
        self.modules: list[nn.Module] = []
        self.blind: set[nn.Module] = set()

    def site(self, module: nn.Module) -> Site | None:
        self.modules.append(module)
        return None

    def masked(self, module: nn.Module, mask: Tensor | None) -> None:
        if mask is not None and mask.shape[-2] == mask.shape[-1] > 1 and bool((mask[..., 0, 1:] < 0).all()):
            self.blind.add(module)


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
) -> tuple[Float[Tensor, "batch query head value_size"], Float[Tensor, "batch head query key"] | None]:
    """Scaled dot-product attention (Vaswani et al. 2017, equation 1), as transformers' own "eager" computes it.

    Raises `Refused` for a keyword that may mean other weights than these.
    """
    _check_keywords(others)
    scaling = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
    heads = query.shape[1]
    recorder = _ACTIVE.get()
    site = None if recorder is None else recorder.site(module)
    if recorder is None or site is None:
        if isinstance(recorder, _Discoverer):
            recorder.masked(module, attention_mask)
        scores = scores_of(query, spread(key, heads), scaling, position_bias, softcap)
        weights = nn.functional.dropout(weights_of(masked(scores, attention_mask), ()), dropout, module.training)
        return (weights @ spread(value, heads)).transpose(1, 2).contiguous(), weights
    changes = recorder.edits.at(site.kind, site.layer)
    _check_heads(changes, heads)
    layer = CapturedLayer(
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
    read, whole = _recorded(recorder, layer)
    silent = muted(changes, heads)
    if silent:
        read = read.index_fill(0, torch.tensor(silent, device=read.device), 0)
    return read.transpose(0, 1).contiguous().unsqueeze(0), None if whole is None else whole.unsqueeze(0)


def _recorded(recorder: Recorder, layer: CapturedLayer) -> tuple[Tensor, Tensor | None]:
    """What each head read, after the recorder has seen its weights; and these, unless they came in parts."""
    if recorder.room is not None:
        vectors = []
        for part in layer.parts():
            weights = layer.some(part, recorder.room)
            recorder.watch(layer, weights)
            vectors.append(layer.read(part, weights))
        return torch.cat(vectors), None
    weights = layer.some(slice(None))
    if recorder.differentiable and not weights.requires_grad:
        weights.requires_grad_()
    recorder.watch(layer, weights)
    return layer.read(slice(None), weights), weights


def _check_keywords(keywords: Mapping[str, Any]) -> None:
    unknown = sorted(name for name, value in keywords.items() if value is not None and name not in HARMLESS)
    if unknown:
        raise Refused(
            "This model asks its attention for {names}, which is not understood here, so nothing is drawn of it.",
            names=", ".join(unknown),
        )


def _check_heads(changes: tuple[Change, ...], heads: int) -> None:
    for change in changes:
        if change.head is not None and not 0 <= change.head < heads:
            raise Refused("There is no head {head}; this layer has {heads}.", head=change.head + 1, heads=heads)


def prepare(model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> dict[nn.Module, AttentionKind]:
    """Let the model compute attention here, and find in one pass over `inputs` which of its modules does which.

    Empty where it has attention of its own (DeBERTa-v2, BLOOM, MPNet: setting the name only logs). Raises `Refused`
    where some layers come here and others do not, since a picture with layers missing would be a wrong one.
    """
    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, eager_mask)
    model.set_attn_implementation(NAME)
    discoverer = _Discoverer()
    with torch.no_grad(), recording(discoverer):
        model(**inputs)
    if not discoverer.modules:
        return {}
    wanted = _layers(model.config)
    if len(discoverer.modules) != wanted:
        raise Refused(
            "Of the attention layers of this model ({wanted}) only {found} can be captured, so nothing is drawn of it.",
            found=len(discoverer.modules),
            wanted=wanted,
        )
    paths = {module: path for path, module in model.named_modules()}
    paired = bool(model.config.is_encoder_decoder)
    return {module: _kind(paths[module], module, paired, discoverer.blind) for module in discoverer.modules}


def _layers(config: PreTrainedConfig) -> int:
    """How many times a model attends in one pass; decoders of pairs do it twice a layer."""
    if not config.is_encoder_decoder:
        # ALBERT's layers are groups of them.
        return int(config.num_hidden_layers) * int(getattr(config, "inner_group_num", 1))
    sides = [getattr(config, name, None) for name in ("encoder_layers", "decoder_layers")]
    if None in sides:
        sides = [config.num_layers, config.num_decoder_layers]
    return sum(int(str(count)) for count in (*sides, sides[1]))


def _kind(path: str, module: nn.Module, paired: bool, blind: Collection[nn.Module]) -> AttentionKind:
    if _CROSS.search(path):
        return "cross"
    if paired:
        side = _SIDE.search(path)
        return "encoder" if side is None or side[1] == "encoder" else "decoder"
    return "decoder" if module in blind or getattr(module, "is_causal", False) else "encoder"
