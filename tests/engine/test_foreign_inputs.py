"""What a model that others made is given, and what is made of its answer: languages, labels, and what was cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.capture.languages import languages
from engine.capture.output import Output, labels, problem_of
from engine.capture.request import MAX_SAID, Request
from engine.errors import Refused
from engine.inference import load
from engine.inference.transformer import Transformer
from tests.conformance import folders, reference
from tests.engine.test_transformer import ready

TEXT, PAIR = reference.TEXT, reference.PAIR


def opened(folder: Path, name: str, head: str, **options: Any) -> Transformer:
    return load.transformer(str(folders.write(folder / "model", name, head, **options)), "cpu", folders=True)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"num_labels": 1}, "regression"),
        ({"num_labels": 2, "problem_type": "regression"}, "regression"),
        ({"num_labels": 3, "problem_type": "multi_label_classification"}, "multi_label"),
        ({"num_labels": 3, "problem_type": "single_label_classification"}, "single_label"),
        ({"num_labels": 3}, "single_label"),
    ],
)
def test_labels_are_read_as_the_model_was_taught_them(settings: Any, problem: str, tmp_path: Path) -> None:
    model = opened(tmp_path, "bert", "BertForSequenceClassification", **settings)
    output = model.look(Request(TEXT)).output
    with torch.no_grad():
        logits = model.model(**model.tokenizer(TEXT, return_tensors="pt")).logits[0].double()
    expected = {"regression": logits, "multi_label": logits.sigmoid(), "single_label": logits.softmax(-1)}
    assert problem_of(model.model.config) == output.problem == problem
    np.testing.assert_allclose([value for _, value in output.labels], expected[problem].numpy(), atol=1e-5)


def test_a_regression_has_scores_and_no_probabilities() -> None:
    measured = labels(torch.tensor([-2.5]), {0: "LABEL_0"}, "regression").measured(3)
    assert measured == {"problem": "regression", "scores": {"LABEL_0": -2.5}}
    assert Output(labels=(("a", 0.25), ("b", 0.75))).measured(1) == {"probabilities": {"a": 0.2, "b": 0.8}}


LANGUAGES = {
    "nllb": ("M2M100ForConditionalGeneration", "eng_Latn", "zho_Hans"),
    "mbart": ("MBartForConditionalGeneration", "de_DE", "fr_XX"),
    "mbart50": ("MBartForConditionalGeneration", "de_DE", "fr_XX"),
    "m2m_100": ("M2M100ForConditionalGeneration", "de", "fr"),
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_both_languages_of_a_translator_are_told_to_it_by_their_tokens(name: str, tmp_path: Path) -> None:
    head, source, target = LANGUAGES[name]
    model = opened(tmp_path, name, head, form="bare")
    known = model.languages
    assert known is not None
    assert {source, target} <= known.ids.keys()
    for pair in (None, PAIR):
        looked = model.look(Request(TEXT, pair, source_language=source, target_language=target))
        axes = {one.kind: one for one in looked.overviews}
        mark = {"m2m_100": "__{}__"}.get(name, "{}")
        assert mark.format(source) in axes["encoder"].queries.labels
        assert mark.format(target) in axes["decoder"].queries.labels
    other = model.look(Request(TEXT, PAIR, source_language=target, target_language=source))
    assert other.output.logprob != looked.output.logprob


def test_a_language_that_the_model_does_not_have_is_refused_with_those_that_it_has(tmp_path: Path) -> None:
    model = opened(tmp_path, "nllb", "M2M100ForConditionalGeneration")
    with pytest.raises(Refused, match="has no language xx; it has eng_Latn, fra_Latn"):
        model.look(Request(TEXT, source_language="xx"))


def test_a_model_of_one_language_is_asked_for_none() -> None:
    with pytest.raises(Refused, match="no tokens for languages"):
        ready("bert").look(Request(TEXT, target_language="fr"))
    assert ready("bart").languages is None


@pytest.mark.filterwarnings("ignore:Recommended")
def test_a_multilingual_marian_reads_the_language_that_it_is_to_write_before_the_text(tmp_path: Path) -> None:
    model = opened(tmp_path, "marian", "MarianMTModel", form="bare")
    assert model.languages is not None and model.languages.target is None
    typed = model.look(Request(f">>fra<< {TEXT}", PAIR)).overview("encoder").queries
    asked = model.look(Request(TEXT, PAIR, target_language="fra")).overview("encoder").queries
    assert asked.labels == typed.labels
    assert asked.special[0] and asked.labels[0] == ">>fra<<"


def test_a_translator_with_one_language_token_has_no_choice() -> None:
    model = ready("marian")
    assert languages(model.model, model.tokenizer) is None


def test_a_target_and_an_answer_that_were_cut_are_counted() -> None:
    model = ready("bart")
    looked = model.look(Request("the cat", "a dog ran " * 60))
    assert looked.cuts == {"target_read": model.limit}
    assert model.look(Request("the cat", "a dog")).cuts == {}


@pytest.mark.parametrize("ends", [False, True])
def test_an_answer_that_was_not_let_go_on_is_known_by_its_end(ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ready("bart")
    monkeypatch.setattr("engine.capture.request.MAX_SAID", 5)

    def generate(**settings: Any) -> torch.Tensor:
        assert settings["max_length"] == 6 and settings["forced_eos_token_id"] is None
        return torch.tensor([[0, 5, 6, 1]]) if ends else torch.tensor([[0, 5, 6, 7, 8, 9]])

    monkeypatch.setattr(model.model, "generate", generate)
    looked = model.look(Request("the cat"))
    assert looked.cuts == ({} if ends else {"stopped": 5})
    assert MAX_SAID == 128


def test_a_place_beyond_the_tokenizers_pieces_is_named_by_its_number(tmp_path: Path) -> None:
    model = opened(tmp_path, "bert", "BertForMaskedLM", rows=7)
    count = len(model.tokenizer)
    bias = model.model.cls.predictions.decoder.bias
    bias.data[:] = 0
    bias.data[count:] = 99
    (token,) = model.look(Request("the [MASK] sat")).output.tokens
    assert {candidate.text for candidate in token.candidates} <= {f"<{count + k}>" for k in range(7)}


def test_a_discriminator_shows_its_attention_and_fills_no_masks(tmp_path: Path) -> None:
    model = opened(tmp_path, "electra", "ElectraForPreTraining")
    assert type(model.model).__name__ == "ElectraModel"
    assert model.look(Request("the [MASK] sat")).output == Output()


def test_a_classifier_of_an_encoder_and_decoder_reads_two_texts_and_answers_with_labels(tmp_path: Path) -> None:
    model = opened(tmp_path, "bart", "BartForSequenceClassification", num_labels=3)
    looked = model.look(Request(TEXT, PAIR))
    assert [one.kind for one in looked.overviews] == ["encoder", "decoder", "cross"]
    assert sum(share for _, share in looked.output.labels) == pytest.approx(1)
    axis = looked.overview("encoder").queries
    assert axis.labels.count("</s>") == 3  # one after the first text, two around the second
    assert looked.overview("cross").queries.labels[1:] == axis.labels[:-1]
