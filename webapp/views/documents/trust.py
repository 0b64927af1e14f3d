"""Does the picture mean anything? What was found for this text, beside what was found over the test texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from webapp.figures.drawing.marks import number
from webapp.figures.scenes.wording import printed
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t, verbatim
from webapp.shell.view import View
from webapp.views.shared.verdicts import VERDICTS

if TYPE_CHECKING:
    from engine.evaluation.faithfulness import Faithfulness
    from engine.evaluation.verdict import Verdict
    from engine.store.catalogue import ModelInfo
    from webapp.views.documents.answer import Asked

MOST_JUDGED = 1_000  # words; some hundred variants of the text are read
CURVES = {
    "most": N_("most highlighted words first"),
    "random": N_("random words"),
    "least": N_("lightest words first"),
}
COLLECTIONS = {"yelp_hat": N_("restaurant reviews"), "eraser_movies": N_("film reviews")}


def panel(view: View, asked: Asked) -> Faithfulness | None:
    """Made once it is opened, for it takes some seconds; gives what was found for this text."""
    box = st.expander(t("Can I trust this picture?"), on_change="rerun", key=view.key("trust"))
    judged: Faithfulness | None = None
    if not box.open:
        return judged
    with box:
        st.markdown(
            t(
                "The picture shows where the model looked. Whether it answered so *because* it looked there is another "
                "question, and no single test settles it. These tests take the attention shades literally:"
            )
        )
        by = asked.reading.by if asked.pieces else None
        measured = _measured(asked.info, by)
        if len(asked.reading.word_weights) > MOST_JUDGED:
            st.info(t("For a text of over {most} words these tests would take too long.").format(most=MOST_JUDGED))
        else:
            if caveat := _other_shade(asked, view["reading"], bool(measured)):
                st.caption(caveat)
            with st.spinner(t("Reading the text some hundred times, each time without other words…")):
                judged = gateway.documents.judge(
                    view["model"],
                    asked.reading.document.text,
                    asked.reading.without,
                    by,
                    relative=view["reading"] == "relative",
                )
            _tests(judged, measured)
            _curves(view, judged)
        _model(asked.info)
    return judged


def _measured(info: ModelInfo, by: str | None) -> Mapping[str, Any]:
    """What was found over test texts, of a Transformer's words weighed as they are `by`."""
    metrics = info.metrics or {}
    readings = metrics.get("readings") or {}
    first = next(iter(readings), by)  # the one that has all figures
    figures = metrics.get("faithfulness") if by == first or by is None else readings.get(by)
    return figures if isinstance(figures, dict) else {}


def _other_shade(asked: Asked, shown: str, measured: bool) -> str:
    """Where what is judged here, or was over test texts, is not what the words are shaded by; else empty."""
    if shown == "effect" and asked.flat:
        return t("These tests judge the attention to each word, not the effect that is shown now.")
    if shown in ("words", "effect"):
        return t("These tests judge √(p_s·p_w), not the shade that is shown now.")
    if shown == "relative" and not asked.flat and measured:
        return t(
            "This text is judged by the shade that is shown; the grey figures over test texts were measured with "
            "another one, √(p_s·p_w)."
        )
    return ""


def _tests(faithfulness: Faithfulness, measured: Mapping[str, Any]) -> None:
    """Each test as a question, its answer for this text, and that for the test texts."""
    whole = faithfulness.probability
    _test(
        t("Were the most highlighted words needed?"),
        t(
            "The probability of the answer is {whole}; without the most highlighted words it is {value}, without as "
            "many random words {low} to {high}."
        ),
        faithfulness.verdicts["comprehensiveness"],
        {"whole": whole, "value": whole - faithfulness.comprehensiveness, **_ends(faithfulness, "comprehensiveness")},
        _means(measured, "comprehensiveness", "random_comprehensiveness"),
    )
    _test(
        t("Were they enough?"),
        t("With the most highlighted words alone it is {value}, with as many random words alone {low} to {high}."),
        faithfulness.verdicts["sufficiency"],
        {"value": whole - faithfulness.sufficiency, **_ends(faithfulness, "sufficiency")},
        _means(measured, "sufficiency", "random_sufficiency"),
    )
    low, high = faithfulness.by_chance["area"]
    _test(
        t("Does the answer fall faster when the most highlighted words go first?"),
        t("The area between the curves below is {value}; for random orders it is {low} to {high}."),
        faithfulness.verdicts["area"],
        {"value": faithfulness.area, "low": low, "high": high},
        _means(measured, "area"),
    )
    for value, name, question in (
        (faithfulness.gradients, "gradients", t("Do gradients put the words in the same order?")),
        (faithfulness.effect, "effect", t("Does taking away each word put them in the same order?")),
    ):
        answer = t("Agreement {value}: 1 is the same order, 0 none in common (Kendall's τ).")
        if value is None:
            answer = t("There is no order to compare: all weights are alike.")
        _test(question, answer, None, {} if value is None else {"value": value}, _means(measured, name))
    _test(
        t("Would another picture have gone with the same answer?"),
        t("With the weights shuffled within each sentence the answer moves by {value}; near 0, any picture would do."),
        None,
        {"value": faithfulness.permuted},
        _means(measured, "permuted"),
    )


