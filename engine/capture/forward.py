"""One forward pass of a model, its attention seen layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from engine.capture import capture
from engine.capture.attended import CapturedLayer, Site
from engine.capture.capture import Recorder, recording
from engine.capture.edits import AttentionKind, Edits
from engine.capture.kept import WeightsOnly
from engine.capture.request import ModelInput
from engine.errors import Refused

Watch = Callable[[CapturedLayer | WeightsOnly, Tensor], None]


class Forward:
    """How to run a model. `kinds` is empty for one with attention of its own, which shows its weights alone.

    Raises `Refused` where not even those can be had.
    """

    def __init__(self, model: PreTrainedModel, trial: Mapping[str, Tensor], mask: int | None, name: str) -> None:
        self.model = model
        self.name = name
        self._mask = mask
        self.kinds: Mapping[nn.Module, AttentionKind] = capture.prepare(model, trial)
        self._own: AttentionKind = "encoder"
        if not self.kinds:
            self._own = _read_by_itself(model, name)

    def run(self, read: ModelInput, edits: Edits, watch: Watch) -> Any:
        """The model's output. `watch` is called at every layer, of a long text with some heads at a time."""
        if self.kinds:
            with recording(Recorder(self.kinds, edits, watch, parted=True)):
                return self._needed(read)(**read.tensors)
        if edits.changes:
            raise Refused(
                "{name} computes attention in a way of its own: it can be looked at, but not changed.", name=self.name
            )
        output = self.model(**read.tensors, output_attentions=True)
        for number, weights in enumerate(output.attentions):
            watch(WeightsOnly(Site(self._own, number), weights[0].float()), weights[0])
        return output

    def _needed(self, read: ModelInput) -> nn.Module:
        """A masked language model guesses at every position, a fifth of its work, and only masks are ever shown."""
        masked = "ForMaskedLM" in type(self.model).__name__
        if masked and self._mask not in read.tensors["input_ids"][0].tolist():
            return self.model.base_model
        return self.model


def _read_by_itself(model: PreTrainedModel, name: str) -> AttentionKind:
    """Let a model with attention of its own hand out its weights, and find whether it ever looks ahead.

    Raises `Refused` where it hands out none."""
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        row = torch.zeros(1, 2, dtype=torch.long, device=model.device)
        output = model(input_ids=row, output_attentions=True)
    weights = getattr(output, "attentions", None)
    eager = model.config._attn_implementation == "eager"  # by another way masks may be of a kind that it does not read
    if not eager or not weights or any(layer is None for layer in weights):
        raise Refused("The attention of {name} cannot be captured, so nothing is drawn of it.", name=name)
    return "encoder" if any((layer[..., 0, 1] != 0).any() for layer in weights) else "decoder"
