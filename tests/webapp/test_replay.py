"""The page Replay: what it sends to be played, what it says of it, and what can be taken away."""

from __future__ import annotations

import csv
import io
import json
import re
from base64 import b64encode
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from engine.inference.replay import file
from engine.inference.replay.frames import About, Frame, Probe, Replay, Scores, View
from engine.inference.replay.listing import open_replay
from engine.store import names
from tests import tiny_replays
from tests.serving import ROOT
from tests.webapp.conftest import Open, canvases, open_file
from webapp.figures.files.animated import gif
from webapp.figures.replay import MOST_FRAMES, Track, frame_at, numbers_of, player
from webapp.figures.scenes.wording import Wording

ADDITIVE, DOT = "replays/en-fr-additive", "replays/en-fr-dot"


def played(app: AppTest) -> dict[str, Any]:
    assert not app.exception and not app.error
    return canvases(app)["replay_player"]


def test_two_trainings_that_come_along_play_side_by_side(visit: Open):
    shown = played(visit("replay"))
    assert [track["title"] for track in shown["tracks"]] == [
        "en-fr-additive (English → French)",
        "en-fr-dot (English → French)",
    ]
    assert shown["at"] == -1 and [measure["name"] for measure in shown["measures"]] == [
        *("loss", "score", "entropy", "aer", "moved")
    ]
    for track, cells, name in zip(shown["tracks"], shown["parts"], (ADDITIVE, DOT), strict=True):
        replay = open_replay(name)
        assert track["updates"] == [frame.update for frame in replay.frames]
        assert track["moment"] == {"update": 50, "by": "aer"}
        assert len(track["templates"]) == 1 and set(track["template_of"]) == {0}  # the target keeps its rows
        assert cells == b"".join(frame.views[0].cells.tobytes() for frame in replay.frames)
        assert "data-cells" in track["templates"][0] and 'data-row="' not in track["templates"][0]


def test_an_output_that_changes_has_a_template_for_each_of_its_forms(visit: Open):
    track = played(visit("replay", m=ADDITIVE, p="2"))["tracks"][0]
    assert track["template_of"] == [None, 0, 1, 2, *[3] * 8] and track["sizes"] == [4, 8, 12, 16]
    assert [track["texts"][number] for number in track["text_of"]][:3] == ["", "Où", "Où est"]


def test_a_training_that_did_not_look_at_a_text_says_so(visit: Open):
    one, other = played(visit("replay", p="3"))["tracks"]
    assert one["absent"] == "" and other["absent"] == "This training did not look at this text."
    assert other["updates"] and "templates" not in other


def test_a_link_holds_trainings_text_and_update(visit: Open):
    app = visit("replay", v="2", m=f"{DOT}.{ADDITIVE}", p="2", u="u70")
    shown = played(app)
    assert [track["title"][:9] for track in shown["tracks"]] == ["en-fr-dot", "en-fr-add"] and shown["at"] == 70
    assert app.selectbox(key="replay_probe").value == 2
    assert (app.query_params["u"], app.query_params["p"]) == ("u70", "2")


def test_where_the_player_comes_to_rest_stands_in_the_link_and_what_is_no_update_does_not(visit: Open):
    visit("replay")
    controls = import_module("webapp.views.replay.controls")
    session: dict[str, Any] = {}

    class Kept(dict[str, int]):
        def key(self, name: str) -> str:
            return name

    kept = Kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(controls.st, "session_state", session)
        for act in ({"update": -3}, {"update": True}, {"update": "9"}, {"update": 10**12}, {}, None, [1]):
            session["player"] = {"act": act}
            controls.moved(kept)
            assert kept == {}, act
        session["player"] = {"act": {"update": 80}}
        controls.moved(kept)
    assert kept == {"update": 80}


def test_the_page_says_what_is_measured_and_where_the_alignment_snapped_in(visit: Open):
    captions = [caption.value for caption in visit("replay").caption]
    assert (
        "en-fr-additive (English → French): between updates 40 and 50 the alignment error rate fell most, from 86.0 to "
        "55.0 %." in captions
    )
    (measured,) = [c for c in captions if "BLEU is measured on 100 texts" in c and "60 short sentences" in c][:1]
    assert "3 texts" in measured


