"""The models that there are: what lies in `pretrained/`, finished runs, and folders of one's own.

Listing them reads JSON alone, and imports no torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import Refused
from engine.store import names
from engine.store.files import CONFIG, METRICS, TRAINING, WEIGHTS, all_inside, inside, read_json
from engine.store.kinds import OURS, SEEING
from engine.store.named_readings import NamedReading, named_readings
from engine.store.names import shown
from engine.traces import LATEST

WHOLE = (CONFIG, WEIGHTS, "tokenizer.json")
"""What a folder must hold to be a model."""
INNER = "0_Transformer"
RECURRENT, WITH_ATTENTION = "alignscope-seq2seq", "decoder4"
"""The kind of our recurrent translators, and the design that one of them has unless it says otherwise."""
MIXING = "exact"
"""The selection that sums up no values but mixes what would follow from each."""


@dataclass(frozen=True)
class ModelInfo:
    """A model that can be loaded. `metrics` is what was measured of it, `training` how it was made, where known."""

    name: str
    task: str
    source_language: str | None
    target_language: str | None
    folder: Path
    config: dict[str, Any]
    metrics: dict[str, Any] | None
    training: dict[str, Any] | None

    @property
    def score(self) -> str:
        """The name of its scoring function; empty for a model that has none of ours."""
        return self._choice("score") if self.attends else ""

    @property
    def design(self) -> str:
        """Which of the decoders that are taught a recurrent translator has; empty for another model."""
        recurrent = self.config.get("model_type") == RECURRENT
        return self._choice("design") or WITH_ATTENTION if recurrent else ""

    @property
    def direction(self) -> str:
        """Whether a recurrent translator's encoder reads "both" ways or "forward" alone."""
        return self._choice("direction") or "both"

    @property
    def source_order(self) -> str:
        """In what order a recurrent translator's encoder reads the words."""
        return self._choice("source_order") or "as_is"

    @property
    def attends(self) -> bool:
        """False of a translator that knows its source by one vector alone."""
        return self.design in ("", WITH_ATTENTION)

    @property
    def imposable(self) -> bool:
        """Whether its attention can be changed on purpose: that of a recurrent translator which sums up what it looked
        at."""
        return self.design == WITH_ATTENTION and self.form[2] != MIXING

    def _choice(self, name: str) -> str:
        choices = self.config.get("model")
        return str(choices.get(name, "")) if isinstance(choices, dict) else ""

    @property
    def form(self) -> tuple[str, str, str]:
        """By which scoring function, window and selection a translator attends; those that old models do not name are
        the first of their kind."""
        return self.score, self._choice("window") or "global", self._choice("selection") or "soft"

    @property
    def null_key(self) -> bool:
        """Whether a word may look nowhere."""
        return self._choice("null_key") == str(True)

    @property
    def window_width(self) -> int:
        """How far its window reaches to either side, in pieces; 0 where it names no width."""
        width = self._choice("window_width")
        return int(width) if width.isdecimal() and len(width) < 5 else 0

    @property
    def placement(self) -> str:
        """Where a recurrent translator attends, one of `PLACEMENTS`; empty for another model, and without attention."""
        if not (self.design and self.score):
            return ""
        after = self._choice("placement") == "after"
        return ("fed" if self._choice("feeding") == str(True) else "after") if after else "before"

    @property
    def updates(self) -> int:
        """How many updates it was trained for; 0 where nobody knows."""
        updates = (self.training or {}).get("updates")
        return updates if type(updates) is int and updates > 0 else 0

    @property
    def supervised(self) -> bool:
        """Whether its attention was pulled towards given links while it learnt."""
        return isinstance((self.training or {}).get("supervised"), dict)

    @property
    def plain(self) -> bool:
        """Whether it attends as papers do where they say nothing else: over an encoder of both directions, to all
        words, each with its share, and nobody told it where to look."""
        usual = (*self.form[1:], self.direction, self.null_key) == ("global", "soft", "both", False)
        return usual and not self.supervised

    @property
    def heads(self) -> bool:
        """Whether it is a Transformer, in the layout of the library of that name."""
        return not str(self.config.get("model_type", "")).startswith(OURS)

    @property
    def cross_heads(self) -> tuple[int, int]:
        """Layers of a translator's decoder and heads of each, as its config.json has them; (1, 1) where it has none."""
        numbers = [self.config.get(name) for name in ("decoder_layers", "decoder_attention_heads")]
        layers, heads = (value if type(value) is int and value > 0 else 1 for value in numbers)
        return layers, heads

    @property
    def later(self) -> int:
        """How many steps after a word was written its attention is to be read, as the model was trained; mostly 0."""
        later = self.config.get("read_later")
        return later if type(later) is int and 0 <= later <= LATEST else 0

    @property
    def consensus(self) -> tuple[NamedReading, ...]:
        """What is read of which models of its two languages, in either direction, where they are asked together how the
        words of a pair align; empty where its config.json names none, or what cannot be read."""
        return named_readings(self.config.get("consensus"))

    @property
    def weights_sha256(self) -> str:
        return str(self.config.get("weights_sha256", ""))


@dataclass(frozen=True)
class ForeignModel:
    """A model that others made."""

    name: str
    weights_sha256: str = ""


