"""What pages ask of the corpora that visitors brought: each sees and uses its own."""

from __future__ import annotations

from engine.data.own import keeping, stored
from engine.data.own.rows import Usable
from engine.data.own.stored import OwnCorpus
from engine.errors import Refused
from webapp.gateway.runs import Runs


class OwnCorpora:
    """The corpora of this server. Who may use one shows the key of the browser that brought it."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def of(self, owner: str) -> list[OwnCorpus]:
        """Those that the browser with this key brought."""
        return [corpus for corpus in stored.listed() if owner and keeping.digest(owner) in corpus.owners]

    def add(self, usable: Usable, title: str, languages: tuple[str, str], owner: str) -> OwnCorpus:
        """Store one. Raises Refused for a browser without a key, which could never use it."""
        if not owner:
            raise Refused("Your browser keeps no cookies, by which a corpus is known to be yours: allow them first.")
        return keeping.add(usable, title, languages, owner)

    def delete(self, name: str, owner: str) -> None:
        """Raises Refused for somebody else's, and while a training needs it that waits or goes on."""
        if runs := self._runs.that_need(name):
            raise Refused("{corpus} is needed by the training {title}: stop it first.", corpus=name, title=runs[0])
        keeping.delete(name, owner)
