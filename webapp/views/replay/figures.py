"""Trainings as the player and the files show them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import Refused
from engine.inference.replay.frames import Probe, Replay
from webapp.figures import replay as drawn
from webapp.figures.replay import NO_ATTENTION, Track
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell.frame import Picture
from webapp.shell.stamp import Stamp
from webapp.views.replay import controls
from webapp.views.shared import replayed

NOT_LOOKED = N_("This training did not look at this text.")


def opened(names: Sequence[str]) -> tuple[dict[str, Replay], list[Refused]]:
    """The replays that can be played, and what is to be said of the others."""
    replays: dict[str, Replay] = {}
    reasons = []
    for name in names:
        try:
            replays[name] = gateway.replays.open(name)
        except Refused as reason:
            reasons.append(reason)
    return replays, reasons


def tracks(replays: dict[str, Replay], probe: Probe) -> list[Track]:
    """Each training over the probe, where it looked at it."""
    return [_track(name, replay, probe) for name, replay in replays.items()]


def _track(name: str, replay: Replay, probe: Probe) -> Track:
    title = controls.label(name, replay)
    places = [k for k, own in enumerate(replay.about.probes) if (own.text, own.target) == (probe.text, probe.target)]
    if not places:
        return Track(title, replay, None, t(NOT_LOOKED))
    attends = any(frame.views[places[0]].cells is not None for frame in replay.frames)
    return Track(title, replay, places[0], note="" if attends else t(NO_ATTENTION))


def stamp(name: str, update: int, text: str) -> Stamp:
    """Where a map comes from: there are no weights of that update any more, and its number stands in their place."""
    return Stamp(name, f"update {update}", text)


def pictures(replays: dict[str, Replay], shown: Sequence[Track], update: int) -> list[Picture]:
    """The maps at an update, those that there are."""
    made: list[Picture] = []
    for (name, replay), track in zip(replays.items(), shown, strict=True):
        frame = drawn.frame_at(replay, update)
        if track.probe is None or track.looked is None:
            continue
        scene = replayed.scene(replay.about, frame, track.probe)
        if scene is not None:
            facts = {"reading": "attention", "unit": "share", "update": str(frame.update)}
            own = stamp(name, frame.update, track.looked.text)
            made.append(Picture(f"map-{len(made) + 1}", track.title, scene, scene, stamp=own, facts=facts))
    return made
