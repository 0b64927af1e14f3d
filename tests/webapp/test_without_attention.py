"""Models without attention on the pages: what Translate says of them, and the page that compares them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.models.recurrent.decoders import DECODERS as TAUGHT
from engine.store import names as places
from tests.tiny import DECODERS
from tests.webapp.conftest import Open, figures, words
from webapp.examples.sentences import EXAMPLES
from webapp.gateway.current import gateway

SENTENCE = "She gave me a red apple."


@pytest.mark.parametrize("name", ["decoder1", "decoder2", "decoder3", "reversed", "doubled"])
def test_translate_says_that_there_is_no_attention_and_draws_effect_alone(visit: Open, name: str):
    app = visit(m=f"translation/en-fr-{name}", t=SENTENCE, r="attention", b="3")
    assert not app.exception and not app.info
    assert [key for key in figures(app) if "figure" in key] == ["translate_figure_effect"]
    assert any(caption.value.startswith("This model has no attention") for caption in app.caption)
    assert "translate_reading" not in [group.key for group in app.button_group]


def test_translate_says_it_in_chinese_too(visit: Open):
    app = visit(language="zh", m="translation/en-fr-decoder2", t=SENTENCE)
    assert any(caption.value.startswith("此模型没有注意力") for caption in app.caption)


@pytest.mark.parametrize("shape", ["lines", "table"])
def test_effect_is_drawn_in_every_way(visit: Open, shape: str):
    app = visit(m="translation/en-fr-reversed", t=SENTENCE, s=shape)
    assert not app.exception and not app.info
    assert "translate_figure_effect" in figures(app) or len(app.dataframe) == 1


def test_each_model_has_a_name_of_its_own_in_the_menu(visit: Open):
    labels = visit().selectbox(key="translate_model").options
    assert len(labels) == len(set(labels)) == len(gateway.listing.models())
    assert "English → French · no attention · last word fed back · reversed" in labels


def test_the_scoring_lab_has_no_model_without_attention_nor_one_that_is_compared_with_those(visit: Open):
    lab = gateway.listing.lab().values()
    assert not {f"translation/en-fr-{name}" for name in DECODERS} & set(lab)
    assert all(gateway.listing.model(name).attends for name in lab)


def test_a_file_of_a_translation_without_attention_holds_none(door: None):
    from webapp.shell import view_file

    name = "translation/en-fr-decoder3"
    translation = gateway.sentences.translate(name, SENTENCE, effect=True)
    record = json.loads(view_file.written(translation, gateway.listing.models()[name], {}))
    assert record["attention"] == "none" and record["traces"] == []
    assert len(record["effect"]) == len(translation.queries)


PAGE = "without_attention"
LENGTHS = [{"joined": 1, "words": {"from": 1, "to": 4}}, {"joined": 1, "words": {"from": 11}}, {"joined": 2}]


def measured(value: float) -> dict[str, Any]:
    """What `metrics.json` says of lengths, each figure half below and twice above its value."""
    bleu = {"value": value, "low": value / 2, "high": value * 2}
    nats = {"value": -value / 10, "low": -value / 5, "high": -value / 20}
    row = {"sources": 7, "pairs": 9, "mean_words": 3.4, "bleu": bleu, "logprob_per_piece": nats}
    return {"bleu": {"beam5": bleu}, "by_length": [row | where for where in LENGTHS]}


@pytest.fixture
def some_are_measured(door: None, monkeypatch: pytest.MonkeyPatch) -> None:
    known = gateway.listing.all()
    for name, value in (("decoder2", 9.0), ("decoder4", 20.0)):
        path = f"translation/en-fr-{name}"
        monkeypatch.setitem(known, path, replace(known[path], metrics=measured(value)))


@pytest.fixture
def only(door: None, tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """only("decoder2"): of the models compared here these alone, among all the others."""

    def leave(*names: str) -> None:
        folder = tmp_path / "pretrained"
        gone = shutil.ignore_patterns(*(f"en-fr-{name}" for name in set(DECODERS) - set(names)))
        shutil.copytree(tiny_models, folder, ignore=gone)
        monkeypatch.setattr(places, "PRETRAINED", folder)
        gateway.forget()

    return leave


def test_all_six_stand_in_the_order_of_teaching_with_formula_paper_and_map(visit: Open):
    app = visit(PAGE)
    headers = [header.value for header in app.header][:6]
    assert [header.partition(":")[0] for header in headers[:4]] == [f"Decoder {k}" for k in (1, 2, 3, 4)]
    assert headers[4:] == ["Decoder 2, source reversed", "Decoder 2, source doubled"]
    maps = [key for key in figures(app) if "words" not in key]
    effects = [f"without_effect_{name}" for name in DECODERS]
    assert maps == [*effects[:4], "without_attention_decoder4", *effects[4:]]
    formulas = " ".join(latex.value for latex in app.latex)
    captions = " ".join(caption.value for caption in app.caption)
    for decoder in TAUGHT.values():
        assert all(part in formulas for part in decoder.formula.split(r", \quad "))
        assert decoder.source in captions
    assert captions.count("No attention, so there is no map") == 5


def test_attention_alone_is_drawn_of_the_one_that_has_it(visit: Open):
    app = visit(PAGE, r="attention")
    assert [key for key in figures(app) if "words" not in key] == ["without_attention_decoder4"]


def test_all_are_asked_about_one_translation_of_a_model_that_is_not_compared(visit: Open):
    visit(PAGE)
    from webapp.views.without_attention import answers, controls, forms

    compared = forms.models()
    judge = forms.referee(compared)
    assert judge is not None and judge.name not in {info.name for info in compared.values()}
    target = controls.best_translation(compared, SENTENCE)
    asked = answers.ask(compared, list(compared), SENTENCE, target)
    assert {answer.common.output.text for answer in asked} == {target}
    for answer in asked:
        alone = gateway.sentences.translate(answer.model, SENTENCE, target=target).output.logprob
        assert answer.common.output.logprob == pytest.approx(alone, abs=1e-4)
        assert answer.own.output.text == gateway.sentences.translate(answer.model, SENTENCE).output.text


def test_ones_own_translation_takes_its_place(visit: Open):
    app = visit(PAGE, o="1", y="Une pomme.")
    assert not app.exception and not app.info
    assert "Une pomme." in [text.value for text in app.text]
    assert any("typed by you" in caption.value for caption in app.caption)
    app.text_input(key="without_target").set_value("").run()
    assert [message.value for message in app.info] == ["Type a translation first."]


@pytest.mark.parametrize("sentences", [1, 2, 4])
def test_the_slider_joins_the_examples_that_follow(visit: Open, sentences: int):
    app = visit(PAGE, n=str(sentences), x="decoder1.decoder4")
    assert not app.exception and not app.info
    wanted = "".join(EXAMPLES["en"][:sentences]).replace(" ", "")
    for name in ("decoder1", "decoder4"):
        assert "".join(words(figures(app)[f"without_words_{name}"], "source")).replace(" ", "") == wanted


def test_no_example_is_joined_to_itself_and_ones_own_sentence_goes_first(door: None, visit: Open):
    visit(PAGE)
    from webapp.views.without_attention import answers, forms

    compared = forms.models()
    for sentence in (*EXAMPLES["en"], SENTENCE, "Yes."):
        longest = answers.lengthened(compared, sentence, "x", 4)[-1].source
        assert longest.startswith(sentence)
        assert sum(example in longest for example in EXAMPLES["en"]) == 3 + (sentence in EXAMPLES["en"])


def test_a_word_matters_whose_hiding_costs_a_nat_and_punctuation_is_no_word(visit: Open):
    visit(PAGE)
    from webapp.views.without_attention.answers import Known

    known = Known(("I", "did", "not", "."), np.array([1.0, 0.99, -4.0, 9.0]), -1.0)
    assert (known.matter, known.count) == (1, 3)


def test_what_is_known_of_a_word_is_what_the_whole_translation_loses_without_it(visit: Open):
    visit(PAGE)
    from webapp.views.without_attention import answers
    from webapp.views.without_attention.answers import Joined

    model, target = "translation/en-fr-decoder3", "Elle a une pomme."
    known = answers.known(model, Joined(SENTENCE, target))
    scored = gateway.sentences.translate(model, SENTENCE, target=target, effect=True)
    assert scored.effect is not None
    assert known.words == scored.effect.by_words().keys.labels[:-1]
    assert known.drops.sum() == pytest.approx(float(scored.effect.by_words().drops[:, :-1].sum()), abs=1e-3)
    assert known.per_piece * len(scored.output.tokens) == pytest.approx(scored.output.logprob)


@pytest.mark.parametrize(("figure", "cell"), [("bleu", "9.0 (4.5 … 18.0)"), ("logprob_per_piece", "−0.90")])
def test_lengths_stand_in_chart_and_table_for_the_models_that_were_measured(
    visit: Open, some_are_measured: None, figure: str, cell: str
):
    app = visit(PAGE, c=figure)
    assert not app.exception
    table = next(table.value for table in app.dataframe if "form" in table.value)
    assert table["form"].tolist() == ["Decoder 2: last word fed back", "Decoder 4: attention"]
    assert table["0"].tolist()[0].startswith(cell) and len(table.columns) == 4
    (chart,) = app.get("plotly_chart")
    assert "Decoder 4: attention" in chart.proto.spec and "Decoder 1" not in chart.proto.spec


def test_the_papers_bleu_stands_beside_ours(visit: Open, some_are_measured: None):
    app = visit(PAGE)
    table = next(table.value for table in app.dataframe if "Its model" in table.value)
    row = table[table["Its model"] == "RNNsearch-50"].iloc[0]
    assert (row["BLEU in the paper"], row["BLEU here, beam 5"]) == ("26.75", "20.0 (10.0 … 40.0)")
    assert table[table["Its model"] == "RNNencdec-50"]["BLEU in the paper"].tolist() == ["17.82"]


def test_without_metrics_it_says_that_nothing_was_measured(visit: Open):
    app = visit(PAGE)
    assert not app.get("plotly_chart")
    assert any(caption.value.startswith("Nothing has been measured") for caption in app.caption)


def test_a_form_that_is_not_here_says_how_it_is_trained(only: Any, visit: Open, monkeypatch: pytest.MonkeyPatch):
    only("decoder2", "decoder4")
    file = places.PRETRAINED / "translation" / "en-fr-doubled" / "train.toml"
    file.parent.mkdir()
    file.write_text('[model]\ndirection = "forward"\ndesign = "decoder2"\nsource_order = "doubled"\n')
    app = visit(PAGE)
    assert not app.exception and not app.info
    assert "without_effect_decoder2" in figures(app) and "without_effect_decoder1" not in figures(app)
    codes = [code.value for code in app.code]
    assert len(codes) == 4
    assert codes[0] == '[model]\ndirection = "forward"\ndesign = "decoder1"\nsource_order = "as_is"'
    assert codes[-1] == "python -m engine train pretrained/translation/en-fr-doubled/train.toml"


def test_with_none_of_them_the_page_says_so_and_how_to_train_each(only: Any, visit: Open):
    only()
    app = visit(PAGE)
    assert not app.exception and not figures(app)
    assert [message.value[:27] for message in app.info] == ["None of these models is her"]
    assert len(app.code) == len(DECODERS)


def test_models_that_differ_in_more_than_their_decoder_are_not_compared(door: None, visit: Open):
    visit(PAGE)
    from webapp.views.without_attention import forms

    known = gateway.listing.models()
    plain = known["translation/en-fr-decoder4"]
    assert forms.form_of(plain) is forms.FORMS["decoder4"]
    for change in ({"window": "local-m"}, {"direction": "both"}, {"null_key": True}, {"selection": "sparsemax"}):
        config = plain.config | {"model": plain.config["model"] | change}
        assert forms.form_of(replace(plain, config=config)) is None
    assert forms.form_of(known["translation/en-fr-transformer"]) is None


def test_no_decoder_chosen_is_one_too_few(visit: Open):
    app = visit(PAGE)
    app.button_group(key="without_forms").set_value([]).run()
    assert [message.value for message in app.info] == ["Choose at least one decoder."]
