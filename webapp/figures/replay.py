"""A training as the browser plays it: all frames of one probe, and the curves of what was measured, as bytes.

    canvas = player([track(replay, 0, title="additive")], at=-1, name="…", wording=wording, t=t)

Words and grid of a map are drawn once for each output that a network wrote; of each frame its cells alone are sent, a
byte each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.inference.replay.frames import Frame, Probe, Replay, Scores, View, bytes_of, snapped
from webapp.figures.alignment import grid
from webapp.figures.canvas import Canvas, keyed
from webapp.figures.drawing.matrix import EACH_CELL
from webapp.figures.drawing.svg import svg
from webapp.figures.drawing.typeset import legal
from webapp.figures.scenes.scene import MatrixScene
from webapp.figures.scenes.wording import PLAIN, Wording
from webapp.i18n import N_

MOST_FRAMES = 120
"""So many of a run are played, evenly spaced."""
MOST_LABEL = 200  # characters of an output that are shown
_CELL = re.compile(r'<rect [^>]*?data-row="\d+" data-column="\d+"[^>]*/>')
_VALUES = re.compile(r' data-values="[^"]*"')

MEASURES = {
    "loss": N_("Validation loss, nats"),
    "bleu": N_("BLEU on a sample"),
    "accuracy": N_("Accuracy on a sample"),
    "entropy": N_("Entropy of the weights, bits"),
    "aer": N_("Alignment error rate (AER)"),
    "moved": N_("Does it move? Change of a weight"),
}
SCORES = ("loss", "score", "entropy", "aer", "moved")
PHRASES = {
    "play": N_("Play"),
    "pause": N_("Pause"),
    "slider": N_("Update of the training"),
    "at": N_("After update {update} ({number} of {count})"),
    "before": N_("Before the first update ({number} of {count})"),
    "jump": N_("{run}: most gained by update {update}"),
    "aer": N_("Up to update {update} the alignment error rate fell more than between any other two frames of {run}."),
    "entropy": N_(
        "Up to update {update} the entropy of the weights fell more than between any other two frames of {run}; no "
        "alignment error rate was measured."
    ),
    "wrote": N_("It writes:"),
    "empty": N_("It writes nothing yet, so there is no map."),
}
SENTENCE = N_("whole sentence")
NO_ATTENTION = N_("This model has no attention, so there is no map: see what it writes and the curves.")


@dataclass(frozen=True, eq=False)
class Track:
    """One run in a player. `probe` numbers the probe of the replay that is shown; None where it did not look at it, and
    `absent` then says so. `note` stands where there can be no map."""

    title: str
    replay: Replay
    probe: int | None
    absent: str = ""
    note: str = ""

    @property
    def looked(self) -> Probe | None:
        return None if self.probe is None else self.replay.about.probes[self.probe]


def numbers_of(replay: Replay) -> list[int]:
    """Which frames are played: evenly spaced, the first, the last and that at which the alignment snapped in among
    them."""
    count = len(replay.frames)
    chosen = set(np.unique(np.linspace(0, count - 1, min(count, MOST_FRAMES)).round().astype(int)).tolist())
    moment = snapped(replay)
    return sorted(chosen | ({moment[0]} if moment else set()))


def frame_at(replay: Replay, update: int) -> Frame:
    """The last frame that is not after an update; the last of all for a negative one."""
    before = [frame for frame in replay.frames if update < 0 or frame.update <= update]
    return before[-1] if before else replay.frames[0]


def matrix(
    probe: Probe, view: View, wording: Wording = PLAIN, unit: str = "share", note: str = "", sentence: str = SENTENCE
) -> MatrixScene | None:
    """The map of a probe in one frame; None of a model without attention, and of one that wrote nothing. Below a
    document's words stands a row that `sentence` names: over each word the weight of its sentence."""
    if view.cells is None or not len(view.rows):
        return None
    view = with_sentences(probe, view, sentence)
    rows = max(1, EACH_CELL // len(probe.columns))
    weights = view.weights()[:rows]
    return grid(
        weights, view.rows[:rows], probe.columns, unit=unit, note=note, maximum=view.peak or 1.0, wording=wording
    )


def with_sentences(probe: Probe, view: View, sentence: str) -> View:
    """The view with one more row, over each word the weight of its sentence; as it is where there are no such."""
    if view.cells is None or view.over is None or not len(view.over):
        return view
    words = bytes_of(view.weights())
    return replace(
        view,
        rows=(*view.rows, sentence),
        cells=np.concatenate([words, np.repeat(view.over, probe.sentences)[None, :]]),
        peak=1.0,
        over=None,
    )


def player(
    tracks: Sequence[Track], *, at: int, name: str, wording: Wording, t: Callable[[str], str] = str, unit: str = "share"
) -> Canvas:
    """The packet of a player that stands at the update `at`, at the last one for -1; `name` is what a screen reader
    says."""
    packed = [_packed(track, wording, unit, t) for track in tracks]
    facts = {
        "kind": "replay",
        "name": name,
        "phrases": {phrase: t(sentence) for phrase, sentence in PHRASES.items()},
        "measures": _measures(tracks, t),
        "tracks": [described for described, _ in packed],
    }
    drawn = keyed(facts, *(cells for _, cells in packed))
    return replace(drawn, facts={**drawn.facts, "at": at})


def _measures(tracks: Sequence[Track], t: Callable[[str], str]) -> list[dict[str, Any]]:
    """The curves of whatever was measured of any of them, from 0 where that is a bound."""
    known = {name for track in tracks for frame in track.replay.frames for name in _known(frame.scores)}
    measure = tracks[0].replay.about.measure if tracks else "bleu"
    names = [(name, measure if name == "score" else name) for name in SCORES]
    return [{"name": name, "label": t(MEASURES[label]), "least": 0} for name, label in names if name in known]


def _known(scores: Scores) -> list[str]:
    return [name for name, value in scores._asdict().items() if value is not None]


def _packed(track: Track, wording: Wording, unit: str, t: Callable[[str], str]) -> tuple[dict[str, Any], bytes]:
    chosen = [track.replay.frames[number] for number in numbers_of(track.replay)]
    moment = snapped(track.replay)
    facts: dict[str, Any] = {
        "title": track.title,
        "updates": [frame.update for frame in chosen],
        "moment": None if moment is None else {"update": track.replay.frames[moment[0]].update, "by": moment[1]},
        "scores": {name: [_short(getattr(frame.scores, name)) for frame in chosen] for name in SCORES},
        "absent": track.absent,
        "note": track.note,
    }
    if track.probe is None or track.looked is None:
        return facts, b""
    views = [frame.views[track.probe] for frame in chosen]
    views = [with_sentences(track.looked, view, t(SENTENCE)) for view in views]
    maps, cells = _maps(track.looked, views, wording, unit, t)
    texts = list(dict.fromkeys(view.text for view in views))
    facts |= maps | {
        "texts": [legal(text[:MOST_LABEL]) for text in texts],
        "text_of": [texts.index(view.text) for view in views],
    }
    return facts, cells


def _maps(
    probe: Probe, views: Sequence[View], wording: Wording, unit: str, t: Callable[[str], str]
) -> tuple[dict[str, Any], bytes]:
    """A template for each different output, which of them each frame fills, and all cells."""
    templates: dict[tuple[str, ...], int] = {}
    of_frame: list[int | None] = []
    drawn, sizes, cells = [], [], []
    for view in views:
        scene = matrix(probe, view, wording, unit)
        if scene is None:
            of_frame.append(None)
            continue
        if scene.rows not in templates:
            templates[scene.rows] = len(templates)
            drawn.append(_template(scene, t))
            sizes.append(scene.values.size)
        of_frame.append(templates[scene.rows])
        assert view.cells is not None  # else there were no scene
        cells.append(view.cells[: len(scene.rows)].tobytes())
    facts = {"templates": drawn, "sizes": sizes, "template_of": of_frame, "peaks": [_short(v.peak) for v in views]}
    return facts, b"".join(cells)


def _template(scene: MatrixScene, t: Callable[[str], str]) -> str:
    """Its words, grid and legend, without its cells and numbers, which the browser puts in."""
    picture = svg(
        replace(scene, values=np.zeros_like(scene.values), shades=np.zeros_like(scene.shades)), group="replay", t=t
    )
    return _VALUES.sub(' data-values=""', _CELL.sub("", picture))


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
