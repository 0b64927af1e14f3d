"""A model that answers the first line of a couplet with a second, and what its second lines may be held to."""

from __future__ import annotations

from collections.abc import Mapping

from engine.decoding.contract import limit
from engine.decoding.wanted import Wanted
from engine.errors import N_, Refused
from engine.inference.translation import Translation
from engine.inference.translator import Translator
from engine.text.couplet import MAX_LINE, fixed_places, one_line
from engine.text.given import check_text
from engine.text.tokenizer import UNKNOWN_ID

TYPE_LINE = N_("Type a first line first.")


class CoupletWriter(Translator):
    """Writes second lines: a translator from Chinese into Chinese whose pieces are characters."""

    def write(
        self, first: str, *, fixed: str = "", equal: bool = True, beam: int = 5, nbest: int = 1, choose: int = 0
    ) -> Translation:
        """Second lines for `first`, the best of a beam; the trace is of that which `choose` names, from 0.

        `fixed` is a pattern such as "_风__": its characters stand at their places in every line. With `equal`, second
        lines are as long as the first. Raises `Refused` for lines that cannot be read and for what cannot be written.
        """
        first = one_line(check_text(first, TYPE_LINE))
        if len(first) > MAX_LINE:
            raise Refused(
                "This line has {count} characters, and {most} are read at most: shorten it.",
                count=len(first),
                most=MAX_LINE,
            )
        wanted = self._wanted(first, fixed_places(fixed), equal)
        return self.translate(first, beam=beam, nbest=nbest, choose=choose, wanted=wanted)

    def _wanted(self, first: str, characters: Mapping[int, str], equal: bool) -> Wanted | None:
        source = self.tokenizer.encode(first).ids
        longest = len(source) - 1 if equal else min(limit(len(source) - 1) - 1, MAX_LINE)
        beyond = [place for place in characters if place >= longest]
        if beyond:
            raise Refused(
                "A character is fixed at place {place}, and the second line can have {most}: fix fewer, or let it be "
                "of another length.",
                place=beyond[0] + 1,
                most=longest,
            )
        pieces = {place: self.tokenizer.ids([character])[0] for place, character in characters.items()}
        for place, ids in pieces.items():
            if len(ids) != 2 or ids[0] == UNKNOWN_ID:
                raise Refused("The model does not know the character {character}.", character=characters[place])
        if not pieces and not equal:
            return None
        return Wanted({place: ids[0] for place, ids in pieces.items()}, len(source) if equal else None)
