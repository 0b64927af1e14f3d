"""The one place where pages ask the engine, in parts by what is asked."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from engine.errors import Refused
from webapp.gateway.conversation import Conversation
from webapp.gateway.couplets import Couplets
from webapp.gateway.documents import Documents
from webapp.gateway.door import WAITING, Door
from webapp.gateway.estimates import Estimates
from webapp.gateway.heads import Heads
from webapp.gateway.own_corpora import OwnCorpora
from webapp.gateway.replays import Replays
from webapp.gateway.runs import Runs
from webapp.gateway.second import Second
from webapp.gateway.second_process import answered, begin
from webapp.gateway.sentences import Sentences
from webapp.gateway.steps import Steps
from webapp.gateway.stored import Stored


class Gateway:
    """Which models there are, and what models of each task answer. What comes out is frozen."""

    def __init__(self) -> None:
        self.second = Second(WAITING, begin, answered)
        self.forget()

    def forget(self) -> None:
        """Begin anew: no model is listed or loaded and nothing has been asked."""
        self.door = Door(self.second)
        self.listing = self.door.listing
        self.sentences = Sentences(self.door)
        self.couplets = Couplets(self.door)
        self.conversation = Conversation(self.door)
        self.documents = Documents(self.door)
        self.heads = Heads(self.door)
        self.steps = Steps(self.door, self.heads)
        self.replays = Replays()
        self.runs = Runs(lambda: self.device, self.listing.refresh)
        self.estimates = Estimates(lambda: self.device)
        self.stored = Stored(self.listing, self.runs)
        self.own_corpora = OwnCorpora(self.runs)

    @property
    def device(self) -> str:
        """Where models compute, "cpu" or "cuda"."""
        return self.door.device

    def hurrying(self) -> AbstractContextManager[None]:
        """For all that a visitor waits for before there is anything to see."""
        return self.door.queue.hurrying()

    def give_way(self) -> None:
        """To be called before what a page shows later is drawn: those in a hurry go first."""
        self.door.queue.give_way()

    @property
    def spare_core(self) -> bool:
        """Whether a second process would compute beside this one: models are on the processor, which has another core,
        and ALIGNSCOPE_SECOND is not 0."""
        if os.environ.get("ALIGNSCOPE_SECOND", "1") == "0" or (os.cpu_count() or 1) < 2:
            return False
        try:
            return self.device == "cpu"
        except Refused:  # ALIGNSCOPE_DEVICE names none; pages say so
            return False
