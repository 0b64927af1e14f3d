"""What training a translator, a writer of couplets or one that replies needs before the loop begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.data import splits
from engine.data.pairs import corpora
from engine.errors import Refused
from engine.models.recurrent import decoders
from engine.models.recurrent.seq2seq import Seq2SeqConfig
from engine.runs import activity
from engine.store.own_format import save_model
from engine.text.tokenizer import Tokenizer
from engine.training.batches import Pair
from engine.training.config import TrainConfig
from engine.training.data_sections import DialoguesConfig, Pairs
from engine.training.prepare import supervision as supervised
from engine.training.prepare.prepared import Prepared, held_or_learnt, read_all
from engine.training.tasks import Translating

PIECES: dict[str, Callable[[Iterable[str], int], Tokenizer]] = {
    "translation": Tokenizer.train,
    "couplet": Tokenizer.of_characters,
    "conversation": Tokenizer.train,
}
"""How the texts of each task are cut into at most so many pieces."""


def prepare(config: TrainConfig, data: Pairs, run: Path) -> Prepared:
    """Read the pairs, train a tokenizer where `run` holds none, and build the model from the seed."""
    loaded = read_all(data.names, run, corpora.read)
    pairs = _joined(data, [corpus.split for corpus in loaded])
    learn = PIECES[data.task]
    tokenizer = held_or_learnt(
        run, Tokenizer, lambda: learn((text for pair in pairs["train"] for text in pair), config.pieces)
    )
    activity.write(run, "encoding")
    torch.manual_seed(config.loop.seed)
    model, save, libraries = built(config, len(tokenizer))
    train, dev = (encode(tokenizer, pairs[split], data.max_pieces) for split in ("train", "dev"))
    meta: dict[str, Any] = {
        "task": data.task,
        "source_language": data.source,
        "target_language": data.target,
        "corpora": list(data.names),
    }
    meta |= {"consensus": list(config.consensus)} if config.consensus else {}
    meta |= {"reverse": config.reverse} if config.reverse else {}
    meta |= {"backwards": True} if isinstance(data, DialoguesConfig) and data.backwards else {}
    facts: dict[str, Any] = {
        "pairs": len(train),
        "corpora_sha256": {name: corpus.sha256 for name, corpus in zip(data.names, loaded, strict=True)},
    }
    supervision = None
    if config.supervised is not None:
        supervision, facts["supervised"] = supervised.prepare(
            config.supervised, tokenizer, pairs["train"], data.max_pieces
        )
        meta |= {"read_later": config.supervised.later} if config.supervised.later else {}
    task = Translating(train, dev, config.loop.smoothing, supervision)
    judged = [(pair.source, pair.target) for pair in pairs["dev"]]
    return Prepared(
        model, task, tokenizer, meta, facts, save, libraries, schedule=schedule(config, model), judged=judged
    )


def schedule(config: TrainConfig, model: Any) -> Callable[[int], None] | None:
    """What gives the window of a model that learns the width it has after so many updates; None where none narrows."""
    narrowing = config.narrowing
    if narrowing is None:
        return None
    window = model.attention.window

    def narrow(done: int) -> None:
        window.width_while_learning = narrowing.width_at(done, window.width)

    return narrow


Built = tuple[nn.Module, Callable[..., str], tuple[str, ...]]
"""A model, what stores it, and the libraries it needs."""


def built(config: TrainConfig, vocabulary: int) -> Built:
    """Raises Refused where the section `model` does not say all."""
    make = _transformer if config.model.get("kind") == "transformer" else _recurrent
    try:
        return make(vocabulary, config.model)
    except (TypeError, ValueError) as error:
        raise Refused("the section {section} is not complete: {error}", section="model", error=error) from error


def _recurrent(vocabulary: int, choices: dict[str, Any]) -> Built:
    return decoders.build(Seq2SeqConfig(vocabulary=vocabulary, **choices)), save_model, ()


def _transformer(vocabulary: int, choices: dict[str, Any]) -> Built:
    # Where recurrent models are trained, transformers need not be installed.
    from engine.models.transformer.translator import TransformerConfig, TransformerTranslator
    from engine.store import library_format

    sizes = {name: value for name, value in choices.items() if name != "kind"}
    model = TransformerTranslator.new(TransformerConfig(vocabulary=vocabulary, **sizes))
    return model, library_format.save_model, ("transformers",)


def read_pairs(data: Pairs) -> dict[str, list[corpora.Pair]]:
    """Training and development pairs of all corpora; no training pair shares a side with anyone's held-out pairs, or
    of dialogues, in which everybody says "Thank you.", both sides."""
    return _joined(data, [corpora.read(name).split for name in data.names])


def _joined(data: Pairs, parts: list[splits.Split]) -> dict[str, list[corpora.Pair]]:
    dev = [pair for corpus in parts for pair in corpus.dev]
    test = [pair for corpus in parts for pair in corpus.test]
    train = [pair for corpus in parts for pair in corpus.train]
    if len(parts) == 1:  # nothing is held out but by itself, and by that it was parted when it was read
        return {"train": _turned(train, data), "dev": _turned(dev, data)}
    if isinstance(data, DialoguesConfig):
        held = set(splits.keys_of([*dev, *test]))
        train = [pair for pair, key in zip(train, splits.keys_of(train), strict=True) if key not in held]
        return {"train": _turned(train, data), "dev": _turned(parts[0].dev, data)}
    held_out = splits.HeldOut(frozenset(splits.keys_of(dev)), frozenset(splits.keys_of(test)))
    train = splits.part(train, held_out).train
    # The first corpus is the one a model is measured on, so it alone decides when to stop.
    return {"train": train, "dev": parts[0].dev}


def _turned(pairs: list[corpora.Pair], data: Pairs) -> list[corpora.Pair]:
    return [pair.turned() for pair in pairs] if isinstance(data, DialoguesConfig) and data.backwards else pairs


def encode(tokenizer: Tokenizer, pairs: list[corpora.Pair], most: int) -> list[Pair]:
    """Ids on both sides; pairs with a side longer than `most` pieces are left out."""
    sources, targets = (tokenizer.ids([pair[side] for pair in pairs]) for side in (0, 1))
    return [(s, t) for s, t in zip(sources, targets, strict=True) if len(s) <= most and len(t) <= most]
