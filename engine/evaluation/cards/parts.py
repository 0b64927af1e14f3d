"""What the cards of all models have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.data.registry import CORPORA, REVIEWS
from engine.store.catalogue import ModelInfo

NAMES = {"en": "English", "fr": "French", "zh": "Chinese"}
REFERENCES = {"gold": "links drawn by people", "aligner": "links of a statistical aligner"}
"""What alignments are measured by."""
NON_COMMERCIAL, UNSTATED = "NC", "none stated"
"""What a licence has in it, or begins with."""


def weights_licence(names: list[str]) -> str:
    """The strictest terms among the corpora that a model learnt from."""
    licences = [corpus.licence for name in names if (corpus := CORPORA.get(name) or REVIEWS.get(name))]
    if any(licence.startswith(UNSTATED) for licence in licences):
        return "no terms are stated for the texts that they come from"
    strict = [licence for licence in licences if NON_COMMERCIAL in licence]
    return (strict or licences or ["the terms of your own data"])[0]


def language(code: str | None) -> str:
    return NAMES.get(code or "", code or "?")


def size(info: ModelInfo, training: Mapping[str, Any], stored: str = "int8 with a scale for each row") -> str:
    return (
        f"- {training['parameters'] / 1e6:.1f} million parameters, stored as {stored}\n"
        f"- Weights: {weights_licence(list(info.config.get('corpora', [])))}; code: Apache-2.0"
    )


def data(info: ModelInfo, training: Mapping[str, Any], counted: str) -> str:
    """`counted` says how much there was to learn from, and what was left out."""
    rows = ["## What it learnt from", ""]
    for name in info.config.get("corpora", []):
        corpus = CORPORA.get(name) or REVIEWS.get(name)
        if corpus is None:
            rows.append(f"- {name}")
            continue
        rows.append(f"- **{name}**, {corpus.home}: {corpus.licence}, {corpus.attribution}")
        rows += [f"  - sha256 of {file}: `{digest}`" for file, digest in training["corpora_sha256"][name].items()]
    return "\n".join([*rows, "", counted])


def _stored(training: Mapping[str, Any]) -> str:
    """Which weights of the training the model has; empty for those it ended with."""
    if averaged := training.get("averaged_validations"):
        return (
            f", stored as the mean of the weights at the last {averaged} validations, where development loss was least"
        )
    best = training.get("best_update", training["updates"])
    return "" if best == training["updates"] else f", stored as after update {best:,}, where development loss was least"


def minutes(seconds: float) -> str:
    """How long something took, in words."""
    count = max(1, round(seconds / 60))
    return f"{count} minute{'s' * (count != 1)}"


def making(info: ModelInfo, training: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in training["versions"].items())
    precision = "float32" if training["precision"] == "no" else training["precision"]
    return (
        "## How to make it again\n\n"
        f"    python -m engine train pretrained/{info.name}/train.toml\n"
        f"    python -m engine evaluate {info.name}\n\n"
        f"{training['updates']:,} updates in {minutes(training['seconds'])} on {training['threads']} "
        f"{training['device']} thread(s) ({precision}), seed {training['seed']}"
        f"{_stored(training)}; {versions}. The times are those of a machine that did other work too."
    )


def row(name: str, figure: Mapping[str, float], scale: int, digits: int) -> str:
    within = f"{scale * figure['low']:.{digits}f} to {scale * figure['high']:.{digits}f}" if "low" in figure else ""
    return f"| {name} | {scale * figure['value']:.{digits}f} | {within} |"
