"""All that can be set on the Self-attention page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from engine.capture import edit_codes
from engine.capture.readings import READINGS
from engine.store.catalogue import ModelInfo
from webapp.examples import for_model
from webapp.examples.sentences import examples
from webapp.figures.heads import PLACE, Along
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import controls, names
from webapp.shell.fields import Field, choice, count, flag, text
from webapp.shell.typed import LONGEST_TEXT
from webapp.shell.view import View
from webapp.views.self_attention import edits, languages, picture_choice
from webapp.views.self_attention.edits import KINDS
from webapp.views.shared import made

OTHER = "other"
SHOWN = {"heads": N_("Each head"), **{name: reading.label for name, reading in READINGS.items()}}
SHAPES = {"map": N_("Heat map"), "lines": N_("Lines"), "table": N_("Table")}
SCALES = {"linear": N_("Linear"), "log": N_("Logarithmic"), "rows": N_("Per row")}
UNITS = {"pieces": N_("Subwords"), "words": N_("Words")}
SORTS = {
    PLACE: N_("Layer and head"),
    "sharp": N_("Sharpest first"),
    "even": N_("Most even first"),
    "near": N_("Nearest first"),
    "far": N_("Farthest first"),
}
TOWARD = {
    "previous": N_("Looks at the previous token"),
    "next": N_("Looks at the next token"),
    "itself": N_("Looks at itself (the diagonal)"),
    "twin": N_("Looks at the same token elsewhere"),
    "first": N_("Looks at the first token"),
    "separator": N_("Looks at separators"),
    "rare": N_("Looks at the rarest word"),
    "left": N_("Looks at the patch to the left"),
    "right": N_("Looks at the patch to the right"),
    "above": N_("Looks at the patch above"),
    "below": N_("Looks at the patch below"),
    "marks": N_("Looks at special tokens"),
}
TOWARD_WORDS = {
    "previous": N_("Looks at the previous word"),
    "next": N_("Looks at the next word"),
    "twin": N_("Looks at the same word elsewhere"),
    "first": N_("Looks at the first word"),
}
SORT_MEANING = {
    PLACE: N_("A row for each layer, the first one at the top; a column for each head."),
    "sharp": N_("By entropy: first the heads that give nearly all their weight to one place."),
    "even": N_("By entropy: first the heads that spread their weight over many places."),
    "near": N_("By distance: first the heads that look close by."),
    "far": N_("By distance: first the heads that look far away."),
}
EACH_OR_ALL = N_("Each attention head by itself, or all of them combined.")
TOWARD_MEANING = N_("By the average weight that goes there, largest first.")
KIND_MEANING = {
    "encoder": N_("Each {unit} may attend to every {unit} of the text."),
    "decoder": N_("Each {unit} attends to itself and to those before it, never ahead."),
    "cross": N_("Each generated {unit} attends to the input."),
}
UNIT: dict[Along, str] = {"pieces": N_("token"), "words": N_("word"), "squares": N_("patch")}
MANY: dict[Along, str] = {"pieces": N_("tokens"), "words": N_("words"), "squares": N_("patches")}
MOST_PLACES = 1000  # layers, heads that a link may name
MOST_POSITIONS = 9999
HUB = "hf:"


def said_of(template: str, along: Along, **facts: Any) -> str:
    """A sentence about tokens, words or patches."""
    return t(template).format(unit=t(UNIT[along]), units=t(MANY[along]), **facts)


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    known = gateway.heads.models()
    names_known = [*known, *gateway.heads.foreign_models(), OTHER]
    first = next(iter(known.values()), None)

    def opening_text(values: Mapping[str, Any]) -> str:
        info = known.get(values["model"], first)  # what a model of others reads is not known
        return for_model.example(info) if info else examples("en")[0]

    fields = {
        "model": choice("m", names_known),
        "other": text("i"),
        "text": text("t", opening_text({"model": names_known[0]}), follows=opening_text),
        "pair": text("y"),
        **languages.FIELDS,
        "kind": choice("k", list(KINDS), "decoder" if first and first.task == "language" else "encoder"),
        "sort": _sorts(),
        "least": count("p", 0, 100, 0, step=5),
        "layer": count("l", 0, MOST_PLACES),
        "head": count("a", 0, MOST_PLACES),
        "reading": choice("r", list(SHOWN)),
        "of": count("f", 0, MOST_POSITIONS),
        "shape": choice("s", list(SHAPES)),
        "mass": count("w", 5, 100, 90, step=5),
        "cell": flag("c"),
        "query": count("q", 0, MOST_POSITIONS),
        "key": count("j", 0, MOST_POSITIONS),
        "unit": choice("u", list(UNITS)),
        "special": flag("e", True),
        "each": flag("z"),
        "scale": choice("n", list(SCALES)),
        "no_first": flag("nf"),
        "no_diagonal": flag("nd"),
        "edits": made.field("x", edit_codes.change),
        "picture": picture_choice.field("g"),
        "drawn": choice("d", ["picture", "map", "table"]),
    }
    return View("attention", fields, fingerprint)


def _sorts() -> Field:
    """In older links "same" stands for the diagonal."""
    known = choice("o", [*SORTS, *TOWARD])
    return replace(known, read=lambda value: known.read("itself" if value == "same" else value))


def fingerprint(values: Mapping[str, Any]) -> str:
    """The weights of the model; empty while they are not here."""
    return gateway.heads.fingerprint(name_of(values["model"], values["other"]))


def name_of(model: str, other: str) -> str:
    """The engine's name for a model: one of ours, one of the folder of models, or one of the hub."""
    return model if model != OTHER else f"{HUB}{other.strip().removeprefix(HUB)}"