def models() -> list[ModelInfo]:
    """All models that a name finds, pretrained ones first. A folder that holds no whole model is left out."""
    known = [f"{path.parent.name}/{path.name}" for path in sorted(names.PRETRAINED.glob("*/*"))]
    known += [f"run:{path.name}" for path in sorted(names.runs_folder().glob("*"))]
    infos = []
    for name in known:
        try:
            infos.append(find(name))
        except Refused:
            continue
    return infos


def find(name: str, *, folders: bool = False) -> ModelInfo:
    """The model of that name; a path that begins with /, ./ or ../ only where `folders` allows it.

    Raises `Refused` for anything else, before a file is looked at, and where no whole model lies there.
    """
    if _by_others(name, folders):
        raise Refused(
            "{name} is a model that others made. Its attention is shown by `trace` and on the page Self-attention; "
            "here only models that `models` lists can be used.",
            name=shown(name),
        )
    root, folder = names.place(name, folders)
    complete = all(inside(folder / file, root) for file in WHOLE)
    if not complete or (folder != root and not all_inside(folder, root)):
        raise Refused("There is no model {name}; `models` lists those that there are.", name=shown(name))
    config = _json(folder, CONFIG, root)
    if config is None or not all(isinstance(config.get(key), str) for key in ("model_type", "task")):
        raise Refused("{name} holds no model: its config.json names no model_type and task.", name=shown(name))
    languages = [config.get(key) for key in ("source_language", "target_language")]
    source, target = (value if isinstance(value, str) else None for value in languages)
    metrics, training = (_json(folder, file, root) for file in (METRICS, TRAINING))
    return ModelInfo(name, config["task"], source, target, folder, config, metrics, training)


def foreign_name(name: str, *, folders: bool = False) -> Literal["hub", "guest", "folder"] | None:
    """By which way a model that others made comes in; None for one of ours."""
    if name.startswith("hf:"):
        return "hub"
    if name.startswith("folder:"):
        return "guest"
    return "folder" if folders and name.startswith(names.FOLDER) and not _ours(Path(name)) else None


def _by_others(name: str, folders: bool) -> bool:
    """Whether it names a model that others made, which is there as far as that is seen from here."""
    way = foreign_name(name, folders=folders)
    if way != "folder":
        return way is not None
    folder = transformer_folder(Path(name))
    described = _json(folder, CONFIG, folder)
    return described is not None and isinstance(described.get("model_type"), str)


def foreign_folder(name: str) -> Path:
    match, root = names.FOREIGN_NAME.fullmatch(name), names.foreign_models_folder()
    folder = None if match is None or root is None else transformer_folder(root / match[1], root)
    if folder is None or root is None or not _is_foreign(folder, root):
        raise Refused("There is no model {name} in the folder of models.", name=shown(name))
    return folder


def transformer_folder(folder: Path, root: Path | None = None) -> Path:
    """Where in a model's folder the Transformer lies: of those that sentence-transformers stored before its version 3
    in one of its own. Nothing outside of `root` is looked at."""
    root = folder if root is None else root
    described, inner = _json(folder, CONFIG, root), folder / INNER
    return inner if "model_type" not in (described or {}) and inside(inner / CONFIG, root) else folder


def foreign_sees(name: str) -> bool:
    """Whether `folder:NAME` says that it is of a kind that reads pictures; false where nothing can be read."""
    try:
        folder = foreign_folder(name)
    except Refused:
        return False
    described = _json(folder, CONFIG, folder)
    return described is not None and described.get("model_type") in SEEING


def foreign_models() -> list[str]:
    """`folder:NAME` of every model that lies below `ALIGNSCOPE_MODELS`, no part of it a link that leads out."""
    root = names.foreign_models_folder()
    folders = [] if root is None else sorted(root.glob("*"))
    known = [path.name for path in folders if root is not None and _is_foreign(transformer_folder(path, root), root)]
    return [name for name in map("folder:{}".format, known) if names.FOREIGN_NAME.fullmatch(name)]


def _ours(folder: Path) -> bool:
    config = _json(folder, CONFIG, folder)
    return config is not None and isinstance(config.get("task"), str)


def reverse(info: ModelInfo, known: Iterable[ModelInfo]) -> ModelInfo | None:
    """A model of the other direction that has attention, told where to look if this one was, with the same mechanism or
    else the same scoring function where there is one, of several the one trained longest, runs of one's own last; None
    without any."""
    if info.source_language is None or info.target_language is None:
        return None
    back = (info.target_language, info.source_language)
    turned = [m for m in known if m.attends and (m.source_language, m.target_language) == back]

    def unlike(model: ModelInfo) -> tuple[object, ...]:
        mechanism = (model.form != info.form, model.score != info.score, not model.plain)
        return (model.supervised != info.supervised, *mechanism, model.name.startswith("run:"), -model.updates)

    return min(turned, key=unlike, default=None)


def _is_foreign(folder: Path, root: Path) -> bool:
    return inside(folder / CONFIG, root) and all_inside(folder, root)


def _json(folder: Path, file: str, root: Path) -> dict[str, Any] | None:
    """What a JSON file of a model holds, None where it lies outside of `root` or is no such file."""
    try:
        return read_json(folder / file) if inside(folder / file, root) else None
    except Refused:
        return None
