"""A picture as a vision Transformer takes it: squares side by side, read row by row."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from transformers import BaseImageProcessor, PreTrainedModel

from engine.errors import Refused
from engine.traces import Axis

MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True, eq=False)
class Picture:
    """`pixels` go to the model; `shown` is what it sees, in the same shape and as people see it. `grid` counts the rows
    and columns of squares; positions of the axis are those before the squares (`[CLS]` and its like), then the squares.
    """

    pixels: Float[Tensor, "1 channel height width"]
    shown: UInt8[np.ndarray, "height width 3"]
    grid: tuple[int, int]
    axis: Axis


def picture(model: PreTrainedModel, processor: BaseImageProcessor, content: bytes) -> Picture:
    """Raises `Refused` for what is no PNG, JPEG or WebP picture, or too large a one."""
    opened = opened_safely(content)
    pixels: Tensor = processor(opened, return_tensors="pt")["pixel_values"]
    high, wide = pixels.shape[-2:]
    size = int(model.config.patch_size)
    grid = (high // size, wide // size)
    marks = ("[CLS]", "[DIST]")[: 2 if model.config.model_type == "deit" else 1]
    squares = tuple(f"{row + 1}·{column + 1}" for row in range(grid[0]) for column in range(grid[1]))
    count = len(marks) + len(squares)
    axis = Axis((*marks, *squares), tuple(range(count)), tuple(i < len(marks) for i in range(count)))
    return Picture(pixels, _shown(pixels[0], processor), grid, axis)


def opened_safely(content: bytes) -> Image.Image:
    """The picture in RGB, its size looked at before it is unpacked."""
    if len(content) > MAX_BYTES:
        raise Refused("This picture has {size} bytes and {limit} are read at most.", size=len(content), limit=MAX_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # its size is looked at here
            opened = Image.open(io.BytesIO(content), formats=FORMATS)
            if opened.width * opened.height > MAX_PIXELS:
                raise Refused(
                    "This picture has {width} × {height} points; make it smaller than {limit} in all.",
                    width=opened.width,
                    height=opened.height,
                    limit=MAX_PIXELS,
                )
            return opened.convert("RGB")
    except Image.DecompressionBombError as error:
        raise Refused("This picture has far more points than can be read; make it smaller.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refused("This is no picture that can be read; use a PNG, JPEG or WebP file.") from error


def _shown(pixels: Float[Tensor, "channel height width"], processor: Any) -> UInt8[np.ndarray, "height width 3"]:
    """The model's own numbers turned back into colours, so that what is shown is what was cropped and scaled."""
    table = pixels.movedim(0, -1).numpy().astype(np.float64)
    if getattr(processor, "do_normalize", False):
        table = table * np.asarray(processor.image_std) + np.asarray(processor.image_mean)
    if getattr(processor, "do_rescale", False):
        table = table / processor.rescale_factor
    return np.clip(np.round(table), 0, 255).astype(np.uint8)
