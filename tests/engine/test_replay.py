"""A replay shows what the model drew, changes nothing of the training, and may come from anybody."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Refused
from engine.inference import load
from engine.inference.replay import file, listing
from engine.inference.replay.frames import About, Frame, Probe, Replay, Scores, View, bytes_of, moved, snapped
from engine.inference.replay.observing import Look
from engine.inference.replay.probes import MOST, chosen, spread, wished
from engine.inference.replay.recorder import OBSERVERS, ReplayRecorder
from engine.inference.sentence_maps import one_way, words_of
from engine.text.tokenizer import Tokenizer
from engine.training import checkpoint, runs
from engine.training.config import read
from engine.training.prepare.prepared import Prepared
from engine.training.tasks import Translating
from tests import pairs
from tests.engine.terminal import refused, valid

CONFIG = """
name = "{task}/tiny"
pieces = 60
[data]
{data}
[model]
{model}
[loop]
updates = {updates}
batch = 8
rate = 0.02
warmup = 5
precision = "no"
threads = 1
validate_every = {every}
"""
SIZES = "embedding = 8\nencoder = 8\ndecoder = 16\nattention = 8\n"
TRANSLATORS = {
    "additive": SIZES + "dropout = 0.2",
    "a window": SIZES + 'window = "local_p"\nplacement = "after"\nfeeding = true',
    "no attention": SIZES + 'design = "decoder2"\ndirection = "forward"',
    "transformer": 'kind = "transformer"\nsize = 16\ninner = 24\nlayers = 2\nheads = 2\ndropout = 0.2',
}
CLASSIFIERS = {
    "han": 'kind = "han"\nembedding = 8\nword = 6\nsentence = 6\nattention = 8',
    "bilstm": 'kind = "bilstm"\nembedding = 8\nhidden = 8',
    "encoder": 'kind = "encoder"\nsize = 16\ninner = 24\nlayers = 2\nheads = 2\nlimit = 40',
}
KINDS = {**TRANSLATORS, **CLASSIFIERS}
OFTEN = ("additive", "transformer", "han", "encoder")
KINDS_HERE = [pytest.param(kind, marks=[] if kind in OFTEN else pytest.mark.long) for kind in KINDS]
WORDS = tuple(["a", "man", "sees", "the", "red", "house"])


PROBES = {"translation": "a man\tUN DOG 3\nred house\n", "classification": "We saw film 3. It was good.\nIt was bad.\n"}


def config_at(folder: Path, kind: str, updates: int = 6, every: int = 3) -> Path:
    """A training file, and two probes for the folder `run` beside it."""
    if kind in TRANSLATORS:
        task, data = "translation", f'corpora = ["{pairs.write(folder)}"]\nsource = "en"\ntarget = "fr"'
    else:
        table = folder / "own.csv"
        rows = [f'"We saw film {i % 7}. It was {("bad", "good")[i % 2]} on day {i}.",{"np"[i % 2]}' for i in range(200)]
        table.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
        task, data = "classification", f'documents = ["{table}"]'
    path = folder / "train.toml"
    content = CONFIG.format(task=task, data=data, model=KINDS[kind], updates=updates, every=every)
    path.write_text(content, encoding="utf-8")
    (folder / "run").mkdir(exist_ok=True)
    (folder / "run" / "probes.txt").write_text(PROBES[task], encoding="utf-8")
    return path


def recorded(folder: Path, kind: str, updates: int = 6, every: int = 3) -> tuple[Path, Replay]:
    run = runs.train(config_at(folder, kind, updates, every), folder / "run", device="cpu", record=ReplayRecorder())
    return run, file.read(run / file.FILE)


@pytest.fixture(scope="module")
def of_kind(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Replay]]:
    """A recorded training of each kind, once."""
    return cache(lambda kind: recorded(tmp_path_factory.mktemp("kind"), kind))


@pytest.mark.parametrize("kind", KINDS_HERE)
def test_a_training_that_is_recorded_ends_with_the_very_same_weights(tmp_path: Path, of_kind, kind: str) -> None:
    run, replay = of_kind(kind)
    plain = runs.train(config_at(tmp_path, kind), tmp_path / "plain", device="cpu")
    assert [frame.update for frame in replay.frames] == [0, 3, 6]
    assert (run / "model.safetensors").read_bytes() == (plain / "model.safetensors").read_bytes()
    states = [checkpoint.read(folder / "checkpoint" / "6")[0] for folder in (run, plain)]
    assert all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())


def best(run: Path, replay: Replay) -> tuple[Frame, dict[str, torch.Tensor]]:
    """The frame of the update whose weights are stored, and these weights before they are rounded to 8 bits."""
    update = json.loads((run / "training.json").read_text())["best_update"]
    tensors, _ = checkpoint.read(run / "checkpoint" / str(update))
    weights = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
    return next(frame for frame in replay.frames if frame.update == update), weights


@pytest.mark.parametrize("kind", [kind for kind in KINDS_HERE if kind.values[0] in TRANSLATORS])
def test_the_frame_of_the_best_update_is_what_the_finished_translator_draws(of_kind, kind: str) -> None:
    run, replay = of_kind(kind)
    frame, weights = best(run, replay)
    stored, exact = (load.translator(str(run), "cpu", folders=True) for _ in range(2))
    exact.model.load_state_dict(weights, strict=False)
    for model, probes, off in ((stored, replay.about.probes[:1], 0.01), (exact, replay.about.probes, 0.5 / 255)):
        for probe, view in zip(probes, frame.views, strict=False):
            written = model.translate(probe.text)
            assert probe.columns == words_of(written)[1] and (model is stored or view.text == written.output.text)
            written = written if probe.target is None else model.translate(probe.text, target=probe.target)
            if kind == "no attention":
                assert view.cells is None and view.rows == words_of(written)[0]
                continue
            drawn = one_way(written, "attention", later=model.info.later)
            assert view.rows == drawn.rows
            np.testing.assert_allclose(view.weights(), drawn.matrix, atol=off + 1e-6)


@pytest.mark.parametrize("kind", [kind for kind in KINDS_HERE if kind.values[0] in CLASSIFIERS])
def test_the_frame_of_the_best_update_is_what_the_finished_classifier_draws(of_kind, kind: str) -> None:
    run, replay = of_kind(kind)
    model = load.classifier(str(run), "cpu", folders=True)
    for probe, view in zip(replay.about.probes, best(run, replay)[0].views, strict=True):
        reading = model.read(probe.text)
        assert view.rows == (view.text,) == (reading.labels[reading.predicted],)
        assert probe.columns == tuple(word for i in reading.read for word in reading.document.words(i))
        np.testing.assert_allclose(view.weights()[0], reading.word_weights, atol=0.01)
        assert (view.over is None) == (kind != "han")
        if view.over is not None:
            np.testing.assert_allclose(view.over / 255, reading.sentence_weights, atol=0.01)


def test_scores_are_those_of_the_frames(of_kind) -> None:
    _, replay = of_kind("additive")
    losses = [frame.scores.loss for frame in replay.frames]
    assert losses[0] is None and losses[1] > losses[2] > 0  # no validation goes before the first update
    assert replay.frames[0].scores.moved is None
    for before, frame in pairwise(replay.frames):
        assert frame.scores.moved == moved(frame.views, before.views) > 0
    assert all(0 < frame.scores.entropy < 4 and frame.scores.aer is None for frame in replay.frames)


class Stopped(Exception):
    """What stops a training in these tests."""


def test_a_resumed_training_records_what_an_unbroken_one_does(tmp_path: Path, of_kind) -> None:
    _, whole = of_kind("additive")
    config = config_at(tmp_path, "additive")

    def stop(progress: object) -> None:
        if progress.step == 6:  # type: ignore[attr-defined]
            raise Stopped  # recorded, and no checkpoint yet

    with pytest.raises(Stopped):
        runs.train(config, tmp_path / "run", device="cpu", watch=stop, record=ReplayRecorder())
    assert file.read(tmp_path / "run" / file.FILE).frames[-1].update == 6
    again = runs.train(config, tmp_path / "run", device="cpu", resume=True, record=ReplayRecorder())
    assert file.packed(file.read(again / file.FILE)) == file.packed(whole)


class Faulty:
    """A recorder that draws chance, changes how it is drawn, and fails at some time."""

    def __init__(self, failing: str) -> None:
        self.failing, self.calls = failing, []

    def _call(self, name: str) -> None:
        self.calls.append(name)
        torch.manual_seed(9)
        if name == self.failing:
            raise ValueError("the disk is full")

    def begin(self, *about: object) -> None:
        self._call("begin")

    def forget_after(self, update: int) -> None:
        self._call("forget_after")

    def wants(self, update: int) -> bool:
        return False

    def record(self, update: int, validation: float | None, network: torch.nn.Module) -> None:
        assert not network.training
        self._call(f"record {update}")


@pytest.mark.parametrize("failing", ["", "begin", "record 3"])
def test_a_recorder_that_fails_is_noted_and_the_training_goes_on_as_it_would(
    tmp_path: Path, of_kind, failing: str
) -> None:
    plain, _ = of_kind("additive")
    recorder, notes = Faulty(failing), []
    config = config_at(tmp_path, "additive")
    run = runs.train(config, tmp_path / "own", device="cpu", note=notes.append, record=recorder)
    assert (run / "model.safetensors").read_bytes() == (plain / "model.safetensors").read_bytes()
    assert recorder.calls[-1] == (failing or "record 6")
    at = failing.removeprefix("record ") if failing.startswith("record") else "0"
    assert notes == ([f"no replay is recorded from update {at} on: the disk is full"] if failing else [])


def made(frames: int = 3, attends: bool = True, over: bool = False, columns: int = len(WORDS)) -> Replay:
    """A replay of random weights."""
    dice = np.random.default_rng(frames)
    sentences = (2, columns - 2) if over else ()
    probes = tuple(Probe(" ".join(WORDS), WORDS[:columns], target, sentences) for target in (None, "un homme"))

    def view(number: int) -> View:
        rows = ("un", "homme", f"é{number % 7}")[: dice.integers(1, 4)]
        weights = dice.dirichlet(np.ones(columns), len(rows))
        over_bytes = bytes_of(np.array([0.25, 0.75])) if over else None
        return View(" ".join(rows), rows, bytes_of(weights, weights.max()) if attends else None, 1.0, over_bytes)

    about = About("translation/tiny", "translation", "en", "fr", "bleu", 100, 0, probes)
    return Replay(
        about,
        tuple(Frame(10 * i, Scores(None if i % 2 else 1.5, 2.0, 1.0), (view(i), view(i + 1))) for i in range(frames)),
    )


@given(st.integers(1, 9), st.booleans(), st.booleans())
def test_what_is_packed_is_what_is_unpacked(frames: int, attends: bool, over: bool) -> None:
    replay = made(frames, attends, over)
    again = file.unpacked(file.packed(replay))
    assert again.about == replay.about and file.packed(again) == file.packed(replay)
    assert [frame.scores for frame in again.frames] == [frame.scores for frame in replay.frames]
    for own, old in zip(again.frames, replay.frames, strict=True):
        for view, before in zip(own.views, old.views, strict=True):
            assert (view.text, view.rows) == (before.text, before.rows)
            np.testing.assert_array_equal(view.cells, before.cells)
            np.testing.assert_array_equal(view.over, before.over)


def test_a_file_that_grows_too_large_is_thinned_evenly(tmp_path: Path) -> None:
    replay = made(1)
    for number in range(1, 200):
        replay = replace(replay, frames=(*replay.frames, replace(replay.frames[0], update=10 * number)))
    most = len(file.packed(replay)) - 1
    thin = file.write(tmp_path / file.FILE, replay, most)
    assert (tmp_path / file.FILE).stat().st_size <= most and thin.about.stride == 2
    assert [frame.update for frame in thin.frames] == [*range(0, 2000, 20), 1990]


class Counting:
    """Stands in for what looks at a network: each look is another."""

    about = made(1).about

    def __init__(self) -> None:
        self._looks = iter(made(100).frames)

    def look(self) -> Look:
        return Look(next(self._looks).views, 1.0, 1.0)


def test_after_thinning_frames_stay_evenly_spaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OBSERVERS, "translation", lambda *about: Counting())
    real, most = file.write, len(file.packed(Replay(Counting.about, made(20).frames)))
    monkeypatch.setattr(file, "write", lambda path, replay: real(path, replay, most))
    config, network = read(config_at(tmp_path, "additive")), torch.nn.Linear(1, 1)
    recorder = ReplayRecorder()
    nothing = Prepared(network, Translating([], []), Tokenizer.train(WORDS, 30), {}, {})
    recorder.begin(tmp_path, config, nothing, torch.device("cpu"))
    recorder.forget_after(0)
    for update in range(0, 305, 5):
        recorder.record(update, None, network)
        updates = [frame.update for frame in file.read(tmp_path / file.FILE).frames]
        assert updates[0] == 0 and updates[-1] == update
    stride = file.read(tmp_path / file.FILE).about.stride
    assert stride > 2 and set(np.diff(updates[:-1])) == {5 * stride} and updates[-1] - updates[-2] <= 5 * stride


def npz(**changed: np.ndarray | None) -> bytes:
    """The file of a small replay with some of its arrays others, or left out."""
    with np.load(io.BytesIO(file.packed(made()))) as arrays:
        all_arrays = {name: array for name, array in {**arrays, **changed}.items() if array is not None}
    into = io.BytesIO()
    np.savez(into, **all_arrays)
    return into.getvalue()


def about(**changed: object) -> np.ndarray:
    with np.load(io.BytesIO(file.packed(made()))) as arrays:
        described = json.loads(arrays["about"].tobytes())
    return np.frombuffer(json.dumps({**described, **changed}).encode(), np.uint8)


def bomb() -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(npz())) as whole, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            more = bytes(100_000_000) if name == "cells.npy" else b""
            archive.writestr(name, whole.read(name) + more)
    return into.getvalue()


def wide() -> bytes:
    """It says that it holds more numbers than there is memory for."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(npz())) as whole, zipfile.ZipFile(into, "w") as archive:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "cells.npy":
                head = io.BytesIO()
                described = {"descr": "|u1", "fortran_order": False, "shape": (2**50,)}
                np.lib.format.write_array_header_1_0(head, described)
                content = head.getvalue()
            archive.writestr(name, content)
    return into.getvalue()


