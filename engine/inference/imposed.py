"""One translation under attention that somebody changed: the same words once more, and the words that come instead."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.attention.imposed import Imposed
from engine.attention.imposed_codes import code
from engine.decoding.imposed import Imposable, Imposing
from engine.errors import Refused
from engine.inference.translation import Translation
from engine.inference.translator import Translator


@dataclass(frozen=True, eq=False)
class Imposition:
    """`before` is an output made to be said again as the model is, `same` the very same pieces under what is imposed,
    and `new` what the model writes by itself under it."""

    imposed: Imposed
    before: Translation
    same: Translation
    new: Translation

    @property
    def codes(self) -> tuple[str, ...]:
        """The changes as ids."""
        return tuple(map(code, self.imposed.changes))

    @property
    def rise(self) -> Float[np.ndarray, " target"]:
        """By how many nats the log-probability of each piece of the output rose."""
        before, same = ([token.logprob for token in each.output.tokens] for each in (self.before, self.same))
        return np.array(same) - np.array(before)


def impose(translator: Translator, translation: Translation, imposed: Imposed, beam: int = 1) -> Imposition:
    """What becomes of a translation once `imposed`; the new one is searched for with `beam`, greedily with 1.

    Raises Refused for a model whose attention cannot be changed, and for changes that do not fit this output.
    """
    changed = under(translator, imposed, translation)
    return Imposition(
        imposed,
        before=translator.again(translation),
        same=changed.again(translation),
        new=changed.translate(translation.text, beam=beam),
    )


def under(translator: Translator, imposed: Imposed, translation: Translation) -> Translator:
    """The same translator with its attention changed as that of `translation` is to be; raises Refused as `impose`."""
    model = translator.model
    if translation.trace is None:
        raise Refused("This model has no attention that could be changed.")
    if not isinstance(model, Imposable) or not model.imposable:
        raise Refused("Only a recurrent translator whose attention sums up what it looked at can have it changed.")
    imposed.check(len(translation.ids), len(translation.keys) + model.keys_more)
    changed = copy(translator)
    changed.model = Imposing(model, imposed)
    return changed
