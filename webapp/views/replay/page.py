"""The Replay page: trainings chosen, played side by side, and what was measured of them."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.inference.replay.frames import SNAP, Probe, Replay, snapped
from engine.inference.replay.listing import SHIPPED
from webapp.components import show
from webapp.figures.replay import Track, player
from webapp.gateway.current import gateway
from webapp.i18n import counted, joined, t
from webapp.shell import frame, view_file
from webapp.shell.heading import heading
from webapp.shell.view import View
from webapp.views.replay import as_code, controls, figures, files
from webapp.views.shared import replayed


@st.fragment
def main(view: View) -> None:
    """Everything: whatever is set here leaves the rest of the page alone."""
    if view.notes:
        st.rerun()  # a file was opened: its notes stand above
    place = heading(
        t("Replay"),
        t("Watch trainings again: at each validation where the model looked, what it wrote, and how good it was."),
    )
    if not gateway.replays.all():
        st.markdown(t("There is no replay here yet: `python -m engine train` leaves one."))
        view.leave()
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        controls.runs(view)
        replays, reasons = figures.opened(view["runs"])
        if replays:
            probe = controls.probe(view, next(iter(replays.values())).about.probes)
    for reason in reasons:
        frame.refused(reason)
    if replays:
        _play(view, place, replays, probe)
    elif not reasons:
        st.markdown(t("Choose one training, or several to see them side by side."))
    view.leave()


def _play(view: View, place: DeltaGenerator, replays: dict[str, Replay], probe: Probe) -> None:
    shown = figures.tracks(replays, probe)
    canvas = player(shown, at=view["update"], name=t("Replay"), wording=replayed.wording(), t=t, unit=t("share"))
    show([canvas], key=view.key(controls.PLAYER), on_act=lambda: controls.moved(view), t=t)
    _explain(replays, shown)
    pictures = figures.pictures(replays, shown, view["update"])
    name = next(iter(replays))
    stamp = figures.stamp(name, view["update"], probe.text)
    query = view.query(whole=True)
    frame.take_away(
        place,
        view,
        pictures,
        stamp,
        lambda: view_file.replayed(list(replays.values()), query),
        lambda: as_code.as_code(list(replays), probe, view["update"]),
        offer=lambda: files.offer(view, files.of(replays, shown, canvas, stamp), stamp),
    )


def _explain(replays: dict[str, Replay], shown: list[Track]) -> None:
    """What the curves are measured on, and where each alignment snapped in."""
    for track in shown:
        moment = snapped(track.replay)
        st.caption(_no_moment(track) if moment is None else _moment(track, *moment))
    for sentence in dict.fromkeys(replayed.in_two_levels(track.replay.about) for track in shown if not track.note):
        st.caption(sentence)
    # Trainings that were measured alike are spoken of once.
    for sentences in dict.fromkeys(_measured(replay) for replay in replays.values()):
        st.caption(sentences)
    if any(name.startswith(f"{SHIPPED}/") for name in replays):
        st.caption(
            t(
                "The trainings that come along are short ones of small networks, made to be watched; their models are "
                "not stored. The models that you can ask learnt longer."
            )
        )


def _measured(replay: Replay) -> str:
    """What its curves are measured on."""
    about = replay.about
    scored = (
        t("Accuracy is measured on {sample} texts of the development data, always the same.")
        if about.measure == "accuracy"
        else t("BLEU is measured on {sample} texts of the development data, always the same.")
    )
    aligned = t("AER is measured on {sample} short sentences whose words people linked, read by the highest attention.")
    entropy = counted(
        "Entropy is the mean over all rows of {count} text: 0 bits look at one word.",
        "Entropy is the mean over all rows of {count} texts: 0 bits look at one word.",
        len(about.probes),
    )
    return joined(
        scored.format(sample=about.scored),
        aligned.format(sample=about.aligned) if about.aligned else "",
        entropy.format(count=len(about.probes)),
    )


def _no_moment(track: Track) -> str:
    """Of a training in which no alignment snapped in; empty of one without attention, or with one frame alone."""
    if track.note or len(track.replay.frames) < 2:
        return ""
    return t(
        "{run}: the alignment snaps in nowhere; between no two of its frames does the alignment error rate fall by "
        "{points:.0f} points or, where that was not measured, the entropy by {bits:g} bits."
    ).format(run=track.title, points=100 * SNAP["aer"], bits=SNAP["entropy"])


def _moment(track: Track, number: int, by: str) -> str:
    before, frame = track.replay.frames[number - 1], track.replay.frames[number]
    facts = {"run": track.title, "before": before.update, "after": frame.update}
    if by == "aer" and before.scores.aer is not None and frame.scores.aer is not None:
        sentence = t(
            "{run}: between updates {before} and {after} the alignment error rate fell most, from {old} to {new} %."
        )
        return sentence.format(**facts, old=f"{100 * before.scores.aer:.1f}", new=f"{100 * frame.scores.aer:.1f}")
    sentence = t(
        "{run}: between updates {before} and {after} the entropy of the weights fell most, from {old} to {new} bits."
    )
    return sentence.format(**facts, old=f"{before.scores.entropy or 0:.2f}", new=f"{frame.scores.entropy or 0:.2f}")
