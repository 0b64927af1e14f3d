"""What a model is: facts for its card, and its settings one by one, as its files have them.

Files of a model may be anybody's: what is no short text and no number is not shown.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.data.registry import CORPORA, REVIEWS
from engine.errors import Refused
from engine.evaluation.cards.parts import NON_COMMERCIAL, UNSTATED
from engine.store import pack
from engine.store.catalogue import ModelInfo, foreign_folder
from engine.store.files import CONFIG, METRICS, read_bytes, read_json
from webapp.i18n import N_, counted, t
from webapp.shell import names
from webapp.views.models.listed import TASKS, Listed, languages
from webapp.views.shared.stored_figures import stored

LONGEST = 120
"""Characters of a value that are shown."""
MAX_RECIPE = 100_000
MEGABYTE = 10**6
_NO_SETTING = ("name", "weights_sha256", "consensus", "corpora_sha256", "dtype", "transformers_version")
"""What tells any two models apart, or none."""
_SIZES = (
    *("d_model", "hidden_size", "n_embd", "encoder_layers", "decoder_layers", "num_hidden_layers", "n_layer"),
    *("encoder_attention_heads", "decoder_attention_heads", "num_attention_heads", "n_head"),
    *("encoder_ffn_dim", "intermediate_size", "n_positions", "vocab_size"),
)
"""What the configurations of the transformers library call sizes."""
_PRECISION = {"no": "float32", "bf16": "bfloat16"}
"""What a training file calls the numbers that are computed with, and what they are."""
_STORED = {
    "alignscope-": N_("int8 with a scale for each row"),
    "": N_("float16, as the transformers library loads it"),
}


def facts(model: Listed) -> dict[str, str]:
    """Label → value of all that is known of a model, in the visitor's language."""
    if model.info is None:
        return dict(_guest(model.name))
    info = model.info
    facts = {
        t("Kind"): t(TASKS.get(info.task, "")) if info.task in TASKS else short(info.task),
        t("Languages"): languages(model.pair),
        t("Mechanism"): names.mechanism(info) if info.design else "",
        t("Sizes"): sizes(info),
        t("Parameters"): parameters(info),
        t("Stored as"): t(_STORED["" if info.heads else "alignscope-"]),
        t("Size on disk"): megabytes(pack.size(info.folder)),
        t("Licence of the weights"): licence(info),
        t("Learnt from"): ", ".join(corpora(info)),
    }
    return {label: value for label, value in (facts | _training(info)).items() if value}


def _guest(name: str) -> Iterator[tuple[str, str]]:
    """What the config.json of a model that others made says of its make."""
    try:
        folder = foreign_folder(name)
        described = read_json(folder / CONFIG)
    except Refused:
        return
    yield t("Kind"), t(TASKS["others"])
    for label, field in ((t("Architecture"), "model_type"), (t("Vocabulary"), "vocab_size")):
        if field in described:
            yield label, short(described[field])
    held = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    yield t("Size on disk"), megabytes(held)


def _training(info: ModelInfo) -> dict[str, str]:
    """How it was trained, as training.json has it."""
    training = info.training or {}
    seconds, seed = stored(training, "seconds"), stored(training, "seed")
    validation = stored(training, "validation_nats_per_piece")
    return {
        t("Trained for"): names.updates(info.updates),
        t("Training time"): "" if seconds is None else _minutes(seconds),
        t("Trained on"): short(training.get("device", "")).upper(),
        t("Precision"): _PRECISION.get(written := short(training.get("precision", "")), written),
        t("Seed"): "" if seed is None else f"{seed:.0f}",
        t("Loss on development text"): "" if validation is None else f"{validation:.3f}",
    }


def _minutes(seconds: float) -> str:
    """How long something took."""
    minutes = max(1, round(seconds / 60))
    return counted("{count:,} minute", "{count:,} minutes", minutes).format(count=minutes)


def parameters(info: ModelInfo) -> str:
    """How many numbers it learnt; empty where its training.json does not say."""
    count = stored(info.training, "parameters")
    return "" if count is None else f"{count:,.0f}"


def sizes(info: ModelInfo) -> str:
    """How wide and deep it is, each number by its name in config.json."""
    model = info.config.get("model")
    fields = model if isinstance(model, dict) else {name: info.config.get(name) for name in _SIZES}
    unused = ("window_width",) if info.form[1] == "global" else ()
    shown = {name: value for name, value in fields.items() if type(value) is int and name not in unused}
    return ", ".join(f"{short(name)} {value}" for name, value in shown.items())


def megabytes(size: int) -> str:
    """A number of bytes."""
    return t("{size:,.1f} MB").format(size=size / MEGABYTE)


def corpora(info: ModelInfo) -> list[str]:
    """The names of what a model learnt from."""
    listed = info.config.get("corpora")
    return [short(name) for name in listed[:9]] if isinstance(listed, list) else []


def licence(info: ModelInfo) -> str:
    """The strictest terms among the corpora that a model learnt from."""
    licences = [corpus.licence for name in corpora(info) if (corpus := CORPORA.get(name) or REVIEWS.get(name))]
    if any(terms.startswith(UNSTATED) for terms in licences):
        return t("no terms are stated for the texts that it learnt from")
    strict = [terms for terms in licences if NON_COMMERCIAL in terms]
    return (strict or licences or [t("the terms of your own data")])[0]


def recipe(info: ModelInfo) -> str:
    """The file that trains it; empty where its folder has none that can be read."""
    try:
        path = pack.files(info.folder).get(pack.RECIPE, info.folder)
        return read_bytes(path, MAX_RECIPE).decode("utf-8")
    except (Refused, UnicodeDecodeError):
        return ""


def card(info: ModelInfo) -> str:
    """Its card as the engine wrote it; empty where its folder has none that can be read."""
    try:
        return read_bytes(_inside(info.folder, pack.CARD), MAX_RECIPE).decode("utf-8")
    except (Refused, UnicodeDecodeError):
        return ""


def _inside(folder: Path, name: str) -> Path:
    """The path of a file, or of one that is not there where a link takes its place."""
    return folder / ("" if (folder / name).is_symlink() else name)


def metrics(model: Listed) -> Mapping[str, Any] | None:
    """What was measured of a model; of one that was brought, what came with it."""
    if model.info is None or model.info.metrics is not None:
        return None if model.info is None else model.info.metrics
    try:
        return read_json(_inside(model.info.folder, pack.CLAIMED[METRICS]))
    except Refused:
        return None


def claimed(model: Listed) -> bool:
    """Whether its figures came with it, and were not measured here."""
    return model.info is not None and model.info.metrics is None and metrics(model) is not None


def settings(info: ModelInfo) -> dict[str, str]:
    """Every setting by its name: those of the file that trains the model, and those of its config.json."""
    try:
        written = tomllib.loads(recipe(info))
    except (ValueError, RecursionError):
        written = {}
    model = info.config.get("model")
    own = {"model": model if isinstance(model, dict) else {}}
    # Of the fields that the transformers library writes most are its own defaults.
    described = {} if written else {name: value for name, value in info.config.items() if name != "model"}
    return dict(_flat(own | described)) | dict(_flat(written))


def _flat(values: Mapping[str, Any], place: str = "", deep: int = 4) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if not place and name in _NO_SETTING:
            continue
        label = f"{place}{short(name)}"
        if isinstance(value, dict) and deep:
            yield from _flat(value, f"{label}.", deep - 1)
        else:
            yield label, short(value)


def short(value: object) -> str:
    """A value of a file as text of bounded length, in which nothing is out of the ordinary."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = "…"
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: LONGEST + 1])
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
