"""Many small cells as one picture: a PNG of a single hue whose strength is the shade, for files of what is too large
to be drawn cell by cell."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
DEPTH, PALETTE = 8, 3  # bits of a pixel, and that it names a colour (PNG specification, 11.2.2)


def png(shades: np.ndarray, colour: str) -> bytes:
    """shades[row, column], uint8, as a PNG in which 0 lets the paper through and 255 is `colour` ("#rrggbb") alone."""
    if shades.dtype != np.uint8 or shades.ndim != 2 or not shades.size:
        raise ValueError(f"shades are a matrix of uint8, got {shades.dtype} of shape {shades.shape}")
    height, width = shades.shape
    lines = np.zeros((height, width + 1), dtype=np.uint8)  # each line begins with 0: it is not filtered
    lines[:, 1:] = shades
    head = struct.pack(">IIBBBBB", width, height, DEPTH, PALETTE, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", bytes.fromhex(colour.removeprefix("#")) * 256),
        (b"tRNS", bytes(range(256))),
        (b"IDAT", zlib.compress(lines.tobytes(), 6)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(name, body) for name, body in chunks)


def address(shades: np.ndarray, colour: str) -> str:
    """The same as a data: address, to stand inside an SVG."""
    return f"data:image/png;base64,{base64.b64encode(png(shades, colour)).decode()}"


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
