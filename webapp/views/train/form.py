"""A new training: a few choices, all else folded away, and what it comes to."""

from __future__ import annotations

import streamlit as st

from engine.attention import SCORES
from engine.data.at_hand import KNOWN, at_hand, can_be_fetched
from engine.devices import choose, precision
from engine.errors import Refused
from engine.training import recipes
from engine.training.config import TrainConfig, parse
from engine.training.recipes import NETWORKS, Recipe
from engine.training.written import written
from webapp.gateway.current import gateway
from webapp.i18n import counted, t, unlinked
from webapp.shell import controls as shared
from webapp.shell import frame, names
from webapp.shell.view import View
from webapp.views.train import beforehand, controls, own, settings

FORM = "train forms"
TITLE = 100  # characters
LONGEST = 20_000  # characters of a configuration that is pasted


@st.fragment
def show(view: View) -> None:
    """The form; whatever is chosen here starts nothing until Start is pressed."""
    _shown(view)
    view.leave()


def _shown(view: View) -> None:
    with st.container(border=True, key="train_form"):
        st.header(t("New training"), anchor=False)
        _choices(view)
        try:
            configs = _configs(view)
            parameters = [gateway.runs.check(config, controls.keys()[0]) for config in configs.values()]
        except Refused as reason:
            frame.refused(reason)
            return
        _what_it_is(view, configs, parameters[0])


def _choices(view: View) -> None:
    shared.segments(t("Task"), controls.TASK, view.key("task"))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        _one_of(
            view, "network", t("Network"), {each: t(controls.NETWORK[each]) for each in NETWORKS[view["task"]]}, 240
        )
        _one_of(
            view,
            "corpus",
            t("Learns from"),
            {each: controls.corpus(each) for each in recipes.corpora(view["task"])} | own.options(view),
            320,
        )
        own.button(view)
    own.show(view)
    if controls.scored(view["network"]):
        shown = {name: names.score(name) for name in SCORES}
        st.pills(
            t("Scoring functions"),
            list(shown),
            format_func=shown.__getitem__,
            key=view.key("scores"),
            selection_mode="multi",
            help=t("Several of them are trained one after another, alike in all else, so that they can be compared."),
        )
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        shared.segments(t("Size"), controls.SIZE, view.key("size"))
        st.number_input(
            t("Minutes to spend on each"),
            1,
            controls.LONGEST,
            key=view.key("minutes"),
            width=220,
            help=t("How many updates that makes is measured on this machine as the training begins."),
        )
        st.text_input(t("Title"), key=_title_key(), max_chars=TITLE, placeholder=_title(view), width=320)


def _one_of(view: View, field: str, label: str, options: dict[str, str], width: int) -> None:
    """A choice whose options depend on another one."""
    if view[field] not in options:
        view[field] = next(iter(options))
    st.selectbox(label, list(options), format_func=options.__getitem__, key=view.key(field), width=width)


def _title_key() -> str:
    """Another one after each start: what was typed is the title of one training."""
    return f"train_title_{st.session_state.get(FORM, 0)}"


def _title(view: View) -> str:
    return f"{controls.corpus(view['corpus']).partition(' · ')[0]} · {t(controls.NETWORK[view['network']])}"


def _configs(view: View) -> dict[str, TrainConfig]:
    """What is to be trained, by the scoring function of each; one without a name where there is nothing to compare.
    May refuse."""
    scores = view["scores"] if controls.scored(view["network"]) else [""]
    if not scores:
        raise Refused("Choose at least one scoring function.")
    with st.expander(t("All settings")):
        own = st.text_area(
            t("A whole configuration, as TOML; it takes the place of all choices here"),
            key=view.key("toml"),
            max_chars=LONGEST,
        )
        if own.strip():
            return {"": parse(own, "train.toml")}
        first = _recipe(view, scores[0]).config()
        chosen = settings.ask(view, first)
    return {score: _recipe(view, score, chosen).config() for score in scores}


def _recipe(view: View, score: str, chosen: dict[str, dict[str, object]] | None = None) -> Recipe:
    source, target = recipes.languages(view["corpus"])
    device = choose(gateway.device)
    return Recipe(
        view["task"],
        view["corpus"],
        view["network"],
        view["size"],
        score,
        source,
        target,
        precision(device),
        recipes.threads(),
        chosen,
    )


def _what_it_is(view: View, configs: dict[str, TrainConfig], parameters: int) -> None:
    """How large the first is, what stands in its file, and the button that starts them all."""
    first = next(iter(configs.values()))
    with st.expander(t("As a file")):
        st.code(written(first), language="toml")
    corpus = first.data.names[0]
    count = len(configs)
    label = t("Start") if count == 1 else counted("Start {count} training", "Start {count} trainings", count)
    can_be_begun = beforehand.show(view, first, parameters, 0 if _is_pasted(view) else view["minutes"])
    if count > 1:
        st.caption(t("All of this is said of the first of them; the others differ in their scoring function alone."))
    if sentence := _at_hand(corpus):
        st.caption(sentence)
    start = can_be_begun and st.button(
        label.format(count=count), type="primary", key=view.key("start"), icon=":material/play_arrow:"
    )
    if start:
        _start(view, configs)
        st.rerun()


def _at_hand(corpus: str) -> str:
    """Whether a corpus is there, or what becomes of that."""
    if corpus not in KNOWN or at_hand(corpus):
        return ""
    if can_be_fetched(corpus):
        return t("{corpus} is fetched first, from {home} ({licence}).").format(
            corpus=corpus, home=unlinked(KNOWN[corpus].home), licence=KNOWN[corpus].licence
        )
    return t("{corpus} is not on this machine: get it from {home} and name its folder by ALIGNSCOPE_DATA.").format(
        corpus=corpus, home=unlinked(KNOWN[corpus].home)
    )


def _with(title: str, score: str) -> str:
    """A title that tells one of several apart, however long it is."""
    return f"{title[: TITLE - len(score) - 3]} · {score}"


def _is_pasted(view: View) -> bool:
    """Whether a configuration takes the place of all choices."""
    return bool(str(st.session_state.get(view.key("toml"), "")).strip())


def _start(view: View, configs: dict[str, TrainConfig]) -> None:
    """Put them in the queue, and show the first."""
    title = str(st.session_state.get(_title_key(), "")).strip() or _title(view)
    own = _is_pasted(view)
    added = []
    for score, config in configs.items():
        name = _with(title, names.score(score)) if score else title
        minutes = 0 if own else view["minutes"]
        try:
            added.append(gateway.runs.add(config, name, controls.keys()[0], minutes))
        except Refused as reason:
            view.notes = [*view.notes, str(reason)]
            break
    if added:
        view["run"], view["beside"] = added[0], ".".join(added[1 : controls.MOST_BESIDE + 1])
        st.session_state[FORM] = st.session_state.get(FORM, 0) + 1
