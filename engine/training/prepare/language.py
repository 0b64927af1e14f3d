"""What training a model that continues text needs before the loop begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from engine.data.documents import reviews
from engine.errors import Refused
from engine.models.transformer.language import LanguageConfig, new
from engine.runs import activity
from engine.store.library_format import save_model
from engine.text.bytepieces import END_ID, BytePieces, plain
from engine.training.config import TrainConfig
from engine.training.data_sections import TextsConfig
from engine.training.prepare.prepared import Prepared, held_or_learnt, read_all
from engine.training.streams import Continuing, stream


def prepare(config: TrainConfig, data: TextsConfig, run: Path) -> Prepared:
    """Read the texts, learn pieces where `run` holds none, and build the model from the seed."""
    loaded = read_all(data.texts, run, reviews.read)
    if any(corpus.language != loaded[0].language for corpus in loaded):
        raise Refused("The corpora of one model must have one language: {names}.", names=data.texts)
    train = [plain(review.text) for corpus in loaded for review in corpus.train]
    words = held_or_learnt(run, BytePieces, lambda: BytePieces.train(train, config.pieces))
    try:
        sizes = LanguageConfig(vocabulary=len(words), **config.model)
    except TypeError as error:
        raise Refused("the section {section} is not complete: {error}", section="model", error=error) from None
    activity.write(run, "encoding")
    torch.manual_seed(config.loop.seed)
    model = new(sizes)
    texts, held_out = (
        stream([np.array(ids) for ids in words.ids(part)], END_ID)
        for part in (train, [plain(review.text) for review in loaded[0].dev])
    )
    meta = {"task": "language", "source_language": loaded[0].language, "corpora": list(data.texts)}
    facts = {
        "documents": len(train),
        "pieces": len(texts),
        "corpora_sha256": {name: corpus.sha256 for name, corpus in zip(data.texts, loaded, strict=True)},
    }
    return Prepared(model, Continuing(texts, held_out, sizes.limit), words, meta, facts, save_model, ("transformers",))