def _ends(faithfulness: Faithfulness, name: str) -> dict[str, float]:
    """The lowest and the highest probability that random words left, for the fall in it is what is measured."""
    least, most = faithfulness.by_chance[name]
    return {"low": faithfulness.probability - most, "high": faithfulness.probability - least}


def _test(question: str, answer: str, verdict: Verdict | None, facts: Mapping[str, float], means: str) -> None:
    line = f"**{question}** {answer.format(**{name: _signed(value) for name, value in facts.items()})}"
    if verdict is not None:
        line = joined(line, t(VERDICTS[verdict]))
    st.markdown(f"{line}  \n:gray[{means}]" if means else line)


def _means(measured: Mapping[str, Any], *names: str) -> str:
    """What was found over test texts, with its 95 % interval; empty where it was not measured."""
    measures = [measured.get(name) for name in names]
    if not measures or not isinstance(measures[0], dict):
        return ""
    first = measures[0]
    over = t("Over {count:,} test texts: {value} ({low} to {high}).")
    if len(names) > 1 and first["value"] < 0:  # nobody falls by less than nothing
        first = {**first, "value": -first["value"], "low": -first["high"], "high": -first["low"]}
        over = t(
            "Over {count:,} test texts it rises by {value} ({low} to {high}); for random words it falls by {chance}."
        )
    elif len(names) > 1:
        over = t("Over {count:,} test texts it falls by {value} ({low} to {high}), for random words by {chance}.")
    chance = _signed(measures[-1]["value"]) if isinstance(measures[-1], dict) else "?"
    figures = {key: _signed(first[key]) for key in ("value", "low", "high")}
    return over.format(count=first["documents"], chance=chance, **figures)


def _curves(view: View, faithfulness: Faithfulness) -> None:
    # Plotly is slow to import, and who does not open this does without it.
    from webapp.figures.charts import erasure

    curves = {"most": faithfulness.most, "least": faithfulness.least, "random": faithfulness.random}
    called = {name: t(label) for name, label in CURVES.items()}
    figure = erasure.erasure(
        faithfulness.shares,
        curves,
        called,
        x_title=t("words taken away"),
        y_title=t("probability of the answer"),
        percent=t("{value} %"),
    )
    st.plotly_chart(
        figure,
        config={"displayModeBar": False},
        alt=erasure.spoken(faithfulness.shares, curves, called, percent=t("{value} %"), t=t),
        key=view.key("erasure"),
    )
    st.caption(
        t(
            "Comprehensiveness and sufficiency after DeYoung et al. 2020, over 1, 5, 10, 20 and 50 % of the words; "
            "shuffled weights after Jain & Wallace 2019. The grey band is the range of {shuffles} orders by chance."
        ).format(shuffles=faithfulness.effort.shuffles)
    )


def _model(info: ModelInfo) -> None:
    """How good the model is, beside one that looks at nothing, and whether people mark the same words."""
    metrics = info.metrics or {}
    if isinstance(accuracy := metrics.get("accuracy"), dict):
        sentence = t("This model gets {share} of {count} test texts right ({low} to {high}).").format(
            **{key.replace("value", "share"): _share(accuracy[key]) for key in ("value", "low", "high")},
            count=f"{metrics['test']['documents']:,}",
        )
        for other in metrics.get("baseline", {}).values():
            counting = t("Counting words and pairs of words (TF-IDF), which uses no attention, gets {share} right.")
            sentence = joined(sentence, counting.format(share=_share(other["accuracy"]["value"])))
        if (even := _even(info)) is not None:
            without = t(
                "The same network trained with even weights, without attention, gets {share} right (Wiegreffe & Pinter "
                "2019): that difference is what attention adds."
            )
            sentence = joined(sentence, without.format(share=_share(even)))
        st.markdown(sentence)
    else:
        st.caption(t("Nothing has been measured of this model yet; `python -m engine evaluate` does."))
    for name, agreement in metrics.get("people", {}).items():
        sentence = (
            t(
                "F1 against the words that people marked in {texts} {collection}: model {model}, random words "
                "{chance}, another person {people}."
            )
            if "people" in agreement
            else t(
                "F1 against the words that people marked in {texts} {collection}: model {model}, random words {chance}."
            )
        )
        facts = {
            "texts": agreement["texts"],
            "collection": t(COLLECTIONS[kind]) if (kind := name.partition("/")[0]) in COLLECTIONS else verbatim(name),
            "model": _signed(agreement["combined"]["f1"]["value"]),
            "chance": _signed(agreement["random"]["f1"]["value"]),
            "people": _signed(agreement["people"]["f1"]["value"]) if "people" in agreement else "",
        }
        st.markdown(sentence.format(**facts))


def _even(info: ModelInfo) -> float | None:
    """How often the sibling that averages is right on the same texts; None for a model without such a sibling."""
    choices, tested = info.config.get("model"), (info.metrics or {}).get("test")
    if not isinstance(choices, dict) or choices["pooling"] != "attention":
        return None
    sibling = (info.config["model_type"], {**choices, "pooling": "average"}, tested)
    for other in gateway.listing.models("classification").values():
        metrics = other.metrics or {}
        if (other.config["model_type"], other.config.get("model"), metrics.get("test")) == sibling:
            return float(metrics["accuracy"]["value"])
    return None


def _share(value: float) -> str:
    """With a tenth of a percent: models are told apart by less than a whole one."""
    return t("{value} %").format(value=f"{100 * value:.1f}")


def _signed(value: float) -> str:
    return printed(number(value))
