"""What the model reads of what was typed: a sentence of it, written as those it learnt from; the rest beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from engine.inference.translation import Translation
from engine.text.given import looks_like
from engine.text.spoken import foreign
from webapp.gateway.current import gateway
from webapp.i18n import escaped, t
from webapp.shell import controls, names
from webapp.shell.typed import clean
from webapp.shell.view import View

TOGETHER = 20  # sentences that are translated beside the one that is shown


def text(view: View) -> str:
    """The sentence that is asked about. Raises Refused."""
    return _sentences(view)[view["part"] - 1]


def _sentences(view: View) -> tuple[str, ...]:
    """All that was typed, sentence by sentence; whole and letter for letter where that is wanted, and where it is in
    another language. Raises Refused."""
    typed = clean(view["text"])
    as_typed = view["exact"] or _is_foreign(view)
    sentences = (typed,) if as_typed else gateway.sentences.sentences(view["model"], typed)
    _begin(view, typed)
    view["part"] = min(view["part"], len(sentences))
    return sentences


def _begin(view: View, typed: str) -> None:
    """Another text begins with its first sentence, unless a link or a file brought it along with the one to show."""
    key, now = view.key("part of"), (view.came, typed)
    came, before = st.session_state.get(key, now)
    st.session_state[key] = now
    if came == view.came and before != typed:
        view["part"] = 1


def note(view: View) -> None:
    """Whether the model reads something other than what was typed, and the way to the other."""
    typed = clean(view["text"])
    if _is_foreign(view):
        return
    try:
        usual = " ".join(gateway.sentences.sentences(view["model"], typed))
    except Refused:
        return  # said where the translation would be
    if "".join(usual.split()) == "".join(typed.split()):
        return

    def other() -> None:
        view["exact"] = not view["exact"]

    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if view["exact"]:
            sentence = t("Read exactly as typed. Texts like this were rare among those that the model learnt from.")
            label = t("Read it in its usual form")
        else:
            sentence = t("Read as “{text}”, which is how the texts are written that the model learnt from.")
            sentence, label = sentence.format(text=escaped(usual)), t("Read it exactly as typed")
        st.caption(sentence, width="content")
        st.button(label, type="tertiary", key=view.key("other form"), on_click=other)


def parts(view: View) -> None:
    """A bar to move between the sentences, where there are several."""
    try:
        sentences = _sentences(view)
    except Refused:
        return
    if len(sentences) == 1:
        return
    options = {number: sentence for number, sentence in enumerate(sentences, start=1)}

    def go(number: int) -> None:
        view["part"] = number

    label = t("Sentence that is shown")
    controls.offered(view, "sentence", label, options, view["part"], go, shown=True)


def whole(view: View, translation: Translation, place: DeltaGenerator) -> None:
    """The translation of all sentences, the one that is shown in bold. Raises Refused."""
    sentences = _sentences(view)
    if len(sentences) == 1 or view["own"]:
        return
    beam, outputs = view["beam"], []
    for number, sentence in enumerate(sentences[:TOGETHER], start=1):
        if number == view["part"]:
            outputs.append(f"**{escaped(translation.output.text)}**")
        else:
            other = gateway.sentences.translate(view["model"], sentence, beam=beam, nbest=1)
            outputs.append(escaped(other.output.text))
    more = [] if len(sentences) <= TOGETHER else ["…"]
    between = "" if gateway.listing.models()[view["model"]].target_language == "zh" else " "
    place.markdown(t("Whole translation:") + " " + between.join((*outputs, *more)))


def other_language(view: View, labels: Mapping[str, str], follow: Callable[[View], None]) -> None:
    """That the text is in a language which the model does not read, and the model that does; `labels` name them."""
    known = gateway.listing.models()
    own, spoken = known[view["model"]].source_language, _spoken(view)
    if spoken is None:
        controls.other_language(clean(view["text"]), own)
        return
    able = [name for name, info in known.items() if info.source_language == spoken]
    name = next((name for name in able if known[name].target_language == own), able[0])

    def change() -> None:
        view["model"] = name
        follow(view)

    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.info(
            t("This looks like {language}; the model that is chosen reads {own}.").format(
                language=names.language(spoken), own=names.language(own)
            ),
            icon=":material/info:",
            width=480,
        )
        st.button(t("Use {model}").format(model=labels[name]), key=view.key("other model"), on_click=change)


def _is_foreign(view: View) -> bool:
    """Whether the text is not in the language that the model reads."""
    own = gateway.listing.models()[view["model"]].source_language
    return _spoken(view) is not None or (own is not None and not looks_like(clean(view["text"]), own))


def _spoken(view: View) -> str | None:
    """The language of the text, where that is surely one which another model reads and this one does not."""
    known = gateway.listing.models()
    own = known[view["model"]].source_language
    read = {info.source_language for info in known.values() if info.source_language} - {own}
    return None if own is None else foreign(clean(view["text"]), own, read)
