"""How colours look to the eye."""

from __future__ import annotations

import numpy as np


def luminance(rgb: np.ndarray) -> float:
    """Relative luminance as WCAG has it, 0..1; `rgb` from 0 to 1."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def lightness(rgb: np.ndarray) -> float:
    """CIE L*, 0..100."""
    y = luminance(rgb)
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def colour(code: str) -> np.ndarray:
    """Red, green and blue of a code such as #1c2733."""
    return np.array([int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)])


def contrast(a: np.ndarray, b: np.ndarray) -> float:
    """As WCAG has it, from 1 to 21."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)
