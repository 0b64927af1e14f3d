"""What a training needs to know, read from a TOML file."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from engine.data.own import stored
from engine.data.registry import CORPORA
from engine.errors import Refused
from engine.store import names
from engine.store.named_readings import named_readings
from engine.traces import LATEST
from engine.training import toml
from engine.training.data_sections import NAMED_BY, Data, DialoguesConfig, PairsConfig, Translated, check_ranges, ranged
from engine.training.section import build

MANY = 10**9
MAX_FLOAT = 3.4e38  # about the largest number of 32 bits, in which models learn
_NAME = re.compile(r"[\w.-]{1,64}(/[\w.-]{1,64})?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True)
class LoopConfig:
    """`updates` of `batch` pairs or documents. The rate climbs for `warmup` updates, then falls straight to nothing.

    At each of the updates in `restarts` it climbs and falls anew (Loshchilov & Hutter 2017, whose fall is a cosine),
    up to the rate that stands at the same place in `restart_rates`, or to `rate` where that names none.
    `unknown` is the share of source pieces, or words, replaced by <unk>, so that a model knows what a missing word is.
    `smoothing` is the share of each wish that goes to all pieces or labels alike (Szegedy et al. 2016, section 7).
    `stop` ends it after so many updates, before the rate is down to nothing, where more training follows; 0 does not.
    Training stops once `patience` validations in a row were no better; 0 lets it run to the end.
    `average` is of how many of the last validations the mean of the weights is tried when it is over; the model is that
    mean where it does better on the development data. 0 does without.
    """

    updates: int = ranged(1, MANY)
    batch: int = ranged(1, 65_536, default=96)
    rate: float = ranged(0, MAX_FLOAT, default=2e-3, above=True)
    warmup: int = ranged(1, MANY, default=300)
    restarts: tuple[int, ...] = ()
    restart_rates: tuple[float, ...] = ()
    clip: float = ranged(0, MAX_FLOAT, default=1.0, above=True)
    unknown: float = ranged(0, 0.99, default=0.05)
    smoothing: float = ranged(0, 0.99, default=0.0)
    precision: Literal["bf16", "no"] = "bf16"
    threads: int = ranged(1, 256, default=2)
    validate_every: int = ranged(1, MANY, default=500)
    patience: int = ranged(0, MANY, default=0)
    average: int = ranged(0, 50, default=0)
    stop: int = ranged(0, MANY, default=0)
    seed: int = ranged(0, 2**32 - 1, default=1)

    def __post_init__(self) -> None:
        check_ranges(self, "")
        edges = (0, *self.restarts, self.updates)
        if any(start >= end for start, end in pairwise(edges)):
            raise Refused(
                "restarts must rise and lie between 0 and updates = {updates}, got {value}",
                updates=self.updates,
                value=list(self.restarts),
            )
        rates = self.restart_rates
        if rates and (
            len(rates) != len(self.restarts) or not all(isinstance(r, float) and 0 < r < math.inf for r in rates)
        ):
            raise Refused(
                "restart_rates must hold a rate above 0 for each restart, of which there are {count}, got {value}",
                count=len(self.restarts),
                value=list(rates),
            )
        if not 0 <= self.stop <= self.updates:
            raise Refused(
                "stop must lie between 0 and updates = {updates}, got {value}", updates=self.updates, value=self.stop
            )
        if self.precision not in ("bf16", "no"):
            raise Refused("precision must be bf16 or no, got {value}", value=toml.shown(self.precision))

    @property
    def ends(self) -> int:
        """The update after which it is over at the latest."""
        return self.stop or self.updates

    def rate_at(self, step: int) -> float:
        """The learning rate of update `step`, counted from 0."""
        passed = sum(r <= step for r in self.restarts)
        start, end = (0, *self.restarts)[passed], (*self.restarts, self.updates)[passed]
        peak = (self.rate, *(self.restart_rates or (self.rate,) * passed))[passed]
        climbed = min(1.0, (step - start + 1) / self.warmup)
        left = max(0.0, (end - step) / max(1, end - start - self.warmup))
        return peak * min(climbed, left)


@dataclass(frozen=True)
class PretrainingConfig(LoopConfig):
    """Before labels are looked at: guess the share `masked` of the pieces in stretches of `length` of them."""

    length: int = ranged(8, 8192, default=256)
    masked: float = ranged(0, 0.99, default=0.2, above=True)


@dataclass(frozen=True)
class SupervisedConfig:
    """Attention that is pulled towards links between words, read from the file `links`: one line for each training
    pair, as `data pairs` gives them. `weight` is what the loss of a linked piece counts beside that of a piece that is
    translated; it is supervised `later` steps after the one that writes the word."""

    links: str
    weight: float = ranged(0, 1000, default=1.0, above=True)
    later: int = ranged(0, LATEST, default=0)

    def __post_init__(self) -> None:
        check_ranges(self, "supervised")


@dataclass(frozen=True)
class NarrowingConfig:
    """A window that reaches `width` positions to either side at first, and narrows evenly within so many `updates` to
    the width that the model has. A narrow one that may stand anywhere learns little of where it should have stood."""

    width: int = ranged(1, 10_000)
    updates: int = ranged(1, MANY)

    def __post_init__(self) -> None:
        check_ranges(self, "narrowing")

    def width_at(self, done: int, last: int) -> float:
        """After so many updates, in positions; `last` is the width that the model has."""
        return self.width + (last - self.width) * min(1.0, done / self.updates)


@dataclass(frozen=True)
class TrainConfig:
    """One model: `name` is where it lies under `pretrained/`, `pieces` the size of its vocabulary. `consensus` names
    what `align --read consensus` reads of which models of its two languages, as `NamedReading` has it; `reverse` the
    model that says how well a reply fits what it answers."""

    name: str
    data: Data
    loop: LoopConfig
    pieces: int = ranged(1, 500_000, default=8000)
    consensus: tuple[dict[str, Any], ...] = ()
    reverse: str = ""
    model: dict[str, Any] = field(default_factory=dict)
    pretraining: PretrainingConfig | None = None
    supervised: SupervisedConfig | None = None
    narrowing: NarrowingConfig | None = None


def read(path: Path) -> TrainConfig:
    """Raises Refused for a file that is no TOML, or in which a word is missing, unknown or of the wrong kind."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refused("there is no file {path}", path=path) from None
    except ValueError:
        raise Refused("{path} is no TOML: it is not written in UTF-8.", path=path) from None
    return parse(text, str(path))


