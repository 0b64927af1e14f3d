"""Where on this machine lies what is not of the program."""

from __future__ import annotations

import os
from pathlib import Path


def runs_folder() -> Path:
    """Where runs lie: `ALIGNSCOPE_RUNS`, or `runs` in the folder one stands in."""
    return Path(os.environ.get("ALIGNSCOPE_RUNS") or "runs")
