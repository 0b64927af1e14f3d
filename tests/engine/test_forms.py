"""Forms of attention: what trains each, written as the file that training reads."""

from __future__ import annotations

import dataclasses
from itertools import product
from pathlib import Path

import pytest

from engine.attention import SCORES, SELECTIONS, WINDOWS
from engine.errors import Refused
from engine.models.recurrent.placements import PLACEMENTS
from engine.store import catalogue
from engine.store.catalogue import RECURRENT, ModelInfo
from engine.training import config
from engine.training.forms import COMMENT, USUAL, Form, training
from engine.training.prepare import model_section
from engine.training.written import written

FORMS = [Form(*parts) for parts in product(SCORES, WINDOWS, SELECTIONS, PLACEMENTS, (False, True))]


def saved(folder: Path, text: str) -> config.TrainConfig:
    (folder / "train.toml").write_text(text, encoding="utf-8")
    return config.read(folder / "train.toml")


def test_every_form_is_read_back_as_it_was_written_and_has_a_name_of_its_own(tmp_path: Path):
    for form in FORMS:
        wanted = training(form)
        assert saved(tmp_path, written(wanted, COMMENT)) == wanted
        info = ModelInfo(
            "x", "translation", "en", "fr", tmp_path, {"model_type": RECURRENT, "model": wanted.model}, None, None
        )
        assert Form.of(info) == form
    assert len({form.name for form in FORMS}) == len(FORMS)


def test_a_form_is_refused_only_where_no_network_could_have_it():
    refused = set()
    for form in FORMS:
        try:
            model_section.check(training(form))
        except Refused:
            refused.add(form)
    unfit = {form for form in FORMS if form.selection == "exact" and form.placement != "after"}
    assert refused == unfit | {form for form in FORMS if form.null_key and form.score == "location"}


def test_what_ships_and_is_compared_was_trained_as_the_forms_are():
    for info in catalogue.models():
        if info.updates != training(USUAL).loop.updates or not info.placement or info.direction == "forward":
            continue
        if (info.source_language, info.target_language) == ("en", "fr"):
            shipped = config.read(info.folder / "train.toml")
            own = {"name": shipped.name, "supervised": shipped.supervised}
            assert shipped == dataclasses.replace(training(Form.of(info)), **own), info.name
            assert info.supervised == (shipped.supervised is not None), info.name


@pytest.mark.parametrize("path", sorted(Path("pretrained").glob("*/*/train.toml")), ids=lambda path: path.parent.name)
def test_every_file_that_ships_can_be_written_anew(tmp_path: Path, path: Path):
    wanted = config.read(path)
    assert saved(tmp_path, written(wanted)) == wanted


def test_texts_that_toml_would_read_otherwise_are_escaped(tmp_path: Path):
    odd = 'a "quoted" \\ path\x7f with\ttabs, 中文 and # no comment'
    wanted = dataclasses.replace(training(USUAL), model={"note": odd, "many": [1, 2.5, True]}, consensus=())
    read = saved(tmp_path, written(wanted, "two\nlines"))
    assert read.model["note"] == odd and list(read.model["many"]) == [1, 2.5, True]
