"""What pages ask of models that reply."""

from __future__ import annotations

from engine.decoding.mmi import LIKELIEST
from engine.inference.conversation import Answer
from engine.store import replying
from engine.store.catalogue import ModelInfo
from engine.store.replying import Generic
from webapp.gateway.door import Door


class Conversation:
    """Replies, through the door that all pages share."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def models(self) -> dict[str, ModelInfo]:
        """Those that reply, without those that say what a reply answers."""
        known = self._door.listing.models("conversation")
        return {name: info for name, info in known.items() if not replying.backwards(info)}

    def reply(self, name: str, message: str, *, weighed: bool, choose: int) -> Answer:
        """All replies of a search and where the model looked for the one that `choose` names, from 0, or for the last
        where there are fewer; `weighed` by the way back, or the likeliest first. Raises Refused."""
        mmi = None if weighed else LIKELIEST
        back = replying.reverse(self._door.listing.model(name))
        asked = ("reply", message, weighed, self._door.listing.fingerprint(back))
        best: Answer = self._door.ask(name, (*asked, 0), lambda model: model.reply(message, mmi=mmi))
        place = min(choose, len(best.replies) - 1)
        if not place:
            return best
        return self._door.ask(name, (*asked, place), lambda model: model.reply(message, mmi=mmi, choose=place))

    def generic(self, name: str, text: str) -> Generic | None:
        """How often a reply was offered to test messages; None where that was not measured."""
        return replying.generic(self._door.listing.model(name), text)

    def reverse(self, name: str) -> str:
        """The model by which its replies are weighed; empty where it names none."""
        return replying.reverse(self._door.listing.model(name))
