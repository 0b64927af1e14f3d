"""Models that can be used: what lies in `pretrained/`, finished runs, and folders of one's own.

Listing them reads JSON alone; torch is imported once a model is loaded.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from engine.errors import Refused
from engine.importing import one_at_a_time
from engine.within import all_inside, inside

if TYPE_CHECKING:
    from engine.classifier import Classifier
    from engine.language import LanguageModel
    from engine.transformer import Transformer
    from engine.translator import Translator

Watch = Callable[[int, int], None]

PRETRAINED = Path(__file__).parent.parent / "pretrained"
CONFIG, METRICS, TRAINING = "config.json", "metrics.json", "training.json"
WHOLE = (CONFIG, "model.safetensors", "tokenizer.json")
"""What a folder must hold to be a model."""
OURS = "alignscope-"
"""How the model types begin that the transformers library does not know."""
MAX_JSON = 4_000_000

_PRETRAINED_NAME = re.compile(r"([a-z]{1,32})/([A-Za-z0-9][A-Za-z0-9_-]{0,63})", re.ASCII)
_RUN_NAME = re.compile(r"run:([A-Za-z0-9][A-Za-z0-9_-]{0,63})", re.ASCII)
_GUEST_NAME = re.compile(r"folder:([A-Za-z0-9][A-Za-z0-9._-]{0,63})", re.ASCII)
_FOLDER = ("/", "./", "../")


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
        choices = self.config.get("model")
        return str(choices.get("score", "")) if isinstance(choices, dict) else ""

    @property
    def heads(self) -> bool:
        """Whether it is a Transformer, in the layout of the library of that name."""
        return not str(self.config.get("model_type", "")).startswith("alignscope-")

    @property
    def cross_heads(self) -> tuple[int, int]:
        """Layers of a translator's decoder and heads of each, as its config.json has them; (1, 1) where it has none."""
        found = [self.config.get(name) for name in ("decoder_layers", "decoder_attention_heads")]
        layers, heads = (value if type(value) is int and value > 0 else 1 for value in found)
        return layers, heads

    @property
    def weights_sha256(self) -> str:
        return str(self.config.get("weights_sha256", ""))


@dataclass(frozen=True)
class Guest:
    """A model that others made."""

    name: str
    weights_sha256: str = ""


def runs_folder() -> Path:
    """Where runs lie: `ALIGNSCOPE_RUNS`, or `runs` in the folder one stands in."""
    return Path(os.environ.get("ALIGNSCOPE_RUNS") or "runs")


def models() -> list[ModelInfo]:
    """All models that a name finds, pretrained ones first. A folder that holds no whole model is left out."""
    names = [f"{path.parent.name}/{path.name}" for path in sorted(PRETRAINED.glob("*/*"))]
    names += [f"run:{path.name}" for path in sorted(runs_folder().glob("*"))]
    found = []
    for name in names:
        try:
            found.append(find(name))
        except Refused:
            continue
    return found


def find(name: str, *, folders: bool = False) -> ModelInfo:
    """The model of that name; a path that begins with /, ./ or ../ only where `folders` allows it.

    Raises `Refused` for anything else, before a file is looked at, and where no whole model lies there.
    """
    root, folder = _place(name, folders)
    whole = all(inside(folder / file, root) for file in WHOLE)
    if not whole or (folder != root and not all_inside(folder, root)):
        raise Refused("There is no model {name}; `models` lists those that there are.", name=shown(name))
    config = _json(folder, CONFIG, root)
    if config is None or not all(isinstance(config.get(key), str) for key in ("model_type", "task")):
        raise Refused("{name} holds no model: its config.json names no model_type and task.", name=shown(name))
    languages = [config.get(key) for key in ("source_language", "target_language")]
    source, target = (value if isinstance(value, str) else None for value in languages)
    metrics, training = (_json(folder, file, root) for file in (METRICS, TRAINING))
    return ModelInfo(name, config["task"], source, target, folder, config, metrics, training)


def load(name: str, device: str = "auto", *, folders: bool = False) -> Translator | Classifier:
    """The model of that name, ready to read; `device` is auto, cpu or cuda. Raises `Refused` as `find` does."""
    info = find(name, folders=folders)
    if info.task not in ("translation", "classification"):
        raise Refused("{name} is of the task {task}, which is none of ours.", name=shown(name), task=shown(info.task))
    # torch takes seconds to import, which whoever only lists models should not wait for.
    from engine.devices import choose
    from engine.storage import load_model

    model, words, described = load_model(info.folder, choose(device))
    if info.task == "translation":
        from engine.translator import Translator

        return Translator(info, model, words)
    if str(described["model_type"]).startswith(OURS):
        from engine.classifier import Classifier

        return Classifier(info, model, words, _labels(info, described))
    with one_at_a_time:
        from engine.encoder_classifier import EncoderClassifier

    return EncoderClassifier(info, cast("Any", model), cast("Any", words), _labels(info, described))


def translator(name: str, device: str = "auto", *, folders: bool = False) -> Translator:
    """As `load`. Raises `Refused` too for a model that does not translate."""
    info = find(name, folders=folders)
    if info.task != "translation":
        raise Refused("{name} does not translate; its task is {task}.", name=shown(name), task=shown(info.task))
    return cast("Translator", load(name, device, folders=folders))


