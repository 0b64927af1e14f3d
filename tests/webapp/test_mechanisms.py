"""The Mechanisms page beyond its scoring functions: the other axes, draws, movement, any combination, all models."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.attention import SELECTIONS, WINDOWS
from engine.evaluation.alignment import movement
from engine.training import config
from engine.training.forms import Form, training
from tests.tiny import DECODERS, ENGLISH_FRENCH, FORMS
from tests.webapp.conftest import Open, figures, words
from webapp.gateway.current import gateway

SENTENCE = "She gave me a red apple."


def maps(app: AppTest) -> list[str]:
    assert not app.exception and not app.error
    return shown(app, "mechanisms_map_")


def drawn(app: AppTest) -> list[str]:
    return shown(app, "mechanisms_draws_")


def shown(app: AppTest, kind: str) -> list[str]:
    """The models that have a figure of a kind."""
    return [key.removeprefix(kind).replace("_", "-") for key in figures(app) if key.startswith(kind)]


def test_each_axis_has_the_models_that_differ_along_it_alone(visit: Open):
    assert maps(visit("mechanisms", a="window")) == ["en-fr-after-feeding", "en-fr-local-m", "en-fr-local-p"]
    assert maps(visit("mechanisms", a="placement")) == ["en-fr-before", "en-fr-after", "en-fr-after-feeding"]


def test_a_selection_that_goes_with_another_placement_stands_beside_what_it_is_to_be_compared_with(visit: Open):
    app = visit("mechanisms", a="selection")
    together = ["en-fr-after-feeding", "en-fr-sparsemax", "en-fr-hard-gumbel", "en-fr-null-key"]
    assert maps(app) == [*together, "en-fr-after", "en-fr-hard-exact"]
    titles = [header.value for header in app.header]
    assert titles[:6] == [
        "soft",
        "sparse",
        "hard",
        "null key",
        "soft · after the cell",
        "hard (exact) · after the cell",
    ]


def test_another_axis_is_one_press_away_and_keeps_what_was_chosen_along_the_first(visit: Open):
    app = visit("mechanisms", x="dot.cosine", t=SENTENCE)
    assert maps(app) == ["dot", "cosine"]
    app.button_group(key="mechanisms_axis").set_value("window").run()
    assert len(maps(app)) == 3 and app.query_params["a"] == "window"
    app.button_group(key="mechanisms_windows").set_value(["en-fr-local-p"]).run()
    assert maps(app) == ["en-fr-local-p"]
    app.button_group(key="mechanisms_axis").set_value("score").run()
    assert maps(app) == ["dot", "cosine"]


def test_a_window_is_drawn_on_its_rows_and_a_lessened_row_is_never_rescaled(visit: Open):
    app = visit("mechanisms", a="window", t=SENTENCE)
    marked = {
        key: [node for node in picture.iter() if node.get("data-mark") == "window"]
        for key, picture in figures(app).items()
    }
    assert [len(marked[f"mechanisms_map_en_fr_{name}"]) for name in ("after_feeding", "local_m", "local_p")] == [
        0,
        1,
        1,
    ]
    assert sum("A row adds up to less than 100 %" in caption.value for caption in app.caption) == 1


def test_what_chooses_one_word_shows_where_its_draws_fell(visit: Open):
    app = visit("mechanisms", a="selection", t=SENTENCE)
    assert drawn(app) == ["en-fr-hard-gumbel", "en-fr-hard-exact"]
    pictures = figures(app)
    for name in drawn(app):
        both = [pictures[f"mechanisms_{kind}_{name.replace('-', '_')}"] for kind in ("map", "draws")]
        for side in ("source", "target"):
            assert words(both[0], side) == words(both[1], side) != []
    assert sum("20 draws at each step" in caption.value for caption in app.caption) == 2
    app.button_group(key="mechanisms_reading").set_value("effect").run()
    assert len(maps(app)) == 6 and drawn(app) == []


def test_the_file_holds_what_was_measured_of_each_map(visit: Open, monkeypatch: pytest.MonkeyPatch):
    visit("mechanisms", a="selection", t=SENTENCE)
    frame = importlib.import_module("webapp.shell.frame")
    records: list[str] = []
    monkeypatch.setattr(frame, "take_away", lambda place, view, pictures, stamp, record, code: records.append(record()))
    assert not visit("mechanisms", a="selection", t=SENTENCE).exception
    record = json.loads(records[-1])
    target = gateway.sentences.translate(gateway.listing.default_model(), SENTENCE).output.text
    for measured, traced in zip(record["measured"], record["compared"], strict=True):
        assert measured["model"] == traced["model"]
        translation = gateway.sentences.translate(measured["model"], SENTENCE, target=target)
        rows = translation.trace.by_words().matrix()[:-1]
        assert measured["movement"] == pytest.approx(movement(rows), abs=1e-3)
        chooses = "hard" in measured["model"]
        assert (measured["draws"] is not None) == chooses
        if chooses:
            assert np.shape(measured["draws"]["places"]) == (20, len(translation.queries))
    assert record["view"]["a"] == "selection"


def test_how_far_maps_move_stands_beside_how_undecided_their_rows_are(visit: Open):
    app = visit("mechanisms", a="placement", t=SENTENCE)
    assert "Does it move?" in [header.value for header in app.header]
    charts = {chart.proto.id.rpartition("-")[2]: chart for chart in app.get("plotly_chart")}
    assert {"mechanisms_moving_moves", "mechanisms_moving_bits"} <= set(charts)


def chosen(app: AppTest, form: Form) -> AppTest:
    for name in ("score", "window", "selection", "placement"):
        app.selectbox(key=f"mechanisms_own_{name}").set_value(getattr(form, name))
    app.toggle(key="mechanisms_own_null").set_value(form.null_key)
    app.run()
    assert not app.exception and not app.error
    return app


def files(app: AppTest) -> list[str]:
    """What trains a model, as it is shown."""
    return [code.value for code in app.code if code.value.startswith("#")]


def test_a_combination_that_no_model_has_comes_as_the_file_that_trains_it(visit: Open, tmp_path: Path):
    form = Form("dot", "local_p", "hard", "fed", True)
    app = chosen(visit("mechanisms", x="dot"), form)
    (file,) = files(app)
    (tmp_path / "train.toml").write_text(file)
    assert config.read(tmp_path / "train.toml") == training(form)
    assert any("python -m engine train en-fr-dot-local-p-hard-null-key.toml" in code.value for code in app.code)
    assert {name: app.query_params[name] for name in ("cx", "cw", "cs", "cp", "cn")} == {
        "cx": "dot",
        "cw": "local_p",
        "cs": "hard",
        "cp": "fed",
        "cn": "1",
    }


def test_a_combination_that_comes_along_is_one_press_away(visit: Open):
    app = chosen(visit("mechanisms", x="dot"), Form(window="local_p"))
    (link,) = app.get("page_link")
    assert files(app) == [] and "local-p" in link.proto.label
    assert "m=translation%2Fen-fr-local-p" in link.proto.query_string


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "so nothing of it may enter the next step"), ("zh", "其结果不能进入下一步")]
)
def test_a_combination_that_no_network_can_have_is_refused_in_the_engines_words(
    visit: Open, language: str, sentence: str
):
    app = chosen(visit("mechanisms", language=language, x="dot"), Form(selection="exact"))
    assert files(app) == [] and any(sentence in note.value for note in app.info)


def test_all_combinations_can_be_chosen(visit: Open):
    app = visit("mechanisms", x="dot")
    for window in WINDOWS:
        for selection in SELECTIONS:
            chosen(app, Form(window=window, selection=selection, placement="after"))
            assert files(app) or app.get("page_link")


def test_all_models_stand_in_one_table_with_how_long_they_were_trained(visit: Open):
    app = visit("mechanisms", x="dot", a="placement")
    (board,) = (table.value for table in app.dataframe if "placement" in table.value.columns)
    assert len(board) == len(ENGLISH_FRENCH) + len(FORMS) + len(DECODERS)
    assert sorted(set(board["updates"].dropna())) == [2800, 11_400]
    assert board["placement"].tolist() == sorted(board["placement"], key=list(dict.fromkeys(board["placement"])).index)
    app.button_group(key="mechanisms_grouped_placement").set_value("window").run()
    (board,) = (table.value for table in app.dataframe if "placement" in table.value.columns)
    assert next(iter(board.columns)) == "window" and not app.exception


def test_what_papers_printed_stands_as_they_printed_it(visit: Open):
    tables = {tuple(table.value.iloc[:, 0]): table.value.iloc[:, 1].tolist() for table in visit("mechanisms").dataframe}
    bahdanau = tables["RNNencdec-30", "RNNsearch-30", "RNNencdec-50", "RNNsearch-50", "RNNsearch-50*", "Moses"]
    assert bahdanau == ["13.93", "21.50", "17.82", "26.75", "28.45", "33.30"]
    (luong,) = (bleu for names, bleu in tables.items() if "+ dropout" in names)
    assert luong == ["11.3", "12.6", "14.0", "16.8", "18.1", "19.0", "20.9", "23.0"]


def test_a_link_to_the_page_as_it_was_called_before_shows_the_same_on_this_one(visit: Open):
    before = visit("moved/scoring_functions", v="2", x="dot.cosine", t=SENTENCE, g="own", e="1")
    now = visit("mechanisms", v="2", x="dot.cosine", t=SENTENCE, g="own", e="1")
    assert maps(before) == maps(now) == ["dot", "cosine"]
    assert before.text_input(key="mechanisms_text").value == SENTENCE
    assert before.button_group(key="mechanisms_target").value == now.button_group(key="mechanisms_target").value
    assert before.toggle(key="mechanisms_end").value is True


def test_a_page_that_moved_stands_in_no_menu():
    app = (Path(__file__).parents[2] / "webapp" / "app.py").read_text()
    assert app.count('visibility="hidden"') == 1
