"""What training a document classifier needs before the loop begins."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.data.documents import reviews
from engine.errors import Refused
from engine.models.documents.batch import encoded
from engine.runs import activity
from engine.text.document import document
from engine.text.vocabulary import Vocabulary
from engine.training.config import TrainConfig
from engine.training.data_sections import DocumentsConfig
from engine.training.prepare.model_section import kind_of
from engine.training.prepare.prepared import Prepared, held_or_learnt, read_all
from engine.training.tasks import Classifying, LabelledDocument


def prepare(config: TrainConfig, data: DocumentsConfig, run: Path) -> Prepared:
    """Read the documents, count their words where `run` holds no vocabulary, and build the model from the seed."""
    loaded = read_all(data.documents, run, reviews.read)
    first = loaded[0]
    if any((corpus.language, corpus.labels) != (first.language, first.labels) for corpus in loaded):
        raise Refused(
            "The corpora of one model must have one language and the same labels: {names}.", names=data.documents
        )
    if len(first.labels) < 2:
        raise Refused("The texts of {name} have no labels, of which two or more are learnt.", name=first.name)
    activity.write(run, "cutting")
    texts = {"train": [review for corpus in loaded for review in corpus.train], "dev": first.dev}
    train, dev = ([(document(review.text, first.language), review.label) for review in part] for part in texts.values())
    meta = {
        "task": "classification",
        "source_language": first.language,
        "corpora": list(data.documents),
        "labels": list(first.labels),
    }
    facts = {
        "documents": len(train),
        "corpora_sha256": {name: corpus.sha256 for name, corpus in zip(data.documents, loaded, strict=True)},
    }
    judged = [(review.text, review.label) for review in first.dev]
    if config.model.get("kind") == "encoder":
        # Where recurrent models are trained, transformers need not be installed.
        from engine.training.prepare import encoder

        return encoder.prepare(config, train, dev, run, meta, facts)._replace(judged=judged)
    sentences = (text.words(i) for text, _ in train for i in range(len(text.sentences)))
    vocabulary = held_or_learnt(run, Vocabulary, lambda: Vocabulary.train(sentences, config.pieces))
    choices = {name: value for name, value in config.model.items() if name != "kind"}
    settings, build = kind_of(config)
    activity.write(run, "encoding")
    torch.manual_seed(config.loop.seed)
    model = build(settings(vocabulary=len(vocabulary), labels=len(first.labels), **choices))
    train_set, dev_set = (
        [LabelledDocument(encoded(text, vocabulary, flat=model.flat), label) for text, label in part]
        for part in (train, dev)
    )
    task = Classifying(train_set, dev_set, config.loop.smoothing)
    return Prepared(model, task, vocabulary, meta, facts, judged=judged)
