"""What pages ask of classifiers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.attention.imposed_levels import imposed_levels
from webapp.gateway.chunks import Chunk, Pace, classified
from webapp.gateway.door import Door
from webapp.gateway.in_turns import InTurns

if TYPE_CHECKING:
    from engine.evaluation.faithfulness import Faithfulness
    from engine.inference.document_reading import Reading


class Documents:
    """Texts classified and their weights tried, through the door that all pages share."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def read(
        self,
        name: str,
        text: str,
        *,
        without: frozenset[int] = frozenset(),
        effect: bool = False,
        by: str | None = None,
    ) -> Reading:
        """What a classifier makes of a text, the sentences of the numbers `without` (from 0) left out. Raises Refused.

        `by` is the way in which the words of a Transformer are weighed, where it is to be another than its first.
        """
        asked = ("document", text, without, by)
        more = {} if by is None else {"by": by}
        effect = effect or self._door.answers.get(self._door.key(name, *asked, True)) is not None
        return self._door.ask(
            name,
            (*asked, effect),
            lambda classifier: classifier.read(text, without=without, effect=effect, **more),
        )

    def imposed(self, name: str, reading: Reading, codes: Sequence[str]) -> Reading:
        """The same text as if the model had looked as ids say. Raises Refused."""
        asked = ("imposed", reading.document.text, reading.without, tuple(codes))
        return self._door.ask(name, asked, lambda classifier: classifier.imposed(reading, imposed_levels(codes)))

    def judge(
        self,
        name: str,
        text: str,
        without: frozenset[int] = frozenset(),
        by: str | None = None,
        *,
        relative: bool = False,
    ) -> Faithfulness:
        """Whether the shades of a document mean anything, tested in turns with other visitors. Raises Refused.

        They are `combined`, or `relative` to even attention.
        """
        from engine.evaluation.faithfulness import faithfulness  # brings SciPy and captum along

        def judged() -> Faithfulness:
            reading = self.read(name, text, without=without, effect=True, by=by)
            classifier = self._door.model(self._door.listing.model(name))
            weights = reading.relative if relative else None
            return faithfulness(InTurns(classifier, self._door.queue), reading, weights=weights)

        return self._door.answers.get_or_compute(self._door.key(name, "judge", text, without, by, relative), judged)

    def classify_many(self, name: str, texts: Sequence[str], first: int = 0) -> Iterator[Chunk]:
        """The texts from `first` on, classified in chunks, between which others are served.

        Whoever stops iterating has stopped the work. A text that cannot be read is told in its chunk; raises Refused
        only where the model is unknown or the queue is full at the start.
        """
        info = self._door.listing.model(name)
        pace = Pace()
        begun = False
        while first < len(texts):
            chosen = texts[first : pace.end(texts, first)]
            with self._door.queue.turn(let_in=begun):
                chunk = classified(self._door.model(info), chosen)
            yield chunk
            begun, first = True, first + len(chosen)
            pace.saw(chosen, chunk.seconds)
            if self._door.queue.wanted:
                # A lock is not fair: without this the next chunk would come before those who wait.
                time.sleep(0.01)
