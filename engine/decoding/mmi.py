"""Replies weighed by how well they fit what they answer, so that what answers everything loses ("I don't know.").

MMI-bidi of Li et al. 2016, arXiv:1510.03055, section 4.5: of the outputs of a search, T, for a message S that is best
which has the highest ln p(T|S) + λ ln p(S|T) + γ |T|.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Mmi(NamedTuple):
    """λ weighs how likely the message is by the reply, γ each piece of the reply; both 0 leave the likeliest first."""

    weight: float = 0.0
    length: float = 0.0


LIKELIEST = Mmi()
USUAL = Mmi(0.5, 0.0)
"""Where nothing was chosen on development data."""


class Reply(NamedTuple):
    """One output with the parts of its score in nats: ln p(reply | message) and ln p(message | reply), which is 0 where
    no model of the way back was asked. `pieces` counts its end too."""

    text: str
    logprob: float
    back: float
    pieces: int

    def score(self, mmi: Mmi) -> float:
        """In nats; higher is better."""
        return self.logprob + mmi.weight * self.back + mmi.length * self.pieces


def ranked(replies: Sequence[Reply], mmi: Mmi) -> list[int]:
    """The numbers of the replies, best first; of equals the earlier one first."""
    return sorted(range(len(replies)), key=lambda i: -replies[i].score(mmi))
