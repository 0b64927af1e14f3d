"""What training a translator from a stream of pairs needs before the loop begins."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import torch

from engine.data.pairs.streamed import Place, Streamed
from engine.errors import Refused
from engine.runs import activity
from engine.text.tokenizer import Tokenizer
from engine.training.config import TrainConfig
from engine.training.data_sections import StreamedConfig
from engine.training.flowing import FlowingTranslating
from engine.training.prepare import translation
from engine.training.prepare.prepared import Prepared, held_or_learnt

DEVELOPMENT = 3000
"""How many pairs of development are used at most."""


def prepare(config: TrainConfig, data: StreamedConfig, run: Path) -> Prepared:
    """Learn pieces from a sample where `run` holds none, and build the model from the seed. Only the development pairs,
    and the texts of one pool, are ever held."""
    sides, seed = (data.source, data.target), config.loop.seed
    activity.write(run, "reading")
    stream = Streamed(data.streamed, sides, seed)
    words = held_or_learnt(
        run, Tokenizer, lambda: Tokenizer.train((t for pair in stream.sample(data.sample) for t in pair), config.pieces)
    )
    judged = list(islice(Streamed((data.development,), sides, seed).sample(DEVELOPMENT), DEVELOPMENT))
    dev = translation.encode(words, judged, data.max_pieces)
    if not dev:
        raise Refused("{path} holds no pair of at most {most} pieces.", path=data.development, most=data.max_pieces)
    activity.write(run, "encoding")
    torch.manual_seed(seed)
    model, save, libraries = translation.built(config, len(words))
    task = FlowingTranslating(
        lambda place: stream.pairs(Place(*place)),
        lambda pairs: translation.encode(words, list(pairs), data.max_pieces),
        dev,
        config.loop.smoothing,
        buffer=data.buffer,
        pieces=data.batch_pieces,
        ratio=(
            sum(len(pair.source) for pair in judged) / sum(len(ids) for ids in words.ids([p.source for p in judged])),
            sum(len(pair.target) for pair in judged) / sum(len(ids) for ids in words.ids([p.target for p in judged])),
        ),
        seed=seed,
    )
    meta: dict[str, Any] = {"task": data.task, "source_language": data.source, "target_language": data.target}
    meta["corpora"] = list(data.names)
    facts = {"sample": data.sample, "development": len(dev)}
    pairs = [(pair.source, pair.target) for pair in judged]
    return Prepared(
        model, task, words, meta, facts, save, libraries, schedule=translation.schedule(config, model), judged=pairs
    )
