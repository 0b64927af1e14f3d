"""What a test beside chance comes to, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from webapp.i18n import N_

if TYPE_CHECKING:
    from engine.evaluation.verdict import Verdict

VERDICTS: Mapping[Verdict, str] = {
    "better": N_("Better than chance."),
    "worse": N_("Worse than chance."),
    "undecided": N_("Undecided: chance does as well."),
}
