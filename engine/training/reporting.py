"""The file in which a training reports how far it is, a line of JSON for every so many updates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.data.files import atomic_write
from engine.errors import Refused
from engine.training.loop import Diverged, Progress, Trainer

REPORT_EVERY = 25  # updates between two lines of progress


def reported(trainer: Trainer, lines: Any, begun: Callable[[], object]) -> Iterator[Progress]:
    """The loop's reports, written down on the way: the first too, so that everybody sees that it learns. `begun` is
    called after the first update that is done here; a loss that is no number ends it with a sentence."""
    began = trainer.done
    try:
        for progress in trainer.run():
            if progress.step % REPORT_EVERY == 0 or progress.step == 1 or progress.validation is not None:
                lines.write(json.dumps(asdict(progress)) + "\n")
                lines.flush()
            if progress.step == began + 1:
                begun()
            yield progress
    except Diverged as error:
        lines.write(json.dumps({"step": error.step, "diverged": True, "rate": error.rate}) + "\n")
        raise no_number(error) from error


def no_number(error: Diverged) -> Refused:
    """What is said of a training that has diverged."""
    return Refused(
        "the loss was no longer a number at update {step}, learning rate {rate}; "
        "the last good checkpoint is kept: lower the rate and begin anew",
        step=error.step,
        rate=f"{error.rate:.3g}",
    )


def forget_after(progress: Path, step: int) -> None:
    """Drop lines of updates that were done after the checkpoint and will be done again, and lines that are torn; of two
    about one update, as who stops it there leaves them, the second stays, which has the validation."""
    lines = progress.read_bytes().splitlines() if progress.exists() else []
    last = {_step(line): line for line in lines}
    atomic_write(progress, b"".join(line + b"\n" for done, line in last.items() if 0 <= done <= step))


def _step(line: bytes) -> int:
    """The update that a line of progress is about; -1 where that cannot be read."""
    try:
        step = json.loads(line)["step"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return -1
    return step if type(step) is int else -1
