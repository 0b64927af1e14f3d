"""A Hugging Face Transformer with its tokenizer: text in, what it said and where every head looked out."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from transformers import BaseImageProcessor, PreTrainedModel, PreTrainedTokenizerBase

from engine.capture.arithmetic import Arithmetic, arithmetic
from engine.capture.attended import CapturedLayer, Room, Site
from engine.capture.capture import Recorder, recording
from engine.capture.edits import AttentionKind
from engine.capture.form import Form
from engine.capture.forward import Forward
from engine.capture.gradients import number, relevance, weighed
from engine.capture.inputs import Tokens
from engine.capture.kept import Kept, WeightsOnly
from engine.capture.output import Output, answer, labels, masks, problem_of
from engine.capture.overview import Gathered, Overview
from engine.capture.readings import READINGS, check_size, followed, norms, parents
from engine.capture.request import ModelInput, Reader, Request
from engine.errors import Refused, refusing
from engine.inference.looked import Looked
from engine.traces import Trace

KEPT = Kept(400_000_000)
"""Queries and keys of recent texts, of all models together, so that a head opens at once."""


@runtime_checkable
class Info(Protocol):
    """What is told of a model: `engine.store.ModelInfo` is one."""

    @property
    def name(self) -> str: ...

    @property
    def weights_sha256(self) -> str: ...


class _Enough(Exception):
    """A pass has come to the layer that was asked for."""


class Transformer:
    """Safe to share between threads: nothing of a call stays on it or on the model.

    `captured` is false for models with attention of their own: their weights can be read, and nothing else.
    """

    def __init__(
        self, info: Info, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase | BaseImageProcessor
    ) -> None:
        self.info = info
        self.model = model.eval().requires_grad_(False)
        self.tokenizer: Any = tokenizer
        self.device: torch.device = model.device
        odd = Refused("{name} cannot read a word: its configuration, tokenizer and weights do not fit.", name=info.name)
        with refusing(odd):
            self._reader = Reader(model, tokenizer)
            self.paired, self.limit = self._reader.paired, self._reader.limit
            self.sees, self.languages = self._reader.sees, self._reader.languages
            self._paths = parents(model)
            mask = getattr(tokenizer, "mask_token_id", None)
            self._forward = Forward(model, self._reader.trial().tensors, mask, info.name)
            self.captured = bool(self._forward.kinds)

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def weights_sha256(self) -> str:
        return self.info.weights_sha256

    def source(self, text: str) -> Tokens:
        """What the model reads of a text by itself, of an encoder–decoder its encoder. Raises `Refused` for what is no
        text."""
        return self._reader.source(text)

    @torch.inference_mode()
    def look(self, request: Request) -> Looked:
        """Read the text, and make all its heads small enough to be seen at once.

        Raises `Refused` for text that cannot be read, and for edits where the model does not allow them.
        """
        began = time.perf_counter()
        read = self._reader.read(request)
        by_kind: dict[AttentionKind, Gathered] = {}
        layers = KEPT.gathering()

        def watch(layer: CapturedLayer | WeightsOnly, weights: Float[Tensor, "head query key"]) -> None:
            kind = layer.site.kind
            layers.add(layer)
            if kind not in by_kind:
                by_kind[kind] = Gathered(kind, Form.of(*read.axes[kind]), read.rarity.get(kind), read.picture)
            by_kind[kind].take(layer.site.layer, weights)

        output = self._forward.run(read, request.edits, watch)
        return Looked(
            request=request,
            overviews=tuple(gathered.overview() for gathered in by_kind.values()),
            output=self._output(read, output.logits if hasattr(output, "logits") else None),
            cut=read.cut,
            seconds=time.perf_counter() - began,
            number=KEPT.put(layers),
            rarity=read.rarity,
            picture=read.picture,
            cut_target=read.cut_target,
            stopped=read.stopped,
        )

    @torch.inference_mode()
    def overview(
        self,
        looked: Looked,
        kind: AttentionKind,
        *,
        words: bool = False,
        special: bool = True,
        first: bool = True,
        diagonal: bool = True,
    ) -> Overview:
        """All heads of one kind by word instead of piece (as `Trace.by_words` joins them), without special tokens, the
        first position or the diagonal: rows then sum to 1 again. From memory where they are kept."""
        plain = looked.overview(kind)
        if special and first and diagonal and not words:
            return plain
        how = {"words": words, "special": special, "first": first, "diagonal": diagonal}
        form = Form.of(plain.queries, plain.keys, itself=kind != "cross", **how)
        gathered = Gathered(kind, form, looked.rarity.get(kind), looked.picture)
        self.go_through(looked, lambda layer, weights: gathered.take(layer.site.layer, weights), kind)
        return gathered.overview()

    @torch.inference_mode()
    def head(self, looked: Looked, kind: AttentionKind, layer: int, head: int) -> Trace:
        """One head whole, with its scores before mask and softmax where the model lets them be seen."""
        captured = self.layer(looked, kind, layer)
        _check_head(captured, head)
        scores = captured.scores(head)
        overview = looked.overview(kind)
        return Trace(
            kind,
            overview.queries,
            overview.keys,
            _numpy(captured.weights(head)),
            None if scores is None else _numpy(scores),
        )

    @torch.inference_mode()
    def looks(self, looked: Looked, kind: AttentionKind, query: int) -> Float[np.ndarray, "layer head key"]:
        """Where one position looked, in every head of every layer. Raises `Refused` where there is none."""
        places = len(looked.overview(kind).queries)
        if not 0 <= query < places:
            raise Refused("There is no position {query}; there are {places}.", query=query + 1, places=places)
        return np.stack([layer.weights()[:, query].cpu().numpy() for layer in self.layers(looked, kind)])

    def arithmetic(
        self, looked: Looked, kind: AttentionKind, layer: int, head: int, query: int, key: int
    ) -> Arithmetic:
        """How one cell's weight came about. Raises `Refused` where the model does not let it be seen."""
        captured = self.layer(looked, kind, layer)
        if isinstance(captured, WeightsOnly):
            raise Refused("{name} shows its weights alone, not the scores behind them.", name=self.name)
        _check_head(captured, head)
        return arithmetic(captured, head, query, key)

    def reading(self, looked: Looked, name: str, kind: AttentionKind, of: int | None = None) -> Trace:
        """One of `READINGS`, as a trace whose rows sum to 1. `of` is the number of the output that a gradient is taken
        of: a label, or a token of the answer; the likeliest label and the last token where none is named."""
        if name not in READINGS:
            raise Refused("There is no reading {name}; there are {known}.", name=name, known=", ".join(READINGS))
        overview = looked.overview(kind)
        if READINGS[name].whole:
            check_size(sum(o.layers * o.heads * len(o.queries) * len(o.keys) for o in looked.overviews))
        if READINGS[name].gradient:
            table, identity = self._relevance(looked, kind, of)
            return Trace(kind, overview.queries, overview.keys, table, identity=identity)
        layers = self.layers(looked, kind)
        table, identity = (norms(layers, self._paths), None) if name == "norms" else followed(name, layers)
        return Trace(kind, overview.queries, overview.keys, table, identity=identity)

    def _relevance(
        self, looked: Looked, kind: AttentionKind, of: int | None
    ) -> tuple[Float[np.ndarray, "1 1 query key"], Float[np.ndarray, "1 query"] | None]:
        """Rows made to sum to 1, and what of each is the identity that relevance begins with; none across."""
        if not self.captured:
            raise Refused("{name} shows its weights alone, so no gradient reaches them.", name=self.name)
        sites: list[Site] = []
        weights: list[Tensor] = []

        def watch(layer: CapturedLayer, own: Tensor) -> None:
            sites.append(layer.site)
            weights.append(own)

        read = self._reader.read(looked.request)
        with (
            torch.enable_grad(),
            recording(Recorder(self._forward.kinds, looked.request.edits, watch, differentiable=True)),
        ):
            output = self.model(**read.tensors)
            wanted = number(output, read, of)
        if wanted is None:
            raise Refused("{name} gives no answer whose gradient could be taken.", name=self.name)
        table = getattr(relevance(weighed(sites, weights, wanted)), kind)
        total = table.sum(-1, keepdim=True).clamp(min=1e-30)
        identity = None if kind == "cross" else (1 / total).cpu().numpy()[None, :, 0]
        return (table / total).cpu().numpy()[None, None], identity

    @torch.inference_mode()
    def layers(self, looked: Looked, kind: AttentionKind) -> list[CapturedLayer | WeightsOnly]:
        """All layers of one kind, from memory or by reading the text again."""
        kept = KEPT.get(looked.number)
        if kept is None:
            again: dict[Site, CapturedLayer | WeightsOnly] = {}
            self._forward.run(
                self._reader.read(looked.request),
                looked.request.edits,
                lambda layer, weights: again.__setitem__(layer.site, layer),
            )
            kept = list(again.values())
        return [layer for layer in kept if layer.site.kind == kind]

    @torch.inference_mode()
    def go_through(self, looked: Looked, watch: Callable[[Any, Tensor], None], kind: AttentionKind) -> None:
        """All weights of one kind once more, layer by layer and of a long text some heads at a time: `watch` is given
        the layer and weights[head, query, key]."""

        def of_the_kind(layer: CapturedLayer | WeightsOnly, weights: Float[Tensor, "head query key"]) -> None:
            if layer.site.kind == kind:
                watch(layer, weights)

        kept = KEPT.get(looked.number)
        if kept is None:
            self._forward.run(self._reader.read(looked.request), looked.request.edits, of_the_kind)
        room = Room()
        for layer in kept or ():
            if layer.site.kind == kind:
                for part in layer.parts():
                    watch(layer, layer.some(part, room))

    @torch.inference_mode()
    def layer(self, looked: Looked, kind: AttentionKind, layer: int) -> CapturedLayer | WeightsOnly:
        """One layer; a text that is no longer in memory is read again as far as there."""
        if not 0 <= layer < looked.overview(kind).layers:
            raise Refused(
                "There is no layer {layer}; this model has {layers}.",
                layer=layer + 1,
                layers=looked.overview(kind).layers,
            )
        kept = KEPT.get(looked.number)
        if kept is not None:
            return next(captured for captured in kept if captured.site == Site(kind, layer))
        matching: list[CapturedLayer | WeightsOnly] = []

        def watch(captured: CapturedLayer | WeightsOnly, weights: Float[Tensor, "head query key"]) -> None:
            if captured.site == Site(kind, layer):
                matching.append(captured)
                raise _Enough

        with suppress(_Enough):
            self._forward.run(self._reader.read(looked.request), looked.request.edits, watch)
        return matching[0]

    def _output(self, read: ModelInput, logits: Float[Tensor, "batch *position choice"] | None) -> Output:
        if logits is None:
            return Output()
        if logits.ndim == 2:
            return labels(logits[0], self.model.config.id2label, problem_of(self.model.config))
        if read.answer is None:
            return masks(self.tokenizer, read.tensors["input_ids"][0], logits[0])
        if self.paired:
            writer = self._reader.writer
            text = str(writer.decode(list(read.answer.ids), skip_special_tokens=True))
            return answer(writer, read.answer, range(len(read.answer)), logits[0], text)
        return answer(self.tokenizer, read.answer, range(1, len(read.answer)), logits[0])


def _check_head(layer: CapturedLayer | WeightsOnly, head: int) -> None:
    if not 0 <= head < layer.heads:
        raise Refused("There is no head {head}; this layer has {heads}.", head=head + 1, heads=layer.heads)


def _numpy(table: Tensor) -> Float[np.ndarray, "1 1 query key"]:
    return table.float().cpu().numpy()[None]
