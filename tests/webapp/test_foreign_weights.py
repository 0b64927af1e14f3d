"""Which weights a figure came from is said of models that others made as well: in files, in links, and when they are
saved again."""

from __future__ import annotations

import importlib
import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from engine.inference import load
from engine.store import hugging_face_weights
from tests import tiny_attention, tiny_seeing
from tests.webapp.conftest import Open
from webapp.gateway.current import gateway
from webapp.shell import view

NAME = "folder:mine"
MODEL = "classification/imdb-transformer"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored") / "mine"
    words = tiny_attention.tokenizer()
    tiny_attention.network(MODEL, len(words)).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


@pytest.fixture
def folder(door: None, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(tmp_path / "guests"))
    return Path(shutil.copytree(stored, tmp_path / "guests" / "mine"))


@pytest.fixture
def files(visit: Open, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the last page would write into its files: the stamp of each figure, and the JSON of all of it."""
    last: dict[str, Any] = {}

    def take_away(
        place: object, view: object, pictures: object, stamp: object, record: Callable[[], str], *more: object
    ) -> None:
        last.update(stamp=stamp, record=json.loads(record()))

    visit("self_attention", m=NAME)  # what draws figures can be imported within Streamlit alone
    monkeypatch.setattr(importlib.import_module("webapp.shell.frame"), "take_away", take_away)
    return last


def hash_of(folder: Path) -> str:
    return sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def save_again(folder: Path) -> None:
    """Other weights of the same size, saved as the library does it."""
    words = tiny_attention.tokenizer()
    model = tiny_attention.network(MODEL, len(words))
    next(model.parameters()).data.mul_(1.5)
    model.save_pretrained(folder)


def notes(app: AppTest) -> list[str]:
    return [message.value for message in app.info]


def test_files_and_links_name_the_hash_that_the_command_line_gives(
    visit: Open, folder: Path, files: dict[str, Any]
) -> None:
    gateway.heads.load(NAME)
    app = visit("self_attention", m=NAME, l="1", a="1")
    assert not app.exception
    whole = load.transformer(NAME, "cpu").weights_sha256  # which `trace` writes
    assert files["record"]["weights_sha256"] == whole == hash_of(folder)
    assert files["stamp"].facts()["weights"] == whole[:8]
    assert app.query_params["h"] == files["record"]["view"]["h"] == whole[:8]


def test_so_do_those_of_a_model_that_sees(visit: Open, folder: Path, files: dict[str, Any]) -> None:
    shutil.rmtree(folder)
    tiny_seeing.make(folder)
    gateway.heads.load(NAME)
    app = visit("self_attention", m=NAME)
    assert not app.exception
    assert files["record"]["weights_sha256"] == hash_of(folder)
    assert files["stamp"].weights == files["record"]["view"]["h"] == hash_of(folder)[:8]


def test_weights_saved_again_are_read_and_a_link_to_the_old_ones_says_so(
    visit: Open, folder: Path, files: dict[str, Any]
) -> None:
    gateway.heads.load(NAME)
    app = visit("self_attention", m=NAME, l="1", a="1")
    link, before = dict(app.query_params), files["record"]
    save_again(folder)
    assert hash_of(folder) != before["weights_sha256"]
    app.run()
    assert not app.exception and app.query_params["h"] == hash_of(folder)[:8]
    assert files["record"]["weights_sha256"] == hash_of(folder)
    assert files["record"]["heads"] != before["heads"], "and the figures are those of the new weights"
    assert len(gateway.door.registry) == 1, "the old ones have left memory"
    assert view.MODEL_CHANGED in notes(visit("self_attention", **link))
    assert view.MODEL_CHANGED not in notes(visit("self_attention", **dict(app.query_params)))


def test_a_model_that_is_not_here_yet_gives_a_link_without_a_hash(visit: Open) -> None:
    app = visit("self_attention", m="other", i="org/name", t="Another text")
    assert not app.exception and "h" not in app.query_params and app.query_params["i"] == "org/name"


def test_a_link_to_other_weights_says_so_once_they_are_known(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"hf:org/name": ""}
    monkeypatch.setattr("webapp.gateway.foreign.weights_sha256", lambda name: known.get(name, ""))
    app = visit("self_attention", m="other", i="org/name", h="12345678")
    assert view.MODEL_CHANGED not in notes(app)
    known["hf:org/name"] = "ab" * 32
    assert view.MODEL_CHANGED in notes(app.run())
    assert view.MODEL_CHANGED not in notes(app.run())


def test_who_has_gone_on_to_another_model_is_told_nothing_of_the_first(
    visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.gateway.foreign.weights_sha256", lambda name: "ab" * 32 if name == "hf:x/y" else "")
    app = visit("self_attention", m="other", i="org/name", h="12345678")
    app.text_input(key="attention_other").set_value("x/y").run()
    assert view.MODEL_CHANGED not in notes(app.run())


def test_weights_are_read_once_until_size_time_or_inode_is_another(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    plain = hugging_face_weights.sha256
    monkeypatch.setattr(hugging_face_weights, "sha256", lambda: (read.append(1), plain())[1])
    file = folder / "model.safetensors"
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    for _ in range(3):
        assert hugging_face_weights.digest(folder) == hash_of(folder)
    assert len(read) == 1
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    os.utime(file, ns=(times[0], times[1] + 1))
    hugging_face_weights.digest(folder)
    assert len(read) == 2, "another time"
    (folder / "new").write_bytes(content)
    os.utime(folder / "new", ns=(times[0], times[1] + 1))
    (folder / "new").replace(file)
    assert hugging_face_weights.digest(folder) == sha256(content).hexdigest() and len(read) == 3, "another inode"
    with file.open("ab") as more:
        more.write(b"0")
    os.utime(file, ns=(times[0], times[1] + 1))
    assert hugging_face_weights.digest(folder) == hash_of(folder) and len(read) == 4, "another size"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.timeout(20)
def test_nobody_waits_for_the_hash_of_a_pipe(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    os.mkfifo(folder / "model.safetensors")
    assert gateway.heads.fingerprint(NAME) == ""