def classifier(name: str, device: str = "auto", *, folders: bool = False) -> Classifier:
    """As `load`. Raises `Refused` too for a model that does not classify."""
    info = find(name, folders=folders)
    if info.task != "classification":
        raise Refused("{name} does not classify; its task is {task}.", name=shown(name), task=shown(info.task))
    return cast("Classifier", load(name, device, folders=folders))


def language_model(name: str, device: str = "auto", *, folders: bool = False) -> LanguageModel:
    """As `load`. Raises `Refused` too for a model that does not continue text."""
    info = find(name, folders=folders)
    if info.task != "language":
        raise Refused("{name} does not continue text; its task is {task}.", name=shown(name), task=shown(info.task))
    from engine.devices import choose
    from engine.storage import load_model

    with one_at_a_time:
        from engine.language import LanguageModel
    network, words, _ = load_model(info.folder, choose(device))
    return LanguageModel(info, cast("Any", network), cast("Any", words))


def transformer(name: str, device: str = "auto", *, folders: bool = False, watch: Watch | None = None) -> Transformer:
    """The Transformer of that name, every head of it open to view: one of ours, `hf:organisation/name` of the hub,
    `folder:NAME` below `ALIGNSCOPE_MODELS`, or a path where `folders` allows it. `watch` is told of a download.

    Raises `Refused` as `find` does, for a model without such attention, and for whatever is not safe to open.
    """
    from engine.devices import choose

    with one_at_a_time:
        from engine import foreign, hub
        from engine.transformer import Transformer
    chosen = choose(device)
    guest = foreign_name(name, folders=folders)
    if guest == "hub":
        folder = hub.folder(name, chosen, watch)
    elif guest == "folder":
        folder = Path(name)
    elif guest == "guest":
        folder = _guest(name)
    else:
        info = find(name, folders=folders)
        if not info.heads:
            raise Refused(
                "{name} has one attention and not layers of heads: look at it on its own page.", name=shown(name)
            )
        return Transformer(info, *foreign.load(shown(name), info.folder, chosen))
    known = Guest(name, foreign.digest(folder))
    return Transformer(known, *foreign.load(shown(name), folder, chosen))


def foreign_name(name: str, *, folders: bool = False) -> Literal["hub", "guest", "folder"] | None:
    """By which way a model that others made comes in; None for one of ours."""
    if name.startswith("hf:"):
        return "hub"
    if name.startswith("folder:"):
        return "guest"
    return "folder" if folders and name.startswith(_FOLDER) and not _ours(Path(name)) else None


def _guest(name: str) -> Path:
    found, root = _GUEST_NAME.fullmatch(name), guests_folder()
    if found is None or root is None or not _is_guest(root / found[1], root):
        raise Refused("There is no model {name} in the folder of models.", name=shown(name))
    return root / found[1]


def guests() -> list[str]:
    """`folder:NAME` of every model that lies below `ALIGNSCOPE_MODELS`, no part of it a link that leads out."""
    root = guests_folder()
    found = [] if root is None else sorted(path.name for path in root.glob("*") if _is_guest(path, root))
    return [name for name in map("folder:{}".format, found) if _GUEST_NAME.fullmatch(name)]


def guests_folder() -> Path | None:
    """Where models that others made may lie, None where nobody named such a folder."""
    named = os.environ.get("ALIGNSCOPE_MODELS")
    return Path(named) if named else None


def _ours(folder: Path) -> bool:
    found = _json(folder, CONFIG, folder)
    return found is not None and isinstance(found.get("task"), str)


def _labels(info: ModelInfo, described: dict[str, Any]) -> list[str]:
    ours = described["model_type"].startswith(OURS)
    labels = described.get("labels")
    count = described["model"].get("labels") if ours else len(described.get("id2label", ()))
    if not isinstance(labels, list) or len(labels) != count or not all(isinstance(one, str) for one in labels):
        raise Refused("The configuration of {name} does not name its {count} labels.", name=info.name, count=count)
    return [shown(one) for one in labels]


def reverse(info: ModelInfo, known: Iterable[ModelInfo]) -> ModelInfo | None:
    """A model of the other direction, with the same scoring function where there is one; None without any."""
    if info.source_language is None or info.target_language is None:
        return None
    back = (info.target_language, info.source_language)
    turned = [one for one in known if (one.source_language, one.target_language) == back]
    same = [one for one in turned if one.score == info.score]
    return next(iter(same or turned), None)


def shown(name: str) -> str:
    """A name as a message may repeat it: short, and nothing in it that a terminal acts on."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:81])
    return plain if len(plain) <= 80 else plain[:79] + "…"


def _place(name: str, folders: bool) -> tuple[Path, Path]:
    """The folder that a name stands for, and the one that it must not leave."""
    if found := _PRETRAINED_NAME.fullmatch(name):
        return PRETRAINED, PRETRAINED / found[1] / found[2]
    if found := _RUN_NAME.fullmatch(name):
        return runs_folder(), runs_folder() / found[1]
    if folders and name.startswith(_FOLDER):
        return Path(name), Path(name)
    raise Refused(
        "{name} is no model name; use one that `models` lists, such as translation/en-fr-additive, a run as "
        "run:NAME, or a folder that begins with /, ./ or ../ (letters, digits, - and _).",
        name=shown(name),
    )


def _is_guest(folder: Path, root: Path) -> bool:
    return inside(folder / CONFIG, root) and all_inside(folder, root)


def _json(folder: Path, file: str, root: Path) -> dict[str, Any] | None:
    path = folder / file
    if not inside(path, root):
        return None
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_JSON + 1)
        found = json.loads(content) if len(content) <= MAX_JSON else None
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
