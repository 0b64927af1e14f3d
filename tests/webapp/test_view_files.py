"""The file of every page is what `engine/schemas/trace.json` says, as the command line's lines are."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests import tiny_attention
from tests.webapp.conftest import SVG, Open, figures, words
from webapp.gateway.current import gateway
from webapp.shell import view_file

SCHEMA = json.loads(Path("engine/schemas/trace.json").read_text(encoding="utf-8"))
MODEL = "classification/imdb-transformer"
TEXT = "A dull start. But the end is good."


@pytest.fixture
def guest(door: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Transformer that somebody else made, as folder:mine."""
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(tmp_path / "guests"))
    words = tiny_attention.tokenizer()
    tiny_attention.network(MODEL, len(words)).save_pretrained(tmp_path / "guests" / "mine")
    words.save_pretrained(tmp_path / "guests" / "mine")
    gateway.heads.load("folder:mine")


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("translate", {"t": "The black cat.", "r": "both"}),
        ("translate", {"t": "The black cat.", "w": "pin-1-2-100.mute-1"}),
        ("mechanisms", {"t": "The black cat."}),
        ("without_attention", {"t": "The black cat."}),
        ("couplets", {"t": "明月松间照"}),
        ("chat", {"t": "May I sit here?", "n": "2"}),
        ("documents", {"t": TEXT}),
        ("self_attention", {"m": "folder:mine", "t": TEXT}),
    ],
)
def test_the_file_of_every_page_fits_the_schema(
    visit: Open, guest: None, monkeypatch: pytest.MonkeyPatch, page: str, query: dict[str, str]
) -> None:
    records: list[dict[str, Any]] = []
    visit(page, **query)  # what draws figures can be imported within Streamlit alone
    frame = importlib.import_module("webapp.shell.frame")
    monkeypatch.setattr(
        frame, "take_away", lambda place, view, pictures, stamp, record, *more: records.append(record())
    )
    assert not visit(page, **query).exception
    assert records
    for text in records:
        record = json.loads(text)
        assert view_file.opened(text.encode()) == record["view"]
        for each in record.get("compared", [record]):
            jsonschema.validate(each, SCHEMA)
            assert each["output"]["text"] and each["output"]["tokens"]


def test_a_document_without_one_sentence_fits_it_too_the_sentences_before_their_words(door: None) -> None:
    model = "classification/imdb-han"
    reading = gateway.documents.read(model, TEXT, without=frozenset({0}), effect=True)
    record = json.loads(view_file.document(reading, gateway.listing.models("classification")[model], {}))
    jsonschema.validate(record, SCHEMA)
    assert [trace["kind"] for trace in record["traces"]] == ["sentence", "word"]
    assert "cut" not in record and record["probabilities"].keys() == set(reading.labels)


def test_the_file_of_translate_holds_the_numbers_and_links_of_the_figures_as_they_are_shown(
    visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    records: list[dict[str, Any]] = []
    query = {"t": "The black cat.", "r": "both"}
    visit(**query)
    frame = importlib.import_module("webapp.shell.frame")
    monkeypatch.setattr(frame, "take_away", lambda *given: records.append(json.loads(given[4]())))
    drawn = figures(visit(**query))
    shown = {figure["name"]: figure for figure in records[-1]["figures"]}
    assert shown.keys() == {"attention", "effect"}
    assert shown["effect"]["facts"]["directions"].startswith("both") and shown["effect"]["links"]
    for name, figure in shown.items():
        picture = drawn[f"translate_figure_{name}"]
        assert figure["rows"] == words(picture, "target") and figure["columns"] == words(picture, "source")
        cells = [float(cell.get("data-value", "nan")) for cell in picture.iter(f"{SVG}rect") if cell.get("data-row")]
        assert cells == pytest.approx([value for row in figure["values"] for value in row], rel=0.01, abs=1e-5)


def test_the_file_of_a_document_says_whether_the_picture_can_be_trusted_once_that_was_asked(
    visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    records: list[dict[str, Any]] = []
    visit("documents", t=TEXT)
    frame = importlib.import_module("webapp.shell.frame")
    monkeypatch.setattr(frame, "take_away", lambda *given: records.append(json.loads(given[4]())))
    app = visit("documents", t=TEXT)
    assert "faithfulness" not in records[-1]
    app.session_state["documents_trust"] = True
    app.run()
    judged = records[-1]["faithfulness"]
    jsonschema.validate(records[-1], SCHEMA)
    assert judged["verdicts"].keys() == judged["by_chance"].keys() == {"comprehensiveness", "sufficiency", "area"}
    low, high = judged["by_chance"]["area"]
    assert {"better": judged["area"] > high, "worse": judged["area"] < low}.get(judged["verdicts"]["area"], True)
