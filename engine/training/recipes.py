"""Configurations from a few choices: what a task is learnt from, by which network, how large. All else follows, and can
be chosen apart."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_type_hints

from engine.data.own import stored
from engine.data.own.stored import OwnCorpus
from engine.data.registry import CORPORA, REVIEWS
from engine.training.config import LoopConfig, TrainConfig, of_sections
from engine.training.prepare.model_section import kind_of

Size = Literal["small", "medium"]
SIZES: tuple[Size, ...] = ("small", "medium")
UPDATES = 3000
"""Where nobody says how long."""
VALIDATIONS = 20
"""How often a training is measured on its way, where nobody says how often."""
NOT_CHOSEN = ("vocabulary", "labels", "model_type", "score")
"""Settings of a network that follow from the data, or are chosen apart."""

NETWORKS: Mapping[str, tuple[str, ...]] = {
    "translation": ("attention", "no_attention", "transformer"),
    "classification": ("han", "bilstm", "encoder"),
    "couplet": ("attention", "no_attention"),
    "conversation": ("attention", "no_attention"),
    "language": ("decoder_only",),
}
"""Which networks there are for each task, the usual one first."""

_RECURRENT: dict[Size, dict[str, Any]] = {
    "small": {"embedding": 128, "encoder": 96, "decoder": 192, "attention": 96},
    "medium": {"embedding": 256, "encoder": 192, "decoder": 384, "attention": 192},
}
_SIZES: Mapping[str, dict[Size, dict[str, Any]]] = {
    "attention": _RECURRENT,
    "no_attention": _RECURRENT,
    "transformer": {
        "small": {"size": 128, "inner": 512, "layers": 2, "heads": 4},
        "medium": {"size": 256, "inner": 1024, "layers": 3, "heads": 4},
    },
    "han": {
        "small": {"embedding": 64, "word": 32, "sentence": 32, "attention": 64},
        "medium": {"embedding": 128, "word": 64, "sentence": 64, "attention": 128},
    },
    "bilstm": {"small": {"embedding": 64, "hidden": 64}, "medium": {"embedding": 128, "hidden": 128}},
    "encoder": {
        "small": {"size": 128, "inner": 256, "layers": 2, "heads": 4, "limit": 256},
        "medium": {"size": 192, "inner": 384, "layers": 3, "heads": 4, "limit": 512},
    },
    "decoder_only": {
        "small": {"size": 128, "layers": 2, "heads": 4, "limit": 128},
        "medium": {"size": 192, "layers": 4, "heads": 4, "limit": 256},
    },
}
_FIXED: Mapping[str, dict[str, Any]] = {
    "attention": {"placement": "after", "feeding": True, "dropout": 0.0},
    "no_attention": {"design": "decoder2", "direction": "forward", "dropout": 0.0},
    "transformer": {"kind": "transformer"},
    "han": {"kind": "han"},
    "bilstm": {"kind": "bilstm"},
    "encoder": {"kind": "encoder"},
    "decoder_only": {},
}
_PIECES: Mapping[str, dict[Size, int]] = {
    "translation": {"small": 3000, "medium": 5000},
    "couplet": {"small": 3000, "medium": 5000},
    "conversation": {"small": 3000, "medium": 5000},
    "classification": {"small": 15_000, "medium": 30_000},
    "language": {"small": 4000, "medium": 6000},
}
_TRANSFORMERS = ("transformer", "encoder", "decoder_only")
SCORED = ("attention", "han", "bilstm")
"""Networks that attend by one of our scoring functions."""


@dataclass(frozen=True)
class Recipe:
    """`corpus` is a name or a path, `score` the scoring function where the network has one. `precision` and `threads`
    are those of the machine. `chosen` overrules what follows: sections, as in the TOML, of settings."""

    task: str
    corpus: str
    network: str
    size: Size = "small"
    score: str = ""
    source: str = ""
    target: str = ""
    precision: str = "no"
    threads: int = 1
    chosen: Mapping[str, Mapping[str, Any]] | None = None

    def config(self) -> TrainConfig:
        """Raises Refused for choices that do not go together."""
        return of_sections(self.sections())

    def sections(self) -> dict[str, Any]:
        """As they stand in the TOML."""
        model = _FIXED[self.network] | _SIZES[self.network][self.size]
        model |= {"score": self.score} if self.score and self.network in SCORED else {}
        loop = {
            "updates": UPDATES,
            "validate_every": UPDATES // VALIDATIONS,
            "batch": 32 if self.network == "encoder" else 16 if self.network == "decoder_only" else 64,
            "rate": 8e-4 if self.network in _TRANSFORMERS else 2e-3,
            "warmup": 200,
            "precision": self.precision,
            "threads": self.threads,
        }
        loop |= {"unknown": 0.0} if self.network == "decoder_only" else {}
        sections: dict[str, Any] = {"name": f"{self.task}/own", "pieces": _PIECES[self.task][self.size]}
        sections |= {"data": self._data(), "model": model, "loop": loop}
        for name, settings in (self.chosen or {}).items():
            sections[name] = {**sections.get(name, {}), **settings} if isinstance(settings, Mapping) else settings
        return sections

    def _data(self) -> dict[str, Any]:
        if self.task == "classification":
            return {"documents": [self.corpus]}
        if self.task == "language":
            return {"texts": [self.corpus]}
        if self.task == "couplet":
            return {"couplets": [self.corpus]}
        if self.task == "conversation":
            return {"dialogues": [self.corpus], "language": self.source, "max_pieces": 30}
        return {"corpora": [self.corpus], "source": self.source, "target": self.target}


def own_corpora(task: str, corpora: Iterable[OwnCorpus]) -> list[OwnCorpus]:
    """Those among corpora that people brought from which a task can be learnt."""
    return [corpus for corpus in corpora if _fits(task, corpus)]


def _fits(task: str, corpus: OwnCorpus) -> bool:
    if corpus.kind == "texts":
        return task == "language" or (task == "classification" and len(corpus.labels) > 1)
    source, target = corpus.languages
    if task == "couplet":
        return source == target == "zh"
    return task == ("conversation" if source == target else "translation")


def corpora(task: str) -> list[str]:
    """The corpora we know that a task can be learnt from."""
    if task in ("classification", "language"):
        return list(REVIEWS)
    if task == "couplet":
        return ["couplets"]
    dialogues = [corpus for corpus in CORPORA.values() if corpus.utterances]
    if task == "conversation":
        return [corpus.name for corpus in dialogues]
    return [c.name for c in CORPORA.values() if c.languages[0] != c.languages[1]]


def languages(corpus: str) -> tuple[str, str]:
    """Between which languages pairs of a corpus go; twice the same one for texts. Raises Refused for an own corpus that
    is not there."""
    if stored.is_own(corpus):
        return stored.find(corpus).languages
    return CORPORA[corpus].languages if corpus in CORPORA else (REVIEWS[corpus].language,) * 2


def threads() -> int:
    """How many cores a training may have: all but one, which is for whoever visits."""
    return max(1, (os.cpu_count() or 2) - 1)


@dataclass(frozen=True)
class Setting:
    """One word of a section: the type of its value, what it is now, and the range of a number, where it has one."""

    section: str
    name: str
    hint: Any
    value: Any
    range: tuple[float, float, bool] | None = None


def settings(config: TrainConfig) -> list[Setting]:
    """All that can be set in the sections `model` and `loop`, found in their types, as `config` has them."""
    kind, _ = kind_of(config)
    hints = get_type_hints(kind)
    model = [
        Setting("model", field.name, hints[field.name], config.model.get(field.name, field.default))
        for field in fields(kind)
        if field.name not in NOT_CHOSEN
    ]
    hints = get_type_hints(LoopConfig)
    loop = [
        Setting("loop", f.name, hints[f.name], getattr(config.loop, f.name), f.metadata.get("range"))
        for f in fields(LoopConfig)
    ]
    return [*model, *loop]
