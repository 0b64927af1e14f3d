"""A model by its name, ready to be asked.

torch takes seconds to import, which whoever only names models should not wait for: it comes with the first load.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.errors import Refused
from engine.models.transformer.locks import one_at_a_time
from engine.store import replying
from engine.store.catalogue import ForeignModel, ModelInfo, find, foreign_folder, foreign_name, transformer_folder
from engine.store.kinds import OURS
from engine.store.names import shown

if TYPE_CHECKING:
    from engine.inference.classifier import Classifier
    from engine.inference.conversation import Responder
    from engine.inference.couplets import CoupletWriter
    from engine.inference.language_model import LanguageModel
    from engine.inference.transformer import Transformer
    from engine.inference.translator import Translator

Watch = Callable[[int, int], None]


def model(name: str, device: str = "auto", *, folders: bool = False) -> Translator | Classifier | LanguageModel:
    """The model of that name, ready to read; `device` is auto, cpu or cuda. Raises `Refused` as `find` does."""
    info = find(name, folders=folders)
    if info.task not in OPEN:
        raise Refused("{name} is of the task {task}, which is none of ours.", name=shown(name), task=shown(info.task))
    return cast("Translator | Classifier | LanguageModel", OPEN[info.task](info, device))


def translator(name: str, device: str = "auto", *, folders: bool = False) -> Translator:
    """As `model`. Raises `Refused` too for a model that does not translate."""
    info = find(name, folders=folders)
    if info.task != "translation":
        raise Refused("{name} does not translate; its task is {task}.", name=shown(name), task=shown(info.task))
    return _translator(info, device)


def couplet_writer(name: str, device: str = "auto", *, folders: bool = False) -> CoupletWriter:
    """As `model`. Raises `Refused` too for a model that does not write couplets."""
    info = find(name, folders=folders)
    if info.task != "couplet":
        raise Refused("{name} does not write couplets; its task is {task}.", name=shown(name), task=shown(info.task))
    return _couplet_writer(info, device)


def responder(name: str, device: str = "auto", *, folders: bool = False) -> Responder:
    """As `model`. Raises `Refused` too for a model that does not reply, and for one that says what a reply answers."""
    info = find(name, folders=folders)
    if info.task != "conversation":
        raise Refused("{name} does not reply; its task is {task}.", name=shown(name), task=shown(info.task))
    if replying.backwards(info):
        raise Refused("{name} says what a reply answers: name a model that replies.", name=shown(name))
    return _responder(info, device)


def classifier(name: str, device: str = "auto", *, folders: bool = False) -> Classifier:
    """As `model`. Raises `Refused` too for a model that does not classify."""
    info = find(name, folders=folders)
    if info.task != "classification":
        raise Refused("{name} does not classify; its task is {task}.", name=shown(name), task=shown(info.task))
    return _classifier(info, device)


def language_model(name: str, device: str = "auto", *, folders: bool = False) -> LanguageModel:
    """As `model`. Raises `Refused` too for a model that does not continue text."""
    info = find(name, folders=folders)
    if info.task != "language":
        raise Refused("{name} does not continue text; its task is {task}.", name=shown(name), task=shown(info.task))
    return _language_model(info, device)


def _stored(info: ModelInfo, device: str) -> tuple[Any, Any, dict[str, Any]]:
    """Network, tokenizer and configuration, as `load_model` gives them."""
    from engine.devices import choose
    from engine.store.stored import load_model

    return load_model(info.folder, choose(device))


def _translator(info: ModelInfo, device: str) -> Translator:
    network, words, _ = _stored(info, device)
    from engine.inference.translator import Translator

    return Translator(info, network, words)


def _couplet_writer(info: ModelInfo, device: str) -> CoupletWriter:
    network, words, _ = _stored(info, device)
    from engine.inference.couplets import CoupletWriter

    return CoupletWriter(info, network, words)


def _responder(info: ModelInfo, device: str) -> Responder:
    network, words, _ = _stored(info, device)
    from engine.inference.conversation import Responder

    # A model of the way back is weighed by none itself, whatever it names, or two would wait for each other.
    weighed = replying.reverse(info) and not replying.backwards(info)
    return Responder(info, network, words, partial(_way_back, info, device) if weighed else None)


def _way_back(info: ModelInfo, device: str) -> Responder:
    """The model by which replies are weighed. Raises `Refused` where another is named, or one that is not there."""
    named = replying.reverse(info)
    reason = Refused(
        "{name} names {other} to weigh its replies by, and there is no such model of the way back in its language: "
        "reply without MMI, or name another as reverse in its config.json.",
        name=shown(info.name),
        other=shown(named),
    )
    try:
        back = find(named)
    except Refused:
        raise reason from None
    if back.task != "conversation" or not replying.backwards(back) or back.source_language != info.source_language:
        raise reason
    return _responder(back, device)


def _classifier(info: ModelInfo, device: str) -> Classifier:
    network, words, described = _stored(info, device)
    labels = _labels(info, described)
    if str(described["model_type"]).startswith(OURS):
        from engine.inference.classifier import Classifier

        return Classifier(info, network, words, labels)
    with one_at_a_time:
        from engine.inference.encoder_classifier import EncoderClassifier
    return EncoderClassifier(info, network, words, labels)


def _language_model(info: ModelInfo, device: str) -> LanguageModel:
    with one_at_a_time:
        from engine.inference.language_model import LanguageModel
    network, words, _ = _stored(info, device)
    return LanguageModel(info, network, words)


OPEN: dict[str, Callable[[ModelInfo, str], Any]] = {
    "translation": _translator,
    "couplet": _couplet_writer,
    "conversation": _responder,
    "classification": _classifier,
    "language": _language_model,
}
"""How a model of each task is opened, from what is known of it and a device."""


def transformer(name: str, device: str = "auto", *, folders: bool = False, watch: Watch | None = None) -> Transformer:
    """The Transformer of that name, every head of it open to view: one of ours, `hf:organisation/name` of the hub,
    `folder:NAME` below `ALIGNSCOPE_MODELS`, or a path where `folders` allows it. `watch` is told of a download.

    Raises `Refused` as `find` does, for a model without such attention, and for whatever is not safe to open.
    """
    from engine.devices import choose

    with one_at_a_time:
        from engine.inference.transformer import Transformer
        from engine.store import hub, hugging_face, hugging_face_weights
    chosen = choose(device)
    guest = foreign_name(name, folders=folders)
    if guest == "hub":
        folder = hub.folder(name, chosen, watch)
    elif guest == "folder":
        folder = transformer_folder(Path(name))
    elif guest == "guest":
        folder = foreign_folder(name)
    else:
        info = find(name, folders=folders)
        if not info.heads:
            raise Refused(
                "{name} has one attention and not layers of heads: look at it on its own page.", name=shown(name)
            )
        return Transformer(info, *hugging_face.load(shown(name), info.folder, chosen))
    known = ForeignModel(name, hugging_face_weights.digest(folder))
    return Transformer(known, *hugging_face.load(shown(name), folder, chosen))


def _labels(info: ModelInfo, described: dict[str, Any]) -> list[str]:
    ours = described["model_type"].startswith(OURS)
    labels = described.get("labels")
    count = described["model"].get("labels") if ours else len(described.get("id2label", ()))
    if not isinstance(labels, list) or len(labels) != count or not all(isinstance(label, str) for label in labels):
        raise Refused(
            "The configuration of {name} does not name its labels, of which it has {count}.",
            name=info.name,
            count=count,
        )
    return [shown(label) for label in labels]
