"""Models that visitors bring: in all menus at once, for everybody, deleted by whoever brought them and nobody else."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import Refused
from engine.inference import trial
from engine.runs import queue
from engine.store import pack, unpack
from tests.webapp.conftest import Open
from webapp.gateway import owner, stored
from webapp.gateway.current import gateway
from webapp.shell import uploads

KEY, OTHER = "0" * 32, "1" * 32
TRANSLATOR = "translation/en-fr-additive"


@pytest.fixture(autouse=True)
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are not opened in a process of their own, which takes seconds."""
    monkeypatch.setattr(trial, "tried", lambda folder: None)


@pytest.fixture
def runs(door: None, tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Which browser it is that visits."""

    def set_key(key: str) -> None:
        monkeypatch.setattr(owner, "owner", lambda: key)

    set_key(KEY)
    return set_key


def packed(folder: Path) -> bytes:
    out = BytesIO()
    pack.pack(folder, out)
    return out.getvalue()


def drop(app: AppTest, content: bytes, name: str = "mine.zip") -> AppTest:
    app.session_state["models_bring"] = True  # the drawer is open
    app.run()
    (box,) = app.file_uploader
    return box.set_value((name, content, "application/zip")).run()


def left(runs: Path) -> list[str]:
    return sorted(p.name for p in runs.glob("*") if p.name != queue.QUEUE) if runs.exists() else []


def test_a_model_that_is_dropped_in_is_opened_and_stands_in_every_menu_at_once(
    visit: Open, tiny_models: Path, runs: Path, known: Callable[[str], None]
):
    before = visit()
    app = drop(visit("models"), packed(tiny_models / TRANSLATOR))
    assert not app.exception and not app.warning
    assert "stands in all menus" in app.success[0].value and app.session_state["models_model"] == "run:en-fr-additive"
    assert "run:en-fr-additive" in list(app.dataframe[0].value["name"])
    for page in ("translate", "step_by_step"):
        (box,) = [box for box in visit(page).selectbox if box.key.endswith("_model")]
        assert any("run:en-fr-additive" in str(option) for option in box.options), page
    (box,) = [box for box in before.run().selectbox if box.key == "translate_model"]
    assert any("run:en-fr-additive" in str(option) for option in box.options), "somebody who was here before"
    there = visit("translate", m="run:en-fr-additive")
    assert not there.exception and not there.info


def test_what_cannot_be_taken_in_is_said_in_a_sentence_and_leaves_nothing(
    visit: Open, tiny_models: Path, runs: Path, known: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
):
    def full(*given: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/else")

    good = packed(tiny_models / TRANSLATOR)
    monkeypatch.setattr(unpack, "atomic", full)
    for content, sentence in ((b"nothing", "no whole zip archive"), (good, "The disk is full")):
        app = drop(visit("models"), content)
        assert not app.exception and sentence in app.warning[0].value and "somewhere" not in app.warning[0].value
        assert left(runs) == []
        assert not app.run().warning, "it is said once"


def test_a_browser_without_cookies_is_told_why_it_cannot_bring_a_model(
    visit: Open, tiny_models: Path, runs: Path, known: Callable[[str], None]
):
    known("")
    app = drop(visit("models"), packed(tiny_models / TRANSLATOR))
    assert "keeps no cookies" in app.warning[0].value and left(runs) == []


def test_a_file_over_the_limit_is_refused_on_the_server_too(
    visit: Open, runs: Path, known: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stored, "LARGEST", 100)
    app = drop(visit("models"), b"x" * 101)
    assert not app.exception and any("larger than" in note.value for note in app.info) and left(runs) == []


def test_models_on_their_way_take_so_much_memory_and_no_more(
    visit: Open, runs: Path, known: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uploads.models, "most", 10)
    assert "Many large files" in drop(visit("models"), b"x" * 11).warning[0].value


def test_whoever_brought_a_model_deletes_it_and_brings_it_back_and_nobody_else_can(
    visit: Open, tiny_models: Path, runs: Path, known: Callable[[str], None]
):
    app = drop(visit("models"), packed(tiny_models / TRANSLATOR))
    known(OTHER)
    other = visit("models", m="run:en-fr-additive")
    assert [button.key for button in other.button if button.key == "models_delete"] == []
    with pytest.raises(Refused, match="not brought from this browser"):
        gateway.stored.delete("run:en-fr-additive", OTHER)
    known(KEY)
    app.button(key="models_delete").click().run()
    assert not app.exception and "run:en-fr-additive" not in gateway.listing.all()
    assert "was deleted" in "".join(m.value for m in app.markdown)
    assert app.session_state["models_model"] == TRANSLATOR
    with pytest.raises(Refused, match="not brought from this browser"):
        gateway.stored.restore("run:en-fr-additive", OTHER)
    assert not [button for button in visit("models").button if button.key == "models_undo"], "it has gone with the tab"
    assert [button for button in visit("models").button if button.key == "models_back run:en-fr-additive"]
    app.button(key="models_undo").click().run()
    assert not app.exception and "run:en-fr-additive" in gateway.listing.all()
    assert app.session_state["models_model"] == "run:en-fr-additive"


@pytest.mark.parametrize("name", [TRANSLATOR, "folder:x", "run:../x", "run:none", ""])
def test_what_nobody_brought_is_nobodys_to_delete(runs: Path, name: str):
    with pytest.raises(Refused):
        gateway.stored.delete(name, KEY, "")
    assert TRANSLATOR in gateway.listing.all()


def test_whoever_runs_the_server_deletes_what_anybody_brought(tiny_models: Path, runs: Path):
    name = gateway.stored.bring(packed(tiny_models / TRANSLATOR), "x", KEY)
    assert not gateway.stored.mine(name, "", "wrong")
    gateway.stored.delete(name, "", gateway.runs.server_key)
    assert name not in gateway.listing.all()


def test_a_run_without_an_owner_is_nobodys(tiny_models: Path, runs: Path):
    name = gateway.stored.bring(packed(tiny_models / TRANSLATOR), "x", KEY)
    folder = runs / name.removeprefix("run:")
    (folder / "run.json").write_text(json.dumps({"title": "x", "owner": ""}))
    assert not gateway.stored.mine(name, "", KEY)


def test_the_download_is_the_models_archive_and_as_large_as_its_button_says(visit: Open, tiny_models: Path, door: None):
    info = gateway.listing.model(TRANSLATOR)
    content = gateway.stored.packed(info)
    assert content == packed(tiny_models / TRANSLATOR) and len(content) == stored.size(info)
    (button,) = [b for b in visit("models").get("download_button") if "Download" in b.proto.label]
    assert f"{len(content) / 10**6:.1f} MB" in button.proto.label


def test_a_model_too_large_to_pack_in_memory_is_refused_in_a_sentence(door: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stored, "LARGEST_DOWNLOAD", 10)
    with pytest.raises(Refused, match="engine pack"):
        gateway.stored.packed(gateway.listing.model(TRANSLATOR))


def test_figures_that_came_with_a_model_are_said_to_have_come_with_it(
    visit: Open, tiny_models: Path, runs: Path, known: Callable[[str], None]
):
    name = gateway.stored.bring(packed(tiny_models / TRANSLATOR), "x", KEY)
    folder = runs / name.removeprefix("run:")
    (folder / pack.CLAIMED["metrics.json"]).write_text(json.dumps({"bleu": {"beam5": {"value": 99.9}}}))
    app = visit("models", m=name)
    assert "came with the model" in "".join(c.value for c in app.caption)
    assert [metric.value for metric in app.metric if "99" in metric.value] == []
    assert app.dataframe[0].value["bleu"].dropna().tolist().count(99.9) == 0
