"""A Transformer as a classifier: readings against their formulas, variants of a text that are what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from engine.evaluation.faithfulness import Effort, faithfulness
from engine.evaluation.gradients import integrated
from engine.inference import load
from engine.inference.encoder_classifier import EncoderClassifier
from engine.models.transformer.encoder import Encoder, EncoderConfig
from engine.store.library_format import save_model
from engine.text.wordpieces import UNKNOWN_ID, WordPieces

TEXT = "The film is long. But I liked it! A very very good end, though the start wasn't.\nGo and see it."
READINGS = EncoderClassifier.readings
META = {"task": "classification", "source_language": "en", "labels": ["negative", "positive"], "corpora": ["imdb"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = WordPieces.train([TEXT] * 3, 60)
    torch.manual_seed(2)
    sizes = {"size": 16, "inner": 24, "layers": 3, "heads": 2, "limit": 64}
    model = Encoder.new(EncoderConfig(vocabulary=len(words), labels=("negative", "positive"), **sizes))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" not in name:
                parameter.mul_(6)  # attention is then no mean, and answers differ
    place = tmp_path_factory.mktemp("models") / "encoder"
    save_model(place, model, words, META)
    return place


@pytest.fixture(scope="module")
def model(folder: Path) -> EncoderClassifier:
    found = load.classifier(str(folder), "cpu", folders=True)
    assert isinstance(found, EncoderClassifier) and found.kind == "modernbert"
    return found


def test_the_library_that_others_use_loads_it_and_answers_the_same(folder: Path, model: EncoderClassifier) -> None:
    tokenizer, net = AutoTokenizer.from_pretrained(folder), AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.inference_mode():
        logits = net.float()(**tokenizer("But I liked it, though!", return_tensors="pt")).logits[0]
    found = model.read("But I liked it, though!")
    assert found.probabilities == pytest.approx(logits.softmax(0).tolist(), abs=1e-5)
    assert [net.config.id2label[i] for i in range(2)] == list(found.labels)


@pytest.mark.parametrize("by", READINGS)
def test_a_reading_adds_up(model: EncoderClassifier, by: str) -> None:
    reading = model.read(TEXT, effect=True, by=by)
    assert sum(reading.probabilities) == pytest.approx(1) and reading.by == by and reading.sentences is None
    assert reading.word_weights.sum() == pytest.approx(1, abs=1e-5) and (reading.word_weights >= 0).all()
    assert reading.sentence_weights.sum() == pytest.approx(1, abs=1e-5)
    labels = list(reading.words[0].keys.labels)
    assert labels == [word for i in range(4) for word in reading.document.words(i)]


def tables(model: EncoderClassifier, ids: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Logits and attentions [1, head, query, key], as the library gives them itself."""
    net = model.encoder.net
    found = net(inputs_embeds=net.get_input_embeddings()(ids).requires_grad_(), output_attentions=True)
    return found.logits[0], list(found.attentions)


@pytest.mark.parametrize("by", READINGS)
def test_a_reading_is_that_of_its_papers_formula(model: EncoderClassifier, by: str) -> None:
    text = "I liked it, though the start wasn't very good."
    ids = model.batch([model.document(text)]).ids
    logits, attentions = tables(model, ids)
    size = ids.shape[1]
    mixed = torch.eye(size)
    for table in attentions:
        if by == "rollout":
            mixed = (table[0].mean(0) / 2 + torch.eye(size) / 2) @ mixed
        elif by == "gradient":
            (slope,) = torch.autograd.grad(logits.max(), table, retain_graph=True)
            mixed = mixed + (slope * table).clamp(min=0)[0].mean(0) @ mixed
    if by == "gradient":
        mixed = mixed - torch.eye(size)
    if by == "last":
        mixed = attentions[-1][0].mean(0)
    lengths = model.words.pieces([model.document(text)])[0].lengths
    shares = np.array([part.sum().item() for part in mixed.mean(0)[1:-1].split(lengths.tolist())])
    assert (lengths > 1).any(), "no word of several pieces to add up"
    np.testing.assert_allclose(model.read(text, by=by).word_weights, shares / shares.sum(), atol=1e-5)


def test_a_sentence_switched_off_is_as_if_it_had_not_been_written(model: EncoderClassifier) -> None:
    document = model.document(TEXT)
    kept = [document.text[s.start : s.end] for i, s in enumerate(document.sentences) if i != 1]
    shorter, reading = model.read("\n".join(kept)), model.read(TEXT, without={1})
    np.testing.assert_allclose(reading.probabilities, shorter.probabilities, atol=1e-6)
    assert reading.read == (0, 2, 3) and (reading.word_weights[reading.owner == 1] == 0).all()