def parse(text: str, name: str) -> TrainConfig:
    """What a file of that name would mean that holds this text; refuses as `read` does."""
    return of_sections(toml.read(text, name))


def of_sections(sections: dict[str, Any]) -> TrainConfig:
    """The config of what stands in a TOML file, as dictionaries."""
    sections = dict(sections)
    section = sections.pop("data", {})
    kind = next((kind for name, kind in NAMED_BY.items() if isinstance(section, dict) and name in section), PairsConfig)
    stages: dict[str, Any] = {
        "data": build(kind, section, "data"),
        "loop": build(LoopConfig, sections.pop("loop", {}), "loop"),
    }
    if "pretraining" in sections:
        stages["pretraining"] = build(PretrainingConfig, sections.pop("pretraining"), "pretraining")
    if "supervised" in sections:
        stages["supervised"] = build(SupervisedConfig, sections.pop("supervised"), "supervised")
    if "narrowing" in sections:
        stages["narrowing"] = build(NarrowingConfig, sections.pop("narrowing"), "narrowing")
    _check_consensus(sections.get("consensus", []))
    config: TrainConfig = build(TrainConfig, {**sections, **stages}, "")
    _check_names(config)
    return config


def _check_consensus(readings: Any) -> None:
    """Raises `Refused` for readings that are none, whatever a file has in their place."""
    if readings != [] and not named_readings(readings):
        raise Refused(
            "consensus must hold readings such as {example}, got {value}",
            example='{model = "translation/en-fr-additive", read = "effect"}',
            value=toml.shown(readings),
        )


def _check_names(config: TrainConfig) -> None:
    """Raises Refused for a name, a corpus or a language that is none."""
    for part, section in ((config, ""), (config.data, "data")):
        check_ranges(part, section)
    if not _NAME.fullmatch(config.name):
        raise Refused("name must be a task and a name of letters, digits, - and _, got {value}", value=config.name)
    if not config.data.names or not all(config.data.names):
        raise Refused("data must name at least one corpus, got {value}", value=list(config.data.names))
    for name in filter(stored.is_own, config.data.names):
        stored.find(name)  # refuses one that is not there
    if config.reverse and (not isinstance(config.data, DialoguesConfig) or config.data.backwards):
        raise Refused("reverse is for models that reply: leave it out, got {value}", value=config.reverse)
    if config.reverse:
        names.place(config.reverse, folders=False)  # refuses what is no name of a model
    if isinstance(config.data, Translated):
        for language in (config.data.source, config.data.target):
            if not _LANGUAGE.fullmatch(language):
                raise Refused("a language must be a code such as en or zh, got {value}", value=language)
        _check_languages(config.data)


def _check_languages(pairs: Translated) -> None:
    """Raises `Refused` for a corpus that is known to be of other languages."""
    ours = (pairs.source, pairs.target)
    for name in pairs.names:
        known = stored.find(name) if stored.is_own(name) else CORPORA.get(name)
        if known is not None and known.languages != ours:
            raise Refused(
                "{corpus} goes from {source} to {target}, and the section data says {ours}: name another corpus, or "
                "the languages of this one.",
                corpus=name,
                source=known.languages[0],
                target=known.languages[1],
                ours=" → ".join(ours),
            )
