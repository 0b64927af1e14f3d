"""All that can be set on the Documents page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.attention import imposed_levels
from engine.data.tables.decode import read_text
from engine.errors import Refused
from engine.text import given
from webapp.examples.reviews import NAMES, REVIEWS, reviews
from webapp.gateway.current import gateway
from webapp.i18n import N_, say, t
from webapp.shell import controls, names
from webapp.shell.fields import choice, flag, numbers, text
from webapp.shell.typed import LONGEST_PASSAGE, passage
from webapp.shell.uploads import MEGABYTES, claimed
from webapp.shell.view import View
from webapp.views.documents import changes
from webapp.views.shared import made

READINGS = {
    "relative": N_("Attention"),
    "combined": N_("√(p_s·p_w)"),
    "words": N_("Within sentences"),
    "effect": N_("Effect"),
}
FLAT_READINGS = {"combined": N_("Attention"), "effect": N_("Effect")}
PIECE_READINGS = {
    "combined": N_("Rollout"),
    "gradient": N_("Gradient × attention"),
    "last": N_("Last layer"),
    "effect": N_("Effect"),
}
OTHER_READINGS = {
    "combined": N_("Weight"),
    "words": N_("Weight within sentences"),
    "effect": N_("Effect"),
}
SHAPES = {"picture": N_("Picture"), "table": N_("Table")}
TASK = "classification"
SAMPLE = 20_000  # characters by which a language is told


def view() -> View:
    """What the page shows, with the ids that stand in its links. Raises Refused where no classifier is installed."""
    known = gateway.listing.models(TASK)
    if not known:
        raise Refused("There is no model here yet that classifies texts; `python -m engine train` makes one.")
    default = gateway.listing.default_classifier()

    def example(values: Mapping[str, Any]) -> str:
        return reviews(known[values["model"]].source_language)["mixed"]

    fields = {
        "model": choice("m", list(known), default),
        "text": text("t", example({"model": default}), lines=True, follows=example),
        "off": numbers("x"),
        "before": text("b", lines=True),
        "reading": choice("r", list(READINGS | PIECE_READINGS)),
        "shape": choice("s", list(SHAPES)),
        "compare": flag("c"),
        "imposed": made.field("w", imposed_levels.change),
    }
    return View("documents", fields, fingerprint)


def fingerprint(values: Mapping[str, Any]) -> str:
    """The weights of the model that reads."""
    return gateway.listing.fingerprint(values["model"])


def ask(view: View) -> None:
    """The model and the text: an example, one's own, or a file."""
    known = gateway.listing.models(TASK)
    labels = {name: names.classifier(info) for name, info in known.items()}
    controls.model(view, labels, _follow_language)
    language = known[view["model"]].source_language
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=view.key("offers")):
        _examples(view, language)
        _upload(view)
    st.text_area(
        t("Text in {language}").format(language=names.language(language)),
        key=view.key("text"),
        height=84,
        max_chars=LONGEST_PASSAGE,
        on_change=changes.begin,
        args=(view,),
    )
    controls.read_as_meant(given.strays(view["text"]), given.controls(view["text"]))
    controls.other_language(view["text"][:SAMPLE], language)


def _examples(view: View, language: str | None) -> None:
    examples, original = reviews(language), changes.now(view).original

    def take(picked: str) -> None:
        view["text"] = examples[picked]
        changes.begin(view)

    marked = next((name for name, review in examples.items() if review == original), None)
    controls.offered(
        view, "example", t("Examples"), {name: t(NAMES[name]) for name in examples}, marked, take, wrap=False
    )


def _follow_language(view: View) -> None:
    """An example becomes the same one in the language of the new model; what somebody typed stays."""
    original = changes.now(view).original
    language = gateway.listing.models(TASK)[view["model"]].source_language
    for examples in REVIEWS.values():
        for name, review in examples.items():
            if review == original and examples is not reviews(language):
                view["text"] = reviews(language)[name]
                changes.begin(view)
                return


def _upload(view: View) -> None:
    drawer = st.popover(
        t("Upload a text"), icon=":material/upload_file:", on_change="rerun", key=view.key("upload"), type="tertiary"
    )
    if not drawer.open:
        return

    def take() -> None:
        file = st.session_state.get(view.key("upload_file"))
        if file is None:
            return
        try:
            decoded = read_text(claimed(file))
        except Refused as reason:
            view.notes = [say(reason)]
            return
        view["text"] = passage(decoded.text)
        changes.begin(view)
        notes = []
        if decoded.encoding != "utf-8":
            notes.append(t("The file was read as {encoding}.").format(encoding=decoded.encoding))
        if decoded.doubtful:
            notes.append(
                t("This encoding is uncertain: look whether the letters are right, or save the file as UTF-8.")
            )
        if left_out := given.controls(decoded.text):
            note = t("Invisible control characters were left out: {count:,}. No model can read them.")
            notes.append(note.format(count=left_out))
        view.notes = notes

    with drawer:
        st.caption(t("A text file (.txt) of any encoding, one text in it. It stays on this machine."))
        st.file_uploader(
            t("Text file"),
            type="txt",
            key=view.key("upload_file"),
            on_change=take,
            max_upload_size=MEGABYTES,
            label_visibility="collapsed",
        )


def look(view: View, *, flat: bool, attends: bool, pieces: bool) -> None:
    """What is drawn, and how; a `flat` model has no sentences to weigh, one that does not attend has weights alone,
    and one that reads `pieces` has several layers to weigh words by."""
    options = PIECE_READINGS if pieces else FLAT_READINGS if flat else READINGS if attends else OTHER_READINGS
    if view["reading"] not in options:
        view["reading"] = next(iter(options))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        controls.segments(t("Words shaded by"), options, view.key("reading"))
        controls.segments(t("View as"), SHAPES, view.key("shape"))
        back_and_forth(view)


def back_and_forth(view: View) -> None:
    """The steps back and forward, and the text as it came."""
    kept = changes.steps(view)
    with st.container(horizontal=True, gap=None, width="content", key=view.key("steps_row")):
        for name, label, icon, on, do in (
            ("undo", t("Undo"), "undo", bool(kept.past), changes.undo),
            ("redo", t("Redo"), "redo", bool(kept.future), changes.redo),
            ("reset", t("Reset"), "restart_alt", changes.now(view).changed, changes.reset),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=view.key(name),
                help=label,
                disabled=not on,
                on_click=do,
                args=(view,),
                type="tertiary",
            )


def settings(view: View) -> None:
    """What few need every time."""
    with controls.setting(t("The same text read by every model of its language.")):
        st.toggle(t("Models side by side"), key=view.key("compare"))
