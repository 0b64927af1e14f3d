"""What pages ask of single decoding steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.gateway.door import Door

if TYPE_CHECKING:
    from engine.inference.step_by_step.opened import Opened
    from engine.inference.step_by_step.quantities import Changes
    from engine.inference.step_by_step.small_case import Form
    from engine.inference.step_by_step.walk import Walk


class Steps:
    """Steps of recurrent translators and of the small case. What the encoder made of a sentence is kept, so that a
    changed number costs one step."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def open(self, name: str, text: str, place: int, changes: Changes, mistake: str) -> Opened:
        """Step `place` of a translation, from 0, or its last one where it is shorter. Raises Refused."""
        from engine.inference.step_by_step import mistakes, opened, walk

        padding = mistakes.PADDING if mistake == "padding" else 0
        way: Walk = self._door.ask(
            name, ("walk", text, padding), lambda translator: walk.walk(translator, text, padding)
        )
        info = self._door.listing.model(name)
        with self._door.queue.turn():
            return opened.opened(self._door.model(info), way, min(place, len(way.ids) - 1), changes, mistake)

    def small(self, form: Form, place: int, changes: Changes, mistake: str) -> Opened:
        """Step `place` of the small case, from 0, or its last one. Raises Refused."""
        from engine.inference.step_by_step.opened import opened_small
        from engine.inference.step_by_step.small_case import TARGET

        with self._door.queue.turn():
            return opened_small(form, min(place, len(TARGET) - 1), changes, mistake)
