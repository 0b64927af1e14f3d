"""Whose attention is drawn, where a model has several heads, and at which step it is read."""

from __future__ import annotations

from dataclasses import dataclass

from engine.inference.word_matrices import shifted
from engine.traces import Trace
from webapp.i18n import N_, counted, joined, t

LATER = {
    1: N_("Each word is read at the step after the one that wrote it."),
    2: N_("Each word is read two steps after the one that wrote it."),
}


@dataclass(frozen=True)
class Heads:
    """Whose attention is drawn, counted from 0: of `layer`, None for the one that the engine looks at, and of `head`,
    None for the mean over all of the layer. `later` reads each word so many steps after the one that wrote it."""

    layer: int | None = None
    head: int | None = None
    later: int = 0

    def of(self, trace: Trace) -> Trace:
        return shifted(trace, self.later).only(*self.place(trace))

    def place(self, trace: Trace) -> tuple[int, int | None]:
        """Layer and head, counted from 0, the head None for all of the layer."""
        layers, heads = trace.weights.shape[:2]
        layer = trace.chosen if self.layer is None else min(self.layer, layers - 1)
        return layer, None if self.head is None else min(self.head, heads - 1)

    def name(self, trace: Trace) -> str:
        """In words, with the step at which it is read unless that is the one that wrote the word; of a model that has
        but one head the step alone."""
        layers, heads = trace.weights.shape[:2]
        later = t(LATER[self.later]) if self.later else ""
        if (layers, heads) == (1, 1):
            return later
        layer, head = self.place(trace)
        if head is None:
            sentence = counted(
                "The only head of layer {layer} of {layers}.",
                "Average of the {count} heads of layer {layer} of {layers}.",
                heads,
            )
            return joined(sentence.format(count=heads, layer=layer + 1, layers=layers), later)
        sentence = t("Head {head} of {heads} in layer {layer} of {layers}.")
        named = sentence.format(head=head + 1, heads=heads, layer=layer + 1, layers=layers)
        return joined(named, later)
