"""What pages ask of computations that are taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.gateway.door import Door
from webapp.gateway.heads import Heads

if TYPE_CHECKING:
    from engine.inference.step_by_step.hierarchy.opened import OpenedText
    from engine.inference.step_by_step.hierarchy.text import Text
    from engine.inference.step_by_step.quantities import Changes
    from engine.inference.step_by_step.recurrent.opened import OpenedStep
    from engine.inference.step_by_step.recurrent.small_case import Form
    from engine.inference.step_by_step.recurrent.walk import Walk
    from engine.inference.step_by_step.self_attention.opened import OpenedHead


class Steps:
    """Steps of recurrent translators, layers of Transformers, levels of hierarchical classifiers; of models and of
    small cases. What a model made of a
    text is kept, so that a changed number costs what follows from it alone."""

    def __init__(self, door: Door, heads: Heads) -> None:
        self._door = door
        self._heads = heads

    def step(self, name: str, text: str, place: int, changes: Changes, mistake: str) -> OpenedStep:
        """Step `place` of a translation, from 0, or its last one where it is shorter. Raises Refused."""
        from engine.inference.step_by_step.mistakes import PADDING
        from engine.inference.step_by_step.recurrent import opened, walk

        padding = PADDING if mistake == "padding" else 0
        way: Walk = self._door.ask(
            name, ("walk", text, padding), lambda translator: walk.walk(translator, text, padding)
        )
        info = self._door.listing.model(name)
        with self._door.queue.turn():
            return opened.opened(self._door.model(info), way, min(place, len(way.ids) - 1), changes, mistake)

    def small_step(self, form: Form, place: int, changes: Changes, mistake: str) -> OpenedStep:
        """Step `place` of the small translator, from 0, or its last one. Raises Refused."""
        from engine.inference.step_by_step.recurrent.opened import opened_small
        from engine.inference.step_by_step.recurrent.small_case import TARGET

        with self._door.queue.turn():
            return opened_small(form, min(place, len(TARGET) - 1), changes, mistake)

    def layer(self, name: str, text: str, layer: int, head: int, changes: Changes, mistake: str) -> OpenedHead:
        """A self-attention layer of a Transformer by way of one of its heads, both from 0. Raises Refused."""
        from engine.inference.step_by_step.self_attention.opened import opened, padded

        read = self._heads.taken_apart(name, text, layer, padded(mistake))
        with self._door.queue.turn():
            return opened(read, head, changes, mistake)

    def small_layer(self, head: int, causal: bool, changes: Changes, mistake: str) -> OpenedHead:
        """The small layer by way of one of its heads, from 0. Raises Refused."""
        from engine.inference.step_by_step.self_attention.opened import opened_small

        with self._door.queue.turn():
            return opened_small(head, causal, changes, mistake)

    def text(self, name: str, text: str, sentence: int, changes: Changes, mistake: str, *, bare: bool) -> OpenedText:
        """Both levels of a hierarchical classifier by way of one sentence, from 0, with or without its hidden layers.
        Raises Refused."""
        from engine.inference.step_by_step.hierarchy.opened import opened
        from engine.inference.step_by_step.hierarchy.text import text_of

        read: Text = self._door.ask(name, ("levels", text), lambda classifier: text_of(classifier, text))
        with self._door.queue.turn():
            return opened(read, sentence, changes, mistake, bare=bare)

    def small_text(self, sentence: int, changes: Changes, mistake: str, *, bare: bool) -> OpenedText:
        """Both levels of the small classifier by way of one sentence, from 0. Raises Refused."""
        from engine.inference.step_by_step.hierarchy.opened import opened_small

        with self._door.queue.turn():
            return opened_small(sentence, changes, mistake, bare=bare)
