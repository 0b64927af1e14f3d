"""The section `model` of a config, looked at before anything is read, learnt or written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import torch
from torch import nn

from engine.attention import SCORES, SELECTIONS, WINDOWS
from engine.attention.windows import WIDTH
from engine.errors import Refused
from engine.models.documents.bilstm import BiLSTM, BiLSTMConfig
from engine.models.documents.han import HAN, HANConfig
from engine.models.recurrent import decoders
from engine.models.recurrent.seq2seq import Seq2SeqConfig
from engine.store.catalogue import WITH_ATTENTION
from engine.store.fields import wanted
from engine.store.weights import MAX_PARAMETERS
from engine.training import toml
from engine.training.config import TrainConfig
from engine.training.data_sections import StreamedConfig

DRAWN = ("hard", "hard_reinforce")
"""Selections that look at one position, drawn by chance, while they learn."""

NAMED: dict[str, Collection[str]] = {"score": SCORES, "window": WINDOWS, "selection": SELECTIONS}
"""Settings that name a mechanism, and how all of them are called."""

Kind = tuple[type[Any], Callable[[Any], Any]]


def check(config: TrainConfig) -> int:
    """How many parameters the network has, if there are as many pieces as are allowed.

    Raises Refused for a kind, a choice or a size that no network can have, and for one of too many parameters.
    """
    settings, build = kind_of(config)
    choices = {name: value for name, value in config.model.items() if name != "kind"}
    hints = get_type_hints(settings)
    for name in ("vocabulary", "labels", "model_type"):
        hints.pop(name, None)
    _check_choices(choices, hints)
    _check_supervised(config)
    _check_narrowing(config)
    longest = choices.get("limit", getattr(settings, "limit", None))
    if config.pretraining is not None and longest is not None and config.pretraining.length > longest:
        raise Refused(
            "pretraining.length must be at most model.limit = {limit}, got {value}",
            limit=longest,
            value=config.pretraining.length,
        )
    _check_smoothing(config)
    rest: dict[str, Any] = {"vocabulary": config.pieces}
    if config.data.task == "classification":
        rest["labels"] = ("a", "b") if config.model.get("kind") == "encoder" else 2
    try:
        with torch.device("meta"):
            network: nn.Module = build(settings(**rest, **choices))
    except (TypeError, ValueError, RuntimeError, AssertionError, ZeroDivisionError) as error:
        raise Refused("The section model does not fit together: {error}", error=error) from error
    count = sum(parameter.numel() for parameter in network.parameters())
    if count > MAX_PARAMETERS:
        raise Refused(
            "This model would have {count} parameters, and {most} are the most; choose smaller sizes or fewer pieces.",
            count=count,
            most=MAX_PARAMETERS,
        )
    return count


def _check_choices(choices: Mapping[str, Any], hints: Mapping[str, Any]) -> None:
    """Raises Refused for a setting that there is not, or of a value that it cannot have."""
    for name, value in choices.items():
        if name not in hints:
            raise Refused(
                "{section}.{name} means nothing here; there are {known}",
                section="model",
                name=name,
                known=", ".join(hints),
            )
        may = wanted(name, hints[name])
        if not may.fits(value):
            raise Refused(may.template, name=f"model.{name}", value=toml.shown(value), **may.facts)
        if name in NAMED and value not in NAMED[name]:
            raise Refused(
                "{name} must be one of {choices}, got {value}",
                name=f"model.{name}",
                choices=", ".join(NAMED[name]),
                value=toml.shown(value),
            )


def _check_smoothing(config: TrainConfig) -> None:
    """Raises Refused for label smoothing where probabilities are mixed, of which nobody has said what it would be."""
    selection = SELECTIONS.get(str(config.model.get("selection")))
    if selection is not None and selection.mixes and config.loop.smoothing:
        raise Refused(
            "loop.smoothing must be 0 with selection = {selection}, which mixes probabilities, got {value}",
            selection=selection.name,
            value=config.loop.smoothing,
        )


def _check_supervised(config: TrainConfig) -> None:
    """Raises `Refused` for links that attention cannot be pulled towards, or that are not there."""
    if config.supervised is None:
        return
    attends = "kind" not in config.model and config.model.get("design", WITH_ATTENTION) == WITH_ATTENTION
    if isinstance(config.data, StreamedConfig):
        raise Refused("supervised is for pairs that are read whole, and these are streamed: leave it out.")
    if config.data.task != "translation" or not attends:
        raise Refused("supervised is for recurrent models that translate with attention: leave it out.")
    if config.model.get("selection") in DRAWN:
        raise Refused(
            "supervised pulls at weights, and the selection {selection} draws one position: choose another selection.",
            selection=config.model["selection"],
        )
    if not Path(config.supervised.links).is_file():
        raise Refused(
            "There is no file {path} with links: `data pairs` prints the pairs, and `align --read consensus` the links "
            "of each.",
            path=config.supervised.links,
        )


def _check_narrowing(config: TrainConfig) -> None:
    """Raises `Refused` for a window that cannot narrow: where there is none, or one that is as wide from the start."""
    if config.narrowing is None:
        return
    attends = config.model.get("design", WITH_ATTENTION) == WITH_ATTENTION
    if not attends or config.model.get("window", "global") == "global":
        raise Refused("narrowing is for models with a window: choose window = local_m or local_p, or leave it out.")
    last = config.model.get("window_width", WIDTH)
    if config.narrowing.width <= last:
        raise Refused(
            "narrowing.width must be more than model.window_width = {last}, got {value}",
            last=last,
            value=config.narrowing.width,
        )
    if config.narrowing.updates > config.loop.ends:
        raise Refused(
            "narrowing.updates must be at most {most}, after which the loop ends: the window has to reach the width "
            "that the model is read with, got {value}",
            most=config.loop.ends,
            value=config.narrowing.updates,
        )


def kind_of(config: TrainConfig) -> Kind:
    """Which settings and which network. Raises Refused for a kind that models of this task cannot have."""
    kind, kinds = config.model.get("kind"), KINDS[config.data.task]
    if not isinstance(kind, str | None) or kind not in kinds:
        names = ", ".join(name for name in kinds if name) or "none: leave it out"
        raise Refused("model.kind must be one of {kinds}, got {kind}", kinds=names, kind=kind)
    return kinds[kind]()


# Those of the transformers library are imported where they are asked for.
def _transformer() -> Kind:
    from engine.models.transformer.translator import TransformerConfig, TransformerTranslator

    return TransformerConfig, TransformerTranslator.new


def _encoder() -> Kind:
    from engine.models.transformer.encoder import Encoder, EncoderConfig

    return EncoderConfig, Encoder.new


def _language() -> Kind:
    from engine.models.transformer.language import LanguageConfig, new

    return LanguageConfig, new


def _han() -> Kind:
    return HANConfig, HAN


KINDS: dict[str, dict[str | None, Callable[[], Kind]]] = {
    "translation": {None: lambda: (Seq2SeqConfig, decoders.build), "transformer": _transformer},
    "couplet": {None: lambda: (Seq2SeqConfig, decoders.build)},
    "conversation": {None: lambda: (Seq2SeqConfig, decoders.build)},
    "classification": {None: _han, "han": _han, "bilstm": lambda: (BiLSTMConfig, BiLSTM), "encoder": _encoder},
    "language": {None: _language},
}
"""The kinds of network of each task; None is the one that a config gets which names no kind."""
