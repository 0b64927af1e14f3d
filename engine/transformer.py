"""A Hugging Face Transformer with its tokenizer: text in, what it said and where every head looked out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from engine.errors import Refused
from engine.models.transformer import capture
from engine.models.transformer.capture import Attended, Recorder, Site, recording
from engine.models.transformer.edits import NONE, AttentionKind, Edits
from engine.models.transformer.inputs import Tokens, said, target_tokens, tokens
from engine.models.transformer.kept import Given, Kept
from engine.models.transformer.output import Output, answer, labels, masks
from engine.models.transformer.overview import Collectors, Overview, Summary, overview, summarise
from engine.text.given import check_text
from engine.traces import Axis, Trace

MAX_TOKENS = 2048
MAX_SAID = 128
"""How many tokens an encoder–decoder may say by itself."""
KEPT = Kept(400_000_000)
"""Queries and keys of recent texts, of all models together, so that a head opens at once."""


@runtime_checkable
class Info(Protocol):
    """What is told of a model: `engine.store.ModelInfo` is one."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Request:
    """What is to be read: `pair` is the second text of an encoder, or the target of an encoder–decoder."""

    text: str
    pair: str | None = None
    edits: Edits = NONE


@dataclass(frozen=True, eq=False)
class Looked:
    """One text as a model read it. `cut` is the number of tokens read where the text had more."""

    request: Request
    overviews: tuple[Overview, ...]
    output: Output
    cut: int | None
    seconds: float
    number: int

    def overview(self, kind: str) -> Overview:
        return next(one for one in self.overviews if one.kind == kind)


@dataclass(frozen=True, eq=False)
class _Read:
    """A text made ready: what the model is called with, and what stands along each kind of attention."""

    tensors: dict[str, Int[Tensor, "batch position"]]
    axes: Mapping[str, tuple[Axis, Axis]]
    rarity: Mapping[str, list[int]]
    answer: Tokens | None
    cut: int | None


class _Enough(Exception):
    """A pass has come to the layer that was asked for."""


