"""The section `data` of a config: what a model of each task learns from."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from engine.errors import Refused
from engine.text.couplet import MAX_LINE


def ranged(least: int | float, most: int | float, *, default: Any = dataclasses.MISSING, above: bool = False) -> Any:
    """A number from `least` to `most`, both allowed, or with `above` more than `least`; never one that is no number."""
    return field(default=default, metadata={"range": (least, most, above)})


def check_ranges(config: Any, section: str) -> None:
    """Raises Refused for a number out of the range that stands beside its field."""
    for setting in fields(config):
        if "range" in setting.metadata:
            (least, most, above), value = setting.metadata["range"], getattr(config, setting.name)
            inside = (least < value if above else least <= value) and value <= most and math.isfinite(value)
            if inside:
                continue
            bounds = {"name": f"{section}.{setting.name}".lstrip("."), "least": least, "most": most, "value": value}
            if above:
                raise Refused("{name} must be above {least} and at most {most}, got {value}", **bounds)
            raise Refused("{name} must be at least {least} and at most {most}, got {value}", **bounds)


@dataclass(frozen=True)
class PairsConfig:
    """Sentence pairs: names of corpora or paths. Pairs with a side of over `max_pieces` pieces are left out."""

    task: ClassVar[str] = "translation"
    counted: ClassVar[str] = "piece"
    """What the loss is a mean over."""

    corpora: tuple[str, ...]
    source: str
    target: str
    max_pieces: int = ranged(1, 10_000, default=60)

    @property
    def names(self) -> tuple[str, ...]:
        """What is learnt from."""
        return self.corpora


@dataclass(frozen=True)
class StreamedConfig:
    """Sentence pairs that are never whole in memory: folders, or files (`train-*.parquet`), that are read on and on.
    Pieces are learnt from about `sample` pairs; `buffer` pairs are shuffled together; a batch has at most about
    `batch_pieces` on each side, padding counted, whatever `loop.batch` says. `development` is a file or folder apart,
    of the same form. Pairs with a side of over `max_pieces` pieces are left out."""

    task: ClassVar[str] = "translation"
    counted: ClassVar[str] = "piece"

    streamed: tuple[str, ...]
    development: str
    source: str
    target: str
    max_pieces: int = ranged(1, 10_000, default=100)
    buffer: int = ranged(1, 10_000_000, default=200_000)
    sample: int = ranged(1, 10_000_000, default=1_000_000)
    batch_pieces: int = ranged(1, 10_000_000, default=25_000)

    @property
    def names(self) -> tuple[str, ...]:
        return self.streamed


@dataclass(frozen=True)
class CoupletsConfig:
    """First and second lines of couplets: names of corpora or paths. Longer ones than `max_pieces` characters with
    the end are left out."""

    task: ClassVar[str] = "couplet"
    counted: ClassVar[str] = "piece"
    source: ClassVar[str] = "zh"
    target: ClassVar[str] = "zh"

    couplets: tuple[str, ...]
    max_pieces: int = ranged(1, 10_000, default=MAX_LINE + 1)

    @property
    def names(self) -> tuple[str, ...]:
        return self.couplets


@dataclass(frozen=True)
class DialoguesConfig:
    """Utterances and the replies to them: names of corpora or paths. With `backwards` a model learns to say what a
    reply answers. Pairs with a side of over `max_pieces` pieces are left out."""

    task: ClassVar[str] = "conversation"
    counted: ClassVar[str] = "piece"

    dialogues: tuple[str, ...]
    language: str
    backwards: bool = False
    max_pieces: int = ranged(1, 10_000, default=60)

    @property
    def names(self) -> tuple[str, ...]:
        return self.dialogues

    @property
    def source(self) -> str:
        return self.language

    @property
    def target(self) -> str:
        return self.language


@dataclass(frozen=True)
class DocumentsConfig:
    """Labelled documents: names of corpora or paths of own tables. A model is measured on the first of them."""

    task: ClassVar[str] = "classification"
    counted: ClassVar[str] = "document"

    documents: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.documents


@dataclass(frozen=True)
class TextsConfig:
    """Documents whose labels do not count: a model that continues text learns from them."""

    task: ClassVar[str] = "language"
    counted: ClassVar[str] = "piece"

    texts: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.texts


Pairs = PairsConfig | CoupletsConfig | DialoguesConfig
Translated = PairsConfig | DialoguesConfig | StreamedConfig
"""Those that name their languages."""
Data = Pairs | StreamedConfig | DocumentsConfig | TextsConfig
NAMED_BY: dict[str, type[Data]] = {
    "couplets": CoupletsConfig,
    "dialogues": DialoguesConfig,
    "documents": DocumentsConfig,
    "streamed": StreamedConfig,
    "texts": TextsConfig,
}
"""Which section it is, by the word that names what is learnt from; pairs name `corpora`."""
