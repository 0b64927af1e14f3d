"""Why the first reply is first: the parts of each score, how generic each reply is, and what was measured."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.inference.conversation import Answer
from engine.store import replying
from engine.store.catalogue import ModelInfo
from engine.store.replying import Generic
from webapp.gateway.current import gateway
from webapp.i18n import N_, counted, joined, t
from webapp.shell.view import View
from webapp.views.shared.stored_figures import stored

MEASURED = {
    "bleu": (N_("BLEU"), 1, 2),
    "distinct_1": (N_("distinct-1"), 1, 3),
    "distinct_2": (N_("distinct-2"), 1, 3),
    "ten_commonest": (N_("ten commonest replies, %"), 100, 1),
    "words": (N_("words in a reply"), 1, 1),
}
"""What the figures of metrics.json are called, what they are multiplied by, and their decimals."""
BARE = ("distinct_1", "distinct_2")
"""Those that have no interval: earlier versions gave one, which held less often than it said."""
WHOSE = {
    "likeliest": N_("likeliest reply"),
    "length": N_("weighed by length alone"),
    "mmi": N_("weighed by MMI"),
    "people": N_("people"),
}


def show(view: View, answer: Answer, info: ModelInfo) -> None:
    """All replies with the parts of their score, and how generic the chosen one is."""
    st.header(t("Why this order"), anchor=False)
    st.dataframe(
        _table(answer, info),
        hide_index=True,
        height="content",
        alt=t("Replies with the parts of their score"),
        key="chat_scores",
        column_config={name: st.column_config.NumberColumn(format="%.2f") for name in _numbers(answer)},
    )
    st.caption(_formula(answer, info))
    st.markdown(_generic(gateway.conversation.generic(info.name, answer.reply.text)))


def _numbers(answer: Answer) -> list[str]:
    """The names of the columns that hold the score, first so that a narrow screen shows it, and its parts."""
    likely = t("ln p(reply | message)")
    weighed = any(answer.mmi)
    return [t("Score"), likely, t("λ ln p(message | reply)"), t("γ × subwords")] if weighed else [likely]


def _table(answer: Answer, info: ModelInfo) -> pd.DataFrame:
    rows = []
    for place, reply in enumerate(answer.replies, 1):
        parts = [reply.logprob]
        if any(answer.mmi):
            parts += [answer.mmi.weight * reply.back, answer.mmi.length * reply.pieces]
            parts = [reply.score(answer.mmi), *parts]
        row: dict[str, object] = {"#": place, t("Reply"): reply.text}
        row |= dict(zip(_numbers(answer), parts, strict=True))
        often = gateway.conversation.generic(info.name, reply.text)
        if often is not None:
            row[t("Offered")] = t("rarely or never") if often.rank is None else f"{often.times} / {often.messages}"
        rows.append(row)
    return pd.DataFrame(rows)


def _formula(answer: Answer, info: ModelInfo) -> str:
    if not any(answer.mmi):
        return t("The likeliest reply comes first. Numbers are natural logarithms: nearer to 0 is likelier.")
    sentence = t(
        "Score = ln p(reply | message) + λ ln p(message | reply) + γ × subwords of the reply, with λ = {weight} and "
        "γ = {length} (MMI, Li et al. 2016). Another model, {reverse}, reads the dialogues backwards and says how "
        "likely the message is given the reply."
    )
    chosen = t("λ and γ were chosen by BLEU on dialogues that neither model learnt from.")
    usual = t("λ and γ are the usual ones: none were chosen for this model with this model of the way back.")
    weights = {"weight": f"{answer.mmi.weight:g}", "length": f"{answer.mmi.length:g}"}
    sentence = sentence.format(**weights, reverse=gateway.conversation.reverse(info.name))
    return joined(sentence, usual if replying.chosen(info) is None else chosen)


def _generic(often: Generic | None) -> str:
    """How often the chosen reply was offered to other messages."""
    if often is None:
        return t("How often this model offers the same reply to other messages was not measured.")
    if often.rank is None:
        sentence = t(
            "How generic is this reply? It is none of the {kept} replies that this model offered most often to "
            "{messages:,} test messages."
        )
        return sentence.format(kept=often.kept, messages=often.messages)
    sentence = t(
        "How generic is this reply? Of {messages:,} test messages, {times:,} had it among the replies offered: it is "
        "number {rank} of the commonest."
    )
    return sentence.format(messages=often.messages, times=often.times, rank=often.rank)


def measured(info: ModelInfo) -> None:
    """What was measured of the model with MMI and without, beside people's own replies."""
    columns = [name for name in WHOSE if _figure(info, "distinct_1", name)]
    messages, perplexity = stored(info.metrics, "test", "messages"), _perplexity(info)
    if not columns or messages is None:
        return
    st.header(t("How well this model replies"), anchor=False)
    rows = [
        {"": t(label), **{t(WHOSE[name]): _figure(info, key, name) for name in columns}}
        for key, (label, *_) in MEASURED.items()
    ]
    alt = t("How well this model replies")
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", width="content", alt=alt, key="chat_measured")
    sentence = counted(
        "On {count:,} test message, with 95 % intervals; perplexity {perplexity} per subword. distinct-n: the number "
        "of different words, or pairs of words, divided by the number of all words, of which no interval can be had. "
        "BLEU is against the reply that somebody gave, and low for every such model: most good replies are others.",
        "On {count:,} test messages, with 95 % intervals; perplexity {perplexity} per subword. distinct-n: the number "
        "of different words, or pairs of words, divided by the number of all words, of which no interval can be had. "
        "BLEU is against the reply that somebody gave, and low for every such model: most good replies are others.",
        int(messages),
    )
    st.caption(sentence.format(count=int(messages), perplexity=perplexity))


def _perplexity(info: ModelInfo) -> str:
    value = stored(info.metrics, "perplexity", "per_piece", "value")
    return "–" if value is None else f"{value:.1f}"


def _figure(info: ModelInfo, measure: str, whose: str) -> str:
    """With its interval where it has one; empty where it was not measured."""
    _, scale, digits = MEASURED[measure]
    ends = [stored(info.metrics, measure, whose, end) for end in ("value", "low", "high")]
    value, low, high = ("" if end is None else f"{scale * end:.{digits}f}" for end in ends)
    if measure in BARE:
        return value
    return f"{value} ({low}–{high})" if value and low and high else ""