class Transformer:
    """Safe to share between threads: nothing of a call stays on it or on the model.

    `captured` is false for models with attention of their own: their weights can be read, and nothing else.
    """

    def __init__(self, info: Info, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self.info = info
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.device: torch.device = model.device
        self.paired = bool(model.config.is_encoder_decoder)
        self.limit = _limit(model, tokenizer)
        self._kinds = capture.prepare(model, self._read(Request("a", "a" if self.paired else None)).tensors)
        self.captured = bool(self._kinds)
        if not self.captured:
            _read_by_itself(model, info.name)

    @property
    def name(self) -> str:
        return self.info.name

    @torch.inference_mode()
    def look(self, request: Request) -> Looked:
        """Read the text, and make all its heads small enough to be seen at once.

        Raises `Refused` for text that cannot be read, and for edits where the model does not allow them.
        """
        began = time.perf_counter()
        read = self._read(request)
        collectors = {k: Collectors.of(keys, read.rarity[k]) for k, (_, keys) in read.axes.items()}
        layers: list[Attended | Given] = []
        found: dict[AttentionKind, list[Summary]] = {}

        def watch(seen: Attended | Given, weights: Float[Tensor, "head query key"]) -> None:
            kind = seen.site.kind
            layers.append(seen)
            found.setdefault(kind, []).append(summarise(weights, collectors[kind], cross=kind == "cross"))

        output = self._pass(read, request.edits, watch)
        return Looked(
            request=request,
            overviews=tuple(overview(kind, *read.axes[kind], own) for kind, own in found.items()),
            output=self._output(read, output.logits if hasattr(output, "logits") else None),
            cut=read.cut,
            seconds=time.perf_counter() - began,
            number=KEPT.put(layers),
        )

    @torch.inference_mode()
    def head(self, looked: Looked, kind: AttentionKind, layer: int, head: int) -> Trace:
        """One head whole, with its scores before mask and softmax where the model lets them be seen."""
        seen = self.layer(looked, kind, layer)
        if not 0 <= head < seen.heads:
            raise Refused("There is no head {head}; this layer has {heads}.", head=head + 1, heads=seen.heads)
        scores = seen.scores(head)
        one = looked.overview(kind)
        return Trace(
            kind, one.queries, one.keys, _numpy(seen.weights(head)), None if scores is None else _numpy(scores)
        )

    @torch.inference_mode()
    def layers(self, looked: Looked, kind: AttentionKind) -> list[Attended | Given]:
        """All layers of one kind, from memory or by reading the text again."""
        kept = KEPT.get(looked.number)
        if kept is None:
            layers: list[Attended | Given] = []
            self._pass(self._read(looked.request), looked.request.edits, lambda seen, weights: layers.append(seen))
            kept = layers
        return [one for one in kept if one.site.kind == kind]

    @torch.inference_mode()
    def layer(self, looked: Looked, kind: AttentionKind, layer: int) -> Attended | Given:
        """One layer; a text that is no longer in memory is read again as far as there."""
        if not 0 <= layer < looked.overview(kind).layers:
            raise Refused(
                "There is no layer {layer}; this model has {layers}.",
                layer=layer + 1,
                layers=looked.overview(kind).layers,
            )
        kept = KEPT.get(looked.number)
        if kept is not None:
            return next(one for one in kept if one.site == Site(kind, layer))
        found: list[Attended | Given] = []

        def watch(seen: Attended | Given, weights: Float[Tensor, "head query key"]) -> None:
            if seen.site == Site(kind, layer):
                found.append(seen)
                raise _Enough

        with suppress(_Enough):
            self._pass(self._read(looked.request), looked.request.edits, watch)
        return found[0]

    def _pass(self, read: _Read, edits: Edits, watch: Callable[[Any, Tensor], None]) -> Any:
        """One forward pass, `watch` called at every layer."""
        if self.captured:
            with recording(Recorder(self._kinds, edits, watch)):
                return self.model(**read.tensors)
        if edits.changes:
            raise Refused(
                "{name} computes attention in a way of its own: it can be looked at, but not changed.", name=self.name
            )
        output = self.model(**read.tensors, output_attentions=True)
        kind: AttentionKind = "decoder" if _causal(self.model) else "encoder"
        for number, weights in enumerate(output.attentions):
            watch(Given(Site(kind, number), weights[0].float()), weights[0])
        return output

    def _read(self, request: Request) -> _Read:
        text = check_text(request.text, "Type a text first.")
        if self.paired:
            return self._read_pair(text, request.pair)
        source = tokens(self.tokenizer, text, request.pair or None, self.limit)
        both = (source.axis, source.axis)
        rarity = list(source.ids)
        tensors = {"input_ids": self._row(source.ids)}
        if request.pair and "token_type_ids" in self.tokenizer.model_input_names:
            tensors["token_type_ids"] = self._row(self.tokenizer(text, request.pair)["token_type_ids"][: len(source)])
        return _Read(
            tensors,
            {"encoder": both, "decoder": both},
            {"encoder": rarity, "decoder": rarity},
            source if _causal(self.model) else None,
            source.cut,
        )

    def _read_pair(self, text: str, pair: str | None) -> _Read:
        """Along cross-attention stands what is being said; along the decoder's own, what it was given so far."""
        source = tokens(self.tokenizer, text, None, self.limit)
        row = self._row(source.ids)
        target = self._said(row) if not pair else target_tokens(self.tokenizer, check_text(pair, ""), self.limit)
        start = self.model.generation_config.decoder_start_token_id
        start = self.model.config.decoder_start_token_id if start is None else start
        given = said(self.tokenizer, [int(start), *target.ids[:-1]])
        return _Read(
            {"input_ids": row, "decoder_input_ids": self._row(given.ids)},
            {
                "encoder": (source.axis, source.axis),
                "decoder": (given.axis, given.axis),
                "cross": (target.axis, source.axis),
            },
            {"encoder": list(source.ids), "decoder": list(given.ids), "cross": list(source.ids)},
            target,
            source.cut,
        )

    def _said(self, source: Int[Tensor, "batch position"]) -> Tokens:
        """The likeliest answer, token by token."""
        found = self.model.generate(
            input_ids=source,
            attention_mask=torch.ones_like(source),
            max_new_tokens=min(MAX_SAID, self.limit - 1),
            num_beams=1,
            do_sample=False,
        )
        return said(self.tokenizer, found[0, 1:].tolist())

    def _output(self, read: _Read, logits: Float[Tensor, "batch *position choice"] | None) -> Output:
        if logits is None:
            return Output()
        if logits.ndim == 2:
            return labels(logits[0], self.model.config.id2label)
        if read.answer is None:
            return masks(self.tokenizer, read.tensors["input_ids"][0], logits[0])
        logs = logits[0].float().log_softmax(-1)
        if self.paired:
            text = str(self.tokenizer.decode(list(read.answer.ids), skip_special_tokens=True))
            return answer(self.tokenizer, read.answer, range(len(read.answer)), logs, text)
        return answer(self.tokenizer, read.answer, range(1, len(read.answer)), logs)

    def _row(self, ids: Sequence[int]) -> Int[Tensor, "batch position"]:
        return torch.tensor([list(ids)], device=self.device)


def _numpy(table: Tensor) -> Float[np.ndarray, "1 1 query key"]:
    return table.float().cpu().numpy()[None]


def _causal(model: PreTrainedModel) -> bool:
    return "ForCausalLM" in type(model).__name__ or "LMHead" in type(model).__name__


def _limit(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """The most positions that the model, its tokenizer and we allow."""
    places = getattr(model.config, "max_position_embeddings", None) or MAX_TOKENS
    # RoBERTa and its like count positions from behind the padding id.
    if getattr(model.config, "model_type", "") in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        places -= 2
    return int(min(places, tokenizer.model_max_length, MAX_TOKENS))


def _read_by_itself(model: PreTrainedModel, name: str) -> None:
    """Let a model with attention of its own hand out its weights. Raises `Refused` where it does not."""
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        row = torch.zeros(1, 2, dtype=torch.long, device=model.device)
        found = model(input_ids=row, output_attentions=True)
    weights = getattr(found, "attentions", None)
    if not weights or any(one is None for one in weights):
        raise Refused("The attention of {name} cannot be captured, so nothing is drawn of it.", name=name)
