"""A classifier with its vocabulary: readings that add up, and variants of a text that are what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import Refused
from engine.inference import load
from engine.inference.classifier import MAX_EFFECT_WORDS, MAX_LEFT_OUT, Classifier
from engine.models.documents.bilstm import BiLSTM, BiLSTMConfig
from engine.models.documents.han import HAN, HANConfig
from engine.store.own_format import save_model
from engine.text.vocabulary import Vocabulary

TEXT = "The film is long. But I liked it! A very very good end, though the start was not.\nGo and see it."
MODELS = ("han", "average", "max", "bilstm")


@pytest.fixture(scope="module")
def classifiers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Classifier]:
    vocabulary = Vocabulary.train([TEXT.replace(".", " ").split()], 40)
    made = {}
    for name in MODELS:
        torch.manual_seed(2)
        sizes = {"vocabulary": len(vocabulary), "embedding": 8, "dropout": 0.0}
        if name == "bilstm":
            model = BiLSTM(BiLSTMConfig(hidden=6, **sizes))
        else:
            pooling = "attention" if name == "han" else name
            model = HAN(HANConfig(word=4, sentence=4, attention=6, pooling=pooling, **sizes))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(4)
        folder = tmp_path_factory.mktemp("models") / name
        meta = {"task": "classification", "source_language": "en", "labels": ["negative", "positive"]}
        save_model(folder, model, vocabulary, meta)
        made[name] = load.classifier(str(folder), "cpu", folders=True)
    return made


@pytest.mark.parametrize("name", MODELS)
def test_a_reading_adds_up(classifiers: dict[str, Classifier], name: str) -> None:
    reading = classifiers[name].read(TEXT, effect=True)
    count = len(reading.document.sentences)
    assert count == 4 and reading.labels == ("negative", "positive")
    assert sum(reading.probabilities) == pytest.approx(1)
    assert len(reading.words) == (1 if name == "bilstm" else count)
    assert reading.sentence_weights.sum() == pytest.approx(1, abs=1e-5)
    if name == "bilstm":
        assert reading.sentences is None and reading.word_weights.sum() == pytest.approx(1, abs=1e-5)
    else:
        sums = np.bincount(reading.owner, reading.word_weights)
        np.testing.assert_allclose(sums, 1, atol=1e-5)
        np.testing.assert_allclose(
            reading.combined**2, reading.sentence_weights[reading.owner] * reading.word_weights, atol=1e-6
        )
    labels = [label for trace in reading.words for label in trace.keys.labels]
    assert labels == [word for i in range(count) for word in reading.document.words(i)]


@pytest.mark.parametrize("name", MODELS)
def test_a_sentence_switched_off_is_as_if_it_had_not_been_written(
    classifiers: dict[str, Classifier], name: str
) -> None:
    model = classifiers[name]
    document = model.document(TEXT)
    kept = [document.text[s.start : s.end] for i, s in enumerate(document.sentences) if i != 1]
    shorter, reading = model.read("\n".join(kept)), model.read(TEXT, without={1})
    np.testing.assert_allclose(reading.probabilities, shorter.probabilities, atol=1e-6)
    assert reading.read == (0, 2, 3) and reading.sentence_weights[1] == 0
    assert (reading.word_weights[reading.owner == 1] == 0).all()


@pytest.mark.parametrize("name", MODELS)
def test_effect_is_the_fall_of_the_predicted_labels_log_probability(
    classifiers: dict[str, Classifier], name: str
) -> None:
    model = classifiers[name]
    reading = model.read(TEXT, without={3}, effect=True)
    assert reading.effect is not None and reading.effect.words is not None
    own = np.log(reading.probabilities[reading.predicted])
    without = np.log(model.read(TEXT, without={0, 3}).probabilities[reading.predicted])
    assert reading.effect.sentences[0] == pytest.approx(own - without, abs=1e-5)
    assert np.isnan(reading.effect.sentences[3]) and np.isnan(reading.effect.words[reading.owner == 3]).all()

    hidden = TEXT.replace("liked", "qwertyuiop")  # a word that the vocabulary does not hold
    place = [word for i in range(4) for word in reading.document.words(i)].index("liked")
    without = np.log(model.read(hidden, without={3}).probabilities[reading.predicted])
    assert reading.effect.words[place] == pytest.approx(own - without, abs=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_erased_variants_are_read_as_they_say(classifiers: dict[str, Classifier], name: str) -> None:
    model = classifiers[name]
    document = model.document(TEXT)
    whole = np.ones((1, document.size), dtype=bool)
    np.testing.assert_allclose(model.erased(document, whole)[0], model.read(TEXT).probabilities, atol=1e-6)
    first = len(document.sentences[0].words)
    rest = whole.copy()
    rest[0, :first] = False
    np.testing.assert_allclose(model.erased(document, rest)[0], model.read(TEXT, without={0}).probabilities, atol=1e-6)
    unknown = model.erased(document, rest, "unknown")[0]
    assert not np.allclose(unknown, model.erased(document, rest)[0])
    nothing = model.erased(document, ~whole)[0]
    np.testing.assert_allclose(nothing, model.read("qwertyuiop").probabilities, atol=1e-6)


def test_shuffling_even_weights_changes_nothing_and_others_does(classifiers: dict[str, Classifier]) -> None:
    for name, same in (("average", True), ("han", False), ("bilstm", False)):
        model = classifiers[name]
        document, own = model.document(TEXT), model.read(TEXT).probabilities
        found = model.permuted(document, 5, seed=1)
        assert found.shape == (5, 2)
        assert np.allclose(found, own, atol=1e-6) == same
        np.testing.assert_array_equal(found, model.permuted(document, 5, seed=1))


@pytest.mark.parametrize("name", MODELS)
def test_probabilities_of_many_keep_their_order(classifiers: dict[str, Classifier], name: str) -> None:
    model = classifiers[name]
    texts = ["Good.", TEXT, "The start was long. It was very long.", "Go!"]
    found = model.probabilities([model.document(text) for text in texts])
    np.testing.assert_allclose(found, [model.read(text).probabilities for text in texts], atol=1e-6)


def test_a_document_of_one_word_is_read(classifiers: dict[str, Classifier]) -> None:
    for model in classifiers.values():
        reading = model.read("Good", effect=True)
        assert reading.word_weights.tolist() == [1.0] and reading.sentence_weights.tolist() == [1.0]
        assert reading.effect is not None and np.isnan(reading.effect.sentences).all()


def test_all_sentences_off_is_one_sentence(classifiers: dict[str, Classifier]) -> None:
    with pytest.raises(Refused, match="switch at least one on"):
        classifiers["han"].read(TEXT, without={0, 1, 2, 3})


def test_a_classifier_does_not_translate(classifiers: dict[str, Classifier]) -> None:
    folder: Path = classifiers["han"].info.folder
    with pytest.raises(Refused, match="does not translate"):
        load.translator(str(folder), "cpu", folders=True)


def test_labels_that_do_not_fit_are_refused(classifiers: dict[str, Classifier], tmp_path: Path) -> None:
    vocabulary = Vocabulary.train([["a"]], 3)
    model = HAN(HANConfig(vocabulary=3, embedding=2, word=2, sentence=2, attention=2))
    save_model(tmp_path / "m", model, vocabulary, {"task": "classification", "source_language": "en", "labels": ["a"]})
    with pytest.raises(Refused, match="does not name its labels, of which it has 2"):
        load.classifier(str(tmp_path / "m"), "cpu", folders=True)


@pytest.mark.parametrize("name", ["han", "bilstm"])
def test_a_text_too_long_to_be_read_without_each_sentence_has_no_effect_and_says_so(
    classifiers: dict[str, Classifier], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MAX_EFFECT_WORDS, name, 6)
    monkeypatch.setitem(MAX_LEFT_OUT, name, 36)
    rows = []
    network = classifiers[name].network
    counted = network.register_forward_hook(lambda _, given, found: rows.append(len(found.logits)))
    long = classifiers[name].read("Go. " * 6 + "No", effect=True).effect
    read = sum(rows)
    short = classifiers[name].read("Go go go go. Go go now", effect=True).effect
    counted.remove()
    assert long is not None and long.words is None and np.isnan(long.sentences).all() and read == 2
    assert short is not None and short.words is None and np.isfinite(short.sentences).all()