PROBE = {"text": "a", "columns": ["a"], "target": None, "sentences": []}
HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "no archive": lambda: b"PK\x03\x04 and nothing more",
    "cut": lambda: npz()[:-200],
    "lacks an array": lambda: npz(cells=None),
    "one array more": lambda: npz(more=np.zeros(1)),
    "pickled": lambda: npz(cells=np.array([{}], dtype=object)),
    "another type": lambda: npz(cells=np.zeros(4)),
    "a table": lambda: npz(cells=np.zeros((2, 2), np.uint8)),
    "too few weights": lambda: npz(cells=np.zeros(3, np.uint8)),
    "rows beyond": lambda: npz(rows=np.full(6, 60_000, "<u2")),
    "words beyond": lambda: npz(words=np.full(12, 2**31, "<u4")),
    "updates that fall": lambda: npz(updates=np.array([3, 2, 1])),
    "no frames": lambda: npz(updates=np.zeros(0, int)),
    "a peak that is no number": lambda: npz(peaks=np.full(6, np.nan, "<f4")),
    "a score out of range": lambda: npz(aer=np.array([0.1, 7, 0.2])),
    "a bomb": bomb,
    "wide": wide,
    "no JSON": lambda: npz(about=np.frombuffer(b"{", np.uint8)),
    "deep JSON": lambda: npz(about=np.frombuffer(b"[" * 100_000, np.uint8)),
    "a list": lambda: npz(about=np.frombuffer(b"[]", np.uint8)),
    "another format": lambda: npz(about=about(format=2)),
    "no probes": lambda: npz(about=about(probes=[])),
    "many probes": lambda: npz(about=about(probes=[PROBE] * 100)),
    "probes that are none": lambda: npz(about=about(probes=[7, 8])),
    "sentences of other words": lambda: npz(about=about(probes=[{**PROBE, "sentences": [3]}] * 2)),
    "a long name": lambda: npz(about=about(name="x" * 10_000)),
    "a count that is none": lambda: npz(about=about(stride=-1)),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_that_is_no_replay_is_refused_in_a_sentence(kind: str) -> None:
    with pytest.raises(Refused, match=r"replay\.npz holds no replay that can be played, or is damaged"):
        file.unpacked(HOSTILE[kind]())


