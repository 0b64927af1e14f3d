"""Batch: how good the answers are, all of them in a table, one of them in full, and the file that goes back."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import pandas as pd
import streamlit as st

from engine.evaluation.classification import scores
from webapp.gateway.current import gateway
from webapp.i18n import counted, plain, t, verbatim
from webapp.shell import controls, frame, names
from webapp.shell.typed import passage
from webapp.shell.view import View
from webapp.views.documents import changes
from webapp.views.documents import controls as documents_controls
from webapp.views.many_texts import as_code, job
from webapp.views.many_texts.file import ORDERS
from webapp.views.many_texts.job import Opened, Results

SHOWN = 400  # characters of a text in the table
LABELS = 8  # unknown ones that are named


def show(view: View, opened: Opened, results: Results) -> None:
    """All that came of the texts that are done."""
    if results.truth.max(initial=-1) >= 0:
        judged(results)
    elif opened.label is not None:
        st.info(t("None of the labels is one of the model's ({labels}).").format(labels=_said(results.labels)))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        options = ORDERS if results.judged.any() else {name: ORDERS[name] for name in ("file", "unsure")}
        if view["order"] not in options:
            view["order"] = "file"
        controls.segments(t("Sort by"), options, view.key("order"))
        _download(view, opened, results)
        frame.as_code(view, lambda: as_code.as_code(_as_shown(view, opened, results)))
    place = _table(view, opened, results)
    if place is None:
        st.caption(t("Select a row (its box on the left) to read its text in full and open it in Documents."))
    else:
        _one(view, results, place)


def _as_shown(view: View, opened: Opened, results: Results) -> as_code.Shown:
    """What is written as code."""
    table, example = opened.table, opened.language is not None
    return as_code.Shown(
        view["model"],
        f"webapp/assets/{opened.name}" if example else opened.name,
        table.names is not None,
        table.about.encoding,
        table.about.sheet,
        opened.text,
        opened.label if results.judged.any() else None,
        not example,
        bool(results.refused),
    )


def judged(results: Results) -> None:
    """Figures against the labels of the file, and how those were understood."""
    figures, matrix = st.columns([2, 3], gap="large")
    if results.judged.any():
        measured = scores(results.confusion)
        with figures, st.container(horizontal=True, gap="large"):
            for label, name in ((t("Accuracy"), "accuracy"), (t("Macro F1"), "macro_f1")):
                value = measured[name]
                st.metric(
                    label,
                    t("{value} %").format(value=f"{100 * value['value']:.1f}"),
                    help=t("95 % interval over resampled texts: {low:.1f} to {high:.1f} %").format(
                        low=100 * value["low"], high=100 * value["high"]
                    ),
                    width="content",
                )
        with matrix:
            _confusion(results)
    with figures:
        odd = {
            written: label
            for written, place in sorted(results.meaning.items())
            if written.casefold() != (label := results.labels[place])
        }
        if odd:
            understood = ", ".join(f"{verbatim(written)} → {names.label(label)}" for written, label in odd.items())
            st.caption(t("Labels mapped as: {understood}.").format(understood=understood))
        if unknown := results.unknown():
            listed = ", ".join(str(verbatim(label or "␣")) for label in list(unknown)[:LABELS])
            more = ", …" if len(unknown) > LABELS else ""
            count = sum(unknown.values())
            note = counted(
                "{count:,} text has a label that the model does not know ({labels}): it counts in no figure.",
                "{count:,} texts have a label that the model does not know ({labels}): they count in no figure.",
                count,
            )
            st.caption(note.format(count=count, labels=listed + more))


def _confusion(results: Results) -> None:
    counts = results.confusion
    labels = [names.label(label) for label in results.labels]
    table = pd.DataFrame({"label": labels} | {str(k): counts[:, k] for k in range(len(labels))})
    config: dict[str, Any] = {
        str(k): st.column_config.NumberColumn(t("predicted {label}").format(label=label), format="localized")
        for k, label in enumerate(labels)
    }
    config["label"] = st.column_config.TextColumn(t("In the file"), pinned=True)
    alt = t("How many texts of each label got each answer")
    st.dataframe(table, hide_index=True, column_config=config, height="content", alt=alt, key="many_confusion")


def _table(view: View, opened: Opened, results: Results) -> int | None:
    """All texts in the order that was asked for; gives the place of the one that was selected."""
    order = results.order(view["order"])
    texts, numbers = results.texts.texts, opened.table.numbers
    labels = [names.label(label) for label in results.labels]
    columns: dict[str, Any] = {
        "row": [numbers[results.texts.rows[k]] for k in order],
        "prediction": [labels[results.predicted[k]] if results.predicted[k] >= 0 else t("not read") for k in order],
        "confidence": results.confidence[order],
    }
    config: dict[str, Any] = {
        "row": st.column_config.NumberColumn(t("Row"), width=60),
        "prediction": st.column_config.TextColumn(t("Prediction"), width=90),
        "confidence": st.column_config.ProgressColumn(
            t("Confidence"),
            format="%.3f",
            min_value=0,
            max_value=1,
            width=110,
            help=t("Probability of the prediction."),
        ),
    }
    if results.texts.labels is not None:
        columns["label"] = [results.texts.labels[k] for k in order]
        columns["right"] = [_mark(results, k) for k in order]
        columns["error"] = results.error[order]
        config["label"] = st.column_config.TextColumn(t("In the file"), width=90)
        config["right"] = st.column_config.TextColumn(t("Correct?"), width=60)
        config["error"] = st.column_config.NumberColumn(
            t("Error"),
            format="%.3f",
            width=70,
            help=t("1 − p of the label in the file: 0 is right and sure, 1 is wrong and sure."),
        )
    columns["text"] = [texts[k] if len(texts[k]) <= SHOWN else f"{texts[k][:SHOWN]}…" for k in order]
    config["text"] = st.column_config.TextColumn(t("Text"), width=300)
    table = pd.DataFrame(columns)
    state: Any = st.dataframe(
        table,
        hide_index=True,
        column_config=config,
        height=420 if len(table) > 10 else "content",
        alt=t("All texts with what the model made of them"),
        selection_mode="single-row",
        on_select="rerun",
        key=f"many_table_{id(opened.table)}_{view['order']}_{len(table)}",
    )
    rows = [row for row in state.selection.rows if row < len(order)]
    return int(order[rows[0]]) if rows else None


def _mark(results: Results, place: int) -> str:
    if not results.judged[place]:
        return ""
    return "✓" if results.predicted[place] == results.truth[place] else "✗"


def _one(view: View, results: Results, place: int) -> None:
    """The text that was selected, in full, and the way to the page that shows what the model looked at."""
    text = results.texts.texts[place]
    if (reason := results.refused.get(place)) is not None:
        st.info(plain(reason))
    elif st.button(t("Open in Documents"), icon=":material/article:", type="primary", key=view.key("open")):
        other = documents_controls.view()
        other["model"], other["text"] = view["model"], passage(text)
        changes.begin(other)
        st.switch_page("app_pages/documents.py")
    with st.container(height=200 if len(text) > 1500 else "content", border=True):
        st.text(text)


@st.fragment
def _download(view: View, opened: Opened, results: Results) -> None:
    with st.popover(t("Download"), icon=":material/download:", type="tertiary"):
        guard = st.toggle(
            t("Escape formulas"),
            True,
            key=view.key("guard"),
            help=t(
                "Puts an apostrophe before cells that a spreadsheet would run as a formula; off, all cells stay as "
                "they came."
            ),
        )
        st.caption(t("All columns of the file, then the prediction and the probability of each label."))
        stem = PurePath(opened.name).stem[:60]
        model = view["model"].rpartition("/")[2].replace(":", "-")
        st.download_button(
            "CSV",
            lambda: job.written(opened, results, guard=guard),
            file_name=f"{stem}-{model}-{gateway.listing.fingerprint(view['model'])}.csv",
            mime="text/csv",
            key=view.key("download"),
            on_click="ignore",
        )


def _said(labels: tuple[str, ...]) -> str:
    return ", ".join(names.label(label) for label in labels)
