"""Does the picture mean anything? Words taken away in order of attention, effect and chance; weights shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import Refused
from engine.inference.translation import Translation
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t, verbatim
from webapp.shell import frame
from webapp.shell.view import View
from webapp.views.shared.output_tokens import signed
from webapp.views.shared.verdicts import VERDICTS
from webapp.views.translate import controls
from webapp.views.translate.conclusion import conclusion

if TYPE_CHECKING:
    from engine.inference.translation_faithfulness import Erasure, Shuffled

    Judged = tuple[Erasure, Shuffled | None]

MOST_JUDGED = 60  # source words; some hundred variants of the sentence are read
CURVES = {
    "most": N_("most attention first"),
    "effect": N_("most effect first"),
    "random": N_("random words"),
}


def panel(view: View, translation: Translation) -> Judged | None:
    """Made once it is opened, for it takes some seconds; gives what was found for this sentence."""
    if translation.trace is None:
        return None
    box = st.expander(t("Can I trust this picture?"), on_change="rerun", key=view.key("trust"))
    if not box.open:
        return None
    with box:
        st.markdown(
            t(
                "The map shows where the model looked. Whether it wrote this *because* it looked there is another "
                "question, and no single test settles it. Both tests ask how likely the model finds this very "
                "translation (ln p, in nats)."
            )
        )
        if len(translation.keys.words()) > MOST_JUDGED:
            sentence = t("For a sentence of over {most} words these tests would take too long.")
            st.info(sentence.format(most=MOST_JUDGED))
            return None
        try:
            return _tests(view, translation)
        except Refused as reason:
            frame.refused(reason)
            return None


def place(view: View, translation: Translation) -> tuple[int | None, int | None]:
    """The layer and the head whose picture is tested, from 0; None where the engine chooses."""
    trace = translation.trace
    assert trace is not None, "a picture is tested where there is one"
    return controls.heads(view).place(trace) if trace.weights.shape[:2] != (1, 1) else (None, None)


def _tests(view: View, translation: Translation) -> Judged:
    """Each test is drawn as soon as it is done, and what follows from both after them."""
    with st.spinner(t("Reading the sentence some hundred times, each time without other words…")):
        erased = gateway.sentences.erasure(view["model"], translation, place(view, translation))
    _erased(view, erased)
    other: Shuffled | None = None
    if gateway.listing.models()[view["model"]].imposable:
        with st.spinner(t("Translating with shuffled attention…")):
            other = gateway.sentences.shuffled(view["model"], translation)
        _shuffled(other)
    else:
        question = t("Would another picture have gone with the same translation?")
        reason = t("This cannot be tested here: only a recurrent translator lets its weights be replaced.")
        st.markdown(f"**{question}** {reason}")
    st.markdown(conclusion(erased, other))
    st.caption(
        joined(
            t(
                "Erasure after DeYoung et al. 2020 and Samek et al. 2017, shuffled weights after Jain & Wallace 2019. "
                "The grey band is the range of {shuffles} orders by chance. An order that is itself drawn by chance "
                "lies above all of them in 1 of {draws} sentences, and below all of them as often."
            ).format(shuffles=len(erased.random), draws=len(erased.random) + 1),
            t("A word is taken away by writing `<unk>` in place of each of its subwords."),
            t("Effect is measured by hiding words, so it shows how much there was to find, not how good attention is."),
        )
    )
    return erased, other


def _erased(view: View, erased: Erasure) -> None:
    # Plotly is slow to import, and who does not open this does without it.
    from webapp.figures.charts import erasure

    for name, question in (
        ("attention", t("Does the translation become unlikely faster without the words that got most attention?")),
        ("effect", t("And those with most effect?")),
    ):
        answer = t("ln p falls by {value} on the mean of this curve, for random orders by {low} to {high}.").format(
            value=signed(erased.falls[name]), low=signed(erased.chance.min()), high=signed(erased.chance.max())
        )
        st.markdown(joined(f"**{question}** {answer}", t(VERDICTS[erased.verdicts[name]])))
    shares = [gone / erased.words for gone in erased.gone]
    curves = {"most": erased.curves["attention"], "effect": erased.curves["effect"], "random": erased.random}
    names = {name: t(label) for name, label in CURVES.items()}
    figure = erasure.erasure(
        shares,
        curves,
        names,
        x_title=t("words taken away"),
        y_title=t("ln p of the translation (nats)"),
        percent=t("{value} %"),
        likelihood=False,
    )
    st.plotly_chart(
        figure,
        config={"displayModeBar": False},
        alt=erasure.spoken(shares, curves, names, percent=t("{value} %"), t=t),
        key=view.key("erasure"),
    )


def _shuffled(shuffled: Shuffled) -> None:
    question = t("Would another picture have gone with the same translation?")
    answer = t(
        "ln p of the translation is {value}; with the weights of every step shuffled, {times} times over, it is {low} "
        "to {high}."
    ).format(
        value=signed(shuffled.logprob),
        low=signed(shuffled.logprobs.min()),
        high=signed(shuffled.logprobs.max()),
        times=len(shuffled.logprobs),
    )
    verdict = {
        "better": t("Its own weights do better than all of them."),
        "worse": t("All of them do better than its own weights."),
        "undecided": t("Undecided: some shuffled weights do as well."),
    }[shuffled.verdict]
    free = t(
        "Writing by itself, always the likeliest subword, the model writes another sentence in {share} of them."
    ).format(share=f"{len(shuffled.others)}/{len(shuffled.texts)}")
    example = t("For example: {text}").format(text=verbatim(shuffled.others[0])) if shuffled.others else ""
    st.markdown(joined(f"**{question}** {answer}", verdict, free, example))
