"""The page Train: what is put in the queue, how a training stands, who may change it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import Refused
from engine.inference.replay.file import write
from engine.inference.replay.frames import About, Frame, Probe, Replay, Scores, View
from engine.runs import outcome, queue
from engine.runs.outcome import Outcome
from engine.training.config import parse
from engine.training.recipes import NETWORKS, corpora
from engine.training.recipes import settings as recipe_settings
from tests.webapp.conftest import Open, figures, words
from webapp.gateway import runs as gateway_runs
from webapp.gateway.current import gateway
from webapp.views.train import controls

CONFIG = b"""
name = "translation/own"
[data]
corpora = ["tatoeba/en-fr"]
source = "en"
target = "fr"
[model]
score = "dot"
[loop]
updates = 100
"""
MINE, SOMEBODY = "0" * 32, "1" * 32


@pytest.fixture(autouse=True)
def nothing_is_trained(monkeypatch: pytest.MonkeyPatch, door: None) -> Iterator[None]:
    """Runs wait for ever; each look at them is a new one."""
    monkeypatch.setattr(gateway_runs.worker, "start", lambda device: None)
    monkeypatch.setattr(gateway_runs, "LISTED_FOR", -1.0)
    monkeypatch.setattr(controls.owner, "owner", lambda: MINE)
    yield


def ended(folder: Path, end: Outcome, steps: int = 60) -> None:
    """A run as it is left behind: five losses, two of them measured on development data."""
    lines = [
        {"step": step, "updates": 100, "loss": 5 - step / 50, "rate": 0.1, "speed": 9.0, "seconds": float(step)}
        | {"validation": 4 - step / 50 if step % 40 == 0 else None}
        for step in range(20, steps + 1, 20)
    ]
    (folder / "progress.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    outcome.write(folder, end)


def texts(app: AppTest) -> str:
    return "\n".join(element.value for kind in (app.markdown, app.caption, app.header) for element in kind)


def test_start_puts_one_training_for_each_scoring_function_in_the_queue(visit: Open):
    app = visit("train", k="translation", c="tatoeba/fr-en", f="dot.additive", z="medium", i="7")
    app.button(key="train_start").click().run()
    assert not app.exception
    waiting = sorted(queue.runs(), key=lambda run: run.place)
    configs = [parse((run.folder / "train.toml").read_text(), "") for run in waiting]
    assert [config.model["score"] for config in configs] == ["dot", "additive"]
    assert {config.data for config in configs} == {configs[0].data} and configs[0].data.source == "fr"
    assert [run.request.minutes for run in waiting] == [7, 7]
    assert (app.query_params["r"], app.query_params["w"]) == (waiting[0].name, waiting[1].name)


@pytest.mark.parametrize("task", NETWORKS)
def test_every_task_can_be_begun_with_every_network_it_has(visit: Open, task: str):
    for network in NETWORKS[task]:
        app = visit("train", k=task, n=network, c=corpora(task)[0])
        assert not app.exception and not app.info, (network, app.info)
        app.button(key="train_start").click().run()
    assert [run.state for run in queue.runs()] == ["waiting"] * len(NETWORKS[task])


def test_every_setting_has_a_box_that_says_what_it_does(visit: Open):
    for task, networks in NETWORKS.items():
        for network in networks:
            app = visit("train", k=task, n=network, c=corpora(task)[0])
            boxes = [*app.number_input, *app.selectbox, *app.toggle]
            labels = {box.label for box in boxes if box.help}
            settings = {each.name for each in recipe_settings(parse(app.code[0].value, ""))}
            assert settings - labels == {"updates", "validate_every", "stop", "restarts", "restart_rates"}


def test_a_setting_that_is_changed_stands_in_the_file_and_in_the_run(visit: Open):
    app = visit("train")
    box = next(box for box in app.number_input if box.label == "batch")
    box.set_value(17).run()
    assert "batch = 17" in app.code[0].value
    app.button(key="train_start").click().run()
    assert parse((queue.runs()[0].folder / "train.toml").read_text(), "").loop.batch == 17


def test_a_configuration_that_is_pasted_is_trained_as_it_stands(visit: Open):
    app = visit("train")
    app.text_area(key="train_toml").set_value(CONFIG.decode()).run()
    app.button(key="train_start").click().run()
    (run,) = queue.runs()
    assert parse((run.folder / "train.toml").read_text(), "") == parse(CONFIG.decode(), "")
    assert run.request.minutes == 0


@pytest.mark.parametrize(
    "toml", ["x", "data = 3", "[[data]]", "[data]\n", CONFIG.decode().replace("dot", "none"), "name = 3"]
)
def test_a_configuration_that_means_nothing_is_refused_in_a_sentence(visit: Open, toml: str):
    app = visit("train")
    app.text_area(key="train_toml").set_value(toml).run()
    assert not app.exception and app.info and not [b for b in app.button if b.key == "train_start"]


@pytest.mark.parametrize("change", [("tatoeba/en-fr", "/etc/hosts.tsv"), ("tatoeba/en-fr", "../own.tsv")])
def test_no_file_of_the_server_is_read_for_a_visitor(visit: Open, change: tuple[str, str]):
    app = visit("train")
    app.text_area(key="train_toml").set_value(CONFIG.decode().replace(*change)).run()
    assert not [button for button in app.button if button.key == "train_start"]
    assert "names corpora and no files" in "".join(note.value for note in app.info)


@pytest.mark.parametrize("name", ["wmt14/de-en", "~/x", "tatoeba/../../../etc"])
def test_what_is_no_corpus_is_refused_before_it_waits(visit: Open, name: str):
    app = visit("train")
    app.text_area(key="train_toml").set_value(CONFIG.decode().replace("tatoeba/en-fr", name)).run()
    assert not [button for button in app.button if button.key == "train_start"]
    assert "is no corpus" in "".join(note.value for note in app.info)


def test_nobody_fills_the_queue_alone(visit: Open):
    visit("train")
    for _ in range(gateway_runs.MOST_WAITING):
        queue.add(CONFIG, "mine", MINE)
    config = parse(CONFIG.decode(), "")
    with pytest.raises(Refused, match="wait already"):
        gateway.runs.add(config, "one more", MINE, 5)
    gateway.runs.add(config, "somebody else's", SOMEBODY, 5)


def test_a_link_to_a_training_that_is_gone_says_so(visit: Open):
    queue.add(CONFIG, "mine", MINE)
    app = visit("train", r="no-such-run")
    assert "no-such-run is not here" in "".join(note.value for note in app.warning).replace("\\", "")


def test_long_titles_of_a_comparison_still_tell_its_trainings_apart(visit: Open):
    app = visit("train", f="dot.additive")
    app.text_input(key="train_title_0").set_value("x" * 100).run()
    app.button(key="train_start").click().run()
    titles = {run.request.title for run in queue.runs()}
    assert {title.rpartition(" · ")[2] for title in titles} == {"dot", "additive"}


def test_no_file_with_links_is_read_for_a_visitor(visit: Open, tmp_path: Path):
    (tmp_path / "links").write_text("0-0\n")
    app = visit("train")
    app.text_area(key="train_toml").set_value(f'{CONFIG.decode()}[supervised]\nlinks = "{tmp_path}/links"\n').run()
    assert not [button for button in app.button if button.key == "train_start"]
    assert str(tmp_path) not in "".join(note.value for note in app.info)


def test_the_newest_training_is_open_and_a_link_opens_another(visit: Open):
    for title in ("first", "second"):
        queue.add(CONFIG, title, MINE)
    assert "second" in texts(visit("train"))
    assert "number 2 in the queue" in texts(visit("train"))
    assert "It is next" in texts(visit("train", r="first"))


def test_a_training_that_was_stopped_shows_its_curves_and_can_go_on(visit: Open):
    run = queue.add(CONFIG, "mine", MINE)
    queue.stop(run.name)
    ended(run.folder, Outcome("stopped", 60, 40))
    app = visit("train")
    assert "stopped after update 60" in texts(app)
    (chart,) = app.get("plotly_chart")
    losses, validations = json.loads(chart.proto.spec)["data"]
    assert losses["x"] == [20, 40, 60] and validations["x"] == [40]
    app.button(key=f"train_resume {run.name}").click().run()
    assert queue.find(run.name).request.wanted == "train"
    assert "It is next" in texts(app) or "goes on by itself" in texts(app)


def test_why_a_training_failed_is_said_in_the_language_of_the_visitor_and_without_a_path(visit: Open):
    run = queue.add(CONFIG, "mine", MINE)
    reason = Refused("{run} is being trained by another process; wait for it, or name another folder", run=run.folder)
    ended(run.folder, outcome.failed(reason, 60))
    english, chinese = texts(visit("train")), texts(visit("train", language="zh"))
    assert "mine is being trained by another process" in english and str(run.folder) not in english + chinese
    assert "mine 正由另一个进程训练" in chinese


def test_nobody_else_can_change_a_training_but_whoever_runs_the_server(visit: Open):
    run = queue.add(CONFIG, "theirs", SOMEBODY)
    app = visit("train")
    assert not [button for button in app.button if run.name in str(button.key)]
    with pytest.raises(Refused, match="Only the browser"):
        gateway.runs.change(queue.stop, run.name, MINE, "", "guess")
    app.text_input(key=controls.KEY).set_value(gateway.runs.server_key).run()
    app.button(key=f"train_stop {run.name}").click().run()
    assert queue.find(run.name).state == "stopped"


def test_a_run_that_nobody_owns_is_not_opened_by_an_empty_key(visit: Open):
    run = queue.add(CONFIG, "from the command line", "")
    assert not gateway.runs.may(run.name, "")
    assert not gateway.runs.may(run.name, MINE)


def test_what_is_deleted_comes_back_by_undo(visit: Open):
    run = queue.add(CONFIG, "mine", MINE)
    queue.stop(run.name)
    app = visit("train")
    app.button(key=f"train_delete {run.name}").click().run()
    assert queue.runs() == []
    app.button(key="train_undo").click().run()
    assert [each.name for each in queue.runs()] == [run.name]


def test_what_was_deleted_can_be_brought_back_after_a_reload_by_its_owner_alone(
    visit: Open, monkeypatch: pytest.MonkeyPatch
):
    names = [queue.add(CONFIG, title, MINE).name for title in ("*mine*", "another")]
    for name in names:
        gateway.runs.change(queue.delete, name, MINE)
    assert [run.name for run in gateway.runs.deleted(MINE)] == names[::-1], "the last first"
    app = visit("train")
    assert r"\*mine\*" in texts(app)
    monkeypatch.setattr(controls.owner, "owner", lambda: SOMEBODY)
    assert not [button for button in visit("train").button if "back" in str(button.key)]
    with pytest.raises(Refused, match="Only the browser"):
        gateway.runs.restore(names[0], SOMEBODY, "")
    monkeypatch.setattr(controls.owner, "owner", lambda: MINE)
    app.button(key=f"train_back {names[0]}").click().run()
    assert [run.name for run in queue.runs()] == names[:1] and app.query_params["r"] == names[0]
    assert [run.name for run in gateway.runs.deleted(MINE)] == names[1:]


def test_a_title_and_a_note_are_shown_as_they_were_typed(visit: Open):
    run = queue.add(CONFIG, "mine", MINE)
    app = visit("train")
    app.text_input(key=f"train_title of {run.name}").set_value("*bold* <b>")
    app.text_area(key=f"train_note of {run.name}").set_value("![](//evil.example)")
    app.button(key=f"train_save {run.name}").click().run()
    assert queue.find(run.name).request.title == "*bold* <b>"
    shown = texts(visit("train"))
    assert r"\*bold\*" in shown and "![](" not in shown


def test_what_a_training_can_do_by_now_is_drawn_from_its_replay(visit: Open):
    run = queue.add(CONFIG, "mine", MINE)
    looked = np.array([[255, 0], [64, 191]], np.uint8)
    probes = (Probe("black cat", ("black", "cat")),)
    about = About("translation/own", "translation", "en", "fr", "bleu", 100, 0, probes)
    frames = [Frame(update, Scores(score=12.5), (View("chat *noir*", ("chat", "noir"), looked),)) for update in (0, 50)]
    write(run.folder / "replay.npz", Replay(about, tuple(frames)))
    app = visit("train")
    assert "after update 50" in "".join(each.value for each in app.subheader)
    assert r"chat \*noir\*" in texts(app) and "BLEU 12.5 on 100 sentences" in texts(app)
    picture = figures(app)["train_map"]
    assert words(picture, "target") == ["chat", "noir"] and words(picture, "source") == ["black", "cat"]


def test_a_replay_that_is_damaged_is_left_out(visit: Open):
    run = queue.add(CONFIG, "mine", MINE)
    (run.folder / "replay.npz").write_bytes(b"PK nothing")
    app = visit("train")
    assert not app.exception and not app.subheader


def test_a_finished_model_is_in_the_menus_at_once(visit: Open, tiny_models: Path):
    run = queue.add(CONFIG, "mine", MINE)
    visit("train")
    assert run.model not in gateway.listing.models()
    for file in (tiny_models / "translation" / "en-fr-dot").iterdir():
        (run.folder / file.name).write_bytes(file.read_bytes())
    ended(run.folder, Outcome("finished", 100, 80))
    app = visit("train")
    assert run.model in gateway.listing.models()
    assert "Its best update was 80" in texts(app)
