"""What became of a translation whose attention was changed: old and new side by side, and how likely each is."""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np
import streamlit as st

from engine.inference.imposed import Imposition
from engine.inference.translation import Translation
from webapp.figures.drawing import panels
from webapp.figures.scenes.scene import MatrixScene, TextScene
from webapp.figures.scenes.wording import printed
from webapp.i18n import joined, t
from webapp.shell import controls, frame
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.shared import imposed, output_tokens, pair_reading
from webapp.views.translate.marking import marked

GROUP = "translate_changed"
LEAST, EDGE = 320, 8  # pixels that a figure takes, and those around it


def show(view: View, imposition: Imposition) -> list[Picture]:
    """The same words once more, the sentence that is written anew, and both maps; gives what can be taken away."""
    rise = _rise(view, imposition)
    _sentences(imposition.before, imposition.new)
    if imposition.new.ids != imposition.before.ids:
        controls.segments(t("Changed map of"), imposed.DECODED, view.key("decoded"))
    after = imposition.new if view["decoded"] == "new" else imposition.same
    facts = {"changes": ".".join(imposition.codes), "translation": view["decoded"]}
    with st.container(horizontal=True, gap="medium"):
        _map(view, "was", t("As the model is"), imposition.before)
        changed = _map(view, "changed", t("Changed"), after)
    st.caption(
        t(
            "Both maps hold the end-of-sentence mark `</s>`, as the model does; the page's own map above stays that of "
            "the unchanged model."
        )
    )
    title = t("Attention, changed")
    return [rise, Picture("attention-changed", title, changed, changed, facts=facts, marks=(view["decoded"],))]


def _rise(view: View, imposition: Imposition) -> Picture:
    """By how much each word of the very same translation became likelier or less likely."""
    axis = imposition.before.queries
    by_words = view["unit"] == "words"
    values = (axis.membership() if by_words else np.eye(len(axis))) @ imposition.rise
    labels = axis.words().labels if by_words else axis.labels
    top = float(np.abs(values).max(initial=0)) or 1.0
    scene = TextScene(labels, values, values / top, t("nats"), maximum=top, diverging=True, side="target")
    st.markdown(t("**The same translation, said once more:**"))
    frame.figure(frame.drawn(scene, group=GROUP), key=view.key("rise"))
    before, after = imposition.before.output.logprob, imposition.same.output.logprob
    sentence = t(
        "How much ln p of each word changed: orange-brown fell, blue rose; {total} nats in total, from {before} to "
        "{after}."
    )
    numbers = {"total": printed(f"{after - before:+.2f}"), "before": output_tokens.signed(before)}
    st.caption(sentence.format(after=output_tokens.signed(after), **numbers))
    return Picture("attention-rise", t("Change in ln p"), scene, scene, facts={"changes": ".".join(imposition.codes)})


def _sentences(before: Translation, new: Translation) -> None:
    """Both sentences, with the words marked in which they differ."""
    if new.ids == before.ids:
        st.markdown(joined(t("**Translated anew:**"), t("the translation stays the same, word for word.")))
        return
    old_words, new_words = (each.queries.words().text_labels for each in (before, new))
    kept = SequenceMatcher(None, old_words, new_words, autojunk=False).get_matching_blocks()
    same_old = {block.a + k for block in kept for k in range(block.size)}
    same_new = {block.b + k for block in kept for k in range(block.size)}
    likelihood = t("(ln p {value})")
    with st.container(gap="xxsmall"):
        for title, each, words, same in (
            (t("As the model is"), before, old_words, same_old),
            (t("Translated anew"), new, new_words, same_new),
        ):
            text = marked(each.output.text, words, set(range(len(words))) - same)
            value = likelihood.format(value=output_tokens.signed(each.output.logprob))
            st.markdown(f"**{title}:** {text} :gray[{value}]")
        st.caption(
            joined(
                t("Words in which the two differ are marked."),
                "" if new.finished else t("The new one comes to no end by itself, so it was stopped."),
            )
        )


def _map(view: View, name: str, title: str, translation: Translation) -> MatrixScene:
    """Where the model looked, the end of the sentence included."""
    by_words = view["unit"] == "words"
    scene = pair_reading.matrix(pair_reading.read(translation, "attention", by_words=by_words, end=True))
    picture = frame.drawn(scene, group=GROUP, compact=True)
    with st.container(gap="xxsmall", width=max(LEAST, panels.size(picture)[0] + EDGE)):
        st.header(title, anchor=False)
        frame.figure(picture, key=view.key(f"figure_{name}"))
    return scene
