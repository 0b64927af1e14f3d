"""Forms of attention that are compared with each other: what trains any of them in the same way as all others."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.attention.windows import WIDTH
from engine.store.catalogue import ModelInfo
from engine.training.config import LoopConfig, NarrowingConfig, TrainConfig
from engine.training.data_sections import PairsConfig

COMMENT = "One pass over the pairs, as all forms of attention that are compared with each other."
SIZES: dict[str, Any] = {
    "cell": "gru",
    "embedding": 256,
    "encoder": 192,
    "decoder": 384,
    "attention": 192,
    "dropout": 0.0,
}
NARROWING = NarrowingConfig(width=10, updates=1700)
"""Of windows that learn where to stand."""
LOOP = LoopConfig(updates=2800, batch=64, rate=2e-3, warmup=200, threads=1, validate_every=700)


class Form(NamedTuple):
    """One combination, its names those of the engine's tables; `placement` is one of `placements.PLACEMENTS`, and
    `width` how far a window reaches. `supervised` attention was told where to look."""

    score: str = "additive"
    window: str = "global"
    selection: str = "soft"
    placement: str = "fed"
    null_key: bool = False
    width: int = WIDTH
    supervised: bool = False

    @classmethod
    def of(cls, info: ModelInfo) -> Form:
        """That of a recurrent translator with attention."""
        score, window, selection = info.form
        width = WIDTH if window == "global" else info.window_width or WIDTH
        return cls(score, window, selection, info.placement, info.null_key, width, info.supervised)

    @property
    def name(self) -> str:
        """For files and folders: what is not as in the form that others are compared with."""
        unusual = [value for value, usual in zip(self[:4], USUAL[:4], strict=True) if value != usual]
        unusual += ["null-key"] if self.null_key else []
        unusual += ["supervised"] if self.supervised else []
        return "-".join(part.replace("_", "-") for part in unusual) or "after-feeding"


USUAL = Form()
"""The form that others are compared with."""


def training(form: Form) -> TrainConfig:
    """What trains a form on English–French sentences. Which of them go together `prepare.model_section.check` says."""
    choices: dict[str, Any] = {"score": form.score}
    if form.window != "global":
        choices |= {"window": form.window, "window_width": form.width}
    choices |= {"selection": form.selection} if form.selection != "soft" else {}
    choices |= {"null_key": True} if form.null_key else {}
    choices["placement"] = "before" if form.placement == "before" else "after"
    choices |= {"feeding": form.placement == "fed"} if form.placement != "before" else {}
    data = PairsConfig(("tatoeba/en-fr",), "en", "fr")
    narrowing = NARROWING if form.window == "local_p" else None
    model = {**choices, **SIZES}
    return TrainConfig(f"translation/en-fr-{form.name}", data, LOOP, pieces=5000, model=model, narrowing=narrowing)
