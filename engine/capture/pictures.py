"""A picture as a vision Transformer takes it: squares side by side, read row by row."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageOps
from torch import Tensor
from transformers import BaseImageProcessor, PreTrainedModel

from engine.errors import Refused
from engine.traces import Axis

MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
MAX_RATIO = 50
"""How many times the shorter side the longer one may be: a model that scales the shorter side to its own size would
otherwise make a picture of any size out of a thin line."""
MAX_SQUARES = 2048
"""As many positions as a text may have; the work and the memory grow with their square."""
FORMATS = ("PNG", "JPEG", "WEBP")
ANY_SIZE = ("dinov2", "dinov2_with_registers")
"""Kinds of models that fit their places to pictures of any size."""
DEEP = ("I", "F")
"""How the names of modes begin whose points hold more than 256 steps of grey."""


@dataclass(frozen=True, eq=False)
class Picture:
    """`shown` is what the model sees, in its own size and as people see it. `grid` counts the rows and columns of
    squares; positions of the axis are those before the squares (`[CLS]` and its like), then the
    squares. `size` is the width and height of the picture that came, of whose `frames` the first was read.
    """

    shown: UInt8[np.ndarray, "height width 3"]
    grid: tuple[int, int]
    axis: Axis
    size: tuple[int, int]
    frames: int

    @property
    def marks(self) -> int:
        """How many positions stand before the squares."""
        return sum(self.axis.special)


def picture(
    model: PreTrainedModel, processor: BaseImageProcessor, content: bytes
) -> tuple[Float[Tensor, "1 channel height width"], Picture]:
    """What goes to the model, and what is told of it. Raises `Refused` for what is no PNG, JPEG or WebP picture, for
    too large a one, and where the model does not take what its own processor makes."""
    opened, frames = opened_safely(content)
    pixels: Tensor = processor(opened, return_tensors="pt")["pixel_values"]
    _check_fit(model, pixels)
    high, wide = pixels.shape[-2:]
    side = _pair(model.config.patch_size)
    grid = (high // side[0], wide // side[1])
    if grid[0] * grid[1] > MAX_SQUARES:
        raise Refused(
            "This model cuts a picture into {count} patches, and at most {limit} can be read.",
            count=grid[0] * grid[1],
            limit=MAX_SQUARES,
        )
    marks = _marks(model)
    squares = tuple(f"{row + 1}·{column + 1}" for row in range(grid[0]) for column in range(grid[1]))
    count = len(marks) + len(squares)
    axis = Axis((*marks, *squares), tuple(range(count)), tuple(i < len(marks) for i in range(count)))
    return pixels, Picture(_shown(pixels[0], processor), grid, axis, opened.size, frames)


def _marks(model: PreTrainedModel) -> tuple[str, ...]:
    """What a model reads before the squares: Touvron et al. 2021 distil by a second mark (arXiv:2012.12877), Darcet et
    al. 2024 add registers (arXiv:2309.16588)."""
    if model.config.model_type == "deit":
        return ("[CLS]", "[DIST]")
    registers = int(getattr(model.config, "num_register_tokens", 0))
    return ("[CLS]", *(f"[REG {k + 1}]" for k in range(registers)))


def opened_safely(content: bytes) -> tuple[Image.Image, int]:
    """The picture in RGB, upright, on white where it lets the ground through, and of how many frames it is the first.

    Its size is looked at before it is unpacked.
    """
    if len(content) > MAX_BYTES:
        raise Refused("This picture has {size} bytes and {limit} are read at most.", size=len(content), limit=MAX_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its size is looked at here, and what is odd in it harms nobody
            opened = Image.open(io.BytesIO(content), formats=FORMATS)
            _check_size(opened.width, opened.height)
            return _plain(opened), int(getattr(opened, "n_frames", 1))
    except Refused:
        raise
    except Image.DecompressionBombError as error:
        raise Refused("This picture has far more pixels than can be read; make it smaller.") from error
    except Exception as error:  # readers of pictures have a kind of error of their own for each fault
        raise Refused("This picture cannot be read; use a PNG, JPEG or WebP file.") from error


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise Refused(
            "This picture has {width} × {height} pixels; make it smaller than {limit} pixels in all.",
            width=width,
            height=height,
            limit=MAX_PIXELS,
        )
    if max(width, height) > MAX_RATIO * min(width, height):
        raise Refused(
            "This picture has {width} × {height} pixels, too thin a line to be seen; crop it nearer to a square.",
            width=width,
            height=height,
        )


def _plain(opened: Image.Image) -> Image.Image:
    """In RGB, turned as its maker meant it, grey of many steps brought to 256, over white where it is see-through."""
    turned = ImageOps.exif_transpose(opened)
    if turned.mode.startswith(DEEP):
        table = np.asarray(turned, dtype=np.float64)
        top = 65_535 if table.max(initial=0) > 255 else 255
        turned = Image.fromarray(np.clip(table * (255 / top), 0, 255).astype(np.uint8))
    if not turned.has_transparency_data:
        return turned.convert("RGB")
    ground = Image.new("RGBA", turned.size, "white")
    return Image.alpha_composite(ground, turned.convert("RGBA")).convert("RGB")


def _check_fit(model: PreTrainedModel, pixels: Float[Tensor, "batch channel height width"]) -> None:
    """A model and what prepares pictures for it lie in files of their own, which need not agree."""
    config = model.config
    wanted = _pair(config.image_size)
    if config.model_type in ANY_SIZE and min(pixels.shape[2:]) >= max(_pair(config.patch_size)):
        wanted = (int(pixels.shape[2]), int(pixels.shape[3]))
    if (config.num_channels, *wanted) != tuple(pixels.shape[1:]):
        raise Refused(
            "This model takes pictures of {channels} colours and {height} × {width} pixels, and its "
            "preprocessor_config.json makes them of {made}: one of the two is wrong.",
            channels=config.num_channels,
            height=wanted[0],
            width=wanted[1],
            made=" × ".join(map(str, pixels.shape[1:])),
        )


def _pair(size: int | Sequence[int]) -> tuple[int, int]:
    """Height and width, which a configuration gives as one number where they are the same."""
    high, wide = (size, size) if isinstance(size, int) else size
    return int(high), int(wide)


def _shown(pixels: Float[Tensor, "channel height width"], processor: Any) -> UInt8[np.ndarray, "height width 3"]:
    """The model's own numbers turned back into colours, so that what is shown is what was cropped and scaled."""
    table = pixels.movedim(0, -1).numpy().astype(np.float64)
    if getattr(processor, "do_normalize", False):
        table = table * np.asarray(processor.image_std) + np.asarray(processor.image_mean)
    if getattr(processor, "do_rescale", False):
        table = table / processor.rescale_factor
    return np.clip(np.round(table), 0, 255).astype(np.uint8)