def sees(view: View) -> bool:
    """Whether the model that is chosen reads pictures."""
    return gateway.heads.sees(name_of(view["model"], view["other"]))


def ask(view: View) -> str:
    """The model and the text; gives the name of the model, empty while none is named. May refuse."""
    known = gateway.heads.models()
    labels = {name: names.transformer(info) for name, info in known.items()}
    labels |= {name: name.partition(":")[2] for name in gateway.heads.foreign_models()} | {OTHER: t("Another model …")}
    with st.container(horizontal=True, gap="small"):
        controls.model(view, labels, _follow_model, width=260)
        if view["model"] == OTHER:
            _other(view)
        pictures = sees(view)
        if not pictures:
            _texts(view, known.get(view["model"]))
    if pictures:
        picture_choice.choose(view)
    else:
        _examples(view, known.get(view["model"]))
        languages.choose(view, name_of(view["model"], view["other"]))
    return "" if view["model"] == OTHER and not view["other"].strip() else name_of(view["model"], view["other"])


def _other(view: View) -> None:
    """A model by its name on the hub."""
    with controls.setting(
        t("It is downloaded once and kept on this machine. Only safetensors are read, and none of their code is run.")
    ):
        st.text_input(
            t("Name on the Hugging Face Hub"),
            key=view.key("other"),
            placeholder="google-bert/bert-base-uncased",
            max_chars=200,
            width=320,
        )


def _texts(view: View, info: ModelInfo | None) -> None:
    """The boxes for the text and, where the model takes two, for the second one."""
    label = t("Text in {language}").format(language=names.language(info.source_language)) if info else t("Text")
    st.text_area(label, key=view.key("text"), max_chars=LONGEST_TEXT, height=68, on_change=_another, args=(view,))
    if info is None or info.task in ("translation", "other"):
        st.text_area(
            t("Second text"),
            key=view.key("pair"),
            max_chars=LONGEST_TEXT,
            height=68,
            on_change=_another,
            args=(view,),
            help=t("A translation of your own instead of the model's; for BERT-like models, a second sentence."),
        )


def _examples(view: View, info: ModelInfo | None) -> None:
    language = info.source_language if info else "en"
    texts = {**{str(k): example for k, example in enumerate(examples(language))}}

    def take(picked: str) -> None:
        view["text"] = texts[picked]
        _another(view)

    marked = next((name for name, example in texts.items() if example == view["text"]), None)
    controls.offered(view, "example", t("Examples"), texts, marked, take, wrap=False)


