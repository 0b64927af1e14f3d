"""The process that tries what a training takes. It writes into files, never into a pipe that somebody would have to
read, and gives way to visitors and to trainings as these give way to visitors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from engine.errors import Refused
from engine.runs.faults import refusal_of
from engine.runs.files import CONFIG, LOG
from engine.runs.worker import NICE

OUTPUT = "estimate.json"
FIRST_TO_GO = "700"
"""Of a thousand: where memory runs out this is ended sooner than a training, and long before the server."""
LAST = 300
"""Characters of what it said at last."""


def begin(folder: Path, device: str) -> subprocess.Popen[bytes]:
    """Try what the config in the folder takes; what comes out lies there afterwards."""
    command = ["estimate", str(folder / CONFIG), "--json", "--device", device, "--folder", str(folder)]
    with (folder / OUTPUT).open("wb") as out, (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine", *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
            start_new_session=True,
        )
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
    with suppress(OSError):
        Path(f"/proc/{process.pid}/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")
    return process


def why(code: int, folder: Path) -> Refused:
    """Why it ended that could not say so itself."""
    if code == -signal.SIGKILL:
        return Refused(
            "Trying this training was ended from outside, most likely since the machine ran out of memory: choose "
            "smaller sizes or a smaller batch, or free some memory."
        )
    lines = (folder / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if code == 2 and lines:
        return Refused("This training could not be tried: {reason}", reason=_shown(lines[-1], folder))
    return _ours(code)


def _ours(code: int) -> Refused:
    return Refused("This training could not be tried, by an error of ours (code {code}).", code=code)


def unable(error: Exception) -> Refused:
    """Why it could not even begin, as on a full disk."""
    reason = refusal_of(OSError(error.errno, error.strerror) if isinstance(error, OSError) else error)
    if reason is None:
        return _ours(0)
    return Refused("This training could not be tried: {reason}", reason=reason)


def too_long(seconds: float) -> Refused:
    return Refused(
        "This training was not tried to the end: {minutes:.0f} minutes did not suffice. `python -m engine estimate` "
        "takes the time that it needs.",
        minutes=seconds / 60,
    )


def _shown(line: str, folder: Path) -> str:
    """Without the place of the folder, which is nobody's business."""
    return line.replace(f"{folder}{os.sep}", "")[:LAST]