def test_without_any_replay_the_page_says_how_to_get_one(visit: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(names, "PRETRAINED", tmp_path)
    app = visit("replay")
    assert not app.exception and canvases(app) == {}
    assert any("There is no replay here yet" in text.value for text in app.markdown)


def test_no_training_chosen_asks_for_one(visit: Open):
    app = visit("replay")
    app.multiselect(key="replay_runs").set_value([]).run()
    assert not app.exception and canvases(app) == {}
    assert any("Choose one training" in text.value for text in app.markdown)


def test_a_damaged_replay_is_refused_in_a_sentence_and_the_others_play(visit: Open, tmp_path: Path):
    bad = tmp_path / "runs" / "bad"
    bad.mkdir(parents=True)
    (bad / file.FILE).write_bytes(b"PK\x03\x04 no archive")
    app = visit("replay", m=f"run:bad.{ADDITIVE}")
    assert len(played(app)["tracks"]) == 1
    (reason,) = [note.value for note in app.info]
    assert "holds no replay that can be played" in reason and str(tmp_path) not in reason


def test_a_run_that_goes_on_is_read_again(visit: Open, tmp_path: Path):
    run = tmp_path / "runs" / "mine"
    run.mkdir(parents=True)
    file.write(run / file.FILE, tiny_replays.replay(count=3))
    app = visit("replay", m="run:mine")
    assert len(played(app)["tracks"][0]["updates"]) == 3
    file.write(run / file.FILE, tiny_replays.replay(count=5))
    assert len(played(app.run())["tracks"][0]["updates"]) == 5
    (run / file.FILE).unlink()
    app.run()
    assert not app.exception and not app.error


def test_a_model_without_attention_shows_its_outputs_and_curves(visit: Open, tmp_path: Path):
    run = tmp_path / "runs" / "none"
    run.mkdir(parents=True)
    file.write(run / file.FILE, tiny_replays.replay(attends=False))
    track = played(visit("replay", m="run:none"))["tracks"][0]
    assert set(track["template_of"]) == {None} and track["texts"] == ["J' ai un chat noir ."]
    assert track["note"] == "This model has no attention, so there is no map: see what it writes and the curves."


def test_a_classifier_is_played_too(visit: Open, tmp_path: Path):
    words = ("It", "was", "good", ".", "Really", ".")
    probe = Probe("It was good. Really.", words, sentences=(4, 2))
    over = np.array([200, 55], np.uint8)
    views = [View(label, (label,), np.arange(6, dtype=np.uint8)[None] * 51, 0.5, over) for label in ("bad", "good")]
    about = About("classification/tiny", "classification", "en", None, "accuracy", 40, 0, (probe,))
    frames = tuple(Frame(k, Scores(1.0, 0.5, 2.0 - k), (view,)) for k, view in enumerate(views))
    run = tmp_path / "runs" / "han"
    run.mkdir(parents=True)
    file.write(run / file.FILE, Replay(about, frames))
    app = visit("replay", m="run:han")
    shown = played(app)
    track = shown["tracks"][0]
    assert track["peaks"] == [1.0, 1.0] and track["sizes"] == [12, 12], "words, and the weight of their sentences"
    assert "whole sentence" in track["templates"][0]
    first = np.frombuffer(shown["parts"][0][:12], np.uint8).reshape(2, 6)
    assert first[0].tolist() == [0, 26, 51, 76, 102, 128] and first[1].tolist() == [200] * 4 + [55] * 2
    assert any("the lower row what share" in c.value for c in app.caption)
    assert shown["measures"][1]["label"] == "Accuracy on a sample"
    assert any("entropy of the weights fell most, from 2.00 to 1.00 bits" in c.value for c in app.caption)


def test_many_frames_are_thinned_and_the_moment_stays():
    replay = tiny_replays.replay(count=600)
    numbers = numbers_of(replay)
    assert len(numbers) <= MOST_FRAMES + 1 and {0, 5, 599} <= set(numbers)
    assert (frame_at(replay, 55).update, frame_at(replay, -1).update) == (50, 5990)


@pytest.fixture
def offered(visit: Open, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the page would give away."""
    visit("replay")
    kept = SimpleNamespace()

    def take_away(place, view, pictures, stamp, record, code, lacks="", offer=None) -> None:
        kept.pictures, kept.record, kept.code = pictures, record(), code()
        offer()

    def offer(view, files, stamp) -> None:
        kept.files = {file[1]: file[3] for file in files}

    with monkeypatch.context() as patch:
        patch.setattr(import_module("webapp.shell.frame"), "take_away", take_away)
        patch.setattr(import_module("webapp.views.replay.files"), "offer", offer)
        visit("replay", p="2", u="u40")
    return kept


def test_the_maps_of_the_update_can_be_taken_away(offered: SimpleNamespace):
    assert [picture.stamp.weights for picture in offered.pictures] == ["update 40", "update 40"]
    assert offered.pictures[0].scene.rows == ("Où", "est", "il", "?")


def test_the_table_has_a_row_for_each_frame(offered: SimpleNamespace):
    rows = list(csv.reader(io.StringIO(offered.files["csv"]().removeprefix("\ufeff"))))
    assert rows[0] == ["training", "update", "loss", "score", "entropy", "aer", "moved", "score is"]
    assert len(rows) == 1 + 24 and rows[1][:3] == [ADDITIVE, "0", ""] and rows[-1][0] == DOT


def test_the_json_is_what_the_command_prints_and_opens_again(offered: SimpleNamespace, visit: Open):
    record = json.loads(offered.record)
    schema = json.loads((ROOT / "engine/schemas/replay.json").read_text(encoding="utf-8"))
    for replay in record["replays"]:
        jsonschema.validate(replay, schema)
    app = visit("replay")
    open_file(app, "replay", record["view"])
    assert played(app)["at"] == 40 and app.selectbox(key="replay_probe").value == 2


def test_the_gif_has_a_picture_for_each_update_that_has_a_map(offered: SimpleNamespace):
    image = Image.open(io.BytesIO(offered.files["gif"]()))
    assert image.n_frames == 11  # before the first update nothing was written
    image.seek(10)
    assert image.info["duration"] > 2000


def test_pictures_of_different_sizes_stand_on_the_same_paper():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{0}"><rect width="{0}" height="{0}"/></svg>'
    image = Image.open(io.BytesIO(gif([svg.format(10), svg.format(20)])))
    assert image.size == (30, 30) and image.n_frames == 2


def test_the_page_that_plays_offline_runs_the_one_script_that_its_policy_names(offered: SimpleNamespace):
    page = offered.files["html"]().decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert b64encode(sha256(script.encode()).digest()).decode() in policy and "default-src 'none'" in policy
    assert page.count("<script") == 2 and not re.search(r"^(import|export) ", script, re.MULTILINE)


def test_a_hostile_text_stays_a_text_in_what_is_sent():
    probe = Probe("</script><script>alert(1)</script>", ("</script>", "<b>"))
    view = View("<img src=x onerror=alert(1)>", ("<b>",), np.array([[3, 4]], np.uint8))
    replay = Replay(About("x", "translation", "en", "fr", "bleu", 0, 0, (probe,)), (Frame(0, Scores(), (view,)),))
    canvas = player([Track("t", replay, 0)], at=-1, name="n", wording=Wording())
    page = import_module("webapp.figures.files.played").html(canvas, "</title><script>", "<b>", {"a": "<i>"}).decode()
    assert page.count("<script") == 2 and "onerror" not in page.partition('id="data"')[0]
    assert "<b>" not in canvas.facts["tracks"][0]["templates"][0]


def test_the_code_gives_the_numbers_of_the_page(offered: SimpleNamespace, capsys: pytest.CaptureFixture[str]):
    exec(offered.code.python, {})
    printed = capsys.readouterr().out
    assert ADDITIVE in printed and DOT in printed and "('Où', 'est', 'il', '?')" in printed
    weights = open_replay(ADDITIVE).frames[4].views[1].weights().round(3)
    assert str(weights[0]).strip("[]") in printed.replace("[[", "[")
    assert offered.code.command.splitlines() == [f"python -m engine replay {name}" for name in (ADDITIVE, DOT)]
