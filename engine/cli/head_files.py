"""Heads of Transformers in a file of arrays (NPZ), written layer by layer, for texts whose JSON would be too long."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, UInt8

if TYPE_CHECKING:
    from torch import Tensor

    from engine.capture.attended import CapturedLayer
    from engine.capture.edits import AttentionKind
    from engine.capture.kept import WeightsOnly
    from engine.cli.head_parts import Part
    from engine.inference.looked import Looked
    from engine.inference.transformer import Transformer

STEPS = 255
"""The largest weight of a row as it is written; the others are rounded to the nearest of as many steps below it."""


class HeadsFile:
    """An NPZ that `numpy.load` reads, with two arrays for each layer of each text.

    NAME is uint8 [head, query, key], NAME.peak float32 [head, query], the largest weight of each row: a weight is
    NAME × NAME.peak / 255. So the rows of long texts, whose weights are all small, keep their shape.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._texts = 0

    def add(self, model: Transformer, looked: Looked, part: Part) -> dict[str, Any]:
        """Write the layers and heads that are wanted of a text; says which arrays hold them, by kind of attention."""
        self._texts += 1
        arrays: dict[str, list[str]] = {}
        for overview in looked.overviews:
            names = {
                layer: f"text{self._texts}.{overview.kind}.layer{layer + 1:02}" for layer in part.layers_of(overview)
            }
            self._write(model, looked, overview.kind, names, part.heads_of(overview))
            arrays[overview.kind] = list(names.values())
        return {"steps": STEPS, "arrays": arrays}

    def _write(
        self, model: Transformer, looked: Looked, kind: AttentionKind, names: dict[int, str], heads: list[int]
    ) -> None:
        """No more than one layer is held at a time; its heads come some at a time."""
        waiting: list[tuple[UInt8[np.ndarray, "head query key"], Float[np.ndarray, "head query"]]] = []

        def take(layer: CapturedLayer | WeightsOnly, some: Float[Tensor, "head query key"]) -> None:
            if layer.site.layer not in names:
                return
            weights, name = some.float().cpu().numpy(), names[layer.site.layer]
            peak = weights.max(-1)
            shares = np.divide(weights, peak[..., None], out=np.zeros_like(weights), where=peak[..., None] > 0)
            waiting.append((np.rint(shares * STEPS).astype(np.uint8), peak.astype(np.float32)))
            if sum(len(steps) for steps, _ in waiting) == layer.heads:
                steps, peaks = (np.concatenate(parts)[heads] for parts in zip(*waiting, strict=True))
                self._array(name, steps)
                self._array(f"{name}.peak", peaks)
                waiting.clear()

        model.go_through(looked, take, kind)

    def _array(self, name: str, array: np.ndarray) -> None:
        with self._archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
            np.lib.format.write_array(entry, array, allow_pickle=False)


@contextmanager
def heads_file(path: Path | None) -> Iterator[HeadsFile | None]:
    """The file of that path while it is written; None where none is wanted."""
    if path is None:
        yield None
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        yield HeadsFile(archive)
