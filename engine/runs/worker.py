"""The process that works off the queue of one device. It outlives whoever started it, and tells nobody anything but by
files; each training is a process of its own, so that what ends one ends nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from engine.errors import Refused
from engine.runs import outcome, progress, queue, request
from engine.runs.files import CONFIG, LOCK, LOG, Busy, alone, begun, handed_on, held, unless_held
from engine.store import names

LOOK = 0.25  # seconds between two looks at a run that is going on
TIMES = 3
"""How often a run is gone on with from one update, before it counts as one that cannot."""
LAST = 2000  # bytes of a log in which its last line is looked for
NICE = 10
"""How much a training gives way to the pages that visitors wait for."""


_begun: list[subprocess.Popen[bytes]] = []
"""Workers that this process began: where one has ended, somebody must take note of it, or it stays in the system's list
of processes for ever."""


def start(device: str = "cpu") -> None:
    """Have a process work off the queue of that device, unless one does already."""
    if queue.next_for(device) is None or held(queue.worker_lock(device)):
        return
    _begun[:] = [worker for worker in _begun if worker.poll() is None]
    command = [sys.executable, "-m", "engine", "runs", "work", "--device", device]
    # Of a session of its own, so that what ends the server does not end it; no pipe, for who would read it?
    worker = subprocess.Popen(
        command,
        env=os.environ | {"ALIGNSCOPE_RUNS": str(names.runs_folder().resolve())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _begun.append(worker)


def work(device: str = "cpu") -> None:
    """Train what waits for that device, one run after another, until nothing waits; at once where another does it."""
    hopeless: set[Path] = set()
    while (waiting := queue.next_for(device)) is not None and waiting not in hopeless:
        with unless_held(queue.worker_lock(device)) as ours:
            if not ours:
                return
            _give_way()
            while (run := queue.next_for(device)) is not None and run not in hopeless:
                if not _train(run, device):
                    hopeless.add(run)  # it has ended and that cannot even be written down, as on a full disk
        # Looked at once more: a run may have come while the lock was being let go of.


def _give_way() -> None:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    with suppress(OSError):  # where memory runs out the training ends, not the server
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def _train(run: Path, device: str) -> bool:
    """Train one run to its end, or wait until another process has; False where it has ended and nothing says so."""
    if held(run / LOCK):
        _wait_for(run)
        return True
    try:
        with alone(run) as lock:
            return _tried(run, device, lock)
    except (Busy, FileNotFoundError):  # another process was first, or it was put away
        return True
    except OSError:  # as on a full disk
        return False


def _tried(run: Path, device: str, lock: int) -> bool:
    point = progress.last(run)
    update = point.step if point is not None else 0
    wanted = queue.try_from(run, update)
    if wanted is None:
        return True
    if wanted.tries[-TIMES - 1 :].count(update) > TIMES:
        reason = Refused(
            "The training ended {times} times at update {update} and nobody knows why; go on with it to try once more.",
            times=TIMES,
            update=update,
        )
        return _failed(run, reason)
    _child(run, device, lock)
    return outcome.read(run) is not None or not _wanted(run)


def _child(run: Path, device: str, lock: int) -> None:
    arguments = [
        "train",
        str(run / CONFIG),
        "--run",
        str(run),
        "--device",
        device,
        *(["--resume"] if begun(run) else []),
    ]
    with (run / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            env=handed_on(lock),
            pass_fds=(lock,),
        )
    while process.poll() is None:
        if not _wanted(run) and not begun(run):
            process.terminate()  # there is nothing yet that could be lost
        time.sleep(LOOK)
    code = process.returncode
    if code and outcome.read(run) is None and _wanted(run):
        _failed(run, _reason(run, code))


def _wanted(run: Path) -> bool:
    """Whether it is still there and to be trained."""
    wanted = request.read(run)
    return wanted is not None and wanted.wanted == "train"


def _reason(run: Path, code: int) -> Refused:
    """Why a training ended that could not say so itself."""
    point = progress.last(run)
    update = point.step if point is not None else 0
    if code == -signal.SIGKILL:
        return Refused(
            "The training was ended from outside after update {update}, most likely since the machine ran out of "
            "memory. What was learnt is kept: free some memory and go on, or train with a smaller batch.",
            update=update,
        )
    if code < 0:
        return Refused(
            "The training was ended from outside after update {update}. What was learnt is kept: go on with it.",
            update=update,
        )
    if code == 2 and (line := _last_line(run)):
        return Refused("The training could not begin: {reason}", reason=line)
    return Refused(
        "The training ended after update {update} by an error of ours (code {code}); the log of the run says more.",
        update=update,
        code=code,
    )


def _last_line(run: Path) -> str:
    try:
        with (run / LOG).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LAST))
            lines = log.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    line = next((line for line in reversed(lines) if line.strip()), "")
    return line.replace(f"{run.parent}{os.sep}", "")[: outcome.LONGEST]


def _failed(run: Path, reason: Refused) -> bool:
    point = progress.last(run)
    try:
        outcome.write(run, outcome.failed(reason, point.step if point is not None else 0))
    except OSError:
        return False
    return True


def _wait_for(run: Path) -> None:
    while held(run / LOCK):
        time.sleep(LOOK)