def test_effect_is_the_fall_of_the_predicted_labels_log_probability(model: EncoderClassifier) -> None:
    reading = model.read(TEXT, without={3}, effect=True)
    assert reading.effect is not None and reading.effect.words is not None
    own = np.log(reading.probabilities[reading.predicted])
    without = np.log(model.read(TEXT, without={0, 3}).probabilities[reading.predicted])
    assert reading.effect.sentences[0] == pytest.approx(own - without, abs=1e-5)
    assert np.isnan(reading.effect.sentences[3]) and np.isnan(reading.effect.words[reading.owner == 3]).all()
    place = [word for i in range(4) for word in reading.document.words(i)].index("liked")
    without = np.log(model.read(TEXT.replace("liked", "中"), without={3}).probabilities[reading.predicted])
    assert reading.effect.words[place] == pytest.approx(own - without, abs=1e-5)


def test_a_long_text_is_cut_in_the_middle_and_says_so(model: EncoderClassifier) -> None:
    text = "Good start, I liked it. " + "And so on. " * 40 + "The end was very long."
    reading = model.read(text, effect=True)
    assert reading.cut is not None
    first, after = reading.cut
    assert (reading.word_weights[first:after] == 0).all() and (reading.word_weights[:first] > 0).all()
    assert (reading.word_weights[after:] > 0).all() and reading.effect is not None and reading.effect.words is not None
    assert (reading.effect.words[first:after] == 0).all() and reading.effect.words[:first].any()
    whole = np.arange(reading.document.size)
    read = model.erased(reading.document, ((whole < first) | (whole >= after))[None])[0]
    assert reading.probabilities == pytest.approx(read.tolist(), abs=1e-5)
    assert model.read(TEXT).cut is None


def test_many_texts_are_answered_as_each_alone(model: EncoderClassifier) -> None:
    documents = [model.document(text) for text in (TEXT, "It is good.", TEXT * 4, "No")]
    found = model.probabilities(documents)
    for document, one in zip(documents, found, strict=True):
        assert model.read(document).probabilities == pytest.approx(one.tolist(), abs=1e-5)


def test_erased_variants_are_read_as_they_say(model: EncoderClassifier) -> None:
    document = model.document(TEXT)
    rest = np.ones((1, document.size), dtype=bool)
    rest[0, : len(document.sentences[0].words)] = False
    np.testing.assert_allclose(model.erased(document, rest)[0], model.read(TEXT, without={0}).probabilities, atol=1e-6)
    assert not np.allclose(model.erased(document, rest, "unknown")[0], model.erased(document, rest)[0])
    nothing = model.erased(document, np.zeros_like(rest))[0]
    np.testing.assert_allclose(nothing, model.read("中").probabilities, atol=1e-6)


def test_shuffled_attention_moves_the_answer_alike_for_a_seed_and_leaves_nothing_behind(
    model: EncoderClassifier,
) -> None:
    document, own = model.document(TEXT), model.read(TEXT).probabilities
    found = model.permuted(document, 3, seed=1)
    assert not np.allclose(found, own, atol=1e-6) and not np.allclose(found[0], found[1], atol=1e-9)
    np.testing.assert_array_equal(found, model.permuted(document, 3, seed=1))
    assert model.read(TEXT).probabilities == own


def test_integrated_gradients_sum_to_what_separates_the_text_from_one_of_unknown_words(
    model: EncoderClassifier,
) -> None:
    document = model.document("I liked it, though the start wasn't very good.")
    values = integrated(model, document, 1, 64)
    assert values.shape == (document.size,)
    batch = model.batch([document])
    logits = [
        model.network(batch._replace(ids=ids)).logits[0].log_softmax(0)[1]
        for ids in (batch.ids, model.unknown(batch.ids))
    ]
    assert (model.unknown(batch.ids) == UNKNOWN_ID).sum() == batch.ids.numel() - 2
    assert values.sum() == pytest.approx(float(logits[0] - logits[1]), abs=0.02)


def test_its_weights_are_judged_as_those_of_the_others(model: EncoderClassifier) -> None:
    found = faithfulness(model, model.read(TEXT), effort=Effort(shuffles=1, permutations=2, steps=4))
    assert -1 <= found.area <= 1 and 0 <= found.permuted <= 1 and found.gradients is not None