def _another(view: View) -> None:
    """Another text has other cells; what is open and what was changed stay."""
    view["query"] = view["key"] = view["of"] = 0
    made.only(view, "edits", edits.not_of_one_cell)


def _follow_model(view: View) -> None:
    """Another model: an example becomes its own, and nothing of the old one stays open or changed."""
    known = gateway.heads.models()
    usual = {for_model.example(info) for info in known.values()}
    if view["text"] in usual and view["model"] in known:
        view["text"] = for_model.example(known[view["model"]])
    view["layer"] = view["head"] = view["query"] = view["key"] = view["of"] = 0
    made.only(view, "edits", lambda code: False)
    view["pair"] = ""
    languages.clear(view)


def fetch(view: View, name: str) -> None:
    """A model that is not here yet is fetched once somebody presses for it; a link alone starts nothing."""
    st.info(t("This model is not loaded yet."), icon=":material/download:")
    if st.button(t("Load it"), key=view.key("load"), type="primary"):
        bar = st.progress(0.0, t("Loading {name}").format(name=f"`{name}`"))

        def watch(here: int, whole: int) -> None:
            bar.progress(min(1.0, here / max(whole, 1)))

        gateway.heads.load(name, watch)
        st.rerun()


def what(view: View, kinds: Sequence[str]) -> None:
    """Which attention is shown, and how it is read."""
    if view["kind"] not in kinds:
        view["kind"] = kinds[0]
    with st.container(horizontal=True, gap="medium"):
        if len(kinds) > 1:
            meaning = said_of(KIND_MEANING[view["kind"]], view["unit"])
            controls.segments(t("Attention of"), {k: KINDS[k] for k in kinds}, view.key("kind"), meaning)
        controls.segments(t("Show"), SHOWN, view.key("reading"), t(EACH_OR_ALL))


def sort(view: View, toward: Mapping[str, object], heads: int) -> None:
    """In which order heads stand, and which of them."""
    places = {**TOWARD, **(TOWARD_WORDS if view["unit"] == "words" else {})}
    shown = {name: t(label) for name, label in {**SORTS, **{n: s for n, s in places.items() if n in toward}}.items()}
    if view["sort"] not in shown:
        view["sort"] = PLACE
    with st.container(horizontal=True, gap="medium"):
        st.selectbox(
            t("Sort heads by"),
            list(shown),
            format_func=shown.__getitem__,
            key=view.key("sort"),
            width=300,
            help=t(SORT_MEANING.get(view["sort"], TOWARD_MEANING)),
        )
        if view["sort"] in TOWARD:
            with controls.setting(t("Heads that put less of their weight there are hidden.")):
                st.slider(t("At least (%)"), 0, 100, step=5, key=view.key("least"), width=240)
        elif view["sort"] != PLACE and heads > 1:
            with controls.setting(t("This share of all heads is hidden, from the end of this order.")):
                st.slider(t("Hide the last (%)"), 0, 95, step=5, key=view.key("least"), width=240)


def settings(view: View) -> None:
    """What few need every time."""
    pictures = sees(view)  # which have neither words nor heads that one scale would fit
    if not pictures:
        with controls.setting(
            t("The model works on subwords. “Words” merges them: columns are summed, rows averaged.")
        ):
            controls.segments(t("Unit"), UNITS, view.key("unit"))
    with controls.setting(
        t("Show special tokens such as [CLS] and [SEP]. When they are hidden, rows are rescaled to 100 %.")
    ):
        st.toggle(t("Special tokens"), key=view.key("special"))
    if pictures:
        return
    with controls.setting(
        t("Many heads park most of their weight on the first position. Leave it out to see where the rest goes.")
    ):
        st.toggle(t("Without the first position"), key=view.key("no_first"))
    with controls.setting(t("Leave out what each position gives to itself.")):
        st.toggle(t("Without the diagonal"), key=view.key("no_diagonal"))
    with controls.setting(
        t("Draw each head strongest at its own largest weight; heads can then not be compared. Even heads stay pale.")
    ):
        st.toggle(t("A scale for each head"), key=view.key("each"))
