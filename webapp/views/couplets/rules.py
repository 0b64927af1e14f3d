"""How two lines keep the rules of a couplet: length, tones, repeats; and how far attention lay from the diagonal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from engine.evaluation.diagonal import mean_distance, off_diagonal
from engine.inference.translation import Translation
from engine.text.couplet import CoupletForm, one_line
from engine.text.tones import Tone
from webapp.i18n import N_, counted, joined, t
from webapp.shell.view import View
from webapp.views.couplets import controls
from webapp.views.shared.stored_figures import stored

TONES = {Tone.LEVEL: N_("level (平)"), Tone.OBLIQUE: N_("oblique (仄)"), None: N_("not known")}
HELD, MISSED, UNKNOWN = ":material/check:", ":material/close:", ":material/question_mark:"
MEASURED = "beam5"  # the search by which models were measured


def show(view: View, written: Translation, form: CoupletForm) -> None:
    """One sentence for each rule, and the tones place by place."""
    st.header(t("How the lines answer each other"), anchor=False)
    first, second = one_line(written.text), one_line(written.output.text)
    sentences = [_length(view, form), *tones(form), *_repeats(form, first, second), *_distance(written)]
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
    if form.even:
        alt = t("Tones at the even places")
        st.dataframe(
            _table(form, first, second),
            hide_index=True,
            height="content",
            width="content",
            alt=alt,
            key="couplet_tones",
        )
    st.caption(
        t(
            "Tones of today's Mandarin (first and second level, third and fourth oblique), read by pypinyin; the old "
            "rhymes (Pingshui) are not used, so a traditional line can miss here what it keeps there. Even places are "
            "counted anew in each clause. Classic lines may be among those that the models learnt from."
        )
    )


def _length(view: View, form: CoupletForm) -> str:
    if not form.equal:
        sentence = t("{sign} The first line has {first} characters, the second {second}.")
        return sentence.format(sign=MISSED, first=form.lengths[0], second=form.lengths[1])
    count = form.lengths[0]
    equal = counted(
        "{sign} Equal length: {count} character each.", "{sign} Equal length: {count} characters each.", count
    )
    held = t("The search was held to it.") if view["equal"] else t("Nothing held the search to it.")
    return joined(equal.format(sign=HELD, count=count), held, measured(controls.models()[view["model"]].metrics or {}))


def measured(metrics: Mapping[str, Any]) -> str:
    """How often a model's lines are of equal length by themselves, where its `metrics` hold that."""
    value, low, high = (stored(metrics, "equal_length", MEASURED, end) for end in ("value", "low", "high"))
    lines = stored(metrics, "test", "first_lines")
    if value is None or low is None or high is None or lines is None:
        return ""
    sentence = counted(
        "By itself, with beam 5, this model keeps it in {value} % of {count:,} test line (95 % interval {low} to "
        "{high}).",
        "By itself, with beam 5, this model keeps it in {value} % of {count:,} test lines (95 % interval {low} to "
        "{high}).",
        int(lines),
    )
    ends = {"value": value, "low": low, "high": high}
    return sentence.format(count=int(lines), **{name: f"{100 * end:.1f}" for name, end in ends.items()})


def tones(form: CoupletForm) -> list[str]:
    """A sentence for the even places and one for the end of each line; what is not known is neither held nor missed."""
    ends = (
        (
            form.first_end,
            Tone.OBLIQUE,
            t("{sign} The first line ends in a tone that is {tone}; it should be {wanted}."),
        ),
        (
            form.second_end,
            Tone.LEVEL,
            t("{sign} The second line ends in a tone that is {tone}; it should be {wanted}."),
        ),
    )
    return _even(form) + [
        sentence.format(
            sign=sign(None if tone is None else tone == wanted), tone=t(TONES[tone]), wanted=t(TONES[wanted])
        )
        for tone, wanted, sentence in ends
    ]


def _even(form: CoupletForm) -> list[str]:
    """How many of the even places oppose each other, and of how many that is not known."""
    known = [place.opposed for place in form.even if place.opposed is not None]
    unknown = len(form.even) - len(known)
    rest = counted(
        "At {count} more place the tones are not known.", "At {count} more places the tones are not known.", unknown
    ).format(count=unknown)
    if not known:
        return [t("{sign} Tones at the even places: not known.").format(sign=UNKNOWN)] if unknown else []
    even = t("{sign} Tones at the even places: {opposed} of {count} opposed.")
    held = even.format(sign=sign(all(known)), opposed=sum(known), count=len(known))
    return [joined(held, rest if unknown else "")]


def sign(held: bool | None) -> str:
    """The icon before a rule that is held or missed; None where neither is known."""
    return UNKNOWN if held is None else HELD if held else MISSED


def _repeats(form: CoupletForm, first: str, second: str) -> list[str]:
    if not form.repeats:
        return [t("The first line repeats no character.")]
    kept = t(
        "{sign} “{character}” stands at places {place} and {again} of the first line, and “{other}” of the second."
    )
    lost = t(
        "{sign} “{character}” stands at places {place} and {again} of the first line; the second repeats none there."
    )
    return [
        (kept if repeat.kept else lost).format(
            sign=HELD if repeat.kept else MISSED,
            character=first[repeat.place],
            place=repeat.place + 1,
            again=repeat.again + 1,
            other=second[repeat.place] if repeat.kept else "",
        )
        for repeat in form.repeats
    ]


def _distance(written: Translation) -> list[str]:
    """How far from its own place each character looked on average; nothing where none looked at any."""
    mean = math.nan if written.trace is None else mean_distance(off_diagonal(written.trace))
    if math.isnan(mean):
        return []
    sentence = t("On average a character looked {mean} characters away from its own place in the first line.")
    return [sentence.format(mean=f"{mean:.2f}")]


def _table(form: CoupletForm, first: str, second: str) -> pd.DataFrame:
    opposed = {True: t("yes"), False: t("no"), None: t("not known")}
    return pd.DataFrame(
        {
            t("Place"): [place.number + 1 for place in form.even],
            t("First line"): [f"{first[place.number]} {t(TONES[place.first])}" for place in form.even],
            t("Second line"): [f"{second[place.number]} {t(TONES[place.second])}" for place in form.even],
            t("Opposed"): [opposed[place.opposed] for place in form.even],
        }
    )
