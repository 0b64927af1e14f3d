"""What pages ask of models that write couplets."""

from __future__ import annotations

from engine.inference.translation import Translation
from webapp.gateway.door import Door


class Couplets:
    """Second lines, through the door that all pages share."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def write(self, name: str, first: str, *, fixed: str, equal: bool, lines: int, choose: int) -> Translation:
        """The best second lines of a search that follows as many, and where the model looked for the one that `choose`
        names, from 0, or for the last where there are fewer. Raises Refused."""
        asked = ("couplet", first, fixed, equal, lines)
        best: Translation = self._door.ask(
            name, (*asked, 0), lambda writer: writer.write(first, fixed=fixed, equal=equal, beam=lines, nbest=lines)
        )
        place = min(choose, len(best.hypotheses) - 1)
        if not place:
            return best
        return self._door.ask(
            name,
            (*asked, place),
            lambda writer: writer.write(first, fixed=fixed, equal=equal, beam=lines, nbest=lines, choose=place),
        )