WHOLE = file.packed(made(4, over=True))


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_refused_or_still_a_replay(changes: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for place, value in changes:
        content[place] = value
    try:
        replay = file.unpacked(bytes(content))
    except Refused:
        return
    assert all(len(frame.views) == len(replay.about.probes) for frame in replay.frames)


def test_a_file_that_is_too_large_or_no_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / file.FILE
    with pytest.raises(Refused, match=r"has no replay\.npz that can be read"):
        file.read(path)
    path.write_bytes(WHOLE)
    monkeypatch.setattr(file, "MAX_READ", 100)
    with pytest.raises(Refused, match="is larger than 100 bytes"):
        file.read(path)


def test_the_moment_is_where_aer_fell_most_and_without_aer_entropy() -> None:
    frames = made(4).frames
    by_entropy = [replace(f, scores=Scores(entropy=bits)) for f, bits in zip(frames, (2.0, 1.9, 0.5, 0.4), strict=True)]
    assert snapped(Replay(made().about, tuple(by_entropy))) == (2, "entropy")
    both = [
        replace(f, scores=replace_aer(f.scores, error))
        for f, error in zip(by_entropy, (0.9, 0.5, 0.4, 0.4), strict=True)
    ]
    assert snapped(Replay(made().about, tuple(both))) == (1, "aer")
    assert snapped(made(1)) is None


def test_what_is_learnt_little_by_little_snaps_in_nowhere() -> None:
    frames = made(4).frames

    def at(**scores: tuple[float, ...]) -> Replay:
        each = [Scores(**dict(zip(scores, values, strict=True))) for values in zip(*scores.values(), strict=True)]
        return Replay(made().about, tuple(replace(f, scores=own) for f, own in zip(frames, each, strict=True)))

    assert snapped(at(aer=(0.5, 0.46, 0.42, 0.38))) is None
    assert snapped(at(aer=(0.5, 0.46, 0.40, 0.38))) == (2, "aer")
    assert snapped(at(entropy=(2.0, 1.8, 1.6, 1.4))) is None
    assert snapped(at(aer=(0.5, 0.5, 0.5, 0.5), entropy=(2.0, 1.0, 0.5, 0.1))) is None, "AER says that nothing did"


def replace_aer(scores: Scores, error: float) -> Scores:
    return scores._replace(aer=error)


def test_probes_are_chosen_by_a_rule_and_read_leniently(tmp_path: Path) -> None:
    texts = [" ".join(["w"] * size) + f" {number}" for number in range(30) for size in (1, 4, 40)]
    ten = chosen(texts, lambda text: len(text.split()) - 1, 4, 12)
    assert len(ten) == 10 == len(set(ten)) and {len(text.split()) for text in ten} == {5}
    assert chosen(texts[:4], lambda text: len(text.split()) - 1, 4, 12) == [texts[1], texts[0], texts[3], texts[2]]
    assert spread(range(100), 4) == [12, 37, 62, 87]
    notes: list[str] = []
    assert wished(tmp_path, notes.append) == []
    content = "\ufeffa cat\tun chat\n\n  a dog  \n" + "x" * 900 + "\n" + "".join(f"a {i}\n" for i in range(40))
    (tmp_path / "probes.txt").write_bytes(content.encode() + b"\xff\xfe broken")
    wishes = wished(tmp_path, notes.append)
    assert wishes[:2] == [("a cat", "un chat"), ("a dog", None)] and len(wishes) == MOST
    assert len(notes) == 2


def test_probes_of_ones_own_are_looked_at_and_a_target_keeps_the_rows(of_kind) -> None:
    _, replay = of_kind("additive")
    assert [(probe.text, probe.target) for probe in replay.about.probes] == [("a man", "UN DOG 3"), ("red house", None)]
    assert {frame.views[0].rows for frame in replay.frames} == {("UN", "DOG", "3")}


def test_the_command_prints_a_table_and_all_of_it_as_json(tmp_path: Path, runs: Path, run: Callable) -> None:
    config = config_at(tmp_path, "additive", 2, 2)
    (tmp_path / "run").rename(runs / "tiny")
    assert run("train", str(config), "--run", str(runs / "tiny"), "--device", "cpu").code == 0
    lines = run("replay", "run:tiny").lines
    assert lines[0] == "update\tloss\tBLEU\tentropy\tAER\tmoved"
    assert [line.split("\t")[0] for line in lines[1:]] == ["0", "2"]
    told = valid("replay", run("replay", "run:tiny", "--json").out)
    assert [frame["update"] for frame in told["frames"]] == [0, 2]
    assert np.shape(told["frames"][0]["views"][0]["weights"])[1] == len(told["probes"][0]["columns"])
    assert run("train", str(config), "--run", str(runs / "without"), "--device", "cpu", "--no-replay").code == 0
    refused(run("replay", "run:without"), "run:without has left no replay")
    assert listing.replays()[-1] == "run:tiny"


def test_a_replay_of_a_classifier_is_json_too(of_kind, run: Callable) -> None:
    folder, _ = of_kind("han")
    assert run("replay", str(folder)).lines[0].split("\t")[2] == "accuracy"
    told = valid("replay", run("replay", str(folder), "--json").out)
    assert sum(told["frames"][-1]["views"][0]["sentences"]) == pytest.approx(1, abs=0.02)


def test_a_link_out_of_the_runs_is_not_followed(tmp_path: Path, runs: Path) -> None:
    (tmp_path / file.FILE).write_bytes(WHOLE)
    (runs / "linked").mkdir()
    (runs / "linked" / file.FILE).symlink_to(tmp_path / file.FILE)
    assert "run:linked" not in listing.replays()
    with pytest.raises(Refused, match="has left no replay"):
        listing.open_replay("run:linked")


def test_the_replays_that_ship_differ_in_the_score_alone_and_hold_what_their_cards_say() -> None:
    shipped = [name for name in listing.replays() if name.startswith(listing.SHIPPED)]
    folders = [listing.path_of(name).parent for name in shipped]
    configs = [read(folder / "train.toml") for folder in folders]
    rest = {(c.data, c.loop, c.pieces, json.dumps({**c.model, "score": ""}, sort_keys=True)) for c in configs}
    assert len(shipped) == 2 and len(rest) == 1 and len({c.model["score"] for c in configs}) == 2
    for folder in folders:
        replay, card = file.read(folder / file.FILE), (folder / "CARD.md").read_text(encoding="utf-8")
        last = replay.frames[-1]
        assert (folder / file.FILE).stat().st_size < 1_500_000 and f"{len(replay.frames)} frames" in card
        assert f"{last.update:,} updates" in card and f"{last.scores.score:.1f} BLEU" in card
        assert f"AER of {100 * last.scores.aer:.1f} %" in card
        assert [tuple(wish) for wish in wished(folder, None)] == [(p.text, p.target) for p in replay.about.probes]


def test_opening_a_replay_needs_no_torch(runs: Path) -> None:
    (runs / "tiny").mkdir()
    (runs / "tiny" / file.FILE).write_bytes(WHOLE)
    code = (
        "import sys; from engine.inference.replay import listing; from engine.schemas import replays;"
        "print(len(listing.open_replay(listing.replays()[-1]).frames), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "4 False", done.stdout + done.stderr
